package concretizer

import (
	"context"
	"maps"
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/spec"
)

// Repair implements opt.Problem. Three rules are rarely broken by a model that satisfies the clauses, so they are written
// only when one is: dependencies do not run in circles, what a request wants below a root hangs below that very root, and the
// link and run dependencies of a tool in its second configuration hold one configuration of each package.
func (e *encoder) Repair(context.Context) (bool, error) {
	out := e.activeEdges()
	why := e.rule("cycle", &CycleCause{})
	if cycle := e.findCycle(out); cycle != nil && e.inForce(why) {
		e.forbidCycles(cycle, why)
		return true, nil
	}
	if e.cutUnreached(out) {
		return true, nil
	}
	return e.cutMixedTools(out), nil
}

// activeEdges lists, for each node of the model by its place in the order, its edges that hold.
func (e *encoder) activeEdges() [][]*edge {
	out := make([][]*edge, len(e.order))
	for _, n := range e.order {
		if !n.expanded || !e.sat.Value(n.lit) {
			continue
		}
		for _, en := range n.edges {
			if e.sat.Value(en.lit) {
				out[n.at] = append(out[n.at], en)
			}
		}
	}
	return out
}

// findCycle returns the nodes of a circle of edges, nil if there is none.
func (e *encoder) findCycle(out [][]*edge) []*node {
	const (
		open = 1
		done = 2
	)
	state := make([]byte, len(out))
	var path []*node
	var visit func(n *node) []*node
	visit = func(n *node) []*node {
		state[n.at] = open
		path = append(path, n)
		for _, en := range out[n.at] {
			switch state[en.to.at] {
			case open:
				return slices.Clone(path[slices.Index(path, en.to):])
			case done:
				continue
			}
			if c := visit(en.to); c != nil {
				return c
			}
		}
		path = path[:len(path)-1]
		state[n.at] = done
		return nil
	}
	for _, n := range e.order {
		if state[n.at] == 0 && out[n.at] != nil {
			if c := visit(n); c != nil {
				return c
			}
		}
	}
	return nil
}

// sortedNodes lists the nodes that are the keys of a map, in order.
func sortedNodes[V any](m map[*node]V) []*node {
	return slices.SortedFunc(maps.Keys(m), func(a, b *node) int { return compareKeys(a.nodeKey, b.nodeKey) })
}

// forbidCycles writes that the possible edges among the nodes that can be in a circle with the given ones run in none. The
// encoding eliminates vertices one by one, the one with the fewest neighbours first: each pair of its in- and outgoing
// edges becomes an edge past it, and two edges that face each other exclude each other. It stays small on sparse graphs.
func (e *encoder) forbidCycles(cycle []*node, why Cause) {
	arcs := e.arcsAround(cycle[0])
	real := map[sat.Lit]bool{}
	for _, m := range arcs {
		for _, lit := range m {
			real[lit] = true
		}
	}
	for len(arcs) > 0 {
		v := fewestNeighbours(arcs)
		var ins []*node
		for _, u := range sortedNodes(arcs) {
			if arcs[u][v] != 0 {
				ins = append(ins, u)
			}
		}
		outs := sortedNodes(arcs[v])
		for _, u := range ins {
			if back := arcs[v][u]; back != 0 {
				e.clause(why, arcs[u][v].Not(), back.Not())
			}
			for _, w := range outs {
				if u == w {
					continue
				}
				past := arcs[u][w]
				if past == 0 {
					past = e.sat.Lit()
					arcs[u][w] = past
				} else if real[past] {
					// The arc that is there is a real edge's: what goes past v must not make that edge hold.
					fresh := e.sat.Lit()
					e.sat.Add(past.Not(), fresh)
					arcs[u][w], past = fresh, fresh
				}
				e.sat.Add(arcs[u][v].Not(), arcs[v][w].Not(), past)
			}
		}
		delete(arcs, v)
		for _, u := range ins {
			delete(arcs[u], v)
		}
	}
}

