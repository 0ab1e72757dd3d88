package concretizer

import (
	"maps"
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/dag"
)

// alternative is a way to have a package without building it: an external, or a node that is concrete already. It
// fixes version, variants and target.
type alternative struct {
	lit      sat.Lit
	external *packages.External // or
	node     *dag.Node
	version  spec.Version
	variants []spec.Variant
	target   string
	os       string
	why      Cause
}

// id names the alternative within its package, the same in every run.
func (a *alternative) id() string {
	if a.node != nil {
		return a.node.Hash()
	}
	return a.external.Prefix + " " + a.external.Spec.String() + " " + a.external.ID
}

// chosen lists the literals of those alternatives of a node that fit.
func (n *node) chosen(fits func(*alternative) bool) []sat.Lit {
	var lits []sat.Lit
	for _, a := range n.alts {
		if fits(a) {
			lits = append(lits, a.lit)
		}
	}
	return lits
}

// isReused tells an alternative that is concrete already from an external.
func (a *alternative) isReused() bool { return a.node != nil }

func (a *alternative) isExternal() bool { return a.external != nil }

// externals lists the externals of a package that suit the machine.
func (e *encoder) externals(name string) []*packages.External {
	var out []*packages.External
	list := e.req.Config.Packages[name].Externals
	for i := range list {
		x := &list[i]
		if (x.Spec.OS == "" || x.Spec.OS == e.req.OS) && (x.Spec.Platform == "" || x.Spec.Platform == e.req.Platform) && !hasExternal(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// externalsElsewhere lists the operating systems and platforms of the externals of a package that are described for another system than this one.
func (e *encoder) externalsElsewhere(name string) []string {
	var out []string
	for i := range e.req.Config.Packages[name].Externals {
		x := e.req.Config.Packages[name].Externals[i].Spec
		switch {
		case x.Platform != "" && x.Platform != e.req.Platform:
			out = append(out, x.Platform)
		case x.OS != "" && x.OS != e.req.OS:
			out = append(out, x.OS)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// hasExternal reports whether the same external stands in the list already: configuration scopes may repeat one.
func hasExternal(list []*packages.External, x *packages.External) bool {
	return slices.ContainsFunc(list, func(o *packages.External) bool {
		return o.Prefix == x.Prefix && o.ID == x.ID && slices.Equal(o.Modules, x.Modules) && o.Spec.String() == x.Spec.String()
	})
}

// addAlternatives makes the literals for how the package is come by: built, or one alternative.
func (e *encoder) addAlternatives(n *node) error {
	for _, x := range e.externals(n.name) {
		if err := e.validateExternal(n.recipe, x); err != nil {
			return err
		}
		a := &alternative{external: x, variants: x.Spec.Variants, os: e.req.OS, why: &ExternalCause{Package: n.name, External: x}}
		a.version, _ = externalVersion(x)
		a.target = externalTarget(x, e.req.Target)
		n.alts = append(n.alts, a)
	}
	for _, c := range e.candidates(n.name) {
		at := c.Attrs()
		n.alts = append(n.alts, &alternative{node: c, version: at.Version, variants: at.Variants, target: at.Target, os: at.OS, why: &ReuseCause{Node: c}})
	}
	why := e.notBuildable(n)
	if len(n.alts) == 0 {
		n.built = n.lit
		if why != nil {
			e.clause(why, n.lit.Not())
		}
		return nil
	}
	var ways []sat.Lit
	n.built = sat.False // and nothing of what building it takes is encoded; while explaining, a directive says so
	if why == nil || e.explain != nil {
		n.built = e.sat.Lit()
		ways = append(ways, n.built)
	}
	expected := e.expectedAlternative(n)
	for _, a := range n.alts {
		a.lit = e.sat.Lit()
		ways = append(ways, a.lit)
		if a == expected {
			e.sat.Expect(a.lit)
		}
	}
	if expected == nil && n.built != sat.False {
		e.sat.Expect(n.built)
	}
	for _, w := range ways {
		e.sat.Add(w.Not(), n.lit)
	}
	e.sat.AtMostOne(ways)
	e.sat.Add(append(ways, n.lit.Not())...)
	if why != nil && n.built != sat.False {
		e.clause(why, n.built.Not())
	}
	return nil
}

// expectedAlternative is the alternative that the answer probably has: what need not be built is preferred where it fits.
func (e *encoder) expectedAlternative(n *node) *alternative {
	for _, a := range n.alts {
		fits := true
		for _, w := range n.wants {
			fits = fits && w.Versions.Contains(a.version)
			for _, v := range w.Variants {
				i := slices.IndexFunc(a.variants, func(x spec.Variant) bool { return x.Name == v.Name })
				fits = fits && (i < 0 || valuesFit(a.variants[i].Values, v))
			}
		}
		if fits {
			return a
		}
	}
	return nil
}

// valuesFit reports whether a variant with these values meets a constraint.
func valuesFit(have []string, want spec.Variant) bool {
	if slices.Equal(want.Values, []string{"*"}) {
		return true
	}
	for _, v := range want.Values {
		if !slices.Contains(have, v) {
			return false
		}
	}
	return !want.Exact || len(have) == len(want.Values)
}

// notBuildable says why a package may not be built, nil if it may.
func (e *encoder) notBuildable(n *node) Cause {
	if why := e.systemLibc(n.recipe); why != nil {
		return why
	}
	if n.recipe.ExternalOnly != "" {
		return &NotBuildableCause{Package: n.name, Reason: n.recipe.ExternalOnly, Written: n.recipe.Place, Externals: len(n.alts), Elsewhere: e.externalsElsewhere(n.name)}
	}
	place, of := e.req.Config.NotBuildable(n.recipe)
	if place == nil {
		return nil
	}
	cause := &NotBuildableCause{Package: n.name, Written: *place, Externals: len(n.alts), Elsewhere: e.externalsElsewhere(n.name)}
	if of != n.name && of != "all" {
		cause.Virtual = of
	}
	return cause
}

// externalVersion is the version that an external's spec names: @=1.2 or @1.2.
func externalVersion(x *packages.External) (spec.Version, bool) {
	if v, ok := x.Spec.Versions.Single(); ok {
		return v, true
	}
	v, err := spec.ParseVersion(x.Spec.Versions.String())
	return v, err == nil
}

// externalTarget is the target that an external has: what its spec says, else the family of the machine.
func externalTarget(x *packages.External, machine spec.Targets) string {
	if name, ok := x.Spec.Target.Concrete(); ok {
		return name
	}
	if t, ok := bestTarget(machine); ok {
		return t.Family().Name()
	}
	return machine.String()
}

func bestTarget(set spec.Targets) (*arch.Target, bool) {
	name, ok := set.Concrete()
	if !ok {
		return nil, false
	}
	return arch.Lookup(name)
}

// externalID is where an external that others refer to by id is found.
type externalID struct {
	name     string
	external *packages.External
}

func (e *encoder) externalByID(id string) *externalID {
	if len(e.byID) == 0 {
		for name, p := range e.req.Config.Packages {
			for i := range p.Externals {
				if x := &p.Externals[i]; x.ID != "" {
					e.byID[x.ID] = &externalID{name, x}
				}
			}
		}
		e.byID[""] = nil
	}
	return e.byID[id]
}

// fixAlternatives ties version, variants and flags to the alternative chosen.
func (e *encoder) fixAlternatives(n *node) error {
	for _, a := range e.shapes(n) {
		for _, c := range n.versions {
			if c.version == a.version {
				e.clause(a.why, a.lit.Not(), c.lit)
			}
		}
		for _, name := range n.names {
			e.fixVariant(n, n.variants[name], a)
		}
	}
	return nil
}

// shapes joins the concrete nodes that have the same version and variants: a store may hold dozens of them, which differ in their
// dependencies, target or recipe. What they fix is written once, of a literal that each of them implies.
func (e *encoder) shapes(n *node) []*alternative {
	var out []*alternative
	byText := map[string][]*alternative{}
	var order []string
	for _, a := range n.alts {
		if a.node == nil {
			out = append(out, a)
			continue
		}
		text := a.node.Version().String() + (&spec.Spec{Variants: a.variants}).String()
		if byText[text] == nil {
			order = append(order, text)
		}
		byText[text] = append(byText[text], a)
	}
	for _, text := range order {
		alike := byText[text]
		shape := *alike[0]
		if len(alike) > 1 {
			shape.lit = e.sat.Lit()
			for _, a := range alike {
				e.sat.Add(a.lit.Not(), shape.lit)
				if e.sat.Expected(a.lit) {
					e.sat.Expect(shape.lit)
				}
			}
		}
		out = append(out, &shape)
	}
	return out
}

// fixVariant gives a variant the value that an alternative has, or the recipe's default where an external leaves it open.
func (e *encoder) fixVariant(n *node, v *variant, a *alternative) {
	i := slices.IndexFunc(a.variants, func(x spec.Variant) bool { return x.Name == v.name })
	if i < 0 && a.node != nil {
		e.clause(a.why, a.lit.Not(), v.exists.Not())
		return
	}
	if i < 0 {
		for _, d := range v.defs {
			for _, value := range v.values {
				lit := v.lits[value]
				if !slices.Contains(d.decl.Default, value) {
					lit = lit.Not()
				}
				e.clause(a.why, a.lit.Not(), d.active.Not(), lit)
			}
		}
		return
	}
	e.clause(a.why, a.lit.Not(), v.exists)
	for _, value := range v.values {
		lit := v.lits[value]
		if !slices.Contains(a.variants[i].Values, value) {
			lit = lit.Not()
		}
		e.clause(a.why, a.lit.Not(), lit)
	}
}

// linkAlternatives adds the dependencies that alternatives bring.
func (e *encoder) linkAlternatives(n *node) error {
	if err := e.linkReused(n); err != nil {
		return err
	}
	for _, a := range n.alts {
		if a.node != nil {
			continue
		}
		for i := range a.external.Dependencies {
			if err := e.linkExternal(n, a, &a.external.Dependencies[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// linkExternal: an external depends on other externals, where packages.yaml says so.
func (e *encoder) linkExternal(n *node, a *alternative, d *packages.ExternalDependency) error {
	name := ""
	id := e.externalByID(d.ID)
	switch {
	case d.Spec != nil:
		name = d.Spec.Name
	case id != nil:
		name = id.name
	}
	p, err := e.name(name)
	if name == "" || err != nil || p.recipe == nil {
		e.clause(a.why, a.lit.Not())
		return err
	}
	types := d.Types
	if types == 0 {
		types = spec.Build
	}
	edges, err := e.edgesOf(n, name, a.lit, a.why, types, d.Virtuals)
	if err != nil {
		return err
	}
	for _, en := range edges {
		err := en.to.whenExpanded(func() error {
			fits := en.to.chosen(func(b *alternative) bool { return b.isExternal() && (d.Spec != nil || b.external.ID == d.ID) })
			e.clause(a.why, append(fits, en.lit.Not())...)
			if d.Spec != nil {
				e.clause(a.why, en.lit.Not(), e.cond(en.to, d.Spec))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// edgesOf makes the edges by which alternatives, where one of them is active, depend on a package: to either slot where there are two and the edge
// is for building only.
func (e *encoder) edgesOf(n *node, name string, active sat.Lit, why Cause, types spec.DepTypes, virtuals []string) ([]*edge, error) {
	var out []*edge
	for _, way := range e.slotEdges(n, name, active, types, why) {
		if len(virtuals) == 0 {
			out = append(out, e.addEdge(&edge{from: n, to: way.to, lit: way.lit, types: types}, nil))
		}
		for _, name := range virtuals {
			en := e.addEdge(&edge{from: n, to: way.to, lit: way.lit, types: types, virtual: name}, nil)
			out = append(out, en)
			if isLanguage(name) {
				continue
			}
			// What exists already has its providers, and the rest of the answer must have the same.
			v, err := e.virtual(name)
			if err != nil {
				return nil, err
			}
			provides := sat.False
			if v != nil && way.to.slot == 0 && v.lits[way.to.name] != 0 {
				provides = v.lits[way.to.name]
				e.need(v, en.lit, n)
			}
			e.clause(why, en.lit.Not(), provides)
		}
	}
	return out, nil
}

// sortedKeys lists a map's keys in order.
func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
