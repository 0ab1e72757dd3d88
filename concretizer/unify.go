package concretizer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/opt"
	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// Unify says whether the roots of a request are one answer. The names are those of env.yaml and of Spack.
type Unify string

// The ways to take several roots.
const (
	Together     Unify = "true"          // one configuration of each package in all of them
	Separately   Unify = "false"         // each root as if it had been asked for alone
	WhenPossible Unify = "when_possible" // as few answers as there can be, the largest first
)

// UnifyModes are the names of all ways.
var UnifyModes = []string{string(Together), string(Separately), string(WhenPossible)}

// ConcretizeAll solves the request in the way that unify says. Where there are several answers, the Solution holds the roots of all, and their
// costs and statistics are sums.
func ConcretizeAll(ctx context.Context, r Request, unify Unify) (*Solution, error) {
	switch unify {
	case Together, "":
		return Concretize(ctx, r)
	case Separately:
		return separately(ctx, &r)
	case WhenPossible:
		return whenPossible(ctx, &r)
	}
	return nil, fmt.Errorf("resolve: unify is true, false or when_possible, not %q", unify)
}

// answers gathers the solutions of parts of a request.
type answers struct {
	request *Request
	sum     *Solution
	byText  map[string]*dag.Node // roots that were asked for twice are one
}

func newAnswers(r *Request) *answers {
	return &answers{request: r, sum: &Solution{Reused: map[string]bool{}}, byText: map[string]*dag.Node{}}
}

// add takes in the solution of a part, asked for with these roots.
func (a *answers) add(roots []Root, s *Solution) {
	for i, root := range roots {
		a.byText[root.Spec.String()] = s.Roots[i]
	}
	for hash := range s.Reused {
		a.sum.Reused[hash] = true
	}
	if a.sum.Costs == nil {
		a.sum.Costs = make([]LevelCost, len(s.Costs))
	}
	for i, c := range s.Costs {
		a.sum.Costs[i] = LevelCost{c.Level, a.sum.Costs[i].Cost + c.Cost}
	}
	t, u := &a.sum.Stats, &s.Stats
	t.Packages, t.Variables, t.Clauses, t.Expansions = t.Packages+u.Packages, t.Variables+u.Variables, t.Clauses+u.Clauses, t.Expansions+u.Expansions
	t.Encode, t.Solve, t.Check, t.Total = t.Encode+u.Encode, t.Solve+u.Solve, t.Check+u.Check, t.Total+u.Total
}

// solution puts the roots into the request's order.
func (a *answers) solution() *Solution {
	for _, root := range a.request.Roots {
		a.sum.Roots = append(a.sum.Roots, a.byText[root.Spec.String()])
	}
	return a.sum
}

// distinct lists the roots in an order that does not depend on the request's, equal ones once.
func distinct(roots []Root) []Root {
	var out []Root
	for _, r := range sortedRoots(roots) {
		if len(out) == 0 || out[len(out)-1].Spec.String() != r.Spec.String() {
			out = append(out, *r)
		}
	}
	return out
}

func separately(ctx context.Context, r *Request) (*Solution, error) {
	all := newAnswers(r)
	for _, root := range distinct(r.Roots) {
		part := *r
		part.Roots = []Root{root}
		s, err := Concretize(ctx, part)
		if err != nil {
			return nil, err
		}
		all.add(part.Roots, s)
	}
	return all.solution(), nil
}

// whenPossible solves as many roots together as there can be, then as many of the rest, and so on. What an earlier round has found is
// there for the later ones to use.
func whenPossible(ctx context.Context, r *Request) (*Solution, error) {
	all := newAnswers(r)
	found := &overlay{below: r.Reuse, nodes: map[string][]*dag.Node{}}
	for left := distinct(r.Roots); len(left) > 0; {
		part := *r
		part.Roots = left
		if len(found.nodes) > 0 {
			part.Reuse = found
		}
		s, err := round(ctx, &part)
		if err != nil {
			return nil, err
		}
		for hash := range s.Reused {
			if found.has(hash) {
				delete(s.Reused, hash)
			}
		}
		all.add(part.Roots, s)
		found.add(s)
		left = slices.DeleteFunc(slices.Clone(left), func(l Root) bool {
			return slices.ContainsFunc(part.Roots, func(o Root) bool { return o.Spec == l.Spec })
		})
	}
	return all.solution(), nil
}

