package concretizer

import (
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// plausible leaves out early what the checker would refuse anyway, as far as it hangs on the package alone: that keeps the attempts of the oracle few.
func (o *oracle) plausible(t *trial, r *packages.Recipe) bool {
	for _, c := range r.Conflicts {
		if holds, known := ownWhen(t, append(slices.Clone(c.When), c.Spec)); holds && known {
			return false
		}
	}
	for _, x := range r.Requires {
		if !mayMeet(t, x.When, x.Specs, x.Policy) {
			return false
		}
	}
	for _, x := range o.req.Config.Packages[r.Name].Require {
		if !mayMeet(t, x.When, x.Specs, x.Policy) {
			return false
		}
	}
	return plausibleVariants(t, r) && plausibleVersion(t, r)
}

// mayMeet tells whether a requirement may be met, whatever else there is.
func mayMeet(t *trial, when packages.When, specs []*spec.Spec, policy packages.RequirementPolicy) bool {
	if holds, known := ownWhen(t, when); !holds || !known {
		return true
	}
	met, open := 0, 0
	for _, s := range specs {
		if holds, known := ownWhen(t, packages.When{s}); !known {
			open++
		} else if holds {
			met++
		}
	}
	switch policy {
	case packages.AllOf:
		return met+open == len(specs)
	case packages.OneOf:
		return met == 1 || met == 0 && open > 0
	}
	return met+open > 0
}

// plausibleVersion: some declaration of the version may hold.
func plausibleVersion(t *trial, r *packages.Recipe) bool {
	if t.version.GitRef() != "" {
		return true
	}
	return slices.ContainsFunc(r.Versions, func(d packages.VersionDecl) bool {
		holds, known := ownWhen(t, d.When)
		return d.Version == t.version && (holds || !known)
	})
}

// plausibleVariants: those variants are there that exist, with values that they may have.
func plausibleVariants(t *trial, r *packages.Recipe) bool {
	for name, d := range activeVariants(t, r) {
		i := slices.IndexFunc(t.variants, func(v spec.Variant) bool { return v.Name == name })
		switch {
		case d == &unknownVariant:
		case (i >= 0) != (d != nil):
			return false
		case d != nil && !plausibleValues(t, d, t.variants[i].Values):
			return false
		}
	}
	return true
}

// unknownVariant stands for a definition that hangs on more than the package.
var unknownVariant packages.VariantDecl

// activeVariants is the definition of each variant that holds: the last whose condition does; nil if none does.
func activeVariants(t *trial, r *packages.Recipe) map[string]*packages.VariantDecl {
	active := map[string]*packages.VariantDecl{}
	for i := range r.Variants {
		d := &r.Variants[i]
		switch holds, known := ownWhen(t, d.When); {
		case !known:
			active[d.Name] = &unknownVariant
		case holds:
			active[d.Name] = d
		case active[d.Name] == nil:
			active[d.Name] = nil
		}
	}
	return active
}

func plausibleValues(t *trial, d *packages.VariantDecl, values []string) bool {
	if d.Any {
		return true
	}
	if d.Kind != packages.MultiVariant && len(values) != 1 {
		return false
	}
	known := declaredValues(d)
	for _, v := range values {
		if !slices.Contains(known, v) {
			return false
		}
		if i := slices.IndexFunc(d.Values, func(x packages.VariantValue) bool { return x.Value == v }); i >= 0 {
			if holds, sure := ownWhen(t, d.Values[i].When); !holds && sure {
				return false
			}
		}
	}
	return len(d.Sets) == 0 || slices.ContainsFunc(d.Sets, func(set []string) bool {
		return !slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(set, v) })
	})
}

// ownWhen evaluates a condition on a package alone; it is not known if it speaks of more than its version, variants and target.
func ownWhen(t *trial, when packages.When) (holds, known bool) {
	holds = true
	for _, s := range when {
		if s.Name != "" && s.Name != t.name || len(s.Deps)+len(s.Flags) > 0 || s.OS != "" || s.Platform != "" || s.Hash != "" {
			return false, false
		}
		if slices.ContainsFunc(s.Variants, func(v spec.Variant) bool { return v.Propagate }) {
			return false, false
		}
		holds = holds && ownHolds(t, s)
	}
	return holds, true
}
