// Package wrapper is the compiler wrapper: what a build calls when it calls its compiler. It adds the flags of the node's
// target and spec, the directories of the dependencies and the RPATHs, drops what would tie the result to this machine or
// let the system's copies of libraries in, and becomes the real compiler.
//
// It is the berth binary itself under another name: the stage of a build has a directory of links (gcc, g++, gfortran, ld,
// ...) to it, beside a file with the configuration. A build calls it thousands of times, so this package imports little
// and does one read and one exec.
//
// Read wrapper.go (what is called how), config.go (what it is told), parse.go (a command line in its parts), rewrite.go (the
// new command line).
package wrapper

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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

// names are the program names that a wrapper directory can have. A name stands here once; what it runs says the configuration.
var names = map[string]Language{
	"cc": C, "gcc": C, "clang": C, "icx": C, "icc": C, "nvc": C, "c89": C, "c99": C, "craycc": C, "armclang": C, "amdclang": C,
	"c++": CXX, "g++": CXX, "clang++": CXX, "icpx": CXX, "icpc": CXX, "nvc++": CXX, "CC": CXX, "crayCC": CXX, "armclang++": CXX, "amdclang++": CXX,
	"fc": Fortran, "f77": Fortran, "f90": Fortran, "f95": Fortran, "ftn": Fortran, "gfortran": Fortran, "flang": Fortran, "ifx": Fortran,
	"ifort": Fortran, "nvfortran": Fortran, "crayftn": Fortran, "armflang": Fortran, "amdflang": Fortran,
	"ld": Linker,
}

// init is the short cut that makes a call cheap. Packages are initialised before main begins, and what a whole berth
// initialises (tables, regular expressions) costs more than the wrapper's work, thousands of times a build. This
// package needs so little that Go initialises it before those: so a process that is called as a compiler goes no further.
func init() {
	if len(os.Args) > 0 && Is(os.Args[0]) {
		os.Exit(Main(os.Args, os.Environ()))
	}
}

// Is reports whether a program called argv0 is the wrapper. main asks it before anything else.
func Is(argv0 string) bool {
	_, ok := names[filepath.Base(argv0)]
	return ok
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

// NameFor is the name under which a wrapper directory offers the compiler at path, so that configure scripts that look at the
// name recognise it: "gcc" for /usr/bin/gcc-12 or x86_64-linux-gnu-gcc. A compiler with an unknown name gets the language's first alias.
func NameFor(path string, l Language) string {
	base := filepath.Base(path)
	if i := strings.LastIndexByte(base, '-'); i > 0 && strings.Trim(base[i+1:], "0123456789.") == "" {
		base = base[:i]
	}
	if i := strings.LastIndexByte(base, '-'); i > 0 {
		base = base[i+1:]
	}
	if names[base] == l {
		return base
	}
	return Aliases(l)[0]
}

// Main runs the compiler that argv[0] stands for and does not return if that works. It returns the exit code otherwise, after
// a line on stderr.
func Main(argv, env []string) int {
	if err := run(argv, env); err != nil {
		fmt.Fprintf(os.Stderr, "berth compiler wrapper: %v\n", err)
		return 1
	}
	return 0
}

func run(argv, env []string) error {
	dir, err := wrapperDir(argv[0], env)
	if err != nil {
		return err
	}
	c, err := ReadConfig(dir)
	if err != nil {
		return err
	}
	lang := names[filepath.Base(argv[0])]
	path := c.Compilers[lang].Path
	if path == "" {
		return fmt.Errorf("the package is built with %s, but its spec has no compiler for that language; its recipe must depend on %q", filepath.Base(argv[0]), lang)
	}
	args := Rewrite(c, lang, argv[1:])
	if c.DebugLog != "" {
		debugLog(c.DebugLog, argv, append([]string{path}, args...))
	}
	err = syscall.Exec(path, append([]string{path}, args...), withoutDir(env, dir))
	if err == syscall.E2BIG {
		return fmt.Errorf("run %s: the command line of %d arguments is too long for the kernel", path, len(args))
	}
	return fmt.Errorf("run %s: %w", path, err)
}

// wrapperDir finds the directory that the wrapper was called in. Called by bare name, argv[0] does not tell; the kernel
// resolved the link, so that /proc/self/exe does not either.
func wrapperDir(argv0 string, env []string) (string, error) {
	if strings.ContainsRune(argv0, '/') {
		return filepath.Dir(argv0), nil
	}
	for _, dir := range filepath.SplitList(lookup(env, "PATH")) {
		if _, err := os.Stat(filepath.Join(dir, argv0)); err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, ConfigName)); err == nil {
			return dir, nil
		}
	}
	if dir := lookup(env, DirVar); dir != "" {
		return dir, nil
	}
	return "", fmt.Errorf("called as %q, but no directory of PATH with that name holds %s; it works only inside a build", argv0, ConfigName)
}

func lookup(env []string, name string) string {
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v
		}
	}
	return ""
}

// withoutDir takes the wrapper's directory from PATH, so that what the compiler runs (its linker above all) is the real thing.
func withoutDir(env []string, dir string) []string {
	out := make([]string, len(env))
	copy(out, env)
	for i, e := range out {
		path, ok := strings.CutPrefix(e, "PATH=")
		if !ok {
			continue
		}
		var keep []string
		for _, d := range filepath.SplitList(path) {
			if filepath.Clean(d) != filepath.Clean(dir) {
				keep = append(keep, d)
			}
		}
		out[i] = "PATH=" + strings.Join(keep, ":")
	}
	return out
}

// debugLog appends one line of JSON; it must never be the reason that a build fails.
func debugLog(path string, before, after []string) {
	line, err := json.Marshal(struct{ Called, Runs []string }{before, after})
	if err != nil {
		return
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return
	}
	defer f.Close()
	f.Write(append(line, '\n'))
}
