package install

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
)

// forgetStage puts the real compilers and MPI wrappers in place of the stage's in a text: mpicc and h5cc, libtool
// archives and build configurations name what they were built with, and the wrappers are gone with the stage.
func (p *polish) forgetStage(path string, data []byte) (text []byte, changed bool) {
	if !bytes.Contains(data, p.wrappers) || bytes.IndexByte(data, 0) >= 0 {
		return data, false
	}
	text = data
	for _, r := range p.replace {
		text = bytes.ReplaceAll(text, r[0], r[1])
	}
	if bytes.Equal(text, data) {
		return data, false
	}
	fmt.Fprintf(p.log, "compilers in place of their wrappers in %s\n", path)
	return text, true
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
