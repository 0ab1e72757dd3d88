package host

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// search is one run of a Finder: what is fixed while it runs, and what came out so far.
type search struct {
	sys       System
	uname     Uname
	exclude   []string
	skip      []string
	byModule  map[string]loaded // directories that modules add to PATH
	always    loaded            // what is loaded for every program
	oneOf     []string          // providers of a virtual that was asked for: that one of them is missing is nothing to tell
	all       bool              // nothing was named: everything is looked for
	starts    bool              // probes of MPIs are run, too
	dirs      []searchDir
	displayed map[string]string // a directory without links -> the name it is searched under
	recipes   map[string]*packages.Recipe
	detectors map[string]*detector
	subjects  map[string]bool // the packages that were asked for, and so are told about
	cache     *cache
	slots     chan struct{}

	mu       sync.Mutex
	found    []outcome
	findings []Finding
	owners   map[fileID]compilerKey
	silent   map[fileID]string // compilers that are not recorded, as they or a part of them did not answer
}

// fileID tells files apart.
type fileID struct{ device, inode uint64 }

// compilerKey names a compiler that was found.
type compilerKey struct{ pkg, version, prefix string }

// outcome is an external with what sorting and linking it to its compiler need.
type outcome struct {
	external  packages.External
	version   spec.Version
	rank      int
	compilers map[Language]called // of an MPI: what its wrappers call
}

// called is the compiler behind an MPI wrapper.
type called struct {
	wrapper  string // "/usr/bin/mpicc.openmpi"
	compiler string // as the wrapper names it: "gcc"
	file     fileID // zero if there is no such program
}

// prepare looks up the directories that are searched.
func (s *search) prepare() {
	s.slots = make(chan struct{}, slots())
	s.dirs = s.searchDirs()
	s.displayed = map[string]string{}
	for _, dir := range s.dirs {
		if real, err := s.sys.EvalSymlinks(dir.path); err == nil {
			s.displayed[real] = dir.path
		}
	}
}

// run runs a command in the environment that builds have, or answers from the cache. What does not answer in time is asked once more, with patience.
func (s *search) run(ctx context.Context, path string, c Command) (Result, error) {
	return patiently(ctx, c, func(c Command) (Result, error) { return s.runOnce(ctx, path, c) })
}

// runOnce is run without patience.
func (s *search) runOnce(ctx context.Context, path string, c Command) (Result, error) {
	c.Env = []string{
		"PATH=" + strings.Join(s.pathFor(filepath.Dir(path)), ":"),
		"LC_ALL=C", "LANG=C",
		"HOME=/nonexistent", // no settings of the user's: what is found is found for every build
	}
	if s.always.module != "" {
		c.Env[0] = "PATH=" + strings.Join(append(slices.Clone(s.always.path), s.pathFor(filepath.Dir(path))...), ":")
		for name, value := range s.always.env {
			c.Env = append(c.Env, name+"="+value)
		}
		slices.Sort(c.Env[1:])
	}
	c.Env = append(c.Env, s.moduleEnv(filepath.Dir(path))...)
	return s.cache.run(c, func() (Result, error) {
		select {
		case s.slots <- struct{}{}:
			defer func() { <-s.slots }()
		case <-ctx.Done():
			return Result{}, ctx.Err()
		}
		return s.sys.Run(ctx, c)
	})
}

func (s *search) tell(f Finding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.findings = append(s.findings, f)
}

func (s *search) reject(pkg, path, reason string) {
	s.tell(Finding{Package: pkg, Path: path, Verdict: Rejected, Reason: reason})
}

func (s *search) note(pkg, path, reason string) {
	s.tell(Finding{Package: pkg, Path: path, Verdict: Noted, Reason: reason})
}

// owns records that a program belongs to a compiler, so that an MPI whose wrapper calls it is known to be built with it.
func (s *search) owns(key compilerKey, p *program) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owners[fileID{p.info.Device, p.info.Inode}] = key
}

