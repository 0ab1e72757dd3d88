package gitfs

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// upstream is a git repository with one commit for each set of files.
type upstream struct {
	t   *testing.T
	dir string
}

func newUpstream(t *testing.T) *upstream {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not here")
	}
	for name, value := range map[string]string{
		"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
		"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
	} {
		t.Setenv(name, value)
	}
	u := &upstream{t, t.TempDir()}
	u.git("init", "--quiet", "--initial-branch=develop")
	return u
}

func (u *upstream) git(args ...string) string {
	u.t.Helper()
	cmd := exec.Command("git", append([]string{"-C", u.dir}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		u.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (u *upstream) commit(files map[string]string) string {
	u.t.Helper()
	for name, text := range files {
		path := filepath.Join(u.dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			err = errors.Join(err, os.Symlink(target, path))
		} else {
			err = errors.Join(err, os.WriteFile(path, []byte(text), 0o644))
		}
		if err != nil {
			u.t.Fatal(err)
		}
	}
	u.git("add", "-A")
	u.git("commit", "--quiet", "--message=one")
	return u.git("rev-parse", "HEAD")
}

func (u *upstream) open(commit string) *FS {
	u.t.Helper()
	c := &Clone{Dir: filepath.Join(u.t.TempDir(), "repos", "x.git"), URL: u.dir}
	if err := c.Fetch(context.Background(), commit); err != nil {
		u.t.Fatal(err)
	}
	f, err := c.Open(context.Background(), commit)
	if err != nil {
		u.t.Fatal(err)
	}
	u.t.Cleanup(func() { _ = f.Close() })
	return f
}

var tree = map[string]string{
	"repo.yaml": "repo: {}\n", "packages/zlib/package.py": "class Zlib:\n    pass\n", "packages/zlib/fix.patch": "--- a\n+++ b\n",
	"packages/empty/package.py": "", "link": "-> packages/zlib/package.py", "all": "-> packages", "out": "-> ../../etc/passwd", "round": "-> round",
	"a name with blanks": "x", "ünïcode": "y",
}

func TestFS(t *testing.T) {
	u := newUpstream(t)
	f := u.open(u.commit(tree))
	// fstest does not follow links that lead nowhere.
	delete(f.nodes, "out")
	delete(f.nodes, "round")
	root := f.nodes["."]
	var children []*node
	for _, n := range root.children {
		if n.mode&fs.ModeSymlink == 0 {
			children = append(children, n)
		}
	}
	root.children = children
	if err := fstest.TestFS(f, "repo.yaml", "packages/zlib/package.py", "packages/empty/package.py", "a name with blanks", "ünïcode"); err != nil {
		t.Error(err)
	}
}

func TestLinks(t *testing.T) {
	u := newUpstream(t)
	f := u.open(u.commit(tree))
	for _, name := range []string{"link", "all/zlib/package.py", "packages/zlib/package.py"} {
		text, err := fs.ReadFile(f, name)
		if err != nil || string(text) != tree["packages/zlib/package.py"] {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		a, _ := f.Hash(name)
		if want := u.git("hash-object", "link"); hex.EncodeToString(a) != want {
			t.Errorf("%s: digest %x, not %s", name, a, want)
		}
	}
	if entries, err := fs.ReadDir(f, "all"); err != nil || len(entries) != 2 {
		t.Errorf("all: %v, %v", entries, err)
	}
	for _, name := range []string{"out", "nothing", "packages/zlib/nothing", "repo.yaml/x"} {
		if _, err := fs.ReadFile(f, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := fs.ReadFile(f, "round"); err == nil || !strings.Contains(err.Error(), "symbolic links") {
		t.Errorf("round: %v", err)
	}
}

// TestManyReaders: content is read at once by more than there are processes.
func TestManyReaders(t *testing.T) {
	u := newUpstream(t)
	files := map[string]string{}
	for i := range 40 {
		files["f"+strings.Repeat("x", i)] = strings.Repeat("text\n", i*i)
	}
	f := u.open(u.commit(files))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for name, want := range files {
				if got, err := f.ReadFile(name); err != nil || string(got) != want {
					t.Errorf("%s: %d bytes, not %d: %v", name, len(got), len(want), err)
				}
			}
		})
	}
	all.Wait()
}

// TestFetch: a commit is fetched once, then the upstream can vanish; a clone is few files.
func TestFetch(t *testing.T) {
	u := newUpstream(t)
	first := u.commit(map[string]string{"a": "1"})
	second := u.commit(map[string]string{"a": "2"})
	c := &Clone{Dir: filepath.Join(t.TempDir(), "x.git"), URL: u.dir}
	ctx := context.Background()
	for _, commit := range []string{second, first, second} {
		if err := c.Fetch(ctx, commit); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := Resolve(ctx, u.dir, ""); err != nil || got != second {
		t.Errorf("HEAD is %s, %v", got, err)
	}
	u.git("tag", "-m", "t", "v1", first)
	for ref, want := range map[string]string{"v1": first, "develop": second} {
		if got, err := Resolve(ctx, u.dir, ref); err != nil || got != want {
			t.Errorf("%s is %s, %v", ref, got, err)
		}
	}
	if _, err := Resolve(ctx, u.dir, "nothing"); err == nil || !strings.Contains(err.Error(), "no branch and no tag nothing") {
		t.Errorf("nothing: %v", err)
	}
	if err := c.Fetch(ctx, strings.Repeat("0", 40)); err == nil || !strings.Contains(err.Error(), "has no such commit") {
		t.Errorf("a commit that is not there: %v", err)
	}
	if err := os.RemoveAll(u.dir); err != nil {
		t.Fatal(err)
	}
	if err := c.Fetch(ctx, first); err != nil {
		t.Errorf("a commit that is here: %v", err)
	}
	files := 0
	_ = filepath.WalkDir(c.Dir, func(_ string, d fs.DirEntry, _ error) error {
		if !d.IsDir() {
			files++
		}
		return nil
	})
	if files > 20 {
		t.Errorf("the clone is %d files", files)
	}
	if err := c.Fetch(ctx, "HEAD"); err == nil {
		t.Error("HEAD is fetched as a commit")
	}
}

func TestNoGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Resolve(context.Background(), "https://example.org/x.git", "")
	var hinted interface{ Hint() string }
	if !errors.Is(err, ErrNoGit) || !errors.As(err, &hinted) {
		t.Errorf("without git: %v", err)
	}
}

// TestOptionsAreNoAddress: an address that looks like an option is none.
func TestOptionsAreNoAddress(t *testing.T) {
	newUpstream(t)
	marker := filepath.Join(t.TempDir(), "marker")
	if _, err := Resolve(context.Background(), "--upload-pack=touch "+marker, ""); err == nil {
		t.Error("an option is an address")
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("an address was run as a command")
	}
}
