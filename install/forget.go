package install

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/install/wrapper"
)

// maxText bounds the files that are searched for the stage's paths: scripts, .pc and .la files, CMake configurations, Makefile fragments.
const maxText = 4 << 20

// forgetStage puts the real compilers in place of the wrappers in text files of the prefix: mpicc and h5cc, libtool archives and
// build configurations name the compiler that they were built with, and the wrappers are gone with the stage.
func (b *build) forgetStage(ctx context.Context) error {
	replace := b.wrapperPaths()
	stage := []byte(b.stage.Dir + "/")
	return filepath.WalkDir(b.prefix, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxText {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Contains(data, stage) || bytes.IndexByte(data, 0) >= 0 {
			return nil
		}
		text := data
		for _, r := range replace {
			text = bytes.ReplaceAll(text, r[0], r[1])
		}
		if bytes.Equal(text, data) {
			return nil
		}
		fmt.Fprintf(b.log, "the compiler wrappers gave way to the compilers in %s\n", path)
		return rewrite(path, text, info)
	})
}

// wrapperPaths lists what stands for what. A name that is the beginning of another (gcc of gcc-ar) cannot occur: wrappers' names are fixed.
func (b *build) wrapperPaths() [][2][]byte {
	var list [][2][]byte
	for _, lang := range []wrapper.Language{wrapper.CXX, wrapper.C, wrapper.Fortran, wrapper.Linker} {
		real := b.env.Wrapper.Compilers[lang].Path
		if real == "" {
			continue
		}
		for _, name := range append([]string{wrapper.NameFor(real, lang)}, wrapper.Aliases(lang)...) {
			list = append(list, [2][]byte{[]byte(filepath.Join(b.stage.WrapperDir(), name)), []byte(real)})
		}
	}
	return list
}

// rewrite keeps a file's mode and times.
func rewrite(path string, data []byte, info fs.FileInfo) error {
	if err := os.Chmod(path, info.Mode().Perm()|0o200); err != nil {
		return err
	}
	if err := os.WriteFile(path, data, info.Mode().Perm()); err != nil {
		return err
	}
	if err := os.Chmod(path, info.Mode().Perm()); err != nil {
		return err
	}
	return os.Chtimes(path, info.ModTime(), info.ModTime())
}
