package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/install/db"
	"github.com/berth-hpc/berth/install/durable"
)

// DependentsError says that installed packages need the one that was to be removed.
type DependentsError struct {
	Record     Record
	Dependents []Record
}

func (e *DependentsError) Error() string {
	var names []string
	for _, r := range e.Dependents {
		names = append(names, r.Node.Name()+"/"+r.Node.ShortHash())
	}
	return fmt.Sprintf("uninstall %s/%s: %s installed and %s it; uninstall %s first, or use --force",
		e.Record.Node.Name(), e.Record.Node.ShortHash(), listIs(names), verb(len(names), "needs", "need"), verb(len(names), "it", "them"))
}

func listIs(names []string) string {
	return strings.Join(names, ", ") + verb(len(names), " is", " are")
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Remove uninstalls a package, once no install runs that may count on it: its prefix vanishes by one rename, then from the index, then its files are deleted. Killed in
// between, the rest is done by the next Sweep. The error is a *DependentsError if others need it, unless force.
func (s *Store) Remove(ctx context.Context, r Record, force bool) error {
	if err := s.Prepare(); err != nil {
		return err
	}
	unused, err := s.lockUse(ctx)
	if err != nil {
		return err
	}
	defer unused()
	unlock, err := s.LockPrefix(ctx, r.Node, nil)
	if err != nil {
		return err
	}
	defer unlock()
	if !force {
		needed, err := s.Dependents(r.Node.Hash())
		if err != nil {
			return err
		}
		if len(needed) > 0 {
			return &DependentsError{Record: r, Dependents: needed}
		}
	}
	gone, err := s.vanish(r)
	if err != nil {
		return err
	}
	remove := func() error { return fail("remove", gone, removeAll(gone)) }
	if err := s.forget(ctx, func(tx *db.Tx) error { return tx.Delete(r.Node.Hash()) }, remove); err != nil {
		return err
	}
	return remove()
}

// forget takes what has vanished out of the index. That is written anew, which takes room: where there is none, the files are deleted first. Who is killed in
// between leaves an index that has too much, of which readers leave out what is not there.
func (s *Store) forget(ctx context.Context, change func(*db.Tx) error, remove func() error) error {
	err := s.update(ctx, change)
	if !noRoom(err) {
		return err
	}
	if e := remove(); e != nil {
		return errors.Join(err, e)
	}
	return s.update(ctx, change)
}

func noRoom(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// vanish takes a package out of the store without deleting it, and returns where it lies now; "" if nothing is left to delete.
func (s *Store) vanish(r Record) (string, error) {
	if r.Node.External() != nil {
		path := filepath.Join(s.externalsDir(), r.Node.Hash()+".json")
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fail("remove", path, err)
		}
		return "", nil
	}
	to, err := s.trash(r.Prefix, r.Node.ShortHash())
	if noRoom(err) { // Btrfs renames nothing beyond a quota: without its description it is no package any more, and Sweep deletes what is left of it
		marker := filepath.Join(r.Prefix, markerFile)
		if err := os.Remove(marker); err != nil {
			return "", fail("remove", marker, err)
		}
		return r.Prefix, durable.SyncDir(filepath.Dir(marker))
	}
	if err != nil {
		return "", err
	}
	// Or a lost power supply might bring it back after the index forgot it.
	return to, durable.SyncDir(s.Dir())
}

// trash takes a directory away by one rename, and returns where it lies now, to be deleted; "" if it is not there.
func (s *Store) trash(dir, name string) (string, error) {
	to := filepath.Join(s.trashDir(), name+"-"+rand.Text()) // in no directory of its own: that would take an inode
	err := os.Rename(dir, to)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fail("remove", dir, err)
	}
	return to, nil
}
