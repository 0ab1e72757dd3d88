package concretizer

import (
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/suggest"
)

// What propagates: ++x, ~~x and x==v go from a node to all below it; cflags== and the wishes %% along what is linked or run. It is asked for by
// requests, and by configuration that requires it of a package. Recipes ask it of nothing: in conditions, ++x looks at the node alone.

// wave is something that spreads from a node over the edges of the answer.
type wave struct {
	source  *node
	types   spec.DepTypes // of the edges that carry it; 0 is any
	reached map[*node]sat.Lit
	land    func(n *node, lit sat.Lit) // what it means for a node that it reaches, once that is encoded
}

// start lets a wave begin at its source under a guard.
func (e *encoder) start(w *wave, guard sat.Lit, why Cause) {
	w.reached = map[*node]sat.Lit{}
	e.waves = append(e.waves, w)
	e.clause(why, guard.Not(), e.reach(w, w.source))
}

// reach is the literal that the wave comes to a node.
func (e *encoder) reach(w *wave, n *node) sat.Lit {
	if lit, ok := w.reached[n]; ok {
		return lit
	}
	lit := e.sat.Lit()
	w.reached[n] = lit
	for _, en := range slices.Clone(n.edges) {
		e.carry(w, en)
	}
	_ = n.whenLinked(func() error {
		w.land(n, lit)
		return nil
	})
	return lit
}

// carry takes the wave over an edge, if it has come to where that begins.
func (e *encoder) carry(w *wave, en *edge) {
	if from, ok := w.reached[en.from]; ok && (w.types == 0 || w.types&en.types != 0) {
		e.sat.Add(from.Not(), en.lit.Not(), e.reach(w, en.to))
	}
}

// whenLinked does something now, or once the node's edges are known and it is encoded.
func (n *node) whenLinked(do func() error) error {
	if n.expanded && n.edgesDone {
		return do()
	}
	n.later = append(n.later, do)
	return nil
}

// spread starts what a spec that is asked of a node under a guard propagates from there, and from its direct dependencies.
func (e *encoder) spread(n *node, s *spec.Spec, guard sat.Lit, why Cause) {
	for _, v := range s.Variants {
		if v.Propagate {
			e.start(&wave{source: n, land: func(n *node, lit sat.Lit) { e.landVariant(n, v, lit) }}, guard, why)
		}
	}
	for _, f := range s.Flags {
		if f.Propagate {
			e.start(e.flagWave(n, f), guard, why)
		}
	}
	for i := range s.Deps {
		d := &s.Deps[i]
		switch {
		case d.Propagate:
			e.start(&wave{source: n, types: spec.Link | spec.Run, land: func(n *node, lit sat.Lit) { e.landWish(n, d, lit) }}, guard, why)
		case d.Direct && spreads(d.Spec):
			through := guard
			if d.When != nil {
				through = e.sat.And(guard, e.cond(n, d.When))
			}
			p := passing{d, through, why}
			n.passing = append(n.passing, p)
			for _, en := range slices.Clone(n.edges) {
				e.pass(p, en)
			}
		}
	}
}

// flagWave waits for both ends: what a node inherits depends on its compilers, and on the source's.
func (e *encoder) flagWave(n *node, f spec.Flag) *wave {
	w := &wave{source: n, types: spec.Link | spec.Run}
	w.land = func(to *node, lit sat.Lit) {
		_ = n.whenLinked(func() error {
			e.landFlags(w, to, f, lit)
			return nil
		})
	}
	return w
}

// spreads reports whether a spec propagates anything.
func spreads(s *spec.Spec) bool {
	return slices.ContainsFunc(s.Variants, func(v spec.Variant) bool { return v.Propagate }) ||
		slices.ContainsFunc(s.Flags, func(f spec.Flag) bool { return f.Propagate }) ||
		slices.ContainsFunc(s.Deps, func(d spec.Dep) bool { return d.Propagate || spreads(d.Spec) })
}

// passing is what propagates from a direct dependency of a node.
type passing struct {
	dep   *spec.Dep
	guard sat.Lit
	why   Cause
}

// pass starts it from the other end of an edge, if that is the dependency.
func (e *encoder) pass(p passing, en *edge) {
	if en.to.name == p.dep.Spec.Name || en.virtual == p.dep.Spec.Name {
		e.spread(en.to, p.dep.Spec, e.sat.And(p.guard, en.lit), p.why)
	}
}

// carryEdge is for an edge that is new, the last of the dependents of what it leads to.
func (e *encoder) carryEdge(en *edge) {
	for _, w := range e.waves {
		e.carry(w, en)
	}
	for _, p := range en.from.passing {
		e.pass(p, en)
	}
	for _, w := range en.to.typed {
		e.extendTyped(w, en.to.dependents[:len(en.to.dependents)-1], en)
	}
}

