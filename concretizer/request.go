package concretizer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// rootNode is a root of the request: the nodes that it may be, which is one unless it names a virtual.
type rootNode struct {
	root  *Root
	ways  []*node
	lits  []sat.Lit // lits[i]: ways[i] is the root
	below []reach   // what must be found below it
}

// reach is a ^ of a root: one of the nodes, each under its literal, hangs below the root.
type reach struct {
	root  *node // under this
	name  string
	guard sat.Lit // which is the root, and the condition of the ^ holds
	nodes []*node
	lits  []sat.Lit // the node is there and as wanted
	why   Cause
	cuts  int    // how often a model had it elsewhere only
	below *below // not nil: all of it is written
}

// sortedRoots puts the roots in an order that does not depend on the request's.
func sortedRoots(roots []Root) []*Root {
	out := make([]*Root, len(roots))
	for i := range roots {
		out[i] = &roots[i]
	}
	slices.SortStableFunc(out, func(a, b *Root) int {
		return cmp.Or(cmp.Compare(a.Spec.Name, b.Spec.Name), cmp.Compare(a.Spec.String(), b.Spec.String()),
			cmp.Compare(a.Place.File, b.Place.File), cmp.Compare(a.Place.Line, b.Place.Line))
	})
	return out
}

// addRequest encodes the roots and their expected closure.
func (e *encoder) addRequest() error {
	e.notePropagation()
	roots := sortedRoots(e.req.Roots)
	for _, r := range roots {
		p, err := e.name(r.Spec.Name)
		if err != nil {
			return err
		}
		if p.recipe != nil {
			e.rootName[r.Spec.Name] = true
			e.asked[r.Spec.Name] = append(e.asked[r.Spec.Name], r)
			n := e.node(r.Spec.Name, 0)
			n.wants = append(n.wants, r.Spec)
		}
		for _, d := range r.Spec.Deps {
			if known, err := e.name(d.Spec.Name); err != nil {
				return err
			} else if known.recipe != nil {
				if !d.Direct {
					e.asked[d.Spec.Name] = append(e.asked[d.Spec.Name], r)
				}
				n := e.node(d.Spec.Name, 0)
				n.wants = append(n.wants, d.Spec)
			}
		}
	}
	e.wantConfigured()
	for _, r := range roots {
		if err := e.addRoot(r); err != nil {
			return err
		}
	}
	e.priceVariants()
	return nil
}

// wantConfigured lets guesses know what configuration requires.
func (e *encoder) wantConfigured() {
	for _, name := range sortedKeys(e.req.Config.Packages) {
		p := e.req.Config.Packages[name]
		for _, r := range p.Require {
			for _, s := range r.Specs {
				known, err := e.name(name)
				switch {
				case err != nil:
				case known.recipe != nil && r.Policy == packages.AllOf:
					n := e.node(name, 0)
					n.wants = append(n.wants, s)
				case known.recipe == nil && s.Name != "" && !isLanguage(name):
					e.expectProviders = append(e.expectProviders, s.Name)
				}
			}
		}
	}
}

// addRoot encodes one root.
func (e *encoder) addRoot(r *Root) error {
	p, err := e.name(r.Spec.Name)
	if err != nil {
		return err
	}
	rn := &rootNode{root: r}
	e.roots = append(e.roots, rn)
	taken := e.rootLit(r)
	if p.recipe != nil {
		n := e.node(r.Spec.Name, 0)
		rn.ways, rn.lits = []*node{n}, []sat.Lit{taken}
		n.incoming.extend(taken)
		e.clause(&RequestCause{Root: r, Part: r.Spec.Name}, taken.Not(), n.lit)
	} else if err := e.addVirtualRoot(rn, r, taken); err != nil {
		return err
	}
	for i, n := range rn.ways {
		if e.sat.Expected(rn.lits[i]) || len(rn.ways) == 1 {
			if err := e.expandClosure(n); err != nil {
				return err
			}
		}
		if err := e.askRoot(rn, n, rn.lits[i], p.recipe == nil); err != nil {
			return err
		}
	}
	return nil
}

// addVirtualRoot: a root that names a virtual is whatever provides it.
func (e *encoder) addVirtualRoot(rn *rootNode, r *Root, taken sat.Lit) error {
	v, err := e.virtual(r.Spec.Name)
	if err != nil {
		return err
	}
	why := &RequestCause{Root: r, Part: r.Spec.Name}
	any := []sat.Lit{taken.Not()}
	for _, q := range v.providers {
		n := e.node(q, 0)
		lit := e.sat.And(taken, v.lits[q])
		rn.ways, rn.lits = append(rn.ways, n), append(rn.lits, lit)
		any = append(any, lit)
		e.clause(why, lit.Not(), e.providesVersion(n, &spec.Spec{Name: v.name, Versions: r.Spec.Versions}))
		n.incoming.extend(lit)
	}
	e.need(v, taken, nil)
	e.clause(why, any...)
	return nil
}

