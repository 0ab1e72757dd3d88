// Package store is where installed packages stand: the layout under a berth root, what a prefix says of itself, and the
// index over all of them.
//
// A prefix is installed if and only if its description, .berth/spec.json, is there. It is the last file of an install,
// renamed into place after everything else is on disk. Whatever else happens, a prefix without it is rubble, and belongs
// to whoever holds the lock of that prefix next. The index (package db) is only a summary of these descriptions.
//
// The package does not build, fetch or decide what to install.
//
// Read store.go (layout, locks), describe.go (what a prefix says of itself), commit.go (how a prefix comes to be), manifest.go (its
// files), index.go (questions and changes), scan.go (the index from the prefixes), lock.go,
// running.go, scratch.go, remove.go, sweep.go, collect.go, verify.go, mend.go, anew.go; upstreams.go and underneath.go (trees of others
// that a store is put on top of).
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/spec/dag"
)

// Store is a berth root. It is safe for concurrent use, also by several processes.
type Store struct {
	root string
	// Warn, if not nil, is told of what was wrong and was mended: a lost index that was rebuilt, a prefix that cannot be read.
	Warn func(message string)
	// StaleAfter is how long a command on another machine may be silent before its locks are taken over, where locks are directories; 0: 60 s.
	StaleAfter time.Duration
	// Fingerprint, if not nil, tells how a package of the host looks now: equal for as long as it is the same.
	Fingerprint func(*dag.Node) string
	// Scratch, if not empty, is where builds have their stages, on a file system of this machine; see UseScratch.
	Scratch string

	locks locks
	chain chain

	mu    sync.Mutex
	nodes map[string]*dag.Node // by hash; nodes never change
}

// Open names the berth root at that path ("/home/u/.berth"). It touches nothing: a root that does not exist is an empty one, and one
// that cannot be written to can be read.
func Open(root string) (*Store, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if info, err := os.Stat(abs); err == nil && !info.IsDir() {
		return nil, &RootError{Root: abs, Err: unix.ENOTDIR}
	}
	return &Store{root: abs, nodes: map[string]*dag.Node{}}, nil
}

// Root is the berth root: "/home/u/.berth".
func (s *Store) Root() string { return s.root }

// Dir is the directory of the prefixes.
func (s *Store) Dir() string { return filepath.Join(s.root, "store") }

// StageDir is where builds have their stages.
func (s *Store) StageDir() string {
	if s.Scratch != "" {
		return s.Scratch
	}
	return s.ownStageDir()
}

func (s *Store) ownStageDir() string { return filepath.Join(s.root, "stage") }

// stageDirs are all that may have stages of this store, on this machine.
func (s *Store) stageDirs() []string {
	dirs := append([]string{s.ownStageDir()}, s.formerScratch()...)
	if s.Scratch != "" {
		dirs = append([]string{s.Scratch}, dirs...)
	}
	return dirs
}

// SourceCache is where fetched sources are kept; nothing in it is live.
func (s *Store) SourceCache() string { return filepath.Join(s.root, "cache", "sources") }

// GitCache is where the clones are that sources come from: bare, one a repository.
func (s *Store) GitCache() string { return filepath.Join(s.root, "cache", "git") }

// HistoryPath is the file that remembers what builds took.
func (s *Store) HistoryPath() string { return filepath.Join(s.root, "cache", "builds.json") }

func (s *Store) indexPath() string    { return filepath.Join(s.root, "db.sqlite") }
func (s *Store) lockDir() string      { return filepath.Join(s.root, "locks") }
func (s *Store) externalsDir() string { return filepath.Join(s.Dir(), ".externals") }
func (s *Store) trashDir() string     { return filepath.Join(s.Dir(), ".trash") }
func (s *Store) warn(f string, a ...any) {
	if s.Warn != nil {
		s.Warn(fmt.Sprintf(f, a...))
	}
}

// maxVersion bounds the version in a prefix's name. The hash tells prefixes apart; the name is there to be read, and scripts
// in the prefix begin with its path, of which kernels before 5.1 take 127 bytes.
const maxVersion = 24

// BaseName is the name of a node's prefix below Dir: "zlib-1.3.1-abcd...". It is also the name of its stage.
func BaseName(n *dag.Node) string {
	version := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '+', r == '-':
			return r
		}
		return '_' // git.refs/heads/x=1.2
	}, n.Version().String())
	if len(version) > maxVersion {
		version = version[:maxVersion]
	}
	return n.Name() + "-" + version + "-" + n.Hash()
}

// Prefix is where n stands, or will: its own prefix if it is external, an upstream's if only that has it.
func (s *Store) Prefix(n *dag.Node) string {
	if e := n.External(); e != nil {
		return e.Prefix
	}
	if r, ok := s.FromUpstream(n); ok {
		return r.Prefix
	}
	return s.ownPrefix(n)
}

// RootError says that the berth root cannot be used.
type RootError struct {
	Root string
	Err  error
}

func (e *RootError) Error() string {
	return fmt.Sprintf("write to the berth root %s: %v; set BERTH_ROOT to a directory that you can write to", e.Root, e.Err)
}

func (e *RootError) Unwrap() error { return e.Err }

// Prepare makes the root ready for changes, with an index if there is none. The error is a *RootError if it cannot be written to.
func (s *Store) Prepare() error {
	for _, dir := range []string{s.Dir(), s.lockDir(), s.externalsDir(), s.trashDir()} {
		if err := durable.MkdirAll(dir, 0o755); err != nil {
			return &RootError{Root: s.root, Err: cause(err)}
		}
	}
	for _, dir := range []string{s.root, s.Dir(), s.lockDir()} {
		if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
			return &RootError{Root: s.root, Err: err}
		}
	}
	if err := s.noteScratch(); err != nil {
		return &RootError{Root: s.root, Err: cause(err)}
	}
	if _, err := os.Lstat(s.indexPath()); errors.Is(err, fs.ErrNotExist) {
		return s.begin()
	}
	return nil
}

// cause is the system's own error.
func cause(err error) error {
	var e *durable.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return bare(err)
}

// bare drops the path that the system's error repeats.
func bare(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// fail is an error about a file, with the remedy for full disks and the like.
func fail(op, path string, err error) error {
	if err == nil {
		return nil
	}
	return &durable.Error{Op: op, Path: path, Err: bare(err)}
}
