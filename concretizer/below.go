package concretizer

import (
	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/spec"
)

// maxCuts is how many models that have what a root wants elsewhere only are ruled out one by one. Mostly there are one or two; where the wanted
// package is a tool that many others are built with, there can be thousands, and what hangs below the root is written in full.
const maxCuts = 4

// below is what a root links to or runs, at any depth, as clauses: a node does so only if another one that does links to it or runs it. As
// dependencies run in no circle, there is a way from the root.
type below struct {
	reach  *reach
	need   Cause
	linked map[*node]*belowNode
	wanted *openClause
}

// belowNode is one node: the literal that the root links to it or runs it, and the ways in which it may.
type belowNode struct {
	lit sat.Lit
	by  *openClause
}

// writeBelow writes that something wanted hangs below the root: an edge leads to it from what the root links to or runs.
func (e *encoder) writeBelow(r *reach, need Cause) {
	wanted := e.sat.Lit()
	e.clause(r.why, r.guard.Not(), wanted)
	b := &below{reach: r, need: need, linked: map[*node]*belowNode{}, wanted: e.newOpenClause(need, r.name, wanted.Not())}
	r.below = b
	e.belows = append(e.belows, b)
	for _, n := range r.nodes {
		if n == r.root {
			continue
		}
		for _, en := range n.dependents {
			e.extendWanted(b, en)
		}
	}
}

// extendWanted adds the way over an edge to something wanted.
func (e *encoder) extendWanted(b *below, en *edge) {
	for i, n := range b.reach.nodes {
		if n == en.to && n != b.reach.root {
			b.wanted.extend(e.sat.And(b.reach.lits[i], en.lit, e.linkedBelow(b, en.from)))
		}
	}
}

// linkedBelow is the literal that the root links to a node or runs it.
func (e *encoder) linkedBelow(b *below, n *node) sat.Lit {
	if n == b.reach.root {
		return sat.True
	}
	if known := b.linked[n]; known != nil {
		return known.lit
	}
	lit := e.sat.Lit()
	b.linked[n] = &belowNode{lit, e.newOpenClause(b.need, n.name, lit.Not())}
	for _, en := range n.dependents {
		e.extendLinked(b, en)
	}
	return lit
}

func (e *encoder) extendLinked(b *below, en *edge) {
	if known := b.linked[en.to]; known != nil && en.types&(spec.Link|spec.Run) != 0 {
		known.by.extend(e.sat.And(en.lit, e.linkedBelow(b, en.from)))
	}
}

// extendBelow tells all that is written in full of a new edge.
func (e *encoder) extendBelow(en *edge) {
	for _, b := range e.belows {
		e.extendLinked(b, en)
		e.extendWanted(b, en)
	}
}
