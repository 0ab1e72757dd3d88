package sat

import (
	"context"
	"errors"
	"math/rand"
	"slices"
	"testing"
	"time"
)

var bg = context.Background()

func mustSolve(t *testing.T, s *Solver, assume ...Lit) bool {
	t.Helper()
	ok, err := s.Solve(bg, assume)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestContradictionWithoutAssumptionsStays(t *testing.T) {
	s := New()
	a, b := s.Lit(), s.Lit()
	s.Add(a, b)
	s.Add(a.Not(), b)
	s.Add(a, b.Not())
	if !mustSolve(t, s) {
		t.Fatal("a and b should hold")
	}
	s.Add(a.Not(), b.Not())
	mustSolve(t, s)
	for range 3 {
		if mustSolve(t, s, a) || len(s.Core()) != 0 || !s.Contradictory() {
			t.Fatalf("contradictory clauses: core %v", s.Core())
		}
		s.Add(s.Lit(), s.Lit())
		s.Fixed([]Lit{a})
	}
}

func TestEmptyClauseContradicts(t *testing.T) {
	s := New()
	s.Add(False)
	if mustSolve(t, s) || !s.Contradictory() {
		t.Fatal("the empty clause holds")
	}
}

func TestModelOutlivesNextClause(t *testing.T) {
	s := New()
	a, b := s.Lit(), s.Lit()
	s.Add(a)
	s.Add(b.Not())
	mustSolve(t, s)
	c := s.Lit()
	s.Add(c, b)
	if !s.Value(a) || s.Value(b) || s.Value(a.Not()) || !s.Value(b.Not()) || s.Known(c) || s.Value(c) || !s.Value(c.Not()) {
		t.Error("the copied model changed")
	}
}

func TestCoreHoldsAssumptionsOnly(t *testing.T) {
	s := New()
	a, b, c, d := s.Lit(), s.Lit(), s.Lit(), s.Lit()
	s.Add(a.Not(), c)
	s.Add(b.Not(), c.Not())
	if mustSolve(t, s, d, a, b) {
		t.Fatal("a and b contradict")
	}
	core := slices.Clone(s.Core())
	slices.Sort(core)
	if !slices.Equal(core, []Lit{a, b}) {
		t.Errorf("core %v, want %v", core, []Lit{a, b})
	}
	if mustSolve(t, s, a, False) || !slices.Equal(s.Core(), []Lit{False}) {
		t.Errorf("assuming False: core %v", s.Core())
	}
	if !mustSolve(t, s, a, d, True, a) {
		t.Error("a alone is possible")
	}
	if mustSolve(t, s, a, a.Not()) {
		t.Error("a and not a")
	}
	if !mustSolve(t, s) || s.Contradictory() {
		t.Error("a failed assumption must not contradict the clauses")
	}
}

func TestFixed(t *testing.T) {
	s := New()
	a, b, c := s.Lit(), s.Lit(), s.Lit()
	s.Add(a)
	s.Add(a.Not(), b.Not())
	if got := s.Fixed([]Lit{a, b, c, a.Not(), True, False}); !slices.Equal(got, []int8{1, -1, 0, -1, 1, -1}) {
		t.Errorf("fixed: %v", got)
	}
	mustSolve(t, s, c)
	if got := s.Fixed([]Lit{c}); got[0] != 0 {
		t.Error("an assumption is not fixed")
	}
	mustSolve(t, s, b)
	if got := s.Fixed([]Lit{a, b}); !slices.Equal(got, []int8{1, -1}) {
		t.Errorf("fixed after a failed solve: %v", got)
	}
}

func TestGates(t *testing.T) {
	s := New()
	a, b, c := s.Lit(), s.Lit(), s.Lit()
	if s.And(a, b) != s.And(b, a, True, a) || s.Or(a, b) != s.Or(b, a) || s.And() != True || s.Or() != False || s.And(c) != c {
		t.Error("equal gates are not shared")
	}
	if s.And(a, b, a.Not()) != False || s.Or(a, a.Not()) != True || s.Or(a, True) != True {
		t.Error("constant gates are not folded")
	}
	g, h := s.And(a, b, c), s.Or(a, b, c)
	for bits := range 8 {
		lit := func(l Lit, on bool) Lit {
			if on {
				return l
			}
			return l.Not()
		}
		mustSolve(t, s, lit(a, bits&1 != 0), lit(b, bits&2 != 0), lit(c, bits&4 != 0))
		if s.Value(g) != (bits == 7) || s.Value(h) != (bits != 0) {
			t.Errorf("%03b: and %v, or %v", bits, s.Value(g), s.Value(h))
		}
	}
}

func TestTotalizerAndAtMostOneCount(t *testing.T) {
	for n := 1; n <= 9; n++ {
		s := New()
		var in []Lit
		for range n {
			in = append(in, s.Lit())
		}
		tot := s.NewTotalizer(in)
		amo := New()
		var amoIn []Lit
		for range n {
			amoIn = append(amoIn, amo.Lit())
		}
		amo.AtMostOne(amoIn)
		for k := n; k >= 1; k-- {
			tot.AtLeast(k)
		}
		for bits := range 1 << n {
			var assume, assumeAMO []Lit
			count := 0
			for i := range n {
				l, m := in[i], amoIn[i]
				if bits&(1<<i) == 0 {
					l, m = l.Not(), m.Not()
				} else {
					count++
				}
				assume, assumeAMO = append(assume, l), append(assumeAMO, m)
			}
			if mustSolve(t, amo, assumeAMO...) != (count <= 1) {
				t.Fatalf("at most one of %d: %b", n, bits)
			}
			for k := 1; k <= n; k++ {
				if got := mustSolve(t, s, append(assume, tot.AtLeast(k).Not())...); got != (count < k) {
					t.Fatalf("%d of %d, at least %d", count, n, k)
				}
			}
		}
	}
}

// TestIncremental holds random incremental use against enumeration.
func TestIncremental(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for range 300 {
		const n = 6
		s := New()
		var vars []Lit
		for range n {
			vars = append(vars, s.Lit())
		}
		random := func() Lit {
			l := vars[rng.Intn(n)]
			if rng.Intn(2) == 0 {
				return l.Not()
			}
			return l
		}
		holds := func(l Lit, bits int) bool { return bits&(1<<(l>>1-2)) != 0 == (l&1 == 0) }
		var clauses [][]Lit
		for range 12 {
			for range 3 {
				c := []Lit{random(), random(), random()}
				clauses = append(clauses, c)
				s.Add(c...)
			}
			assume := []Lit{random(), random()}
			possible := func(assume []Lit) bool {
				for bits := range 1 << n {
					ok := true
					for _, c := range clauses {
						ok = ok && slices.ContainsFunc(c, func(l Lit) bool { return holds(l, bits) })
					}
					for _, l := range assume {
						ok = ok && holds(l, bits)
					}
					if ok {
						return true
					}
				}
				return false
			}
			got := mustSolve(t, s, assume...)
			if want := possible(assume); got != want {
				t.Fatalf("solve %v, want %v", got, want)
			}
			if got {
				for _, c := range clauses {
					if !slices.ContainsFunc(c, s.Value) {
						t.Fatal("the model breaks a clause")
					}
				}
			} else if possible(s.Core()) {
				t.Fatalf("the core %v of %v is possible", s.Core(), assume)
			}
		}
	}
}

// pigeons cannot all have a hole of their own, which takes a SAT solver exponential time to see.
func pigeons(s *Solver, holes int) {
	in := make([][]Lit, holes+1)
	for p := range in {
		for range holes {
			in[p] = append(in[p], s.Lit())
		}
		s.Add(in[p]...)
	}
	for h := range holes {
		for p := range in {
			for q := range p {
				s.Add(in[p][h].Not(), in[q][h].Not())
			}
		}
	}
}

func TestCancelledContextStopsSolve(t *testing.T) {
	s := New()
	pigeons(s, 12)
	ctx, cancel := context.WithCancel(bg)
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := s.Solve(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want %v", err, context.Canceled)
	}
	if _, err := s.Solve(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("second solve: error %v, want %v", err, context.Canceled)
	}
}
