package spec

import (
	"fmt"
	"slices"
	"strings"
)

// Kinds is what recipes know of variants. Without it, x=v means "x contains v".
type Kinds interface {
	// SingleValued reports whether the package's variant always has exactly one value, so that x=a and x=b exclude each other.
	SingleValued(pkg, variant string) bool
}

// Satisfies reports whether every concrete spec that s describes is one that o describes.
func (s *Spec) Satisfies(o *Spec) bool { return relation{}.satisfies(s, o, nil) }

// SatisfiesIn is Satisfies with what recipes know of variants.
func (s *Spec) SatisfiesIn(kinds Kinds, o *Spec) bool { return relation{kinds}.satisfies(s, o, nil) }

// Intersects reports whether some concrete spec meets both.
func (s *Spec) Intersects(o *Spec) bool { return relation{}.intersects(s, o) }

// IntersectsIn is Intersects with what recipes know of variants.
func (s *Spec) IntersectsIn(kinds Kinds, o *Spec) bool { return relation{kinds}.intersects(s, o) }

// Constrain returns the spec that describes what both describe. The error is a *ContradictionError, which says which attribute of
// which package contradicts.
func (s *Spec) Constrain(o *Spec) (*Spec, error) { return relation{}.constrain(s, o) }

// ConstrainIn is Constrain with what recipes know of variants.
func (s *Spec) ConstrainIn(kinds Kinds, o *Spec) (*Spec, error) {
	return relation{kinds}.constrain(s, o)
}

// ContradictionError says why no concrete spec meets two specs.
type ContradictionError struct {
	Package   string // "hdf5"; "" if both specs are anonymous
	Attribute string // "name", "version", "variant mpi", "target", ...
	A, B      string // the two constraints: "@1.12", "@1.14:"
}

func (e *ContradictionError) Error() string {
	what := e.Attribute
	if e.Package != "" {
		what = e.Attribute + " of " + e.Package
	}
	return fmt.Sprintf("%s: %s contradicts %s", what, e.A, e.B)
}

// relation holds what the relations of two specs depend on besides the specs.
type relation struct{ kinds Kinds }

// kindOf reports whether the variant is known to be single-valued.
func (r relation) single(pkg, variant string) bool {
	return r.kinds != nil && pkg != "" && r.kinds.SingleValued(pkg, variant)
}

// satisfies: above is what the nodes above s propagate to it.
func (r relation) satisfies(s, o *Spec, above []Variant) bool {
	if o.Name != "" && s.Name != o.Name || !fits(s.Namespace, o.Namespace) || !s.Versions.SubsetOf(o.Versions) {
		return false
	}
	if !fits(s.Platform, o.Platform) || !fits(s.OS, o.OS) || !s.Target.IsSubset(o.Target) || !strings.HasPrefix(s.Hash, o.Hash) {
		return false
	}
	above = append(slices.Clip(above), propagated(s)...)
	for i := range o.Variants {
		if !r.impliesVariant(s, &o.Variants[i], above) {
			return false
		}
	}
	for i := range o.Flags {
		if !s.impliesFlag(&o.Flags[i]) {
			return false
		}
	}
	for i := range o.Deps {
		if !r.impliesDep(s, &o.Deps[i], above) {
			return false
		}
	}
	return true
}

// impliesVariant: what is propagated says nothing of a package that may lack the variant, so only an own constraint implies one.
func (r relation) impliesVariant(s *Spec, want *Variant, above []Variant) bool {
	if want.Propagate {
		return slices.ContainsFunc(above, func(v Variant) bool { return v.equal(*want) })
	}
	i, found := findVariant(s.Variants, want.Name, false)
	return found && s.Variants[i].satisfies(want, r.single(s.Name, want.Name))
}

// fits reports whether a text attribute is what is wanted; "" wants nothing.
func fits(have, want string) bool { return want == "" || have == want }

