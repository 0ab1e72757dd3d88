package install

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// maxText bounds the files that are searched for the stage's paths: scripts, .pc and .la files, CMake configurations, Makefile fragments.
const maxText = 4 << 20

// forgetStage puts the real compilers and MPI wrappers in place of the stage's in text files of the prefix: mpicc and h5cc, libtool
// archives and build configurations name what they were built with, and the wrappers are gone with the stage.
func (b *build) forgetStage(ctx context.Context) error {
	replace := b.standIns()
	stage := []byte(b.stage.Dir + "/")
	return filepath.WalkDir(b.root, func(path string, d fs.DirEntry, err error) error {
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
		fmt.Fprintf(b.log, "compilers in place of their wrappers in %s\n", path)
		return rewrite(path, text, info)
	})
}

// standIns pairs the stage's paths with the real ones, the longest first: clang++ before clang.
func (b *build) standIns() [][2][]byte {
	real := b.env.StandIns()
	paths := slices.SortedFunc(maps.Keys(real), func(x, y string) int {
		return cmp.Or(cmp.Compare(len(y), len(x)), cmp.Compare(x, y))
	})
	var pairs [][2][]byte
	for _, p := range paths {
		pairs = append(pairs, [2][]byte{[]byte(p), []byte(real[p])})
	}
	return pairs
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
