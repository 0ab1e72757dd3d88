package host

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// Finder looks for software on a machine. The zero value of every field but System and Repo is useful.
type Finder struct {
	System System
	Repo   packages.Repo
	// CacheDir keeps what commands answered, so that the next search need not run them: "~/.berth/cache/host". It may be
	// deleted at any time. "" keeps nothing.
	CacheDir string
	// Exclude are directories whose programs are never taken: berth's own root, from which an active environment puts programs on PATH.
	Exclude []string
	// Skip are programs, or directories of programs, that are neither asked nor taken: "/usr/bin/gfortran", whose licence server is gone.
	Skip []string
	// Start runs a probe of each MPI with two ranks, which a login node may not allow.
	Start bool
	// Modules is the module command whose modules are looked into, too; nil looks into none.
	Modules *ModuleCommand
}

// Report is what a search found, and why it did not find more.
type Report struct {
	// Externals are sorted by name, then the newest version first, then the order of the search.
	Externals []packages.External
	// Findings tell for each candidate what came of it, sorted by package and path.
	Findings []Finding
	// Searched are the directories that programs were looked for in, in order.
	Searched []string
}

// Verdict is what came of a candidate.
type Verdict string

// The verdicts.
const (
	Found    Verdict = "found"
	Rejected Verdict = "rejected"
	Missing  Verdict = "missing" // nothing of that package at all
	Noted    Verdict = "noted"   // found, but there is something to know
	// Unanswered: there, but silent when it was asked, twice; or found, and not recorded since a part of it was silent.
	Unanswered Verdict = "unanswered"
)

// Finding is one candidate that was looked at.
type Finding struct {
	Package string  `json:"package,omitempty"` // "gcc"; "" for a directory
	Path    string  `json:"path,omitempty"`    // "/usr/lib/ccache/gcc"
	Verdict Verdict `json:"verdict"`
	Reason  string  `json:"reason,omitempty"` // why it was rejected; or, of what was found, its spec

	silent string // the program that did not answer, of what is unanswered
}

// NotDetectableError says that a package was asked for by name that berth cannot recognise on a machine.
type NotDetectableError struct{ Package string }

func (e *NotDetectableError) Error() string {
	return fmt.Sprintf("find external %s: its recipe does not say how to recognise it", e.Package)
}

// Find looks for the named packages, or the providers of named virtuals; for everything that can be recognised if names is empty.
func Find(ctx context.Context, sys System, repo packages.Repo, names []string) (Report, error) {
	return Finder{System: sys, Repo: repo}.Find(ctx, names)
}

// Find is the function Find with the Finder's cache and exclusions.
func (f Finder) Find(ctx context.Context, names []string) (Report, error) {
	s := &search{sys: f.System, exclude: f.Exclude, skip: f.Skip, starts: f.Start, owners: map[fileID]compilerKey{}, silent: map[fileID]string{}, subjects: map[string]bool{"": true, "mpi": true}}
	var err error
	if s.uname, err = s.sys.Uname(); err != nil {
		return Report{}, err
	}
	wanted, err := s.load(ctx, f.Repo, names)
	if err != nil {
		return Report{}, err
	}
	s.prepare()
	c := openCache(f.CacheDir, s)
	s.cache = c
	var environments []loaded
	if f.Modules != nil {
		list := s.modules(ctx, *f.Modules)
		s.addModuleDirs(list)
		environments = slices.DeleteFunc(list, func(l loaded) bool { return !strings.Contains(l.module, "PrgEnv-") })
	}
	s.runAll(ctx, wanted)
	for _, l := range environments {
		s.programmingEnvironment(ctx, l, func(pkg string) bool { return slices.Contains(wanted, pkg) })
	}
	if err := ctx.Err(); err != nil {
		return Report{}, fmt.Errorf("find externals: %w", err)
	}
	if err := c.save(); err != nil {
		s.note("", f.CacheDir, err.Error())
	}
	return s.report(wanted), nil
}

// compilerFamilies and MPI flavours are recognised by what they do; everything else by its recipe's Detection.
var compilerFamilies = []family{gccFamily, llvmFamily, oneapiFamily, classicFamily, nvhpcFamily, aoccFamily, cceFamily, amdFamily}

func recognised(name string) bool {
	_, mpi := mpiFlavours[name]
	return mpi || slices.ContainsFunc(compilerFamilies, func(f family) bool { return f.pkg == name })
}

