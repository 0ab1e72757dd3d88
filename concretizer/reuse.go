package concretizer

import (
	"fmt"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
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
		same := e.sat.Or(n.chosen(func(b *alternative) bool { return b.isReused() && b.node.Hash() == is.Hash() })...)
		if same == sat.False && is.External() != nil {
			var err error
			if same, err = e.fixExternal(n, is, why); err != nil {
				return err
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
	standing := n.chosen(func(b *alternative) bool { return b.isExternal() && e.stands(n.recipe, b.external, is) })
	e.clause(why, append(standing, lit.Not())...)
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
