package fetch

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repositories is a Git of commits that the test made up, with git's own names for them.
type repositories struct {
	commits map[string]commit
	refs    map[string]string
	asked   int
}

type commit struct {
	archive []byte
	text    string
	subs    []GitSource
}

func (r *repositories) Resolve(_ context.Context, url, ref string) (string, error) {
	if c, ok := r.refs[ref]; ok {
		return c, nil
	}
	return "", fmt.Errorf("%s has no %s", url, ref)
}

func (r *repositories) Archive(_ context.Context, url, name, dir string, w io.Writer) ([]byte, error) {
	r.asked++
	c, ok := r.commits[name]
	if !ok {
		return nil, fmt.Errorf("%s has no %s", url, name)
	}
	_, err := w.Write(c.archive)
	return []byte(c.text), err
}

func (r *repositories) Submodules(_ context.Context, _, name string) ([]GitSource, error) {
	return r.commits[name].subs, nil
}

// add makes a commit of files ("dir/x": "content"; "run*" may be executed; "l@": a link) and submodules.
func (r *repositories) add(t *testing.T, files map[string]string, subs ...GitSource) string {
	t.Helper()
	archive := tarOf(t, files, subs)
	path := filepath.Join(t.TempDir(), "a.tar")
	must(t, os.WriteFile(path, archive, 0o644))
	links := map[string]string{}
	for _, s := range subs {
		links[s.Path] = s.Commit
	}
	tree, err := treeOfArchive(path, 40, links)
	must(t, err)
	text := "tree " + tree + "\nauthor A <a@example.org> 0 +0000\n\nmessage\n"
	name, err := objectName(40, "commit", int64(len(text)), strings.NewReader(text))
	must(t, err)
	if r.commits == nil {
		r.commits = map[string]commit{}
	}
	r.commits[name] = commit{archive, text, subs}
	return name
}

func tarOf(t *testing.T, files map[string]string, subs []GitSource) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, content := range files {
		h := &tar.Header{Name: "source/" + name, Mode: 0o644, Size: int64(len(content))}
		if path, ok := strings.CutSuffix(name, "*"); ok {
			h.Name, h.Mode = "source/"+path, 0o755
		}
		if path, ok := strings.CutSuffix(name, "@"); ok {
			h = &tar.Header{Name: "source/" + path, Typeflag: tar.TypeSymlink, Linkname: content}
			content = ""
		}
		must(t, w.WriteHeader(h))
		_, err := w.Write([]byte(content))
		must(t, err)
	}
	for _, s := range subs {
		must(t, w.WriteHeader(&tar.Header{Name: "source/" + s.Path + "/", Typeflag: tar.TypeDir, Mode: 0o755}))
	}
	must(t, w.Close())
	return b.Bytes()
}

var files = map[string]string{"README": "read me\n", "a/x": "1", "a.b/x": "2", "a-b": "3", "run*": "#!/bin/sh\n", "l@": "README", "ä/ö": "\r\n"}

// The names are those that git itself gives.
func TestTreeNamesAreGits(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("NOT RUN: there is no git")
	}
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, strings.TrimRight(name, "*@"))
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if strings.HasSuffix(name, "@") {
			must(t, os.Symlink(content, path))
			continue
		}
		must(t, os.WriteFile(path, []byte(content), 0o644))
		if strings.HasSuffix(name, "*") {
			must(t, os.Chmod(path, 0o755))
		}
	}
	for format, length := range map[string]int{"sha1": 40, "sha256": 64} {
		git := exec.Command("sh", "-c", "rm -rf .git; git init -q --object-format="+format+" . && git -c core.autocrlf=false add -A 2>/dev/null && git write-tree")
		git.Dir, git.Env = dir, []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir(), "GIT_CONFIG_NOSYSTEM=1"}
		out, err := git.Output()
		if err != nil {
			t.Skip("NOT RUN: this git cannot make a repository of ", format)
		}
		path := filepath.Join(t.TempDir(), "a.tar")
		must(t, os.WriteFile(path, tarOf(t, files, nil), 0o644))
		got, err := treeOfArchive(path, length, nil)
		if err != nil || got != strings.TrimSpace(string(out)) {
			t.Errorf("%s: %s, %v, want %s", format, got, err, out)
		}
	}
}