// load reads the recipes of what is to be found and returns the names, sorted.
func (s *search) load(ctx context.Context, repo packages.Repo, names []string) ([]string, error) {
	s.recipes, s.detectors = map[string]*packages.Recipe{}, map[string]*detector{}
	all := len(names) == 0
	s.all = all
	if all {
		names = detectable(repo)
	}
	for _, name := range names {
		expanded := []string{name}
		virtual := false
		if providers := repo.Providers(name); len(providers) > 0 {
			expanded, virtual = providers, true
		}
		for _, name := range expanded {
			s.subjects[name] = true
			if virtual {
				s.oneOf = append(s.oneOf, name)
			}
			err := s.loadOne(ctx, repo, name)
			var not *NotDetectableError
			switch {
			case err == nil:
			case all && ctx.Err() == nil && !errors.As(err, &not):
				s.reject(name, "", err.Error())
			case errors.As(err, &not) && (all || virtual):
			default:
				return nil, err
			}
		}
	}
	return slices.Sorted(maps.Keys(s.recipes)), ctx.Err()
}

func (s *search) loadOne(ctx context.Context, repo packages.Repo, name string) error {
	recipe, err := repo.Recipe(ctx, name)
	if err != nil {
		return fmt.Errorf("find external %s: %w", name, err)
	}
	if !recognised(name) {
		d, err := newDetector(recipe)
		if err != nil {
			return err
		}
		if d == nil {
			return &NotDetectableError{Package: name}
		}
		s.detectors[name] = d
	}
	s.recipes[name] = recipe
	return nil
}

// Detectable lists the packages of a repository that can be recognised on a host, sorted. Recipes that cannot be read are left out:
// Find tells of them.
func Detectable(ctx context.Context, repo packages.Repo) ([]string, error) {
	var names []string
	for _, name := range detectable(repo) {
		recipe, err := repo.Recipe(ctx, name)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil && (recognised(name) || recipe.Detection != nil && len(recipe.Detection.Executables) > 0) {
			names = append(names, name)
		}
	}
	return names, nil
}

// detectable lists what to look for when nothing was named. A repository that can tell cheaply which of its recipes have a Detection
// does so; else every recipe is read.
func detectable(repo packages.Repo) []string {
	if r, ok := repo.(interface{ Detectable() []string }); ok {
		return r.Detectable()
	}
	return repo.Names()
}

// runAll looks for everything at once; the commands that this takes wait for one another in search.run.
func (s *search) runAll(ctx context.Context, wanted []string) {
	var jobs []func()
	isWanted := func(pkg string) bool { return slices.Contains(wanted, pkg) }
	anyMPI := slices.ContainsFunc(wanted, func(name string) bool { _, ok := mpiFlavours[name]; return ok })
	for _, f := range compilerFamilies {
		if isWanted(f.pkg) || anyMPI && s.knows(f.pkg) { // an MPI names the compiler it was built with
			jobs = append(jobs, func() { s.compilers(ctx, f) })
		}
	}
	if anyMPI {
		jobs = append(jobs, func() { s.mpis(ctx, isWanted) })
	}
	for _, name := range slices.Sorted(maps.Keys(s.detectors)) {
		jobs = append(jobs, func() { s.tool(ctx, s.detectors[name]) })
	}
	parallel(jobs...)
}

// knows reports whether a compiler that nobody asked for has to be looked for all the same, as an MPI may be built with it.
func (s *search) knows(pkg string) bool {
	return pkg == gccFamily.pkg || pkg == llvmFamily.pkg || s.recipes[pkg] != nil
}

// parallel runs jobs at once and returns when all are done.
func parallel(jobs ...func()) {
	var wg sync.WaitGroup
	for _, job := range jobs {
		wg.Go(job)
	}
	wg.Wait()
}

// slots is how many commands run at once: a login node is shared.
func slots() int { return max(2, min(8, runtime.GOMAXPROCS(0))) }

// named makes the spec of an external: its name and its one version.
func (s *search) named(pkg, version string) *spec.Spec {
	v, err := spec.ParseVersion(version)
	if err != nil {
		panic("host: version was not checked: " + version) // every caller has parsed it
	}
	return &spec.Spec{Name: pkg, Versions: spec.Exactly(v)}
}
