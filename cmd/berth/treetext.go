package main

import (
	"strings"

	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// treeOptions is how a concrete DAG is shown.
type treeOptions struct {
	color  bool
	hashes bool // 7 characters before each node
	types  bool // how each node is needed: [blrt], for build, link, run, test
	// everyEdge repeats a node under each of its dependents, its own dependencies only once; else a node is shown once, as near to
	// the root as it stands (Spack's cover=edges and cover=nodes).
	everyEdge bool
	status    func(*dag.Node) installStatus // nil: not shown
}

// installStatus is the state of a node's prefix.
type installStatus uint8

const (
	absent installStatus = iota
	installed
	external
	reusable // not in the store, but taken over from elsewhere
)

// mark is the status as users of Spack know it, in a column of five characters.
func (s installStatus) mark(color bool) string {
	switch s {
	case installed:
		return paint(color, green, "[+]") + "  "
	case external:
		return paint(color, cyan, "[e]") + "  "
	case reusable:
		return paint(color, green, "[^]") + "  "
	}
	return paint(color, dim, " - ") + "  "
}

// renderTree draws the DAG below root, a node a line, dependencies indented under what needs them and marked with "^".
func renderTree(root *dag.Node, o treeOptions) string {
	var b strings.Builder
	needed := neededTypes(root)
	for _, line := range layOut(root, o.everyEdge) {
		if o.status != nil {
			b.WriteString(o.status(line.node).mark(o.color))
		}
		if o.hashes {
			b.WriteString(paint(o.color, dim, line.node.ShortHash()) + "  ")
		}
		if o.types {
			types := line.types
			if !o.everyEdge {
				types = needed[line.node.Hash()]
			}
			b.WriteString(typesColumn(types) + "  ")
		}
		b.WriteString(strings.Repeat("    ", line.depth))
		if line.depth > 0 {
			b.WriteString("^")
		}
		b.WriteString(renderNode(line.node, o.color))
		if x := line.node.External(); x != nil {
			b.WriteString(paint(o.color, dim, " ["+standsIn(x)+"]"))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// typesColumn is a set of dependency types as one letter each, at fixed places: "[bl  ]".
func typesColumn(t spec.DepTypes) string {
	column := []byte("[    ]")
	for i, letter := range []byte("blrt") {
		if t&(1<<i) != 0 {
			column[i+1] = letter
		}
	}
	return string(column)
}

// neededTypes is, for each node by hash, how any of its dependents needs it.
func neededTypes(root *dag.Node) map[string]spec.DepTypes {
	needed := map[string]spec.DepTypes{}
	for _, n := range dag.Topological(root) {
		for _, e := range n.Edges() {
			needed[e.To.Hash()] |= e.Types
		}
	}
	return needed
}

// treeLine is a node at its place in the tree.
type treeLine struct {
	node  *dag.Node
	depth int
	types spec.DepTypes // of the edge that led here
	below []*treeLine
}

// layOut brings the DAG into lines. It goes breadth first, so that what the root needs directly stands directly below it.
func layOut(root *dag.Node, everyEdge bool) []*treeLine {
	top := &treeLine{node: root}
	seen := map[string]bool{root.Hash(): true}
	queue := []*treeLine{top}
	for len(queue) > 0 {
		line := queue[0]
		queue = queue[1:]
		for _, e := range line.node.Edges() {
			known := seen[e.To.Hash()]
			if known && !everyEdge {
				continue
			}
			below := &treeLine{node: e.To, depth: line.depth + 1, types: e.Types}
			line.below = append(line.below, below)
			if !known {
				seen[e.To.Hash()] = true
				queue = append(queue, below)
			}
		}
	}
	return flatten(nil, []*treeLine{top})
}

func flatten(lines, from []*treeLine) []*treeLine {
	for _, line := range from {
		lines = flatten(append(lines, line), line.below)
	}
	return lines
}

// renderNode is a node without its dependencies, as a spec: fftw@3.3.10+mpi~openmp precision=double target=zen3.
func renderNode(n *dag.Node, color bool) string {
	a := n.Attrs()
	var b strings.Builder
	b.WriteString(a.Name + paint(color, cyan, "@"+a.Version.String()))
	b.WriteString(paint(color, blue, renderVariants(a.Variants)))
	for _, f := range a.Flags {
		b.WriteString(" " + paint(color, blue, f.String()))
	}
	b.WriteString(paint(color, dim, " target="+a.Target))
	return b.String()
}

// renderVariants writes the switches first, without spaces, and then each name with its value.
func renderVariants(variants []spec.Variant) string {
	var switches, values string
	for _, v := range variants {
		if v.IsBool() {
			switches += v.String()
		} else {
			values += " " + v.String()
		}
	}
	return switches + values
}

// standsIn is where an external is: its prefix, or the modules that lead to it.
func standsIn(x *dag.External) string {
	if x.Prefix == "" {
		return "module " + strings.Join(x.Modules, " ")
	}
	return x.Prefix
}
