package concretizer

import (
	"cmp"
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// candidate is a version that a node may have.
type candidate struct {
	version spec.Version
	lit     sat.Lit
	decl    *packages.VersionDecl // nil: no recipe declares it, only an alternative has it
	unasked bool                  // deprecated, a development version or a pre-release, and nobody prefers it
	user    int                   // the place in the user's order of preference
	rank    int                   // the place among what the recipe has, see packages.VersionDecl.Rank
}

// rankAmong finds out how much a candidate is preferred, by the user and by the recipe.
func (c *candidate) rankAmong(prefs []packages.PlacedVersions) {
	c.user = slices.IndexFunc(prefs, func(p packages.PlacedVersions) bool { return p.Versions.Contains(c.version) })
	preferred := c.user >= 0
	if !preferred {
		c.user = len(prefs)
	}
	d := c.decl
	if d == nil {
		d = &packages.VersionDecl{Version: c.version}
	}
	c.rank, c.unasked = d.Rank(), d.Unasked() && !preferred
}

// compare orders candidates by preference: the user's, the recipe's, then the newest.
func (c *candidate) compare(o *candidate) int {
	return cmp.Or(
		cmp.Compare(c.user, o.user),
		cmp.Compare(c.rank, o.rank),
		o.version.Compare(c.version),
		cmp.Compare(c.version.String(), o.version.String()),
	)
}

// gitVersions lists the commits, branches and tags that are asked for of each package, by the request or by what configuration requires: what
// the recipe's repository holds is not known here, so nothing else can be had from it.
func gitVersions(r *Request) map[string][]spec.Version {
	out := map[string][]spec.Version{}
	var note func(name string, s *spec.Spec)
	note = func(name string, s *spec.Spec) {
		for _, v := range s.Versions.GitVersions() {
			if !slices.Contains(out[name], v) {
				out[name] = append(out[name], v)
			}
		}
		for _, d := range s.Deps {
			note(d.Spec.Name, d.Spec)
		}
	}
	for i := range r.Roots {
		note(r.Roots[i].Spec.Name, r.Roots[i].Spec)
	}
	for name, p := range r.Config.Packages {
		for _, require := range p.Require {
			for _, s := range require.Specs {
				note(name, s)
			}
		}
	}
	return out
}

// candidates lists the versions of a package in order of preference; git are those that are asked for of its repository.
func candidates(r *packages.Recipe, alts []*alternative, prefs []packages.PlacedVersions, git []spec.Version) []*candidate {
	var out []*candidate
	byVersion := map[spec.Version]*candidate{}
	add := func(v spec.Version, d *packages.VersionDecl) {
		c := byVersion[v]
		if c == nil {
			c = &candidate{version: v}
			byVersion[v] = c
			out = append(out, c)
		}
		if d != nil {
			c.decl = d // a later declaration replaces an earlier one
		}
	}
	for i := range r.Versions {
		add(r.Versions[i].Version, &r.Versions[i])
	}
	for _, v := range git {
		if d, ok := r.VersionDecl(v); ok {
			add(v, &d)
		}
	}
	for _, a := range alts {
		add(a.version, nil)
	}
	for _, c := range out {
		c.rankAmong(prefs)
	}
	slices.SortStableFunc(out, (*candidate).compare)
	return out
}

// addVersions makes exactly one version hold for the node: a ladder in order of preference, which serves the objective, too.
func (e *encoder) addVersions(n *node) error {
	n.versions = candidates(n.recipe, n.alts, e.req.Config.Packages[n.name].Versions, e.gitVersions[n.name])
	if len(n.versions) == 0 {
		e.clause(&NoVersionCause{Package: n.name, Written: n.recipe.Place}, n.lit.Not())
		return nil
	}
	expected := e.expectedVersion(n)
	n.ladder = []sat.Lit{n.lit}
	for k := 1; k < len(n.versions); k++ {
		step := e.sat.Lit()
		if k <= expected {
			e.sat.Expect(step)
		}
		e.sat.Add(step.Not(), n.ladder[k-1])
		n.ladder = append(n.ladder, step)
	}
	for k, c := range n.versions {
		c.lit = n.ladder[k]
		if k+1 < len(n.ladder) {
			c.lit = e.sat.And(c.lit, n.ladder[k+1].Not())
		}
		if c.decl == nil {
			e.sat.Add(c.lit.Not(), n.built.Not())
		}
	}
	n.rising = slices.Clone(n.versions)
	slices.SortStableFunc(n.rising, func(a, b *candidate) int { return a.version.Compare(b.version) })
	return nil
}

// expectedVersion guesses which version the answer will have.
func (e *encoder) expectedVersion(n *node) int {
	alt := -1
	for i, a := range n.alts {
		if e.sat.Expected(a.lit) {
			alt = i
		}
	}
	for k, c := range n.versions {
		fits := true
		if alt >= 0 {
			fits = c.version == n.alts[alt].version
		} else {
			fits = c.decl != nil
		}
		for _, w := range n.wants {
			fits = fits && w.Versions.Contains(c.version)
		}
		if fits {
			return k
		}
	}
	return 0
}

// inVersions is the literal that the node's version is in the set (and so that the node is there).
func (e *encoder) inVersions(n *node, set spec.Versions) sat.Lit {
	if set.IsAny() {
		return n.lit
	}
	var parts []sat.Lit
	all := true
	for low := 0; low < len(n.rising); low++ {
		if !set.Contains(n.rising[low].version) {
			all = false
			continue
		}
		high := low
		for high+1 < len(n.rising) && set.Contains(n.rising[high+1].version) {
			high++
		}
		parts = append(parts, e.between(n, low, high))
		low = high
	}
	if all && len(n.rising) > 0 {
		return n.lit
	}
	return e.sat.Or(parts...)
}

// between is the literal that the version is one of rising[low..high].
func (e *encoder) between(n *node, low, high int) sat.Lit {
	if low == high {
		return n.rising[low].lit
	}
	if n.atLeast == nil {
		e.addRising(n)
	}
	if high+1 == len(n.rising) {
		return n.atLeast[low]
	}
	return e.sat.And(n.atLeast[low], n.atLeast[high+1].Not())
}

// addRising makes the second ladder, in version order.
func (e *encoder) addRising(n *node) {
	n.atLeast = make([]sat.Lit, len(n.rising))
	n.atLeast[0] = n.lit
	last := len(n.rising) - 1
	above := false
	for i := last; i > 0; i-- {
		above = above || e.sat.Expected(n.rising[i].lit)
		step := e.sat.Lit()
		if above {
			e.sat.Expect(step)
		}
		n.atLeast[i] = step
	}
	for i := 1; i <= last; i++ {
		step := n.atLeast[i]
		e.sat.Add(step.Not(), n.atLeast[i-1])
		e.sat.Add(n.rising[i].lit.Not(), step)
		e.sat.Add(n.rising[i-1].lit.Not(), step.Not())
		if i < last {
			e.sat.Add(n.rising[i].lit, step.Not(), n.atLeast[i+1])
		} else {
			e.sat.Add(n.rising[i].lit, step.Not())
		}
	}
}

// forbidLateVersions: a version declared under a condition is there only where it holds.
func (e *encoder) forbidLateVersions(n *node) {
	for _, c := range n.versions {
		if c.decl != nil && len(c.decl.When) > 0 {
			e.clause(&VersionCause{Package: n.name, Decl: c.decl}, c.lit.Not(), n.built.Not(), e.when(n, c.decl.When))
		}
	}
}
