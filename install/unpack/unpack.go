// Package unpack expands source archives that nobody has looked at: tar (plain,
// gzip, bzip2, xz, zstd) and zip, recognised by their first bytes and never by
// their names.
//
// An archive is refused as a whole, and everything already written is removed,
// when an entry could reach outside the destination, when it is anything but a
// directory, a regular file or a link, or when the limits are exceeded. Times
// and execute bits are kept: autotools rebuilds itself when the order of
// modification times changes. Ownership, setuid bits and write permission for
// others are not kept.
//
// The package does not fetch, verify checksums or apply patches.
//
// Read format.go for what is recognised, tree.go for what is refused and why,
// tar.go and zip.go for the two readers.
package unpack

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Default limits. The largest sources in use (LLVM, Chromium-like bundles,
// CUDA installers) stay below a quarter of them.
const (
	DefaultMaxBytes   = 64 << 30
	DefaultMaxEntries = 4_000_000
)

// Without limits of the caller's, what comes out must also be in proportion to the archive, so that a few bytes cannot fill a disk or a quota
// of files. Sources shrink to between a half and a thirtieth; those with many small files have one for some hundred bytes. Small
// archives may do as they like, up to a size that harms nobody.
const (
	maxRatio      = 200     // bytes for each byte of the archive
	harmlessBytes = 1 << 30 // whatever the ratio
	minPerEntry   = 32      // bytes of the archive for each entry
	harmlessCount = 100_000 // entries, whatever the ratio
)

// Options say how to unpack. The zero value unpacks with the default limits.
type Options struct {
	Name       string // what messages call the archive, e.g. "zlib-1.3.1.tar.gz"; default: base name of its path
	Plain      bool   // copy the file into the destination under Name, whatever it is (expand: false)
	MaxBytes   int64  // bytes of all files together; 0: DefaultMaxBytes, and in proportion to the archive
	MaxEntries int    // 0: DefaultMaxEntries, and in proportion to the archive
	XZ         string // path of an xz program; "": the one on PATH; "none": decode in this process
}

// Result says what was unpacked.
type Result struct {
	Format    Format
	SourceDir string // the archive's only top-level directory, else the destination
	Entries   int    // files, directories and links written
	Bytes     int64  // contents of all files
}

// Unpack expands archive into dest, which must be missing or empty. After an
// error dest is empty again (or missing, if it was); the error is an *Error
// unless ctx ended.
func Unpack(ctx context.Context, archive, dest string, opt Options) (Result, error) {
	if opt.Name == "" {
		opt.Name = filepath.Base(archive)
	}
	f, err := os.Open(archive)
	if err != nil {
		return Result{}, &Error{Archive: opt.Name, Reason: Unreadable, Err: err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return Result{}, &Error{Archive: opt.Name, Reason: Unreadable, Err: errors.Join(err, errors.New("it is no regular file"))}
	}
	opt = opt.withDefaults(info.Size())

	t, err := newTree(dest, opt)
	if err != nil {
		return Result{}, err
	}
	defer t.close()
	format, err := expand(ctx, f, t, opt)
	if err == nil {
		err = t.finish()
	}
	if err != nil {
		t.discard()
		if ctx.Err() != nil {
			return Result{}, context.Cause(ctx)
		}
		return Result{}, err
	}
	return Result{Format: format, SourceDir: t.sourceDir(), Entries: t.entries, Bytes: t.bytes}, nil
}

// withDefaults sets the limits for an archive of that size. A file that is only copied has the size that it has.
func (o Options) withDefaults(size int64) Options {
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
		if !o.Plain && size < DefaultMaxBytes/maxRatio {
			o.MaxBytes = max(harmlessBytes, size*maxRatio)
		}
	}
	if o.MaxEntries == 0 {
		o.MaxEntries = min(DefaultMaxEntries, max(harmlessCount, int(size/minPerEntry)))
	}
	return o
}

func expand(ctx context.Context, f *os.File, t *tree, opt Options) (Format, error) {
	if opt.Plain {
		return Plain, t.single(ctx, filepath.Base(opt.Name), f)
	}
	head := make([]byte, headSize)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return "", &Error{Archive: opt.Name, Reason: Unreadable, Err: err}
	}
	format, what := detect(head[:n])
	switch format {
	case "":
		return "", &Error{Archive: opt.Name, Reason: UnknownFormat, Detail: what}
	case Zip:
		return format, t.unzip(ctx, f)
	case Tar:
		return format, t.untar(ctx, bufio.NewReaderSize(ctxReader{ctx, f}, bufferSize))
	}
	return format, t.compressed(ctx, f, format, opt)
}

// compressed expands a compressed tar, or a single compressed file (patches
// come as .gz, too), which gets the archive's name without its last extension.
func (t *tree) compressed(ctx context.Context, f *os.File, format Format, opt Options) error {
	dec, err := newDecompressor(ctx, f, format, opt.XZ)
	if err != nil {
		return t.corrupt("", err)
	}
	defer dec.Close()
	r := bufio.NewReaderSize(dec, bufferSize)
	head, err := r.Peek(headSize)
	if err != nil && err != io.EOF {
		return t.corrupt("", dec.explain(err))
	}
	if inner, _ := detect(head); inner != Tar {
		name := filepath.Base(opt.Name)
		err = t.single(ctx, strings.TrimSuffix(name, filepath.Ext(name)), r)
	} else {
		err = t.untar(ctx, r)
	}
	var ue *Error
	if err != nil && errors.As(err, &ue) && ue.Reason == Corrupt {
		ue.Err = dec.explain(ue.Err)
		return err
	}
	if err != nil {
		return err
	}
	// Reading on to the end is what makes the decoder check its checksum, and
	// an external one report its exit status.
	if err := dec.drain(r); err != nil {
		return t.corrupt("", err)
	}
	return nil
}
