package check

import (
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/dag"
)

// The levels of the objective, in docs/objective.md's order.
const (
	preferences = iota
	unasked
	rootVersions
	rootVariants
	compilerBuilds
	providers
	gpuMismatches
	variants
	mismatches
	compilers
	versions
	targetMismatches
	targets
	builds
	seconds
	reusedUnasked
	reusedRootVersions
	reusedRootVariants
	reusedProviders
	reusedVariants
	reusedVersions
	nodes
	levels
)

// Costs computes what the answer pays at each level of the objective, from the nodes alone.
func (w *World) Costs() []int {
	c := make([]int, levels)
	seen := map[string]bool{}
	for _, n := range w.nodes {
		r := w.recipe(n.Name())
		if r == nil {
			continue
		}
		w.versionCost(c, n, r)
		w.variantCost(c, n, r)
		w.preferenceCost(c, n)
		w.providerCost(c, n, r)
		w.matchCost(c, n)
		w.gpuCost(c, n)
		if w.built(n) {
			c[builds]++
			c[targets] += w.targetRank(n)
			for _, f := range n.Attrs().Flags {
				c[nodes] += len(f.Words)
			}
		}
		if seen[n.Name()] {
			c[seconds]++
		}
		seen[n.Name()] = true
		c[nodes]++
	}
	w.wishCost(c)
	w.compilerBuildCost(c)
	return c
}

// compilerBuildCost: each compiler that is built to compile something costs one, and its place in the order of preference for the language that it is
// preferred most for.
func (w *World) compilerBuildCost(c []int) {
	used := map[string]*dag.Node{}
	for _, n := range w.nodes {
		if !w.built(n) {
			continue
		}
		for _, to := range languages(n) {
			if w.built(to) {
				used[to.Hash()] = to
			}
		}
	}
	for _, to := range used {
		best := -1
		for _, l := range languageNames {
			if rank := w.providerRank(to, l); rank >= 0 && (best < 0 || rank < best) {
				best = rank
			}
		}
		c[compilerBuilds] += 1 + best
	}
}

func (w *World) isRoot(n *dag.Node) bool {
	return slices.ContainsFunc(w.roots, func(r *dag.Node) bool { return same(r, n) }) && w.rootByName(n)
}

// rootByName tells whether a root names the package, rather than a virtual.
func (w *World) rootByName(n *dag.Node) bool {
	return slices.ContainsFunc(w.p.Roots, func(s *spec.Spec) bool { return s.Name == n.Name() })
}

func pick(cond bool, a, b int) int {
	if cond {
		return a
	}
	return b
}

// versionCost counts the versions that would have been better; for a built node, those that could have been built.
func (w *World) versionCost(c []int, n *dag.Node, r *packages.Recipe) {
	var extra []spec.Version
	for _, x := range w.p.Config.Packages[n.Name()].Externals {
		if x.Spec.OS != "" && x.Spec.OS != w.p.OS || x.Spec.Platform != "" && x.Spec.Platform != w.p.Platform {
			continue
		}
		v, ok := x.Spec.Versions.Single()
		if !ok {
			v, _ = spec.ParseVersion(x.Spec.Versions.String())
		}
		extra = append(extra, v)
	}
	if w.p.Reusable != nil {
		for _, o := range w.p.Reusable(n.Name()) {
			if w.fits(o) {
				extra = append(extra, o.Version())
			}
		}
	}
	better := 0
	for _, v := range w.p.Versions(r, extra) {
		if v.Version == n.Version() {
			if v.Unasked {
				c[pick(w.built(n), unasked, reusedUnasked)]++
			}
			break
		}
		if v.Declared || !w.built(n) {
			better++
		}
	}
	if w.built(n) {
		c[pick(w.isRoot(n), rootVersions, versions)] += better
	} else {
		c[pick(w.isRoot(n), reusedRootVersions, reusedVersions)] += better
	}
}

// fits tells whether a node that exists suits the machine: what it runs on is here, and the compilers that it was built with. C libraries and runtimes
// belong to what was built on them, and to nobody else.
func (w *World) fits(n *dag.Node) bool {
	a := n.Attrs()
	if isRuntime(a.Name) || a.Name == "glibc" || a.Name == "musl" {
		return false
	}
	best, _ := w.p.Target.Concrete()
	have, ok := arch.Lookup(a.Target)
	limit, ok2 := arch.Lookup(best)
	theirs := a.Recorded != nil && !slices.ContainsFunc(a.Provides, func(v string) bool { return v == "c" || v == "cxx" || v == "fortran" })
	if n.External() != nil && !theirs || a.Platform != w.p.Platform || a.Target != best && !(ok && ok2 && arch.Leq(have, limit)) {
		return false
	}
	if !w.runsOnLibc(n) {
		return false
	}
	for language, c := range languages(n) {
		if rt, ok := n.Dep(runtimeOf[c.Name()]); ok && !w.standsFor(rt, language == "fortran") || !ok && !w.exists(c) {
			return false
		}
	}
	for _, e := range n.Edges() {
		if isRuntime(e.To.Name()) && !w.standsFor(e.To, languages(n)["fortran"] != nil) {
			return false
		}
	}
	return true
}

