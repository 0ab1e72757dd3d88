package check

import (
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// activeDeps lists the dependencies of a built node whose conditions hold, with the types that count.
func (w *World) activeDeps(n *dag.Node) []packages.Dependency {
	return slices.DeleteFunc(w.declaredDeps(n), func(d packages.Dependency) bool { return !w.When(n, d.When) })
}

// declaredDeps lists the dependencies of a node's recipe, whatever their conditions, with the types that count.
func (w *World) declaredDeps(n *dag.Node) []packages.Dependency {
	r := w.recipe(n.Name())
	all := slices.Clone(r.Depends)
	for _, x := range r.Extends {
		types := x.Types
		if types == 0 {
			types = spec.Build | spec.Run
		}
		all = append(all, packages.Dependency{Spec: x.Spec, Types: types, When: x.When})
	}
	if !slices.Contains(w.p.Tests, n.Name()) && !slices.Contains(w.p.Tests, "*") {
		for i := range all {
			all[i].Types &^= spec.Test
		}
	}
	return slices.DeleteFunc(all, func(d packages.Dependency) bool { return d.Types == 0 })
}

// edgesOf: each dependency that holds is met by edges of its types, and each edge is asked for by one.
func (c *checker) edgesOf(n *dag.Node, r *packages.Recipe) {
	type claim struct {
		types    spec.DepTypes
		virtuals []string
		named    bool // some dependency names the package itself
	}
	claims := map[*dag.Node]*claim{}
	for _, d := range append(c.activeDeps(n), c.implied(n, r)...) {
		virtual := c.recipe(d.Spec.Name) == nil
		var to *dag.Node
		for _, e := range n.Edges() {
			named := e.To.Name() == d.Spec.Name || virtual && slices.Contains(e.Virtuals, d.Spec.Name)
			if named && c.describes(e.To, d.Spec, virtual, mayBe) && e.Types&d.Types == d.Types {
				to = e.To
				break
			}
		}
		if to == nil {
			c.fail("%s: dependency on %s (%s) when %v is not met", n, d.Spec, d.Types, d.When)
			continue
		}
		if claims[to] == nil {
			claims[to] = &claim{}
		}
		claims[to].types |= d.Types
		claims[to].named = claims[to].named || !virtual
		if virtual {
			claims[to].virtuals = append(claims[to].virtuals, d.Spec.Name)
		}
	}
	// A package that is depended on by name comes in one configuration, also as a compiler.
	for a, one := range claims {
		for b, other := range claims {
			if a != b && a.Name() == b.Name() && one.named && (other.named || slices.ContainsFunc(other.virtuals, isLanguage)) {
				c.fail("%s has two configurations of %s", n, a.Name())
			}
		}
	}
	compilers := map[string]*dag.Node{}
	for _, e := range n.Edges() {
		for _, v := range e.Virtuals {
			if o := compilers[v]; isLanguage(v) && o != nil && o != e.To {
				c.fail("%s has %s from %s and from %s", n, v, o, e.To)
			}
			compilers[v] = e.To
		}
		cl := claims[e.To]
		if cl == nil || cl.types != e.Types || !containsAll(cl.virtuals, e.Virtuals) {
			c.fail("%s: nothing asks for the edge to %s (%s %v) as it is", n, e.To, e.Types, e.Virtuals)
		}
	}
}

// extends tells whether a node extends a package.
func (w *World) extends(n *dag.Node, name string) bool {
	r := w.recipe(n.Name())
	return r != nil && slices.ContainsFunc(r.Extends, func(x packages.Extension) bool { return x.Spec.Name == name && w.When(n, x.When) })
}

// extensions: what a built node depends on and extends the same package as it extends the same configuration of that.
func (c *checker) extensions(n *dag.Node) {
	for _, d := range n.Edges() {
		for _, x := range c.edges(d.To) {
			name := x.To.Name()
			if c.extends(n, name) && c.extends(d.To, name) && !slices.ContainsFunc(n.Edges(), func(e dag.Edge) bool { return same(e.To, x.To) }) {
				c.fail("%s and %s extend two configurations of %s", n, d.To, name)
			}
		}
	}
}
