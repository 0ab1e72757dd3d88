package yamlrecipe

import (
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec"
)

// noValue is what a variant of several values has where it has none of them: a dependency then keeps its own choice.
const noValue = "none"

// same adds to a dependency that is to have the package's values of some variants: one more dependency for each value, as in
// Spack's recipes. {spec: kokkos, when: +kokkos, same: cuda_arch} is kokkos cuda_arch=90 when +kokkos cuda_arch=90, and so on.
func (rd *reader) same(d packages.Dependency, names yamldoc.Node) {
	for _, n := range names.ListOrOne() {
		declared, ok := rd.variant(n.Text())
		switch {
		case !ok:
			n.FailUnknown("variant", n.Text(), rd.variantNames())
			continue
		case declared.any:
			n.Fail("variant "+n.Text()+" takes any text", "only of variants with listed values can a dependency have the same")
			continue
		}
		values := declared.values
		if declared.isBool {
			values = []string{"true", "false"}
		}
		for _, value := range values {
			if value != noValue {
				rd.recipe.Depends = append(rd.recipe.Depends, withVariant(d, spec.Variant{Name: n.Text(), Values: []string{value}}))
			}
		}
	}
}

// withVariant is the dependency for the case that the package has the variant, with the variant.
func withVariant(d packages.Dependency, v spec.Variant) packages.Dependency {
	wanted := *d.Spec
	wanted.Variants = append(slices.Clone(wanted.Variants), v)
	d.Spec = &wanted
	d.When = append(slices.Clone(d.When), &spec.Spec{Variants: []spec.Variant{v}})
	return d
}
