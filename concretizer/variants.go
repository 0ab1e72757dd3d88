package concretizer

import (
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// variant is a variant of a node: all of its definitions, and a literal for each value that it can take.
type variant struct {
	name   string
	exists sat.Lit
	defs   []*variantDef
	multi  bool
	any    bool
	lits   map[string]sat.Lit
	values []string    // in the order of lits' making
	some   *openClause // an any-valued variant has one of the values known
}

// variantDef is one definition: of several whose conditions hold, the last is active.
type variantDef struct {
	decl     *packages.VariantDecl
	active   sat.Lit
	defaults []string // what the objective prefers: the user's preference, else the recipe's default
}

// addVariants makes the literals of every variant. Conditions of variants on other variants of the node are the reason for
// the two steps: first all values, then what ties them together.
func (e *encoder) addVariants(n *node) error {
	for i := range n.recipe.Variants {
		d := &n.recipe.Variants[i]
		v := n.variants[d.Name]
		if v == nil {
			v = &variant{name: d.Name, lits: map[string]sat.Lit{}}
			n.variants[d.Name] = v
			n.names = append(n.names, d.Name)
		}
		v.defs = append(v.defs, &variantDef{decl: d, defaults: e.defaults(n, d)})
		v.multi = v.multi || d.Kind == packages.MultiVariant
		v.any = v.any || d.Any
	}
	for _, name := range n.names {
		e.addValues(n, n.variants[name])
	}
	for _, name := range n.names {
		e.tieVariant(n, n.variants[name])
	}
	return nil
}

// defaults are the values of a definition that cost nothing: those that configuration prefers, if the definition has them.
func (e *encoder) defaults(n *node, d *packages.VariantDecl) []string {
	for _, list := range [][]packages.PlacedSpec{e.req.Config.Packages[n.name].Variants, e.req.Config.All.Variants} {
		for _, p := range list {
			if v, ok := p.Spec.Variant(d.Name); ok && declares(d, v.Values) {
				return v.Values
			}
		}
	}
	if values := e.gpuDefaults(n, d); values != nil {
		return values
	}
	return d.Default
}

// declares reports whether a definition can have all these values.
func declares(d *packages.VariantDecl, values []string) bool {
	if d.Any {
		return true
	}
	known := declaredValues(d)
	return !slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(known, v) })
}