// exists tells whether a compiler is one of the machine's, or installed.
func (w *World) exists(c *dag.Node) bool {
	at := c.External()
	if w.p.Reusable != nil && slices.ContainsFunc(w.p.Reusable(c.Name()), func(o *dag.Node) bool { return same(o, c) }) {
		return true
	}
	return at != nil && slices.ContainsFunc(w.p.Config.Packages[c.Name()].Externals, func(x packages.External) bool {
		here := (x.Spec.OS == "" || x.Spec.OS == w.p.OS) && (x.Spec.Platform == "" || x.Spec.Platform == w.p.Platform)
		return here && x.Prefix == at.Prefix && slices.Equal(x.Modules, at.Modules) && x.Spec.Versions.Contains(c.Version())
	})
}

func (w *World) variantCost(c []int, n *dag.Node, r *packages.Recipe) {
	cost := 0
	for _, name := range r.VariantNames() {
		d := w.active(n, r, name)
		v, ok := n.Variant(name)
		if d == nil || !ok {
			continue
		}
		defaults, multi := w.defaults(n.Name(), d), d.Kind == packages.MultiVariant
		for _, x := range defaults {
			if !slices.Contains(v.Values, x) && (multi || !w.askedValue(n, r, name, v.Values)) {
				cost++
			}
		}
		for _, x := range v.Values {
			if !slices.Contains(defaults, x) && (multi || len(defaults) == 0) && !w.askedValue(n, r, name, []string{x}) {
				cost++
			}
		}
	}
	if w.built(n) {
		c[pick(w.isRoot(n), rootVariants, variants)] += cost
	} else {
		c[pick(w.isRoot(n), reusedRootVariants, reusedVariants)] += cost
	}
}

// askedValue tells whether somebody asks for one of the values that a built node has: a dependent that the request needs by default, or a requirement.
func (w *World) askedValue(n *dag.Node, r *packages.Recipe, variant string, values []string) bool {
	if !w.built(n) {
		return false
	}
	asks := func(s *spec.Spec) bool {
		v, ok := s.Variant(variant)
		return ok && (s.Name == "" || s.Name == n.Name()) && slices.ContainsFunc(v.Values, func(x string) bool { return slices.Contains(values, x) })
	}
	for _, m := range w.nodes {
		if w.p.ByDefault[m.Name()] && w.built(m) && slices.ContainsFunc(m.Edges(), func(e dag.Edge) bool { return same(e.To, n) }) {
			if slices.ContainsFunc(w.declaredDeps(m), func(d packages.Dependency) bool { return d.Spec.Name == n.Name() && asks(d.Spec) && w.When(m, d.When) }) {
				return true
			}
		}
	}
	have := func(s *spec.Spec) bool {
		own, _ := n.Variant(variant)
		v, _ := s.Variant(variant)
		return asks(s) && meets(own.Values, v)
	}
	for _, x := range r.Requires {
		if slices.ContainsFunc(x.Specs, have) && w.When(n, x.When) {
			return true
		}
	}
	for _, p := range append(w.virtualSections(n), w.p.Config.Packages[n.Name()]) {
		if w.requiredBy(n, p.Require, have) {
			return true
		}
	}
	var general []packages.ConfigRequirement
	for _, x := range w.p.Config.All.Require {
		if w.concerns(n, x.Specs) {
			general = append(general, x)
		}
	}
	return w.requiredBy(n, general, have)
}

func (w *World) requiredBy(n *dag.Node, list []packages.ConfigRequirement, asks func(*spec.Spec) bool) bool {
	return slices.ContainsFunc(list, func(x packages.ConfigRequirement) bool {
		return slices.ContainsFunc(x.Specs, asks) && w.When(n, x.When)
	})
}

