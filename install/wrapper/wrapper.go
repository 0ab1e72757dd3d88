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

import "syscall"

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
// initialises (tables, regular expressions) costs more than the wrapper's work, thousands of times a build. Go initialises
// what is ready by the order of names, so this package comes early as long as it imports next to nothing (TestImportsLittle): a process that is called
// as a compiler goes no further.
func init() {
	if args := arguments(); len(args) > 0 && Is(args[0]) {
		syscall.Exit(Main(args, syscall.Environ()))
	}
}

// Is reports whether a program called argv0 is the wrapper. main asks it before anything else.
func Is(argv0 string) bool {
	_, ok := names[baseName(argv0)]
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

// NameFor is the name under which a wrapper directory offers the compiler at file, so that configure scripts that look at the
// name recognise it: "gcc" for /usr/bin/gcc-12 or x86_64-linux-gnu-gcc. A compiler with an unknown name gets the language's first alias.
func NameFor(file string, l Language) string {
	base := baseName(file)
	if i := lastIndexByte(base, '-'); i > 0 && isNumber(base[i+1:]) {
		base = base[:i]
	}
	if i := lastIndexByte(base, '-'); i > 0 {
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
		syscall.Write(2, []byte("berth compiler wrapper: "+err.Error()+"\n"))
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
	lang := names[baseName(argv[0])]
	program := c.Compilers[lang].Path
	if program == "" {
		return failure("the package is built with " + baseName(argv[0]) + ", but its spec has no compiler for that language; its recipe must depend on " + `"` + string(lang) + `"`)
	}
	args := Rewrite(c, lang, argv[1:])
	if c.DebugLog != "" {
		debugLog(c.DebugLog, argv, append([]string{program}, args...))
	}
	err = syscall.Exec(program, append([]string{program}, args...), withoutDir(env, dir))
	if err == syscall.E2BIG {
		return failure("run " + program + ": the command line of " + decimal(len(args)) + " arguments is too long for the kernel")
	}
	return failed("run", program, err)
}

// wrapperDir finds the directory that the wrapper was called in. Called by bare name, argv[0] does not tell; the kernel
// resolved the link, so that /proc/self/exe does not either.
func wrapperDir(argv0 string, env []string) (string, error) {
	if indexByte(argv0, '/') >= 0 {
		return dirName(argv0), nil
	}
	for _, dir := range split(lookup(env, "PATH"), ':') {
		if dir != "" && exists(dir+"/"+argv0) && exists(dir+"/"+ConfigName) {
			return dir, nil
		}
	}
	if dir := lookup(env, DirVar); dir != "" {
		return dir, nil
	}
	return "", failure("called as " + argv0 + ", but no directory of PATH with that name holds " + ConfigName + "; it works only inside a build")
}

func lookup(env []string, name string) string {
	for _, e := range env {
		if v, ok := cutPrefix(e, name+"="); ok {
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
		list, ok := cutPrefix(e, "PATH=")
		if !ok {
			continue
		}
		var keep []string
		for _, d := range split(list, ':') {
			if cleanPath(d) != cleanPath(dir) {
				keep = append(keep, d)
			}
		}
		out[i] = "PATH=" + join(keep, ":")
	}
	return out
}

// debugLog appends one line of JSON; it must never be the reason that a build fails.
func debugLog(file string, before, after []string) {
	writeFile(file, `{"Called":[`+jsonStrings(before)+`],"Runs":[`+jsonStrings(after)+"]}\n", syscall.O_APPEND)
}

func jsonStrings(list []string) string {
	const hex = "0123456789abcdef"
	var b []byte
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		for _, r := range s { // what is no UTF-8 becomes U+FFFD
			switch {
			case r == '"' || r == '\\':
				b = append(b, '\\', byte(r))
			case r < ' ':
				b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
			default:
				b = append(b, string(r)...)
			}
		}
		b = append(b, '"')
	}
	return string(b)
}
