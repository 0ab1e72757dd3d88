package concretizer

import (
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// decoder turns the model into concrete nodes, dependencies first.
type decoder struct {
	*encoder
	done    map[*node]*dag.Node
	reused  map[string]bool
	patches map[string][]string // per package configuration: what dependents ask to be patched
	byHash  map[string]*dag.Node
	final   bool
}

// decode builds the DAG. It does so twice: which patches apply, and what the build does, is evaluated on the nodes of the first
// pass and becomes part of those of the second.
func (e *encoder) decode() (roots []*dag.Node, reused map[string]bool, err error) {
	first := &decoder{encoder: e, done: map[*node]*dag.Node{}, reused: map[string]bool{}, byHash: map[string]*dag.Node{}}
	if _, err := first.roots(); err != nil {
		return nil, nil, err
	}
	second := &decoder{encoder: e, done: map[*node]*dag.Node{}, reused: map[string]bool{}, byHash: map[string]*dag.Node{}, final: true, patches: first.dependentsPatches()}
	roots, err = second.withDigests(first.done)
	return roots, second.reused, err
}

func (d *decoder) roots() ([]*dag.Node, error) {
	var roots []*dag.Node
	for i := range d.req.Roots {
		for _, rn := range d.encoder.roots {
			if rn.root != &d.req.Roots[i] {
				continue
			}
			for k, n := range rn.ways {
				if d.sat.Value(rn.lits[k]) {
					c, err := d.node(n, nil)
					if err != nil {
						return nil, err
					}
					roots = append(roots, c)
				}
			}
		}
	}
	if len(roots) != len(d.req.Roots) {
		return nil, fmt.Errorf("internal error: %d nodes for %d roots", len(roots), len(d.req.Roots))
	}
	return roots, nil
}

// withDigests decodes again with what the nodes of the first pass say.
func (d *decoder) withDigests(first map[*node]*dag.Node) ([]*dag.Node, error) {
	for _, n := range d.order {
		if first[n] == nil {
			continue
		}
		if _, err := d.node(n, first); err != nil {
			return nil, err
		}
	}
	return d.roots()
}

// node makes the concrete node, and before it those it depends on.
func (d *decoder) node(n *node, first map[*node]*dag.Node) (*dag.Node, error) {
	if c := d.done[n]; c != nil {
		return c, nil
	}
	alt := d.alternative(n)
	if alt != nil && alt.node != nil {
		d.done[n] = alt.node
		d.reused[alt.node.Hash()] = true
		for _, en := range n.edges {
			if d.sat.Value(en.lit) {
				if _, err := d.node(en.to, first); err != nil {
					return nil, err
				}
			}
		}
		return alt.node, nil
	}
	if alt != nil {
		for _, f := range n.fixed {
			if d.sat.Value(f.lit) {
				d.done[n] = f.node
				return f.node, nil
			}
		}
	}
	edges, err := d.edges(n, first)
	if err != nil {
		return nil, err
	}
	attrs := d.attrs(n, alt)
	if d.final {
		attrs.Provides = canProvide(n.recipe, first[n])
	}
	if alt == nil && d.final {
		if err := d.digest(n, &attrs, first[n]); err != nil {
			return nil, err
		}
	}
	c, err := dag.New(attrs, edges)
	if err != nil {
		return nil, err
	}
	if same := d.byHash[c.Hash()]; same != nil {
		c = same // two slots may come out equal
	}
	d.byHash[c.Hash()] = c
	d.done[n] = c
	return c, nil
}

// alternative is the one that the model has chosen, nil if the node is built.
func (d *decoder) alternative(n *node) *alternative {
	for _, a := range n.alts {
		if d.sat.Value(a.lit) {
			return a
		}
	}
	return nil
}

// edges joins what several directives say of one dependency into one edge.
func (d *decoder) edges(n *node, first map[*node]*dag.Node) ([]dag.Edge, error) {
	var out []dag.Edge
	for _, en := range n.edges {
		if !d.sat.Value(en.lit) {
			continue
		}
		to, err := d.node(en.to, first)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(out, func(o dag.Edge) bool { return o.To.Hash() == to.Hash() })
		if i < 0 {
			i = len(out)
			out = append(out, dag.Edge{To: to})
		}
		out[i].Types |= en.types
		if en.virtual != "" {
			out[i].Virtuals = append(out[i].Virtuals, en.virtual)
		}
	}
	return out, nil
}

func (d *decoder) attrs(n *node, alt *alternative) dag.Attrs {
	a := dag.Attrs{
		Name: n.name, Namespace: n.recipe.Namespace,
		Platform: d.req.Platform, OS: d.req.OS, Target: d.low.names[0],
		Provides: d.providesNow(n),
	}
	for _, c := range n.versions {
		if d.sat.Value(c.lit) {
			a.Version = c.version
		}
	}
	for _, name := range n.names {
		if v := n.variants[name]; d.sat.Value(v.exists) {
			a.Variants = append(a.Variants, spec.Variant{Name: name, Values: d.values(v)})
		}
	}
	a.Flags = d.flagsOf(n)
	for name, lit := range n.target.lits {
		if d.sat.Value(lit) {
			a.Target = name
		}
	}
	if alt != nil {
		a.Target = alt.target
		a.External = &dag.External{Prefix: alt.external.Prefix, Modules: alt.external.Modules, Attributes: alt.external.Attributes}
	}
	return a
}

func (d *decoder) values(v *variant) []string {
	var out []string
	for _, x := range v.values {
		if d.sat.Value(v.lits[x]) {
			out = append(out, x)
		}
	}
	slices.Sort(out)
	return out
}

func (d *decoder) flagsOf(n *node) []spec.Flag {
	var out []spec.Flag
	for _, kind := range spec.FlagTypes {
		f := spec.Flag{Type: kind}
		for _, key := range n.flagList {
			if key.kind == kind && d.sat.Value(n.flags[key]) {
				f.Words = append(f.Words, key.word)
			}
		}
		if len(f.Words) > 0 {
			out = append(out, f)
		}
	}
	return out
}

// canProvide lists the virtuals that a node can provide, with the version where one is known. Which of them others have from it stands at their
// edges: a node's hash must not depend on who else is part of the answer.
func canProvide(r *packages.Recipe, n *dag.Node) []string {
	provided := map[string][]string{}
	for _, p := range r.Provides {
		if !p.When.Holds(n) {
			continue
		}
		for _, v := range p.Virtuals {
			text := v.Name
			if !v.Versions.IsAny() {
				text += "@" + v.Versions.String()
			}
			provided[v.Name] = append(provided[v.Name], text)
		}
	}
	var out []string
	for _, name := range sortedKeys(provided) {
		if list := slices.Compact(provided[name]); len(list) == 1 {
			out = append(out, list[0])
		} else {
			out = append(out, name)
		}
	}
	return out
}

// providesNow lists the virtuals that others, or a root by that name, have from the node.
func (d *decoder) providesNow(n *node) []string {
	var out []string
	for _, en := range n.dependents {
		if en.virtual != "" && d.sat.Value(en.lit) && d.sat.Value(en.from.lit) {
			out = append(out, en.virtual)
		}
	}
	for _, rn := range d.encoder.roots {
		for k, w := range rn.ways {
			if w == n && len(rn.ways) > 1 && d.sat.Value(rn.lits[k]) {
				out = append(out, rn.root.Spec.Name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// digest adds what is evaluated on the finished node: patches, and what the build does.
func (d *decoder) digest(n *node, a *dag.Attrs, first *dag.Node) error {
	for _, p := range n.recipe.PatchesFor(first) {
		a.Patches = append(a.Patches, p.SHA256)
	}
	a.Patches = append(a.Patches, d.patches[first.Hash()]...)
	if n.recipe.Builder == nil {
		return nil
	}
	hash, err := packages.BuildDigest(n.recipe, first)
	if err != nil {
		return err
	}
	a.PackageHash = hash
	return nil
}

// dependentsPatches collects the patches that nodes ask to be applied to what they depend on.
func (d *decoder) dependentsPatches() map[string][]string {
	out := map[string][]string{}
	for _, n := range sortedNodes(d.done) {
		c := d.done[n]
		if c.External() != nil || d.reused[c.Hash()] {
			continue
		}
		for _, e := range c.Edges() {
			for _, p := range n.recipe.DependencyPatches(c, e.To) {
				if !slices.Contains(out[e.To.Hash()], p.SHA256) {
					out[e.To.Hash()] = append(out[e.To.Hash()], p.SHA256)
				}
			}
		}
	}
	return out
}
