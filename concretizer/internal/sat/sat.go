// Package sat is an incremental SAT solver: literals, clauses, solving under assumptions, models and cores. It alone knows
// the library that does the work (gini) and keeps that library's traps to itself:
//
//   - once the clauses contradict each other without any assumption, the library must not be used again, so the Solver
//     remembers the verdict and answers by itself from then on;
//   - the conflict of a solve that failed under assumptions must be cleared before the next one, see settle;
//   - a model is lost with the next clause, so it is copied as soon as it is found;
//   - a result of "unknown" is a cancellation, never "unsatisfiable";
//   - a deadline given once stays in force for later calls, so no deadline is ever given: a solve runs beside the caller,
//     who stops it when its context ends;
//   - whenever a solve meets a variable higher than all before, the library forgets the values that variables had in earlier models and guesses all
//     anew; so variables are announced to it in large numbers, see Lit;
//   - one counter owns the variables; the library's own activation literals, whose numbers can collide with it, are not
//     used: a selector is an ordinary literal;
//   - a core is sufficient, not minimal, and may need to be reduced to the assumptions that were really made.
//
// Read sat.go (the solver), circuit.go (and, or, with equal gates shared), totalizer.go (counting).
package sat

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/go-air/gini"
	"github.com/go-air/gini/inter"
	"github.com/go-air/gini/z"
)

// Lit is a literal: a variable or its negation. The zero Lit is none.
type Lit uint32

// The constants. They are literals like any other, and simplify away in clauses and gates.
const (
	True  Lit = 2
	False Lit = 3
)

// Not is the negation.
func (l Lit) Not() Lit { return l ^ 1 }

// Solver holds clauses and answers whether they can hold together. It is not safe for concurrent use.
type Solver struct {
	gini    *gini.Gini
	vars    uint32 // the highest variable handed out
	known   uint32 // the highest variable that the library was told of
	clauses int
	dead    bool // the clauses contradict each other: the library must not be touched any more
	model   []bool
	core    []Lit
	made    map[Lit]bool // the assumptions of the last Solve
	gates   map[string]Lit
	scratch []Lit
	marks   []uint32 // per literal: the clause that has seen it, so that normalize allocates nothing
	mark    uint32
	hints   []bool // per variable: the value that the encoder expects in the answer
}

// New returns a solver without clauses.
func New() *Solver {
	s := &Solver{gini: gini.NewVc(startVars, 6*startVars), made: map[Lit]bool{}, gates: map[string]Lit{}}
	s.vars, s.known = 1, 1
	s.clauses = 1
	s.gini.Add(z.Lit(True))
	s.gini.Add(z.LitNull)
	return s
}

// startVars is for how many variables the library has room at first. It doubles its room when that is full, and decides all
// variables that it has room for, so that it costs nothing more to tell it of all of them.
const startVars = 1 << 8

// Lit returns the positive literal of a new variable.
func (s *Solver) Lit() Lit {
	s.vars++
	if s.vars > s.known {
		room := uint32(startVars + 1)
		for room <= s.vars {
			room *= 2
		}
		s.known = room - 1
		if !s.dead {
			s.addHolding(Lit(s.known << 1))
		}
	}
	return Lit(s.vars << 1)
}

// addHolding adds a clause that holds already: it is not stored, but the library learns of the literals in it, and its search begins
// anew.
func (s *Solver) addHolding(lits ...Lit) {
	s.gini.Add(z.Lit(True))
	for _, l := range lits {
		s.gini.Add(z.Lit(l))
	}
	s.gini.Add(z.LitNull)
}

