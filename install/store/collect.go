package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/install/db"
	"github.com/berth-hpc/berth/install/stage"
)

// Leftover is something beside the installed packages that takes room: a kept stage, a fetched source.
type Leftover struct {
	Path  string
	Bytes int64     // that it takes on disk
	Files int64     // inodes
	Used  time.Time // when it was last written or read, as far as the file system tells
}

// Alone waits until no install counts on what is installed, and keeps others from beginning until done is called.
func (s *Store) Alone(ctx context.Context) (done func() error, err error) {
	if err := s.Prepare(); err != nil {
		return nil, err
	}
	return s.lockUse(ctx)
}

// Discard uninstalls packages without asking who needs them. The caller is alone (see Alone). All of them leave the index in one change; removed, if not
// nil, hears of each when its files are gone.
func (s *Store) Discard(ctx context.Context, records []Record, removed func(Record)) error {
	gone := make([]string, len(records))
	err := s.vanishAll(ctx, records, gone)
	remove := func() error {
		for _, where := range gone {
			if where == "" || where == notGone {
				continue
			}
			if err := removeAll(where); err != nil {
				return fail("remove", where, err)
			}
		}
		return nil
	}
	if e := s.forget(ctx, func(tx *db.Tx) error { return deleteGone(tx, records, gone) }, remove); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	for i, r := range records {
		if err := ctx.Err(); err != nil {
			return err // the next Sweep deletes the rest
		}
		if gone[i] != "" {
			if err := removeAll(gone[i]); err != nil {
				return fail("remove", gone[i], err)
			}
		}
		if removed != nil {
			removed(r)
		}
	}
	return nil
}

// notGone stands for a record that is still there.
const notGone = "-"

// vanishAll takes the packages out of the store, each under its lock, and notes where they lie now.
func (s *Store) vanishAll(ctx context.Context, records []Record, gone []string) error {
	for i := range gone {
		gone[i] = notGone
	}
	for i, r := range records {
		unlock, err := s.LockPrefix(ctx, r.Node, nil)
		if err != nil {
			return err
		}
		where, err := s.vanish(r)
		if e := unlock(); err == nil {
			err = e
		}
		if err != nil {
			return err
		}
		gone[i] = where
	}
	return nil
}

func deleteGone(tx *db.Tx, records []Record, gone []string) error {
	for i, r := range records {
		if gone[i] == notGone {
			continue
		}
		if err := tx.Delete(r.Node.Hash()); err != nil {
			return err
		}
	}
	return nil
}

// Stages lists the stages of builds: those that are kept for a person, and those that somebody works in.
func (s *Store) Stages() ([]Leftover, error) {
	var all []Leftover
	for _, dir := range s.stageDirs() {
		names, err := stage.List(dir)
		if err != nil {
			return nil, err
		}
		for name := range names {
			l, err := Measure(filepath.Join(dir, name))
			if err != nil {
				return nil, err
			}
			all = append(all, l)
		}
	}
	slices.SortFunc(all, func(a, b Leftover) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// RemoveStage deletes a stage, unless somebody works in it.
func (s *Store) RemoveStage(path string) error {
	st := stage.Stage{Dir: path}
	return s.ifFree(filepath.Base(path), st.Remove)
}

// Sources lists the files in the source cache, and the clones of git repositories that sources come from.
func (s *Store) Sources() ([]Leftover, error) {
	var all []Leftover
	for _, clone := range s.list(s.GitCache()) {
		l, err := Measure(clone)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	err := filepath.WalkDir(s.SourceCache(), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fail("read", path, err)
		}
		if d.Type().IsRegular() {
			l, err := Measure(path)
			if err != nil {
				return err
			}
			all = append(all, l)
		}
		return nil
	})
	return all, err
}

// RemoveSource deletes a file of the source cache, and its directories if nothing else is in them; or a clone, of which nothing is left from one moment to
// the next, as somebody may be about to fetch from it.
func (s *Store) RemoveSource(path string) error {
	if filepath.Dir(path) == s.GitCache() {
		to, err := s.trash(path, "git")
		if errors.Is(err, unix.EXDEV) || noRoom(err) { // the cache is elsewhere, or beyond a quota nothing can be renamed
			to, err = path, nil
		}
		if err != nil {
			return err
		}
		return fail("remove", path, removeAll(to))
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail("remove", path, err)
	}
	for dir := filepath.Dir(path); dir != s.SourceCache() && len(dir) > len(s.SourceCache()); dir = filepath.Dir(dir) {
		if os.Remove(dir) != nil {
			break
		}
	}
	return nil
}

// Measure adds up what a file or tree takes. What vanishes meanwhile takes nothing; a directory that cannot be read is counted as one inode.
func Measure(root string) (Leftover, error) {
	l := Leftover{Path: root}
	seen := map[uint64]bool{} // hard links, by inode
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		var st unix.Stat_t
		if unix.Lstat(path, &st) != nil {
			return nil
		}
		if err != nil {
			return fs.SkipDir
		}
		if st.Nlink > 1 && !d.IsDir() {
			if seen[st.Ino] {
				return nil
			}
			seen[st.Ino] = true
		}
		l.Bytes += st.Blocks * 512
		l.Files++
		l.Used = latest(l.Used, time.Unix(st.Mtim.Unix()))
		if path == root && !d.IsDir() { // looking through a tree reads some of its files
			l.Used = latest(l.Used, time.Unix(st.Atim.Unix()))
		}
		return nil
	})
	return l, err
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