func TestFetchGit(t *testing.T) {
	repos := &repositories{}
	name := repos.add(t, files)
	f := newFetcher(t)
	f.Git = repos
	src := GitSource{Name: "lib", URL: "https://example.org/lib.git", Commit: name}
	for range 2 {
		got, err := f.FetchGit(t.Context(), src)
		must(t, err)
		if !strings.HasPrefix(repos.commits[name].text, "tree "+got.Tree+"\n") {
			t.Errorf("tree %s", got.Tree)
		}
	}
	if repos.asked != 1 {
		t.Errorf("the repository was asked %d times", repos.asked)
	}
	if _, err := f.FetchGit(t.Context(), GitSource{Name: "lib", Commit: "main"}); err == nil || !strings.Contains(err.Error(), "full name") {
		t.Errorf("got %v", err)
	}
	// The cache is damaged: that is told, and mended.
	var warned []Attempt
	f.Warn = func(a Attempt) { warned = append(warned, a) }
	got, _ := f.FetchGit(t.Context(), src)
	must(t, os.WriteFile(got.Archive, tarOf(t, map[string]string{"README": "evil"}, nil), 0o644))
	got, err := f.FetchGit(t.Context(), src)
	must(t, err)
	if len(warned) != 1 || warned[0].Kind != Damaged || repos.asked != 2 {
		t.Errorf("warned %v, asked %d times", warned, repos.asked)
	}
}

// A server, or a clone, whose files are not those of the commit is not believed.
func TestGitWithOtherFilesIsRefused(t *testing.T) {
	repos := &repositories{}
	name := repos.add(t, files)
	for what, c := range map[string]commit{
		"a file was changed": {archive: tarOf(t, map[string]string{"README": "evil"}, nil), text: repos.commits[name].text},
		"another commit":     {archive: repos.commits[name].archive, text: "tree 0\n\nother\n"},
		"a device":           {archive: deviceTar(t), text: repos.commits[name].text},
		"no archive":         {archive: []byte("no tar at all, but long enough to be taken for something" + strings.Repeat(".", 600)), text: repos.commits[name].text},
		"submodules made up": {archive: repos.commits[name].archive, text: repos.commits[name].text, subs: []GitSource{{Path: "../x", Commit: name, URL: "u"}}},
	} {
		f := newFetcher(t)
		f.Git = &repositories{commits: map[string]commit{name: c}}
		if got, err := f.FetchGit(t.Context(), GitSource{Name: "lib", URL: "u", Commit: name}); err == nil {
			t.Errorf("%s: %+v", what, got)
		}
	}
}

