// Package sat is an incremental SAT solver as the concretizer uses it: clauses in any form, gates and counters over a search that knows only plain
// clauses (package cdcl).
//
//   - a selector is an ordinary literal;
//   - a core is sufficient, not minimal.
//
// Read sat.go (the solver), circuit.go (and, or, with equal gates shared), totalizer.go (counting).
package sat

import (
	"context"

	"github.com/berth-hpc/berth/concretizer/internal/cdcl"
)

// Lit is a literal: a variable or its negation. The zero Lit is none.
type Lit = cdcl.Lit

// The constants. They are literals like any other, and simplify away in clauses and gates.
const (
	True  Lit = 2
	False Lit = 3
)

// Solver holds clauses and answers whether they can hold together. It is not safe for concurrent use.
type Solver struct {
	search  *cdcl.Solver
	vars    uint32 // the highest variable handed out
	clauses int
	gates   map[string]Lit
	scratch []Lit
	marks   []uint32 // per literal: the clause that has seen it, so that normalize allocates nothing
	mark    uint32
	hints   []bool // per variable: the value that the encoder expects in the answer
}

// New returns a solver without clauses.
func New() *Solver {
	s := &Solver{search: cdcl.New(), gates: map[string]Lit{}}
	s.search.Add(s.Lit())
	s.clauses = 1
	return s
}

// Lit returns the positive literal of a new variable.
func (s *Solver) Lit() Lit {
	s.vars++
	return s.search.NewVariable()
}

// Expect notes the value that whoever encodes expects l to have in the answer. The search tries it first, gates pass it on, and
// Expected tells which parts of a problem are worth encoding at once.
func (s *Solver) Expect(l Lit) {
	if n := int(s.vars) + 1; len(s.hints) < n {
		s.hints = append(s.hints, make([]bool, 2*n-len(s.hints))...)
	}
	s.hints[l>>1] = l&1 == 0
	s.search.Expect(l)
}

// Expected reports whether l is expected to hold; without Expect, variables are expected to be false.
func (s *Solver) Expected(l Lit) bool {
	v := int(l >> 1)
	return (v == 1 || v < len(s.hints) && s.hints[v]) == (l&1 == 0)
}

// Variables counts the variables handed out.
func (s *Solver) Variables() int { return int(s.vars) }

// Clauses counts the clauses added.
func (s *Solver) Clauses() int { return s.clauses }

// Add adds the clause that at least one of lits holds. The empty clause makes everything unsatisfiable.
func (s *Solver) Add(lits ...Lit) {
	lits, taut := s.normalize(lits)
	if taut || s.search.Contradictory() {
		return
	}
	s.search.Add(lits...)
	s.clauses++
}

// normalize drops repeated and false literals, and recognises clauses that always hold.
func (s *Solver) normalize(lits []Lit) (clause []Lit, always bool) {
	if n := int(s.vars+1) * 2; len(s.marks) < n {
		s.marks = append(s.marks, make([]uint32, 2*n-len(s.marks))...)
	}
	s.mark++
	out := s.scratch[:0]
	for _, l := range lits {
		switch {
		case l == True || l != False && s.marks[l.Not()] == s.mark:
			return nil, true
		case l == False || s.marks[l] == s.mark:
			continue
		}
		s.marks[l] = s.mark
		out = append(out, l)
	}
	s.scratch = out
	return out, false
}

// Solve reports whether all clauses and assumptions can hold together. If so, Value tells the model, else Core which
// assumptions are to blame. The error is the context's.
func (s *Solver) Solve(ctx context.Context, assumptions []Lit) (bool, error) {
	return s.search.Solve(ctx, assumptions)
}

// Value is what l is in the last model. A variable made since then is false.
func (s *Solver) Value(l Lit) bool { return s.search.Value(l) }

// Known reports whether the last model says anything about l.
func (s *Solver) Known(l Lit) bool { return s.search.Known(l) }

// Core returns assumptions of the last Solve that cannot hold together; empty if the clauses alone cannot. The slice is
// valid until the next Solve.
func (s *Solver) Core() []Lit { return s.search.Core() }

// Contradictory reports that the clauses alone are unsatisfiable.
func (s *Solver) Contradictory() bool { return s.search.Contradictory() }

// Fixed tells, for each literal, whether the clauses decide it by themselves, as far as unit propagation sees: 1 true, -1 false, 0
// open.
func (s *Solver) Fixed(lits []Lit) []int8 { return s.search.Fixed(lits) }
