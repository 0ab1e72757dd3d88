package dag

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
)

// New builds a node on top of finished ones and computes its hash. Edges are sorted by the name and hash of what they lead to; nothing of
// the arguments is kept. It fails if an attribute that every node must have is missing (name, version, platform, os, target) or cannot be
// written and read back, or if two edges lead to one node.
func New(a Attrs, edges []Edge) (*Node, error) {
	n := &Node{attrs: a.clone(), edges: slices.Clone(edges)}
	if err := n.attrs.normalise(); err != nil {
		return nil, fmt.Errorf("build node %s: %w", describe(&a), err)
	}
	if err := n.normaliseEdges(); err != nil {
		return nil, fmt.Errorf("build node %s: %w", describe(&a), err)
	}
	n.hash = computeHash(n)
	return n, nil
}

func describe(a *Attrs) string {
	if a.Name == "" {
		return "without a name"
	}
	return a.Name + "@" + a.Version.String()
}

func (a *Attrs) clone() Attrs {
	c := *a
	c.Variants = slices.Clone(a.Variants)
	for i := range c.Variants {
		c.Variants[i].Values = slices.Clone(c.Variants[i].Values)
	}
	c.Flags = slices.Clone(a.Flags)
	for i := range c.Flags {
		c.Flags[i].Words = slices.Clone(c.Flags[i].Words)
	}
	c.Patches = slices.Clone(a.Patches)
	c.Provides = slices.Clone(a.Provides)
	if a.External != nil {
		e := *a.External
		e.Modules = slices.Clone(e.Modules)
		e.Attributes = maps.Clone(e.Attributes)
		c.External = &e
	}
	return c
}

// normalise brings the attributes into the one form that nodes of equal meaning share, or says what is wrong with them.
func (a *Attrs) normalise() error {
	if err := a.checkIdentity(); err != nil {
		return err
	}
	if err := a.normaliseVariants(); err != nil {
		return err
	}
	if err := a.normaliseFlags(); err != nil {
		return err
	}
	slices.Sort(a.Provides)
	a.Provides = slices.Compact(a.Provides)
	for _, p := range a.Provides {
		if s, err := spec.Parse(p); err != nil || s.Name == "" {
			return fmt.Errorf("%q is no virtual", p)
		}
	}
	return a.checkText()
}

// checkIdentity: name, namespace and target must be what the spec language can name.
func (a *Attrs) checkIdentity() error {
	for _, need := range []struct{ what, value string }{
		{"name", a.Name}, {"version", a.Version.String()}, {"platform", a.Platform}, {"os", a.OS}, {"target", a.Target},
	} {
		if need.value == "" {
			return fmt.Errorf("the %s is missing", need.what)
		}
	}
	if s, err := spec.Parse(a.Name); err != nil || s.Name != a.Name {
		return fmt.Errorf("%q is no package name", a.Name)
	}
	if a.Namespace != "" {
		if s, err := spec.Parse(a.Namespace + "." + a.Name); err != nil || s.Namespace != a.Namespace {
			return fmt.Errorf("%q is no namespace", a.Namespace)
		}
	}
	set, err := arch.ParseSet(a.Target)
	if err != nil {
		return err
	}
	if name, ok := set.Concrete(); !ok || name != a.Target {
		return fmt.Errorf("%q is not one target", a.Target)
	}
	return nil
}

func (a *Attrs) normaliseVariants() error {
	slices.SortStableFunc(a.Variants, func(v, w spec.Variant) int { return cmp.Compare(v.Name, w.Name) })
	for i := range a.Variants {
		v := &a.Variants[i]
		v.Exact, v.Propagate = false, false // a request's ways; the value is what it is
		slices.Sort(v.Values)
		v.Values = slices.Compact(v.Values)
		switch {
		case v.Name == "":
			return errors.New("a variant has no name")
		case i > 0 && a.Variants[i-1].Name == v.Name:
			return fmt.Errorf("variant %s has two values", v.Name)
		case len(v.Values) == 0:
			return fmt.Errorf("variant %s has no value", v.Name)
		case slices.Contains(v.Values, "*"):
			return fmt.Errorf("variant %s has no definite value", v.Name)
		}
	}
	return nil
}

func (a *Attrs) normaliseFlags() error {
	a.Flags = slices.DeleteFunc(a.Flags, func(f spec.Flag) bool { return len(f.Words) == 0 })
	order := func(f spec.Flag) int { return slices.Index(spec.FlagTypes[:], f.Type) }
	slices.SortStableFunc(a.Flags, func(f, g spec.Flag) int { return cmp.Compare(order(f), order(g)) })
	for i := range a.Flags {
		f := &a.Flags[i]
		f.Propagate = false
		if order(*f) < 0 {
			return fmt.Errorf("%q is no type of compiler flags", f.Type)
		}
		if i > 0 && a.Flags[i-1].Type == f.Type {
			return fmt.Errorf("%s are given twice", f.Type)
		}
	}
	return nil
}

// checkText: what is not UTF-8 would change when it is written as JSON.
func (a *Attrs) checkText() error {
	texts := slices.Concat([]string{a.Platform, a.OS, a.PackageHash}, a.Patches)
	for _, v := range a.Variants {
		texts = append(append(texts, v.Name), v.Values...)
	}
	for _, f := range a.Flags {
		texts = append(texts, f.Words...)
	}
	if e := a.External; e != nil {
		texts = append(append(texts, e.Prefix), e.Modules...)
		for key, value := range e.Attributes {
			texts = append(texts, key, value)
		}
	}
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return fmt.Errorf("%q is not UTF-8", text)
		}
	}
	return nil
}

func (n *Node) normaliseEdges() error {
	const all = spec.Build | spec.Link | spec.Run | spec.Test
	for i := range n.edges {
		e := &n.edges[i]
		if e.To == nil {
			return errors.New("an edge leads nowhere")
		}
		if e.Types == 0 || e.Types&^all != 0 {
			return fmt.Errorf("the edge to %s has no valid type", e.To.Name())
		}
		e.Virtuals = slices.Clone(e.Virtuals)
		slices.Sort(e.Virtuals)
		e.Virtuals = slices.Compact(e.Virtuals)
		for _, v := range e.Virtuals {
			if s, err := spec.Parse(v); err != nil || s.Name != v {
				return fmt.Errorf("the edge to %s provides %q, which is no virtual", e.To.Name(), v)
			}
		}
	}
	slices.SortFunc(n.edges, func(a, b Edge) int { return compareNodes(a.To, b.To) })
	for i := 1; i < len(n.edges); i++ {
		if n.edges[i-1].To.hash == n.edges[i].To.hash {
			return fmt.Errorf("two edges lead to %s/%s", n.edges[i].To.Name(), n.edges[i].To.ShortHash())
		}
	}
	return nil
}

// compareNodes orders by name, then hash.
func compareNodes(a, b *Node) int {
	if c := cmp.Compare(a.attrs.Name, b.attrs.Name); c != 0 {
		return c
	}
	return cmp.Compare(a.hash, b.hash)
}