// impliesDep reports whether every DAG that s describes has the dependency.
func (r relation) impliesDep(s *Spec, want *Dep, above []Variant) bool {
	if want.Propagate {
		return true // a wish
	}
	if want.When != nil {
		for i := range s.Deps {
			if have := &s.Deps[i]; have.When.String() == want.When.String() && r.depSatisfies(have, want, above) {
				return true // whether the condition holds or not
			}
		}
		under, err := r.constrain(s, want.When)
		if err != nil {
			return true // the condition never holds
		}
		s, above = under, append(slices.Clip(above), propagated(under)...)
	}
	return r.hasDep(s, want, above)
}

// hasDep searches the dependencies that s has for certain, for a ^ also those below them.
func (r relation) hasDep(s *Spec, want *Dep, above []Variant) bool {
	deps := r.certainDeps(s)
	for i := range deps {
		if r.depSatisfies(&deps[i], want, above) || !want.Direct && r.hasDep(deps[i].Spec, want, append(slices.Clip(above), propagated(deps[i].Spec)...)) {
			return true
		}
	}
	return false
}

// certainDeps is the dependencies whose conditions s implies. A condition may be about other dependencies, conditional ones among them, but
// not lean on itself: so the list grows from the unconditional ones until nothing more follows.
func (r relation) certainDeps(s *Spec) []Dep {
	if !slices.ContainsFunc(s.Deps, func(d Dep) bool { return d.When != nil || d.Propagate }) {
		return s.Deps
	}
	certain := *s
	certain.Deps = nil
	var open []Dep
	for _, d := range s.Deps {
		if d.Propagate {
			continue
		}
		if d.When == nil {
			certain.Deps = append(certain.Deps, d)
		} else {
			open = append(open, d)
		}
	}
	for grown := true; grown; {
		grown = false
		open = slices.DeleteFunc(open, func(d Dep) bool {
			if !r.satisfies(&certain, d.When, nil) {
				return false
			}
			d.When = nil
			certain.Deps = append(certain.Deps, d)
			grown = true
			return true
		})
	}
	return certain.Deps
}

func (r relation) depSatisfies(have, want *Dep, above []Variant) bool {
	if have.Propagate || want.Direct && !have.Direct || want.Types&^have.Types != 0 {
		return false
	}
	return containsAll(have.Virtuals, want.Virtuals) && r.satisfies(have.Spec, want.Spec, above)
}

func containsAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(have, w) })
}

func (r relation) intersects(s, o *Spec) bool {
	if !propagates(s) && !propagates(o) {
		return r.contradiction(s, o) == nil
	}
	_, err := r.constrain(s, o)
	return err == nil
}

