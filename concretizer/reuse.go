package concretizer

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/dag"
)

// candidates lists what exists of a package and fits this machine. It is asked for once a package: the store may have to look. C libraries and
// runtimes belong to what was built on them, and to nobody else.
func (e *encoder) candidates(name string) []*dag.Node {
	if e.req.Reuse == nil || packages.IsRuntime(name) || packages.IsLibc(name) {
		return nil
	}
	list, ok := e.existing[name]
	if !ok {
		for _, n := range e.req.Reuse.Candidates(name) {
			if e.fits(n) {
				list = append(list, n)
			}
		}
		e.existing[name] = list
	}
	return list
}

// fits tells whether what exists can be used here: it is for this platform, for a C library that is not newer than the host's and for a target
// that the machine runs, and the runtime libraries that it may need are still there. Externals are not reused: they are
// what configuration says they are; but for those that what an upstream has was built against, compilers excepted.
func (e *encoder) fits(n *dag.Node) bool {
	at := n.Attrs()
	if at.External != nil && (at.Recorded == nil || slices.ContainsFunc(at.Provides, isLanguage)) || at.Platform != e.req.Platform || !e.runs(at.Target) {
		return false
	}
	return e.fitsLibc(n) && e.fitsRuntimes(n)
}

func (e *encoder) runs(target string) bool {
	have, ok := arch.Lookup(target)
	best, ok2 := bestTarget(e.req.Target)
	return ok && ok2 && arch.Leq(have, best) || target == e.req.Target.String()
}

// stillThere tells whether a compiler that something was built with still exists, as an external or as something installed.
func (e *encoder) stillThere(compiler *dag.Node) bool {
	if compiler.External() != nil && slices.ContainsFunc(e.externals(compiler.Name()), func(x *packages.External) bool {
		v, _ := externalVersion(x)
		return samePlace(x, compiler) && v == compiler.Version()
	}) {
		return true
	}
	return e.exists(compiler)
}

// exists tells whether a node is among what can be reused.
func (e *encoder) exists(n *dag.Node) bool {
	return slices.ContainsFunc(e.req.Reuse.Candidates(n.Name()), func(o *dag.Node) bool { return o.Hash() == n.Hash() })
}

// samePlace tells whether an external of the configuration stands where a concrete one does.
func samePlace(x *packages.External, n *dag.Node) bool {
	at := n.External()
	return at != nil && at.Prefix == x.Prefix && slices.Equal(at.Modules, x.Modules)
}

// stands tells whether an external of the configuration is the one that something reused was built against: in the same place, and with
// all that is known of it. Whether it has a variant whose condition speaks of other packages, only a whole answer tells: see fixExternal.
func (e *encoder) stands(r *packages.Recipe, x *packages.External, n *dag.Node) bool {
	v, _ := externalVersion(x)
	if n.Attrs().OS != e.req.OS || !samePlace(x, n) || v != n.Version() || externalTarget(x, e.req.Target) != n.Attrs().Target {
		return false
	}
	active, open := map[string]*packages.VariantDecl{}, map[string]*packages.VariantDecl{}
	for i := range r.Variants {
		d := &r.Variants[i]
		switch {
		case slices.ContainsFunc(d.When, func(s *spec.Spec) bool { return len(s.Deps) > 0 }):
			open[d.Name] = d
		case d.When.Holds(n):
			active[d.Name] = d
		}
	}
	for _, have := range n.Attrs().Variants {
		want := []string(nil)
		if said, ok := x.Spec.Variant(have.Name); ok {
			want = slices.Sorted(slices.Values(said.Values))
		} else if d := cmp.Or(active[have.Name], open[have.Name]); d != nil {
			want = slices.Sorted(slices.Values(d.Default))
		}
		if !slices.Equal(want, have.Values) {
			return false
		}
		delete(active, have.Name)
	}
	return len(active) == 0 && len(n.Edges()) == len(x.Dependencies)
}

// fixedExternal is an external as something that may be reused was built against it.
type fixedExternal struct {
	node *dag.Node
	lit  sat.Lit // it must be this very node
}