// declaredValues lists the values of a definition.
func declaredValues(d *packages.VariantDecl) []string {
	if d.Kind == packages.BoolVariant {
		return []string{"true", "false"}
	}
	var out []string
	for _, v := range d.Values {
		out = append(out, v.Value)
	}
	for _, set := range d.Sets {
		for _, v := range set {
			if !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	if d.Any {
		for _, v := range d.Default {
			if !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// addValues makes the existence literal and the value literals of a variant.
func (e *encoder) addValues(n *node, v *variant) {
	v.exists = n.lit
	if always := slices.ContainsFunc(v.defs, func(d *variantDef) bool { return len(d.decl.When) == 0 }); !always || slices.ContainsFunc(n.alts, (*alternative).isReused) {
		v.exists = e.sat.Lit()
		e.sat.Add(v.exists.Not(), n.lit)
		if always {
			e.sat.Expect(v.exists)
		}
	}
	var values []string
	add := func(list []string) {
		for _, x := range list {
			if !slices.Contains(values, x) {
				values = append(values, x)
			}
		}
	}
	for _, d := range v.defs {
		add(declaredValues(d.decl))
		add(d.defaults)
	}
	for _, a := range n.alts {
		for _, x := range a.variants {
			if x.Name == v.name {
				add(x.Values)
			}
		}
	}
	expected := e.expectedValues(n, v)
	if len(values) == 2 && slices.Contains(values, "true") && slices.Contains(values, "false") && !v.multi {
		on := e.sat.Lit()
		e.sat.Add(on.Not(), v.exists)
		if slices.Contains(expected, "true") {
			e.sat.Expect(on)
		}
		v.values = []string{"true", "false"}
		v.lits["true"], v.lits["false"] = on, e.sat.And(v.exists, on.Not())
		return
	}
	for _, x := range values {
		e.addValue(v, x, slices.Contains(expected, x))
	}
	if !v.multi && len(values) > 0 {
		lits := make([]sat.Lit, len(values))
		for i, x := range values {
			lits[i] = v.lits[x]
		}
		e.sat.AtMostOne(lits)
	}
	if v.any {
		v.some = e.newOpenClause(nil, n.name, v.exists.Not())
		for _, x := range v.values {
			v.some.extend(v.lits[x])
		}
		return
	}
	some := []sat.Lit{v.exists.Not()}
	for _, x := range values {
		some = append(some, v.lits[x])
	}
	e.sat.Add(some...)
}

func (e *encoder) addValue(v *variant, value string, expected bool) sat.Lit {
	lit := e.sat.Lit()
	if expected {
		e.sat.Expect(lit)
	}
	e.sat.Add(lit.Not(), v.exists)
	v.lits[value] = lit
	v.values = append(v.values, value)
	return lit
}

// expectedValues guesses what values the answer will have: what is asked for, what a likely alternative has, the default.
func (e *encoder) expectedValues(n *node, v *variant) []string {
	for _, w := range n.wants {
		if c, ok := w.Variant(v.name); ok && !slices.Equal(c.Values, []string{"*"}) {
			return c.Values
		}
	}
	for _, a := range n.alts {
		if !e.sat.Expected(a.lit) {
			continue
		}
		for _, x := range a.variants {
			if x.Name == v.name {
				return x.Values
			}
		}
	}
	return v.defs[len(v.defs)-1].defaults
}

// tieVariant adds when the variant exists, which definition is active, and what each demands.
func (e *encoder) tieVariant(n *node, v *variant) {
	later := sat.False // a later definition's condition holds
	for i := len(v.defs) - 1; i >= 0; i-- {
		d := v.defs[i]
		holds := e.when(n, d.decl.When)
		d.active = e.sat.And(v.exists, holds, later.Not())
		later = e.sat.Or(later, holds)
	}
	if v.exists != n.lit {
		why := &VariantCause{Package: n.name, Variant: v.name, Defs: declsOf(v)}
		e.sat.Add(v.exists, later.Not(), e.sat.Or(n.chosen((*alternative).isReused)...), n.lit.Not())
		e.clause(why, v.exists.Not(), later, n.built.Not())
		for _, a := range n.alts {
			if a.external != nil && !slices.ContainsFunc(a.variants, func(x spec.Variant) bool { return x.Name == v.name }) {
				e.sat.Add(v.exists.Not(), later, a.lit.Not())
			}
		}
	}
	for _, d := range v.defs {
		e.tieDefinition(n, v, d)
	}
}

func declsOf(v *variant) []*packages.VariantDecl {
	out := make([]*packages.VariantDecl, len(v.defs))
	for i, d := range v.defs {
		out[i] = d.decl
	}
	return out
}

// tieDefinition adds what an active definition demands of a node that is built.
func (e *encoder) tieDefinition(n *node, v *variant, d *variantDef) {
	why := &VariantCause{Package: n.name, Variant: v.name, Defs: []*packages.VariantDecl{d.decl}}
	here := []sat.Lit{d.active.Not(), n.built.Not()}
	known := declaredValues(d.decl)
	for _, x := range v.values {
		if !d.decl.Any && !slices.Contains(known, x) {
			e.clause(why, append(here, v.lits[x].Not())...)
		}
	}
	if v.multi && d.decl.Kind != packages.MultiVariant {
		for i, x := range v.values {
			for _, y := range v.values[i+1:] {
				e.clause(why, append(here, v.lits[x].Not(), v.lits[y].Not())...)
			}
		}
	}
	for _, x := range d.decl.Values {
		if len(x.When) > 0 {
			e.clause(why, append(here, v.lits[x.Value].Not(), e.when(n, x.When))...)
		}
	}
	e.tieSets(v, d, why, here)
	if d.decl.Sticky {
		e.stick(n, v, d, v.values)
	}
}

// tieSets: all values are of one of the disjoint sets.
func (e *encoder) tieSets(v *variant, d *variantDef, why Cause, here []sat.Lit) {
	for i, set := range d.decl.Sets {
		for _, other := range d.decl.Sets[i+1:] {
			for _, x := range set {
				for _, y := range other {
					if x != y && !sameSet(d.decl.Sets, x, y) {
						e.clause(why, append(slices.Clone(here), v.lits[x].Not(), v.lits[y].Not())...)
					}
				}
			}
		}
	}
}

func sameSet(sets [][]string, x, y string) bool {
	for _, s := range sets {
		if slices.Contains(s, x) && slices.Contains(s, y) {
			return true
		}
	}
	return false
}

// stick: a sticky variant leaves its default only where a request, configuration or a dependent says so by name.
func (e *encoder) stick(n *node, v *variant, d *variantDef, values []string) {
	why := &VariantCause{Package: n.name, Variant: v.name, Defs: []*packages.VariantDecl{d.decl}, Sticky: true}
	var c *openClause
	for _, x := range values {
		if slices.Contains(d.defaults, x) {
			continue
		}
		head := e.sat.And(d.active, n.built, v.lits[x]).Not()
		if c == nil {
			c = e.newOpenClause(why, n.name, head)
			if !e.spreading[v.name] {
				c.asks = either(asksFor(n.name, v.name), e.followsGPU(v.name))
			}
		} else {
			c.rows = append(c.rows, &openRow{head: head})
		}
		n.addSticky(stickyValue{v.name, x, c, c.rows[len(c.rows)-1]})
	}
}

// valueLit is the literal of one value; an any-valued variant gets it when somebody speaks of it.
func (e *encoder) valueLit(n *node, v *variant, value string) sat.Lit {
	if lit, ok := v.lits[value]; ok {
		return lit
	}
	if !v.any {
		return sat.False
	}
	others := make([]sat.Lit, len(v.values))
	for i, x := range v.values {
		others[i] = v.lits[x]
	}
	lit := e.addValue(v, value, false)
	v.some.extend(lit)
	if !v.multi {
		for _, o := range others {
			e.sat.Add(o.Not(), lit.Not())
		}
	}
	for _, a := range n.alts {
		e.sat.Add(a.lit.Not(), lit.Not())
	}
	for _, d := range v.defs {
		if !d.decl.Any {
			e.sat.Add(d.active.Not(), n.built.Not(), lit.Not())
		}
		if d.decl.Sticky {
			e.stick(n, v, d, []string{value})
		}
		if n.priced {
			e.wishVariantValue(n, v, d, value)
		}
	}
	return lit
}

// withVariant is the literal that the node has a variant as a constraint wants it.
func (e *encoder) withVariant(n *node, c spec.Variant) sat.Lit {
	v := n.variants[c.Name]
	if v == nil {
		return e.withFormerVariant(n, c)
	}
	if slices.Equal(c.Values, []string{"*"}) {
		return v.exists
	}
	parts := []sat.Lit{v.exists}
	for _, x := range c.Values {
		parts = append(parts, e.valueLit(n, v, x))
	}
	if c.Exact && v.multi {
		for _, x := range v.values {
			if !slices.Contains(c.Values, x) {
				parts = append(parts, v.lits[x].Not())
			}
		}
	}
	if len(parts) == 2 {
		return parts[1] // a value implies that the variant exists
	}
	return e.sat.And(parts...)
}

// withFormerVariant is withVariant for a variant that the recipe does not have, or no longer: what was built before may have it.
func (e *encoder) withFormerVariant(n *node, c spec.Variant) sat.Lit {
	var ways []sat.Lit
	for _, a := range n.alts {
		if a.node == nil {
			continue
		}
		if have, ok := a.node.Variant(c.Name); ok && valuesFit(have.Values, c) {
			ways = append(ways, a.lit)
		}
	}
	return e.sat.Or(ways...)
}