// preferenceCost: preferences not met, and requirements met by other than their first choice.
func (w *World) preferenceCost(c []int, n *dag.Node) {
	w.sectionCost(c, n, w.p.Config.Packages[n.Name()], false)
	w.sectionCost(c, n, w.p.Config.All, true)
	w.preferredTargetCost(c, n)
	for _, p := range w.virtualSections(n) {
		w.sectionCost(c, n, p, false)
	}
}

// preferredTargetCost: the first target of the list in packages.yaml that the system runs is not that of a node which is not the host's.
func (w *World) preferredTargetCost(c []int, n *dag.Node) {
	machine, _ := w.p.Target.Concrete()
	best, _ := arch.Lookup(machine)
	list := w.p.Config.PreferredTargets(n.Name())
	first := slices.IndexFunc(list, func(name string) bool {
		t, known := arch.Lookup(name)
		return known && best != nil && arch.Leq(t, best)
	})
	if first >= 0 && n.External() == nil && n.Attrs().Target != list[first] {
		c[preferences]++
	}
}

func (w *World) sectionCost(c []int, n *dag.Node, p packages.PackageConfig, all bool) {
	holds := func(s *spec.Spec) bool {
		r := w.recipe(n.Name())
		named := s.Name == "" || s.Name == n.Name() || slices.ContainsFunc(r.Provides, func(p packages.Provision) bool {
			return slices.ContainsFunc(p.Virtuals, func(v *spec.Spec) bool { return v.Name == s.Name })
		})
		return named && w.Holds(n, s)
	}
	for _, x := range p.Prefer {
		if all && !w.concerns(n, x.Specs) || !w.When(n, x.When) {
			continue
		}
		for _, s := range x.Specs {
			if !holds(s) {
				c[preferences]++
			}
		}
	}
	for _, x := range p.Require {
		if x.Policy == packages.AllOf || all && !w.concerns(n, x.Specs) || !w.When(n, x.When) {
			continue
		}
		if first := slices.IndexFunc(x.Specs, holds); first > 0 {
			c[preferences] += first
		}
	}
}

// providerCost: the place of a provider in the order of preference. That a C library need not be built is nothing in favour of what else it provides.
func (w *World) providerCost(c []int, n *dag.Node, r *packages.Recipe) {
	provided := w.provided(n)
	slices.Sort(provided)
	for _, v := range slices.Compact(provided) {
		if !isLanguage(v) {
			c[pick(w.built(n) || v != "libc" && providesLibc(r), providers, reusedProviders)] += w.providerRank(n, v)
		}
	}
}

func (w *World) providerRank(n *dag.Node, virtual string) int {
	order, ok := w.ranked[virtual]
	if !ok {
		order = w.p.Providers(w.p.Repo.Providers(virtual), virtual)
		w.ranked[virtual] = order
	}
	return slices.Index(order, n.Name())
}

// matchCost: the compilers of a node, and whether those it links to have the same; likewise targets.
func (w *World) matchCost(c []int, n *dag.Node) {
	if !w.built(n) {
		return
	}
	mine := languages(n)
	for i, l := range languageNames {
		to := mine[l]
		if to == nil {
			continue
		}
		c[compilers] += w.providerRank(to, l)
		if w.built(to) {
			c[compilers] += len(w.p.Repo.Providers(l))
		}
		for _, k := range languageNames[i+1:] {
			if mine[k] != nil && !same(mine[k], to) {
				c[mismatches]++
			}
		}
	}
	for _, e := range n.Edges() {
		if e.Types&(spec.Link|spec.Run) == 0 || !w.built(e.To) {
			continue
		}
		theirs := languages(e.To)
		for _, l := range languageNames {
			if mine[l] != nil && theirs[l] != nil && !same(mine[l], theirs[l]) {
				c[mismatches]++
			}
		}
		if e.To.Attrs().Target != n.Attrs().Target {
			c[targetMismatches]++
		}
	}
}

var languageNames = []string{"c", "cxx", "fortran"}

// languages tells which node compiles each language of n.
func languages(n *dag.Node) map[string]*dag.Node {
	out := map[string]*dag.Node{}
	for _, e := range n.Edges() {
		for _, v := range e.Virtuals {
			if isLanguage(v) {
				out[v] = e.To
			}
		}
	}
	return out
}

// targetRank is how many targets would have been better.
func (w *World) targetRank(n *dag.Node) int {
	name, _ := w.p.Target.Concrete()
	best, ok := arch.Lookup(name)
	if !ok || n.Attrs().Target == name {
		return 0
	}
	i := slices.IndexFunc(best.Ancestors(), func(t *arch.Target) bool { return t.Name() == n.Attrs().Target })
	return i + 1
}
