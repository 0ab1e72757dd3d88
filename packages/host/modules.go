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

// ModuleCommand is the site's module command, as the user's shell has it.
type ModuleCommand struct {
	// Program writes shell code for a module that is loaded: "/usr/share/lmod/lmod/libexec/lmod", "/usr/bin/modulecmd".
	Program string
	// Env is what it needs of the user's environment: "MODULEPATH=/appl/modules", "LMOD_CMD=...".
	Env []string
}

// worthLoading matches the modules that lead to compilers and MPIs.
var worthLoading = regexp.MustCompile(`(?i)^(?:[^ ]*/)?(?:PrgEnv-[a-z]+|cray-mpich|openmpi|mpich|mvapich2?|intel-?mpi|intel-oneapi-mpi|impi|hpcx[a-z-]*|spectrum-mpi|` +
	`gcc|gcccore|gcc-native|gnu|cce|aocc|nvhpc|intel|intel-compilers|iccifort|intel-oneapi-compilers|oneapi|llvm|clang)(?:/[^ ]*)?$`)

// maxModules bounds how many modules are loaded: each takes a shell and a module command.
const maxModules = 80

// loaded is what a module makes of the environment.
type loaded struct {
	module string
	env    map[string]string // what it sets, PATH apart
	path   []string          // the directories that it adds
}

// internal are variables in which the module command keeps its own accounts.
var internal = regexp.MustCompile(`^(?:LOADEDMODULES|_LMFILES_.*|_ModuleTable.*|__.*|LMOD_.*|MODULE.*|BASH.*|SHLVL|PWD|OLDPWD|_|PATH|MANPATH|INFOPATH)$`)

const envMark = "berth_env "

// modules loads each module that may lead to a compiler or an MPI, one at a time, and adds what it puts on the PATH to what is searched.
func (s *search) modules(ctx context.Context, m ModuleCommand) []loaded {
	names, err := s.availableModules(ctx, m)
	if err != nil {
		s.note("", m.Program, err.Error())
		return nil
	}
	bare, err := s.load1(ctx, m, "")
	if err != nil {
		s.note("", m.Program, err.Error())
		return nil
	}
	found := make([]loaded, len(names))
	var jobs []func()
	for i, name := range names {
		jobs = append(jobs, func() {
			env, err := s.load1(ctx, m, name)
			if err != nil {
				s.refuse("", name, err)
				return
			}
			found[i] = difference(name, bare, env)
		})
	}
	parallel(jobs...)
	return slices.DeleteFunc(found, func(l loaded) bool { return l.module == "" })
}

// availableModules lists the modules that are worth loading, in the order of the list.
func (s *search) availableModules(ctx context.Context, m ModuleCommand) ([]string, error) {
	r, err := s.runModule(ctx, m, `"$0" bash -t avail`)
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(r.Both()) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), "(") // (default), (D)
		name = strings.TrimSpace(name)
		if strings.HasSuffix(name, ":") || strings.HasSuffix(name, "/") || strings.HasPrefix(name, "/") || !worthLoading.MatchString(name) || slices.Contains(names, name) {
			continue
		}
		names = append(names, name)
	}
	if len(names) == 0 && !r.OK() {
		return nil, fmt.Errorf("does not list its modules: %s", r.Complaint())
	}
	if len(names) > maxModules {
		s.note("", m.Program, fmt.Sprintf("%d modules may lead to compilers or MPIs; the first %d are looked into", len(names), maxModules))
		names = names[:maxModules]
	}
	return names, nil
}

// load1 returns the environment with a module loaded; "" is none.
func (s *search) load1(ctx context.Context, m ModuleCommand, name string) (map[string]string, error) {
	script := `code=$("$0" bash load "$1") || exit 1; eval "$code" >/dev/null 2>&1`
	if name == "" {
		script = `:`
	}
	r, err := s.runModule(ctx, m, script+`; /usr/bin/env -0 | /usr/bin/tr '\n\0' ' \n' | while IFS= read -r line; do printf '`+envMark+`%s\n' "$line"; done`, name)
	if err != nil {
		return nil, err
	}
	env := map[string]string{}
	for line := range strings.Lines(r.Stdout) {
		if rest, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), envMark); ok {
			variable, value, _ := strings.Cut(rest, "=")
			env[variable] = value
		}
	}
	if len(env) == 0 || !r.OK() {
		return nil, fmt.Errorf("module load %s: %s", printable(name), r.Complaint())
	}
	return env, nil
}

