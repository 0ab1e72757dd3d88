// Package opt finds the lexicographically best model of clauses: levels of weighted wishes, the most important level first. It is
// core-guided (OLL, stratified by weight), and it works on problems of which only a part is written down: what is not yet
// encoded stands behind "frontier" literals that are assumed, and a core that contains one asks the problem to encode
// more. A core without frontier literals is a fact about the whole problem, so every cost is a proven optimum.
//
// It knows nothing of packages.
package opt

import (
	"context"
	"math"
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
)

// Problem is what the search asks of whoever encodes.
type Problem interface {
	// Frontier lists the literals that hold as long as nothing more is encoded. It may add clauses.
	Frontier() []sat.Lit
	// Expand encodes more, because of the given literals of Frontier; afterwards at least one of them is no longer in it.
	Expand(ctx context.Context, core []sat.Lit) error
	// Cheap tells whether it is little work to expand these literals of Frontier.
	Cheap(core []sat.Lit) bool
	// Settled tells that the optimum of a level was proved and is a fact from now on: what must cost more there can be ruled out.
	Settled(level int)
	// Repair looks at the model just found and adds clauses if it breaks a rule that clauses do not express yet.
	Repair(ctx context.Context) (added bool, err error)
}

// Unsatisfiable is the error of a problem without any model. Core holds what of the given assumptions cannot hold together.
type Unsatisfiable struct{ Core []sat.Lit }

// Error is for tests: the concretizer explains the core.
func (*Unsatisfiable) Error() string { return "no model satisfies all clauses" }

// Optimizer searches. Make one with New, tell the wishes with Want, then Run.
type Optimizer struct {
	solver  *sat.Solver
	problem Problem
	always  []sat.Lit // assumed in every solve: selectors
	levels  []level
	now     int // the level in work; levels below it are settled
	// fresh tells that the solver's model satisfies all clauses and the frontier. It still does when a core becomes a clause, and counters
	// that come later can be given the values that they then have.
	fresh   bool
	work    work
	assumed map[sat.Lit]bool // the wishes of the last solve
	vain    int              // attempts to do without what is cheap to encode that failed in a row
}

// level is the wishes of one level as they were given, and what could not be avoided.
type level struct {
	wishes []wish
	cost   int
}

type wish struct {
	lit    sat.Lit
	weight int
}

// New returns an optimizer with that many levels. The always literals are assumed in each solve.
func New(s *sat.Solver, p Problem, levels int, always []sat.Lit) *Optimizer {
	return &Optimizer{solver: s, problem: p, always: always, levels: make([]level, levels), now: -1, assumed: map[sat.Lit]bool{}}
}

// Want adds the wish that lit holds, at a price of weight per level. A wish for a level whose optimum is settled becomes a
// clause: the optimum was proved for the whole problem, so no best model breaks it.
func (o *Optimizer) Want(at int, lit sat.Lit, weight int) {
	if lit == sat.True || weight <= 0 {
		return
	}
	if at < o.now {
		o.solver.Add(lit)
		o.fresh = false
		return
	}
	w := wish{lit, weight}
	o.levels[at].wishes = append(o.levels[at].wishes, w)
	if at == o.now {
		o.work.add(w)
		o.fresh = false
	}
}

// Run finds the optimum and returns the cost of each level; the solver then holds its model.
func (o *Optimizer) Run(ctx context.Context) ([]int, error) {
	if ok, core, err := o.solve(ctx, nil); err != nil {
		return nil, err
	} else if !ok {
		return nil, &Unsatisfiable{Core: core}
	}
	costs := make([]int, len(o.levels))
	for i := range o.levels {
		o.now = i
		if err := o.settle(ctx, &o.levels[i]); err != nil {
			return nil, err
		}
		costs[i] = o.levels[i].cost
		o.problem.Settled(i)
	}
	o.now = len(o.levels)
	return costs, nil
}

