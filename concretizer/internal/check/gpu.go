package check

import (
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// gpuSwitch maps the variants that say which GPUs a package is built for to those that switch that on.
var gpuSwitch = map[string]string{"cuda_arch": "cuda", "amdgpu_target": "rocm"}

// gpuDefaults are the environment's GPUs as far as a conditional definition takes them, nil if it takes none.
func (w *World) gpuDefaults(pkg string, d *packages.VariantDecl) []string {
	said := slices.ContainsFunc(w.p.Roots, func(s *spec.Spec) bool {
		_, own := s.Variant(d.Name)
		return own && s.Name == pkg || slices.ContainsFunc(s.Deps, func(dep spec.Dep) bool {
			_, ok := dep.Spec.Variant(d.Name)
			return ok && dep.Spec.Name == pkg
		})
	})
	if len(d.When) == 0 || said {
		return nil
	}
	var out []string
	for _, v := range w.p.GPUs[d.Name] {
		if declares(d, v) && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	if len(out) > 1 && d.Kind != packages.MultiVariant {
		out = out[:1]
	}
	return out
}

// gpuNamed tells whether the request speaks of a value of a GPU variant.
func (w *World) gpuNamed(variant, value string) bool {
	says := func(s *spec.Spec) bool {
		v, ok := s.Variant(variant)
		return ok && slices.Contains(v.Values, value)
	}
	if value == "none" || value == "*" {
		return false
	}
	return slices.Contains(w.p.GPUs[variant], value) || slices.ContainsFunc(w.p.Roots, func(s *spec.Spec) bool {
		return says(s) || slices.ContainsFunc(s.Deps, func(d spec.Dep) bool { return says(d.Spec) })
	})
}

// gpuValues lists what of the request's GPUs a node is built for; ok is false if it is not meant for any GPU of the kind.
func (w *World) gpuValues(n *dag.Node, variant string) (values []string, ok bool) {
	v, has := n.Variant(variant)
	on, switched := n.Variant(gpuSwitch[variant])
	for _, x := range v.Values {
		if w.gpuNamed(variant, x) {
			values = append(values, x)
		}
	}
	if !switched || !on.IsBool() {
		return values, has
	}
	if slices.Contains(on.Values, "true") {
		return values, has
	}
	r := w.recipe(n.Name())
	d := w.active(n, r, on.Name)
	return values, d != nil && slices.Contains(r.VariantNames(), variant) && slices.Contains(w.defaults(n.Name(), d), "true")
}

// gpuCost: each link or run dependency between packages that are built for different GPUs.
func (w *World) gpuCost(c []int, n *dag.Node) {
	if !w.built(n) {
		return
	}
	for _, e := range n.Edges() {
		if e.Types&(spec.Link|spec.Run) == 0 || !w.built(e.To) {
			continue
		}
		for variant := range gpuSwitch {
			mine, uses := w.gpuValues(n, variant)
			theirs, used := w.gpuValues(e.To, variant)
			if used && !containsAll(theirs, mine) || uses && !containsAll(mine, theirs) {
				c[gpuMismatches]++
			}
		}
	}
}

// followsGPU tells whether a package that links to the node or runs it is built for a GPU that the request speaks of: the node may be, too.
func (w *World) followsGPU(n *dag.Node, variant, value string) bool {
	if gpuSwitch[variant] == "" || !w.gpuNamed(variant, value) {
		return false
	}
	return slices.ContainsFunc(w.nodes, func(m *dag.Node) bool {
		v, ok := m.Variant(variant)
		return ok && w.built(m) && slices.Contains(v.Values, value) && slices.ContainsFunc(m.Edges(), func(e dag.Edge) bool {
			return same(e.To, n) && e.Types&(spec.Link|spec.Run) != 0
		})
	})
}