func (s *search) runModule(ctx context.Context, m ModuleCommand, script string, args ...string) (Result, error) {
	c := Command{
		Argv:    append([]string{"/bin/bash", "--noprofile", "--norc", "-c", script, m.Program}, args...),
		Env:     append([]string{"PATH=/usr/bin:/bin", "LC_ALL=C", "LANG=C", "HOME=/nonexistent"}, m.Env...),
		Timeout: probeTimeout,
	}
	return patiently(ctx, c, func(c Command) (Result, error) { return s.sys.Run(ctx, c) })
}

// difference is what changed.
func difference(module string, before, after map[string]string) loaded {
	l := loaded{module: module, env: map[string]string{}}
	for name, value := range after {
		if before[name] != value && !internal.MatchString(name) {
			l.env[name] = value
		}
	}
	had := filepath.SplitList(before["PATH"])
	for _, dir := range filepath.SplitList(after["PATH"]) {
		if filepath.IsAbs(dir) && !slices.Contains(had, dir) && !slices.Contains(l.path, filepath.Clean(dir)) {
			l.path = append(l.path, filepath.Clean(dir))
		}
	}
	return l
}

// addModuleDirs puts the directories of modules behind those that are searched anyway; a directory that is among those needs no module.
func (s *search) addModuleDirs(list []loaded) {
	s.byModule = map[string]loaded{}
	seen := map[string]bool{}
	for _, dir := range s.dirs {
		if real, err := s.sys.EvalSymlinks(dir.path); err == nil {
			seen[real] = true
		}
	}
	for _, l := range list {
		if strings.Contains(l.module, "PrgEnv-") {
			continue // its wrappers are told by what is loaded, not by where they stand
		}
		for _, dir := range l.path {
			real, err := s.sys.EvalSymlinks(dir)
			if err != nil || seen[real] || s.avoid(dir, real) != "" {
				continue
			}
			seen[real] = true
			names, err := s.sys.ReadDir(real)
			if err != nil {
				continue
			}
			s.dirs = append(s.dirs, searchDir{path: dir, names: names})
			s.displayed[real] = dir
			s.byModule[dir] = l
		}
	}
}

// moduleEnv is what a program in dir needs to be set, sorted.
func (s *search) moduleEnv(dir string) []string {
	var env []string
	for name, value := range s.byModule[dir].env {
		env = append(env, name+"="+value)
	}
	slices.Sort(env)
	return env
}

// crayWrapped are the packages behind the wrappers of a Cray programming environment, with what tells them and their version.
var crayWrapped = []struct {
	pkg    string
	banner *regexp.Regexp
}{
	{"cce", regexp.MustCompile(`Cray clang version ([0-9.]+)`)},
	{"aocc", regexp.MustCompile(`AOCC_([0-9.]+)`)},
	{"llvm-amdgpu", regexp.MustCompile(`roc-([0-9.]+)`)},
	{"nvhpc", regexp.MustCompile(`nvc ([0-9]+\.[0-9]+)-`)},
	{"intel-oneapi-compilers", regexp.MustCompile(`oneAPI DPC\+\+/C\+\+ Compiler ([0-9.]+)`)},
	{"gcc", regexp.MustCompile(`^(?:gcc|cc)[^\n]* \([^)]*\) ([0-9]+(?:\.[0-9]+)+)`)},
}

// programmingEnvironment records what cc, CC and ftn are with PrgEnv-... loaded: the compiler, and the MPI that they link.
func (s *search) programmingEnvironment(ctx context.Context, l loaded, wanted func(string) bool) {
	paths := map[Language]string{}
	for lang, name := range map[Language]string{C: "cc", Cxx: "CC", Fortran: "ftn"} {
		for _, dir := range l.path {
			if info, err := s.sys.Stat(filepath.Join(dir, name)); err == nil && info.Exec && paths[lang] == "" {
				paths[lang] = filepath.Join(dir, name)
			}
		}
	}
	if paths[C] == "" {
		return
	}
	in := s.in(l)
	r, err := in.ask(ctx, paths[C], "--version")
	if err != nil {
		s.refuse("", l.module, err)
		return
	}
	for _, w := range crayWrapped {
		m := w.banner.FindStringSubmatch(r.Both())
		if m == nil {
			continue
		}
		s.wrappedCompiler(ctx, in, l, w.pkg, strings.TrimRight(m[1], "."), paths, wanted)
		return
	}
	s.reject("", paths[C], fmt.Sprintf("with %s loaded it is a compiler that berth does not know: %s", l.module, r.Complaint()))
}