func deviceTar(t *testing.T) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	must(t, w.WriteHeader(&tar.Header{Name: "source/null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}))
	must(t, w.Close())
	return b.Bytes()
}

func TestSubmodules(t *testing.T) {
	repos := &repositories{}
	inner := repos.add(t, map[string]string{"inner": "1"})
	middle := repos.add(t, map[string]string{"middle": "1"}, GitSource{Path: "deep/inner", Commit: inner, URL: "https://example.org/inner"})
	outer := repos.add(t, map[string]string{"outer": "1"}, GitSource{Path: "ext/middle", Commit: middle, URL: "https://example.org/middle"})
	f := newFetcher(t)
	f.Git = repos
	files, err := f.FetchGit(t.Context(), GitSource{Name: "lib", URL: "https://example.org/outer", Commit: outer})
	must(t, err)
	subs, err := f.FetchSubmodules(t.Context(), files)
	must(t, err)
	if len(subs) != 2 || subs[0].Source.Path != "ext/middle" || subs[1].Source.Path != "ext/middle/deep/inner" || subs[1].Source.Commit != inner {
		t.Errorf("got %+v", subs)
	}
	lost := repos.add(t, map[string]string{"outer": "1"}, GitSource{Path: "ext/lost", Commit: inner})
	files, err = f.FetchGit(t.Context(), GitSource{Name: "lib", URL: "u", Commit: lost})
	must(t, err)
	if _, err := f.FetchSubmodules(t.Context(), files); err == nil || !strings.Contains(err.Error(), "does not say where ext/lost comes from") {
		t.Errorf("got %v", err)
	}
}

// Commits and archives come out of mirrors of every kind as they went in.
func TestMirrorsThatWereWritten(t *testing.T) {
	repos := &repositories{}
	name := repos.add(t, files)
	site := serve(t, whole)
	first := newFetcher(t)
	first.Git = repos
	archive, err := first.Fetch(t.Context(), source(site.URL+"/zlib-1.3.1.tar.gz"))
	must(t, err)
	git, err := first.FetchGit(t.Context(), GitSource{Name: "lib", URL: "u", Commit: name})
	must(t, err)
	dir, file := filepath.Join(t.TempDir(), "mirror"), filepath.Join(t.TempDir(), "mirror.tar")
	all := append(git.Files(), archive, archive)
	for _, dest := range []string{dir, file} {
		done, err := first.WriteMirror(t.Context(), all, dest)
		if err != nil || done.Files != 4 || done.New != 4 || done.Bytes < int64(len(content)) {
			t.Errorf("%s: %+v, %v", dest, done, err)
		}
	}
	if done, err := first.WriteMirror(t.Context(), all, dir); err != nil || done.New != 0 {
		t.Errorf("the second time: %+v, %v", done, err)
	}
	web := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer web.Close()
	for _, mirror := range []string{dir, "file://" + dir, file, "file://" + file, web.URL} {
		f := newFetcher(t)
		f.Mirrors, f.Offline = []string{mirror}, mirror != web.URL
		path, err := f.Fetch(t.Context(), source())
		assertFetched(t, path, err)
		if got, err := f.FetchGit(t.Context(), git.Source); err != nil || got.Tree != git.Tree {
			t.Errorf("%s: %+v, %v", mirror, got, err)
		}
	}
	if _, err := first.WriteMirror(t.Context(), []string{"/etc/passwd"}, dir); err == nil || !strings.Contains(err.Error(), "not in the cache") {
		t.Errorf("got %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".berth-*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
	must(t, os.WriteFile(file, []byte("torn"), 0o644))
	f := newFetcher(t)
	f.Mirrors, f.Offline = []string{file}, true
	var tried *FetchError
	if _, err := f.Fetch(t.Context(), source()); !errors.As(err, &tried) || !strings.Contains(err.Error(), file) {
		t.Errorf("a torn archive: %v", err)
	}
}

func TestUnchecked(t *testing.T) {
	s := serve(t, whole)
	src := source(s.URL + "/zlib-1.3.1.tar.gz")
	src.SHA256 = ""
	f := newFetcher(t)
	var none *NoChecksumError
	if _, err := f.Fetch(t.Context(), src); !errors.As(err, &none) || !strings.Contains(none.Hint(), "--no-checksum") {
		t.Errorf("got %v", err)
	}
	f.Unchecked = true
	var warned []string
	f.Warn = func(a Attempt) { warned = append(warned, a.String()) }
	path, err := f.Fetch(t.Context(), src)
	assertFetched(t, path, err)
	if len(warned) != 1 || !strings.Contains(warned[0], "taken without a checksum: its sha256 is "+shaOf(content)) {
		t.Errorf("warned %q", warned)
	}
	f.Offline = true
	if _, err := f.Fetch(t.Context(), src); err == nil || !strings.Contains(err.Error(), "offline") {
		t.Errorf("got %v", err)
	}
}

func TestOfflineErrorsTell(t *testing.T) {
	f := newFetcher(t)
	f.Offline, f.Mirrors = true, []string{t.TempDir()}
	var tried *FetchError
	if _, err := f.Fetch(t.Context(), source("https://example.org/zlib.tar.gz")); !errors.As(err, &tried) || !tried.Offline() {
		t.Errorf("got %v", err)
	}
	var offline *OfflineError
	name := strings.Repeat("a", 40)
	if _, err := f.FetchGit(t.Context(), GitSource{Name: "lib", URL: "https://example.org/lib.git", Commit: name}); !errors.As(err, &offline) || len(offline.Missing) != 1 {
		t.Errorf("got %v", err)
	}
}
