package arch

import (
	"slices"
	"strings"
)

// newSet makes a set of spans, in any order and with repetitions. Spans without members are left out.
func newSet(spans []span) Set {
	if slices.Contains(spans, span{}) {
		return Any()
	}
	var kept []span
	for i, sp := range spans {
		if sp.empty() {
			continue
		}
		covered := false
		for j, other := range spans {
			if i != j && sp.coveredBy(other, i > j) {
				covered = true
				break
			}
		}
		if !covered {
			kept = append(kept, sp)
		}
	}
	slices.SortFunc(kept, func(a, b span) int { return strings.Compare(a.String(), b.String()) })
	s := Set{bounded: true, spans: kept}
	for _, sp := range kept {
		s.known = s.known.or(sp.members())
	}
	return s
}

// coveredBy tells whether other makes sp superfluous in a list. Of two with the same members the more open one stays,
// and of two equally open ones the first in the alphabet; later says which of two copies goes.
func (sp span) coveredBy(other span, later bool) bool {
	switch {
	case sp == other:
		return later
	case sp.opaque() || other.opaque():
		return false
	}
	mine, theirs := sp.members(), other.members()
	if mine != theirs {
		return mine.subset(theirs)
	}
	if d := sp.openness() - other.openness(); d != 0 {
		return d < 0
	}
	return sp.String() > other.String()
}

// openness counts how much a span leaves open to targets that are not known yet.
func (sp span) openness() int {
	n := 0
	for _, free := range []bool{!sp.single, sp.low == "", sp.high == ""} {
		if free {
			n++
		}
	}
	return n
}

// opaque tells whether the span is a single target that is not in the table.
func (sp span) opaque() bool {
	_, known := Lookup(sp.low)
	return sp.single && !known
}

func (sp span) empty() bool { return !sp.opaque() && sp.members().empty() }

// members gives the known targets in the span.
func (sp span) members() bitset {
	tab := load()
	all := tab.all
	if sp.low != "" {
		all = all.and(tab.upOf(sp.low))
	}
	if sp.high != "" {
		all = all.and(tab.downOf(sp.high))
	}
	return all
}

// upOf gives what descends from a target, itself included: nothing when the name is not known.
func (tab *table) upOf(name string) bitset {
	if t := tab.byName[name]; t != nil {
		return t.up
	}
	return bitset{}
}

// downOf gives the ancestors of a target, itself included.
func (tab *table) downOf(name string) bitset {
	if t := tab.byName[name]; t != nil {
		return t.down
	}
	return bitset{}
}

// intersect gives the spans whose members are in both. Where two bounds are incomparable there can be several: above
// both x86_64_v4 and zen3 stands zen4, and ivybridge and zen have x86_64_v2 for their best common ancestor.
func (sp span) intersect(other span) []span {
	switch {
	case sp.single && other.contains(sp):
		return []span{sp}
	case other.single && sp.contains(other):
		return []span{other}
	case sp.single || other.single:
		return nil
	}
	var spans []span
	for _, low := range joins(sp.low, other.low) {
		for _, high := range meets(sp.high, other.high) {
			spans = append(spans, span{low: low, high: high})
		}
	}
	return spans
}

// contains tells whether a single target lies in the span.
func (sp span) contains(single span) bool {
	if sp == single {
		return true
	}
	t, ok := Lookup(single.low)
	return ok && sp.members().has(t.index)
}

// joins gives the lowest targets that stand above both bounds; an open bound leaves the other.
func joins(a, b string) []string {
	if a == "" || b == "" {
		return []string{a + b}
	}
	tab := load()
	common := tab.upOf(a).and(tab.upOf(b))
	return tab.extremes(common, func(t *Target) bitset { return t.down })
}

// meets gives the highest targets that stand below both bounds; an open bound leaves the other.
func meets(a, b string) []string {
	if a == "" || b == "" {
		return []string{a + b}
	}
	tab := load()
	common := tab.downOf(a).and(tab.downOf(b))
	return tab.extremes(common, func(t *Target) bitset { return t.up })
}

// extremes names the members of a set that have no other member on the given side.
func (tab *table) extremes(set bitset, side func(*Target) bitset) []string {
	var names []string
	set.each(func(i int) {
		var self bitset
		self.add(i)
		if t := tab.targets[i]; side(t).and(set) == self {
			names = append(names, t.name)
		}
	})
	return names
}