// reusedEdge is a dependency that several concrete nodes of a package have alike, each on a node of its own.
type reusedEdge struct {
	name     string
	types    spec.DepTypes
	virtuals []string
	users    []*alternative
	to       []*dag.Node // to[i] is what users[i] depends on
}

// reusedEdges lists the dependencies that the concrete nodes of a package bring, in a fixed order.
func reusedEdges(n *node) []*reusedEdge {
	var out []*reusedEdge
	byText := map[string]*reusedEdge{}
	for _, a := range n.alts {
		if a.node == nil {
			continue
		}
		for _, d := range a.node.Edges() {
			if d.Types&(spec.Link|spec.Run) == 0 || isOwnAffair(d) {
				continue // what it was built with, or on, is history
			}
			key := fmt.Sprint(d.To.Name(), d.Types, d.Virtuals)
			r := byText[key]
			if r == nil {
				r = &reusedEdge{name: d.To.Name(), types: d.Types, virtuals: d.Virtuals}
				byText[key] = r
				out = append(out, r)
			}
			r.users, r.to = append(r.users, a), append(r.to, d.To)
		}
	}
	return out
}

// linkReused: a concrete node brings the very nodes it links to and runs.
func (e *encoder) linkReused(n *node) error {
	for _, r := range reusedEdges(n) {
		p, err := e.name(r.name)
		if err != nil {
			return err
		}
		var active []sat.Lit
		for _, a := range r.users {
			if p.recipe == nil {
				e.clause(a.why, a.lit.Not())
			}
			active = append(active, a.lit)
		}
		if p.recipe == nil {
			continue
		}
		edges, err := e.edgesOf(n, r.name, e.sat.Or(active...), r.users[0].why, r.types, r.virtuals)
		if err != nil {
			return err
		}
		for _, en := range edges {
			for i, a := range r.users {
				if err := e.sameNode(en.to, []sat.Lit{a.lit, en.lit}, r.to[i], a.why); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// sameNode: where all guards hold, the node is one that exists.
func (e *encoder) sameNode(n *node, guards []sat.Lit, is *dag.Node, why Cause) error {
	var clause []sat.Lit
	for _, g := range guards {
		clause = append(clause, g.Not())
	}
	return n.whenExpanded(func() error {
		if is.External() != nil && !slices.ContainsFunc(n.alts, func(b *alternative) bool { return b.node != nil && b.node.Hash() == is.Hash() }) {
			same, err := e.fixExternal(n, is, why)
			e.clause(why, append(clause, same)...)
			return err
		}
		same := sat.False
		for _, b := range n.alts {
			if b.node != nil && b.node.Hash() == is.Hash() {
				same = b.lit
			}
		}
		e.clause(why, append(clause, same)...)
		return nil
	})
}

// fixExternal is the literal that an external is the very node that something reused was built against. Of several such there is one.
func (e *encoder) fixExternal(n *node, is *dag.Node, why Cause) (sat.Lit, error) {
	for _, f := range n.fixed {
		if f.node.Hash() == is.Hash() {
			return f.lit, nil
		}
	}
	lit := e.sat.Lit()
	ways := []sat.Lit{lit.Not()}
	for _, b := range n.alts {
		if b.external != nil && e.stands(n.recipe, b.external, is) {
			ways = append(ways, b.lit)
		}
	}
	e.clause(why, ways...)
	for _, f := range n.fixed {
		e.clause(why, lit.Not(), f.lit.Not())
	}
	n.fixed = append(n.fixed, fixedExternal{is, lit})
	for _, name := range n.names {
		exists := n.variants[name].exists
		if _, has := is.Variant(name); !has {
			exists = exists.Not()
		}
		e.clause(why, lit.Not(), exists)
	}
	for _, d := range is.Edges() {
		for _, en := range n.edges {
			if en.to.name != d.To.Name() {
				continue
			}
			if err := e.sameNode(en.to, []sat.Lit{lit, en.lit}, d.To, why); err != nil {
				return lit, err
			}
		}
	}
	return lit, nil
}
