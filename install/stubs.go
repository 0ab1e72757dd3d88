package install

import (
	"context"
	delf "debug/elf"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/elf"
	"github.com/berth-hpc/berth/install/wrapper"
	"github.com/berth-hpc/berth/spec/dag"
)

// usesCUDA tells whether a node links to a CUDA toolkit, whose stubs stand in for NVIDIA's driver.
func usesCUDA(n *dag.Node) bool {
	return slices.ContainsFunc(dag.LinkRunClosure(n), func(d *dag.Node) bool { return d.Name() == "cuda" })
}

// ofDriver tells whether a library is one of NVIDIA's driver, which the machine that programs run on has, and the one that builds them need not have.
func ofDriver(soname string) bool {
	return slices.ContainsFunc([]string{"libcuda.so.", "libnvidia-ml.so.", "libcudadebugger.so.", "libnvidia-ptxjitcompiler.so.", "libnvcuvid.so.", "libnvidia-encode.so."},
		func(begin string) bool { return strings.HasPrefix(soname, begin) })
}

// dropStubs takes the directories of a CUDA toolkit's stubs out of the RPATHs of what was built. The compiler wrapper lets none through, but build systems
// write RPATHs themselves when they install (CMake does, with the directories of all that was linked).
func (b *build) dropStubs(ctx context.Context) error {
	if !usesCUDA(b.node) {
		return nil
	}
	files, _, err := elf.Walk(ctx, b.root) // what is damaged is told by the check that follows
	if err != nil {
		return err
	}
	for _, f := range files {
		if !slices.ContainsFunc(append(slices.Clone(f.RPath), f.RunPath...), wrapper.IsStubs) {
			continue
		}
		fmt.Fprintf(b.log, "stubs taken out of the RPATH of %s\n", f.Path)
		if err := shortenRPath(f.Path, wrapper.IsStubs); err != nil {
			return fmt.Errorf("take stubs out of the RPATH of %s: %w", f.Path, err)
		}
	}
	return nil
}

// shortenRPath takes directories out of the RPATH and RUNPATH of a file, where it stands: the text in the file gets shorter, and zeros fill the rest.
func shortenRPath(path string, drop func(dir string) bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o200 == 0 {
		if err := os.Chmod(path, mode|0o200); err != nil {
			return err
		}
		defer os.Chmod(path, mode)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	texts, err := rpathTexts(file)
	for _, t := range texts {
		kept := strings.Join(slices.DeleteFunc(strings.Split(t.text, ":"), drop), ":")
		_, e := file.WriteAt(append([]byte(kept), make([]byte, len(t.text)-len(kept))...), t.offset)
		err = errors.Join(err, e)
	}
	return errors.Join(err, file.Close())
}

// placedText is a text in a file.
type placedText struct {
	offset int64
	text   string
}

// rpathTexts finds the texts of DT_RPATH and DT_RUNPATH.
func rpathTexts(file *os.File) ([]placedText, error) {
	f, err := delf.NewFile(file)
	if err != nil {
		return nil, err
	}
	dynamic := f.SectionByType(delf.SHT_DYNAMIC)
	if dynamic == nil || int(dynamic.Link) >= len(f.Sections) {
		return nil, errors.New("it has no dynamic section")
	}
	var found []placedText
	table := f.Sections[dynamic.Link]
	for _, tag := range []delf.DynTag{delf.DT_RPATH, delf.DT_RUNPATH} {
		offsets, err := f.DynValue(tag)
		if err != nil {
			return nil, err
		}
		texts, err := f.DynString(tag)
		if err != nil {
			return nil, err
		}
		for i, text := range texts {
			if offsets[i]+uint64(len(text)) > table.Size {
				return nil, errors.New("its RPATH lies outside of its texts")
			}
			found = append(found, placedText{int64(table.Offset + offsets[i]), text})
		}
	}
	return found, nil
}
