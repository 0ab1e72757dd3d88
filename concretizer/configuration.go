package concretizer

import (
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
)

// addConfiguration encodes what people ask of the package in packages.yaml: of itself, of every package, of a virtual it provides.
func (e *encoder) addConfiguration(n *node) error {
	c := &e.req.Config
	own := c.Packages[n.name]
	e.configure(n, &own, n.lit, false, "")
	e.configure(n, &c.All, n.lit, true, "")
	e.preferTarget(n)
	for _, name := range sortedKeys(c.Packages) {
		p := c.Packages[name]
		if len(p.Require)+len(p.Prefer)+len(p.Conflict) == 0 || !mayProvide(n.recipe, name) {
			continue
		}
		if known, err := e.name(name); err != nil {
			return err
		} else if known.recipe != nil {
			continue
		}
		v, err := e.virtual(name)
		if err != nil {
			return err
		}
		if v != nil && n.slot == 0 && !isLanguage(name) {
			e.configure(n, &p, v.lits[n.name], false, name)
		}
	}
	e.addLicenses(n)
	return nil
}

// configure encodes one package's section under a guard.
func (e *encoder) configure(n *node, p *packages.PackageConfig, guard sat.Lit, all bool, virtual string) {
	for i := range p.Require {
		r := &p.Require[i]
		if all && !e.concerns(n, r.Specs) {
			continue
		}
		holds := e.sat.And(guard, e.when(n, r.When))
		if all {
			holds = e.sat.And(holds, e.applies(n, r.Specs))
		}
		lits := e.requireNamed(n, holds, r, virtual)
		if r.Policy != packages.AllOf {
			for k := 1; k < len(lits); k++ {
				e.opt.Want(levelPreferences, e.sat.Or(append(slices.Clone(lits[:k]), holds.Not())...), 1)
			}
		}
	}
	for i := range p.Prefer {
		r := &p.Prefer[i]
		for _, s := range r.Specs {
			if all && !e.concerns(n, r.Specs) {
				continue
			}
			holds := e.sat.And(guard, e.when(n, r.When))
			if all {
				holds = e.sat.And(holds, e.applies(n, r.Specs))
			}
			e.noteSetter(n, s, holds)
			e.opt.Want(levelPreferences, e.sat.Or(e.named(n, s), holds.Not()), 1)
		}
	}
	for i := range p.Conflict {
		r := &p.Conflict[i]
		for _, s := range r.Specs {
			e.clause(e.configCause(n, virtual, r, true), guard.Not(), e.when(n, r.When).Not(), e.named(n, s).Not())
		}
	}
}

func (e *encoder) requireNamed(n *node, holds sat.Lit, r *packages.ConfigRequirement, virtual string) []sat.Lit {
	why := e.configCause(n, virtual, r, false)
	lits := make([]sat.Lit, len(r.Specs))
	for i, s := range r.Specs {
		lits[i] = e.named(n, s)
		e.noteRequired(n, s, holds)
	}
	e.require(holds, lits, r.Policy, why)
	if r.Policy == packages.AllOf {
		for _, s := range r.Specs {
			e.spread(n, s, holds, why)
		}
	}
	return lits
}

// configCause is the cause of a requirement or conflict. What is said of a virtual is one cause, however many packages provide it.
func (e *encoder) configCause(n *node, virtual string, r *packages.ConfigRequirement, forbids bool) Cause {
	if virtual == "" {
		return &ConfigCause{Package: n.name, Requirement: r, Forbids: forbids}
	}
	return e.rule(r, &ConfigCause{Package: virtual, Requirement: r, Forbids: forbids})
}

// named is cond for a spec that may name a package: a requirement on a virtual names its provider.
func (e *encoder) named(n *node, s *spec.Spec) sat.Lit {
	if s.Name != "" && s.Name != n.name && !mayProvide(n.recipe, s.Name) {
		return sat.False
	}
	return e.cond(n, s)
}

// concerns tells whether a section for all packages says anything about this one: a variant that it does not have, no.
func (e *encoder) concerns(n *node, specs []*spec.Spec) bool {
	for _, s := range specs {
		for _, v := range s.Variants {
			if n.variants[v.Name] == nil {
				return false
			}
		}
		if s.Name != "" && s.Name != n.name {
			return false
		}
	}
	return true
}

// applies is the literal that a wish for all packages is meant for the node: one for a compiler, if it is built and uses one; one for
// a target, an operating system or a platform, if it is not the host's own, which is what it is. Others always are.
func (e *encoder) applies(n *node, specs []*spec.Spec) sat.Lit {
	lit := sat.True
	if slices.ContainsFunc(specs, (*spec.Spec).AsksPlatform) {
		lit = e.fromHost(n).Not()
	}
	asks := slices.ContainsFunc(specs, func(s *spec.Spec) bool {
		return slices.ContainsFunc(s.Deps, func(d spec.Dep) bool { return d.Direct })
	})
	if !asks {
		return lit
	}
	return e.sat.And(lit, n.built, e.compiled(n))
}

// fromHost is the literal that the node stands on the host: as an external, or as one that is reused with what was built on it.
func (e *encoder) fromHost(n *node) sat.Lit {
	return e.sat.Or(n.chosen(func(a *alternative) bool { return a.isExternal() || a.node.External() != nil })...)
}

// preferTarget prefers the first target of the list in packages.yaml that this system runs, for what does not stand on the host.
func (e *encoder) preferTarget(n *node) {
	for _, name := range e.req.Config.PreferredTargets(n.name) {
		if t, known := arch.Lookup(name); known && slices.Contains(e.low.names, name) {
			e.opt.Want(levelPreferences, e.sat.Or(n.lit.Not(), e.fromHost(n), e.withTarget(n, arch.Of(t))), 1)
			return
		}
	}
}

// addLicenses forbids what the licence policies do not allow to be built or reused; what the host has is the host's own affair.
func (e *encoder) addLicenses(n *node) {
	free := append(n.chosen((*alternative).isExternal), n.lit.Not())
	for i := range e.req.Config.Licenses {
		policy := &e.req.Config.Licenses[i]
		if len(n.recipe.Licenses) == 0 {
			if v := policy.JudgeUnknown(); v != nil {
				e.clause(&LicenseCause{Package: n.name, License: &packages.License{Place: n.recipe.Place}, Verdict: v}, free...)
			}
		}
		for k := range n.recipe.Licenses {
			l := &n.recipe.Licenses[k]
			if v := policy.Judge(l.Expression); v != nil {
				e.clause(&LicenseCause{Package: n.name, License: l, Verdict: v}, append(slices.Clone(free), e.when(n, l.When).Not())...)
			}
		}
	}
}