// RunOnly finds the optimum of one level alone, as if there were no others.
func (o *Optimizer) RunOnly(ctx context.Context, level int) error {
	if ok, core, err := o.solve(ctx, nil); err != nil {
		return err
	} else if !ok {
		return &Unsatisfiable{Core: core}
	}
	return o.settle(ctx, &o.levels[level])
}

// settle proves the optimum of one level and makes it a fact.
func (o *Optimizer) settle(ctx context.Context, l *level) error {
	o.work = work{owner: map[sat.Lit]counter{}, weight: map[sat.Lit]int{}}
	for _, w := range l.wishes {
		o.work.add(w)
	}
	o.dropDecided(l)
	for threshold := o.work.below(math.MaxInt); ; {
		if o.fresh && o.paid(l) == l.cost {
			break
		}
		ok, core, err := o.solve(ctx, func() []sat.Lit { return o.work.atLeast(threshold) })
		switch {
		case err != nil:
			return err
		case !ok && len(core) == 0:
			return &Unsatisfiable{}
		case !ok:
			o.relax(l, core)
			continue
		}
		next := o.work.below(threshold)
		if next == 0 {
			break
		}
		threshold = next
	}
	for _, lit := range o.work.atLeast(1) {
		o.solver.Add(lit)
	}
	return nil
}

// paid is what the model at hand costs at a level.
func (o *Optimizer) paid(l *level) int {
	cost := 0
	for _, w := range l.wishes {
		if !o.solver.Value(w.lit) {
			cost += w.weight
		}
	}
	return cost
}

// dropDecided takes out the wishes that the clauses decide by themselves; mostly that is nearly all of them.
func (o *Optimizer) dropDecided(l *level) {
	lits := o.work.atLeast(1)
	for i, value := range o.solver.Fixed(lits) {
		if value == 0 {
			continue
		}
		if value == -1 {
			l.cost += o.work.weight[lits[i]]
		}
		o.work.drop(lits[i])
	}
}

// relax takes a core apart: one of its wishes must be given up, at the price of the cheapest; further ones are counted.
func (o *Optimizer) relax(l *level, core []sat.Lit) {
	price := o.work.weight[core[0]]
	for _, lit := range core {
		price = min(price, o.work.weight[lit])
	}
	l.cost += price
	broken := make([]sat.Lit, 0, len(core))
	for _, lit := range core {
		broken = append(broken, lit.Not())
		o.work.weight[lit] -= price
		if c, ok := o.work.owner[lit]; ok {
			o.count(c.total, c.bound+1, price)
		}
	}
	o.solver.Add(broken...)
	if len(core) > 1 {
		o.count(o.solver.NewTotalizer(broken), 2, price)
	}
}

// count wishes that fewer than bound of the counted wishes are broken.
func (o *Optimizer) count(t *sat.Totalizer, bound, weight int) {
	if bound > t.Size() {
		return
	}
	lit := t.AtLeast(bound).Not()
	o.work.owner[lit] = counter{t, bound}
	o.work.add(wish{lit, weight})
}

// solve solves under the wishes and the frontier, encoding more as long as the frontier is to blame. If there is no model it
// returns the wishes to blame.
func (o *Optimizer) solve(ctx context.Context, wishes func() []sat.Lit) (bool, []sat.Lit, error) {
	for {
		frontier := o.problem.Frontier()
		assume := slices.Clone(o.always)
		clear(o.assumed)
		if wishes != nil {
			for _, lit := range wishes() {
				o.assumed[lit] = true
				assume = append(assume, lit)
			}
		}
		ok, err := o.solver.Solve(ctx, append(assume, frontier...))
		if err != nil {
			return false, nil, err
		}
		if ok {
			added, err := o.problem.Repair(ctx)
			if err != nil {
				return false, nil, err
			}
			if o.fresh = !added; added {
				continue
			}
			return true, nil, nil
		}
		front, rest := o.split(o.solver.Core(), frontier, wishes != nil)
		if front, rest, err = o.trim(ctx, front, rest); err != nil {
			return false, nil, err
		}
		if len(front) == 0 {
			return false, rest, nil
		}
		o.fresh = false
		if err := o.problem.Expand(ctx, front); err != nil {
			return false, nil, err
		}
	}
}