// askRoot demands what a root's spec says of a node, one clause an attribute, so that an explanation can name it alone.
func (e *encoder) askRoot(rn *rootNode, n *node, guard sat.Lit, virtual bool) error {
	s := rn.root.Spec
	ask := func(part *spec.Spec) {
		text := condText(part)
		switch {
		case part.Deps != nil:
		case strings.ContainsAny(text[:1], "@+~/"):
			text = s.Name + text
		default:
			text = s.Name + " " + text
		}
		why := &RequestCause{Root: rn.root, Part: text}
		if part.Deps != nil {
			why.From = part.Deps[0].From
		}
		e.clause(why, guard.Not(), e.cond(n, part))
		e.noteSetter(n, part, guard)
	}
	if !s.Versions.IsAny() && !virtual {
		ask(&spec.Spec{Versions: s.Versions})
	}
	for _, v := range s.Variants {
		if !v.Propagate {
			ask(&spec.Spec{Variants: []spec.Variant{v}})
			continue
		}
		if err := e.validatePropagated(rn.root, n, v); err != nil {
			return err
		}
		e.spread(n, &spec.Spec{Variants: []spec.Variant{v}}, guard, &RequestCause{Root: rn.root, Part: s.Name + " " + v.String()})
	}
	for _, f := range s.Flags {
		e.spread(n, &spec.Spec{Flags: []spec.Flag{f}}, guard, &RequestCause{Root: rn.root, Part: s.Name + " " + f.String()})
	}
	rest := &spec.Spec{Flags: s.Flags, Platform: s.Platform, OS: s.OS, Hash: s.Hash, Target: s.Target}
	if condText(rest) != "" {
		ask(rest)
	}
	for i := range s.Deps {
		d := &s.Deps[i]
		if d.Direct {
			part := &spec.Spec{Deps: []spec.Dep{*d}}
			if !d.Propagate {
				ask(part)
			}
			e.spread(n, part, guard, &RequestCause{Root: rn.root, Part: d.String()})
			continue
		}
		if err := e.askBelow(rn, n, guard, d); err != nil {
			return err
		}
	}
	return nil
}

// askBelow demands a ^ of a root.
func (e *encoder) askBelow(rn *rootNode, n *node, guard sat.Lit, d *spec.Dep) error {
	why := &RequestCause{Root: rn.root, Part: "^" + d.Spec.String()}
	if d.When != nil {
		guard = e.sat.And(guard, e.cond(n, d.When))
	}
	p, err := e.name(d.Spec.Name)
	if err != nil {
		return err
	}
	if possible, err := e.mayHangBelow(n.name, d.Spec.Name); err != nil {
		return err
	} else if !possible {
		needed := e.sat.Lit()
		e.clause(why, guard.Not(), needed)
		e.clause(&NeedCause{Package: d.Spec.Name}, needed.Not())
		return nil
	}
	if p.recipe != nil {
		if system := e.systemLibc(p.recipe); system != nil && !slices.Contains(e.hostLibcs(), p.recipe.Name) {
			other := e.sat.Lit()
			e.clause(why, guard.Not(), other)
			e.clause(system, other.Not())
			return nil
		}
	}
	one := spec.Dep{Spec: d.Spec, Types: d.Types, Virtuals: d.Virtuals}
	r := reach{root: n, name: d.Spec.Name, guard: guard, why: why}
	if p.recipe != nil {
		for _, to := range e.slots(d.Spec.Name) {
			if to == n {
				continue // nothing hangs below itself
			}
			parts := []sat.Lit{e.cond(to, d.Spec)}
			for _, v := range d.Virtuals {
				if _, err := e.virtual(v); err != nil {
					return err
				}
				parts = append(parts, e.provider(v, to))
			}
			if d.Types != 0 {
				parts = append(parts, e.reachedAs(to, d.Types))
			}
			wanted := e.sat.And(parts...)
			r.nodes, r.lits = append(r.nodes, to), append(r.lits, wanted)
			e.noteSetter(to, d.Spec, guard)
			e.spread(to, d.Spec, e.sat.And(guard, wanted), why)
			if e.names[d.Spec.Name].multi && to.slot == 0 && d.Types == 0 {
				e.askLinked(n, to, wanted, guard, why)
			}
		}
		e.clause(why, append([]sat.Lit{guard.Not()}, r.lits...)...)
		if len(r.nodes) > 0 {
			if err := e.expandClosure(r.nodes[0]); err != nil {
				return err
			}
		}
	} else {
		e.clause(why, guard.Not(), e.anyDep(n, &one))
		if v := e.virtuals[d.Spec.Name]; v != nil {
			for _, q := range v.providers {
				lit := v.lits[q]
				if d.Types != 0 {
					lit = e.sat.And(lit, e.reachedAs(e.node(q, 0), d.Types))
				}
				r.nodes, r.lits = append(r.nodes, e.node(q, 0)), append(r.lits, lit)
				e.spread(e.node(q, 0), d.Spec, e.sat.And(guard, v.lits[q]), why)
			}
			e.clause(why, append([]sat.Lit{guard.Not()}, r.lits...)...)
		}
	}
	if len(r.nodes) > 0 {
		rn.below = append(rn.below, r)
	}
	return nil
}

// askLinked: what a root links to or runs is as it is wanted. Another configuration, which only something is built with, is no way out.
func (e *encoder) askLinked(root, to *node, wanted, guard sat.Lit, why Cause) {
	e.start(&wave{source: root, types: spec.Link | spec.Run, land: func(n *node, lit sat.Lit) {
		if n == to {
			e.clause(why, lit.Not(), wanted)
		}
	}}, guard, why)
}

// mayHangBelow tells whether a root can have a package or a virtual below it under any condition: linked or run at some depth, or
// used to build what is. What cannot is refused at once, before anything of it is encoded.
func (e *encoder) mayHangBelow(root, name string) (bool, error) {
	seen := map[string]bool{root: true}
	for queue := []string{root}; len(queue) > 0; queue = queue[1:] {
		all, linked, err := e.possibleEdges(queue[0])
		if err != nil {
			return false, err
		}
		if slices.Contains(all, name) {
			return true, nil
		}
		for _, dep := range linked {
			if !seen[dep] {
				seen[dep] = true
				queue = append(queue, dep)
			}
		}
	}
	return false, nil
}
