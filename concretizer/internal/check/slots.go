package check

import (
	"maps"
	"slices"

	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// places tells which configuration of a package is the first one, which all that is no second configuration of a tool links to and runs.
type places map[string]*dag.Node

// slots: of two configurations of a tool one is the first: what the request names, every package that has only one configuration, and all
// that such nodes link to or run are first ones. The others can only be built with, or belong to second configurations.
func (c *checker) slots() {
	first := places{}
	for _, n := range c.nodes {
		if slices.Contains(c.World.roots, n) || !mayRepeat(c.recipe(n.Name())) {
			if o := c.place(first, n); o != nil {
				c.fail("%s is linked or run besides another configuration of it, which is so as well", o)
				return
			}
		}
	}
	var open []string
	for name, nodes := range c.byName {
		if len(nodes) > 1 && first[name] == nil {
			open = append(open, name)
		}
	}
	slices.Sort(open)
	if !c.placeable(first, open) {
		c.fail("no configuration of %s can be the first one", open)
	}
}

// place makes a node, and what it links to and runs, first configurations; it returns one that cannot be.
func (c *checker) place(first places, n *dag.Node) *dag.Node {
	if o := first[n.Name()]; o != nil {
		if same(o, n) {
			return nil
		}
		return n
	}
	first[n.Name()] = n
	for _, e := range c.edges(n) {
		if e.Types&(spec.Link|spec.Run) == 0 {
			continue
		}
		if o := c.place(first, e.To); o != nil {
			return o
		}
	}
	return nil
}

// placeable tells whether each of these packages has a configuration that can be the first one, all at once.
func (c *checker) placeable(first places, open []string) bool {
	if len(open) == 0 {
		return true
	}
	return slices.ContainsFunc(c.byName[open[0]], func(n *dag.Node) bool {
		with := maps.Clone(first)
		return c.place(with, n) == nil && c.placeable(with, open[1:])
	})
}