// maxVain is how many times in a row trim may find that a part of the frontier is needed before it takes that for granted. Each time costs a
// whole model.
const maxVain = 4

// trim tries to do with less of the frontier: a core is what a search came upon, and often names more than it needs. Encoding
// something in vain mostly costs far more than the solves here. Where it was in vain time and again, what is cheap to
// encode is tried only now and then.
func (o *Optimizer) trim(ctx context.Context, front, rest []sat.Lit) ([]sat.Lit, []sat.Lit, error) {
	if len(front) == 0 {
		return front, rest, nil
	}
	cheap := len(rest) == 0 || o.problem.Cheap(front) // without wishes, only what has no answer at all can do without
	if cheap {
		if o.vain++; o.vain > maxVain && o.vain%maxVain != 0 {
			return front, rest, nil
		}
	}
	vain := 0
	for drop := len(front); drop >= 1; drop /= 2 {
		for at := 0; at < len(front) && vain < maxVain; {
			end := min(at+drop, len(front))
			kept := slices.Concat(front[:at], front[end:])
			ok, err := o.solver.Solve(ctx, slices.Concat(o.always, rest, kept))
			if err != nil {
				return nil, nil, err
			}
			if ok {
				at = end
				vain++
				continue
			}
			vain = 0
			core := o.solver.Core()
			front = slices.DeleteFunc(kept, func(l sat.Lit) bool { return !slices.Contains(core, l) })
			rest = slices.DeleteFunc(slices.Clone(rest), func(l sat.Lit) bool { return !slices.Contains(core, l) })
			if cheap {
				o.vain = 0
			}
		}
	}
	return front, rest, nil
}

// split parts a core into what the frontier contributes and the rest. A literal of the frontier that is also wished for at this
// level counts as a wish: what the core says of wishes is true of the whole problem.
func (o *Optimizer) split(core, frontier []sat.Lit, wishing bool) (front, rest []sat.Lit) {
	in := make(map[sat.Lit]bool, len(frontier))
	for _, lit := range frontier {
		in[lit] = true
	}
	for _, lit := range core {
		if in[lit] && !(wishing && o.assumed[lit]) {
			front = append(front, lit)
		} else {
			rest = append(rest, lit)
		}
	}
	return front, rest
}

// Fix goes through the literals that list names, in order, and makes each a fact if some optimum has it, else its negation. list is
// asked again after every expansion, and may then name more. What is left is one model, the same however the search came
// upon it.
func (o *Optimizer) Fix(ctx context.Context, list func() []sat.Lit) error {
	done := map[sat.Lit]bool{}
	for {
		lits := list()
		changed := false
		fixed := o.solver.Fixed(lits)
		for i, lit := range lits {
			if done[lit] {
				continue
			}
			done[lit] = true
			if fixed[i] != 0 {
				continue
			}
			before := o.solver.Variables()
			if err := o.fix(ctx, lit); err != nil {
				return err
			}
			if o.solver.Variables() != before {
				changed = true
				break
			}
		}
		if !changed {
			break
		}
	}
	if !o.fresh {
		if ok, core, err := o.solve(ctx, nil); err != nil {
			return err
		} else if !ok {
			return &Unsatisfiable{Core: core}
		}
	}
	return nil
}

func (o *Optimizer) fix(ctx context.Context, lit sat.Lit) error {
	if o.fresh && o.solver.Known(lit) && o.solver.Value(lit) {
		o.solver.Add(lit)
		return nil
	}
	if o.solver.Fixed([]sat.Lit{lit})[0] != 0 {
		return nil // by what was fixed before
	}
	ok, _, err := o.solve(ctx, func() []sat.Lit { return []sat.Lit{lit} })
	switch {
	case err != nil:
		return err
	case ok:
		o.solver.Add(lit)
	default:
		o.solver.Add(lit.Not())
	}
	return nil
}
