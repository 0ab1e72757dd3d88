package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/berth-hpc/berth/install/durable"
)

// Git brings commits from repositories to this machine.
type Git interface {
	// Resolve asks a repository which commit a branch or tag is.
	Resolve(ctx context.Context, url, ref string) (commit string, err error)
	// Archive writes all files of a commit as a tar archive below one directory, and returns the text of the commit.
	Archive(ctx context.Context, url, commit, dir string, w io.Writer) (text []byte, err error)
	// Submodules lists the commits of other repositories within a commit.
	Submodules(ctx context.Context, url, commit string) ([]GitSource, error)
}

// GitSource is a commit of a repository.
type GitSource struct {
	Name   string // of the package: "zlib"
	URL    string
	Commit string // 40 or 64 hexadecimal digits
	Path   string // of a submodule: where it belongs: "extern/pybind11"
}

func (s GitSource) String() string { return fmt.Sprintf("%s commit %.12s", s.Name, s.Commit) }

// GitFiles is what FetchGit brings: a commit's files, held against the commit's name.
type GitFiles struct {
	Source  GitSource
	Archive string // a tar archive in the cache
	Tree    string // the name that git has for all of the files together
	// Links are the commits of other repositories within; the archive has an empty directory for each.
	Links []GitSource
}

// Files are all that the cache has of the commit, for those that fill mirrors.
func (g GitFiles) Files() []string {
	var list []string
	for _, ext := range gitExts {
		list = append(list, strings.TrimSuffix(g.Archive, ".tar")+ext)
	}
	return list
}

// FetchGit returns a commit's files: from the cache, a mirror, or its repository.
func (f *Fetcher) FetchGit(ctx context.Context, src GitSource) (GitFiles, error) {
	if n := len(src.Commit); n != 40 && n != 64 || strings.Trim(src.Commit, "0123456789abcdef") != "" {
		return GitFiles{}, fmt.Errorf("fetch %s: %q is not the full name of a commit", src, src.Commit)
	}
	f.once.Do(f.setDefaults)
	local := filepath.Join(f.CacheDir, filepath.FromSlash(gitPath(src.Commit)))
	files, err := readGitFiles(src, local)
	if err == nil {
		return files, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		f.warn(Attempt{Place: local + ".tar", Kind: Damaged, Err: err})
	}
	if err := os.MkdirAll(filepath.Dir(local), 0o755); err != nil {
		return GitFiles{}, fmt.Errorf("fetch %s: %w", src, err)
	}
	for _, root := range f.Mirrors {
		if err := f.gitFromMirror(ctx, src, root, local); err == nil {
			files, err := readGitFiles(src, local)
			if err == nil {
				return files, nil
			}
			removeGitFiles(local)
			f.warn(Attempt{Place: newPlace(root).name + "/" + gitPath(src.Commit), Kind: Damaged, Err: err})
		}
		if ctx.Err() != nil {
			return GitFiles{}, fmt.Errorf("fetch %s: %w", src, context.Cause(ctx))
		}
	}
	switch {
	case f.Offline:
		return GitFiles{}, &OfflineError{Missing: []string{fmt.Sprintf("%s of %s", src, src.URL)}}
	case f.MirrorsOnly:
		return GitFiles{}, fmt.Errorf("fetch %s: no mirror has it, and config.yaml lets only mirrors be asked (sources: upstream)", src)
	case f.Git == nil:
		return GitFiles{}, fmt.Errorf("fetch %s: no mirror has it, and nothing here can ask %s", src, src.URL)
	}
	if err := f.gitFromRepository(ctx, src, local); err != nil {
		return GitFiles{}, err
	}
	return readGitFiles(src, local)
}

// readGitFiles reads what the cache has of a commit.
func readGitFiles(src GitSource, local string) (GitFiles, error) {
	files := GitFiles{Source: src, Archive: local + ".tar"}
	var err error
	if files.Tree, err = readCommit(local, src.Commit); err != nil {
		return files, err
	}
	text, err := os.ReadFile(local + ".submodules")
	if err != nil {
		return files, err
	}
	links := map[string]string{}
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		if len(fields) != 3 || !filepath.IsLocal(fields[1]) {
			return files, fmt.Errorf("%s.submodules: %q is no submodule", local, line)
		}
		files.Links = append(files.Links, GitSource{Name: src.Name, Commit: fields[0], Path: path.Join(src.Path, fields[1]), URL: fields[2]})
		links[fields[1]] = fields[0]
	}
	got, err := treeOfArchive(files.Archive, len(src.Commit), links)
	if err == nil && got != files.Tree {
		err = fmt.Errorf("its files are tree %s, those of commit %s are tree %s", got, src.Commit, files.Tree)
	}
	return files, err
}

