package concretizer

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// truth is what brute force makes of a request: what the best answer costs, nil if there is none.
type truth struct {
	costs    []int
	tooLarge bool
	wrong    string            // what the concretizer makes of a part, if that is not the best
	nodes    map[string]string // where roots need not be one answer: the hash that each has, by its text
}

// bruteForce tries everything, in the meaning of unify. Which of several equally good nodes an answer holds is not for it to say: where a later part may
// use what an earlier one has found, it takes that from the concretizer, once the price is right.
func bruteForce(t *testing.T, req *Request, unify Unify, budget int) truth {
	switch unify {
	case Separately:
		return bruteParts(t, req, budget, false)
	case WhenPossible:
		return bruteParts(t, req, budget, true)
	}
	o := &oracle{t: t, req: req, budget: budget}
	o.run()
	return truth{costs: o.best, tooLarge: o.budget < 0}
}

// bruteParts takes the roots apart: each for itself, or as many together as there can be, then as many of the rest.
func bruteParts(t *testing.T, req *Request, budget int, together bool) truth {
	out := truth{nodes: map[string]string{}}
	part := *req
	found := store{}
	for left := rootsByText(req.Roots); len(left) > 0; {
		size := 1
		if together {
			size = len(left)
		}
		var best []int
		for _, roots := range subsets(left, size) {
			part.Roots = roots
			o := &oracle{t: t, req: &part, budget: budget}
			o.run()
			if o.budget < 0 {
				return truth{tooLarge: true}
			}
			if best = o.best; best != nil || !together {
				break
			}
		}
		if best == nil {
			return truth{}
		}
		s, err := concretizeSoon(part, Together)
		if err != nil || !slices.Equal(prices(s), best) {
			return truth{wrong: fmt.Sprintf("alone, these roots should cost %v: %v; they cost %v, error %v", best, rootTexts(part.Roots), prices(s), err)}
		}
		for i, r := range part.Roots {
			out.nodes[r.Spec.String()] = s.Roots[i].Hash()
		}
		out.costs = sum(out.costs, best)
		left = slices.DeleteFunc(left, func(r Root) bool { _, done := out.nodes[r.Spec.String()]; return done })
		if together {
			part.Reuse = found.with(req.Reuse, s)
		}
	}
	return out
}

func rootTexts(roots []Root) []string {
	var out []string
	for _, r := range roots {
		out = append(out, r.Spec.String())
	}
	return out
}

// rootsByText puts roots into the order that decides between parts of the same size; what is asked for twice is there once.
func rootsByText(roots []Root) []Root {
	byText := map[string]Root{}
	for _, r := range roots {
		byText[r.Spec.Name+" "+r.Spec.String()] = r
	}
	var out []Root
	for _, text := range sortedKeys(byText) {
		out = append(out, byText[text])
	}
	return out
}

// subsets lists the parts of up to that many roots, the largest first, and of those of one size the ones with the first roots first.
func subsets(list []Root, size int) [][]Root {
	var out [][]Root
	var choose func(chosen, rest []Root, more int)
	choose = func(chosen, rest []Root, more int) {
		if more == 0 {
			out = append(out, slices.Clone(chosen))
			return
		}
		for i := range rest {
			choose(append(chosen, rest[i]), rest[i+1:], more-1)
		}
	}
	for ; size > 0; size-- {
		choose(nil, list, size)
	}
	return out
}

// with adds to what was found, for later parts, what an answer would build, and offers all of it besides what existed before.
func (s store) with(before Reusable, answer *Solution) store {
	var visit func(n *dag.Node)
	visit = func(n *dag.Node) {
		reused := answer.Reused[n.Hash()]
		known := slices.ContainsFunc(s[n.Name()], func(o *dag.Node) bool { return o.Hash() == n.Hash() })
		if !reused && !known && n.External() == nil {
			s[n.Name()] = append(s[n.Name()], n)
		}
		for _, e := range n.Edges() {
			if !reused || e.Types&(spec.Link|spec.Run) != 0 { // what something was built with is gone
				visit(e.To)
			}
		}
	}
	for _, n := range answer.Roots {
		visit(n)
	}
	all := store{}
	for name, list := range s {
		all[name] = slices.Clone(list)
	}
	if old, ok := before.(store); ok {
		for name, list := range old {
			for _, n := range list {
				if !slices.ContainsFunc(all[name], func(o *dag.Node) bool { return o.Hash() == n.Hash() }) {
					all[name] = append(all[name], n)
				}
			}
		}
	}
	return all
}

func sum(a, b []int) []int {
	out := slices.Clone(b)
	for i := range a {
		out[i] += a[i]
	}
	return out
}

// sameRoots tells whether an answer of several parts has the roots that it should.
func (b *truth) sameRoots(req *Request, s *Solution) bool {
	for i, r := range req.Roots {
		if want, ok := b.nodes[r.Spec.String()]; ok && s.Roots[i].Hash() != want {
			return false
		}
	}
	return true
}

// TestSubsets: the order in which roots count does not depend on the request's, and large parts come first.
func TestSubsets(t *testing.T) {
	var req Request
	for _, name := range []string{"c1", "a1", "b1", "a1"} {
		req.Roots = append(req.Roots, Root{Spec: spec.MustParse(name)})
	}
	got := ""
	for _, roots := range subsets(rootsByText(req.Roots), 3) {
		for _, r := range roots {
			got += r.Spec.Name
		}
		got += " "
	}
	if want := "a1b1c1 a1b1 a1c1 b1c1 a1 b1 c1 "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// solveOnly tells whether a request has an answer, and which, without explaining why there is none.
func solveOnly(ctx context.Context, req Request, unify Unify) (*Solution, error) {
	if unify == Together || unify == "" {
		s, err := search(ctx, &req)
		return s, err
	}
	return ConcretizeAll(ctx, req, unify)
}
