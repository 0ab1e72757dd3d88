package concretizer

import (
	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// openClause is one clause or several whose lists of ways out grow as more is encoded: "the node is needed by one of these".
// The part not known yet stands as one literal that is assumed false; when a core blames it, whatever could extend the lists
// is encoded, and if nothing can, the clause is closed.
type openClause struct {
	why    Cause
	about  string // the name that must become reachable for the lists to grow
	rows   []*openRow
	asks   func(*packages.Recipe) bool // not nil: only dependents with such a recipe make them grow
	tail   sat.Lit                     // the literal for "some way out that is not encoded yet"; 0 before the first flush
	grown  bool                        // there are ways out that no clause has yet
	met    bool                        // always holds
	closed bool
	// linkedAt is when the rest was last tied to the packages on the frontier; it need not be assumed false until more is encoded.
	linkedAt int
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
		c.tail, c.grown, c.closed, c.linkedAt = next, false, false, 0
	}
	if c.linkedAt == e.generation() {
		return 0, false
	}
	return c.tail.Not(), true
}

// linkOpen looks at the open clauses of a core. One that nothing on the frontier can extend is closed. Of another it writes
// what its unknown rest comes to at this moment: one of the packages on the frontier from which a path of possible dependencies
// leads there must be part of the answer. The next core then names those that really could, and mostly there are none.
func (e *encoder) linkOpen(core map[sat.Lit]bool) (bool, error) {
	linked := false
	for _, c := range e.open {
		if c.met || c.closed || c.tail == 0 || !core[c.tail.Not()] {
			continue
		}
		linked = true
		clause := []sat.Lit{c.tail.Not()}
		reach, err := e.reaches(c)
		if err != nil {
			return false, err
		}
		for _, n := range e.order {
			if !n.expanded && reach[n.name] {
				clause = append(clause, n.lit)
			}
		}
		if e.compilers.more != sat.False && e.compilers.provides(c.about) {
			clause = append(clause, e.compilers.more)
		}
		e.sat.Add(clause...)
		c.linkedAt = e.generation()
		c.closed = len(clause) == 1
	}
	return linked, nil
}

// generation tells whether anything was encoded since.
func (e *encoder) generation() int { return e.expanded + len(e.order) + len(e.compilers.known) }

// reaches lists the packages from which a path of possible dependencies leads to what a clause is about. A path through a package
// that is encoded needs no look: what that leads to is encoded or on the frontier itself.
func (e *encoder) reaches(c *openClause) (map[string]bool, error) {
	if err := e.growGraph(); err != nil {
		return nil, err
	}
	reach := map[string]bool{}
	for queue := []string{c.about}; len(queue) > 0; queue = queue[1:] {
		for _, up := range e.graph.users[queue[0]] {
			asks := c.asks == nil || queue[0] != c.about || c.asks(e.names[up].recipe)
			if !reach[up] && asks && !e.encoded(up) {
				reach[up] = true
				queue = append(queue, up)
			}
		}
	}
	return reach, nil
}

// encoded tells that all that a package may be part of the answer as is encoded.
func (e *encoder) encoded(name string) bool {
	for slot := range maxSlots {
		n := e.nodes[nodeKey{name, slot}]
		if slot == 0 && n == nil || n != nil && !n.expanded || n == nil && e.names[name].multi {
			return false
		}
	}
	return true
}

// graph is the possible dependencies of all packages that the frontier can reach, whatever their conditions.
type graph struct {
	seen  map[string]bool
	users map[string][]string
	nodes int // of encoder.order that were looked at
}

// growGraph reads the recipes that newer nodes can reach.
func (e *encoder) growGraph() error {
	var queue []string
	for _, n := range e.order[e.graph.nodes:] {
		queue = append(queue, n.name)
	}
	e.graph.nodes = len(e.order)
	for ; len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		if e.graph.seen[name] {
			continue
		}
		e.graph.seen[name] = true
		next, err := e.possibleDependencies(name)
		if err != nil {
			return err
		}
		for _, dep := range next {
			e.graph.users[dep] = append(e.graph.users[dep], name)
			queue = append(queue, dep)
		}
	}
	return nil
}

// possibleDependencies lists the packages and virtuals that a recipe, its externals or reusable nodes can depend on under any
// condition.
func (e *encoder) possibleDependencies(name string) ([]string, error) {
	all, _, err := e.possibleEdges(name)
	return all, err
}

// possibleEdges is possibleDependencies, with those that can be linked or run once more.
func (e *encoder) possibleEdges(name string) (all, linked []string, err error) {
	p, err := e.name(name)
	if err != nil || p.recipe == nil {
		return nil, nil, err
	}
	add := func(dep string, types spec.DepTypes) error {
		d, err := e.name(dep)
		if err != nil {
			return err
		}
		names := []string{dep}
		if d.recipe == nil {
			names = append(names, d.providers...)
		}
		all = append(all, names...)
		if types&(spec.Link|spec.Run) != 0 {
			linked = append(linked, names...)
		}
		return nil
	}
	for _, d := range dependencies(p.recipe) {
		if err := add(d.Spec.Name, d.Types); err != nil {
			return nil, nil, err
		}
	}
	for _, dep := range e.impliedDependencies(p.recipe) {
		if err := add(dep, spec.Link); err != nil {
			return nil, nil, err
		}
	}
	for _, x := range e.externals(name) {
		for _, d := range x.Dependencies {
			if d.Spec != nil {
				err = add(d.Spec.Name, d.Types)
			} else if id := e.externalByID(d.ID); id != nil {
				err = add(id.name, d.Types)
			}
			if err != nil {
				return nil, nil, err
			}
		}
	}
	for _, c := range e.candidates(name) {
		for _, edge := range c.Edges() {
			if edge.Types&(spec.Link|spec.Run) == 0 || isOwnAffair(edge) {
				continue // what it was built with, or on, is history
			}
			if err := add(edge.To.Name(), edge.Types); err != nil {
				return nil, nil, err
			}
		}
	}
	return all, linked, nil
}