// Expect notes the value that whoever encodes expects l to have in the answer. It decides nothing: gates pass it on, and
// Expected tells which parts of a problem are worth encoding at once.
func (s *Solver) Expect(l Lit) {
	if n := int(s.vars) + 1; len(s.hints) < n {
		s.hints = append(s.hints, make([]bool, 2*n-len(s.hints))...)
	}
	s.hints[l>>1] = l&1 == 0
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
	if taut || s.dead {
		return
	}
	if len(lits) == 0 {
		s.dead = true
		return
	}
	for _, l := range lits {
		s.gini.Add(z.Lit(l))
	}
	s.gini.Add(z.LitNull)
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
// assumptions are to blame. The error is the context's: the solver must not be used after one.
func (s *Solver) Solve(ctx context.Context, assumptions []Lit) (bool, error) {
	s.core = s.core[:0]
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if s.dead {
		return false, nil
	}
	clear(s.made)
	for _, l := range assumptions {
		if l == False {
			s.core = append(s.core, False)
			return false, nil
		}
		if l != True && !s.made[l] {
			s.made[l] = true
			s.gini.Assume(z.Lit(l))
		}
	}
	switch r := wait(ctx, s.gini.GoSolve()); r {
	case 1:
		s.copyModel()
		return true, nil
	case -1:
		s.copyCore()
		return false, nil
	default:
		if err := ctx.Err(); err != nil {
			s.dead = true
			return false, err
		}
		return false, fmt.Errorf("solve: unexpected result %d: %w", r, errUndecided)
	}
}

var errUndecided = errors.New("the solver gave up")

// wait polls for the result: the library offers no channel to select on. Most solves take microseconds, so it begins by
// yielding and sleeps longer and longer only when that does not do.
func wait(ctx context.Context, c inter.Solve) int {
	for i := 0; ; i++ {
		if r, done := c.Test(); done {
			return r
		}
		if ctx.Err() != nil {
			return c.Stop()
		}
		switch {
		case i < 200:
			runtime.Gosched()
		default:
			time.Sleep(min(time.Duration(i-150)*time.Microsecond, time.Millisecond))
		}
	}
}

func (s *Solver) copyModel() {
	if n := int(s.vars) + 1; cap(s.model) < n {
		s.model = make([]bool, n, 2*n)
	} else {
		s.model = s.model[:n]
	}
	top := uint32(s.gini.MaxVar())
	for v := uint32(1); v <= s.vars; v++ {
		s.model[v] = v <= top && s.gini.Value(z.Lit(v<<1))
	}
}

func (s *Solver) copyCore() {
	for _, m := range s.gini.Why(nil) {
		if l := Lit(m); s.made[l] {
			delete(s.made, l) // once each
			s.core = append(s.core, l)
		}
	}
	if len(s.core) == 0 {
		s.dead = true
		return
	}
	s.settle()
}

// settle makes the library forget the conflict of an unsatisfiable solve. Left alone, it would derive a clause from it at the
// next solve and, if that contradicts the others, go on in a broken state.
func (s *Solver) settle() { s.addHolding() }

// Value is what l is in the last model. A variable made since then is false.
func (s *Solver) Value(l Lit) bool {
	v := int(l >> 1)
	return v < len(s.model) && s.model[v] == (l&1 == 0) || v >= len(s.model) && l&1 == 1
}

// Known reports whether the last model says anything about l.
func (s *Solver) Known(l Lit) bool { return int(l>>1) < len(s.model) }

// Core returns assumptions of the last Solve that cannot hold together; empty if the clauses alone cannot. The slice is
// valid until the next Solve.
func (s *Solver) Core() []Lit { return s.core }

// Contradictory reports that the clauses alone are unsatisfiable.
func (s *Solver) Contradictory() bool { return s.dead }

// Fixed tells, for each literal, whether the clauses decide it by themselves, as far as unit propagation sees: 1 true, -1 false, 0
// open.
func (s *Solver) Fixed(lits []Lit) []int8 {
	out := make([]int8, len(lits))
	if s.dead {
		return out
	}
	r, _ := s.gini.Test(nil)
	if r != -1 {
		top := uint32(s.gini.MaxVar())
		for i, l := range lits {
			switch {
			case uint32(l>>1) > top:
			case s.gini.Value(z.Lit(l)):
				out[i] = 1
			case s.gini.Value(z.Lit(l.Not())):
				out[i] = -1
			}
		}
	}
	if u := s.gini.Untest(); r == -1 || u == -1 {
		s.dead = true
	}
	return out
}