// round solves as many of a request's roots together as there can be, and leaves these in the request.
func round(ctx context.Context, r *Request) (*Solution, error) {
	s, err := search(ctx, r)
	var unsat *opt.Unsatisfiable
	if !errors.As(err, &unsat) {
		return s, err
	}
	together, err := largest(ctx, r)
	if err != nil {
		return nil, err
	}
	if len(together) == 0 {
		together = r.Roots[:1] // which has no answer even alone: the error says why
	}
	r.Roots = together
	return Concretize(ctx, *r)
}

// overlay offers what earlier rounds have found, before what exists.
type overlay struct {
	below Reusable
	nodes map[string][]*dag.Node
}

// Candidates implements Reusable.
func (o *overlay) Candidates(name string) []*dag.Node {
	list := slices.Clone(o.nodes[name])
	if o.below == nil {
		return list
	}
	for _, n := range o.below.Candidates(name) {
		if !o.has(n.Hash()) {
			list = append(list, n)
		}
	}
	return list
}

func (o *overlay) has(hash string) bool {
	for _, list := range o.nodes {
		if slices.ContainsFunc(list, func(n *dag.Node) bool { return n.Hash() == hash }) {
			return true
		}
	}
	return false
}

// add takes in what an answer builds. What something that exists was built with is no part of the answer, and may be gone.
func (o *overlay) add(s *Solution) {
	seen := map[string]bool{}
	var visit func(n *dag.Node)
	visit = func(n *dag.Node) {
		if seen[n.Hash()] {
			return
		}
		seen[n.Hash()] = true
		exists := s.Reused[n.Hash()]
		for _, e := range n.Edges() {
			if !exists || e.Types&(spec.Link|spec.Run) != 0 {
				visit(e.To)
			}
		}
		if n.External() == nil && !exists && !o.has(n.Hash()) {
			o.nodes[n.Name()] = append(o.nodes[n.Name()], n)
		}
	}
	for _, n := range s.Roots {
		visit(n)
	}
}

// largest finds the largest set of roots that have an answer together; of several, the one with the first roots. Every root is a choice,
// and the one thing wished for is that it is taken.
func largest(ctx context.Context, r *Request) ([]Root, error) {
	if len(r.Roots) == 1 {
		return r.Roots, nil
	}
	e := newEncoder(ctx, r, nil)
	if err := e.validate(); err != nil {
		return nil, err
	}
	e.taken = map[*Root]sat.Lit{}
	if err := e.addRequest(); err != nil {
		return nil, err
	}
	if err := e.opt.RunOnly(ctx, levelLeftOut); err != nil {
		var none *opt.Unsatisfiable
		if errors.As(err, &none) {
			return nil, nil
		}
		return nil, err
	}
	taken := func() []sat.Lit {
		lits := make([]sat.Lit, len(r.Roots))
		for i := range r.Roots {
			lits[i] = e.taken[&r.Roots[i]]
		}
		return lits
	}
	if err := e.opt.Fix(ctx, taken); err != nil {
		return nil, err
	}
	var together []Root
	for i, lit := range taken() {
		if e.sat.Value(lit) {
			together = append(together, r.Roots[i])
		}
	}
	return together, nil
}

// rootLit is the literal that a root is taken: always, unless roots are a choice.
func (e *encoder) rootLit(r *Root) sat.Lit {
	if e.taken == nil {
		return sat.True
	}
	if lit, ok := e.taken[r]; ok {
		return lit
	}
	lit := e.sat.Lit()
	e.sat.Expect(lit)
	e.taken[r] = lit
	e.opt.Want(levelLeftOut, lit, 1)
	return lit
}

// anyTaken is the literal that one of the roots is taken.
func (e *encoder) anyTaken(roots []*Root) sat.Lit {
	lits := make([]sat.Lit, len(roots))
	for i, r := range roots {
		lits[i] = e.rootLit(r)
	}
	return e.sat.Or(lits...)
}
