package wrapper

import (
	"path"
	"strings"
)

// What the wrapper does, once more and in Go: TestOracle and FuzzRewrite hold the C against it. A change of what the wrapper does is made in both.

// mode is what a command line makes the compiler do.
type mode uint8

const (
	query      mode = iota // print something about the compiler, or nothing at all: passed on untouched
	preprocess             // -E, -M, -MM
	compile                // -c, -S, -fsyntax-only
	link                   // an executable or a shared library
	partial                // -r: one object of many
)

// line is a command line in its parts. Directories that are the system's own are gone, as are flags that must not be there.
type line struct {
	mode     mode
	rest     []string // everything else, in order, with the own -I, -L and -isystem where they were
	includes []string // directories of -I that are neither the system's nor our own ("foreign"), in order
	libs     []string // of -L, likewise
	rpaths   []string // own directories asked for with -rpath, in order
	foreign  []string // foreign directories of -rpath
}

// withValue are the options whose value is the next argument, so that it is never taken for an option or an input.
var withValue = map[string]bool{
	"-o": true, "-x": true, "-include": true, "-imacros": true, "-MF": true, "-MT": true, "-MQ": true, "-D": true, "-U": true,
	"-u": true, "-T": true, "-z": true, "-J": true, "--param": true, "-Xpreprocessor": true, "-Xassembler": true, "-Xclang": true,
	"-iquote": true, "-idirafter": true, "-iprefix": true, "-isysroot": true, "-imultilib": true, "-aux-info": true, "-target": true,
	"-e": true, "-A": true, "-B": true, "-l": true, "-dumpbase": true, "-dumpdir": true, "-specs": true, "-wrapper": true,
}

// queries are options that make the compiler print instead of work, whatever else is there.
var queries = map[string]bool{
	"--version": true, "-V": true, "-dumpversion": true, "-dumpfullversion": true, "-dumpmachine": true, "-dumpspecs": true,
	"-###": true, "--help": true, "-help": true, "-qversion": true, "--print-search-dirs": true,
}

// hostFlags tie the result to the machine that builds it; the node's target decides instead. Other -march flags stay, since
// packages compile kernels for several processors with them.
var hostFlags = map[string]bool{
	"-march=native": true, "-mtune=native": true, "-mcpu=native": true, "-xHost": true, "-xhost": true, "-tp=host": true, "-tp=native": true,
}

// parser walks over a command line once.
type parser struct {
	c      *Config
	out    line
	inputs int
	// pendingRPath says that the last linker option was a -rpath whose value is still to come, maybe in another -Wl or -Xlinker.
	pendingRPath bool
}

// parse takes the command line of a compiler apart.
func parse(c *Config, args []string) line {
	p := parser{c: c}
	p.out.mode = link
	for i := 0; i < len(args); i++ {
		i += p.argument(args, i)
	}
	if p.pendingRPath {
		p.out.rest = append(p.out.rest, "-Wl,-rpath") // its value is missing: let the linker say so
	}
	if p.inputs == 0 {
		p.out.mode = query
	}
	return p.out
}

// argument handles args[i] and returns how many further arguments it took.
func (p *parser) argument(args []string, i int) (taken int) {
	a := args[i]
	next := func() (string, bool) {
		if i+1 < len(args) {
			return args[i+1], true
		}
		return "", false
	}
	switch {
	case queries[a] || strings.HasPrefix(a, "-print-") || strings.HasPrefix(a, "--print-") || strings.HasPrefix(a, "--help="):
		p.out.mode = query
		p.inputs = 0
	case hostFlags[a]:
		return 0
	case a == "-I" || a == "-L" || a == "-isystem":
		if v, ok := next(); ok {
			p.directory(a, v)
			return 1
		}
	case strings.HasPrefix(a, "-isystem"):
		p.directory("-isystem", a[len("-isystem"):])
		return 0
	case strings.HasPrefix(a, "-I"), strings.HasPrefix(a, "-L"):
		p.directory(a[:2], a[2:])
		return 0
	case strings.HasPrefix(a, "-Wl,"):
		p.linkerOptions("-Wl,", strings.Split(a[len("-Wl,"):], ","))
		return 0
	case a == "-Xlinker":
		if v, ok := next(); ok {
			p.linkerOptions("-Xlinker", []string{v})
			return 1
		}
	case withValue[a]:
		if v, ok := next(); ok {
			p.out.rest = append(p.out.rest, a, v)
			return 1
		}
	default:
		p.setMode(a)
	}
	p.out.rest = append(p.out.rest, a)
	return 0
}