// in is the search with a module loaded for whatever is run.
func (s *search) in(l loaded) *search {
	return &search{sys: s.sys, uname: s.uname, dirs: s.dirs, cache: s.cache, slots: s.slots, byModule: s.byModule, always: l}
}

func (s *search) wrappedCompiler(ctx context.Context, in *search, l loaded, pkg, version string, paths map[Language]string, wanted func(string) bool) {
	failed := in.proveAll(ctx, paths, compilerProbes)
	for lang, err := range failed {
		s.refuse(pkg, paths[lang], fmt.Errorf("with %s loaded it %w", l.module, err))
	}
	if t := silentPart(nil, nil, failed); t != nil {
		s.withhold(pkg, version, l.module, t)
		return
	}
	works := without(paths, failed)
	if works[C] == "" {
		return
	}
	prefix := filepath.Dir(filepath.Dir(works[C]))
	compiler := packages.External{Spec: s.named(pkg, version), Prefix: prefix, Modules: []string{l.module}, Attributes: map[string]string{}}
	for lang, path := range works {
		compiler.Attributes["compilers."+string(lang)] = path
	}
	if pkg == gccFamily.pkg {
		s.claimInto(compiler.Spec, gccVariants(works))
	}
	if wanted(pkg) {
		s.accept(outcome{external: compiler, rank: len(s.dirs)}, works[C])
	}
	dir := cmp.Or(l.env["CRAY_MPICH_DIR"], l.env["MPICH_DIR"])
	mpiVersion := cmp.Or(l.env["CRAY_MPICH_VERSION"], l.env["CRAY_MPICH_VER"])
	if dir == "" || !startsWithNumber.MatchString(mpiVersion) || !wanted("cray-mpich") {
		return
	}
	asking, listened := listening(ctx)
	failed = in.proveAll(asking, works, mpiProbes)
	wrappers := without(works, failed)
	if wrappers[C] == "" {
		s.refuse("cray-mpich", works[C], fmt.Errorf("with %s loaded it %w", l.module, failed[C]))
		return
	}
	m := &mpi{flavour: vendorFlavours["cray-mpich"], program: &program{last: filepath.Join(dir, "bin", "mpicc"), home: filepath.Join(dir, "bin")}, wrappers: wrappers}
	e := packages.External{Spec: s.named("cray-mpich", mpiVersion), Prefix: dir, Modules: []string{l.module}, Attributes: in.mpiFacts(asking, m)}
	if t := listened.broken(); t != nil {
		s.withhold("cray-mpich", mpiVersion, l.module, t)
		return
	}
	for lang, key := range map[Language]string{C: "wrappers.mpicc", Cxx: "wrappers.mpicxx", Fortran: "wrappers.mpifort"} {
		if wrappers[lang] != "" {
			e.Attributes[key] = wrappers[lang]
		}
	}
	if path := s.srun(); path != "" {
		e.Attributes["launcher"] = path
	}
	var virtuals []string
	for _, lang := range languages {
		if wrappers[lang] != "" {
			virtuals = append(virtuals, string(lang))
		}
	}
	e.Dependencies = []packages.ExternalDependency{{Spec: s.named(pkg, version), Types: spec.Build, Virtuals: virtuals}}
	s.accept(outcome{external: e, rank: len(s.dirs)}, wrappers[C])
}

// srun is Slurm's launcher, "" if there is none.
func (s *search) srun() string {
	for _, dir := range s.dirs {
		path := filepath.Join(dir.path, "srun")
		if slices.Contains(dir.names, "srun") {
			if info, err := s.sys.Stat(path); err == nil && info.Exec {
				return path
			}
		}
	}
	return ""
}
