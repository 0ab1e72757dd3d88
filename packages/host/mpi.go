package host

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// mpiFlavour is an MPI that berth has a recipe for, and how its launcher is recognised.
type mpiFlavour struct {
	pkg       string
	launchers []string       // names to try, in order; those that take the wrapper's suffix end in *
	banner    *regexp.Regexp // of the launcher's --version; group 1 is the version
	anyBanner bool           // the launcher has a version of its own
	foreign   *regexp.Regexp // libraries that only the wrappers of another MPI link
	variants  func(ctx context.Context, s *search, m *mpi) []spec.Variant
}

var mpiFlavours = joined(vendorFlavours, map[string]mpiFlavour{
	"openmpi": {
		pkg: "openmpi", launchers: []string{"mpirun*", "mpiexec*", "orterun*"},
		banner:   regexp.MustCompile(`\((?:Open MPI|OpenRTE)\) ([0-9][0-9A-Za-z.]*)`),
		foreign:  regexp.MustCompile(`^(?:mpich|mpichcxx|mpichfort|mpifort|mpicxx)$`),
		variants: openmpiVariants,
	},
	"mpich": {
		pkg: "mpich", launchers: []string{"mpiexec.hydra", "mpiexec*", "mpirun*"},
		banner:   regexp.MustCompile(`(?s)HYDRA build details:.*?\n\s*Version:\s*([0-9][0-9A-Za-z.]*)`),
		foreign:  regexp.MustCompile(`^(?:mpi_.*|open-rte|open-pal)$`),
		variants: mpichVariants,
	},
})

