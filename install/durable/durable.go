// Package durable puts files and directory trees in place so that a crash, a
// killed process or a lost power supply leaves either the old state or the new
// one, never a mixture.
//
// The order is always the same: write under a temporary name on the same file
// system, fsync the contents, rename, fsync the directory that holds the name.
// Leaving out one of the fsyncs is what produces empty files after a crash on
// ext4, XFS and most network file systems.
//
// It is not a transaction layer and takes no locks: two writers of the same
// path are the caller's affair (see package lock).
//
// Read file.go for single files, tree.go for directories, temp.go for what killed
// processes leave.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrExists says that the target of RenameDir is already there. The caller
// usually compares the two and throws its own copy away.
var ErrExists = errors.New("target exists already")

// Error is a failed step of putting something in place. It unwraps to the
// system's error, so that errors.Is(err, syscall.ENOSPC) works.
type Error struct {
	Op   string // "write", "sync", "rename"
	Path string // the file or directory that the user knows
	Err  error
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err)
	if r := remedy(e.Err); r != "" {
		s += " (" + r + ")"
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// remedy says what a user can do about the errors that are the machine's fault.
func remedy(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "the file system is full: free space, or move the root to another file system"
	case errors.Is(err, syscall.EDQUOT):
		return "your quota of bytes or files is used up: free some, or move the root to another file system"
	case errors.Is(err, syscall.EROFS):
		return "the file system is mounted read-only: choose a root elsewhere"
	case errors.Is(err, fs.ErrPermission):
		return "check the owner and mode of the directory"
	case errors.Is(err, syscall.EXDEV):
		return "both names must be on one file system"
	}
	return ""
}

// wrap gives err its step and path; the path inside an *fs.PathError is a
// temporary name that means nothing to a user, so it goes.
func wrap(op, path string, err error) error {
	if err == nil {
		return nil
	}
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		err = pe.Err
	case errors.As(err, &le):
		err = le.Err
	}
	return &Error{Op: op, Path: path, Err: err}
}

// SyncDir makes the names in a directory durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return wrap("sync", dir, err)
	}
	defer d.Close()
	return wrap("sync", dir, fsync(d))
}

// fsync tolerates the file systems that cannot sync a directory or a file
// opened for reading (some FUSE and SMB mounts answer EINVAL or EBADF): there
// is nothing that we could do better there.
func fsync(f *os.File) error {
	err := f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EBADF) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	return err
}

func parent(path string) string { return filepath.Dir(filepath.Clean(path)) }
