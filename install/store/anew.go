package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/spec/dag"
)

// A package that is built anew must be built at its place: its path is built into it. Where the commands of a build can be shown another directory there, its
// files come to be beside the old one's, and when all is done the two are exchanged, in one step. What lies beside is nobody's when nobody holds the prefix's lock:
// Sweep deletes it, whichever of the two it is.
//
// Elsewhere the old one lies aside meanwhile, and comes back if the new one does not come to be. Whatever is aside when nobody holds the prefix's lock was left by
// a killed command: Sweep puts it back.

func (s *Store) besideDir() string { return filepath.Join(s.Dir(), ".beside") }

func (s *Store) besidePath(n *dag.Node) string { return filepath.Join(s.besideDir(), BaseName(n)) }

// Beside makes an empty directory for the files of a package that is built anew while the old one stands. The caller is alone (see Alone), and holds the prefix's lock.
func (s *Store) Beside(n *dag.Node) (root string, err error) {
	root = s.besidePath(n)
	if err := removeAll(root); err != nil {
		return "", fail("remove", root, err)
	}
	return root, fail("create", root, os.MkdirAll(root, 0o755))
}

// DropBeside deletes what lies beside a package: the old one, or what did not come to be.
func (s *Store) DropBeside(n *dag.Node) error {
	return fail("remove", s.besidePath(n), removeAll(s.besidePath(n)))
}

// takePlace puts what lies beside a package at its place. Where two directories cannot be exchanged in one step, the old one is put aside first, so that a command
// that comes upon the prefix without a package puts it back.
func (s *Store) takePlace(n *dag.Node) error {
	prefix, beside := s.ownPrefix(n), s.besidePath(n)
	err := durable.Exchange(beside, prefix)
	if !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	if err := s.SetAside(n); err != nil {
		return err
	}
	if err := durable.RenameDir(beside, prefix); err != nil {
		return errors.Join(err, s.PutBack(n))
	}
	return s.PutBack(n) // which deletes it
}

// sweepBeside deletes what killed commands left beside packages.
func (s *Store) sweepBeside() error {
	for _, beside := range s.list(s.besideDir()) {
		if err := s.ifFree(filepath.Base(beside), func() error { return fail("remove", beside, removeAll(beside)) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) asideDir() string { return filepath.Join(s.Dir(), ".aside") }

func (s *Store) asidePath(n *dag.Node) string { return filepath.Join(s.asideDir(), BaseName(n)) }

// SetAside takes an installed package out of its place. The caller is alone (see Alone), and holds the prefix's lock.
func (s *Store) SetAside(n *dag.Node) error {
	if err := os.MkdirAll(s.asideDir(), 0o755); err != nil {
		return fail("create", s.asideDir(), err)
	}
	return durable.RenameDir(s.ownPrefix(n), s.asidePath(n))
}

// PutBack takes what is aside to its place again, if it was not built anew; else it is deleted. Nothing happens if nothing is aside.
func (s *Store) PutBack(n *dag.Node) error { return s.putBack(s.ownPrefix(n), s.asidePath(n)) }

func (s *Store) putBack(prefix, aside string) error {
	if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if Complete(prefix) {
		return fail("remove", aside, removeAll(aside))
	}
	if err := removeAll(prefix); err != nil {
		return fail("remove", prefix, err)
	}
	return durable.RenameDir(aside, prefix)
}

// sweepAside puts back what killed repairs left aside.
func (s *Store) sweepAside() error {
	for _, aside := range s.list(s.asideDir()) {
		name := filepath.Base(aside)
		if err := s.ifFree(name, func() error { return s.putBack(filepath.Join(s.Dir(), name), aside) }); err != nil {
			return err
		}
	}
	return nil
}
