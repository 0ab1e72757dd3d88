package install

import (
	"cmp"
	"context"
	"fmt"

	"github.com/berth-hpc/berth/install/fetch"
	"github.com/berth-hpc/berth/install/stage"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// LockedCommit is what a lock knows of a source from git.
type LockedCommit struct {
	Commit string // "" if the lock does not know
	Tree   string // the name that git has for all of its files together
}

// treeError says that a commit has other files than when it was locked.
type treeError struct {
	source    fetch.GitSource
	want, got string
}

func (e *treeError) Error() string {
	return fmt.Sprintf("fetch %s: its files are tree %s, locked is tree %s", e.source, e.got, e.want)
}

// getGit fetches a commit, and its submodules if the recipe says so. The node's own source is held against the lock.
func (r *run) getGit(ctx context.Context, n *dag.Node, git *packages.GitSource, own bool) ([]fetch.GitFiles, error) {
	var locked LockedCommit
	if own && r.LockedCommit != nil {
		locked = r.LockedCommit(n)
	}
	commit, err := CommitOf(ctx, r.Fetcher, n.Name(), git, locked.Commit)
	if err != nil {
		return nil, err
	}
	files, err := r.Fetcher.FetchGit(ctx, fetch.GitSource{Name: n.Name(), URL: git.URL, Commit: commit})
	if err != nil {
		return nil, err
	}
	if locked.Tree != "" && locked.Tree != files.Tree {
		return nil, &treeError{source: files.Source, want: locked.Tree, got: files.Tree}
	}
	all := []fetch.GitFiles{files}
	if git.Submodules {
		subs, err := r.Fetcher.FetchSubmodules(ctx, files)
		if err != nil {
			return nil, err
		}
		all = append(all, subs...)
	}
	return all, nil
}

// CommitOf is the commit that a source means: the recipe's, the locked one, or what its tag or branch is now.
func CommitOf(ctx context.Context, f *fetch.Fetcher, name string, git *packages.GitSource, locked string) (string, error) {
	if commit := cmp.Or(git.Commit, locked); commit != "" {
		return commit, nil
	}
	ref := cmp.Or(git.Tag, git.Branch, git.Ref)
	switch {
	case f.Offline:
		return "", &fetch.OfflineError{Missing: []string{fmt.Sprintf("%s: which commit %q of %s is; env.lock does not tell", name, ref, git.URL)}}
	case f.Git == nil:
		return "", fmt.Errorf("fetch %s: nothing here can ask %s for %q", name, git.URL, ref)
	}
	commit, err := f.Git.Resolve(ctx, git.URL, ref)
	if err != nil {
		return "", fmt.Errorf("fetch %s: %w", name, err)
	}
	return commit, nil
}

func gitParts(files []fetch.GitFiles) []stage.GitPart {
	var parts []stage.GitPart
	for _, f := range files {
		parts = append(parts, stage.GitPart{Name: f.Source.String(), Archive: f.Archive, Path: f.Source.Path})
	}
	return parts
}
