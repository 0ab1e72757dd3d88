package check

import (
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// source is a node of which a spec is asked that propagates something: by the request, or by configuration that requires it.
type source struct {
	node *dag.Node
	spec *spec.Spec
}

// findSources lists them.
func (w *World) findSources() {
	for i, s := range w.p.Roots {
		if i >= len(w.roots) {
			return // a mistake that Check reports
		}
		w.addSource(w.roots[i], s)
		for k := range s.Deps {
			d := &s.Deps[k]
			if !d.Direct && spreads(d.Spec) && (d.When == nil || w.Holds(w.roots[i], d.When)) {
				w.addBelow(w.roots[i], d)
			}
		}
	}
	if !w.requiresSpread() {
		return
	}
	for _, n := range w.nodes {
		w.addRequired(n, w.p.Config.Packages[n.Name()], false)
		w.addRequired(n, w.p.Config.All, true)
		for _, p := range w.virtualSections(n) {
			w.addRequired(n, p, false)
		}
	}
}

// spreads reports whether a spec propagates anything.
func spreads(s *spec.Spec) bool {
	return slices.ContainsFunc(s.Variants, func(v spec.Variant) bool { return v.Propagate }) ||
		slices.ContainsFunc(s.Flags, func(f spec.Flag) bool { return f.Propagate }) ||
		slices.ContainsFunc(s.Deps, func(d spec.Dep) bool { return d.Propagate || spreads(d.Spec) })
}

// addSource adds a node, and those of its direct dependencies that the spec says something of.
func (w *World) addSource(n *dag.Node, s *spec.Spec) {
	if !spreads(s) {
		return
	}
	w.sources = append(w.sources, source{n, s})
	for i := range s.Deps {
		d := &s.Deps[i]
		if !d.Direct || d.Propagate || d.When != nil && !w.Holds(n, d.When) {
			continue
		}
		for _, e := range w.edges(n) {
			if e.To.Name() == d.Spec.Name || slices.Contains(e.Virtuals, d.Spec.Name) {
				w.addSource(e.To, d.Spec)
			}
		}
	}
}

// addBelow adds the nodes that are what a request's ^ asks for.
func (w *World) addBelow(root *dag.Node, d *spec.Dep) {
	for _, m := range w.nodes {
		switch provided := w.provided(m); {
		case same(m, root):
		case w.recipe(d.Spec.Name) == nil && slices.Contains(provided, d.Spec.Name),
			m.Name() == d.Spec.Name && containsAll(provided, d.Virtuals) && w.Holds(m, d.Spec):
			w.addSource(m, d.Spec)
		}
	}
}

// requiresSpread reports whether configuration requires anything that propagates: mostly it does not.
func (w *World) requiresSpread() bool {
	some := func(p packages.PackageConfig) bool {
		return slices.ContainsFunc(p.Require, func(x packages.ConfigRequirement) bool { return slices.ContainsFunc(x.Specs, spreads) })
	}
	for _, p := range w.p.Config.Packages {
		if some(p) {
			return true
		}
	}
	return some(w.p.Config.All)
}

func (w *World) addRequired(n *dag.Node, p packages.PackageConfig, all bool) {
	for _, x := range p.Require {
		if x.Policy != packages.AllOf || all && !w.concerns(n, x.Specs) || !w.When(n, x.When) {
			continue
		}
		for _, s := range x.Specs {
			w.addSource(n, s)
		}
	}
}

func anyEdge(dag.Edge) bool { return true }

func runtimeEdge(e dag.Edge) bool { return e.Types&(spec.Link|spec.Run) != 0 }

// propagated: every variant and flag that a source propagates has come to where it must.
func (c *checker) propagated() {
	for _, s := range c.sources {
		for _, v := range s.spec.Variants {
			if !v.Propagate {
				continue
			}
			for _, n := range append(c.below(s.node, anyEdge), s.node) {
				if !c.obeys(n, v) {
					c.fail("%s does not have %s, which %s propagates", n, v, s.node)
				}
			}
		}
		for _, f := range s.spec.Flags {
			if !f.Propagate {
				continue
			}
			for _, n := range c.below(s.node, runtimeEdge) {
				if c.inherits(n, s.node, f.Type) && !c.own(n, &spec.Spec{Flags: []spec.Flag{{Type: f.Type, Words: f.Words}}}) {
					c.fail("%s is not compiled with %s, which %s propagates", n, f, s.node)
				}
			}
		}
	}
}

// propagatedTo reports whether a source propagates a variant to the node that asks accepts.
func (w *World) propagatedTo(n *dag.Node, asks func(*spec.Spec) bool) bool {
	for _, s := range w.sources {
		for _, v := range s.spec.Variants {
			plain := &spec.Spec{Variants: []spec.Variant{{Name: v.Name, Values: v.Values}}}
			if v.Propagate && asks(plain) && (same(n, s.node) || slices.ContainsFunc(w.below(s.node, anyEdge), func(m *dag.Node) bool { return same(m, n) })) {
				return true
			}
		}
	}
	return false
}

// obeys reports whether a node is as a propagated variant wants it: if it can take any of the values, it has those and no others.
func (w *World) obeys(n *dag.Node, v spec.Variant) bool {
	r := w.recipe(n.Name())
	have, ok := n.Variant(v.Name)
	if r == nil || !ok || n.External() != nil && !w.stated(n, v.Name) {
		return true
	}
	var defs []*packages.VariantDecl
	for i := range r.Variants {
		if d := &r.Variants[i]; d.Name == v.Name {
			defs = append(defs, d)
		}
	}
	if w.built(n) {
		d := w.active(n, r, v.Name)
		if d == nil {
			return true
		}
		defs = []*packages.VariantDecl{d}
	}
	var can []string
	several := false
	for _, x := range v.Values {
		if slices.ContainsFunc(defs, func(d *packages.VariantDecl) bool { return declares(d, x) }) {
			can = append(can, x)
		}
	}
	for _, d := range defs {
		several = several || d.Kind == packages.MultiVariant
	}
	return len(can) == 0 || len(can) > 1 && !several || slices.Equal(sorted(have.Values), sorted(can))
}

// stated reports whether the entry of an external says something of a variant.
func (w *World) stated(n *dag.Node, variant string) bool {
	for _, x := range w.p.Config.Packages[n.Name()].Externals {
		if x.Prefix == n.External().Prefix && x.Spec.Versions.Contains(n.Version()) {
			if _, ok := x.Spec.Variant(variant); ok {
				return true
			}
		}
	}
	return false
}

// inherits reports whether flags of a type go from a source to a node: it is built, by the same versions of the same compilers where both use a language, and
// the request does not mention its flags.
func (w *World) inherits(n, from *dag.Node, kind string) bool {
	if !w.built(n) || slices.ContainsFunc(w.p.Roots, func(s *spec.Spec) bool { return mentionsFlags(s, n.Name(), kind) }) {
		return false
	}
	mine, theirs := languages(n), map[string]*dag.Node{}
	if w.built(from) {
		theirs = languages(from)
	}
	uses := false
	for _, l := range languageNames {
		if kind == "cflags" && l != "c" || kind == "cxxflags" && l != "cxx" || kind == "fflags" && l != "fortran" || mine[l] == nil {
			continue
		}
		uses = true
		if o := theirs[l]; o != nil && (o.Name() != mine[l].Name() || o.Version() != mine[l].Version()) {
			return false
		}
	}
	return uses
}

// mentionsFlags reports whether a request says which flags of a type a package has.
func mentionsFlags(s *spec.Spec, name, kind string) bool {
	return s.Name == name && slices.ContainsFunc(s.Flags, func(f spec.Flag) bool { return f.Type == kind }) ||
		slices.ContainsFunc(s.Deps, func(d spec.Dep) bool { return mentionsFlags(d.Spec, name, kind) })
}

// wishWeight is what a virtual costs that comes from elsewhere than %% wishes.
const wishWeight = 100

// wishCost counts the wishes that did not come true.
func (w *World) wishCost(c []int) {
	for _, s := range w.sources {
		for i := range s.spec.Deps {
			d := &s.spec.Deps[i]
			if !d.Propagate {
				continue
			}
			for _, n := range append(w.below(s.node, runtimeEdge), s.node) {
				if w.built(n) && (d.When == nil || w.Holds(n, d.When)) {
					c[preferences] += wishWeight * w.missed(n, d)
				}
			}
		}
	}
}

// missed counts the virtuals, or the dependency itself where the wish is of none, that a node has from elsewhere or in another way.
func (w *World) missed(n *dag.Node, d *spec.Dep) int {
	virtuals := d.Virtuals
	if r := w.recipe(d.Spec.Name); r != nil && len(virtuals) == 0 {
		for _, l := range languageNames {
			if slices.ContainsFunc(r.Provides, func(p packages.Provision) bool {
				return slices.ContainsFunc(p.Virtuals, func(v *spec.Spec) bool { return v.Name == l })
			}) {
				virtuals = append(virtuals, l)
			}
		}
	}
	count := 0
	meets := func(e dag.Edge) bool { return e.To.Name() == d.Spec.Name && w.Holds(e.To, d.Spec) }
	for _, v := range virtuals {
		if slices.ContainsFunc(n.Edges(), func(e dag.Edge) bool { return slices.Contains(e.Virtuals, v) && !meets(e) }) {
			count++
		}
	}
	if len(virtuals) == 0 && slices.ContainsFunc(n.Edges(), func(e dag.Edge) bool { return e.To.Name() == d.Spec.Name && !meets(e) }) {
		count++
	}
	return count
}
