package arch

import "fmt"

// UnsupportedError says that a compiler cannot optimise for a target.
type UnsupportedError struct {
	Target   *Target
	Compiler string // as asked for, e.g. "gcc"
	Version  string // as asked for, e.g. "8.5.0"
	Minimal  string // the first later version that can, e.g. "12.3"; empty when none is known
}

func (e *UnsupportedError) Error() string {
	what := fmt.Sprintf("optimize for target %s: %s@%s does not support it", e.Target, e.Compiler, e.Version)
	if e.Minimal == "" {
		return what + ", nor does any later version known here"
	}
	return fmt.Sprintf("%s; %s@%s: does", what, e.Compiler, e.Minimal)
}

// InvalidVersionError says that a compiler version has no numbers to compare by.
type InvalidVersionError struct {
	Compiler, Version string
}

func (e *InvalidVersionError) Error() string {
	return fmt.Sprintf("read version %q of compiler %s: want dotted numbers, such as 12.2.0, or a branch, such as main",
		e.Version, e.Compiler)
}

// KnowsCompiler tells whether anything is recorded about a compiler in the family of t. Where nothing is, every target
// counts as supported, without flags.
func (t *Target) KnowsCompiler(compiler string) bool {
	compiler = t.tab.compilerName(compiler)
	for _, e := range t.family.compilers {
		if e.compiler == compiler {
			return true
		}
	}
	return false
}

// Flags gives the flags by which a compiler generates code for t, e.g. "-march=znver3 -mtune=znver3". The compiler goes
// by its own name or its package's ("clang" or "llvm"); of the version the leading numbers count, and a branch such as
// "main" is newer than them all. A compiler about which nothing is recorded needs no flags: the result is empty. The
// error is an *UnsupportedError or an *InvalidVersionError.
func (t *Target) Flags(compiler, version string) (string, error) {
	name := t.tab.compilerName(compiler)
	if !t.KnowsCompiler(name) {
		return "", nil
	}
	v, ok := parseCompilerVersion(version)
	if !ok {
		return "", &InvalidVersionError{Compiler: compiler, Version: version}
	}
	for _, e := range t.compilers {
		if e.compiler == name && !e.none && v.within(e.low, e.high) {
			return e.flags, nil
		}
	}
	return "", &UnsupportedError{Target: t, Compiler: compiler, Version: version, Minimal: t.minimal(name, v)}
}

// Supports tells whether a compiler can generate code for t: whether Flags has an answer.
func (t *Target) Supports(compiler, version string) bool {
	_, err := t.Flags(compiler, version)
	return err == nil
}

// Best gives the best target that runs on t and that the compiler supports: t itself or an ancestor. It is false when
// the compiler supports none of them, or when the version cannot be read.
func (t *Target) Best(compiler, version string) (*Target, bool) {
	if t.Supports(compiler, version) {
		return t, true
	}
	for _, a := range t.ancestors {
		if a.Supports(compiler, version) {
			return a, true
		}
	}
	return nil, false
}

// minimal gives the lowest version above v from which on the compiler supports t.
func (t *Target) minimal(compiler string, v compilerVersion) string {
	best := ""
	var bestVersion compilerVersion
	for _, e := range t.compilers {
		low, ok := parseCompilerVersion(e.low)
		if e.compiler != compiler || !ok || low.compare(v) <= 0 {
			continue
		}
		if best == "" || low.compare(bestVersion) < 0 {
			best, bestVersion = e.low, low
		}
	}
	return best
}

// compilerName resolves the other names of compilers.
func (tab *table) compilerName(name string) string {
	if canonical, ok := tab.compilers[name]; ok {
		return canonical
	}
	return name
}
