package concretizer

import (
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// addDirectives encodes conflicts and requirements of a recipe. They bind what is built; what exists already has been decided.
func (e *encoder) addDirectives(n *node) error {
	if n.built == sat.False {
		return nil
	}
	for i := range n.recipe.Conflicts {
		c := &n.recipe.Conflicts[i]
		e.clause(&ConflictCause{Package: n.name, Directive: c}, n.built.Not(), e.when(n, c.When).Not(), e.condOn(n, c.Spec).Not())
	}
	for i := range n.recipe.Requires {
		r := &n.recipe.Requires[i]
		guard := e.sat.And(n.built, e.when(n, r.When))
		lits := make([]sat.Lit, len(r.Specs))
		for k, s := range r.Specs {
			lits[k] = e.cond(n, s)
			e.noteRequired(n, s, guard)
		}
		e.require(guard, lits, r.Policy, &RequireCause{Package: n.name, Directive: r})
	}
	return nil
}

// require adds that all, any or one of the literals hold under the guard.
func (e *encoder) require(guard sat.Lit, lits []sat.Lit, policy packages.RequirementPolicy, why Cause) {
	if policy == packages.AllOf {
		for _, lit := range lits {
			e.clause(why, guard.Not(), lit)
		}
		return
	}
	e.clause(why, append([]sat.Lit{guard.Not()}, lits...)...)
	if policy == packages.OneOf {
		for i, a := range lits {
			for _, b := range lits[i+1:] {
				e.clause(why, guard.Not(), a.Not(), b.Not())
			}
		}
	}
}

// stickyValue is a value of a sticky variant other than the default: somebody must have asked for it.
type stickyValue struct {
	variant, value string
	clause         *openClause
	row            *openRow
}

// noteSetter records that s is asked of n under a literal: a sticky variant may then follow it.
func (e *encoder) noteSetter(n *node, s *spec.Spec, lit sat.Lit) { n.note(setter{spec: s, lit: lit}) }

// noteRequired is noteSetter for what a recipe or configuration requires of the node, which costs nothing.
func (e *encoder) noteRequired(n *node, s *spec.Spec, lit sat.Lit) {
	n.note(setter{spec: s, lit: lit, free: s.Name == "" || s.Name == n.name})
}

func (n *node) note(s setter) {
	if len(s.spec.Variants) == 0 {
		return
	}
	n.setters = append(n.setters, s)
	for _, v := range n.sticky {
		v.accept(s)
	}
}

func (v stickyValue) accept(s setter) {
	if c, ok := s.spec.Variant(v.variant); ok && slices.Contains(c.Values, v.value) {
		v.clause.extendRow(v.row, s.lit)
	}
}

func (n *node) addSticky(s stickyValue) {
	n.sticky = append(n.sticky, s)
	for _, x := range n.setters {
		s.accept(x)
	}
}

// either holds of a recipe of which one of two things holds.
func either(a, b func(*packages.Recipe) bool) func(*packages.Recipe) bool {
	return func(r *packages.Recipe) bool { return a(r) || b(r) }
}

// asksFor tells of a recipe whether it can ask another package by name for values of a variant.
func asksFor(name, variant string) func(*packages.Recipe) bool {
	return func(r *packages.Recipe) bool {
		return r != nil && slices.ContainsFunc(dependencies(r), func(d packages.Dependency) bool {
			_, ok := d.Spec.Variant(variant)
			return ok && d.Spec.Name == name
		})
	}
}