// OfflineError lists what could not be had without the network.
type OfflineError struct {
	Missing []string // "zlib 1.3.1 (https://...)"
}

func (e *OfflineError) Error() string {
	return "fetch without the network: neither the cache nor a mirror on this machine has\n  " + strings.Join(e.Missing, "\n  ")
}

// Hint says how to get them here.
func (e *OfflineError) Hint() string {
	return "where there is a network, `berth mirror create FILE.tar --from env.lock` puts all of them into one file; here, `berth mirror add FILE.tar`"
}

// FetchSubmodules returns the files of all commits within a commit, and within those, the outer ones first.
func (f *Fetcher) FetchSubmodules(ctx context.Context, of GitFiles) ([]GitFiles, error) {
	var all []GitFiles
	for _, sub := range of.Links {
		if sub.URL == "" {
			return nil, fmt.Errorf("fetch %s: its .gitmodules does not say where %s comes from", of.Source, sub.Path)
		}
		files, err := f.FetchGit(ctx, sub)
		if err != nil {
			return nil, err
		}
		below, err := f.FetchSubmodules(ctx, files)
		if err != nil {
			return nil, err
		}
		all = append(append(all, files), below...)
	}
	return all, nil
}

// gitPath is where the cache and mirrors have a commit, without the extensions of its three files: the archive, the text of the
// commit, and the list of its submodules.
func gitPath(commit string) string { return path.Join("_source-cache", "git", commit[:2], commit) }

var gitExts = []string{".submodules", ".tar", ".commit"} // the last one says that all are there

// gitFromRepository makes the three files.
func (f *Fetcher) gitFromRepository(ctx context.Context, src GitSource, local string) error {
	fail := func(err error) error { return fmt.Errorf("fetch %s from %s: %w", src, src.URL, err) }
	durable.Sweep(filepath.Dir(local), "")
	temp, err := os.OpenFile(durable.TempName(local+".tar"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fail(err)
	}
	defer os.Remove(temp.Name())
	text, err := f.Git.Archive(ctx, src.URL, src.Commit, strings.TrimSuffix(path.Base(src.URL), ".git"), temp)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err != nil {
		return fail(err)
	}
	subs, err := f.Git.Submodules(ctx, src.URL, src.Commit)
	if err != nil {
		return fail(err)
	}
	var list strings.Builder
	for _, s := range subs {
		fmt.Fprintf(&list, "%s\t%s\t%s\n", s.Commit, s.Path, s.URL)
	}
	if err := writeFrom(local+".submodules", bytes.NewReader([]byte(list.String()))); err != nil {
		return fail(err)
	}
	if err := durable.Rename(temp.Name(), local+".tar"); err != nil {
		return fail(err)
	}
	if err := writeFrom(local+".commit", bytes.NewReader(text)); err != nil {
		return fail(err)
	}
	return nil
}

// gitFromMirror copies the three files.
func (f *Fetcher) gitFromMirror(ctx context.Context, src GitSource, root, local string) error {
	for _, ext := range gitExts {
		if err := f.copyUnchecked(ctx, inMirror(root, gitPath(src.Commit)+ext), local+ext); err != nil {
			return err
		}
	}
	return nil
}

// copyUnchecked gets a file whose contents are checked by what it is about.
func (f *Fetcher) copyUnchecked(ctx context.Context, p place, to string) error {
	var in io.ReadCloser
	switch {
	case p.bad != nil:
		return p.bad
	case p.url == nil:
		file, _, err := p.open()
		if err != nil {
			return err
		}
		in = file
	case f.Offline:
		return errors.New(string(OfflineMode))
	default:
		resp, err := f.send(ctx, p, 0)
		if err != nil {
			return err
		}
		in = resp.Body
		if resp.StatusCode != 200 {
			resp.Body.Close()
			return fmt.Errorf("%s: %s", p.name, resp.Status)
		}
	}
	defer in.Close()
	return writeFrom(to, in)
}

// readCommit reads which tree a commit in the cache has, and holds the commit against its name.
func readCommit(local, commit string) (tree string, err error) {
	if _, err := os.Stat(local + ".tar"); err != nil {
		return "", err
	}
	text, err := os.ReadFile(local + ".commit")
	if err != nil {
		return "", err
	}
	got, err := objectName(len(commit), "commit", int64(len(text)), bytes.NewReader(text))
	if err != nil || got != commit {
		return "", fmt.Errorf("%s.commit is the commit %s", local, got)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	tree, ok := strings.CutPrefix(first, "tree ")
	if !ok {
		return "", fmt.Errorf("%s.commit names no tree", local)
	}
	return tree, nil
}

func removeGitFiles(local string) {
	for _, ext := range gitExts {
		os.Remove(local + ext)
	}
}
