package cdcl

import (
	"context"
	"math/rand"
	"slices"
	"testing"

	"github.com/go-air/gini"
	"github.com/go-air/gini/z"
)

// other is another's solver, which begins anew each time.
func other(clauses [][]Lit, assumed []Lit) bool {
	g := gini.New()
	add := func(lits ...Lit) {
		for _, l := range lits {
			g.Add(z.Lit(l))
		}
		g.Add(z.LitNull)
	}
	for _, c := range clauses {
		add(c...)
	}
	for _, l := range assumed {
		add(l)
	}
	return g.Solve() == 1
}

// TestAgainstAnotherSolver is about problems that are too large for trying, around where random ones turn from possible to impossible.
func TestAgainstAnotherSolver(t *testing.T) {
	impossible := 0
	for seed := range int64(60) {
		r := rand.New(rand.NewSource(seed))
		s := New()
		vars := 40 + r.Intn(60)
		for range vars {
			s.NewVariable()
		}
		s.limit, s.good, s.more = r.Intn(200), r.Intn(goodLBD+1), 10
		var clauses [][]Lit
		for !s.Contradictory() && len(clauses) < 6*vars {
			for range vars / 2 {
				c := randomLits(r, vars, 3)
				clauses = append(clauses, c)
				s.Add(c...)
			}
			assumed := randomLits(r, vars, r.Intn(8))
			ok, err := s.Solve(context.Background(), assumed)
			if err != nil {
				t.Fatal(err)
			}
			if want := other(clauses, assumed); ok != want {
				t.Fatalf("seed %d: %d clauses of %d variables under %v: %v, want %v", seed, len(clauses), vars, assumed, ok, want)
			}
			if !ok {
				impossible++
				if other(clauses, s.Core()) {
					t.Fatalf("seed %d: %v is no core", seed, s.Core())
				}
				continue
			}
			for _, c := range append(clauses, oneByOne(assumed)...) {
				if !slices.ContainsFunc(c, s.Value) {
					t.Fatalf("seed %d: the model breaks %v", seed, c)
				}
			}
		}
	}
	if impossible < 100 {
		t.Errorf("only %d of the problems were impossible", impossible)
	}
}

func oneByOne(lits []Lit) (out [][]Lit) {
	for _, l := range lits {
		out = append(out, []Lit{l})
	}
	return out
}
