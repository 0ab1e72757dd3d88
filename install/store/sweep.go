package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/install/stage"
)

// Sweep deletes what interrupted commands left: removed packages whose files were still to be deleted, prefixes that never
// were finished, and stages of builds that were killed. What another command works on has a lock, and is left alone; so are
// the stages that are kept for a person, until the package was built after all.
func (s *Store) Sweep() error {
	if err := s.SweepPackages(); err != nil {
		return err
	}
	for _, dir := range s.stageDirs() {
		if err := s.sweepStages(dir); err != nil {
			return err
		}
	}
	return nil
}

// SweepPackages is Sweep without the stages: builds that were killed may go on in theirs.
func (s *Store) SweepPackages() error {
	if err := s.sweepTrash(); err != nil {
		return err
	}
	if err := s.sweepAside(); err != nil {
		return err
	}
	if err := s.sweepBeside(); err != nil {
		return err
	}
	for _, dir := range []string{"", "cache", "cache/sources/_partial", "environments", "scratch", "store", "store/.externals"} {
		durable.Sweep(filepath.Join(s.root, dir), "")
	}
	for _, prefix := range s.list(s.Dir()) {
		if Complete(prefix) {
			durable.Sweep(filepath.Join(prefix, metaDir), "") // what is explicit may have been written when it was killed
			continue
		}
		err := s.ifFree(filepath.Base(prefix), func() error {
			if Complete(prefix) { // finished while we came
				return nil
			}
			return removeAll(prefix)
		})
		if err != nil {
			return fail("remove", prefix, err)
		}
	}
	return s.sweepRunning()
}

func (s *Store) sweepStages(dir string) error {
	stages, err := stage.List(dir)
	if err != nil {
		return err
	}
	for name, state := range stages {
		if state == stage.Asked || state == stage.Failed && !Complete(filepath.Join(s.Dir(), name)) {
			continue
		}
		st := stage.Stage{Dir: filepath.Join(dir, name)}
		if err := s.ifFree(name, st.Remove); err != nil {
			return err
		}
	}
	return nil
}

// ifFree does something to a prefix or stage (by its base name, or hash) under its lock, unless another command has that, or what
// a killed one left running still writes.
func (s *Store) ifFree(base string, do func() error) error {
	hash := base[strings.LastIndexByte(base, '-')+1:]
	if len(hash) != 32 {
		return nil // not ours
	}
	unlock, ok, err := s.tryLockHash(hash)
	if err != nil || !ok {
		return err
	}
	defer unlock()
	if s.orphaned(hash) {
		return nil
	}
	return do()
}

// sweepTrash disturbs nobody: what lies there has no name any more.
func (s *Store) sweepTrash() error {
	entries, err := os.ReadDir(s.trashDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fail("read", s.trashDir(), err)
	}
	for _, e := range entries {
		path := filepath.Join(s.trashDir(), e.Name())
		if err := removeAll(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fail("remove", path, err)
		}
	}
	return nil
}
