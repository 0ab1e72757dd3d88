package buildlog

import (
	"regexp"
	"strings"
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
	re     *regexp.Regexp
}

// place is a position as compilers write it: "src/a.c:12:", "a.cu(12):".
const place = `(?:[^\s:()]+(?::\d+){1,2}|[^\s:()]+\(\d+(?:,\d+)?\)) ?: ?`

// tool is a program that speaks for itself: "gcc:", "/usr/bin/ld:", "cc1plus:".
const tool = `(?:[\w./+-]*/)?(?:[\w.-]*(?:gcc|g\+\+|cc|c\+\+|cc1|cc1plus|f951|gfortran|clang(?:\+\+)?|flang|nvcc|icx|icpx|ifx|ld|lld|ld\.lld|ld\.gold|collect2|as|ar|libtool|nvlink|ptxas|lto1)(?:-[\d.]+)?): `

// The first rule that matches a line counts, so causes come first.
var rules = []rule{
	{NoSpace, cause, "o space left on device", regexp.MustCompile(`No space left on device|no space left on device`)},
	{NoSpace, cause, "uota exceeded", regexp.MustCompile(`Disk quota exceeded`)},
	{NoMemory, cause, "irtual memory exhausted", regexp.MustCompile(`virtual memory exhausted`)},
	{NoMemory, cause, "annot allocate memory", regexp.MustCompile(`Cannot allocate memory`)},
	{NoMemory, cause, "out of memory", regexp.MustCompile(`out of memory allocating|error: out of memory`)},
	{NoMemory, cause, "Killed", regexp.MustCompile(`Killed signal terminated program|internal compiler error: Killed|: Killed\s*$|\*\*\* .* Killed$`)},

	{Configure, final, "configure: error:", regexp.MustCompile(`^\S*configure: error: `)},
	{Configure, final, "configure: ", regexp.MustCompile(`^\S*configure: line \d+: syntax error`)},
	{Configure, final, "config.status: error:", regexp.MustCompile(`^\S*config\.status: error: `)},
	{Configure, strong, "ERROR: ", regexp.MustCompile(`^\S*meson\.build:\d+:\d+: ERROR: `)},
	{Configure, strong, "undefined macro", regexp.MustCompile(`^configure\.(?:ac|in):\d+: error: `)},
	{Configure, strong, ": error: ", regexp.MustCompile(`^(?:autoreconf|autoconf|automake|aclocal|autoheader|libtoolize)\S*: error: `)},
	{CMake, strong, "CMake Error", regexp.MustCompile(`^\s*CMake Error(?: at |: | in )`)},

	{Patch, strong, "FAILED", regexp.MustCompile(`^Hunk #\d+ FAILED`)},
	{Patch, strong, "alformed patch", regexp.MustCompile(`^patch: \*\*\*\* malformed patch`)},
	{Patch, strong, "find file to patch", regexp.MustCompile(`^can't find file to patch`)},

	{Compile, strong, "rror: ", regexp.MustCompile(`^\s*` + place + `(?:fatal |internal compiler )?error: `)},
	{Compile, strong, "rror #", regexp.MustCompile(`^\s*` + place + `(?:catastrophic )?error #\d+`)},
	{Compile, strong, "Error: ", regexp.MustCompile(`^(?:Error: .*\(1\)|Fatal Error: |Internal Error: )`)}, // gfortran, the place some lines above
	{Compile, strong, "FORTRAN-", regexp.MustCompile(`^NVFORTRAN-[SFT]-\d+`)},
	{Compile, strong, "NVC++-", regexp.MustCompile(`^NVC\+\+-[SFT]-\d+`)},
	{Compile, strong, "Error: ", regexp.MustCompile(`^\s*` + place + `Error: `)}, // the assembler

	{Compile, strong, "nvcc fatal", regexp.MustCompile(`^nvcc fatal\s+: `)},
	{Compile, strong, ".pyx:", regexp.MustCompile(`^\S+\.p(?:yx|xd|xi):\d+:\d+: `)},
	{Command, strong, "in @INC", regexp.MustCompile(`^Can't locate \S+ in @INC`)},

	{Link, strong, "ndefined reference to", regexp.MustCompile(`undefined reference to [` + "`" + `'‘]`)},
	{Link, strong, "ndefined symbol", regexp.MustCompile(`error: undefined symbol: |ld: undefined symbol`)},
	{Link, strong, "cannot find ", regexp.MustCompile(`\bld(?:\.\w+)?: cannot find -?\S+`)},
	{Link, strong, "unable to find library", regexp.MustCompile(`error: unable to find library -l`)},
	{Link, strong, "ultiple definition of", regexp.MustCompile(`multiple definition of [` + "`" + `'‘]`)},
	{Link, strong, "relocation ", regexp.MustCompile(`relocation R_\w+ against .*(?:recompile with|can ?not be used)`)},
	{Link, strong, "ld: ", regexp.MustCompile(`\bld(?:\.\w+)?: .*(?:file not recognized|error adding symbols|file format not recognized|hidden symbol|DSO missing from command line|version node not found)`)},
	{Link, weak, "ld returned", regexp.MustCompile(`^collect2: error: ld returned`)},
	{Link, weak, "linker command failed", regexp.MustCompile(`error: linker command failed`)},
	{Link, strong, "libtool: ", regexp.MustCompile(`^libtool:\s+(?:\w+: )?error: `)},
	{Compile, strong, "rror: ", regexp.MustCompile(`^` + tool + `(?:fatal )?error: `)},

	{Make, final, "No rule to make target", regexp.MustCompile(`\*\*\* No rule to make target `)},
	{Make, strong, "*** ", regexp.MustCompile(`^\S+:\d+: \*\*\* .*Stop\.`)},
	{Make, strong, "no makefile found", regexp.MustCompile(`\*\*\* No targets specified and no makefile found`)},
	{Make, strong, "ninja: ", regexp.MustCompile(`^ninja: (?:fatal|error): `)},

	{Command, maybe, "loading shared libraries", regexp.MustCompile(`error while loading shared libraries: `)},
	{Command, maybe, "' not found", regexp.MustCompile("version [`'](?:GLIBC|GLIBCXX|CXXABI)_[\\d.]+' not found")},
	{Command, maybe, "not found", regexp.MustCompile(`(?:^|/)(?:ba|da|k|z)?sh: (?:line )?(?:\d+: )?[^:]+: (?:command )?not found|: line \d+: [^:]+: command not found`)},
	{Command, maybe, "make", regexp.MustCompile(`^\S*make(?:\[\d+\])?: \S+: (?:Command not found|No such file or directory)`)},
	{Command, maybe, "xec format error", regexp.MustCompile(`Exec format error|cannot execute binary file`)},
	{Command, maybe, "bad interpreter", regexp.MustCompile(`: bad interpreter: `)},
	{Command, maybe, "Illegal instruction", regexp.MustCompile(`\bIllegal instruction\b`)},
	{Command, maybe, "Segmentation fault", regexp.MustCompile(`\bSegmentation fault\b`)},
	{Permission, maybe, "ermission denied", regexp.MustCompile(`: Permission denied\b`)},
	{Permission, maybe, "Read-only file system", regexp.MustCompile(`: Read-only file system\b`)},
	{Python, maybe, "Traceback", regexp.MustCompile(`^\s*Traceback \(most recent call last\):`)},

	{Other, weak, " Error ", regexp.MustCompile(`^\S*make(?:\[\d+\])?: \*\*\* .*\bError \d+$`)},
	{Other, weak, "*** ", regexp.MustCompile(`^\S*make(?:\[\d+\])?: \*\*\* .*(?:Stop\.|Terminated|Segmentation fault|Aborted)`)},
	{Other, weak, "FAILED: ", regexp.MustCompile(`^FAILED: `)},
	{Other, maybe, ": ", regexp.MustCompile(`^(?:error|ERROR|Error|fatal): `)},
}

