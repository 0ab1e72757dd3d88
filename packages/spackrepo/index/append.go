package index

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Most updates change a recipe or two of thousands. Then the new entries and sections are added behind the file as it is, and last the header is
// replaced, which takes less than a page. Whoever opened the file before goes on with the header that he read: nothing that it leads to changes.
// What a crash leaves has either header, and checksums for all that it leads to. The index of another commit begins as a copy.

// write puts the contents into a file. It does not wait until the disk has it: what a crash leaves of it the checksums tell, and waiting takes
// longer than all the rest.
func (c *contents) write(path string) error {
	if c.base != nil {
		pieces, err := c.layOut()
		if err != nil {
			return err
		}
		if sameFile(path, c.base.info) {
			err = appendTo(path, c.base, pieces)
		} else {
			err = replace(path, c.base, pieces)
		}
		if err == nil {
			return nil
		}
		if err := c.detach(); err != nil {
			return err
		}
	}
	pieces, err := c.layOut()
	if err != nil {
		return err
	}
	return replace(path, nil, pieces)
}

// detach reads the entries that are in the base, which is not needed any more.
func (c *contents) detach() error {
	for i := range c.entries {
		e := &c.entries[i]
		if e.bytes != nil {
			continue
		}
		var err error
		if e.bytes, err = c.base.at(e.row); err != nil {
			return fmt.Errorf("read index: %w", err)
		}
	}
	c.base = nil
	return nil
}

var errInUse = errors.New("somebody else writes the index")

// appendTo writes what is new behind the base, and then the header.
func appendTo(path string, base *snapshot, pieces [][]byte) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }() // which unlocks it
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return err
	}
	// Somebody may have been faster.
	head := make([]byte, len(base.head))
	if _, err := f.ReadAt(head, 0); err != nil {
		return err
	}
	if info, err := f.Stat(); err != nil || !os.SameFile(info, base.info) || !bytes.Equal(head, base.head) {
		return errInUse
	}
	if _, err := f.WriteAt(slices.Concat(pieces[1:]...), int64(base.size)); err != nil {
		return errors.Join(err, f.Truncate(int64(base.size)))
	}
	_, err = f.WriteAt(pieces[0], 0)
	return err
}

// replace writes the file aside and renames it into place. base, if there is one, is what comes before the pieces, but for its header.
func replace(path string, base *snapshot, pieces [][]byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if base != nil {
		err = copyBase(f, base)
	}
	if err == nil {
		err = writePieces(f, base, pieces)
	}
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// copyBase has the kernel copy, where it can, so that the bytes need not come here.
func copyBase(to *os.File, base *snapshot) error {
	from, ok := base.from.(*os.File)
	if !ok {
		return errDamaged
	}
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := to.ReadFrom(io.LimitReader(from, int64(base.size)))
	return err
}

func writePieces(f *os.File, base *snapshot, pieces [][]byte) error {
	if base == nil {
		w := bufio.NewWriterSize(f, 1<<20)
		for _, p := range pieces {
			_, _ = w.Write(p) // Flush has the error
		}
		return w.Flush()
	}
	if _, err := f.WriteAt(slices.Concat(pieces[1:]...), int64(base.size)); err != nil {
		return err
	}
	_, err := f.WriteAt(pieces[0], 0)
	return err
}

func sameFile(path string, as os.FileInfo) bool {
	info, err := os.Stat(path)
	return err == nil && as != nil && os.SameFile(info, as)
}

// sameIndex reports whether an index is the same file, and nothing was added to it.
func sameIndex(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