// contradiction finds the first attribute on which no concrete spec can meet both; that what one propagates contradicts what
// the other says of dependencies shows only in their meet.
func (r relation) contradiction(s, o *Spec) *ContradictionError {
	pkg := either(s.Name, o.Name)
	clash := func(attribute, a, b string) *ContradictionError { return &ContradictionError{pkg, attribute, a, b} }
	switch {
	case s.Name != "" && !fits(o.Name, s.Name) && o.Name != "":
		return &ContradictionError{"", "name", s.Name, o.Name}
	case s.Namespace != "" && o.Namespace != "" && s.Namespace != o.Namespace:
		return clash("namespace", s.Namespace, o.Namespace)
	case !s.Versions.Intersects(o.Versions):
		return clash("version", "@"+s.Versions.String(), "@"+o.Versions.String())
	case s.Platform != "" && o.Platform != "" && s.Platform != o.Platform:
		return clash("platform", s.Platform, o.Platform)
	case s.OS != "" && o.OS != "" && s.OS != o.OS:
		return clash("os", s.OS, o.OS)
	case !s.Target.Intersects(o.Target):
		return clash("target", s.Target.String(), o.Target.String())
	case !strings.HasPrefix(s.Hash, o.Hash) && !strings.HasPrefix(o.Hash, s.Hash):
		return clash("hash", "/"+s.Hash, "/"+o.Hash)
	}
	for i := range o.Variants {
		v := &o.Variants[i]
		single := r.single(pkg, v.Name)
		if j, found := findVariant(s.Variants, v.Name, v.Propagate); found && v.Propagate && !s.Variants[j].equal(*v) ||
			found && !v.Propagate && !s.Variants[j].intersects(v, single) {
			return clash("variant "+v.Name, s.Variants[j].String(), v.String())
		} else if !found && !v.Propagate && !v.possible(single) {
			return clash("variant "+v.Name, "a single value", v.String())
		}
	}
	for i := range o.Deps {
		for j := range s.Deps {
			if err := r.depContradiction(&s.Deps[j], &o.Deps[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// depContradiction: edges that constrain one dependency must agree on it, and a node has a virtual from one package only. Edges with conditions
// contradict nothing: the conditions may not hold. Nor do wishes.
func (r relation) depContradiction(a, b *Dep) *ContradictionError {
	if a.When != nil || b.When != nil || a.Propagate || b.Propagate {
		return nil
	}
	if sameEdge(a, b) {
		return r.contradiction(a.Spec, b.Spec)
	}
	if !a.Direct || !b.Direct || a.Spec.Name == "" || b.Spec.Name == "" || a.Spec.Name == b.Spec.Name {
		return nil
	}
	for _, virtual := range a.Virtuals {
		if slices.Contains(b.Virtuals, virtual) {
			return &ContradictionError{"", "virtual " + virtual, a.Spec.Name, b.Spec.Name}
		}
	}
	return nil
}

func (r relation) constrain(s, o *Spec) (*Spec, error) {
	if err := r.contradiction(s, o); err != nil {
		return nil, err
	}
	m := r.meet(s, o)
	if err := r.settle(m, nil); err != nil {
		return nil, err
	}
	return m, nil
}

// meet is constrain for specs that do not contradict each other.
func (r relation) meet(s, o *Spec) *Spec {
	m := s.Clone()
	m.Name, m.Namespace = either(s.Name, o.Name), either(s.Namespace, o.Namespace)
	m.Platform, m.OS = either(s.Platform, o.Platform), either(s.OS, o.OS)
	m.Versions, _ = s.Versions.Intersect(o.Versions)
	m.Target = s.Target.Intersect(o.Target)
	if len(o.Hash) > len(s.Hash) {
		m.Hash = o.Hash
	}
	o = o.Clone()
	for _, v := range o.Variants {
		if i, found := findVariant(m.Variants, v.Name, v.Propagate); found {
			m.Variants[i] = m.Variants[i].meet(v)
		} else {
			m.Variants = slices.Insert(m.Variants, i, v)
		}
	}
	for _, f := range o.Flags {
		m.Flags = addFlag(m.Flags, f)
	}
	settleFlags(m)
	for _, d := range o.Deps {
		m.Deps, _ = r.addDep(m.Deps, d)
	}
	sortDeps(m)
	return m
}

// addDep takes a dependency, which contradicts none of the list, into the list. The spec is the one that now stands for it there.
func (r relation) addDep(list []Dep, d Dep) ([]Dep, *Spec) {
	for i := range list {
		if sameEdge(&list[i], &d) && (d.When == nil && !d.Propagate || r.intersects(list[i].Spec, d.Spec)) {
			list[i].Spec = r.meet(list[i].Spec, d.Spec)
			list[i].Virtuals = sortedSet(slices.Concat(list[i].Virtuals, d.Virtuals))
			return list, list[i].Spec
		}
	}
	return append(list, d), d.Spec
}

// addFlag adds the words that are not there yet, so that the result asks for what both ask for.
func addFlag(list []Flag, f Flag) []Flag {
	for i := range list {
		if list[i].Type != f.Type || list[i].Propagate != f.Propagate {
			continue
		}
		for _, word := range f.Words {
			if !slices.Contains(list[i].Words, word) {
				list[i].Words = append(list[i].Words, word)
			}
		}
		return list
	}
	list = append(list, f)
	sortFlags(list)
	return list
}

// impliesFlag: flags ask that these words are among those of the type; what is propagated, the package has itself.
func (s *Spec) impliesFlag(want *Flag) bool {
	var have []string
	for _, f := range s.Flags {
		if f.Type == want.Type && (f.Propagate || !want.Propagate) {
			have = append(have, f.Words...)
		}
	}
	return containsAll(have, want.Words)
}