func (p *parser) setMode(a string) {
	if a == "-" || !strings.HasPrefix(a, "-") {
		p.inputs++ // a file, standard input, or @file, which holds more of either
		return
	}
	if p.out.mode == query {
		return
	}
	switch a {
	case "-E", "-M", "-MM":
		p.out.mode = preprocess
	case "-c", "-S", "-fsyntax-only":
		if p.out.mode != preprocess {
			p.out.mode = compile
		}
	case "-r", "--relocatable":
		if p.out.mode == link {
			p.out.mode = partial
		}
	}
}

// directory sorts one -I, -L or -isystem.
func (p *parser) directory(option, dir string) {
	switch {
	case p.c.isSystem(dir):
	case option == "-isystem":
		p.out.rest = append(p.out.rest, option, dir)
	case p.c.isForeign(dir) && option == "-I":
		p.out.includes = append(p.out.includes, dir)
	case p.c.isForeign(dir):
		p.out.libs = append(p.out.libs, dir)
	default:
		p.out.rest = append(p.out.rest, option+dir)
	}
}

// linkerOptions handles the options that one -Wl or -Xlinker passes on, or that stand by themselves (how is empty). Those that are neither about RPATHs nor about search
// directories go back as they came.
func (p *parser) linkerOptions(how string, opts []string) {
	var keep []string
	for i := 0; i < len(opts); i++ {
		o := opts[i]
		switch {
		case p.pendingRPath:
			p.pendingRPath = false
			p.rpath(o)
		case o == "-rpath" || o == "--rpath" || o == "-R":
			p.pendingRPath = true
		case strings.HasPrefix(o, "-rpath=") || strings.HasPrefix(o, "--rpath="):
			p.rpath(o[strings.IndexByte(o, '=')+1:])
		case strings.HasPrefix(o, "-R/"):
			p.rpath(o[len("-R"):])
		case o == "--enable-new-dtags" || o == "-enable-new-dtags":
			// DT_RUNPATH would lose against the LD_LIBRARY_PATH that site modules set.
		case strings.HasPrefix(o, "-L") && len(o) > 2 && p.c.isSystem(o[2:]):
		case o == "-r" || o == "--relocatable":
			if p.out.mode == link {
				p.out.mode = partial
			}
			keep = append(keep, o)
		default:
			keep = append(keep, o)
		}
	}
	switch {
	case len(keep) == 0:
	case how == "-Wl,":
		p.out.rest = append(p.out.rest, how+strings.Join(keep, ","))
	case how == "":
		p.out.rest = append(p.out.rest, keep[0])
	default:
		p.out.rest = append(p.out.rest, how, keep[0])
	}
}

// rpath sorts the value of one -rpath, which may be a list.
func (p *parser) rpath(list string) {
	if p.isPadded(list) {
		p.out.rpaths = append(p.out.rpaths, list)
		return
	}
	for _, dir := range strings.Split(list, ":") {
		switch {
		case dir == "", p.c.isSystem(dir), IsStubs(dir):
		case p.c.isForeign(dir):
			p.out.foreign = append(p.out.foreign, dir)
		default:
			p.out.rpaths = append(p.out.rpaths, dir)
		}
	}
}

// isPadded reports whether list is what CMake writes in a build tree: directories of the build, and colons behind them, to make room for what it will
// install with. Then it looks for this very text, and leaves the build's directories in the file if it is not there.
func (p *parser) isPadded(list string) bool {
	if list == "" || list[len(list)-1] != ':' {
		return false
	}
	found := false
	for _, dir := range strings.Split(list, ":") {
		if p.c.isSystem(dir) || IsStubs(dir) || p.c.isForeign(dir) {
			return false
		}
		found = found || dir != ""
	}
	return found
}

// isSystem reports whether the compiler and the loader search dir without being told.
func (c *Config) isSystem(dir string) bool {
	if !path.IsAbs(dir) {
		return false
	}
	clean := path.Clean(dir)
	for _, s := range c.SystemDirs {
		if clean == s {
			return true
		}
	}
	return false
}

// isForeign reports whether dir belongs to neither the store nor the stage. Relative directories and those that begin with
// $ORIGIN are in the build or the package itself.
func (c *Config) isForeign(dir string) bool {
	if !path.IsAbs(dir) {
		return false
	}
	clean := path.Clean(dir)
	for _, own := range c.OwnDirs {
		if clean == own || strings.HasPrefix(clean, own+"/") {
			return false
		}
	}
	return true
}

