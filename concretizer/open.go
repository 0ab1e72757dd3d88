package concretizer

import (
	"errors"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
)

// openClause is one clause or several whose lists of ways out grow as more is encoded: "the node is needed by one of these".
// The part not known yet stands as one literal that is assumed false; when a core blames it, whatever could extend the lists
// is encoded, and if nothing can, the clause is closed.
type openClause struct {
	why    Cause
	about  string // the name that must become reachable for the lists to grow
	rows   []*openRow
	tail   sat.Lit // the literal for "some way out that is not encoded yet"; 0 before the first flush
	grown  bool    // there are ways out that no clause has yet
	met    bool    // always holds
	closed bool
}

// openRow is one of the clauses: the head, or one of the ways out.
type openRow struct {
	head sat.Lit
	ways []sat.Lit
}

func (e *encoder) newOpenClause(why Cause, about string, head sat.Lit) *openClause {
	c := &openClause{why: why, about: about, rows: []*openRow{{head: head}}, grown: true}
	e.open = append(e.open, c)
	return c
}

// extend adds a way out of the first row.
func (c *openClause) extend(lit sat.Lit) { c.extendRow(c.rows[0], lit) }

func (c *openClause) extendRow(r *openRow, lit sat.Lit) {
	switch {
	case lit == sat.True && len(c.rows) == 1:
		c.met = true
	case lit != sat.False:
		r.ways = append(r.ways, lit)
		c.grown = true
	}
}

// flush writes what was added since the last time, and returns the assumption under which the clause is complete.
func (c *openClause) flush(e *encoder) (sat.Lit, bool) {
	if c.met || c.closed && !c.grown {
		return 0, false
	}
	if c.grown {
		next := e.sat.Lit()
		for _, r := range c.rows {
			clause := append([]sat.Lit{r.head, next}, r.ways...)
			if c.tail != 0 {
				clause = append(clause, c.tail.Not())
			}
			e.clause(c.why, clause...)
		}
		c.tail, c.grown, c.closed = next, false, false
	}
	return c.tail.Not(), true
}

// growOpen looks at the open clauses of a core. To refute the core, one of them is enough: a clause that nothing on the
// frontier can extend is closed; if there is none, what is nearest to extend one of them is encoded, for the clause where that
// is least.
func (e *encoder) growOpen(core map[sat.Lit]bool) error {
	var least []*node
	found := false
	for _, c := range e.open {
		if c.met || c.closed || c.tail == 0 || !core[c.tail.Not()] {
			continue
		}
		near, err := e.nearest(c.about)
		if err != nil {
			return err
		}
		if len(near) == 0 && e.compilers.more != sat.False && e.compilers.provides(c.about) {
			return e.nextCompiler() // a compiler that is not offered yet may be the one that is needed
		}
		if len(near) == 0 {
			c.closed = true
			e.sat.Add(c.tail.Not())
			return nil
		}
		if !found || len(near) < len(least) {
			found, least = true, near
		}
	}
	if !found {
		return errors.New("internal error: a core names no frontier literal that is known")
	}
	for _, n := range least {
		if err := e.expandClosure(n); err != nil {
			return err
		}
	}
	return nil
}

// nearest lists the unexpanded nodes from which a path of possible dependencies leads to goal, those with the shortest path.
func (e *encoder) nearest(goal string) ([]*node, error) {
	distance, err := e.distances(goal)
	if err != nil {
		return nil, err
	}
	best := -1
	var out []*node
	for _, n := range e.order {
		d, ok := distance[n.name]
		if n.expanded || !ok || n.name == goal && d == 0 && n.slot == 0 {
			continue
		}
		if best < 0 || d < best {
			best, out = d, out[:0]
		}
		if d == best {
			out = append(out, n)
		}
	}
	return out, nil
}

// distances counts, for each package that the frontier can reach, the possible dependencies to the goal.
func (e *encoder) distances(goal string) (map[string]int, error) {
	reverse := map[string][]string{}
	seen := map[string]bool{}
	var queue []string
	for _, n := range e.order {
		if !n.expanded && !seen[n.name] {
			seen[n.name] = true
			queue = append(queue, n.name)
		}
	}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		next, err := e.possibleDependencies(name)
		if err != nil {
			return nil, err
		}
		for _, dep := range next {
			reverse[dep] = append(reverse[dep], name)
			if !seen[dep] {
				seen[dep] = true
				queue = append(queue, dep)
			}
		}
	}
	distance := map[string]int{goal: 0}
	for queue = []string{goal}; len(queue) > 0; queue = queue[1:] {
		for _, up := range reverse[queue[0]] {
			if _, ok := distance[up]; !ok {
				distance[up] = distance[queue[0]] + 1
				queue = append(queue, up)
			}
		}
	}
	return distance, nil
}

// possibleDependencies lists the packages that a recipe, its externals or reusable nodes can depend on under any condition.
func (e *encoder) possibleDependencies(name string) ([]string, error) {
	p, err := e.name(name)
	if err != nil || p.recipe == nil {
		return nil, err
	}
	var out []string
	add := func(dep string) error {
		d, err := e.name(dep)
		if err != nil {
			return err
		}
		if d.recipe != nil {
			out = append(out, dep)
		}
		if d.recipe == nil {
			out = append(append(out, dep), d.providers...)
		}
		return nil
	}
	for _, d := range dependencies(p.recipe) {
		if err := add(d.Spec.Name); err != nil {
			return nil, err
		}
	}
	for _, x := range e.externals(name) {
		for _, d := range x.Dependencies {
			if d.Spec != nil {
				err = add(d.Spec.Name)
			} else if id := e.externalByID(d.ID); id != nil {
				err = add(id.name)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	if e.req.Reuse != nil {
		for _, c := range e.req.Reuse.Candidates(name) {
			for _, edge := range c.Edges() {
				if err := add(edge.To.Name()); err != nil {
					return nil, err
				}
			}
		}
	}
	return out, nil
}
