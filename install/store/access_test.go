package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-hpc/berth/install/internal/testdag"
)

func mkfifo(t *testing.T, path string) {
	t.Helper()
	must(t, syscall.Mkfifo(path, 0o644))
}

// TestReadOnlyRoot takes the root's write permission away. Root ignores permissions, so as root the test proves nothing and is skipped.
func TestReadOnlyRoot(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("permissions do not bind root")
	}
	s, warnings := testStore(t)
	n := testdag.Parse(t, graph)
	put(t, s, n["zlib"], Facts{})
	for _, dir := range []string{s.root, s.Dir(), s.lockDir()} {
		must(t, os.Chmod(dir, 0o555))
		t.Cleanup(func() { os.Chmod(dir, 0o755) })
	}
	if got := names(t, s, Filter{}); got != "zlib" || len(*warnings) != 0 {
		t.Errorf("reading gives %q and warns %q", got, *warnings)
	}
	var root *RootError
	if err := s.Prepare(); !errors.As(err, &root) || !errors.Is(err, syscall.EACCES) || !strings.Contains(err.Error(), s.root) {
		t.Errorf("got %v", err)
	}
	if err := s.Reindex(ctx); !errors.As(err, &root) {
		t.Errorf("got %v", err)
	}
}

// TestReadOnlyRootWithoutIndex is what a user sees who chains on a tree that was copied without its index.
func TestReadOnlyRootWithoutIndex(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("permissions do not bind root")
	}
	s, warnings := testStore(t)
	put(t, s, testdag.Parse(t, graph)["zlib"], Facts{})
	must(t, os.Remove(s.indexPath()))
	must(t, os.Chmod(s.root, 0o555))
	t.Cleanup(func() { os.Chmod(s.root, 0o755) })
	if got := names(t, s, Filter{}); got != "zlib" || len(*warnings) != 1 {
		t.Errorf("reading gives %q and warns %q", got, *warnings)
	}
	if _, err := os.Stat(filepath.Join(s.root, "db.sqlite")); err == nil {
		t.Error("a reader wrote the index")
	}
}