// accept records an external.
func (s *search) accept(o outcome, path string) {
	e := o.external
	o.version, _ = e.Spec.Versions.Single() // search.named gives exactly one
	if l := s.byModule[filepath.Dir(path)]; l.module != "" {
		e.Modules = []string{l.module}
		o.external = e
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found = append(s.found, o)
	s.findings = append(s.findings, Finding{Package: e.Spec.Name, Path: path, Verdict: Found, Reason: e.Spec.String()})
}

// report sorts what came out and keeps what was asked for.
func (s *search) report(wanted []string) Report {
	slices.SortFunc(s.found, func(a, b outcome) int {
		return cmp.Or(
			cmp.Compare(a.external.Spec.Name, b.external.Spec.Name),
			b.version.Compare(a.version),
			cmp.Compare(a.rank, b.rank),
			cmp.Compare(a.external.Prefix, b.external.Prefix),
			cmp.Compare(a.external.Spec.String(), b.external.Spec.String()),
		)
	})
	s.dropUnlinked()
	s.linkCompilers()
	another := slices.ContainsFunc(s.found, func(o outcome) bool { return slices.Contains(s.oneOf, o.external.Spec.Name) })
	var r Report
	for _, name := range wanted {
		some := false
		for _, o := range s.found {
			if o.external.Spec.Name == name {
				r.Externals = append(r.Externals, o.external)
				some = true
			}
		}
		if !some && !unsure(s.findings, name) && !(another && slices.Contains(s.oneOf, name)) {
			s.findings = append(s.findings, Finding{Package: name, Verdict: Missing})
		}
	}
	for _, f := range s.findings {
		if s.subjects[f.Package] {
			r.Findings = append(r.Findings, f)
		}
	}
	slices.SortFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Verdict, b.Verdict), cmp.Compare(a.Reason, b.Reason))
	})
	r.Findings = slices.Compact(r.Findings)
	for _, dir := range s.dirs {
		r.Searched = append(r.Searched, dir.path)
	}
	return r
}

// linkCompilers gives each MPI its dependency on the compilers that its wrappers call.
func (s *search) linkCompilers() {
	for i := range s.found {
		o := &s.found[i]
		uses := map[compilerKey][]string{}
		var order []compilerKey
		for _, lang := range languages {
			c, ok := o.compilers[lang]
			if !ok {
				continue
			}
			key, ok := s.owners[c.file]
			if !ok {
				s.note(o.external.Spec.Name, c.wrapper, fmt.Sprintf("calls %s, which is none of the compilers found", printable(c.compiler)))
				continue
			}
			if uses[key] == nil {
				order = append(order, key)
			}
			uses[key] = append(uses[key], string(lang))
		}
		for _, key := range order {
			o.external.Dependencies = append(o.external.Dependencies, s.dependency(key, uses[key]))
		}
	}
}

// dependency points at a compiler: by its version if that is enough, else by an ID.
func (s *search) dependency(key compilerKey, virtuals []string) packages.ExternalDependency {
	d := packages.ExternalDependency{Types: spec.Build, Virtuals: virtuals}
	var same []int
	which := -1
	for i, o := range s.found {
		if o.external.Spec.Name == key.pkg && o.version.String() == key.version {
			same = append(same, i)
			if o.external.Prefix == key.prefix {
				which = i
			}
		}
	}
	if len(same) > 1 && which >= 0 {
		e := &s.found[which].external
		e.ID = fmt.Sprintf("%s@%s in %s", key.pkg, key.version, key.prefix)
		d.ID = e.ID
		return d
	}
	d.Spec = s.named(key.pkg, key.version)
	return d
}

// claimInto adds those variants to an external's spec that its recipe really has there, sorted by name.
func (s *search) claimInto(e *spec.Spec, variants []spec.Variant) {
	for _, v := range variants {
		if recipe := s.recipes[e.Name]; recipe != nil && hasVariant(recipe, e, v) {
			e.Variants = append(e.Variants, v)
		}
	}
	slices.SortFunc(e.Variants, func(a, b spec.Variant) int { return cmp.Compare(a.Name, b.Name) })
}

// hasVariant reports whether the recipe has the variant, with these values, at e's version.
func hasVariant(recipe *packages.Recipe, e *spec.Spec, v spec.Variant) bool {
	for _, decl := range slices.Backward(recipe.Variants) { // the last that holds wins
		if decl.Name != v.Name || !holds(decl.When, e) {
			continue
		}
		if decl.Kind == packages.BoolVariant || decl.Any {
			return v.IsBool() == (decl.Kind == packages.BoolVariant)
		}
		for _, value := range v.Values {
			if !slices.ContainsFunc(decl.Values, func(d packages.VariantValue) bool { return d.Value == value && holds(d.When, e) }) {
				return false
			}
		}
		return true
	}
	return false
}

// holds reports whether a condition may hold for e, whose variants are known in part.
func holds(when packages.When, e *spec.Spec) bool {
	for _, w := range when {
		if !e.Intersects(w) {
			return false
		}
	}
	return true
}

func sortedSet(values []string) []string {
	slices.Sort(values)
	return slices.Compact(values)
}
