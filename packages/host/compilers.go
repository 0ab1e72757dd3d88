package host

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// family is a kind of compiler: which names its drivers have, and how a driver shows that it is one.
type family struct {
	pkg   string // the package that it is an external of: "gcc"
	names map[Language]*regexp.Regexp
	// version asks a driver for its version, and refuses one that is of another family.
	version func(ctx context.Context, s *search, lang Language, path string) (string, error)
	// where matches the paths that members stand at; nil is anywhere.
	where *regexp.Regexp
	// silent families do not answer -dumpmachine.
	silent bool
	// variants are what the external claims of the languages that work.
	variants func(works map[Language]string) []spec.Variant
}

// driverNames matches the names of a driver: plain, with a target triple before it, with a version after it.
func driverNames(driver string) *regexp.Regexp {
	return regexp.MustCompile(`^(?:[a-z0-9_]+(?:-[a-z0-9_]+){1,3}-)?` + driver + `(?:-[0-9]+(?:\.[0-9]+)*)?$`)
}

var gccFamily = family{
	pkg: "gcc",
	names: map[Language]*regexp.Regexp{
		C: driverNames(`gcc`), Cxx: driverNames(`g\+\+`), Fortran: driverNames(`gfortran`),
	},
	version:  gccVersion,
	variants: gccVariants,
}

var llvmFamily = family{
	pkg: "llvm",
	names: map[Language]*regexp.Regexp{
		C: driverNames(`clang`), Cxx: driverNames(`clang\+\+`), Fortran: driverNames(`flang(?:-new)?`),
	},
	version:  clangVersion,
	variants: llvmVariants,
}

// driver is one program that compiles one language.
type driver struct {
	lang    Language
	path    string // the name of it that is recorded: "/usr/bin/gcc-12"
	program *program
	version string
	silent  *TimeoutError // it did not say its version in time
}

// compilers finds the compilers of a family: the drivers of one version under one prefix are one external.
func (s *search) compilers(ctx context.Context, f family) {
	type key struct{ prefix, version string }
	var drivers []*driver
	for _, lang := range languages {
		for _, p := range s.drivers(f, lang) {
			drivers = append(drivers, &driver{lang: lang, path: filepath.Join(p.home, preferredName(p.names)), program: p})
		}
	}
	s.examine(ctx, f, drivers)

	groups := map[key]map[Language]*driver{}
	var silent []*driver
	for _, d := range drivers {
		if d.silent != nil {
			silent = append(silent, d)
		}
		if d.version == "" {
			continue
		}
		k := key{d.program.prefix(), d.version}
		if groups[k] == nil {
			groups[k] = map[Language]*driver{}
		}
		if first := groups[k][d.lang]; first == nil || compareNames(filepath.Base(d.path), filepath.Base(first.path)) < 0 {
			groups[k][d.lang] = d
		}
	}
	var jobs []func()
	for k, group := range groups {
		jobs = append(jobs, func() { s.compiler(ctx, f, compilerKey{f.pkg, k.version, k.prefix}, group, silent) })
	}
	parallel(jobs...)
}

// examine fills in the drivers' versions; those that are not what their name says keep none.
func (s *search) examine(ctx context.Context, f family, drivers []*driver) {
	var jobs []func()
	for _, d := range drivers {
		jobs = append(jobs, func() {
			version, err := s.examineOne(ctx, f, d)
			if err != nil {
				if d.silent = late(err); d.silent != nil {
					s.silentFile(d.program.info, d.path)
				}
				s.refuse(f.pkg, d.path, err)
				return
			}
			d.version = version
		})
	}
	parallel(jobs...)
}

func (s *search) examineOne(ctx context.Context, f family, d *driver) (string, error) {
	if !f.silent {
		if err := s.buildsForHere(ctx, d.path); err != nil {
			return "", err
		}
	}
	version, err := f.version(ctx, s, d.lang, d.path)
	if err != nil {
		return "", err
	}
	if _, err := spec.ParseVersion(version); err != nil {
		return "", fmt.Errorf("calls its version %q: %w", printable(version), err)
	}
	return version, nil
}

// buildsForHere asks a driver for its target.
func (s *search) buildsForHere(ctx context.Context, path string) error {
	r, err := s.ask(ctx, path, "-dumpmachine")
	if err != nil {
		return err
	}
	triple := strings.TrimSpace(r.Stdout)
	if !r.OK() || triple == "" {
		return fmt.Errorf("does not tell its target by -dumpmachine: %s", r.Complaint())
	}
	if !s.native(triple) {
		return fmt.Errorf("builds for %s, and this machine is %s", printable(triple), s.uname.Machine)
	}
	return nil
}

// native reports whether what is built for a target triple runs on this machine.
func (s *search) native(triple string) bool {
	cpu, rest, ok := strings.Cut(triple, "-")
	if !ok || !strings.Contains(rest, "linux") {
		return false
	}
	names := map[string][]string{"ppc64le": {"powerpc64le"}, "ppc64": {"powerpc64"}, "x86_64": {"amd64"}, "aarch64": {"arm64"}}
	return cpu == s.uname.Machine || slices.Contains(names[s.uname.Machine], cpu)
}

