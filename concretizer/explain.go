package concretizer

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
)

// shrinkFor is how long an explanation may be made smaller. What is left then is still true, only longer than it could be.
var shrinkFor = 2 * time.Second

// explainer gives each directive a selector: a literal that switches its clauses on. A core over selectors names directives.
type explainer struct {
	solver    *sat.Solver
	selectors map[Cause]sat.Lit
	causes    map[sat.Lit]Cause
	order     []sat.Lit
	off       map[sat.Lit]bool // switched off in the solve at hand
	rules     map[any]Cause    // the causes of what is encoded in many places, one a rule
}

// inForce tells whether a rule that Repair may add binds in the solve at hand.
func (e *encoder) inForce(c Cause) bool {
	return e.explain == nil || !e.explain.off[e.explain.selector(c)]
}

// rule returns the one cause of that name, so that what is encoded time and again is one directive.
func (e *encoder) rule(name any, c Cause) Cause {
	if e.explain == nil {
		return c
	}
	if old := e.explain.rules[name]; old != nil {
		return old
	}
	e.explain.rules[name] = c
	return c
}

func (x *explainer) selector(c Cause) sat.Lit {
	lit, ok := x.selectors[c]
	if !ok {
		lit = x.solver.Lit()
		x.selectors[c] = lit
		x.causes[lit] = c
		x.order = append(x.order, lit)
	}
	return lit
}

// explain tells why the request has no answer. The error is a *Conflict unless explaining itself fails.
func explain(ctx context.Context, r *Request, first *encoder) error {
	x := &explainer{selectors: map[Cause]sat.Lit{}, causes: map[sat.Lit]Cause{}, rules: map[any]Cause{}}
	e := newEncoder(ctx, r, x)
	if err := e.addRequest(); err != nil {
		return err
	}
	for _, n := range first.order {
		if !n.expanded {
			continue
		}
		if _, err := e.name(n.name); err != nil {
			return err
		}
		if err := e.expandClosure(e.node(n.name, n.slot)); err != nil {
			return err
		}
	}
	core, ok, err := e.blame(ctx, nil, 0)
	if err != nil {
		return err
	}
	if ok {
		return &BugError{errors.New("the search found no answer, but the explanation did")}
	}
	core, err = e.shrink(ctx, core)
	if err != nil {
		return err
	}
	causes := make([]Cause, len(core))
	for i, lit := range core {
		causes[i] = x.causes[lit]
	}
	return e.tell(causes)
}

// blame solves with the directives of among (all, if it is nil) but without one, encoding more where that is to blame. It
// returns the directives that cannot hold together, or ok if they can.
func (e *encoder) blame(ctx context.Context, among []sat.Lit, without sat.Lit) (core []sat.Lit, ok bool, err error) {
	known := len(e.explain.order)
	for {
		frontier := e.Frontier()
		list := e.explain.order
		if among != nil {
			// What was encoded since the core was found belongs to it: it has not been shown to be needless.
			list = append(slices.Clone(among), e.explain.order[known:]...)
		}
		e.explain.off = map[sat.Lit]bool{}
		for _, lit := range e.explain.order {
			e.explain.off[lit] = true
		}
		var assume []sat.Lit
		for _, lit := range list {
			if lit != without {
				assume = append(assume, lit)
				e.explain.off[lit] = false
			}
		}
		ok, err := e.sat.Solve(ctx, append(assume, frontier...))
		if err != nil {
			return nil, false, err
		}
		if ok {
			if added, err := e.Repair(ctx); err != nil || !added {
				return nil, err == nil, err
			}
			continue
		}
		inFrontier := map[sat.Lit]bool{}
		for _, lit := range frontier {
			inFrontier[lit] = true
		}
		var front, rest []sat.Lit
		for _, lit := range e.sat.Core() {
			if inFrontier[lit] {
				front = append(front, lit)
			} else {
				rest = append(rest, lit)
			}
		}
		if len(front) == 0 {
			slices.Sort(rest)
			return rest, false, nil
		}
		if err := e.Expand(ctx, front); err != nil {
			return nil, false, err
		}
	}
}

// shrink drops directives one by one as long as the rest still cannot hold together. What a person can do least about is
// tried first: the rules of the concretizer, then what recipes say, and at last the request.
func (e *encoder) shrink(ctx context.Context, core []sat.Lit) ([]sat.Lit, error) {
	deadline := time.Now().Add(shrinkFor)
	slices.SortStableFunc(core, func(a, b sat.Lit) int { return weight(e.explain.causes[a]) - weight(e.explain.causes[b]) })
	for i := 0; i < len(core) && time.Now().Before(deadline); {
		smaller, ok, err := e.blame(ctx, core, core[i])
		switch {
		case err != nil:
			return nil, err
		case ok || slices.Contains(smaller, core[i]):
			i++
		default:
			var next []sat.Lit
			kept := i
			for k, lit := range core {
				if slices.Contains(smaller, lit) {
					next = append(next, lit)
				} else if k < i {
					kept--
				}
			}
			for _, lit := range smaller {
				if !slices.Contains(next, lit) {
					next = append(next, lit)
				}
			}
			core, i = next, kept
		}
	}
	return core, nil
}

// weight orders causes by how much a person is interested in them.
func weight(c Cause) int {
	switch c.(type) {
	case *NeedCause, *CycleCause, *SingleCause, *OneProviderCause, *AskedProviderCause, *TogetherCause, *ExtensionCause:
		return 0
	case *ProviderCause, *VariantCause, *ExternalCause, *ReuseCause, *NotBuildableCause:
		return 1
	case *DependencyCause:
		return 2
	case *RequestCause:
		return 4
	}
	return 3
}
