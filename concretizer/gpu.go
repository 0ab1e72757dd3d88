package concretizer

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// gpuVariants are the variants by which recipes say which GPUs a package is built for, and those that switch it on.
var gpuVariants = []struct{ name, on string }{{"cuda_arch", "cuda"}, {"amdgpu_target", "rocm"}}

// GPU is an architecture of the environment's GPUs, as recipes call it.
type GPU struct {
	Variant string // "cuda_arch", "amdgpu_target"
	Value   string // "80", "gfx90a"
}

var (
	cudaName = regexp.MustCompile(`^sm_([0-9]+[af]?)$`)
	rocmName = regexp.MustCompile(`^gfx[0-9a-f]+(:(xnack|sramecc)[-+])*$`)
)

// ParseGPU reads what a GPU's maker calls its architecture: sm_80, gfx90a.
func ParseGPU(text string) (GPU, error) {
	if m := cudaName.FindStringSubmatch(text); m != nil {
		return GPU{"cuda_arch", m[1]}, nil
	}
	if rocmName.MatchString(text) {
		return GPU{"amdgpu_target", text}, nil
	}
	return GPU{}, fmt.Errorf("%q is no GPU architecture: NVIDIA's are called sm_80 or sm_90a, AMD's gfx90a", text)
}

// ForGPUs tells whether a concrete node is built for certain GPUs.
func ForGPUs(n *dag.Node) bool {
	return slices.ContainsFunc(gpuVariants, func(g struct{ name, on string }) bool {
		v, ok := n.Variant(g.name)
		return ok && !slices.Equal(v.Values, []string{"none"})
	})
}

// gpuDefaults are the values of a variant that follow the environment's GPUs, nil if none do. One that exists without a condition stays: it
// may be of a package that is not built for GPUs; and so does one that the request speaks of.
func (e *encoder) gpuDefaults(n *node, d *packages.VariantDecl) []string {
	said := func(s *spec.Spec) bool {
		_, ok := s.Variant(d.Name)
		return ok && s.Name == n.name
	}
	for _, r := range e.req.Roots {
		if said(r.Spec) || slices.ContainsFunc(r.Spec.Deps, func(dep spec.Dep) bool { return said(dep.Spec) }) {
			return nil
		}
	}
	var values []string
	for _, g := range e.req.GPUs {
		if g.Variant == d.Name && len(d.When) > 0 && declares(d, []string{g.Value}) {
			values = append(values, g.Value)
		}
	}
	slices.Sort(values)
	if values = slices.Compact(values); len(values) > 1 && d.Kind != packages.MultiVariant {
		return values[:1]
	}
	return values
}

// gpuNamed lists the values of a GPU variant that the request speaks of: those by which packages can be told to be built for different GPUs.
func (e *encoder) gpuNamed(variant string) []string {
	if values, ok := e.gpus[variant]; ok {
		return values
	}
	var values []string
	for _, g := range e.req.GPUs {
		if g.Variant == variant {
			values = append(values, g.Value)
		}
	}
	add := func(s *spec.Spec) {
		if v, ok := s.Variant(variant); ok {
			values = append(values, v.Values...)
		}
	}
	for _, r := range e.req.Roots {
		add(r.Spec)
		for _, d := range r.Spec.Deps {
			add(d.Spec)
		}
	}
	slices.Sort(values)
	values = slices.DeleteFunc(slices.Compact(values), func(v string) bool { return v == "none" || v == "*" })
	e.gpus[variant] = values
	return values
}

// gpuPair is two nodes, one of which links to the other, that both are built for GPUs of one kind.
type gpuPair struct {
	from, to nodeKey
	variant  string
}

// matchGPUs wishes that a node and what it links to or runs are built for the same GPUs, and lets a sticky variant follow the dependent's.
func (e *encoder) matchGPUs(en *edge) {
	if en.types&(spec.Link|spec.Run) == 0 {
		return
	}
	for _, g := range gpuVariants {
		values := e.gpuNamed(g.name)
		if len(values) == 0 || en.from.variants[g.name] == nil {
			continue
		}
		_ = en.to.whenExpanded(func() error {
			if en.to.variants[g.name] == nil {
				return nil
			}
			for _, value := range values {
				e.matchGPU(en, g.name, g.on, value)
			}
			return nil
		})
	}
}

func (e *encoder) matchGPU(en *edge, variant, on, value string) {
	from, to := en.from, en.to
	mine, theirs := gpuValue(from, variant, value), gpuValue(to, variant, value)
	if mine == sat.False && theirs == sat.False {
		return
	}
	key := gpuPair{from.nodeKey, to.nodeKey, variant}
	mismatch, ok := e.gpuMismatch[key]
	if !ok {
		mismatch = e.sat.Lit()
		e.gpuMismatch[key] = mismatch
		e.opt.Want(levelGPUMismatches, mismatch.Not(), 1)
	}
	both := []sat.Lit{en.lit.Not(), from.built.Not(), to.built.Not(), mismatch}
	e.sat.Add(append(slices.Clone(both), mine.Not(), e.usesGPU(to, variant, on).Not(), theirs)...)
	e.sat.Add(append(slices.Clone(both), theirs.Not(), e.usesGPU(from, variant, on).Not(), mine)...)
	if mine != sat.False {
		e.noteSetter(to, &spec.Spec{Variants: []spec.Variant{{Name: variant, Values: []string{value}}}}, e.sat.And(en.lit, from.built, mine))
	}
}

// gpuValue is the literal that a node is built for a GPU.
func gpuValue(n *node, variant, value string) sat.Lit {
	if lit, ok := n.variants[variant].lits[value]; ok {
		return lit
	}
	return sat.False
}

// usesGPU is the literal that a node is built for GPUs of a kind, or would be by default: where a recipe has a switch for that, nobody turns it off
// to be like others.
func (e *encoder) usesGPU(n *node, variant, on string) sat.Lit {
	exists := n.variants[variant].exists
	v := n.variants[on]
	if v == nil || v.lits["true"] == 0 || v.lits["false"] == 0 {
		return exists
	}
	ways := []sat.Lit{e.sat.And(exists, v.lits["true"]), e.sat.And(exists, v.exists.Not())}
	for _, d := range v.defs {
		if slices.Contains(d.defaults, "true") {
			ways = append(ways, e.sat.And(d.active, v.lits["false"]))
		}
	}
	return e.sat.Or(ways...)
}

// followsGPU tells of a recipe whether it can make what it links to follow its GPUs.
func (e *encoder) followsGPU(variant string) func(*packages.Recipe) bool {
	isGPU := slices.ContainsFunc(gpuVariants, func(g struct{ name, on string }) bool { return g.name == variant })
	return func(r *packages.Recipe) bool {
		return isGPU && r != nil && len(e.gpuNamed(variant)) > 0 && slices.ContainsFunc(r.Variants, func(d packages.VariantDecl) bool { return d.Name == variant })
	}
}
