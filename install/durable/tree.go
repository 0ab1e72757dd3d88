package durable

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// syncWorkers bounds how many fsyncs are in flight. They wait for the disk or a
// server, not for a processor, so the number has nothing to do with cores; more
// than this brings no gain on ext4 or NFS and is impolite on Lustre.
const syncWorkers = 16

// SyncTree makes every regular file and directory under dir durable. Symbolic
// links are made durable by their directory; they are not followed.
// Directories are synced after all files, so that a name never becomes durable
// before its contents.
func SyncTree(ctx context.Context, dir string) error {
	var dirs []string
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(syncWorkers)
	walkErr := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return wrap("sync", path, err)
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir():
			dirs = append(dirs, path)
		case d.Type().IsRegular():
			g.Go(func() error { return syncFile(path) })
		}
		return nil
	})
	// A failed worker cancels the walk: its error is the one that matters.
	if err := g.Wait(); err != nil {
		return err
	}
	if walkErr != nil {
		return walkErr
	}
	var dg errgroup.Group
	dg.SetLimit(syncWorkers)
	for _, d := range dirs {
		dg.Go(func() error { return SyncDir(d) })
	}
	return dg.Wait()
}

// syncFile opens for reading where it may, else for writing: fsync needs some
// descriptor, and installed files may lack one of the two permissions.
func syncFile(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) {
		f, err = os.OpenFile(path, os.O_WRONLY, 0)
	}
	if err != nil {
		return wrap("sync", path, err)
	}
	defer f.Close()
	return wrap("sync", path, fsync(f))
}

// RenameDir moves a finished tree (SyncTree has been called) to its place and
// makes both directories durable. It never replaces anything: when to exists,
// in whatever form, the error is ErrExists and from is untouched.
func RenameDir(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENOTSUP) {
		err = renameChecked(from, to) // NFS and others lack the flag
	}
	if errors.Is(err, fs.ErrExist) {
		return &Error{Op: "rename", Path: to, Err: ErrExists}
	}
	if err != nil {
		return wrap("rename", to, err)
	}
	if err := SyncDir(parent(to)); err != nil {
		return err
	}
	if parent(from) == parent(to) {
		return nil
	}
	return SyncDir(parent(from))
}

// Exchange lets two finished trees change places in one step and makes both
// directories durable. The error is errors.ErrUnsupported where the file
// system cannot (NFS); nothing has happened then.
func Exchange(a, b string) error {
	err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENOTSUP) {
		return errors.ErrUnsupported
	}
	if err != nil {
		return wrap("rename", b, err)
	}
	if err := SyncDir(parent(b)); err != nil {
		return err
	}
	return SyncDir(parent(a))
}

// renameChecked is the version for file systems without RENAME_NOREPLACE. The
// kernel itself refuses to replace a file or a directory that is not empty, so
// only an empty directory that appears after the look can be lost.
func renameChecked(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return fs.ErrExist
	}
	err := unix.Rename(from, to)
	if errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, syscall.ENOTDIR) {
		return fs.ErrExist
	}
	return err
}

func randomName() string { return rand.Text()[:12] }
