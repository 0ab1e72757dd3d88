package buildenv

import (
	"slices"

	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// closure is the dependencies that the build of a node sees, nearest first.
type closure struct {
	node *dag.Node
	// link is what is linked: all that link edges reach.
	link []*dag.Node
	// build is the tools: direct build dependencies, and what they and all that is linked need to run.
	build []*dag.Node
	// virtuals says who provides what, over the edges that were followed: "mpi", "c".
	virtuals map[string]*dag.Node
}

func newClosure(n *dag.Node) closure {
	c := closure{node: n, virtuals: map[string]*dag.Node{}}
	c.link = c.reach([]*dag.Node{n}, func(from *dag.Node, t spec.DepTypes) bool { return t&spec.Link != 0 })
	c.build = c.reach([]*dag.Node{n}, func(from *dag.Node, t spec.DepTypes) bool {
		if from == n {
			return true
		}
		return t&(spec.Run|spec.Link) != 0
	})
	return c
}

// reach walks breadth first over the edges that follow allows; the start nodes are not part of the result. Nodes of one level keep
// their edges' order, which is sorted.
func (c *closure) reach(start []*dag.Node, follow func(from *dag.Node, t spec.DepTypes) bool) []*dag.Node {
	var out []*dag.Node
	seen := map[*dag.Node]bool{}
	for queue := start; len(queue) > 0; queue = queue[1:] {
		for _, e := range queue[0].Edges() {
			if !follow(queue[0], e.Types) {
				continue
			}
			for _, v := range e.Virtuals {
				if c.virtuals[v] == nil {
					c.virtuals[v] = e.To
				}
			}
			if !seen[e.To] {
				seen[e.To] = true
				out = append(out, e.To)
				queue = append(queue, e.To)
			}
		}
	}
	return out
}

// find looks a dependency up by package or virtual. The nearest wins.
func (c closure) find(name string) (*dag.Node, bool) {
	if n := c.virtuals[name]; n != nil {
		return n, true
	}
	for _, list := range [][]*dag.Node{c.link, c.build} {
		if i := slices.IndexFunc(list, func(n *dag.Node) bool { return n.Name() == name }); i >= 0 {
			return list[i], true
		}
	}
	for _, n := range c.link {
		if slices.Contains(n.Attrs().Provides, name) {
			return n, true
		}
	}
	return nil, false
}
