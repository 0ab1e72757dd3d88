package unpack

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxLinkTarget bounds a link's target, which zip keeps as a file's contents.
const maxLinkTarget = 4096

// unzip writes every entry of a zip file.
func (t *tree) unzip(ctx context.Context, f *os.File) error {
	fi, err := f.Stat()
	if err != nil {
		return &Error{Archive: t.name, Reason: Unreadable, Err: err}
	}
	zr, err := zip.NewReader(f, fi.Size())
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are checked by tree
		return t.corrupt("", err)
	}
	for _, zf := range zr.File {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := t.zipEntry(ctx, zf); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) zipEntry(ctx context.Context, zf *zip.File) error {
	if strings.Contains(zf.Name, `\`) {
		return t.refuse(zf.Name, BadName, "it contains a backslash")
	}
	if zf.UncompressedSize64 > uint64(t.maxBytes) {
		return t.tooManyBytes(zf.Name)
	}
	mode := zf.Mode()
	e := entry{name: zf.Name, mode: mode.Perm(), mtime: zf.Modified, size: int64(zf.UncompressedSize64)}
	if e.mode == 0 { // written by a system without modes
		e.mode = 0o644
	}
	if mode.IsDir() {
		e.mode |= 0o100
		return t.dir(e)
	}
	if mode&fs.ModeType != 0 && mode&fs.ModeSymlink == 0 {
		return t.refuse(zf.Name, SpecialFile, "")
	}
	r, err := zf.Open()
	if err != nil {
		return t.corrupt(zf.Name, err)
	}
	defer r.Close()
	if mode&fs.ModeSymlink == 0 {
		return t.file(e, ctxReader{ctx, r})
	}
	target, err := io.ReadAll(io.LimitReader(r, maxLinkTarget+1))
	if err != nil {
		return t.corrupt(zf.Name, err)
	}
	return t.symlink(e, string(target))
}
