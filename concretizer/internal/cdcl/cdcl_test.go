package cdcl

import (
	"context"
	"math/rand"
	"slices"
	"testing"
)

// problem is clauses over few variables, so that all assignments can be tried.
type problem struct {
	vars    int
	clauses [][]Lit
}

func holds(l Lit, bits int) bool { return (bits>>(l>>1-1)&1 == 1) == (l&1 == 0) }

func (p *problem) possible(assumed []Lit) bool {
	for bits := range 1 << p.vars {
		if p.holds(bits) && !slices.ContainsFunc(assumed, func(l Lit) bool { return !holds(l, bits) }) {
			return true
		}
	}
	return false
}

func (p *problem) holds(bits int) bool {
	for _, c := range p.clauses {
		if !slices.ContainsFunc(c, func(l Lit) bool { return holds(l, bits) }) {
			return false
		}
	}
	return true
}

func (p *problem) fixed(l Lit) bool { return !p.possible([]Lit{l.Not()}) }

// randomLits draws literals of different variables.
func randomLits(r *rand.Rand, vars, n int) []Lit {
	var out []Lit
	for _, v := range r.Perm(vars)[:min(n, vars)] {
		out = append(out, Lit(2*(v+1)+r.Intn(2)))
	}
	return out
}

// TestAgainstAllAssignments lets a problem grow between solves under changing assumptions, as the concretizer does, and tries all assignments after each.
func TestAgainstAllAssignments(t *testing.T) {
	for seed := range int64(2000) {
		r := rand.New(rand.NewSource(seed))
		s, p := New(), &problem{}
		s.limit, s.good, s.more = 3, 0, 1 // so that much is forgotten
		var assumed []Lit
		for step := range 30 {
			for p.vars < 10 && (p.vars < 3 || r.Intn(3) == 0) {
				p.vars++
				if l := s.NewVariable(); r.Intn(2) == 0 {
					s.Expect(l ^ Lit(r.Intn(2)))
				}
			}
			for range r.Intn(5) {
				c := randomLits(r, p.vars, 1+r.Intn(2)*r.Intn(2)+r.Intn(4))
				if len(c) == 1 && r.Intn(3) > 0 {
					continue
				}
				p.clauses = append(p.clauses, c)
				s.Add(c...)
			}
			if r.Intn(2) == 0 { // else some of the last ones go and others come
				assumed = nil
			} else if len(assumed) > 0 {
				at := r.Intn(len(assumed))
				assumed = slices.Delete(assumed, at, at+1)
			}
			assumed = append(assumed, randomLits(r, p.vars, r.Intn(4))...)
			if r.Intn(4) == 0 {
				checkFixed(t, s, p)
			}
			checkSolve(t, s, p, assumed)
			if t.Failed() {
				t.Fatalf("seed %d, step %d", seed, step)
			}
			if s.Contradictory() {
				break
			}
		}
	}
}

func checkSolve(t *testing.T, s *Solver, p *problem, assumed []Lit) {
	t.Helper()
	ok, err := s.Solve(context.Background(), assumed)
	if err != nil {
		t.Fatal(err)
	}
	if want := p.possible(assumed); ok != want {
		t.Errorf("%v under %v: %v", p.clauses, assumed, ok)
		return
	}
	if ok {
		bits := 0
		for v := 1; v <= p.vars; v++ {
			if s.Value(Lit(2 * v)) {
				bits |= 1 << (v - 1)
			}
		}
		if !p.holds(bits) || slices.ContainsFunc(assumed, func(l Lit) bool { return !s.Value(l) }) {
			t.Errorf("%v under %v: no model: %b", p.clauses, assumed, bits)
		}
		return
	}
	core := s.Core()
	if slices.ContainsFunc(core, func(l Lit) bool { return !slices.Contains(assumed, l) }) || p.possible(core) {
		t.Errorf("%v under %v: no core: %v", p.clauses, assumed, core)
	}
	if (len(core) == 0) != !p.possible(nil) && s.Contradictory() {
		t.Errorf("%v under %v: core %v, contradictory %v", p.clauses, assumed, core, s.Contradictory())
	}
}

func checkFixed(t *testing.T, s *Solver, p *problem) {
	t.Helper()
	var lits []Lit
	for v := 1; v <= p.vars; v++ {
		lits = append(lits, Lit(2*v), Lit(2*v+1))
	}
	anew := New()
	for range p.vars {
		anew.NewVariable()
	}
	for _, c := range p.clauses {
		anew.Add(c...)
	}
	atLeast, fixed := anew.Fixed(lits), s.Fixed(lits)
	for i, value := range fixed {
		if value == 0 && atLeast[i] != 0 && !s.Contradictory() {
			t.Errorf("%v: fixed(%d) is not seen", p.clauses, lits[i])
		}
		if value == 1 && !p.fixed(lits[i]) || value == -1 && !p.fixed(lits[i].Not()) {
			t.Errorf("%v: fixed(%d) = %d", p.clauses, lits[i], value)
		}
	}
}

// pigeons wants each of n pigeons in one of n-1 holes, none shared: short to say, and long to refute.
func pigeons(s *Solver, n int) {
	in := make([][]Lit, n)
	for i := range in {
		for range n - 1 {
			in[i] = append(in[i], s.NewVariable())
		}
		s.Add(in[i]...)
	}
	for hole := range n - 1 {
		for i := range n {
			for k := range i {
				s.Add(in[i][hole].Not(), in[k][hole].Not())
			}
		}
	}
}

func TestPigeons(t *testing.T) {
	s := New()
	s.limit = 0
	pigeons(s, 8)
	ok, err := s.Solve(context.Background(), nil)
	if ok || err != nil || !s.Contradictory() || len(s.Core()) != 0 {
		t.Error(ok, err, s.Contradictory(), s.Core())
	}
	if s.conflicts < 1000 || len(s.learnts) > s.conflicts/2 || 2*s.waste > len(s.arena) {
		t.Errorf("of %d learnt clauses %d were kept, in %d words, of which %d are waste", s.conflicts, len(s.learnts), len(s.arena), s.waste)
	}
}

func TestCancelled(t *testing.T) {
	s := New()
	pigeons(s, 12)
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	if ok, err := s.Solve(afterCalls{ctx, &calls, cancel}, nil); ok || err == nil {
		t.Error(ok, err)
	}
	if s.Contradictory() {
		t.Error("a search that was broken off says nothing")
	}
}

// afterCalls is a context that is cancelled after it was asked three times.
type afterCalls struct {
	context.Context
	calls  *int
	cancel func()
}

func (c afterCalls) Err() error {
	if *c.calls++; *c.calls == 3 {
		c.cancel()
	}
	return c.Context.Err()
}
