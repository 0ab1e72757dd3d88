package arch

import (
	"slices"
	"strings"
)

// Set is a set of targets, as a constraint describes it: "zen3", "haswell:", ":x86_64_v3", "zen2:,icelake:". It keeps
// the ranges it was written with, because "zen5:" goes on meaning zen5 and all that will come after it.
//
// A name that is not in the table is an opaque target: it equals itself, and lies in no range but ":". Sites use names
// that are newer than this program.
//
// Sets are immutable. The zero Set is every target: no constraint.
type Set struct {
	bounded bool   // false: every target, known or not
	spans   []span // of a bounded set: normalised, that is sorted, none within another
	known   bitset // of a bounded set: the known targets among the members
}

// span is one item of a list: a single target, or a range with its ends.
type span struct {
	low, high string // "haswell", ""; empty: open. A single target has its name in both
	single    bool
}

const emptySetText = "none" // what the empty set prints as; no target is called so

// Any is the set of all targets, known or not. It prints as ":".
func Any() Set { return Set{} }

// Of is the set of the given targets.
func Of(targets ...*Target) Set {
	spans := make([]span, len(targets))
	for i, t := range targets {
		spans[i] = span{low: t.name, high: t.name, single: true}
	}
	return newSet(spans)
}

// UpTo is the set of all targets that run on t: ":t".
func UpTo(t *Target) Set { return newSet([]span{{high: t.name}}) }

// String prints the set so that ParseSet reads it back: its items sorted, without those that lie within others. The
// empty set is "none".
func (s Set) String() string {
	switch {
	case s.IsAny():
		return ":"
	case s.Empty():
		return emptySetText
	}
	texts := make([]string, len(s.spans))
	for i, sp := range s.spans {
		texts[i] = sp.String()
	}
	return strings.Join(texts, ",")
}

func (sp span) String() string {
	if sp.single {
		return sp.low
	}
	return sp.low + ":" + sp.high
}

// Empty tells whether the set has no member.
func (s Set) Empty() bool { return s.bounded && len(s.spans) == 0 }

// IsAny tells whether the set has every target, known or not.
func (s Set) IsAny() bool { return !s.bounded }

// Concrete gives the target's name when the set was written as a single one: "zen5", but not "zen5:".
func (s Set) Concrete() (name string, ok bool) {
	if len(s.spans) == 1 && s.spans[0].single {
		return s.spans[0].low, true
	}
	return "", false
}

// Known tells whether all names in the set are known targets.
func (s Set) Known() bool { return len(s.Opaque()) == 0 }

// Opaque lists the single targets of the set that are not in the table, sorted.
func (s Set) Opaque() []string {
	var names []string
	for _, sp := range s.spans {
		if sp.opaque() {
			names = append(names, sp.low)
		}
	}
	return names
}

// Targets lists the known targets in the set, ancestors before descendants.
func (s Set) Targets() []*Target {
	if s.IsAny() {
		return All()
	}
	var members []*Target
	s.known.each(func(i int) { members = append(members, load().targets[i]) })
	return members
}

// Has tells whether a known target is in the set.
func (s Set) Has(t *Target) bool { return s.IsAny() || s.known.has(t.index) }

// Contains tells whether the target of this name, known or not, is in the set.
func (s Set) Contains(name string) bool {
	if t, ok := Lookup(name); ok {
		return s.Has(t)
	}
	return s.IsAny() || slices.Contains(s.Opaque(), name)
}

// IsSubset tells whether every target in s is also in t.
func (s Set) IsSubset(t Set) bool {
	if t.IsAny() {
		return true
	}
	return !s.IsAny() && s.known.subset(t.known) && !slices.ContainsFunc(s.Opaque(), func(name string) bool {
		return !t.Contains(name)
	})
}

// Equal tells whether s and t have the same members.
func (s Set) Equal(t Set) bool { return s.IsSubset(t) && t.IsSubset(s) }

// Intersects tells whether s and t have a member in common.
func (s Set) Intersects(t Set) bool { return !s.Intersect(t).Empty() }

// Intersect is the set of the targets that are in both.
func (s Set) Intersect(t Set) Set {
	switch {
	case s.IsAny():
		return t
	case t.IsAny():
		return s
	}
	var spans []span
	for _, a := range s.spans {
		for _, b := range t.spans {
			spans = append(spans, a.intersect(b)...)
		}
	}
	return newSet(spans)
}

// Union is the set of the targets that are in one or the other.
func (s Set) Union(t Set) Set {
	if s.IsAny() || t.IsAny() {
		return Any()
	}
	return newSet(slices.Concat(s.spans, t.spans))
}
