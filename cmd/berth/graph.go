package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// graphFormats draw a concrete DAG in a language that other programs lay out.
var graphFormats = map[string]func(roots []*dag.Node, types spec.DepTypes) string{"dot": renderDOT, "mermaid": renderMermaid}

func graphCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "graph",
		Usage:     "draw what depends on what",
		ArgsUsage: "[SPEC...]",
		Description: `berth graph                      the environment here, from env.lock
berth graph | dot -Tsvg > env.svg     as a picture, with Graphviz
berth graph --format mermaid     to paste into a README
berth graph --types link,run hdf5     specs, resolved as berth spec does, without what only builds need

Roots have a double border, what the host has a dashed one. Lines are solid where something is linked or run, dashed where it
is needed to build or test alone; beside them stand the virtuals that are provided.`,
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "format", Value: "dot", Usage: "draw in the language `dot|mermaid`"},
			&cli.StringFlag{Name: "types", Value: "all", Usage: "follow these `TYPES`: build, link, run, test, joined by commas, or all"},
		}, resolveFlags()...),
		Action: func(c *cli.Context) error {
			render := graphFormats[c.String("format")]
			if render == nil {
				return usagef("--format takes dot or mermaid, not %q", c.String("format"))
			}
			types, err := parseTypes(c.String("types"))
			if err != nil {
				return err
			}
			roots, err := b.graphRoots(c)
			if err != nil {
				return err
			}
			b.printf("%s", render(roots, types))
			return nil
		},
	}
}

// parseTypes reads --types.
func parseTypes(text string) (spec.DepTypes, error) {
	if text == "all" {
		return dag.AllTypes, nil
	}
	var types spec.DepTypes
	for _, name := range strings.Split(text, ",") {
		t, ok := spec.ParseDepType(strings.TrimSpace(name))
		if !ok {
			return 0, usagef("--types takes build, link, run and test, joined by commas, or all; not %q", name)
		}
		types |= t
	}
	return types, nil
}

// graphRoots resolves the specs that were given, or takes the environment here.
func (b *berth) graphRoots(c *cli.Context) ([]*dag.Node, error) {
	if c.NArg() == 0 {
		locked, err := b.lockedSystem(c.String("system"))
		if err != nil {
			return nil, err
		}
		return locked.RootNodes(), nil
	}
	list, err := specs(c.Args().Slice())
	if err != nil {
		return nil, err
	}
	o, err := b.resolveOptions(c)
	if err != nil {
		return nil, err
	}
	solution, err := b.resolve(c.Context, list, o)
	if err != nil {
		return nil, err
	}
	return solution.Roots, nil
}

// drawing is a DAG as both languages draw it: nodes with short ids in a fixed order, and the edges of the types asked for.
type drawing struct {
	nodes []*dag.Node
	ids   map[string]string // by hash: "n0"
	roots map[string]bool
	edges []drawnEdge
}

type drawnEdge struct {
	from, to string
	label    string
	light    bool // neither linked nor run
}

func draw(roots []*dag.Node, types spec.DepTypes) drawing {
	d := drawing{ids: map[string]string{}, roots: map[string]bool{}}
	var visit func(n *dag.Node)
	visit = func(n *dag.Node) {
		if _, seen := d.ids[n.Hash()]; seen {
			return
		}
		d.ids[n.Hash()] = ""
		d.nodes = append(d.nodes, n)
		for _, e := range n.Edges() {
			if e.Types&types != 0 {
				visit(e.To)
			}
		}
	}
	for _, r := range roots {
		d.roots[r.Hash()] = true
		visit(r)
	}
	slices.SortFunc(d.nodes, func(a, b *dag.Node) int { return strings.Compare(a.Name()+" "+a.Hash(), b.Name()+" "+b.Hash()) })
	for i, n := range d.nodes {
		d.ids[n.Hash()] = fmt.Sprintf("n%d", i)
	}
	for _, n := range d.nodes {
		for _, e := range n.Edges() {
			if e.Types&types != 0 {
				d.edges = append(d.edges, drawnEdge{d.ids[n.Hash()], d.ids[e.To.Hash()], strings.Join(e.Virtuals, ","), e.Types&(spec.Link|spec.Run) == 0})
			}
		}
	}
	return d
}

func nodeLabel(n *dag.Node, newline string) string {
	return n.Name() + "@" + n.Version().String() + newline + "/" + n.ShortHash()
}

// renderDOT draws for Graphviz.
func renderDOT(roots []*dag.Node, types spec.DepTypes) string {
	d := draw(roots, types)
	var b strings.Builder
	b.WriteString("digraph berth {\n  rankdir=TB\n  node [shape=box, fontname=\"sans-serif\"]\n  edge [fontname=\"sans-serif\", fontsize=10]\n")
	for _, n := range d.nodes {
		style := ""
		if d.roots[n.Hash()] {
			style += ", peripheries=2"
		}
		if n.External() != nil {
			style += ", style=dashed"
		}
		fmt.Fprintf(&b, "  %s [label=\"%s\"%s]\n", d.ids[n.Hash()], nodeLabel(n, `\n`), style)
	}
	for _, e := range d.edges {
		var style []string
		if e.label != "" {
			style = append(style, fmt.Sprintf("label=%q", e.label))
		}
		if e.light {
			style = append(style, "style=dashed")
		}
		fmt.Fprintf(&b, "  %s -> %s", e.from, e.to)
		if len(style) > 0 {
			fmt.Fprintf(&b, " [%s]", strings.Join(style, ", "))
		}
		b.WriteString("\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// renderMermaid draws for Mermaid, which Git forges show in Markdown.
func renderMermaid(roots []*dag.Node, types spec.DepTypes) string {
	d := draw(roots, types)
	var b strings.Builder
	b.WriteString("graph TD\n")
	for _, n := range d.nodes {
		open, shut := `["`, `"]`
		if d.roots[n.Hash()] {
			open, shut = `[["`, `"]]`
		}
		fmt.Fprintf(&b, "  %s%s%s%s\n", d.ids[n.Hash()], open, nodeLabel(n, "<br/>"), shut)
		if n.External() != nil {
			fmt.Fprintf(&b, "  style %s stroke-dasharray: 4 4\n", d.ids[n.Hash()])
		}
	}
	for _, e := range d.edges {
		arrow := "-->"
		if e.light {
			arrow = "-.->"
		}
		if e.label != "" {
			arrow += "|" + e.label + "|"
		}
		fmt.Fprintf(&b, "  %s %s %s\n", e.from, arrow, e.to)
	}
	return b.String()
}
