package opt

import (
	"context"
	"errors"
	"math/rand"
	"slices"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
)

// hidden is a problem whose clauses come in groups, each behind one frontier literal: until a group is encoded, its entry
// literal is assumed false.
type hidden struct {
	s      *sat.Solver
	groups []*group
	o      *Optimizer
	forbid [][]sat.Lit // rules that only Repair knows: not all of these
}

type group struct {
	entry    sat.Lit
	clauses  [][]sat.Lit
	wishes   []struct{ level, weight int }
	lits     []sat.Lit
	expanded bool
}

func (h *hidden) Frontier() []sat.Lit {
	var out []sat.Lit
	for _, g := range h.groups {
		if !g.expanded {
			out = append(out, g.entry.Not())
		}
	}
	return out
}

func (h *hidden) Expand(_ context.Context, core []sat.Lit) error {
	for _, g := range h.groups {
		if slices.Contains(core, g.entry.Not()) {
			g.expanded = true
			for _, c := range g.clauses {
				h.s.Add(c...)
			}
			for i, w := range g.wishes {
				h.o.Want(w.level, g.lits[i], w.weight)
			}
		}
	}
	return nil
}

func (h *hidden) Settled(int)               {}
func (h *hidden) Cheap(core []sat.Lit) bool { return len(core) == 1 }

func (h *hidden) Repair(context.Context) (bool, error) {
	for _, f := range h.forbid {
		if !slices.ContainsFunc(f, func(l sat.Lit) bool { return !h.s.Value(l) }) {
			not := make([]sat.Lit, len(f))
			for i, l := range f {
				not[i] = l.Not()
			}
			h.s.Add(not...)
			return true, nil
		}
	}
	return false, nil
}

// TestOptimumAgainstEnumeration draws problems with levels, hidden groups and late rules, and enumerates them.
func TestOptimumAgainstEnumeration(t *testing.T) {
	rng := rand.New(rand.NewSource(7))
	const n, levels = 8, 3
	for round := range 1500 {
		s := sat.New()
		h := &hidden{s: s}
		h.o = New(s, h, levels, nil)
		var vars []sat.Lit
		for range n {
			vars = append(vars, s.Lit())
		}
		pick := func() sat.Lit {
			l := vars[rng.Intn(n)]
			if rng.Intn(2) == 0 {
				return l.Not()
			}
			return l
		}
		var clauses, rules [][]sat.Lit
		var wishes [levels][]wish
		// Variable i is meaningful under its group's entry only: the first four are always there, the others imply an entry.
		for i := 4; i < n; i += 2 {
			g := &group{entry: vars[i]}
			s.Add(vars[i+1].Not(), vars[i])
			clauses = append(clauses, []sat.Lit{vars[i+1].Not(), vars[i]})
			for range 2 {
				c := []sat.Lit{vars[i].Not(), pick(), pick()}
				g.clauses = append(g.clauses, c)
				clauses = append(clauses, c)
			}
			for range 2 {
				w := struct{ level, weight int }{rng.Intn(levels), 1 + rng.Intn(3)}
				lit := vars[i+rng.Intn(2)].Not() // holds while the group is absent
				g.wishes, g.lits = append(g.wishes, w), append(g.lits, lit)
				wishes[w.level] = append(wishes[w.level], wish{lit, w.weight})
			}
			h.groups = append(h.groups, g)
		}
		for range 10 {
			c := []sat.Lit{pick(), pick(), pick()}
			clauses = append(clauses, c)
			s.Add(c...)
		}
		for level := range levels {
			for range 5 {
				w := wish{vars[rng.Intn(4)], 1 + rng.Intn(3)}
				if rng.Intn(2) == 0 {
					w.lit = w.lit.Not()
				}
				wishes[level] = append(wishes[level], w)
				h.o.Want(level, w.lit, w.weight)
			}
		}
		for range 2 {
			rule := []sat.Lit{pick(), pick()}
			rules = append(rules, rule)
		}
		h.forbid = rules

		var best []int
		var bestBits []int
		for bits := range 1 << n {
			holds := func(l sat.Lit) bool { return bits&(1<<(l>>1-2)) != 0 == (l&1 == 0) }
			ok := true
			for _, c := range clauses {
				ok = ok && slices.ContainsFunc(c, holds)
			}
			for _, r := range rules {
				ok = ok && slices.ContainsFunc(r, func(l sat.Lit) bool { return !holds(l) })
			}
			if !ok {
				continue
			}
			cost := make([]int, levels)
			for level := range levels {
				for _, w := range wishes[level] {
					if !holds(w.lit) {
						cost[level] += w.weight
					}
				}
			}
			switch c := slices.Compare(cost, best); {
			case best == nil || c < 0:
				best, bestBits = cost, []int{bits}
			case c == 0:
				bestBits = append(bestBits, bits)
			}
		}
		got, err := h.o.Run(context.Background())
		var unsat *Unsatisfiable
		if errors.As(err, &unsat) != (best == nil) || err != nil && unsat == nil {
			t.Fatalf("round %d: error %v, want costs %v", round, err, best)
		}
		if !slices.Equal(got, best) {
			t.Fatalf("round %d: costs %v, want %v", round, got, best)
		}
		if best == nil {
			continue
		}
		if err := h.o.Fix(context.Background(), func() []sat.Lit { return vars }); err != nil {
			t.Fatal(err)
		}
		model := 0
		for i, v := range vars {
			if s.Value(v) {
				model |= 1 << i
			}
		}
		// The first literal of the list weighs most in the fixed order: compare bit strings from variable 0.
		rank := func(bits int) int {
			r := 0
			for i := range n {
				if bits&(1<<i) == 0 {
					r |= 1 << (n - 1 - i)
				}
			}
			return r
		}
		want := slices.MinFunc(bestBits, func(a, b int) int { return rank(a) - rank(b) })
		if model != want {
			t.Fatalf("round %d: model %08b, want %08b of %d optima", round, model, want, len(bestBits))
		}
	}
}

func TestCancelledRunReturnsContextError(t *testing.T) {
	s := sat.New()
	h := &hidden{s: s}
	h.o = New(s, h, 1, nil)
	s.Add(s.Lit(), s.Lit())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := h.o.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}