// oracle returns the arguments that the real compiler of language l gets in place of args. The order is: flags of target and
// spec, so that what the package itself says wins; the package's own arguments; the dependencies' directories; foreign
// directories; RPATHs; the spec's libraries.
func oracle(c *Config, l Language, args []string) []string {
	if l == Linker {
		return rewriteLinker(c, args)
	}
	in := parse(c, args)
	if in.mode == query {
		return args
	}
	out := append([]string{}, c.leadingFlags(l, in.mode)...)
	out = append(out, in.rest...)
	out = addDirs(out, "-I", c.IncludeDirs, in.includes)
	if in.mode == link || in.mode == partial {
		out = addDirs(out, "-L", c.LibDirs, in.libs)
	}
	if in.mode == link {
		out = append(out, "-Wl,--disable-new-dtags")
		for _, dir := range merge(in.rpaths, c.RPaths, in.foreign) {
			out = append(out, "-Wl,-rpath,"+dir)
		}
		out = append(out, c.Flags["ldlibs"]...)
	}
	return out
}

// leadingFlags are the flags of the target and the spec for that language and mode.
func (c *Config) leadingFlags(l Language, m mode) []string {
	flags := append([]string{}, c.Compilers[l].TargetFlags...)
	flags = append(flags, c.Flags["cppflags"]...)
	switch l {
	case C:
		flags = append(flags, c.Flags["cflags"]...)
	case CXX:
		flags = append(flags, c.Flags["cxxflags"]...)
	case Fortran:
		flags = append(flags, c.Flags["fflags"]...)
	}
	if m == link {
		flags = append(flags, c.Flags["ldflags"]...)
	}
	return flags
}

// rewriteLinker is oracle for ld called by itself, as a few old makefiles do. Its options are the words that -Wl passes on.
func rewriteLinker(c *Config, args []string) []string {
	p := parser{c: c}
	p.out.mode = link
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "-v" || a == "-V" || a == "--version" || a == "--help" || strings.HasPrefix(a, "--print-") || strings.HasPrefix(a, "-print-"):
			return args
		case p.pendingRPath || isRPathOption(a):
			p.linkerOptions("", []string{a})
		case (a == "-o" || a == "-L" || a == "-z" || a == "-m" || a == "-T" || a == "-soname" || a == "-h" || a == "-e") && i+1 < len(args):
			if a != "-L" {
				p.out.rest = append(p.out.rest, a, args[i+1])
			} else {
				p.directory("-L", args[i+1])
			}
			i++
		case strings.HasPrefix(a, "-L"):
			p.directory("-L", a[2:])
		case a == "-r" || a == "--relocatable" || a == "-i":
			p.out.mode = partial
			p.out.rest = append(p.out.rest, a)
		default:
			p.out.rest = append(p.out.rest, a)
		}
	}
	out := addDirs(p.out.rest, "-L", c.LibDirs, p.out.libs)
	if p.out.mode == partial {
		return out
	}
	out = append(out, "--disable-new-dtags")
	for _, dir := range merge(p.out.rpaths, c.RPaths, p.out.foreign) {
		out = append(out, "-rpath", dir)
	}
	return out
}

func isRPathOption(a string) bool {
	for _, p := range []string{"-rpath", "--rpath", "-R/", "--enable-new-dtags", "-enable-new-dtags"} {
		if a == p || strings.HasPrefix(a, p) && !strings.HasPrefix(a, "-rpath-link") && !strings.HasPrefix(a, "--rpath-link") {
			return true
		}
	}
	return a == "-R"
}

// addDirs appends option+dir for each directory once, unless the line has it already.
func addDirs(out []string, option string, lists ...[]string) []string {
	have := map[string]bool{}
	for _, a := range out {
		if dir, ok := strings.CutPrefix(a, option); ok {
			have[dir] = true
		}
	}
	for _, dir := range merge(lists...) {
		if !have[dir] {
			out = append(out, option+dir)
		}
	}
	return out
}

// merge joins lists and keeps the first of equal elements.
func merge(lists ...[]string) []string {
	seen := map[string]bool{}
	var out []string
	for _, l := range lists {
		for _, s := range l {
			if !seen[s] {
				seen[s] = true
				out = append(out, s)
			}
		}
	}
	return out
}
