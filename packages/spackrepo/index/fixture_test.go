package index

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// lineRepo is a small repository in a directory, for tests: NAME.txt has lines "version 1.2", "depends zlib", "provides mpi", "base FILE"
// (which is read, too) or "broken".
type lineRepo struct {
	dir       string
	evaluated *atomic.Int32
}

func (l lineRepo) Namespace() string { return "lines" }
func (l lineRepo) Watch() []string   { return []string{"."} }

func (l lineRepo) Candidates() []string {
	files, _ := filepath.Glob(filepath.Join(l.dir, "*.txt"))
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".txt")
	}
	return files
}

func (l lineRepo) Hash(path string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(l.dir, path))
	if err != nil {
		return nil, err
	}
	sum := [32]byte{byte(len(text))}
	copy(sum[1:], text)
	return sum[:], nil
}

func (l lineRepo) Evaluate(_ context.Context, name string) (*packages.Recipe, []string, error) {
	l.evaluated.Add(1)
	r := &packages.Recipe{Name: name, Namespace: "lines", Place: packages.Place{File: name + ".txt", Line: 1}}
	files, err := l.read(r, name+".txt")
	return r, files, err
}

func (l lineRepo) read(r *packages.Recipe, file string) ([]string, error) {
	files := []string{file}
	text, err := os.ReadFile(filepath.Join(l.dir, file))
	if err != nil {
		return files, fmt.Errorf("read %s: %w", r.Name, err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "version":
			r.Versions = append(r.Versions, packages.VersionDecl{Version: spec.MustVersion(rest)})
		case "depends":
			r.Depends = append(r.Depends, packages.Dependency{Spec: spec.MustParse(rest), Types: spec.Link})
		case "provides":
			r.Provides = append(r.Provides, packages.Provision{Virtuals: []*spec.Spec{spec.MustParse(rest)}})
		case "base":
			more, err := l.read(r, rest)
			files = append(files, more...)
			if err != nil {
				return files, err
			}
		case "broken":
			return files, fmt.Errorf("%s:1: this recipe is broken", file)
		}
	}
	return files, nil
}

// fixture is a lineRepo with its index.
type fixture struct {
	t         *testing.T
	dir       string
	options   Options
	evaluated atomic.Int32
}

// newFixture writes the files; they are a minute old.
func newFixture(t *testing.T, files map[string]string) *fixture {
	f := &fixture{t: t, dir: t.TempDir()}
	f.options = Options{
		File: filepath.Join(t.TempDir(), "cache", "lines.index"), Key: "1", Dir: f.dir,
		Source: func() (Source, error) { return lineRepo{f.dir, &f.evaluated}, nil },
	}
	var making sync.Mutex
	f.options.Lock = func(context.Context) (func() error, error) {
		making.Lock()
		return func() error { making.Unlock(); return nil }, nil
	}
	for name, text := range files {
		f.write(name, text)
	}
	f.age(".")
	return f
}

func (f *fixture) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
	f.age(name)
}

// age lets a file look as if it was changed a while ago. (The time of the inode's change cannot be set; it is waited for.)
func (f *fixture) age(name string) {
	past := time.Now().Add(-time.Minute).Add(time.Duration(f.evaluated.Load()) * time.Millisecond)
	if err := os.Chtimes(filepath.Join(f.dir, name), past, past); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) open() *Repo {
	f.t.Helper()
	time.Sleep(120 * time.Millisecond) // so that no file was changed just now
	r, err := Open(context.Background(), f.options)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = r.Close() })
	return r
}

// wantEvaluated holds how many recipes were evaluated since the last time.
func (f *fixture) wantEvaluated(want int32) {
	f.t.Helper()
	if got := f.evaluated.Swap(0); got != want {
		f.t.Errorf("%d recipes were evaluated, not %d", got, want)
	}
}

func version(t *testing.T, r *Repo, name string) string {
	t.Helper()
	recipe, err := r.Recipe(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	return recipe.Versions[0].Version.String()
}
