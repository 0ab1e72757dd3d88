package dag

import (
	"slices"
	"strings"

	"github.com/berth-hpc/berth/spec"
)

// Satisfies reports whether the node, with its DAG below, is one that s describes. ^x is met by any node below, %x by a direct
// dependency. A name that is a virtual is met by a node that is reached over an edge that provides it (at the top: by one that provides
// it at all); a version of it is compared where the node says which version it provides. A dependency with a condition counts where the
// condition holds; a wish (%%) always. A propagated variant must hold on the node and on every node below, as far as they have the variant.
func (n *Node) Satisfies(s *spec.Spec) bool {
	return n.meets(s, n.provides(s.Name))
}

// provides reports whether the node provides the virtual in its DAG.
func (n *Node) provides(name string) bool {
	if name == "" {
		return false
	}
	_, ok := n.provided(name)
	return ok
}

// provided returns the versions of the virtual that the node provides.
func (n *Node) provided(name string) (spec.Versions, bool) {
	for _, p := range n.attrs.Provides {
		if p == name {
			return spec.Versions{}, true
		}
		if rest, ok := strings.CutPrefix(p, name+"@"); ok {
			versions, err := spec.ParseVersions(rest)
			return versions, err == nil
		}
	}
	return spec.Versions{}, false
}

// meets is Satisfies for a node that was reached as something that may be the virtual s.Name.
func (n *Node) meets(s *spec.Spec, asVirtual bool) bool {
	a := &n.attrs
	switch {
	case s.Name == "" || s.Name == a.Name:
		if !s.Versions.Contains(a.Version) {
			return false
		}
	case asVirtual:
		if versions, ok := n.provided(s.Name); ok && !versions.Intersects(s.Versions) {
			return false
		}
	default:
		return false
	}
	return fits(a.Namespace, s.Namespace) && fits(a.Platform, s.Platform) && fits(a.OS, s.OS) &&
		s.Target.Contains(a.Target) && strings.HasPrefix(n.hash, s.Hash) &&
		n.meetsVariants(s.Variants) && n.meetsFlags(s.Flags) && n.meetsDeps(s.Deps)
}

func fits(have, want string) bool { return want == "" || have == want }

func (n *Node) meetsVariants(wants []spec.Variant) bool {
	for _, want := range wants {
		have, ok := n.Variant(want.Name)
		if want.Propagate {
			if ok && !want.Accepts(have.Values) || !n.propagated(want) {
				return false
			}
			continue
		}
		if !ok && want.Name == "patches" {
			if !n.meetsPatches(want.Values) {
				return false
			}
			continue
		}
		if !ok || !want.Accepts(have.Values) {
			return false
		}
	}
	return true
}

// meetsPatches: patches=abc asks for a patch whose sha256 begins so.
func (n *Node) meetsPatches(wants []string) bool {
	for _, want := range wants {
		if want == "*" {
			want = ""
		}
		if !slices.ContainsFunc(n.attrs.Patches, func(sum string) bool { return strings.HasPrefix(sum, want) }) {
			return false
		}
	}
	return true
}

// propagated reports whether the variant has the value on every node below that has the variant.
func (n *Node) propagated(want spec.Variant) bool {
	return !n.reach(func(e Edge) bool {
		have, ok := e.To.Variant(want.Name)
		return ok && !want.Accepts(have.Values)
	})
}

func (n *Node) meetsFlags(wants []spec.Flag) bool {
	for _, want := range wants {
		i := slices.IndexFunc(n.attrs.Flags, func(f spec.Flag) bool { return f.Type == want.Type })
		if i < 0 || !containsAll(n.attrs.Flags[i].Words, want.Words) {
			return false
		}
	}
	return true
}

func containsAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(have, w) })
}

func (n *Node) meetsDeps(wants []spec.Dep) bool {
	for i := range wants {
		want := &wants[i]
		if want.Propagate || want.When != nil && !n.Satisfies(want.When) { // %% is a wish
			continue
		}
		met := func(e Edge) bool { return e.meets(want) }
		if want.Direct && !slices.ContainsFunc(n.edges, met) || !want.Direct && !n.reach(met) {
			return false
		}
	}
	return true
}

func (e *Edge) meets(want *spec.Dep) bool {
	return want.Types&^e.Types == 0 && containsAll(e.Virtuals, want.Virtuals) &&
		e.To.meets(want.Spec, slices.Contains(e.Virtuals, want.Spec.Name))
}

// reach calls found for the edges below the node, until it returns true; it reports whether it did.
func (n *Node) reach(found func(Edge) bool) bool {
	seen := map[*Node]bool{}
	stack := []*Node{n}
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, e := range top.edges {
			if found(e) {
				return true
			}
			if !seen[e.To] {
				seen[e.To] = true
				stack = append(stack, e.To)
			}
		}
	}
	return false
}