// arcsAround collects the possible edges within the strongly connected component of a node, over all that is encoded. Each pair of
// nodes has one literal.
func (e *encoder) arcsAround(start *node) map[*node]map[*node]sat.Lit {
	forward := reachable(start, func(n *node) []*node {
		var next []*node
		for _, en := range n.edges {
			next = append(next, en.to)
		}
		return next
	})
	backward := reachable(start, func(n *node) []*node {
		var next []*node
		for _, en := range n.dependents {
			next = append(next, en.from)
		}
		return next
	})
	arcs := map[*node]map[*node]sat.Lit{}
	for _, n := range e.order {
		if !forward[n] || !backward[n] {
			continue
		}
		lits := map[*node][]sat.Lit{}
		for _, en := range n.edges {
			if forward[en.to] && backward[en.to] {
				lits[en.to] = append(lits[en.to], en.lit)
			}
		}
		arcs[n] = map[*node]sat.Lit{}
		for _, en := range n.edges {
			if list := lits[en.to]; list != nil && arcs[n][en.to] == 0 {
				arcs[n][en.to] = e.sat.Or(list...)
			}
		}
	}
	return arcs
}

func reachable(start *node, next func(*node) []*node) map[*node]bool {
	seen := map[*node]bool{start: true}
	for queue := []*node{start}; len(queue) > 0; queue = queue[1:] {
		for _, m := range next(queue[0]) {
			if !seen[m] {
				seen[m] = true
				queue = append(queue, m)
			}
		}
	}
	return seen
}

func fewestNeighbours(arcs map[*node]map[*node]sat.Lit) *node {
	degree := map[*node]int{}
	for u, m := range arcs {
		for v := range m {
			degree[u]++
			degree[v]++
		}
	}
	return slices.MinFunc(sortedNodes(arcs), func(a, b *node) int { return degree[a] - degree[b] })
}

// cutUnreached: where a root wants something below it that the model has elsewhere only, or not as it is wanted, that must
// change, or some edge must lead out of what the root reaches.
func (e *encoder) cutUnreached(out [][]*edge) bool {
	added := false
	for _, rn := range e.roots {
		for i := range rn.below {
			r := &rn.below[i]
			need := e.rule("need "+r.name, &NeedCause{Package: r.name})
			if !e.inForce(r.why) || !e.inForce(need) || !e.sat.Value(r.guard) || e.met(r, out) {
				continue
			}
			added = true
			if r.cuts++; r.cuts > maxCuts && r.below == nil {
				e.writeBelow(r, need)
			} else {
				e.cut(r, out, need)
			}
		}
	}
	return added
}

// hangsBelow collects what a root links to or runs, at any depth, and besides that what these are built with: what ^ is about.
func hangsBelow(root *node, out [][]*edge) (linked, all nodeSet) {
	linked = make(nodeSet, len(out))
	linked.grow(root, func(n *node) []*edge { return out[n.at] }, func(en *edge) *node { return en.to })
	all = slices.Clone(linked)
	for at, in := range linked {
		if in {
			for _, en := range out[at] {
				all[en.to.at] = true
			}
		}
	}
	return linked, all
}

// nodeSet holds nodes by their places in the order.
type nodeSet []bool

// grow adds a node and all that is reached from it along edges that link or run, one way or the other.
func (s nodeSet) grow(start *node, edges func(*node) []*edge, end func(*edge) *node) {
	s[start.at] = true
	for queue := []*node{start}; len(queue) > 0; queue = queue[1:] {
		for _, en := range edges(queue[0]) {
			if m := end(en); en.types&(spec.Link|spec.Run) != 0 && !s[m.at] {
				s[m.at] = true
				queue = append(queue, m)
			}
		}
	}
}

// met tells whether the model has what a root wants below it.
func (e *encoder) met(r *reach, out [][]*edge) bool {
	_, all := hangsBelow(r.root, out)
	for i, n := range r.nodes {
		if n != r.root && all[n.at] && e.sat.Value(r.lits[i]) {
			return true
		}
	}
	return false
}

