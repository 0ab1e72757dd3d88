package concretizer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/berth-hpc/berth/concretizer/internal/check"
	"github.com/berth-hpc/berth/concretizer/internal/opt"
	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// solve is Concretize: it searches, and explains if there is nothing to find.
func solve(ctx context.Context, r *Request) (*Solution, error) {
	s, err := search(ctx, r)
	var unsat *opt.Unsatisfiable
	if errors.As(err, &unsat) {
		return nil, explain(ctx, r)
	}
	return s, err
}

// search finds the optimum. Without any, the error is an *opt.Unsatisfiable.
func search(ctx context.Context, r *Request) (*Solution, error) {
	begin := time.Now()
	e := newEncoder(ctx, r, nil)
	if err := e.validate(); err != nil {
		return nil, err
	}
	if err := e.addRequest(); err != nil {
		return nil, err
	}
	encoded := time.Now()
	costs, err := e.opt.Run(ctx)
	if err != nil {
		return nil, err
	}
	for _, list := range []func() []sat.Lit{e.canonicalNodes, e.canonical} {
		if err := e.opt.Fix(ctx, list); err != nil {
			return nil, err
		}
	}
	solved := time.Now()
	roots, reused, err := e.decode()
	if err != nil {
		return nil, err
	}
	s := &Solution{Roots: roots, Reused: reused, byDefault: e.byDefault}
	for i, c := range costs[:levelCount] {
		s.Costs = append(s.Costs, LevelCost{levelNames[i], c})
	}
	if err := verify(ctx, r, s); err != nil {
		return nil, err
	}
	end := time.Now()
	s.Stats = Stats{
		Packages: e.expanded, Variables: e.sat.Variables(), Clauses: e.sat.Clauses(), Expansions: e.expansions,
		Encode: encoded.Sub(begin), Solve: solved.Sub(encoded), Check: end.Sub(solved), Total: end.Sub(begin),
	}
	return s, nil
}

// canonicalNodes lists the first literals that are fixed one after the other once the optimum is proved, so that of several
// optima always the same is chosen: which nodes there are, by name.
func (e *encoder) canonicalNodes() []sat.Lit {
	nodes := slices.Clone(e.order)
	// Of two equal slots the first is used: the second is to be absent before it.
	slices.SortFunc(nodes, func(a, b *node) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(b.slot, a.slot)) })
	var out []sat.Lit
	for _, n := range nodes {
		if n.expanded {
			out = append(out, n.lit.Not())
		}
	}
	return out
}

// canonical lists what is fixed then: the choices of each node, the preferred one first.
func (e *encoder) canonical() []sat.Lit {
	nodes := slices.Clone(e.order)
	slices.SortFunc(nodes, func(a, b *node) int { return compareKeys(a.nodeKey, b.nodeKey) })
	var out []sat.Lit
	for _, name := range sortedKeys(e.virtuals) {
		v := e.virtuals[name]
		for _, q := range v.providers {
			if e.sat.Value(v.needed) && e.sat.Value(e.node(q, 0).lit) {
				out = append(out, v.lits[q])
			}
		}
	}
	for _, n := range nodes {
		if !n.expanded || !e.sat.Value(n.lit) {
			continue
		}
		alts := slices.Clone(n.alts)
		slices.SortFunc(alts, func(a, b *alternative) int { return cmp.Compare(a.id(), b.id()) })
		for _, a := range alts {
			out = append(out, a.lit)
		}
		for k := 1; k < len(n.ladder); k++ {
			out = append(out, n.ladder[k].Not())
		}
		names := slices.Sorted(slices.Values(n.names))
		for _, name := range names {
			v := n.variants[name]
			values := slices.Sorted(slices.Values(v.values))
			for _, x := range values {
				out = append(out, v.lits[x])
			}
		}
		for _, name := range languageNames {
			if l := n.langs[name]; l != nil {
				for _, c := range l.order {
					out = append(out, l.picks[c.nodeKey])
				}
			}
		}
		for _, name := range sortedKeys(n.second) {
			out = append(out, n.second[name].Not())
		}
		for _, name := range e.low.names {
			if lit, ok := n.target.lits[name]; ok {
				out = append(out, lit)
			}
		}
		for _, key := range n.flagList {
			out = append(out, n.flags[key].Not())
		}
	}
	return out
}

func compareKeys(a, b nodeKey) int {
	return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.slot, b.slot))
}

// BugError is an answer that the checker refused. It is a mistake of the concretizer, not of the request.
type BugError struct{ Problem error }

// Error asks for a report.
func (e *BugError) Error() string {
	return fmt.Sprintf("internal error: the answer breaks a rule, so it is not used; please report this: %v", e.Problem)
}

// Unwrap is what the checker found.
func (e *BugError) Unwrap() error { return e.Problem }

// neededByDefault lists the packages that a request needs by default, of which what they ask of others costs nothing.
func neededByDefault(ctx context.Context, r *Request) (map[string]bool, error) {
	e := newEncoder(ctx, r, nil)
	if err := e.validate(); err != nil {
		return nil, err
	}
	err := e.addRequest()
	return e.byDefault, err
}

// verify judges the answer by code that knows nothing of its making.
func verify(ctx context.Context, r *Request, s *Solution) error {
	w := newWorld(ctx, r, s)
	if err := w.Check(); ctx.Err() != nil {
		return ctx.Err() // half a check says nothing
	} else if err != nil {
		return &BugError{err}
	}
	costs := w.Costs()
	if late := ctx.Err(); late != nil {
		return late
	}
	for i, c := range costs {
		if c != s.Costs[i].Cost {
			return &BugError{fmt.Errorf("%s cost %d, not %d", levelNames[i], c, s.Costs[i].Cost)}
		}
	}
	return nil
}

func newWorld(ctx context.Context, r *Request, s *Solution) *check.World {
	byDefault := s.byDefault
	if byDefault == nil {
		byDefault, _ = neededByDefault(ctx, r)
	}
	return check.NewWorld(newProblem(ctx, r, byDefault), s.Roots, s.Reused)
}

// newProblem is the request as the checker reads it.
func newProblem(ctx context.Context, r *Request, byDefault map[string]bool) *check.Problem {
	git := gitVersions(r)
	r = withRuntimes(ctx, r)
	p := &check.Problem{
		Context: ctx, Repo: r.Repo, Config: &r.Config, Platform: r.Platform, OS: r.OS, Target: r.Target, Tests: r.Tests, GPUs: map[string][]string{}, ByDefault: byDefault,
		Providers: func(list []string, virtual string) []string { return orderProviders(list, virtual, &r.Config) },
		Versions: func(recipe *packages.Recipe, extra []spec.Version) []check.Candidate {
			alts := make([]*alternative, len(extra))
			for i, v := range extra {
				alts[i] = &alternative{version: v}
			}
			var out []check.Candidate
			for _, c := range candidates(recipe, alts, r.Config.Packages[recipe.Name].Versions, git[recipe.Name]) {
				out = append(out, check.Candidate{Version: c.version, Declared: c.decl != nil, Unasked: c.unasked})
			}
			return out
		},
	}
	for _, g := range r.GPUs {
		p.GPUs[g.Variant] = append(p.GPUs[g.Variant], g.Value)
	}
	for _, root := range r.Roots {
		p.Roots = append(p.Roots, root.Spec)
	}
	if r.Reuse != nil {
		p.Reusable = func(name string) []*dag.Node { return r.Reuse.Candidates(name) }
	}
	return p
}
