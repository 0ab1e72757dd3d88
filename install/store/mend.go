package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/spec/dag"
)

// Mend puts right what the package's own list says how to: permissions, links, directories, and what was put there later. What else is wrong has to be
// built anew. Call Verify again to see what is left. The caller is alone (see Alone).
func (s *Store) Mend(r Record, problems []Problem) error {
	want, err := readManifest(filepath.Join(r.Prefix, manifestFile))
	if err != nil {
		return nil // built anew, then
	}
	files := map[string]File{}
	for _, f := range want {
		files[f.Path] = f
	}
	for _, p := range problems {
		if err := mend(filepath.Join(r.Prefix, p.Path), p.Kind, files[p.Path]); err != nil {
			return fail("mend", filepath.Join(r.Prefix, p.Path), err)
		}
	}
	return nil
}

func mend(path string, kind Kind, f File) error {
	switch {
	case kind == Mode:
		return os.Chmod(path, fs.FileMode(f.Mode))
	case kind == Extra:
		return removeAll(path)
	case kind == Missing && f.Dir:
		return os.MkdirAll(path, fs.FileMode(f.Mode))
	case f.Link != "" && (kind == Missing || kind == Link):
		return replaceLink(f.Link, path)
	}
	return nil
}

// replaceLink makes a link, or changes where it leads, in one step.
func replaceLink(to, path string) error {
	temp := path + ".berth-new"
	os.Remove(temp)
	if err := os.Symlink(to, temp); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return durable.SyncDir(filepath.Dir(path))
}

// A package that is built anew in its place must have that place for itself: its path is built into it. So the old one lies aside meanwhile, and comes
// back if the new one does not come to be. Whatever is aside when nobody holds the prefix's lock was left by a killed command: Sweep puts it back.

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