// compiler proves a group of drivers and makes an external of those that work; of none of them if one of the group, or one of the silent drivers that
// belongs to it, does not answer.
func (s *search) compiler(ctx context.Context, f family, key compilerKey, group map[Language]*driver, silent []*driver) {
	paths := map[Language]string{}
	for lang, d := range group {
		paths[lang] = d.path
	}
	failed := s.proveAll(ctx, paths, compilerProbes)
	works := without(paths, failed)
	for lang, err := range failed {
		s.refuse(f.pkg, paths[lang], err)
	}
	if t := silentPart(group, silent, failed); t != nil {
		s.withholdCompiler(key, group, t)
		return
	}
	if works[C] == "" {
		for _, path := range works {
			s.reject(f.pkg, path, fmt.Sprintf("no working C compiler of version %s stands beside it in %s", key.version, key.prefix))
		}
		return
	}
	e := packages.External{Spec: s.named(f.pkg, key.version), Prefix: key.prefix, Attributes: map[string]string{}}
	for lang, path := range works {
		e.Attributes["compilers."+string(lang)] = path
		s.owns(key, group[lang].program)
	}
	s.claimInto(e.Spec, f.variants(works))
	s.accept(outcome{external: e, rank: group[C].program.rank}, works[C])
}

// whichCompiler are the preprocessor's questions that tell a compiler from those that pose as it: nearly all define __GNUC__.
const whichCompiler = `#if defined(__INTEL_LLVM_COMPILER) || defined(__INTEL_COMPILER)
berth_host intel
#elif defined(__NVCOMPILER) || defined(__PGI)
berth_host nvhpc
#elif defined(__ibmxl__)
berth_host xl
#elif defined(__cray__) || defined(_CRAYC)
berth_host cce
#elif defined(__apple_build_version__)
berth_host apple-clang
#elif defined(__AOCC__)
berth_host aocc
#elif defined(__clang__)
berth_host clang __clang_major__ __clang_minor__ __clang_patchlevel__
#elif defined(__GNUC__)
berth_host gcc __GNUC__ __GNUC_MINOR__ __GNUC_PATCHLEVEL__
#endif
`

// macroVersion asks for the macros and returns the version if they are those of the family want.
func (s *search) macroVersion(ctx context.Context, lang Language, path, want string) (string, error) {
	file := "which.c"
	if lang == Cxx {
		file = "which.cpp"
	}
	answers, err := s.preprocess(ctx, path, file, whichCompiler)
	if err != nil {
		return "", err
	}
	if numbers, ok := answers[want]; ok && len(numbers) == 3 {
		return strings.Join(numbers, "."), nil
	}
	for is := range answers {
		return "", fmt.Errorf("is %s and not %s, whatever its name says", is, want)
	}
	return "", fmt.Errorf("is not %s: its preprocessor defines none of its macros", want)
}

// gccVersion holds two witnesses together: the driver's own word, and the macros of the compiler behind it.
func gccVersion(ctx context.Context, s *search, lang Language, path string) (string, error) {
	// -dumpversion is for releases before 7, which do not know -dumpfullversion and always print all of it.
	r, err := s.ask(ctx, path, "-dumpfullversion", "-dumpversion")
	if err != nil {
		return "", err
	}
	version := strings.TrimSpace(r.Stdout)
	if !r.OK() || !dottedNumbers.MatchString(version) {
		return "", fmt.Errorf("does not tell its version by -dumpfullversion: %s", r.Complaint())
	}
	if lang == Fortran {
		banner, err := s.ask(ctx, path, "--version")
		if err != nil {
			return "", err
		}
		if !strings.HasPrefix(banner.Stdout, "GNU Fortran") {
			return "", fmt.Errorf("is not GNU Fortran, whatever its name says: %s", banner.Complaint())
		}
		return version, nil
	}
	macros, err := s.macroVersion(ctx, lang, path, "gcc")
	if err != nil {
		return "", err
	}
	if macros != version {
		return "", fmt.Errorf("calls itself %s, but its preprocessor says %s", version, macros)
	}
	return version, nil
}

var (
	dottedNumbers = regexp.MustCompile(`^[0-9]+(?:\.[0-9]+)+$`)
	flangBanner   = regexp.MustCompile(`flang(?:-new)? version ([0-9]+(?:\.[0-9]+)+)`)
)

func clangVersion(ctx context.Context, s *search, lang Language, path string) (string, error) {
	if lang != Fortran {
		return s.macroVersion(ctx, lang, path, "clang")
	}
	banner, err := s.ask(ctx, path, "--version")
	if err != nil {
		return "", err
	}
	m := flangBanner.FindStringSubmatch(banner.Both())
	if m == nil {
		return "", fmt.Errorf("is not LLVM's Fortran compiler: %s", banner.Complaint())
	}
	return m[1], nil
}

func gccVariants(works map[Language]string) []spec.Variant {
	names := map[Language]string{C: "c", Cxx: "c++", Fortran: "fortran"}
	var values []string
	for lang := range works {
		values = append(values, names[lang])
	}
	slices.Sort(values)
	return []spec.Variant{{Name: "languages", Values: values, Exact: true}}
}

func llvmVariants(works map[Language]string) []spec.Variant {
	return []spec.Variant{spec.Bool("clang", true), spec.Bool("flang", works[Fortran] != "")}
}

// preferredName is the name that says most about the version and least about the rest: gcc-12 before gcc before x86_64-linux-gnu-gcc-12.
func preferredName(names []string) string {
	return slices.MinFunc(names, compareNames)
}

var endsInVersion = regexp.MustCompile(`-[0-9.]+$`)

func compareNames(a, b string) int {
	rank := func(name string) int {
		bare := endsInVersion.ReplaceAllString(name, "")
		triple := strings.Count(strings.TrimSuffix(bare, "flang-new"), "-") > 0
		switch versioned := bare != name; {
		case versioned && !triple:
			return 0
		case !triple:
			return 1
		case versioned:
			return 2
		}
		return 3
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}
