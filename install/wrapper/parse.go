package wrapper

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
	case queries[a] || hasPrefix(a, "-print-") || hasPrefix(a, "--print-") || hasPrefix(a, "--help="):
		p.out.mode = query
		p.inputs = 0
	case hostFlags[a]:
		return 0
	case a == "-I" || a == "-L" || a == "-isystem":
		if v, ok := next(); ok {
			p.directory(a, v)
			return 1
		}
	case hasPrefix(a, "-isystem"):
		p.directory("-isystem", a[len("-isystem"):])
		return 0
	case hasPrefix(a, "-I"), hasPrefix(a, "-L"):
		p.directory(a[:2], a[2:])
		return 0
	case hasPrefix(a, "-Wl,"):
		p.linkerOptions("-Wl,", split(a[len("-Wl,"):], ','))
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
	if a == "-" || !hasPrefix(a, "-") {
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

// linkerOptions handles the options that one -Wl or -Xlinker passes on. Those that are neither about RPATHs nor about search
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
		case hasPrefix(o, "-rpath=") || hasPrefix(o, "--rpath="):
			p.rpath(o[indexByte(o, '=')+1:])
		case hasPrefix(o, "-R/"):
			p.rpath(o[len("-R"):])
		case o == "--enable-new-dtags" || o == "-enable-new-dtags":
			// DT_RUNPATH would lose against the LD_LIBRARY_PATH that site modules set.
		case hasPrefix(o, "-L") && len(o) > 2 && p.c.isSystem(o[2:]):
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
		p.out.rest = append(p.out.rest, how+join(keep, ","))
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
	for _, dir := range split(list, ':') {
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
	for _, dir := range split(list, ':') {
		if p.c.isSystem(dir) || IsStubs(dir) || p.c.isForeign(dir) {
			return false
		}
		found = found || dir != ""
	}
	return found
}

// IsStubs reports whether a directory holds libraries that stand in for a driver's while linking (CUDA's lib64/stubs). A program that found them when it runs
// would get functions that do nothing.
func IsStubs(dir string) bool { return baseName(dir) == "stubs" }

// isSystem reports whether the compiler and the loader search dir without being told.
func (c *Config) isSystem(dir string) bool {
	if !isAbs(dir) {
		return false
	}
	clean := cleanPath(dir)
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
	if !isAbs(dir) {
		return false
	}
	clean := cleanPath(dir)
	for _, own := range c.OwnDirs {
		if clean == own || hasPrefix(clean, own+"/") {
			return false
		}
	}
	return true
}
