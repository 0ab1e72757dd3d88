package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/dag"
)

// maxConfigurations is how many configurations of one build tool or compiler an answer may hold.
const maxConfigurations = 2

// Error is what is wrong with an answer.
type Error struct{ Problems []string }

// Error lists the problems, one a line.
func (e *Error) Error() string { return strings.Join(e.Problems, "\n") }

type checker struct {
	*World
	problems []string
	short    bool // the first problem will do, and need not be told
}

func (c *checker) fail(format string, args ...any) {
	if c.short {
		c.problems = append(c.problems, format)
		return
	}
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// done tells that enough is known.
func (c *checker) done() bool { return c.short && len(c.problems) > 0 }

// Check evaluates every rule; the error is an *Error.
func (w *World) Check() error {
	c := &checker{World: w}
	c.check()
	if len(c.problems) > 0 {
		return &Error{c.problems}
	}
	return nil
}

// Accepts tells whether Check finds nothing. Where many answers are judged of which most are wrong, it takes a fraction of the time.
func (w *World) Accepts() bool {
	c := &checker{World: w, short: true}
	c.check()
	return len(c.problems) == 0
}

func (c *checker) check() {
	w := c.World
	if len(w.roots) != len(w.p.Roots) {
		c.fail("%d roots for %d requests", len(w.roots), len(w.p.Roots))
		return
	}
	c.roots()
	for hash := range w.reused {
		if !slices.ContainsFunc(w.nodes, func(n *dag.Node) bool { return n.Hash() == hash }) {
			c.fail("%s is said to be reused, but is no part of the answer", hash)
		}
	}
	for _, n := range w.nodes {
		if c.done() {
			return
		}
		c.node(n)
	}
	for _, rule := range []func(){c.unified, c.slots, c.virtuals, c.propagated, c.runtimes} {
		if c.done() {
			return
		}
		rule()
	}
}

// roots: each is what was asked for.
func (c *checker) roots() {
	for i, s := range c.p.Roots {
		n := c.World.roots[i]
		if c.recipe(s.Name) == nil {
			if !c.canProvide(n, s.Name, s.Versions, mayBe) {
				c.fail("root %s does not provide %s", n, s)
			}
			rest := *s
			rest.Versions = spec.Versions{}
			s = &rest
		} else if n.Name() != s.Name {
			c.fail("root %s is not %s", n, s)
		}
		if !c.HoldsBelow(n, s) {
			c.fail("root %s does not satisfy %s", n, s)
		}
	}
}

// mayRepeat tells whether several configurations of a package may be part of an answer.
func mayRepeat(r *packages.Recipe) bool {
	return r != nil && (slices.Contains(r.Tags, "build-tools") || slices.Contains(r.Tags, "compiler") ||
		slices.ContainsFunc(r.Provides, func(p packages.Provision) bool {
			return slices.ContainsFunc(p.Virtuals, func(v *spec.Spec) bool { return isLanguage(v.Name) })
		}))
}

func isLanguage(name string) bool { return name == "c" || name == "cxx" || name == "fortran" }

// unified: one configuration of each package, tools apart; and one in what is linked and run together.
func (c *checker) unified() {
	for name, nodes := range c.byName {
		limit := 1
		if mayRepeat(c.recipe(name)) {
			limit = maxConfigurations
		}
		if len(nodes) > limit {
			c.fail("%d configurations of %s", len(nodes), name)
		}
	}
	together := func(what string, nodes []*dag.Node) {
		seen := map[string]*dag.Node{}
		for _, n := range nodes {
			if o := seen[n.Name()]; o != nil && o.Hash() != n.Hash() {
				c.fail("%s links or runs two configurations of %s", what, n.Name())
			}
			seen[n.Name()] = n
		}
	}
	linked := func(e dag.Edge) bool { return e.Types&(spec.Link|spec.Run) != 0 }
	var all []*dag.Node
	for _, r := range c.World.roots {
		all = append(append(all, r), c.below(r, linked)...)
	}
	together("the request", all)
	for _, n := range c.nodes {
		together(n.Name(), append(c.below(n, linked), n))
	}
}

// virtuals: one provider of each, languages apart; together what is provided together; by name what was asked for by name.
func (c *checker) virtuals() {
	providers := map[string]*dag.Node{}
	for _, n := range c.nodes {
		for _, v := range c.provided(n) {
			if isLanguage(v) {
				continue
			}
			if o := providers[v]; o != nil && !same(o, n) {
				c.fail("%s is provided by %s and by %s", v, o.Name(), n.Name())
			}
			providers[v] = n
			if !c.canProvide(n, v, spec.Versions{}, mayBe) {
				c.fail("%s cannot provide %s", n, v)
			}
		}
	}
	for _, n := range c.nodes {
		r := c.recipe(n.Name())
		if r == nil {
			continue
		}
		for _, p := range r.Provides {
			c.together(n, p, providers)
		}
	}
	for v, n := range providers {
		for _, s := range c.p.Roots {
			c.asked(v, n, s.Name)
			for _, d := range s.Deps {
				if !d.Direct {
					c.asked(v, n, d.Spec.Name)
				}
			}
		}
	}
}

func (c *checker) together(n *dag.Node, p packages.Provision, providers map[string]*dag.Node) {
	some, other := false, false
	for _, v := range p.Virtuals {
		by := providers[v.Name]
		some = some || by != nil && same(by, n)
		other = other || by != nil && !same(by, n)
	}
	if some && other && len(p.Virtuals) > 1 && c.When(n, p.When) {
		c.fail("%s provides only a part of what it provides together", n)
	}
}

// asked: a package that is asked for by name and can provide a virtual must.
func (c *checker) asked(virtual string, provider *dag.Node, name string) {
	for _, n := range c.byName[name] {
		if n.Name() != provider.Name() && c.providesToOthers(provider, virtual, n) && c.canProvide(n, virtual, spec.Versions{}, mayBe) {
			c.fail("%s is asked for, but %s provides %s", name, provider.Name(), virtual)
		}
	}
}

// providesToOthers tells whether a provider provides a virtual to any node but one: no package can provide for itself.
func (c *checker) providesToOthers(provider *dag.Node, virtual string, but *dag.Node) bool {
	for i, root := range c.World.roots {
		if root == provider && c.p.Roots[i].Name == virtual {
			return true
		}
	}
	return slices.ContainsFunc(c.nodes, func(m *dag.Node) bool {
		return m != but && slices.ContainsFunc(c.edges(m), func(e dag.Edge) bool { return e.To == provider && slices.Contains(e.Virtuals, virtual) })
	})
}

// targets: what is built has a target that the machine runs and its compilers support.
func (c *checker) targets(n *dag.Node) {
	target := n.Attrs().Target
	have, known := arch.Lookup(target)
	if best, ok := c.p.Target.Concrete(); ok && best != target {
		limit, limitKnown := arch.Lookup(best)
		if !known || !limitKnown || !arch.Leq(have, limit) {
			c.fail("%s is built for %s, which %s does not run", n, target, best)
		}
	}
	if !known {
		return
	}
	for _, e := range n.Edges() {
		if slices.ContainsFunc(e.Virtuals, isLanguage) && !have.Supports(e.To.Name(), e.To.Version().String()) {
			c.fail("%s is built for %s, which %s does not support", n, target, e.To)
		}
	}
}
