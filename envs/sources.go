package envs

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/install/fetch"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec/dag"
)

// fetcher brings sources as the settings and the command line say.
func (s *Session) fetcher(st *store.Store) *fetch.Fetcher {
	return &fetch.Fetcher{
		Mirrors: s.Settings.Mirrors, CacheDir: st.SourceCache(), Warn: s.passedOver, Offline: s.Offline, Unchecked: s.NoChecksum,
		Git: gitSources{dir: st.GitCache()}, MirrorsOnly: s.Settings.Sources.MirrorsOnly,
	}
}

// AllowUnchecked takes sources that nothing says the checksum of, unless the settings forbid it.
func (s *Session) AllowUnchecked() error {
	if s.Settings.Sources.RequireChecksum {
		return fmt.Errorf("--no-checksum: %s wants a checksum of every source (sources: checksum: require)", filepath.Join(s.Root, SettingsName))
	}
	s.NoChecksum = true
	return nil
}

// decodeSources reads the setting sources.
func decodeSources(n yamldoc.Node) (s SourceSettings) {
	if !n.Exists() || n.IsNull() {
		return s
	}
	f := n.Fields("checksum", "upstream")
	if c := f.Get("checksum"); c.Exists() {
		switch what := c.Line(); what {
		case "require":
			s.RequireChecksum = true
		case "ask":
		default:
			c.Fail(fmt.Sprintf("there is no policy %q", what), "require, or ask: what has none is taken where --no-checksum says so")
		}
	}
	if u := f.Get("upstream"); u.Exists() {
		s.MirrorsOnly = !u.Bool()
	}
	return s
}

// passedOver warns of a copy of a source that was not taken, or taken unseen.
func (s *Session) passedOver(a fetch.Attempt) {
	switch {
	case s.Warn == nil:
	case a.Kind == fetch.NoChecksum:
		s.Warn(a.String())
	default:
		s.Warn("passed over " + a.String())
	}
}

// lockSource writes down where a node's source is. A commit that was locked before stays, as long as the recipe means the same. What a branch or tag is
// at the moment is asked, and its files are fetched, so that the lock can name them all. A recipe that names the commit says which files that are; the lock names
// them, too, once they are on this machine: see addTrees.
func (s *Session) lockSource(ctx context.Context, n *dag.Node, decl packages.VersionDecl, old *LockedSource) (*LockedSource, error) {
	git := decl.Git
	if git == nil {
		return &LockedSource{SHA256: decl.SHA256, URLs: decl.URLs}, nil
	}
	if old != nil && old.Git == git.URL && old.Tree != "" && (git.Commit == "" || git.Commit == old.Commit) {
		return old, nil
	}
	st, err := s.Store()
	if err != nil {
		return nil, err
	}
	source := &LockedSource{Git: git.URL, Commit: git.Commit}
	f := s.fetcher(st)
	f.Offline = f.Offline || git.Commit != ""
	commit, err := install.CommitOf(ctx, f, n.Name(), git, "")
	if err == nil {
		source.Commit = commit
		var files fetch.GitFiles
		if files, err = f.FetchGit(ctx, fetch.GitSource{Name: n.Name(), URL: git.URL, Commit: commit}); err == nil {
			source.Tree = files.Tree
			return source, nil
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if source.Commit == "" {
		s.warn("env.lock does not say which commit %s is: %v", nameAndVersion(n), err)
	}
	return source, nil
}

// addTrees completes the lock with the names of the files that an install has fetched from git.
func (e *Environment) addTrees(ctx context.Context, s *Session, st *store.Store, lock *Lock) error {
	f := s.fetcher(st)
	f.Offline = true
	added := false
	for key, source := range lock.Sources {
		if source.Git == "" || source.Commit == "" || source.Tree != "" {
			continue
		}
		name, _, _ := strings.Cut(key, "@")
		if files, err := f.FetchGit(ctx, fetch.GitSource{Name: name, URL: source.Git, Commit: source.Commit}); err == nil {
			source.Tree, added = files.Tree, true
		}
	}
	if !added {
		return ctx.Err()
	}
	return lock.Write(e.LockPath())
}

// commit is what the lock knows of the commit that a node is built from.
func (l *Lock) commit(n *dag.Node) install.LockedCommit {
	if source := l.Sources[sourceKey(n)]; source != nil {
		return install.LockedCommit{Commit: source.Commit, Tree: source.Tree}
	}
	return install.LockedCommit{}
}
