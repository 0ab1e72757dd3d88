package concretizer

import (
	"slices"
	"strings"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// when is the literal that a directive's condition holds for the node.
func (e *encoder) when(n *node, w packages.When) sat.Lit {
	switch len(w) {
	case 0:
		return n.lit
	case 1:
		return e.cond(n, w[0])
	}
	parts := make([]sat.Lit, len(w))
	for i, s := range w {
		parts[i] = e.cond(n, s)
	}
	return e.sat.And(parts...)
}

// cond is the literal that the node is there and is as s describes; the name in s is not looked at. Equal conditions share
// their literal. On a node that is not encoded it is a literal that implies the node, and gets its meaning later.
func (e *encoder) cond(n *node, s *spec.Spec) sat.Lit {
	if lit, ok := n.conds[s]; ok {
		return lit
	}
	text := condText(s)
	lit, ok := n.condText[text]
	switch {
	case ok:
	case text == "":
		lit = n.lit
	case n.expanded && e.ready(n, s):
		lit = e.encodeCond(n, s)
	default:
		lit = e.deferred(n, func() sat.Lit { return e.encodeCond(n, s) })
	}
	n.conds[s], n.condText[text] = lit, lit
	return lit
}

// condOn is cond for a spec that may name another package or a virtual, which is then looked for in the whole DAG: conflicts("zlib-ng").
func (e *encoder) condOn(n *node, s *spec.Spec) sat.Lit {
	if s.Name == "" || s.Name == n.name {
		return e.cond(n, s)
	}
	return e.anyDep(n, &spec.Dep{Spec: s})
}

// condText is the constraint without the name.
func condText(s *spec.Spec) string {
	text := s.String()
	full := s.Name
	if s.Namespace != "" {
		full = s.Namespace + "." + s.Name
	}
	if s.Name != "" {
		text = strings.TrimPrefix(text, full)
	}
	return strings.TrimSpace(text)
}

// ready tells whether the condition can be encoded now: one on the node's own edges must wait until these are there.
func (e *encoder) ready(n *node, s *spec.Spec) bool {
	return n.edgesDone || !slices.ContainsFunc(s.Deps, func(d spec.Dep) bool { return d.Direct })
}

// encodeCond is the conjunction of all that s says.
func (e *encoder) encodeCond(n *node, s *spec.Spec) sat.Lit {
	parts := []sat.Lit{n.lit}
	if s.Platform != "" && s.Platform != e.req.Platform {
		return sat.False
	}
	if s.OS != "" {
		parts = append(parts, e.withOS(n, s.OS))
	}
	parts = append(parts, e.inVersions(n, s.Versions))
	for _, v := range s.Variants {
		if v.Propagate {
			parts = append(parts, e.obeys(n, v))
		} else {
			parts = append(parts, e.withVariant(n, v))
		}
	}
	for _, f := range s.Flags {
		parts = append(parts, e.withFlag(n, f)...)
	}
	if !s.Target.IsAny() {
		parts = append(parts, e.withTarget(n, s.Target))
	}
	if s.Hash != "" {
		parts = append(parts, e.withHash(n, s.Hash))
	}
	for i := range s.Deps {
		if !s.Deps[i].Propagate { // a wish demands nothing
			parts = append(parts, e.withDep(n, &s.Deps[i]))
		}
	}
	return e.sat.And(parts...)
}

// withOS is the literal that a node is for that operating system: the machine's, but for reused nodes that were built on another one and fit.
func (e *encoder) withOS(n *node, os string) sat.Lit {
	other := e.sat.Or(n.chosen(func(a *alternative) bool { return (a.os == os) != (os == e.req.OS) })...)
	if os == e.req.OS {
		return other.Not()
	}
	return other
}

// withHash: the node is a reused one with that hash.
func (e *encoder) withHash(n *node, prefix string) sat.Lit {
	return e.sat.Or(n.chosen(func(a *alternative) bool { return a.isReused() && strings.HasPrefix(a.node.Hash(), prefix) })...)
}

// withDep is the literal that the node has a dependency as a spec's ^ or % describes it.
func (e *encoder) withDep(n *node, d *spec.Dep) sat.Lit {
	var lit sat.Lit
	if d.Direct {
		lit = e.directDep(n, d)
	} else {
		lit = e.anyDep(n, d)
	}
	if d.When != nil {
		return e.sat.Or(lit, e.cond(n, d.When).Not())
	}
	return lit
}

// directDep looks among the node's edges.
func (e *encoder) directDep(n *node, d *spec.Dep) sat.Lit {
	p, err := e.name(d.Spec.Name)
	if err != nil {
		return sat.False
	}
	met := map[*node][]*edge{}
	var order []*node
	for _, en := range n.edges {
		if p.recipe != nil && en.to.name != d.Spec.Name || p.recipe == nil && en.virtual != d.Spec.Name {
			continue
		}
		if met[en.to] == nil {
			order = append(order, en.to)
		}
		met[en.to] = append(met[en.to], en)
	}
	var ways []sat.Lit
	for _, to := range order {
		ways = append(ways, e.edgeWay(to, met[to], d, p.recipe == nil))
	}
	// What a reused node was built with stands in its record.
	ways = append(ways, n.chosen(func(a *alternative) bool {
		return a.isReused() && a.node.Satisfies(&spec.Spec{Deps: []spec.Dep{*d}})
	})...)
	return e.openWays(n, d, p, ways)
}

// edgeWay is the literal that one of the edges holds, leads to what d wants, and provides the virtuals that d names.
func (e *encoder) edgeWay(to *node, edges []*edge, d *spec.Dep, virtual bool) sat.Lit {
	var active []sat.Lit
	for _, en := range edges {
		active = append(active, en.lit)
	}
	parts := []sat.Lit{e.sat.Or(active...), e.ofTypes(edges, d.Types)}
	for _, v := range d.Virtuals {
		var provides []sat.Lit
		for _, en := range edges {
			if en.virtual == v {
				provides = append(provides, en.lit)
			}
		}
		parts = append(parts, e.sat.Or(provides...))
	}
	if virtual {
		parts = append(parts, e.providesKnown(to, d.Spec))
	} else {
		parts = append(parts, e.cond(to, d.Spec))
	}
	return e.sat.And(parts...)
}

// ofTypes is the literal that edges between two nodes are of all these types together.
func (e *encoder) ofTypes(edges []*edge, types spec.DepTypes) sat.Lit {
	parts := []sat.Lit{sat.True}
	for one := spec.Build; one <= spec.Test; one <<= 1 {
		if types&one == 0 {
			continue
		}
		var some []sat.Lit
		for _, en := range edges {
			if en.types&one != 0 {
				some = append(some, en.lit)
			}
		}
		parts = append(parts, e.sat.Or(some...))
	}
	return e.sat.And(parts...)
}

// typedWay is the question whether something has edges of all these types to a node.
type typedWay struct {
	types spec.DepTypes
	lit   sat.Lit
	ways  *openClause
}

// reachedAs is the literal that some node of the answer has edges of all these types to a node.
func (e *encoder) reachedAs(to *node, types spec.DepTypes) sat.Lit {
	for _, w := range to.typed {
		if w.types == types {
			return w.lit
		}
	}
	w := typedWay{types: types, lit: e.sat.Lit()}
	w.ways = e.newOpenClause(nil, to.name, w.lit.Not())
	to.typed = append(to.typed, w)
	for i, en := range to.dependents {
		e.extendTyped(w, to.dependents[:i], en)
	}
	return w.lit
}

// extendTyped adds what a new edge contributes, by itself or with one of the earlier ones from the same node.
func (e *encoder) extendTyped(w typedWay, earlier []*edge, en *edge) {
	if w.types&^en.types == 0 {
		w.ways.extend(en.lit)
		return
	}
	for _, o := range earlier {
		if o.from == en.from && w.types&^(en.types|o.types) == 0 {
			w.ways.extend(e.sat.And(o.lit, en.lit))
		}
	}
}

// openWays is the disjunction of ways; where another compiler may come to be encoded later, it can be extended.
func (e *encoder) openWays(n *node, d *spec.Dep, p *packageName, ways []sat.Lit) sat.Lit {
	lit := e.sat.Or(ways...)
	c := e.compilers
	if len(n.langs) == 0 || c.more == sat.False || p.recipe == nil && !isLanguage(d.Spec.Name) || p.recipe != nil && !c.provides(d.Spec.Name) && !packages.IsRuntime(d.Spec.Name) {
		return lit
	}
	rest := e.sat.Lit()
	e.sat.Add(rest.Not(), c.more)
	c.waiting = append(c.waiting, func() error {
		// rest was "a way that is not encoded yet"; now it is what the ways known before do not cover.
		e.sat.Equal(rest, e.sat.And(e.directDep(n, d), lit.Not()))
		return nil
	})
	return e.sat.Or(lit, rest)
}

// anyDep looks at the whole DAG: conditions on it are about what it holds, wherever it hangs.
func (e *encoder) anyDep(n *node, d *spec.Dep) sat.Lit {
	p, err := e.name(d.Spec.Name)
	if err != nil {
		return sat.False
	}
	if p.recipe == nil {
		return e.providedAnywhere(d.Spec, p)
	}
	var ways []sat.Lit
	for _, to := range e.slots(d.Spec.Name) {
		if to == n {
			continue
		}
		parts := []sat.Lit{e.cond(to, d.Spec)}
		for _, v := range d.Virtuals {
			parts = append(parts, e.provider(v, to))
		}
		ways = append(ways, e.sat.And(parts...))
	}
	return e.sat.Or(ways...)
}
