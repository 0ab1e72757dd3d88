// Package wrapper is the compiler wrapper: what a build calls when it calls its compiler. It adds the flags of the node's
// target and spec, the directories of the dependencies and the RPATHs, drops what would tie the result to this machine or
// let the system's copies of libraries in, and becomes the real compiler.
//
// It is the berth binary itself under another name: the stage of a build has a directory of links (gcc, g++, gfortran, ld,
// ...) to it, beside a file with the configuration. A build calls it thousands of times, and configure scripts for next to
// nothing, so it is in C (package native), and done before the Go runtime has begun to set itself up: that alone takes longer
// than the rest. Every program that holds this package is the wrapper when it is called by such a name.
//
// Read wrapper.go (names), config.go (what it is told), then package native. oracle_test.go rewrites command lines in Go, to
// hold the C against.
package wrapper

import (
	"path"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/wrapper/internal/native"
)

// Language is what a compiler compiles; it indexes Config.Compilers.
type Language string

// The languages, named as the virtuals that compilers provide; and the linker called by itself.
const (
	C       Language = "c"
	CXX     Language = "cxx"
	Fortran Language = "fortran"
	Linker  Language = "ld"
)

// languages are in the order of native's enum bw_language.
var languages = []Language{C, CXX, Fortran, Linker}

// languageOf is what a program of that name compiles; "" if a wrapper directory can have no such name.
func languageOf(name string) Language {
	if l := native.LanguageOf(name); l >= 0 {
		return languages[l]
	}
	return ""
}

// Aliases lists the names by which builds call a compiler of that language, whatever it is really called: "cc".
func Aliases(l Language) []string {
	switch l {
	case C:
		return []string{"cc", "c89", "c99"}
	case CXX:
		return []string{"c++", "CC"}
	case Fortran:
		return []string{"fc", "f77", "f90", "f95", "ftn"}
	}
	return []string{"ld"}
}

// NameFor is the name under which a wrapper directory offers the compiler at file, so that configure scripts that look at the
// name recognise it: "gcc" for /usr/bin/gcc-12 or x86_64-linux-gnu-gcc. A compiler with an unknown name gets the language's first alias.
func NameFor(file string, l Language) string {
	base := path.Base(file)
	if i := strings.LastIndexByte(base, '-'); i > 0 && strings.Trim(base[i+1:], "0123456789.") == "" {
		base = base[:i]
	}
	if i := strings.LastIndexByte(base, '-'); i > 0 {
		base = base[i+1:]
	}
	if languageOf(base) == l {
		return base
	}
	return Aliases(l)[0]
}

// IsStubs reports whether a directory holds libraries that stand in for a driver's while linking (CUDA's lib64/stubs). A program that found them when it runs
// would get functions that do nothing.
func IsStubs(dir string) bool { return path.Base(dir) == "stubs" }

// Rewrite returns the arguments that the real compiler of language l gets in place of args, none of which has a NUL in it.
func Rewrite(c *Config, l Language, args []string) ([]string, error) {
	text, err := c.text()
	if err != nil {
		return nil, err
	}
	return native.Rewrite(text, slices.Index(languages, l), args)
}
