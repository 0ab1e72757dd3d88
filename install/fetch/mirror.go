package fetch

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/install/durable"
)

// A mirror that is one file is a tar archive with the same layout as a directory, so that it can be unpacked into one, too.

// Mirrored says what a mirror was given.
type Mirrored struct {
	Files, New int
	Bytes      int64 // of all files
}

// WriteMirror puts files of the cache into a mirror: a directory, or if dest ends with ".tar" one file, which is written anew. What a
// directory has already stays.
func (f *Fetcher) WriteMirror(ctx context.Context, files []string, dest string) (Mirrored, error) {
	files = slices.Compact(slices.Sorted(slices.Values(files)))
	fail := func(err error) (Mirrored, error) { return Mirrored{}, fmt.Errorf("write mirror %s: %w", dest, err) }
	add, finish, err := openMirror(dest)
	if err != nil {
		return fail(err)
	}
	done := Mirrored{Files: len(files)}
	for _, file := range files {
		if ctx.Err() != nil {
			return fail(errors.Join(context.Cause(ctx), finish(false)))
		}
		rel, err := filepath.Rel(f.CacheDir, file)
		if err == nil && !filepath.IsLocal(rel) {
			err = fmt.Errorf("%s is not in the cache", file)
		}
		var size int64
		var isNew bool
		if err == nil {
			size, isNew, err = addFile(file, filepath.ToSlash(rel), add)
		}
		if err != nil {
			return fail(errors.Join(err, finish(false)))
		}
		done.Bytes += size
		if isNew {
			done.New++
		}
	}
	if err := finish(true); err != nil {
		return fail(err)
	}
	return done, nil
}

// adder puts one file into a mirror; it reports whether the mirror lacked it.
type adder func(rel string, size int64, r io.Reader) (isNew bool, err error)

func addFile(file, rel string, add adder) (size int64, isNew bool, err error) {
	in, err := os.Open(file)
	if err != nil {
		return 0, false, err
	}
	defer in.Close()
	fi, err := in.Stat()
	if err != nil {
		return 0, false, err
	}
	isNew, err = add(rel, fi.Size(), in)
	return fi.Size(), isNew, err
}

func openMirror(dest string) (add adder, finish func(ok bool) error, err error) {
	if strings.HasSuffix(dest, ".tar") {
		return openTarMirror(dest)
	}
	if err := os.MkdirAll(dest, 0o755); err != nil {
		return nil, nil, err
	}
	add = func(rel string, size int64, r io.Reader) (bool, error) {
		to := filepath.Join(dest, filepath.FromSlash(rel))
		if fi, err := os.Stat(to); err == nil && fi.Size() == size {
			return false, nil
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return false, err
		}
		return true, writeFrom(to, r)
	}
	return add, func(bool) error { return nil }, nil
}

func openTarMirror(dest string) (add adder, finish func(ok bool) error, err error) {
	durable.Sweep(filepath.Dir(dest), filepath.Base(dest))
	temp, err := os.OpenFile(durable.TempName(dest), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, nil, err
	}
	w := tar.NewWriter(temp)
	add = func(rel string, size int64, r io.Reader) (bool, error) {
		// Equal sources give equal archives.
		h := &tar.Header{Name: rel, Mode: 0o644, Size: size, ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
		if err := w.WriteHeader(h); err != nil {
			return false, err
		}
		_, err := io.Copy(w, r)
		return true, err
	}
	finish = func(ok bool) error {
		defer os.Remove(temp.Name())
		if !ok {
			return temp.Close()
		}
		if err := errors.Join(w.Close(), temp.Chmod(0o644), temp.Close()); err != nil {
			return err
		}
		return durable.Rename(temp.Name(), dest)
	}
	return add, finish, nil
}

// writeFrom writes a file whole, or not at all.
func writeFrom(to string, r io.Reader) error {
	return durable.WriteFrom(to, r, 0o644)
}

// entry is a file within an archive.
type entry struct {
	io.Reader
	file *os.File
}

func (e entry) Close() error { return e.file.Close() }

// openEntry finds a file in a tar archive. It reads headers alone: contents are skipped by seeking.
func openEntry(archive, name string) (io.ReadCloser, int64, error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, 0, err
	}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			err = fs.ErrNotExist
		}
		if err != nil {
			f.Close()
			return nil, 0, err
		}
		if strings.TrimPrefix(h.Name, "./") == name && h.Typeflag == tar.TypeReg {
			return entry{r, f}, h.Size, nil
		}
	}
}
