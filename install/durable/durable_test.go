package durable

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"
)

func TestWriteFileReplacesAndLeavesNothingBeside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "env.lock")
	for _, text := range []string{"one", "a longer two", ""} {
		if err := WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("read %q, want %q", got, text)
		}
	}
	assertNames(t, filepath.Dir(path), "env.lock")
}

func TestWriteFileHonoursUmaskAndPerm(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	old := syscall.Umask(0o027)
	err := WriteFile(path, nil, 0o666)
	syscall.Umask(old)
	if err != nil {
		t.Fatal(err)
	}
	if fi, _ := os.Stat(path); fi.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, want 0640", fi.Mode().Perm())
	}
}

func TestWriteFromKeepsOldFileWhenTheStreamFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("line cut")
	err := WriteFrom(path, io.MultiReader(strings.NewReader("new"), iotest.ErrReader(broken)), 0o644)
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("file is %q after a failed write", got)
	}
	assertNames(t, filepath.Dir(path), "f")
}

func TestWriteFileNamesTheRealPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "f")
	err := WriteFile(path, nil, 0o644)
	var de *Error
	if !errors.As(err, &de) || de.Path != path || !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("error %v, want one that names %s", err, path)
	}
	if strings.Contains(err.Error(), "tmp-") {
		t.Errorf("error shows a temporary name: %v", err)
	}
}

func TestErrorTellsWhatToDo(t *testing.T) {
	err := wrap("write", "/x", &os.PathError{Op: "write", Path: "/x.tmp", Err: syscall.ENOSPC})
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free space") {
		t.Errorf("no remedy in %q", err)
	}
}

func TestSyncTreeAndRenameDir(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "stage"), filepath.Join(dir, "store", "zlib")
	must(t, os.MkdirAll(filepath.Join(from, "lib"), 0o755))
	must(t, os.Mkdir(filepath.Dir(to), 0o755))
	must(t, os.WriteFile(filepath.Join(from, "lib", "libz.so.1"), []byte("z"), 0o444))
	must(t, os.Symlink("missing", filepath.Join(from, "lib", "dangling")))
	must(t, syscall.Mkfifo(filepath.Join(from, "fifo"), 0o644)) // must not block

	must(t, SyncTree(context.Background(), from))
	must(t, RenameDir(from, to))
	if got, _ := os.ReadFile(filepath.Join(to, "lib", "libz.so.1")); string(got) != "z" {
		t.Errorf("moved file reads %q", got)
	}
}

func TestSyncTreeReportsWhatItCannotSync(t *testing.T) {
	if err := SyncTree(context.Background(), filepath.Join(t.TempDir(), "nope")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want not exist", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := SyncTree(ctx, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want cancelled", err)
	}
}

func TestRenameDirNeverReplaces(t *testing.T) {
	for kind, occupy := range map[string]func(string) error{
		"empty dir": func(p string) error { return os.Mkdir(p, 0o755) },
		"full dir":  func(p string) error { return os.MkdirAll(filepath.Join(p, "x"), 0o755) },
		"file":      func(p string) error { return os.WriteFile(p, nil, 0o644) },
		"dangling":  func(p string) error { return os.Symlink("nowhere", p) },
	} {
		for name, rename := range map[string]func(a, b string) error{"flag": RenameDir, "checked": renameChecked} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				dir := t.TempDir()
				from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
				must(t, os.Mkdir(from, 0o755))
				must(t, occupy(to))
				err := rename(from, to)
				if !errors.Is(err, ErrExists) && !errors.Is(err, os.ErrExist) {
					t.Errorf("error %v, want that the target exists", err)
				}
				if _, err := os.Stat(from); err != nil {
					t.Errorf("source is gone: %v", err)
				}
			})
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func assertNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("directory has %q, want %q", got, want)
	}
}

func TestCreateFileNeverReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "env.yaml")
	must(t, CreateFile(path, []byte("mine"), 0o644))
	if err := CreateFile(path, []byte("other"), 0o644); !errors.Is(err, ErrExists) {
		t.Errorf("error %v, want that it exists", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "mine" {
		t.Errorf("read %q", got)
	}
	assertNames(t, filepath.Dir(path), "env.yaml")
}

func TestSymlinkReplacesLinksOnly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "view")
	for _, target := range []string{"one", "two"} {
		must(t, Symlink(target, path))
		if got, _ := os.Readlink(path); got != target {
			t.Errorf("leads to %q, want %q", got, target)
		}
	}
	must(t, os.Remove(path))
	must(t, os.Mkdir(path, 0o755))
	if err := Symlink("three", path); err == nil {
		t.Error("a directory was replaced by a link")
	}
	assertNames(t, dir, "view")
}

func TestMkdirAll(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		must(t, MkdirAll(filepath.Join(dir, "a/b/c"), 0o755))
	}
	must(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o644))
	var de *Error
	if err := MkdirAll(filepath.Join(dir, "file/d"), 0o755); !errors.As(err, &de) || !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("got %v", err)
	}
}

// TestSweepTakesWhatTheDeadLeft: what this machine's living processes write stays, and what other machines may still write.
func TestSweepTakesWhatTheDeadLeft(t *testing.T) {
	dir := t.TempDir()
	ended := exec.Command("true")
	must(t, ended.Run())
	dead := fmt.Sprintf(".env.lock.tmp-%s.%d-ABCDEFGHIJKL", machine(), ended.Process.Pid)
	alive := fmt.Sprintf(".env.lock.tmp-%s.%d-ABCDEFGHIJKL", machine(), os.Getppid())
	for _, name := range []string{
		dead, alive, filepath.Base(TempName(filepath.Join(dir, "env.lock"))), ".env.lock.tmp-0123abcd.1-YOUNGYOUNGYO", ".env.lock.tmp-0123abcd.1-OLDOLDOLDOLD",
		".other.tmp-0123abcd.1-OLDOLDOLDOLD", ".env.lock.tmp-by-a-person-OLD", "env.lock.tmp-1",
	} {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, nil, 0o644))
		if strings.HasSuffix(name, "OLD") {
			old := time.Now().Add(-2 * staleAfter)
			must(t, os.Chtimes(path, old, old))
		}
	}
	must(t, WriteFile(filepath.Join(dir, "env.lock"), nil, 0o644))
	for name, want := range map[string]bool{
		dead: false, alive: true, ".env.lock.tmp-0123abcd.1-YOUNGYOUNGYO": true, ".env.lock.tmp-0123abcd.1-OLDOLDOLDOLD": false,
		".other.tmp-0123abcd.1-OLDOLDOLDOLD": true, ".env.lock.tmp-by-a-person-OLD": true, "env.lock.tmp-1": true,
	} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	Sweep(dir, "")
	if _, err := os.Stat(filepath.Join(dir, ".other.tmp-0123abcd.1-OLDOLDOLDOLD")); err == nil {
		t.Error("a sweep of everything left something old")
	}
}
