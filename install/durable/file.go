package durable

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile replaces the file at path by data. perm is applied under the umask,
// as os.WriteFile does for new files; an existing file's mode is not kept.
// When it returns an error the old file is untouched.
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	return WriteFrom(path, bytes.NewReader(data), perm)
}

// WriteFrom is WriteFile for a stream. An error of r is returned as it is.
func WriteFrom(path string, r io.Reader, perm fs.FileMode) (err error) {
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
	if err := os.Rename(f.Name(), path); err != nil {
		return wrap("rename", path, err)
	}
	return SyncDir(parent(path))
}

// createTemp makes a new file beside path. os.CreateTemp would force mode 0600,
// which is wrong for files that a group shares.
func createTemp(path string, perm fs.FileMode) (*os.File, error) {
	dir, base := filepath.Split(filepath.Clean(path))
	for {
		name := filepath.Join(dir, "."+base+".tmp-"+randomName())
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm.Perm())
		if !os.IsExist(err) {
			return f, err
		}
	}
}
