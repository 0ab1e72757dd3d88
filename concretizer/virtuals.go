package concretizer

import (
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// virtual is a virtual other than a language: a DAG has one provider of it.
type virtual struct {
	name      string
	providers []string // in order of preference
	lits      map[string]sat.Lit
	needed    sat.Lit     // somebody needs it
	need      *openClause // who
}

// provider is the literal that a node is the provider of a virtual.
func (e *encoder) provider(name string, n *node) sat.Lit {
	if isLanguage(name) {
		return e.languageProvider(name, n)
	}
	v, err := e.virtual(name)
	if err != nil || v == nil || n.slot != 0 {
		return sat.False
	}
	if lit, ok := v.lits[n.name]; ok {
		return lit
	}
	return sat.False
}

// virtual returns the virtual of that name, nil if there is none.
func (e *encoder) virtual(name string) (*virtual, error) {
	if v := e.virtuals[name]; v != nil {
		return v, nil
	}
	p, err := e.name(name)
	if err != nil || p.recipe != nil || len(p.providers) == 0 {
		return nil, err
	}
	v := &virtual{name: name, lits: map[string]sat.Lit{}}
	e.virtuals[name] = v
	for _, q := range p.providers {
		if known, err := e.name(q); err != nil {
			return nil, err
		} else if known.recipe != nil {
			v.providers = append(v.providers, q)
		}
	}
	v.providers = orderProviders(v.providers, name, &e.req.Config)
	expected := e.expectedProvider(v)
	var all []sat.Lit
	for _, q := range v.providers {
		lit := e.sat.Lit()
		if q == expected {
			e.sat.Expect(lit)
		}
		v.lits[q] = lit
		all = append(all, lit)
	}
	for _, q := range v.providers {
		if err := e.tieProvider(v, q); err != nil {
			return nil, err
		}
	}
	e.oneProvider(v, all)
	v.needed = e.sat.Lit()
	v.need = e.newOpenClause(nil, name, v.needed.Not())
	for _, lit := range all {
		e.sat.Add(lit.Not(), v.needed)
	}
	return v, nil
}

// oneProvider: a DAG has one provider of a virtual.
func (e *encoder) oneProvider(v *virtual, lits []sat.Lit) {
	if e.explain == nil {
		e.sat.AtMostOne(lits)
		return
	}
	why := &OneProviderCause{Virtual: v.name}
	for i, a := range lits {
		for _, b := range lits[i+1:] {
			e.clause(why, a.Not(), b.Not())
		}
	}
}

// tieProvider: the provider is part of the DAG, can provide, and pays its place in the order of preference.
func (e *encoder) tieProvider(v *virtual, name string) error {
	lit, n := v.lits[name], e.node(name, 0)
	e.sat.Add(lit.Not(), n.lit)
	if n.mustBuild {
		// Known before the provider is encoded, its price keeps most providers from ever being encoded.
		e.opt.Want(levelProviders, lit.Not(), slices.Index(v.providers, name))
	}
	return n.whenExpanded(func() error {
		e.clause(&ProviderCause{Package: name, Virtual: v.name, Recipe: n.recipe}, lit.Not(), e.provides(n, v.name))
		e.wishProvider(v, n)
		e.provideTogether(n)
		return nil
	})
}

// provideTogether: a package that provides several virtuals only together provides all of them that are needed.
func (e *encoder) provideTogether(n *node) {
	for i := range n.recipe.Provides {
		p := &n.recipe.Provides[i]
		if len(p.Virtuals) < 2 {
			continue
		}
		holds := e.when(n, p.When)
		for _, a := range p.Virtuals {
			for _, b := range p.Virtuals {
				va, vb := e.virtuals[a.Name], e.virtuals[b.Name]
				if a.Name == b.Name || va == nil || vb == nil {
					continue
				}
				why := &TogetherCause{Package: n.name, Provision: p}
				for _, q := range vb.providers {
					if q != n.name {
						e.clause(why, va.lits[n.name].Not(), holds.Not(), vb.lits[q].Not())
					}
				}
			}
		}
	}
}

// expectedProvider guesses the provider: one that is asked for, one that the host has, the most preferred.
func (e *encoder) expectedProvider(v *virtual) string {
	for _, q := range v.providers {
		if len(e.asked[q]) > 0 || slices.Contains(e.expectProviders, q) {
			return q
		}
	}
	for _, q := range v.providers {
		for _, x := range e.externals(q) {
			if mayProvide(e.names[q].recipe, v.name) && x != nil {
				return q
			}
		}
	}
	for _, q := range v.providers {
		if e.notBuildable(e.node(q, 0)) == nil {
			return q
		}
	}
	return ""
}

func mayProvide(r *packages.Recipe, virtual string) bool {
	return slices.ContainsFunc(r.Provides, func(p packages.Provision) bool {
		return slices.ContainsFunc(p.Virtuals, func(s *spec.Spec) bool { return s.Name == virtual })
	})
}

// versionFit says how the version of a virtual is judged: one that a provider leaves open may be what a dependency needs, but no
// condition holds because of it (py-pillow provides pil, without a version: it serves pil@4.1:, and is no ^pil@8.3).
type versionFit func(provided, wanted spec.Versions) bool

func mayBe(provided, wanted spec.Versions) bool { return provided.Intersects(wanted) }

func isKnown(provided, wanted spec.Versions) bool {
	return mayBe(provided, wanted) && (wanted.IsAny() || !provided.IsAny())
}

// provides is the literal that a node can provide a virtual at all.
func (e *encoder) provides(n *node, name string) sat.Lit {
	return e.providesFitting(n, &spec.Spec{Name: name}, mayBe)
}

func (e *encoder) providesFitting(n *node, s *spec.Spec, fits versionFit) sat.Lit {
	var ways []sat.Lit
	for i := range n.recipe.Provides {
		p := &n.recipe.Provides[i]
		for _, v := range p.Virtuals {
			if v.Name == s.Name && fits(v.Versions, s.Versions) {
				ways = append(ways, e.when(n, p.When))
			}
		}
	}
	return e.sat.Or(ways...)
}

// providesVersion is the literal that a node can be what a dependency on a virtual needs, variants of the provider included.
func (e *encoder) providesVersion(n *node, s *spec.Spec) sat.Lit { return e.providing(n, s, mayBe) }

// providesKnown is the same for a condition.
func (e *encoder) providesKnown(n *node, s *spec.Spec) sat.Lit { return e.providing(n, s, isKnown) }

func (e *encoder) providing(n *node, s *spec.Spec, fits versionFit) sat.Lit {
	if !n.expanded {
		return e.deferred(n, func() sat.Lit { return e.providing(n, s, fits) })
	}
	rest := *s
	rest.Versions = spec.Versions{}
	return e.sat.And(e.providesFitting(n, s, fits), e.cond(n, &rest))
}

// providedAnywhere is the literal that the DAG has a provider of a virtual as s wants it.
func (e *encoder) providedAnywhere(s *spec.Spec, p *packageName) sat.Lit {
	if isLanguage(s.Name) {
		return e.languageAnywhere(s)
	}
	v, err := e.virtual(s.Name)
	if err != nil || v == nil {
		return sat.False
	}
	var ways []sat.Lit
	for _, q := range v.providers {
		ways = append(ways, e.sat.And(v.lits[q], e.providesKnown(e.node(q, 0), s)))
	}
	return e.sat.Or(ways...)
}

// dependOnVirtual adds a dependency on whatever provides a virtual.
func (e *encoder) dependOnVirtual(n *node, d *packages.Dependency, active sat.Lit, types spec.DepTypes, why Cause) error {
	v, err := e.virtual(d.Spec.Name)
	if err != nil {
		return err
	}
	e.need(v, active, n)
	ways := []sat.Lit{active.Not()}
	for _, q := range v.providers {
		to := e.node(q, 0)
		if to == n {
			continue // a package cannot provide for itself
		}
		en := e.addEdge(&edge{from: n, to: to, lit: e.sat.And(active, v.lits[q]), types: types, virtual: v.name}, why)
		ways = append(ways, v.lits[q])
		if condText(d.Spec) != "" { // that it can provide at all is said of the provider itself
			e.clause(why, en.lit.Not(), e.providesVersion(to, d.Spec))
		}
	}
	e.clause(why, ways...)
	return nil
}

// need notes that a literal makes a virtual needed by a node (nil: by the request): a provider that a request names must then
// provide it, but for itself.
func (e *encoder) need(v *virtual, active sat.Lit, by *node) {
	v.need.extend(active)
	for _, q := range v.providers {
		if len(e.asked[q]) > 0 && (by == nil || by.name != q) {
			asked := e.anyTaken(e.asked[q])
			for _, n := range e.slots(q) {
				e.mustProvide(v, n, e.sat.And(active, asked))
			}
		}
	}
}

func (e *encoder) mustProvide(v *virtual, n *node, active sat.Lit) {
	_ = n.whenExpanded(func() error {
		why := &AskedProviderCause{Package: n.name, Virtual: v.name}
		e.clause(why, active.Not(), n.lit.Not(), e.provides(n, v.name).Not(), v.lits[n.name])
		return nil
	})
}
