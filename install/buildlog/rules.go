package buildlog

import (
	"regexp"
	"strings"
	"sync"
)

// weight orders what a rule's match is worth.
type weight int

const (
	weak   weight = iota // something failed; the reason stands elsewhere if at all
	maybe                // a reason, unless a strong one is near: builds go on after many of these
	strong               // a reason
	final                // a reason, and the build ends with it: nothing before counts
	cause                // the machine's fault; wins over what it led to nearby
)

// A rule recognises one shape of error line.
type rule struct {
	kind   Kind
	weight weight
	has    string // a part that every match contains: saves running the expression
	re     lazy
}

// lazy is an expression that is compiled when a line may match it: most commands, and the compiler wrapper, read no log.
type lazy func() *regexp.Regexp

func lazily(expr string) lazy {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// place is a position as compilers write it: "src/a.c:12:", "a.cu(12):".
const place = `(?:[^\s:()]+(?::\d+){1,2}|[^\s:()]+\(\d+(?:,\d+)?\)) ?: ?`

// tool is a program that speaks for itself: "gcc:", "/usr/bin/ld:", "cc1plus:".
const tool = `(?:[\w./+-]*/)?(?:[\w.-]*(?:gcc|g\+\+|cc|c\+\+|cc1|cc1plus|f951|gfortran|clang(?:\+\+)?|flang|nvcc|icx|icpx|ifx|ld|lld|ld\.lld|ld\.gold|collect2|as|ar|libtool|nvlink|ptxas|lto1)(?:-[\d.]+)?): `

// The first rule that matches a line counts, so causes come first.
var rules = []rule{
	{NoSpace, cause, "o space left on device", lazily(`No space left on device|no space left on device`)},
	{NoSpace, cause, "uota exceeded", lazily(`Disk quota exceeded`)},
	{NoMemory, cause, "irtual memory exhausted", lazily(`virtual memory exhausted`)},
	{NoMemory, cause, "annot allocate memory", lazily(`Cannot allocate memory`)},
	{NoMemory, cause, "out of memory", lazily(`out of memory allocating|error: out of memory`)},
	{NoMemory, cause, "Killed", lazily(`Killed signal terminated program|internal compiler error: Killed|: Killed\s*$|\*\*\* .* Killed$`)},

	{Configure, final, "configure: error:", lazily(`^\S*configure: error: `)},
	{Configure, final, "configure: ", lazily(`^\S*configure: line \d+: syntax error`)},
	{Configure, final, "config.status: error:", lazily(`^\S*config\.status: error: `)},
	{Configure, strong, "ERROR: ", lazily(`^\S*meson\.build:\d+:\d+: ERROR: `)},
	{Configure, strong, "undefined macro", lazily(`^configure\.(?:ac|in):\d+: error: `)},
	{Configure, strong, ": error: ", lazily(`^(?:autoreconf|autoconf|automake|aclocal|autoheader|libtoolize)\S*: error: `)},
	{CMake, strong, "CMake Error", lazily(`^\s*CMake Error(?: at |: | in )`)},

	{Patch, strong, "FAILED", lazily(`^Hunk #\d+ FAILED`)},
	{Patch, strong, "alformed patch", lazily(`^patch: \*\*\*\* malformed patch`)},
	{Patch, strong, "find file to patch", lazily(`^can't find file to patch`)},

	{Compile, strong, "rror: ", lazily(`^\s*` + place + `(?:fatal |internal compiler )?error: `)},
	{Compile, strong, "rror #", lazily(`^\s*` + place + `(?:catastrophic )?error #\d+`)},
	{Compile, strong, "Error: ", lazily(`^(?:Error: .*\(1\)|Fatal Error: |Internal Error: )`)}, // gfortran, the place some lines above
	{Compile, strong, "FORTRAN-", lazily(`^NVFORTRAN-[SFT]-\d+`)},
	{Compile, strong, "NVC++-", lazily(`^NVC\+\+-[SFT]-\d+`)},
	{Compile, strong, "Error: ", lazily(`^\s*` + place + `Error: `)}, // the assembler

	{Compile, strong, "nvcc fatal", lazily(`^nvcc fatal\s+: `)},
	{Compile, strong, ".pyx:", lazily(`^\S+\.p(?:yx|xd|xi):\d+:\d+: `)},
	{Command, strong, "in @INC", lazily(`^Can't locate \S+ in @INC`)},

	{Link, strong, "ndefined reference to", lazily(`undefined reference to [` + "`" + `'‘]`)},
	{Link, strong, "ndefined symbol", lazily(`error: undefined symbol: |ld: undefined symbol`)},
	{Link, strong, "cannot find ", lazily(`\bld(?:\.\w+)?: cannot find -?\S+`)},
	{Link, strong, "unable to find library", lazily(`error: unable to find library -l`)},
	{Link, strong, "ultiple definition of", lazily(`multiple definition of [` + "`" + `'‘]`)},
	{Link, strong, "relocation ", lazily(`relocation R_\w+ against .*(?:recompile with|can ?not be used)`)},
	{Link, strong, "ld: ", lazily(`\bld(?:\.\w+)?: .*(?:file not recognized|error adding symbols|file format not recognized|hidden symbol|DSO missing from command line|version node not found)`)},
	{Link, weak, "ld returned", lazily(`^collect2: error: ld returned`)},
	{Link, weak, "linker command failed", lazily(`error: linker command failed`)},
	{Link, strong, "libtool: ", lazily(`^libtool:\s+(?:\w+: )?error: `)},
	{Compile, strong, "rror: ", lazily(`^` + tool + `(?:fatal )?error: `)},

	{Make, final, "No rule to make target", lazily(`\*\*\* No rule to make target `)},
	{Make, strong, "*** ", lazily(`^\S+:\d+: \*\*\* .*Stop\.`)},
	{Make, strong, "no makefile found", lazily(`\*\*\* No targets specified and no makefile found`)},
	{Make, strong, "ninja: ", lazily(`^ninja: (?:fatal|error): `)},

	{Command, maybe, "loading shared libraries", lazily(`error while loading shared libraries: `)},
	{Command, maybe, "' not found", lazily("version [`'](?:GLIBC|GLIBCXX|CXXABI)_[\\d.]+' not found")},
	{Command, maybe, "not found", lazily(`(?:^|/)(?:ba|da|k|z)?sh: (?:line )?(?:\d+: )?[^:]+: (?:command )?not found|: line \d+: [^:]+: command not found`)},
	{Command, maybe, "make", lazily(`^\S*make(?:\[\d+\])?: \S+: (?:Command not found|No such file or directory)`)},
	{Command, maybe, "xec format error", lazily(`Exec format error|cannot execute binary file`)},
	{Command, maybe, "bad interpreter", lazily(`: bad interpreter: `)},
	{Command, maybe, "Illegal instruction", lazily(`\bIllegal instruction\b`)},
	{Command, maybe, "Segmentation fault", lazily(`\bSegmentation fault\b`)},
	{Permission, maybe, "ermission denied", lazily(`: Permission denied\b`)},
	{Permission, maybe, "Read-only file system", lazily(`: Read-only file system\b`)},
	{Python, maybe, "Traceback", lazily(`^\s*Traceback \(most recent call last\):`)},

	{Other, weak, " Error ", lazily(`^\S*make(?:\[\d+\])?: \*\*\* .*\bError \d+$`)},
	{Other, weak, "*** ", lazily(`^\S*make(?:\[\d+\])?: \*\*\* .*(?:Stop\.|Terminated|Segmentation fault|Aborted)`)},
	{Other, weak, "FAILED: ", lazily(`^FAILED: `)},
	{Other, maybe, ": ", lazily(`^(?:error|ERROR|Error|fatal): `)},
}

// ends are the lines with which a tool gives up. The reason is near above.
var ends = []struct {
	has string
	re  lazy
}{
	{"*** ", lazily(`^\S*make(?:\[\d+\])?: \*\*\* \[.*\] (?:Error \d+|Killed|Segmentation fault|Terminated|Aborted)`)},
	{"ninja: build stopped", lazily(`^ninja: build stopped`)},
	{"errors occurred!", lazily(`^-- Configuring incomplete, errors occurred!`)},
}

// harmless are parts of lines that only look like errors: probes of configure,
// cmake and meson, which fail to find out something, and what make overlooks.
var harmless = []string{
	"conftest.", "conftest:", "CMakeTmp", "CMakeScratch", "testCCompiler.", "cmTC_", "meson-private",
	"(ignored)", "Waiting for unfinished jobs",
	"configure: error: in `", // autoconf's first line names the directory, the second the reason
}

var probe = lazily(`^(?:checking |-- (?:Performing Test|Looking for|Check)|configure:\d+: |\| )`)

func isHarmless(line string) bool {
	for _, part := range harmless {
		if strings.Contains(line, part) {
			return true
		}
	}
	return probe().MatchString(line)
}

// match returns the rule that a line follows, or nil.
func match(line string) *rule {
	for i := range rules {
		if r := &rules[i]; strings.Contains(line, r.has) && r.re().MatchString(line) {
			if isHarmless(line) {
				return nil
			}
			return r
		}
	}
	return nil
}

func isEnd(line string) bool {
	for _, e := range ends {
		if strings.Contains(line, e.has) && e.re().MatchString(line) {
			return !isHarmless(line)
		}
	}
	return false
}
