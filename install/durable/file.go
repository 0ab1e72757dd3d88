package durable

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// WriteFile replaces the file at path by data. perm is applied under the umask,
// as os.WriteFile does for new files; an existing file's mode is not kept.
// When it returns an error the old file is untouched.
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	return WriteFrom(path, bytes.NewReader(data), perm)
}

// WriteFrom is WriteFile for a stream. An error of r is returned as it is.
func WriteFrom(path string, r io.Reader, perm fs.FileMode) error {
	return write(path, r, perm, os.Rename)
}

// CreateFile is WriteFile for a file that must not be there yet: the error is ErrExists if it is.
func CreateFile(path string, data []byte, perm fs.FileMode) error {
	return write(path, bytes.NewReader(data), perm, renameNew)
}

// write makes the file under a temporary name and lets place give it its own.
func write(path string, r io.Reader, perm fs.FileMode, place func(from, to string) error) (err error) {
	f, err := createTemp(path, perm)
	if err != nil {
		return wrap("write", path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := io.Copy(f, r); err != nil {
		return wrap("write", path, err)
	}
	if err := fsync(f); err != nil {
		return wrap("sync", path, err)
	}
	// NFS and quota-limited file systems may report a full disk only here.
	if err := f.Close(); err != nil {
		return wrap("write", path, err)
	}
	if err := place(f.Name(), path); err != nil {
		return wrap("rename", path, err)
	}
	Sweep(parent(path), filepath.Base(path))
	return SyncDir(parent(path))
}

// createTemp makes a new file beside path. os.CreateTemp would force mode 0600,
// which is wrong for files that a group shares.
func createTemp(path string, perm fs.FileMode) (*os.File, error) {
	for {
		f, err := os.OpenFile(TempName(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm.Perm())
		if !os.IsExist(err) {
			return f, err
		}
	}
}

// renameNew renames a file to a name that must be free. Where the file system cannot rename so, a second name is given to the
// file and the first one taken away.
func renameNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENOTSUP) {
		if err = os.Link(from, to); err == nil {
			err = os.Remove(from)
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return ErrExists
	}
	return err
}

// Rename puts a file that is complete, and closed, in place: it is synced before, and its directory after. What has that name is replaced.
func Rename(from, to string) error {
	if err := syncFile(from); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return wrap("rename", to, err)
	}
	return SyncDir(parent(to))
}

// Symlink makes path a symbolic link to target, in place of the link or file that has that name.
func Symlink(target, path string) error {
	temp := TempName(path)
	if err := os.Symlink(target, temp); err != nil {
		return wrap("link", path, err)
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return wrap("link", path, err)
	}
	Sweep(parent(path), filepath.Base(path))
	return SyncDir(parent(path))
}

// MkdirAll is os.MkdirAll whose new directories are durable: what is put into one is no use while its own name is not on disk.
func MkdirAll(path string, perm fs.FileMode) error {
	path = filepath.Clean(path)
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return wrap("create", path, syscall.ENOTDIR)
	case !errors.Is(err, fs.ErrNotExist):
		return wrap("create", path, err)
	}
	if up := parent(path); up != path {
		if err := MkdirAll(up, perm); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, perm); err != nil && !errors.Is(err, fs.ErrExist) {
		return wrap("create", path, err)
	}
	return SyncDir(parent(path))
}