func joined(a, b map[string]mpiFlavour) map[string]mpiFlavour {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// whichMPI are the questions that mpi.h answers. The derivatives of MPICH define MPICH_VERSION too, so they are asked for first.
const whichMPI = `#include <mpi.h>
berth_host standard MPI_VERSION MPI_SUBVERSION
#if defined(I_MPI_VERSION)
berth_host intel-oneapi-mpi I_MPI_VERSION
#elif defined(CRAY_MPICH_VERSION)
berth_host cray-mpich CRAY_MPICH_VERSION
#elif defined(MVAPICH_VERSION)
berth_host mvapich MVAPICH_VERSION
#elif defined(MVAPICH2_VERSION)
berth_host mvapich2 MVAPICH2_VERSION
#elif defined(MPIX_PARASTATION_VERSION) || defined(MPI_PARTEC_VERSION)
berth_host parastation-mpi
#elif defined(MPICH_VERSION)
berth_host mpich MPICH_VERSION
#elif defined(OPEN_MPI)
berth_host openmpi OMPI_MAJOR_VERSION OMPI_MINOR_VERSION OMPI_RELEASE_VERSION
#endif
`

var mpiccName = regexp.MustCompile(`^mpicc(?:[.-][A-Za-z0-9][A-Za-z0-9._+-]*)?$`)

// mpi is an MPI library as its wrappers show it.
type mpi struct {
	flavour  mpiFlavour
	program  *program
	version  string // "4.1.4"
	standard string // "3.1"
	suffix   string // of the wrappers' names: ".openmpi"
	wrappers map[Language]string
	shown    map[Language]commandLine
	launcher string
}

// mpis finds the MPI libraries of the flavours that are wanted.
func (s *search) mpis(ctx context.Context, wanted func(pkg string) bool) {
	var jobs []func()
	for _, p := range s.programs("mpi", mpiccName, false) {
		jobs = append(jobs, func() {
			m, err := s.recognise(ctx, p)
			if err != nil {
				s.refuse("mpi", p.last, err)
				return
			}
			switch {
			case wanted(m.flavour.pkg):
				s.mpi(ctx, m)
			case s.all:
				s.reject("mpi", p.last, fmt.Sprintf("is %s, which no recipe is for: write it into packages.yaml by hand", m.flavour.pkg))
			}
		})
	}
	parallel(jobs...)
}

// recognise asks mpi.h, by way of the C wrapper, whose it is.
func (s *search) recognise(ctx context.Context, p *program) (*mpi, error) {
	answers, err := s.preprocess(ctx, p.last, "which.c", whichMPI)
	if err != nil {
		return nil, err
	}
	m := &mpi{program: p, suffix: strings.TrimPrefix(filepath.Base(p.last), "mpicc")}
	if words := answers["standard"]; len(words) == 2 {
		m.standard = strings.Join(words, ".")
	}
	delete(answers, "standard")
	for pkg, words := range answers {
		pkg, version := s.vendor(ctx, m, pkg, strings.Join(words, "."))
		flavour, ok := mpiFlavours[pkg]
		if !ok {
			return nil, fmt.Errorf("is %s, which berth does not detect yet: write it into packages.yaml by hand", pkg)
		}
		m.flavour, m.version = flavour, strings.Trim(version, `"`)
	}
	if m.flavour.pkg == "" {
		return nil, fmt.Errorf("is an MPI that berth does not know: its mpi.h defines neither OPEN_MPI nor MPICH_VERSION")
	}
	if !startsWithNumber.MatchString(m.version) {
		return nil, fmt.Errorf("calls its version %q, which is none", printable(m.version))
	}
	if _, err := spec.ParseVersion(m.version); err != nil {
		return nil, fmt.Errorf("calls its version %q: %w", printable(m.version), err)
	}
	return m, nil
}

var startsWithNumber = regexp.MustCompile(`^[0-9][0-9A-Za-z.+-]*$`)

// mpi proves an MPI language by language and records it.
func (s *search) mpi(ctx context.Context, m *mpi) {
	pkg := m.flavour.pkg
	asking, listened := listening(ctx)
	s.findWrappers(asking, m)
	if m.wrappers[C] == "" {
		return // findWrappers said why
	}
	failed := s.proveAll(asking, m.wrappers, mpiProbes)
	for lang, err := range failed {
		s.refuse(pkg, m.wrappers[lang], err)
	}
	if failed[C] != nil {
		return
	}
	m.wrappers = without(m.wrappers, failed)
	s.findLauncher(asking, m)

	shown := m.shown[C]
	e := packages.External{Prefix: m.program.prefix(), Attributes: map[string]string{}}
	set := func(key, value string) {
		if value != "" {
			e.Attributes[key] = value
		}
	}
	set("wrappers.mpicc", m.wrappers[C])
	set("wrappers.mpicxx", m.wrappers[Cxx])
	set("wrappers.mpifort", m.wrappers[Fortran])
	set("launcher", m.launcher)
	set("mpi_standard", m.standard)
	set("include_dirs", strings.Join(shown.includes, ":"))
	set("lib_dirs", strings.Join(shown.libDirs, ":"))
	set("library", s.mpiLibrary(shown))
	for key, value := range s.mpiFacts(asking, m) {
		set(key, value)
	}
	e.Spec = s.named(pkg, m.version)
	s.claimInto(e.Spec, append(m.flavour.variants(asking, s, m), spec.Bool("fortran", m.wrappers[Fortran] != "")))
	if t := listened.broken(); t != nil {
		s.withhold(pkg, m.version, m.program.last, t)
		return
	}
	if s.starts {
		s.start(ctx, m)
	}
	s.accept(outcome{external: e, rank: m.program.rank, compilers: s.calledBy(m)}, m.wrappers[C])
}

// calledBy are the compilers that the wrappers call.
func (s *search) calledBy(m *mpi) map[Language]called {
	compilers := map[Language]called{}
	for lang, wrapper := range m.wrappers {
		c := called{wrapper: wrapper, compiler: m.shown[lang].compiler}
		if info, ok := s.lookPath(c.compiler, m.program.home); ok {
			c.file = fileID{info.Device, info.Inode}
		}
		compilers[lang] = c
	}
	return compilers
}

// libDirs are the library directories of a prefix.
func (s *search) libDirs(prefix string) []string {
	dirs := []string{filepath.Join(prefix, "lib64"), filepath.Join(prefix, "lib")}
	return append(dirs, Glob(s.sys, filepath.Join(prefix, "lib", s.uname.Machine+"-linux-gnu*"))...)
}

// findWrappers completes the wrappers by those that stand beside the C wrapper under the same suffix.
func (s *search) findWrappers(ctx context.Context, m *mpi) {
	m.wrappers = map[Language]string{}
	m.shown = map[Language]commandLine{}
	stems := map[Language][]string{C: {"mpicc"}, Cxx: {"mpicxx", "mpic++", "mpiCC"}, Fortran: {"mpifort", "mpif90"}}
	for _, lang := range languages {
		for _, stem := range stems[lang] {
			path := filepath.Join(m.program.home, stem+m.suffix)
			if info, err := s.sys.Stat(path); err != nil || !info.Exec || s.skips(path) {
				continue
			}
			line, err := s.show(ctx, path)
			if err == nil && (slices.ContainsFunc(line.libs, m.flavour.foreign.MatchString) || lang != C && !line.fits(m.shown[C])) {
				err = fmt.Errorf("belongs to another MPI than %s", m.program.last)
			}
			if err != nil {
				s.refuse(m.flavour.pkg, path, err)
				continue
			}
			m.wrappers[lang], m.shown[lang] = path, line
			break
		}
	}
}

// show asks a wrapper which command it would run.
func (s *search) show(ctx context.Context, path string) (commandLine, error) {
	r, err := s.ask(ctx, path, "-show")
	if err != nil {
		return commandLine{}, err
	}
	line := parseCommandLine(r.Stdout)
	if !r.OK() || line.compiler == "" {
		return commandLine{}, fmt.Errorf("does not tell its compiler by -show: %s", r.Complaint())
	}
	return line, nil
}

// commandLine is what a wrapper's -show says.
type commandLine struct {
	compiler string // "gcc", "/opt/gcc/bin/gcc"
	includes []string
	libDirs  []string
	libs     []string // "mpi"
}

// parseCommandLine reads the first line that is a command.
func parseCommandLine(text string) commandLine {
	var c commandLine
	for line := range strings.Lines(text) {
		words := splitWords(line)
		for len(words) > 0 && launchers[filepath.Base(words[0])] != "" {
			words = words[1:] // ccache gcc
		}
		if len(words) == 0 || strings.HasPrefix(words[0], "-") {
			continue
		}
		c.compiler = words[0]
		for _, w := range words[1:] {
			if dir, ok := strings.CutPrefix(w, "-I"); ok {
				c.includes = addDir(c.includes, dir)
			} else if dir, ok := strings.CutPrefix(w, "-L"); ok {
				c.libDirs = addDir(c.libDirs, dir)
			} else if lib, ok := strings.CutPrefix(w, "-l"); ok && lib != "" {
				c.libs = append(c.libs, lib)
			}
		}
		return c
	}
	return c
}

func addDir(dirs []string, dir string) []string {
	if dir = filepath.Clean(dir); !filepath.IsAbs(dir) || strings.Contains(dir, ":") || slices.Contains(dirs, dir) {
		return dirs
	}
	return append(dirs, dir)
}

// fits reports whether two wrappers lead to one library: they search a common directory, or one below the other's (Open MPI
// keeps its Fortran libraries so), as far as they name any.
func (c commandLine) fits(o commandLine) bool {
	if len(c.libDirs) == 0 || len(o.libDirs) == 0 {
		return true
	}
	return slices.ContainsFunc(c.libDirs, func(dir string) bool {
		return slices.ContainsFunc(o.libDirs, func(other string) bool { return Within(dir, other) || Within(other, dir) })
	})
}

// mpiLibrary is the library that the linker takes: shared (.so) before static (.a).
func (s *search) mpiLibrary(c commandLine) string {
	dirs := append(slices.Clone(c.libDirs), s.libDirs("/usr")...)
	for _, lib := range c.libs {
		if lib != "mpi" && lib != "mpich" && lib != "mpi_ibm" {
			continue
		}
		for _, dir := range dirs {
			for _, ending := range []string{".so", ".a"} {
				path := filepath.Join(dir, "lib"+lib+ending)
				if _, err := s.sys.Stat(path); err == nil {
					return path
				}
			}
		}
	}
	return ""
}

// findLauncher takes the first launcher beside the wrappers that is of the same MPI and version.
func (s *search) findLauncher(ctx context.Context, m *mpi) {
	var tried []string
	for _, name := range m.flavour.launchers {
		if stem, ok := strings.CutSuffix(name, "*"); ok {
			name = stem + m.suffix
		}
		path := filepath.Join(m.program.home, name)
		if info, err := s.sys.Stat(path); err != nil || !info.Exec || s.skips(path) {
			continue
		}
		r, err := s.ask(ctx, path, "--version")
		if err != nil {
			tried = append(tried, err.Error())
			continue
		}
		version := m.flavour.banner.FindStringSubmatch(r.Both())
		if version == nil || !m.flavour.anyBanner && !strings.HasPrefix(version[1], m.version) {
			tried = append(tried, fmt.Sprintf("%s is not of %s %s", path, m.flavour.pkg, m.version))
			continue
		}
		m.launcher = path
		return
	}
	if m.launcher = s.srun(); m.launcher != "" && m.flavour.pkg == "cray-mpich" {
		return
	}
	m.launcher = ""
	reason := "no launcher stands beside it: programs of this MPI are started by other means (srun)"
	if len(tried) > 0 {
		reason += "; " + strings.Join(tried, "; ")
	}
	s.note(m.flavour.pkg, m.wrappers[C], reason)
}

// openmpiVariants: the deprecated C++ bindings are a library of their own, which the C++ wrapper links if it is there.
func openmpiVariants(_ context.Context, _ *search, m *mpi) []spec.Variant {
	if m.wrappers[Cxx] == "" {
		return nil
	}
	return []spec.Variant{spec.Bool("cxx", slices.Contains(m.shown[Cxx].libs, "mpi_cxx"))}
}

var (
	mpichDevice  = regexp.MustCompile(`(?m)^MPICH Device:\s+([a-z0-9]+)(?::([a-z0-9]+))?\s*$`)
	mpichVersion = regexp.MustCompile(`(?m)^MPICH Version:\s+(\S+)\s*$`)
)

// mpichVariants reads the device that MPICH was configured with, if its mpichversion is installed.
func mpichVariants(ctx context.Context, s *search, m *mpi) []spec.Variant {
	for _, name := range []string{"mpichversion" + m.suffix, "mpichversion"} {
		path := filepath.Join(m.program.home, name)
		if info, err := s.sys.Stat(path); err != nil || !info.Exec {
			continue
		}
		r, err := s.ask(ctx, path)
		if err != nil || !r.OK() {
			continue
		}
		version, device := mpichVersion.FindStringSubmatch(r.Stdout), mpichDevice.FindStringSubmatch(r.Stdout)
		if version == nil || device == nil || version[1] != m.version {
			continue
		}
		variants := []spec.Variant{{Name: "device", Values: []string{device[1]}}}
		if device[2] != "" {
			variants = append(variants, spec.Variant{Name: "netmod", Values: []string{device[2]}})
		}
		return variants
	}
	return nil
}
