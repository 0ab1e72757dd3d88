package concretizer

import (
	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
)

// targetChoice is the target of a node. Unless something asks for another, every node that is built has the best
// target, and nothing about targets is encoded.
type targetChoice struct {
	lits   map[string]sat.Lit // of a built node, once targets below the best are encoded
	conds  []targetCond
	limits []targetLimit
}

type targetCond struct {
	set spec.Targets
	lit sat.Lit
}

// targetLimit is a compiler that a node may use: it must support the node's target.
type targetLimit struct {
	compiler *node
	pick     sat.Lit
}

// lowTargets is the choice of targets below the best. Its literal is assumed false until a core asks for the choice.
type lowTargets struct {
	lit    sat.Lit
	opened bool
	names  []string // the best, then its ancestors, those with most ancestors first
}

func (e *encoder) startTargets() {
	e.low = &lowTargets{lit: e.sat.Lit(), names: targetNames(e.req.Target)}
}

// targetNames lists what nodes may be built for, best first.
func targetNames(machine spec.Targets) []string {
	names := []string{machine.String()}
	if best, ok := bestTarget(machine); ok {
		for _, t := range best.Ancestors() {
			names = append(names, t.Name())
		}
	}
	return names
}

// addTargets makes a node's target literals if targets are open.
func (e *encoder) addTargets(n *node) error {
	if e.low.opened {
		e.makeTargets(n)
	}
	return nil
}

// withTarget is the literal that a node has a target of the set.
func (e *encoder) withTarget(n *node, set spec.Targets) sat.Lit {
	ways := n.fixedTargets(set)
	inside, outside := 0, 0
	for _, name := range e.low.names {
		if set.Contains(name) {
			inside++
		} else {
			outside++
		}
	}
	switch {
	case outside == 0:
		return e.sat.Or(append(ways, n.built)...)
	case inside == 0:
		return e.sat.Or(ways...)
	case e.low.opened:
		return e.openTarget(n, set)
	}
	if set.Contains(e.low.names[0]) {
		ways = append(ways, n.built)
	}
	best := e.sat.Or(ways...)
	lit := e.sat.Lit()
	if e.sat.Expected(best) {
		e.sat.Expect(lit)
	}
	e.sat.Add(lit.Not(), n.lit)
	e.sat.Add(e.low.lit, lit.Not(), best)
	e.sat.Add(e.low.lit, lit, best.Not())
	n.target.conds = append(n.target.conds, targetCond{set, lit})
	return lit
}

// fixedTargets lists the alternatives whose target is in the set.
func (n *node) fixedTargets(set spec.Targets) []sat.Lit {
	return n.chosen(func(a *alternative) bool { return set.Contains(a.target) })
}

func (e *encoder) openTarget(n *node, set spec.Targets) sat.Lit {
	ways := n.fixedTargets(set)
	for _, name := range e.low.names {
		if set.Contains(name) {
			ways = append(ways, n.target.lits[name])
		}
	}
	return e.sat.Or(ways...)
}

// limitTarget: a node that uses a compiler has a target that the compiler's version supports.
func (e *encoder) limitTarget(user, compiler *node, pick sat.Lit) {
	limit := targetLimit{compiler, pick}
	user.target.limits = append(user.target.limits, limit)
	if e.low.opened {
		e.enforceLimit(user, limit)
		return
	}
	for _, c := range compiler.versions {
		if !e.supports(e.low.names[0], compiler.name, c.version) {
			why := &TargetCause{Package: user.name, Compiler: compiler.name, Version: c.version, Target: e.low.names[0]}
			e.clause(why, pick.Not(), c.lit.Not(), e.low.lit)
		}
	}
}

func (e *encoder) enforceLimit(user *node, l targetLimit) {
	for _, c := range l.compiler.versions {
		for _, name := range e.low.names {
			if !e.supports(name, l.compiler.name, c.version) {
				why := &TargetCause{Package: user.name, Compiler: l.compiler.name, Version: c.version, Target: name}
				e.clause(why, l.pick.Not(), c.lit.Not(), user.target.lits[name].Not())
			}
		}
	}
}

// compiledFor is a target and a compiler for it.
type compiledFor struct {
	target, compiler string
	version          spec.Version
}

// supports tells whether a compiler can generate code for a target; one that nothing is known of can. It is asked for every node and compiler, so it
// remembers.
func (e *encoder) supports(target, compiler string, version spec.Version) bool {
	key := compiledFor{target, compiler, version}
	ok, known := e.supported[key]
	if !known {
		t, found := arch.Lookup(target)
		ok = !found || t.Supports(compiler, version.String())
		e.supported[key] = ok
	}
	return ok
}

// openTargets lets every node choose its target.
func (e *encoder) openTargets() {
	e.low.opened = true
	e.sat.Add(e.low.lit)
	for _, n := range e.order {
		if n.expanded && n.target.lits == nil {
			e.makeTargets(n)
		}
	}
	for _, n := range e.order {
		for _, en := range n.edges {
			e.matchTargets(en)
		}
	}
}

// makeTargets gives a built node exactly one target, at the price of its distance from the best, and completes what was said of it.
func (e *encoder) makeTargets(n *node) {
	n.target.lits = map[string]sat.Lit{}
	step := n.built
	for i, name := range e.low.names {
		next := sat.False
		if i+1 < len(e.low.names) {
			next = e.sat.Lit()
			e.sat.Add(next.Not(), step)
			e.opt.Want(levelTargets, next.Not(), 1)
		}
		n.target.lits[name] = e.sat.And(step, next.Not())
		step = next
	}
	for _, c := range n.target.conds {
		e.sat.Equal(c.lit, e.openTarget(n, c.set))
	}
	for _, l := range n.target.limits {
		e.enforceLimit(n, l)
	}
}

// matchTargets wishes that a node and what it links to or runs have one target.
func (e *encoder) matchTargets(en *edge) {
	if en.types&(spec.Link|spec.Run) == 0 || !e.low.opened {
		return
	}
	_ = en.to.whenExpanded(func() error {
		key := [2]nodeKey{en.from.nodeKey, en.to.nodeKey}
		mismatch, ok := e.targetMismatch[key]
		if !ok {
			mismatch = e.sat.Lit()
			e.targetMismatch[key] = mismatch
			e.opt.Want(levelTargetMismatches, mismatch.Not(), 1)
		}
		for _, name := range e.low.names {
			e.sat.Add(en.lit.Not(), en.from.target.lits[name].Not(), en.to.built.Not(), en.to.target.lits[name], mismatch)
		}
		return nil
	})
}
