// Package elf reads what the dynamic loader reads in programs and libraries, and
// checks that everything below a prefix would find its libraries: inside the
// closure of its dependencies, or among the system's.
//
// The package changes no file (see relocation for that) and starts no program;
// in particular it does not run ldd, which executes what it looks at.
//
// Read elf.go for the facts of one file, system.go for the machine's own
// libraries, resolve.go for the loader's search, closure.go for the check.
package elf

import (
	"bytes"
	delf "debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// ErrNotELF says that a file is no ELF program or shared library: something
// else altogether, an object file or a core dump.
var ErrNotELF = errors.New("not an ELF program or library")

// A File is a program or a shared library.
type File struct {
	Path    string
	Machine delf.Machine // delf.EM_X86_64
	Class   delf.Class   // delf.ELFCLASS64
	Order   binary.ByteOrder

	Interp  string   // "/lib64/ld-linux-x86-64.so.2"; "" for libraries and static programs
	Soname  string   // "libz.so.1"
	Needed  []string // "libc.so.6", in the order of the file
	RPath   []string // DT_RPATH as written, $ORIGIN not expanded; nil if there is a RUNPATH
	RunPath []string // DT_RUNPATH as written

	// Versions has the symbol versions that are needed of each library, sorted:
	// "libc.so.6": {"GLIBC_2.14", "GLIBC_2.2.5"}. They, not the name of the
	// distribution, say which machines can run the file.
	Versions map[string][]string

	// Static is true for a program that needs no loader.
	Static bool
}

// Read reads the facts of one file. The error is ErrNotELF for files that are
// not of this kind, and names the file when it is but is damaged.
func Read(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read ELF facts: %w", err)
	}
	defer f.Close()
	return ReadFrom(path, f)
}

// ReadFrom is Read for an open file; path is only recorded.
func ReadFrom(path string, r io.ReaderAt) (file *File, err error) {
	if !sniff(r) {
		return nil, ErrNotELF
	}
	defer func() { // debug/elf says of itself that it is not hardened against hostile files
		if p := recover(); p != nil {
			file, err = nil, fmt.Errorf("read ELF facts of %s: %v", path, p)
		}
	}()
	ef, err := delf.NewFile(r)
	if err != nil {
		return nil, fmt.Errorf("read ELF facts of %s: %w", path, err)
	}
	defer ef.Close()
	file = &File{Path: path, Machine: ef.Machine, Class: ef.Class, Order: ef.ByteOrder}
	if isDebugInfo(ef) {
		return nil, ErrNotELF
	}
	if file.Interp, err = interp(ef); err != nil {
		return nil, fmt.Errorf("read ELF facts of %s: %w", path, err)
	}
	if err := file.readDynamic(ef); err != nil {
		return nil, fmt.Errorf("read ELF facts of %s: %w", path, err)
	}
	return file, nil
}

// sniff looks at the first 18 bytes: the magic and the type, which is at the
// same place in all classes. Most files of a prefix end here.
func sniff(r io.ReaderAt) bool {
	var head [18]byte
	if _, err := r.ReadAt(head[:], 0); err != nil || !bytes.HasPrefix(head[:], []byte(delf.ELFMAG)) {
		return false
	}
	var order binary.ByteOrder = binary.LittleEndian
	if delf.Data(head[delf.EI_DATA]) == delf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	typ := delf.Type(order.Uint16(head[16:]))
	return typ == delf.ET_EXEC || typ == delf.ET_DYN
}

func interp(ef *delf.File) (string, error) {
	for _, p := range ef.Progs {
		if p.Type != delf.PT_INTERP {
			continue
		}
		b, err := io.ReadAll(io.LimitReader(p.Open(), 4096))
		if err != nil {
			return "", fmt.Errorf("interpreter: %w", err)
		}
		return strings.TrimRight(string(b), "\x00"), nil
	}
	return "", nil
}

// isDebugInfo recognises what "objcopy --only-keep-debug" leaves: the headers of
// a program without its contents. Nothing ever loads it.
func isDebugInfo(ef *delf.File) bool {
	return slices.ContainsFunc(ef.Sections, func(s *delf.Section) bool {
		return s.Type == delf.SHT_NOBITS && (s.Name == ".dynamic" || s.Name == ".interp" || s.Name == ".text")
	})
}

func (file *File) readDynamic(ef *delf.File) error {
	var err error
	read := func(tag delf.DynTag) []string {
		values, e := ef.DynString(tag)
		if e != nil && err == nil {
			err = fmt.Errorf("%v: %w", tag, e)
		}
		return values
	}
	file.Needed = read(delf.DT_NEEDED)
	if names := read(delf.DT_SONAME); len(names) > 0 {
		file.Soname = names[0]
	}
	file.RPath = splitPath(read(delf.DT_RPATH))
	file.RunPath = splitPath(read(delf.DT_RUNPATH))
	if err != nil {
		return err
	}
	if file.RunPath != nil { // ld.so(8): "DT_RPATH is ignored if DT_RUNPATH exists"
		file.RPath = nil
	}
	flags, err := ef.DynValue(delf.DT_FLAGS_1)
	if err != nil {
		return fmt.Errorf("flags: %w", err)
	}
	pie := len(flags) > 0 && delf.DynFlag1(flags[0])&delf.DF_1_PIE != 0
	file.Static = file.Interp == "" && len(file.Needed) == 0 && (ef.Type == delf.ET_EXEC || pie)
	file.Versions = versions(ef)
	return nil
}

// versions ignores errors: files without versioned symbols are common, and
// debug/elf reports their lack in several ways.
func versions(ef *delf.File) map[string][]string {
	needs, err := ef.DynamicVersionNeeds()
	if err != nil || len(needs) == 0 {
		return nil
	}
	m := make(map[string][]string, len(needs))
	for _, n := range needs {
		for _, dep := range n.Needs {
			m[n.Name] = append(m[n.Name], dep.Dep)
		}
		slices.Sort(m[n.Name])
	}
	return m
}

func splitPath(values []string) []string {
	if len(values) == 0 {
		return nil
	}
	dirs := []string{} // an empty path still hides DT_RPATH
	for _, v := range values {
		for d := range strings.SplitSeq(v, ":") {
			if d != "" {
				dirs = append(dirs, d)
			}
		}
	}
	return dirs
}
