package concretizer

import (
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// A value that somebody asks for by name costs nothing: what depends on zstd+programs has decided that, and pays no price for zstd's default. Whoever asks
// must be known before the search begins, else each value that costs would be a reason to look for packages that ask for it. So those count that the request
// needs by default (what is encoded before the search), and what the recipe itself and configuration require.

// setter is something that asks for variants of a node by name, when its literal holds.
type setter struct {
	spec *spec.Spec
	lit  sat.Lit
	from *node // who depends on it; nil: a requirement, the request
	free bool  // what it asks for costs nothing, if from is nil or needed by default
}

// priceVariants ends the encoding of what the request needs by default: from now on it is known who asks for what.
func (e *encoder) priceVariants() {
	e.byDefault, e.askers = map[string]bool{}, map[string][]string{}
	for _, n := range e.order {
		if n.expanded && !e.byDefault[n.name] {
			e.byDefault[n.name] = true
			if e.names[n.name].multi {
				e.noteAsker(n)
			}
		}
	}
	for _, n := range slices.Clone(e.order) {
		if n.expanded {
			e.wishVariants(n)
		}
	}
}

// noteAsker notes of a package that may have two configurations whose variants it asks for: the second may be encoded later.
func (e *encoder) noteAsker(n *node) {
	for _, d := range dependencies(n.recipe) {
		if name := d.Spec.Name; len(d.Spec.Variants) > 0 && !slices.Contains(e.askers[name], n.name) {
			e.askers[name] = append(e.askers[name], n.name)
		}
	}
}

// wishVariants says what the variants of a node cost.
func (e *encoder) wishVariants(n *node) {
	if n.priced || e.byDefault == nil {
		return
	}
	n.priced = true
	for _, name := range n.names {
		v := n.variants[name]
		for _, d := range v.defs {
			for _, x := range slices.Clone(v.values) {
				e.wishVariantValue(n, v, d, x)
			}
		}
	}
}

// wishVariantValue: each value that is not a default costs one, and each default of a multi-valued variant that is not used.
func (e *encoder) wishVariantValue(n *node, v *variant, d *variantDef, value string) {
	lit := v.lits[value]
	isDefault, multi := slices.Contains(d.defaults, value), d.decl.Kind == packages.MultiVariant
	asked := sat.False
	switch {
	case isDefault && multi:
		lit = lit.Not()
	case isDefault:
		lit = lit.Not()
		asked = e.askedFor(n, v.name, "")
	case multi:
		asked = e.askedFor(n, v.name, value)
	case len(d.defaults) > 0:
		return // the unused default is counted
	default:
		asked = e.askedFor(n, v.name, "")
	}
	root := e.rootName[n.name] && n.slot == 0
	e.opt.Want(levelFor(root, levelRootVariants, levelVariants), e.sat.And(d.active, lit, n.built, asked.Not()).Not(), 1)
	if len(n.alts) > 0 {
		e.opt.Want(levelFor(root, levelReusedRootVariants, levelReusedVariants), e.sat.And(d.active, lit, n.built.Not()).Not(), 1)
	}
}

// asksValue tells whether a spec asks for a value of a variant; "" is any value.
func asksValue(s *spec.Spec, variant, value string) bool {
	v, ok := s.Variant(variant)
	return ok && !slices.Equal(v.Values, []string{"*"}) && (value == "" || slices.Contains(v.Values, value))
}

// askedFor is the literal that somebody who counts asks for a value that a node has; "" is any.
func (e *encoder) askedFor(n *node, variant, value string) sat.Lit {
	var ways []sat.Lit
	for _, s := range n.setters {
		if !s.free || !asksValue(s.spec, variant, value) {
			continue
		}
		if s.from != nil && e.byDefault[s.from.name] {
			ways = append(ways, s.lit)
		} else if s.from == nil {
			c, _ := s.spec.Variant(variant)
			ways = append(ways, e.sat.And(s.lit, e.withVariant(n, c)))
		}
	}
	for _, name := range e.askers[n.name] {
		if asksOne(e.names[name].recipe, n.name, variant, value) {
			for _, from := range e.slots(name) {
				if !from.expanded {
					ways = append(ways, e.askedLater(from, n, variant, value))
				}
			}
		}
	}
	return e.sat.Or(ways...)
}

// askedLater is the literal that a package asks for a value which is not encoded yet.
func (e *encoder) askedLater(from, n *node, variant, value string) sat.Lit {
	return e.deferred(from, func() sat.Lit {
		var ways []sat.Lit
		for _, s := range n.setters {
			if s.from == from && asksValue(s.spec, variant, value) {
				ways = append(ways, s.lit)
			}
		}
		return e.sat.Or(ways...)
	})
}

// asksOne tells of a recipe whether it asks another package for a value of a variant; "" is any.
func asksOne(r *packages.Recipe, name, variant, value string) bool {
	return slices.ContainsFunc(dependencies(r), func(d packages.Dependency) bool {
		return d.Spec.Name == name && asksValue(d.Spec, variant, value)
	})
}