// ends are the lines with which a tool gives up. The reason is near above.
var ends = []struct {
	has string
	re  *regexp.Regexp
}{
	{"*** ", regexp.MustCompile(`^\S*make(?:\[\d+\])?: \*\*\* \[.*\] (?:Error \d+|Killed|Segmentation fault|Terminated|Aborted)`)},
	{"ninja: build stopped", regexp.MustCompile(`^ninja: build stopped`)},
	{"errors occurred!", regexp.MustCompile(`^-- Configuring incomplete, errors occurred!`)},
}

// harmless are parts of lines that only look like errors: probes of configure,
// cmake and meson, which fail to find out something, and what make overlooks.
var harmless = []string{
	"conftest.", "conftest:", "CMakeTmp", "CMakeScratch", "testCCompiler.", "cmTC_", "meson-private",
	"(ignored)", "Waiting for unfinished jobs",
	"configure: error: in `", // autoconf's first line names the directory, the second the reason
}

var probe = regexp.MustCompile(`^(?:checking |-- (?:Performing Test|Looking for|Check)|configure:\d+: |\| )`)

func isHarmless(line string) bool {
	for _, part := range harmless {
		if strings.Contains(line, part) {
			return true
		}
	}
	return probe.MatchString(line)
}

// match returns the rule that a line follows, or nil.
func match(line string) *rule {
	for i := range rules {
		if r := &rules[i]; strings.Contains(line, r.has) && r.re.MatchString(line) {
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
		if strings.Contains(line, e.has) && e.re.MatchString(line) {
			return !isHarmless(line)
		}
	}
	return false
}
