package main

import (
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// renderVariantDecls is, for each variant, its default as a spec sets it and what it is about; below, what else it takes. The recipe's own
// variants come before those that it inherits, which packages of a build system have in common.
func renderVariantDecls(r *packages.Recipe) string {
	var own, inherited []noted
	for _, v := range r.Variants {
		n := noted{text: defaultText(v), notes: variantNotes(v)}
		if v.Place.File == r.Place.File {
			own = append(own, n)
		} else {
			inherited = append(inherited, n)
		}
	}
	return renderNoted(append(own, inherited...), columnOfAbout)
}

// columnOfAbout is where what a variant is about begins: a long default must not push all of them away.
const columnOfAbout = 26

// variantNotes are the lines beside a variant. Its condition stands behind what it is about where there is room for both.
func variantNotes(v packages.VariantDecl) []string {
	width := pageWidth - columnOfAbout
	about, values := wrap(v.About, width), wrap(valuesText(v), width)
	when := wrap(whenText(v.When), width)
	if len(about) == 1 && len(when) == 1 && len(values) == 0 && !v.Sticky {
		if both := about[0] + " (" + when[0] + ")"; len(both) <= width {
			return []string{both}
		}
	}
	notes := append(about, values...)
	if v.Sticky {
		notes = append(notes, "never changed from its default unless asked for")
	}
	return append(notes, when...)
}

// defaultText is the variant's default as a spec would set it: "+mpi", "api=v18"; without a default, what a spec would begin with.
func defaultText(v packages.VariantDecl) string {
	if len(v.Default) == 0 {
		return v.Name + "="
	}
	return spec.Variant{Name: v.Name, Values: v.Default}.String()
}

// valuesText is what the variant takes, where its default does not say so: "one of single, double, quad (when @3:)".
func valuesText(v packages.VariantDecl) string {
	switch {
	case v.Kind == packages.BoolVariant:
		return ""
	case v.Any && v.Kind == packages.SingleVariant:
		return "any value"
	case v.Any:
		return "any number of any values"
	case len(v.Sets) > 0:
		sets := make([]string, len(v.Sets))
		for i, set := range v.Sets {
			sets[i] = strings.Join(set, ", ")
			if len(set) > 1 {
				sets[i] = "any number of " + sets[i]
			}
		}
		return strings.Join(sets, "; or ")
	}
	if len(v.Values) == 1 && v.Kind == packages.SingleVariant {
		return "" // its default
	}
	values := make([]string, len(v.Values))
	for i, value := range v.Values {
		values[i] = value.Value
		if len(value.When) > 0 {
			values[i] += " (" + whenText(value.When) + ")"
		}
	}
	if v.Kind == packages.MultiVariant {
		return "any number of " + strings.Join(values, ", ")
	}
	return "one of " + strings.Join(values, ", ")
}
