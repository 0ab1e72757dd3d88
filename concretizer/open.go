package concretizer

import (
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
)

// openClause is a clause whose list of ways out grows as more is encoded: "the node is needed by one of these". The part
// not known yet stands as one literal that is assumed false; when a core blames it, whatever could extend the list is
// encoded, and if nothing can, the clause is closed.
type openClause struct {
	why    Cause
	about  string // what must become reachable for the list to grow
	head   sat.Lit
	tail   sat.Lit   // the literal for "some way out that is not encoded yet"; 0 before the first flush
	fresh  []sat.Lit // ways out that no clause has yet
	met    bool      // always holds
	closed bool
}

func (e *encoder) newOpenClause(why Cause, about string, head sat.Lit) *openClause {
	c := &openClause{why: why, about: about, head: head}
	e.open = append(e.open, c)
	return c
}

// extend adds a way out.
func (c *openClause) extend(lit sat.Lit) {
	switch {
	case lit == sat.True:
		c.met = true
	case lit != sat.False:
		c.fresh = append(c.fresh, lit)
	}
}

// flush writes what was added since the last time, and returns the assumption under which the clause is complete.
func (c *openClause) flush(e *encoder) (sat.Lit, bool) {
	if c.met {
		return 0, false
	}
	if c.closed && len(c.fresh) == 0 {
		return 0, false
	}
	if c.tail == 0 || len(c.fresh) > 0 {
		next := e.sat.Lit()
		head := c.head
		if c.tail != 0 {
			head = c.tail.Not()
		}
		e.clause(c.why, append([]sat.Lit{head, next}, c.fresh...)...)
		c.tail, c.fresh, c.closed = next, nil, false
	}
	return c.tail.Not(), true
}

// growOpen encodes what could extend the open clauses of a core: of the packages on the frontier, those that are nearest to
// what the clause is about. If none can reach it, the clause is complete.
func (e *encoder) growOpen(core map[sat.Lit]bool) error {
	progress := false
	for _, c := range slices.Clone(e.open) {
		if c.met || c.closed || c.tail == 0 || !core[c.tail.Not()] {
			continue
		}
		near, err := e.nearest(c.about)
		if err != nil {
			return err
		}
		progress = true
		if len(near) == 0 {
			c.closed = true
			e.sat.Add(c.tail.Not())
			continue
		}
		for _, n := range near {
			if err := e.expandClosure(n); err != nil {
				return err
			}
		}
	}
	if !progress {
		return fmt.Errorf("internal error: a core names no frontier literal that is known")
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
