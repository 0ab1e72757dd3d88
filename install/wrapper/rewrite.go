package wrapper

// Rewrite returns the arguments that the real compiler of language l gets in place of args. The order is: flags of target and
// spec, so that what the package itself says wins; the package's own arguments; the dependencies' directories; foreign
// directories; RPATHs; the spec's libraries.
func Rewrite(c *Config, l Language, args []string) []string {
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

// rewriteLinker is Rewrite for ld called by itself, as a few old makefiles do. Its options are the words that -Wl passes on.
func rewriteLinker(c *Config, args []string) []string {
	p := parser{c: c}
	p.out.mode = link
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "-v" || a == "-V" || a == "--version" || a == "--help" || hasPrefix(a, "--print-") || hasPrefix(a, "-print-"):
			return args
		case p.pendingRPath || isRPathOption(a):
			p.linkerOptions("-Xlinker", []string{a})
		case (a == "-o" || a == "-L" || a == "-z" || a == "-m" || a == "-T" || a == "-soname" || a == "-h" || a == "-e") && i+1 < len(args):
			if a != "-L" {
				p.out.rest = append(p.out.rest, a, args[i+1])
			} else {
				p.directory("-L", args[i+1])
			}
			i++
		case hasPrefix(a, "-L"):
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
		if a == p || hasPrefix(a, p) && !hasPrefix(a, "-rpath-link") && !hasPrefix(a, "--rpath-link") {
			return true
		}
	}
	return a == "-R"
}

// addDirs appends option+dir for each directory once, unless the line has it already.
func addDirs(out []string, option string, lists ...[]string) []string {
	have := map[string]bool{}
	for _, a := range out {
		if dir, ok := cutPrefix(a, option); ok {
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
