package install

import (
	"slices"

	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// plan is what an install has to do.
type plan struct {
	roots    []*dag.Node
	tasks    []*task     // what must be built; dependencies before dependents
	standing []*dag.Node // needed and there: externals and installed packages
}

// Plan is what is going to be done, for a Reporter.
type Plan struct {
	Build    []*dag.Node // dependencies before dependents
	Standing []*dag.Node // needed, and there already
	Expect   Estimate    // what it will take
}

func (p *plan) summary(expect Estimate) Plan {
	s := Plan{Standing: p.standing, Expect: expect}
	for _, t := range p.tasks {
		s.Build = append(s.Build, t.node)
	}
	return s
}

func (p *plan) isRoot(n *dag.Node) bool {
	return slices.ContainsFunc(p.roots, func(r *dag.Node) bool { return r.Hash() == n.Hash() })
}

// planner walks the DAGs of the roots.
type planner struct {
	plan
	complete func(*dag.Node) bool
	seen     map[string]bool
	byHash   map[string]*task
}

// newPlan finds what the roots need: everything that link and run edges reach must stand, and for what has to be built, also
// what its build edges reach. Nodes are told apart by their hash.
func newPlan(roots []*dag.Node, complete func(*dag.Node) bool) *plan {
	p := &planner{complete: complete, seen: map[string]bool{}, byHash: map[string]*task{}}
	p.roots = roots
	for _, r := range roots {
		p.visit(r)
	}
	for _, t := range p.tasks {
		p.connect(t)
	}
	setPriorities(p.tasks)
	return &p.plan
}

func (p *planner) visit(n *dag.Node) {
	if p.seen[n.Hash()] {
		return
	}
	p.seen[n.Hash()] = true
	follow := spec.Link | spec.Run
	build := n.External() == nil && !p.complete(n)
	if build {
		follow |= spec.Build | spec.Test
	}
	for _, e := range n.Edges() {
		if e.Types&follow != 0 {
			p.visit(e.To)
		}
	}
	if !build {
		p.standing = append(p.standing, n)
		return
	}
	t := &task{node: n}
	p.tasks = append(p.tasks, t)
	p.byHash[n.Hash()] = t
}

// connect finds the tasks that t has to wait for: its dependencies, and what those that stand already need to run.
func (p *planner) connect(t *task) {
	seen := map[string]bool{}
	var walk func(n *dag.Node, follow spec.DepTypes)
	walk = func(n *dag.Node, follow spec.DepTypes) {
		for _, e := range n.Edges() {
			if e.Types&follow == 0 || seen[e.To.Hash()] {
				continue
			}
			seen[e.To.Hash()] = true
			if d := p.byHash[e.To.Hash()]; d != nil {
				t.waitsFor++
				d.dependents = append(d.dependents, t)
				continue
			}
			walk(e.To, spec.Link|spec.Run)
		}
	}
	walk(t.node, spec.Build|spec.Link|spec.Run|spec.Test)
}

// setPriorities gives each task the length of the longest chain of tasks that waits for it: what most depends on goes first.
func setPriorities(tasks []*task) {
	for i := len(tasks) - 1; i >= 0; i-- { // dependents come after their dependencies
		for _, d := range tasks[i].dependents {
			tasks[i].priority = max(tasks[i].priority, d.priority+1)
		}
	}
}