// landVariant: a node that has the variant and can take the values has these and no others.
func (e *encoder) landVariant(n *node, v spec.Variant, lit sat.Lit) {
	e.sat.Add(lit.Not(), e.obeys(n, v))
	e.noteSetter(n, &spec.Spec{Variants: []spec.Variant{{Name: v.Name, Values: v.Values}}}, lit)
}

// obeys is the literal that a node is as a propagated variant wants it, or that the variant does not concern it. An external is held to what its entry
// says; what that leaves open, nobody knows.
func (e *encoder) obeys(n *node, v spec.Variant) sat.Lit {
	own := n.variants[v.Name]
	if own == nil {
		return sat.True
	}
	parts := []sat.Lit{sat.True}
	for _, d := range own.defs {
		if values := takes([]*packages.VariantDecl{d.decl}, v.Values); len(values) > 0 {
			exact := e.withVariant(n, spec.Variant{Name: v.Name, Values: values, Exact: true})
			parts = append(parts, e.sat.Or(n.built.Not(), d.active.Not(), exact))
		}
	}
	for _, a := range n.alts {
		i := slices.IndexFunc(a.variants, func(x spec.Variant) bool { return x.Name == v.Name })
		if i < 0 {
			continue
		}
		if values := takes(declsOf(own), v.Values); len(values) > 0 && !slices.Equal(values, a.variants[i].Values) {
			parts = append(parts, a.lit.Not())
		}
	}
	return e.sat.And(parts...)
}

