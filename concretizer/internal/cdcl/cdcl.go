// Package cdcl is a conflict-driven SAT solver for a problem that grows: between two solves some clauses and assumptions come and go, and
// nearly everything stays as it was. So the assignment of the last solve is kept, and taken back only as far as new clauses and assumptions
// contradict it. It follows MiniSat (watched literals, first unique implication points, assumptions), with what CaDiCaL showed to be
// good: decisions by a move-to-front queue, blocking literals, learnt clauses rated by the number of levels in them, and chronological
// backtracking: what follows from few of the decisions is added where the search stands, instead of going back to these and doing all that came after
// them again. So a literal's level may be lower than that of its neighbours on the trail.
//
// Equal calls in equal order give equal results: nothing depends on time, addresses or the order of maps.
//
// Read cdcl.go (what is kept, and the interface), search.go (the search), propagate.go (what follows), attach.go (new clauses), analyze.go
// (what is learnt from a conflict), reduce.go (what is forgotten), queue.go (which variable is decided next).
package cdcl

import (
	"context"
)

// Lit is a literal: twice the number of its variable, and one more if it is negated. The zero Lit is none.
type Lit uint32

// Not is the negation.
func (l Lit) Not() Lit { return l ^ 1 }

func (l Lit) variable() uint32 { return uint32(l >> 1) }

// Solver holds clauses and answers whether they can hold together. It is not safe for concurrent use.
type Solver struct {
	arena   []Lit     // the clauses, see clause
	watches [][]watch // per literal: the clauses that must be looked at when it becomes false
	learnts []ref
	pending []ref // clauses that are not watched yet
	units   []Lit // clauses of one literal that are not assigned yet
	dead    bool  // the clauses contradict each other

	values   []int8  // per literal: 1 true, -1 false, 0 open
	levels   []int32 // per variable, if it has a value
	reasons  []ref   // per variable, if it has a value: the clause that it follows from; 0 for decisions
	trail    []Lit   // what is true, in the order in which it came to be: what it follows from is further to the front
	head     int     // what of the trail was propagated
	decided  []decision
	late     bool // something that is true for ever came to the trail after decisions
	queue    queue
	phases   []bool // per variable: the value that it is given when it is decided
	asked    []Lit  // the assumptions of the solve at work
	askedNow []uint32
	solves   uint32
	next     int // the first of asked that may not be true yet

	seen     []bool // per variable; all false between two uses
	stack    []uint32
	learning []Lit
	bumped   []uint32
	lbdMarks []uint32 // per level
	lbdMark  uint32

	simplified int // how many variables had a value for ever when satisfied clauses were last taken out
	waste      int // words of the arena that belong to dead clauses
	limit      int // how many learnt clauses are kept
	good       int // those of so few levels are kept for ever
	more       int // how many more are kept after each time that some were forgotten
	conflicts  int
	model      []int8
	core       []Lit
}

// decision opens a level.
type decision struct {
	lit   Lit
	trail int // how long the trail was before
	next  int // what Solver.next was
}

// New returns a solver without clauses and variables.
func New() *Solver {
	s := &Solver{limit: firstLimit, good: goodLBD, more: moreLimit, lbdMarks: make([]uint32, 1)}
	s.arena = append(s.arena, 0) // so that no clause has the reference 0
	s.NewVariable()              // nor any variable the number 0
	return s
}

// NewVariable returns the positive literal of a new variable. If it comes to that, it is decided after all older ones, and to be false.
func (s *Solver) NewVariable() Lit {
	v := uint32(len(s.levels))
	s.watches = append(s.watches, nil, nil)
	s.values = append(s.values, 0, 0)
	s.levels = append(s.levels, 0)
	s.reasons = append(s.reasons, 0)
	s.phases = append(s.phases, false)
	s.askedNow = append(s.askedNow, 0, 0)
	s.seen = append(s.seen, false)
	s.queue.append(v)
	return Lit(v << 1)
}

// Expect tells which value the variable of l is given when it is decided, until a search has given it another.
func (s *Solver) Expect(l Lit) { s.phases[l.variable()] = l&1 == 0 }

// Add adds the clause that at least one of lits holds. No variable may be in it twice. The slice stays the caller's.
func (s *Solver) Add(lits ...Lit) {
	switch {
	case s.dead:
	case len(lits) == 0:
		s.dead = true
	case len(lits) == 1:
		s.units = append(s.units, lits[0])
	default:
		s.pending = append(s.pending, s.store(lits, 0))
	}
}

// Solve reports whether all clauses and assumptions can hold together. If so, Value tells the model, else Core which
// assumptions are to blame. The error is the context's.
func (s *Solver) Solve(ctx context.Context, assumptions []Lit) (bool, error) {
	s.core = s.core[:0]
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if !s.attach() {
		return false, nil
	}
	s.assume(assumptions)
	ok, err := s.search(ctx)
	if ok {
		s.model = append(s.model[:0], s.values...)
	}
	return ok, err
}

// Value is what l was in the last model. A variable made since then is false.
func (s *Solver) Value(l Lit) bool {
	if int(l) < len(s.model) {
		return s.model[l] > 0
	}
	return l&1 == 1
}

// Known reports whether the last model says anything about l.
func (s *Solver) Known(l Lit) bool { return int(l) < len(s.model) }

// Core returns assumptions of the last Solve that cannot hold together; empty if the clauses alone cannot. It need not be the smallest such set. The
// slice is valid until the next Solve.
func (s *Solver) Core() []Lit { return s.core }

// Contradictory reports that the clauses alone are unsatisfiable.
func (s *Solver) Contradictory() bool { return s.dead }

// Fixed tells, for each literal, whether the clauses decide it by themselves, as far as unit propagation sees: 1 true, -1 false, 0
// open.
func (s *Solver) Fixed(lits []Lit) []int8 {
	out := make([]int8, len(lits))
	if !s.attach() {
		return out
	}
	if s.late {
		// What follows from these may be on the trail for another reason.
		s.backtrack(0)
	}
	if s.level() == 0 {
		if s.propagate() != 0 {
			s.dead = true
			return out
		}
		s.simplify()
	}
	for i, l := range lits {
		if s.levels[l.variable()] == 0 {
			out[i] = s.values[l]
		}
	}
	return out
}

func (s *Solver) level() int { return len(s.decided) }

// ref is where a clause begins in the arena.
type ref uint32

// A clause is two words in the arena, its length and how many levels it had when it was learnt (0: it was not learnt), and then its literals. A
// clause that is not needed any more has the length 0 and, as its second word, the length that it had.
const header = 2

func (s *Solver) store(lits []Lit, lbd int) ref {
	r := ref(len(s.arena))
	s.arena = append(s.arena, Lit(len(lits)), Lit(lbd))
	s.arena = append(s.arena, lits...)
	return r
}

func (s *Solver) clause(r ref) []Lit {
	at := int(r) + header
	return s.arena[at : at+int(s.arena[r])]
}
