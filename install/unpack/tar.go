package unpack

import (
	"archive/tar"
	"context"
	"io"
	"io/fs"
)

// untar writes every entry of a tar stream.
func (t *tree) untar(ctx context.Context, r io.Reader) error {
	tr := tar.NewReader(r)
	last := ""
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := tr.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return t.corrupt(last, err)
		}
		last = h.Name
		if err := t.tarEntry(h, tr); err != nil {
			return err
		}
	}
}

func (t *tree) tarEntry(h *tar.Header, r io.Reader) error {
	if h.Typeflag == tar.TypeXGlobalHeader { // git archive's commit id
		return nil
	}
	e := entry{name: h.Name, mode: fs.FileMode(h.Mode) & fs.ModePerm, mtime: h.ModTime, size: h.Size}
	switch h.Typeflag {
	case tar.TypeDir:
		return t.dir(e)
	case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
		return t.file(e, r)
	case tar.TypeSymlink:
		return t.symlink(e, h.Linkname)
	case tar.TypeLink:
		return t.hardlink(e, h.Linkname)
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return t.refuse(h.Name, SpecialFile, "")
	}
	return t.refuse(h.Name, SpecialFile, "tar entry type "+string(rune(h.Typeflag)))
}
