package concretizer

import (
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// dependencies lists what a recipe depends on, extensions included. A Spack recipe has what it extends among its dependencies already.
func dependencies(r *packages.Recipe) []packages.Dependency {
	if len(r.Extends) == 0 {
		return r.Depends
	}
	out := slices.Clone(r.Depends)
	for _, x := range r.Extends {
		types := x.Types
		if types == 0 {
			types = spec.Build | spec.Run
		}
		same := func(d packages.Dependency) bool {
			return d.Spec.Name == x.Spec.Name && types&^d.Types == 0 && d.Spec.String() == x.Spec.String() && d.When.String() == x.When.String()
		}
		if slices.ContainsFunc(r.Depends, same) {
			continue
		}
		out = append(out, packages.Dependency{Spec: x.Spec, Types: types, When: x.When, Place: x.Place})
	}
	return out
}

// wantedTypes drops the test type unless the package's tests are asked for.
func wantedTypes(types spec.DepTypes, pkg string, tests []string) spec.DepTypes {
	if types&spec.Test != 0 && !slices.Contains(tests, pkg) && !slices.Contains(tests, "*") {
		types &^= spec.Test
	}
	return types
}

// addDependencies makes the edges of a node that is built.
func (e *encoder) addDependencies(n *node) error {
	if n.built == sat.False {
		n.edgesDone = true
		return nil
	}
	e.forbidLateVersions(n)
	deps := dependencies(n.recipe)
	for i := range deps {
		d := &deps[i]
		types := wantedTypes(d.Types, n.name, e.req.Tests)
		if types == 0 {
			continue
		}
		active := e.sat.And(n.built, e.when(n, d.When))
		if active == sat.False {
			continue
		}
		p, err := e.name(d.Spec.Name)
		if err != nil {
			return err
		}
		why := &DependencyCause{Package: n.name, Dep: d}
		switch {
		case p.recipe != nil:
			e.dependOn(n, d, active, types, why)
		case isLanguage(d.Spec.Name):
			if err := e.dependOnLanguage(n, d, active, types, why); err != nil {
				return err
			}
		case len(p.providers) > 0:
			if err := e.dependOnVirtual(n, d, active, types, why); err != nil {
				return err
			}
		default:
			e.clause(why, active.Not())
		}
	}
	if err := e.closeLanguages(n); err != nil {
		return err
	}
	n.edgesDone = true
	return nil
}

// dependOn adds a dependency on a package.
func (e *encoder) dependOn(n *node, d *packages.Dependency, active sat.Lit, types spec.DepTypes, why Cause) {
	for _, way := range e.slotEdges(n, d.Spec.Name, active, types, why) {
		en := e.addEdge(&edge{from: n, to: way.to, lit: way.lit, types: types}, why)
		e.want(en, d.Spec)
		en.to.note(setter{spec: d.Spec, lit: en.lit, from: n, free: true})
		e.clause(why, en.lit.Not(), e.cond(en.to, d.Spec))
	}
}

// slotWay is one of the nodes that a dependency can lead to.
type slotWay struct {
	to  *node
	lit sat.Lit
}

// slotEdges lists the nodes of a package that a dependency can lead to. Only an edge for building, and those of a tool in its own
// second slot, may choose the second configuration; link and run edges are unified in slot 0. A node has one configuration of each package: what
// it links to is what it is built with.
func (e *encoder) slotEdges(n *node, name string, active sat.Lit, types spec.DepTypes, why Cause) []slotWay {
	first := e.node(name, 0)
	if !e.names[name].multi || n.name == name && n.slot > 0 {
		return []slotWay{{first, active}}
	}
	unified := types&(spec.Link|spec.Run) != 0 && n.slot == 0
	second, made := n.second[name]
	if !made {
		second = e.sat.Lit()
		n.second[name] = second
	}
	if unified {
		e.clause(why, active.Not(), second.Not())
		return []slotWay{{first, active}}
	}
	return []slotWay{
		{first, e.sat.And(active, second.Not())},
		{e.node(name, 1), e.sat.And(active, second)},
	}
}

// addEdge notes an edge: because of why, the node it leads to is there, and needed.
func (e *encoder) addEdge(en *edge, why Cause) *edge {
	if e.explain != nil && why != nil {
		// So that an explanation names every step of a circle, an edge holds because of its directive.
		holds := e.sat.Lit()
		if e.sat.Expected(en.lit) {
			e.sat.Expect(holds)
		}
		e.sat.Add(holds.Not(), en.lit)
		e.clause(why, en.lit.Not(), holds)
		en.lit = holds
	}
	en.from.edges = append(en.from.edges, en)
	en.to.dependents = append(en.to.dependents, en)
	e.clause(why, en.lit.Not(), en.to.lit)
	en.to.incoming.extend(en.lit)
	e.extendBelow(en)
	e.carryEdge(en)
	return en
}

// want notes what an edge that is expected to hold asks of its node, so that guesses about the node fit.
func (e *encoder) want(en *edge, s *spec.Spec) {
	if e.sat.Expected(en.lit) {
		en.to.wants = append(en.to.wants, s)
	}
}

// expandClosure encodes a node and what it is expected to need, breadth first.
func (e *encoder) expandClosure(n *node) error {
	queue := []*node{n}
	for len(queue) > 0 {
		n, queue = queue[0], queue[1:]
		if n.expanded {
			continue
		}
		e.sat.Expect(n.lit)
		if err := e.expand(n); err != nil {
			return err
		}
		for _, en := range n.edges {
			if !en.to.expanded && e.sat.Expected(en.lit) {
				queue = append(queue, en.to)
			}
		}
	}
	return nil
}
