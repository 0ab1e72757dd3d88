package concretizer

import (
	"context"
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
	return o.plausibleVariants(t, r) && plausibleVersion(t, r)
}

// acceptable leaves out early what configuration and the request do not want, for everything that a package may be.
func (o *oracle) acceptable(t *trial, r *packages.Recipe) bool {
	for _, list := range [][]packages.ConfigRequirement{o.req.Config.Packages[r.Name].Conflict, o.req.Config.All.Conflict} {
		for _, x := range list {
			for _, s := range x.Specs {
				if holds, known := ownWhen(t, append(slices.Clone(x.When), s)); holds && known {
					return false
				}
			}
		}
	}
	for _, x := range o.req.Config.Packages[r.Name].Require {
		if !mayMeet(t, x.When, x.Specs, x.Policy) {
			return false
		}
	}
	if mayRepeat(r) {
		return true // another configuration may be as the request wants it
	}
	for _, root := range o.req.Roots {
		for _, d := range root.Spec.Deps {
			if d.Spec.Name == r.Name && d.When == nil && !d.Propagate && !ownHolds(t, d.Spec) {
				return false
			}
		}
	}
	return true
}

// spokenOf lists what anybody says of variants: a sticky one has no other value than its default and these.
func spokenOf(req *Request) map[string]bool {
	out := map[string]bool{}
	var note func(s *spec.Spec)
	note = func(s *spec.Spec) {
		for _, v := range s.Variants {
			for _, x := range v.Values {
				out[v.Name+"="+x] = true
			}
		}
		for _, d := range s.Deps {
			note(d.Spec)
		}
	}
	for _, r := range req.Roots {
		note(r.Spec)
	}
	for _, name := range req.Repo.Names() {
		r, err := req.Repo.Recipe(context.Background(), name)
		if err != nil {
			continue
		}
		for _, d := range dependsOrExtends(r) {
			note(d.Spec)
		}
		for _, x := range r.Requires {
			for _, s := range x.Specs {
				note(s)
			}
		}
	}
	sections := []packages.PackageConfig{req.Config.All}
	for _, p := range req.Config.Packages {
		sections = append(sections, p)
	}
	for _, p := range sections {
		for _, x := range slices.Concat(p.Require, p.Prefer) {
			for _, s := range x.Specs {
				note(s)
			}
		}
		for _, v := range p.Variants {
			note(v.Spec)
		}
	}
	return out
}

// nextJob takes first what can be decided by itself, then what hangs on the rest of the answer.
func nextJob(jobs []job) (job, []job) {
	i := max(0, slices.IndexFunc(jobs, func(j job) bool {
		return j.dep == nil || !slices.ContainsFunc(j.dep.When, func(s *spec.Spec) bool { return len(s.Deps) > 0 })
	}))
	return jobs[i], slices.Delete(slices.Clone(jobs), i, i+1)
}

// whenSoFar evaluates a condition on what is chosen already; it is not known if it hangs on what is not, or may have two configurations.
func (o *oracle) whenSoFar(t *trial, when packages.When) (holds, known bool) {
	known = true
	for _, s := range when {
		if !ownHolds(t, s) {
			return false, true
		}
		for _, d := range s.Deps {
			switch holds, sure := o.depSoFar(t, &d); {
			case !sure:
				known = false
			case !holds:
				return false, true
			}
		}
	}
	return true, known
}

func (o *oracle) depSoFar(t *trial, d *spec.Dep) (holds, known bool) {
	r := o.recipe(d.Spec.Name)
	if r == nil || mayRepeat(r) || d.Direct || d.Propagate || d.When != nil || len(d.Virtuals)+len(d.Spec.Deps)+len(d.Spec.Flags) > 0 || d.Spec.Name == t.name {
		return false, false
	}
	if list := o.chosen[d.Spec.Name]; len(list) == 1 {
		return ownWhen(list[0], packages.When{d.Spec})
	}
	return false, false
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

// plausibleVersion: the declaration of the version, of several the last, may hold.
func plausibleVersion(t *trial, r *packages.Recipe) bool {
	if t.version.GitRef() != "" {
		return true
	}
	d, _ := r.VersionDecl(t.version)
	holds, known := ownWhen(t, d.When)
	return holds || !known
}

// plausibleVariants: those variants are there that exist, with values that they may have.
func (o *oracle) plausibleVariants(t *trial, r *packages.Recipe) bool {
	for name, d := range activeVariants(t, r) {
		i := slices.IndexFunc(t.variants, func(v spec.Variant) bool { return v.Name == name })
		switch {
		case d == &unknownVariant:
		case (i >= 0) != (d != nil):
			return false
		case d == nil:
		case !plausibleValues(t, d, t.variants[i].Values):
			return false
		case d.Sticky && len(o.problem.GPUs[name]) == 0:
			for _, v := range t.variants[i].Values {
				if !slices.Contains(d.Default, v) && !o.spoken[name+"="+v] {
					return false
				}
			}
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
