package dag

import (
	"slices"

	"github.com/berth-hpc/berth/spec"
)

// AllTypes is every dependency type.
const AllTypes = spec.Build | spec.Link | spec.Run | spec.Test

// Topological lists the roots and every node below them once, dependencies before what depends on them. The order depends on the nodes
// alone: the roots are taken by name and hash, as edges are. Nodes of equal hash are one.
func Topological(roots ...*Node) []*Node { return closure(roots, AllTypes) }

// closure lists what is reached from the roots over edges of the types, the roots among them, dependencies first. It does not recurse:
// the depth of the DAG is up to whoever wrote it.
func closure(roots []*Node, types spec.DepTypes) []*Node {
	type frame struct {
		node *Node
		next int // the edge to follow
	}
	done := map[string]bool{}
	var list []*Node
	var stack []frame
	push := func(n *Node) {
		if !done[n.hash] {
			done[n.hash] = true
			stack = append(stack, frame{node: n})
		}
	}
	roots = slices.Clone(roots)
	slices.SortFunc(roots, compareNodes)
	for _, root := range roots {
		push(root)
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(top.node.edges) {
				list = append(list, top.node)
				stack = stack[:len(stack)-1]
				continue
			}
			e := top.node.edges[top.next]
			top.next++
			if e.Types&types != 0 {
				push(e.To)
			}
		}
	}
	return list
}

// Walk calls visit once for the root and every node below it, a node before its dependencies, which come in the order of its edges. Where
// visit returns false, the edges of that node are not followed.
func Walk(root *Node, visit func(*Node) bool) {
	seen := map[string]bool{root.hash: true}
	stack := []*Node{root}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !visit(n) {
			continue
		}
		for _, e := range slices.Backward(n.edges) {
			if !seen[e.To.hash] {
				seen[e.To.hash] = true
				stack = append(stack, e.To)
			}
		}
	}
}

// Find lists the nodes of that package name among the roots and below, by hash. There may be several: build tools need not agree.
func Find(name string, roots ...*Node) []*Node {
	var found []*Node
	for _, n := range Topological(roots...) {
		if n.Name() == name {
			found = append(found, n)
		}
	}
	slices.SortFunc(found, compareNodes)
	return found
}

// Dependents maps the hash of each node among the roots and below to the nodes there that have an edge to it, by name and hash.
func Dependents(roots ...*Node) map[string][]*Node {
	users := map[string][]*Node{}
	for _, n := range Topological(roots...) {
		for _, e := range n.edges {
			users[e.To.hash] = append(users[e.To.hash], n)
		}
	}
	for _, list := range users {
		slices.SortFunc(list, compareNodes)
	}
	return users
}

// DepsOf lists the direct dependencies of the node over edges that have one of the types.
func (n *Node) DepsOf(types spec.DepTypes) []*Node {
	var list []*Node
	for _, e := range n.edges {
		if e.Types&types != 0 {
			list = append(list, e.To)
		}
	}
	return list
}

// LinkRunClosure lists what the node needs to be linked with and to run: all nodes reached over link and run edges, itself left
// out, dependencies first.
func LinkRunClosure(n *Node) []*Node {
	return closure(n.DepsOf(spec.Link|spec.Run), spec.Link|spec.Run)
}

// BuildDeps lists what must stand in place to build the node: its direct dependencies of type build and link, and what those need to be
// linked with and to run. Dependencies come first.
func BuildDeps(n *Node) []*Node {
	return closure(n.DepsOf(spec.Build|spec.Link), spec.Link|spec.Run)
}