// takes lists those of the propagated values that a variant with these definitions can have; none if it can have only one of several.
func takes(defs []*packages.VariantDecl, values []string) []string {
	var out []string
	multi := false
	for _, d := range defs {
		multi = multi || d.Kind == packages.MultiVariant
		for _, x := range values {
			if declares(d, []string{x}) && !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
	}
	if len(out) > 1 && !multi {
		return nil
	}
	slices.Sort(out)
	return out
}

// flagLanguages lists the languages whose compilers get a type of flags.
func flagLanguages(kind string) []string {
	switch kind {
	case "cflags":
		return []string{"c"}
	case "cxxflags":
		return []string{"cxx"}
	case "fflags":
		return []string{"fortran"}
	}
	return languageNames
}

// packageFlag is a type of flags of a package: {"hdf5", "cflags"}.
type packageFlag struct{ pkg, kind string }

// landFlags: what is built by the source's compilers, and whose flags of that type the request does not mention, is compiled with them, too.
func (e *encoder) landFlags(w *wave, n *node, f spec.Flag, lit sat.Lit) {
	if n == w.source || e.ownFlags[packageFlag{n.name, f.Type}] {
		return
	}
	var uses, differs []sat.Lit
	for _, name := range flagLanguages(f.Type) {
		l := n.langs[name]
		if l == nil {
			continue
		}
		uses = append(uses, l.needed)
		if from := w.source.langs[name]; from != nil {
			differs = append(differs, e.differ(from, l))
		}
	}
	if len(uses) == 0 {
		return
	}
	for _, word := range e.withFlag(n, spec.Flag{Type: f.Type, Words: f.Words}) {
		for _, use := range uses {
			e.sat.Add(append([]sat.Lit{lit.Not(), n.built.Not(), use.Not(), word}, differs...)...)
		}
	}
}

// differ is a literal that can hold only if both nodes use the language and have it from different compilers, or from different versions of one.
func (e *encoder) differ(a, b *language) sat.Lit {
	lit := e.sat.Lit()
	e.sat.Add(lit.Not(), a.needed)
	e.sat.Add(lit.Not(), b.needed)
	for _, pair := range [][2]*language{{a, b}, {b, a}} {
		pair[0].eachPick(func(c *node, pick sat.Lit) {
			for _, o := range pair[1].order {
				if o.name == c.name {
					e.differIn(c, o, lit.Not(), pick.Not(), pair[1].picks[o.nodeKey].Not())
				}
			}
		})
	}
	return lit
}

// differIn adds that under the negated literals the two configurations of a compiler have different versions.
func (e *encoder) differIn(a, b *node, unless ...sat.Lit) {
	if a == b {
		e.sat.Add(unless...)
		return
	}
	_ = a.whenExpanded(func() error {
		return b.whenExpanded(func() error {
			for _, v := range a.versions {
				for _, w := range b.versions {
					if v.version == w.version {
						e.sat.Add(append(slices.Clone(unless), v.lit.Not(), w.lit.Not())...)
					}
				}
			}
			return nil
		})
	})
}

// eachPick does something for each compiler that is offered to a user of a language, now or later.
func (l *language) eachPick(do func(c *node, pick sat.Lit)) {
	for _, c := range l.order {
		do(c, l.picks[c.nodeKey])
	}
	l.offered = append(l.offered, do)
}

// wishWeight is what it costs to have a virtual from elsewhere than %% wishes: more than any preference of packages.yaml.
const wishWeight = 100

// landWish: a built node would have its dependency, or each virtual that is spoken of, from the package of that kind.
func (e *encoder) landWish(n *node, d *spec.Dep, lit sat.Lit) {
	if d.When != nil {
		lit = e.sat.And(lit, e.cond(n, d.When))
	}
	p, err := e.name(d.Spec.Name)
	if err != nil {
		return
	}
	names := wishedVirtuals(d, p.recipe)
	if len(names) == 0 {
		names = []string{""}
	}
	for _, name := range names {
		e.wishVirtual(n, d, name, lit)
	}
}

// wishVirtual is landWish for one virtual; "" is the package itself, as a dependency.
func (e *encoder) wishVirtual(n *node, d *spec.Dep, name string, lit sat.Lit) {
	missed := e.sat.Lit()
	possible := false
	forbid := func(to *node, active sat.Lit) {
		fits := sat.False
		if to.name == d.Spec.Name {
			fits = e.cond(to, d.Spec)
		}
		possible = true
		e.sat.Add(lit.Not(), n.built.Not(), active.Not(), fits, missed)
	}
	if l := n.langs[name]; l != nil {
		l.eachPick(forbid)
		possible = true // there may be further compilers
	} else {
		for _, en := range n.edges {
			if name != "" && en.virtual == name || name == "" && en.to.name == d.Spec.Name {
				forbid(en.to, en.lit)
			}
		}
	}
	if possible {
		e.opt.Want(levelPreferences, missed.Not(), wishWeight)
	}
}

// wishedVirtuals lists the virtuals that a wish speaks of: those it names, else the languages that the package compiles.
func wishedVirtuals(d *spec.Dep, r *packages.Recipe) []string {
	if len(d.Virtuals) > 0 || r == nil {
		return d.Virtuals
	}
	return slices.DeleteFunc(slices.Clone(languageNames), func(name string) bool { return !mayProvide(r, name) })
}

// notePropagation looks at the whole request before anything is encoded: which packages' flags it mentions, and what it propagates.
func (e *encoder) notePropagation() {
	e.ownFlags, e.spreading = map[packageFlag]bool{}, map[string]bool{}
	var note func(s *spec.Spec, request bool)
	note = func(s *spec.Spec, request bool) {
		for _, f := range s.Flags {
			if request {
				e.ownFlags[packageFlag{s.Name, f.Type}] = true
			}
		}
		for _, v := range s.Variants {
			e.spreading[v.Name] = e.spreading[v.Name] || v.Propagate
		}
		for _, d := range s.Deps {
			note(d.Spec, request)
		}
	}
	for i := range e.req.Roots {
		note(e.req.Roots[i].Spec, true)
	}
	for _, p := range append([]packages.PackageConfig{e.req.Config.All}, sortedValues(e.req.Config.Packages)...) {
		for _, r := range p.Require {
			for _, s := range r.Specs {
				note(s, false)
			}
		}
	}
}

func sortedValues[V any](m map[string]V) []V {
	var out []V
	for _, k := range sortedKeys(m) {
		out = append(out, m[k])
	}
	return out
}

// UnknownPropagatedError is a request to propagate a variant that neither the package nor anything it may need has.
type UnknownPropagatedError struct {
	Root    *Root
	Variant spec.Variant
	Nearest []string
}

func (e *UnknownPropagatedError) Error() string {
	return fmt.Sprintf("%s%s: neither %s nor anything that it may need has a variant %s%s", at(e.Root.Place), e.Variant, e.Root.Spec.Name, e.Variant.Name, didYouMean(e.Nearest))
}

// validatePropagated refuses a root's propagated variant that nothing below could have: a misspelled one, as a rule.
func (e *encoder) validatePropagated(r *Root, n *node, v spec.Variant) error {
	var names []string
	seen := map[string]bool{n.name: true}
	for queue := []string{n.name}; len(queue) > 0; queue = queue[1:] {
		p, err := e.name(queue[0])
		if err != nil {
			return err
		}
		if p.recipe == nil {
			continue
		}
		for _, d := range p.recipe.Variants {
			if d.Name == v.Name {
				return nil
			}
			if !slices.Contains(names, d.Name) {
				names = append(names, d.Name)
			}
		}
		next, err := e.possibleDependencies(queue[0])
		if err != nil {
			return err
		}
		for _, dep := range next {
			if !seen[dep] {
				seen[dep] = true
				queue = append(queue, dep)
			}
		}
	}
	return &UnknownPropagatedError{Root: r, Variant: v, Nearest: suggest.Nearest(v.Name, names, 3)}
}
