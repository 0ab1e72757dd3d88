package concretizer

import (
	"context"
	"errors"
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
)

// shrinkWork is how much work may go into making an explanation smaller: the sum, over all solves, of the variables that there are. It is no time, so that the
// same request is explained in the same words by machines of any speed. What is left then is still true, only longer than it could be.
var shrinkWork = 50_000_000

// explainer gives each directive a selector: a literal that switches its clauses on. A core over selectors names directives.
type explainer struct {
	solver    *sat.Solver
	selectors map[Cause]sat.Lit
	causes    map[sat.Lit]Cause
	order     []sat.Lit
	rules     map[any]Cause // the causes of what is encoded in many places, one a rule
	work      int           // done so far, see shrinkWork

	// Which directives bind in the solve at hand, see choose.
	among   map[sat.Lit]bool // nil: all
	without sat.Lit
	known   int       // of order, when they were chosen: later ones bind, too
	others  sat.Lit   // switches off what is neither in kept nor later
	kept    []sat.Lit // the first directives that were blamed
	later   int       // of order, when others was made
}

// inForce tells whether a rule that Repair may add binds in the solve at hand.
func (e *encoder) inForce(c Cause) bool {
	return e.explain == nil || e.explain.binds(c)
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

// explain tells why the request has no answer. The error is a *Conflict unless explaining itself fails. It encodes only what its own cores ask for: most of what
// the search looked at is not to blame.
func explain(ctx context.Context, r *Request) error {
	x := &explainer{selectors: map[Cause]sat.Lit{}, causes: map[sat.Lit]Cause{}, rules: map[any]Cause{}}
	e := newEncoder(ctx, r, x)
	if err := e.addRequest(); err != nil {
		return err
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
	x := e.explain
	x.choose(among, without)
	for {
		frontier := e.Frontier()
		x.work += e.sat.Variables()
		ok, err := e.sat.Solve(ctx, append(x.assume(), frontier...))
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
			switch {
			case inFrontier[lit]:
				front = append(front, lit)
			case x.causes[lit] != nil:
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

// choose says which directives bind from now on: those of among (all, if it is nil) but without one. What is encoded later binds, too: it has not been
// shown to be needless.
func (x *explainer) choose(among []sat.Lit, without sat.Lit) {
	x.without, x.known, x.among = without, len(x.order), nil
	if among == nil {
		return
	}
	x.among = make(map[sat.Lit]bool, len(among))
	for _, lit := range among {
		x.among[lit] = true
	}
	if x.others != 0 {
		return
	}
	// The solver tries what nobody assumes as true first. So that it does not try to obey thousands of directives that do not bind, one literal
	// switches off all that are not among the first ones to blame.
	x.others, x.kept = x.solver.Lit(), nil
	for _, lit := range x.order {
		if x.among[lit] {
			x.kept = append(x.kept, lit)
		} else {
			x.solver.Add(x.others.Not(), lit.Not())
		}
	}
	x.later = len(x.order)
}

// assume lists what is assumed so that just the chosen directives bind.
func (x *explainer) assume() []sat.Lit {
	var out []sat.Lit
	if x.among == nil {
		for _, lit := range x.order {
			if lit != x.without {
				out = append(out, lit)
			}
		}
		return out
	}
	out = append(out, x.others)
	for _, lit := range x.kept {
		out = append(out, x.signed(lit, x.among[lit]))
	}
	for i, lit := range x.order[x.later:] {
		out = append(out, x.signed(lit, x.among[lit] || x.later+i >= x.known))
	}
	return out
}

func (x *explainer) signed(lit sat.Lit, binds bool) sat.Lit {
	if binds && lit != x.without {
		return lit
	}
	return lit.Not()
}

// binds tells whether a directive is among the chosen ones.
func (x *explainer) binds(c Cause) bool {
	before := len(x.order)
	lit := x.selector(c)
	if x.among == nil || len(x.order) > before {
		return lit != x.without
	}
	return lit != x.without && (x.among[lit] || x.known < len(x.order) && lit >= x.order[x.known])
}

// shrink drops directives one by one as long as the rest still cannot hold together. What a person can do least about is
// tried first: the rules of the concretizer, then what recipes say, and at last the request.
func (e *encoder) shrink(ctx context.Context, core []sat.Lit) ([]sat.Lit, error) {
	limit := e.explain.work + shrinkWork
	slices.SortStableFunc(core, func(a, b sat.Lit) int { return weight(e.explain.causes[a]) - weight(e.explain.causes[b]) })
	for i := 0; i < len(core) && e.explain.work < limit; {
		smaller, ok, err := e.blame(ctx, core, core[i])
		switch {
		case err != nil:
			return nil, err
		case ok || slices.Contains(smaller, core[i]):
			i++
		default:
			core, i = without(core, smaller, i)
		}
	}
	return core, nil
}

// without leaves of a core only what is in a smaller one, and adds what is new there; i is how many are known to be needed.
func without(core, smaller []sat.Lit, i int) ([]sat.Lit, int) {
	var next []sat.Lit
	needed := 0
	for k, lit := range core {
		if slices.Contains(smaller, lit) {
			next = append(next, lit)
			if k < i {
				needed++
			}
		}
	}
	for _, lit := range smaller {
		if !slices.Contains(next, lit) {
			next = append(next, lit)
		}
	}
	return next, needed
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