// cut demands that one of the nodes that hang below the root is as it is wanted, or that an edge leads to others.
func (e *encoder) cut(r *reach, out [][]*edge, need Cause) {
	linked, all := hangsBelow(r.root, out)
	wanted := e.sat.Lit()
	e.clause(r.why, r.guard.Not(), wanted)
	ways := []sat.Lit{wanted.Not()}
	for i, n := range r.nodes {
		if n != r.root && all[n.at] {
			ways = append(ways, r.lits[i])
		}
	}
	for _, n := range e.order {
		if !linked[n.at] {
			continue
		}
		for _, en := range n.edges {
			if !all[en.to.at] || !linked[en.to.at] && en.types&(spec.Link|spec.Run) != 0 {
				ways = append(ways, en.lit)
			}
		}
	}
	// A compiler that is encoded later may bring further edges; the clause must not bind then.
	if e.compilers.more != sat.False {
		ways = append(ways, e.compilers.more)
	}
	e.clause(need, ways...)
}

// cutMixedTools: what a tool links to and runs is one configuration of each package, as for the roots.
func (e *encoder) cutMixedTools(out [][]*edge) bool {
	var users [][]*edge // per node: the edges of the model that lead to it
	for _, second := range e.order {
		if second.slot == 0 || !e.sat.Value(second.lit) {
			continue
		}
		why := e.rule("single "+second.name, &SingleCause{Package: second.name})
		if !e.inForce(why) {
			continue
		}
		if users == nil {
			users = turned(out)
		}
		if e.mixed(second, users) {
			e.separate(second.name, why)
			return true
		}
	}
	return false
}

// turned lists the edges that lead to each node.
func turned(out [][]*edge) [][]*edge {
	users := make([][]*edge, len(out))
	for _, list := range out {
		for _, en := range list {
			users[en.to.at] = append(users[en.to.at], en)
		}
	}
	return users
}

// mixed tells whether anything links to or runs both a node and the same package in a lower slot.
func (e *encoder) mixed(second *node, users [][]*edge) bool {
	above := func(n *node) nodeSet {
		set := make(nodeSet, len(users))
		set.grow(n, func(n *node) []*edge { return users[n.at] }, func(en *edge) *node { return en.from })
		return set
	}
	ofSecond := above(second)
	for slot := range second.slot {
		first := e.nodes[nodeKey{second.name, slot}]
		if first == nil || !e.sat.Value(first.lit) {
			continue
		}
		for at, uses := range above(first) {
			if uses && ofSecond[at] {
				return true
			}
		}
	}
	return false
}

// apart is what is written to keep two configurations of a package apart.
type apart struct {
	uses map[*node]*[maxSlots]sat.Lit // that a node links to or runs that configuration, at any depth
	done map[*edge]bool
}

// separate writes, for all that is encoded, that nothing links to or runs two configurations of a package: what something links to uses, it uses itself, and
// none uses both. (To forbid one way at a time would take as many rounds as there are ways.)
func (e *encoder) separate(name string, why Cause) {
	p := e.apart[name]
	if p == nil {
		p = &apart{uses: map[*node]*[maxSlots]sat.Lit{}, done: map[*edge]bool{}}
		e.apart[name] = p
	}
	uses := func(n *node) *[maxSlots]sat.Lit {
		u := p.uses[n]
		if u == nil {
			u = &[maxSlots]sat.Lit{}
			for slot := range u {
				u[slot] = e.sat.Lit()
				if n.name == name && n.slot == slot {
					u[slot] = sat.True
				}
				for before := range slot {
					e.clause(why, u[before].Not(), u[slot].Not())
				}
			}
			p.uses[n] = u
		}
		return u
	}
	for _, n := range e.order {
		for _, en := range n.edges {
			if p.done[en] || en.types&(spec.Link|spec.Run) == 0 {
				continue
			}
			p.done[en] = true
			from, to := uses(n), uses(en.to)
			for slot := range from {
				e.clause(why, en.lit.Not(), to[slot].Not(), from[slot])
			}
		}
	}
}
