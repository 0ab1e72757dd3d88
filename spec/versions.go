package spec

import (
	"slices"
	"strings"
)

// Versions is a set of versions: a union of ranges and single versions, kept sorted and merged. The zero value holds every
// version, as a spec without @ does. Values are immutable.
type Versions struct {
	ranges []versionRange // sorted and disjoint; no two of them could be written as one
	none   bool           // the empty set, which has no text
}

// versionRange is one range or one version of a set. A range is the half-open interval from low to after, which is high's
// key.next(): so it includes high's own prefix range. Which two texts stand at the ends is kept for printing only.
type versionRange struct {
	low, high Version // zero: open on that side
	after     *versionKey
	exact     bool // low only: "=1.2"
}

func newRange(low, high Version) versionRange {
	r := versionRange{low: low, high: high}
	if high.IsZero() {
		return r
	}
	r.after = high.p.key.next()
	return r.normal()
}

// normal writes a range whose ends mean the same with one text.
func (r versionRange) normal() versionRange {
	if !r.exact && !r.low.IsZero() && !r.high.IsZero() && r.low.p.key.compare(&r.high.p.key) == 0 {
		r.high = r.low
	}
	return r
}

func exactly(v Version) versionRange { return versionRange{low: v, exact: true} }

// MustVersions is ParseVersions for constants and tests; it panics on bad text.
func MustVersions(text string) Versions {
	v, err := ParseVersions(text)
	if err != nil {
		panic(err)
	}
	return v
}

// Exactly is the set that holds v and nothing else, written "@=v".
func Exactly(v Version) Versions { return Versions{ranges: []versionRange{exactly(v)}} }

// VersionRange is the set of versions from low (zero: no limit) to high (zero: no limit), high's own prefix range included: "low:high". It is
// empty if high is below low.
func VersionRange(low, high Version) Versions {
	r := newRange(low, high)
	if r.isEmpty() {
		return Versions{none: true}
	}
	return versionSet([]versionRange{r})
}

// IsAny reports whether the set holds every version.
func (s Versions) IsAny() bool { return len(s.ranges) == 0 && !s.none }

// IsNone reports whether the set is empty, as the intersection of disjoint sets is.
func (s Versions) IsNone() bool { return s.none }

// Single returns the version if the set is one exact version ("=1.2").
func (s Versions) Single() (Version, bool) {
	if len(s.ranges) == 1 && s.ranges[0].exact {
		return s.ranges[0].low, true
	}
	return Version{}, false
}

// GitVersions lists the git versions that the set names one by one. Those that only lie in a range of it are not among them.
func (s Versions) GitVersions() []Version {
	var list []Version
	for i := range s.ranges {
		if r := &s.ranges[i]; r.exact && r.low.p.git {
			list = append(list, r.low)
		}
	}
	return list
}

// Contains reports whether v is in the set.
func (s Versions) Contains(v Version) bool {
	if s.IsAny() {
		return true
	}
	if v.IsZero() {
		return false
	}
	for i := range s.ranges {
		if s.ranges[i].contains(v) {
			return true
		}
	}
	return false
}

func (r *versionRange) contains(v Version) bool {
	if r.exact {
		return r.low.Compare(v) == 0
	}
	return r.low.Compare(v) <= 0 && (r.after == nil || v.p.key.compare(r.after) < 0)
}

// SubsetOf reports whether every version of s is in o.
func (s Versions) SubsetOf(o Versions) bool {
	if o.IsAny() || s.none {
		return true
	}
	if s.IsAny() {
		return false
	}
	// A range is never covered by several ranges of a merged set together: between two of them there is always a version.
	for i := range s.ranges {
		if !slices.ContainsFunc(o.ranges, func(r versionRange) bool { return s.ranges[i].subsetOf(&r) }) {
			return false
		}
	}
	return true
}

func (r *versionRange) subsetOf(o *versionRange) bool {
	if r.exact {
		return o.contains(r.low)
	}
	return !o.exact && o.low.Compare(r.low) <= 0 && compareAfter(r.after, o.after) <= 0
}

// compareAfter orders the upper ends of ranges; nil is no limit.
func compareAfter(a, b *versionKey) int {
	switch {
	case a == b:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return a.compare(b)
}

// Intersects reports whether some version is in both.
func (s Versions) Intersects(o Versions) bool {
	if s.none || o.none {
		return false
	}
	if s.IsAny() || o.IsAny() {
		return true
	}
	for i := range s.ranges {
		for j := range o.ranges {
			if _, ok := s.ranges[i].intersect(&o.ranges[j]); ok {
				return true
			}
		}
	}
	return false
}

// Intersect returns the versions that are in both; ok is false if there are none.
func (s Versions) Intersect(o Versions) (both Versions, ok bool) {
	switch {
	case s.none || o.none:
		return Versions{none: true}, false
	case s.IsAny():
		return o, true
	case o.IsAny():
		return s, true
	}
	var list []versionRange
	for i := range s.ranges {
		for j := range o.ranges {
			if r, ok := s.ranges[i].intersect(&o.ranges[j]); ok {
				list = append(list, r)
			}
		}
	}
	if len(list) == 0 {
		return Versions{none: true}, false
	}
	return versionSet(list), true
}

func (r *versionRange) intersect(o *versionRange) (versionRange, bool) {
	if r.exact && o.exact {
		return exactly(lesserText(r.low, o.low)), r.low.Compare(o.low) == 0
	}
	if r.exact {
		return *r, o.contains(r.low)
	}
	if o.exact {
		return *o, r.contains(o.low)
	}
	both := versionRange{low: higher(r.low, o.low), high: r.high, after: r.after}
	if c := compareAfter(r.after, o.after); c > 0 {
		both.high, both.after = o.high, o.after
	} else if c == 0 {
		both.high = lesserText(r.high, o.high)
	}
	return both.normal(), !both.isEmpty()
}

// isEmpty reports whether the upper end is not above the lower one.
func (r *versionRange) isEmpty() bool {
	return !r.exact && !r.low.IsZero() && r.after != nil && r.low.p.key.compare(r.after) >= 0
}

func higher(a, b Version) Version {
	switch a.Compare(b) {
	case -1:
		return b
	case 1:
		return a
	}
	return lesserText(a, b)
}

// lesserText chooses between two spellings of one version, in a way that does not depend on their order.
func lesserText(a, b Version) Version {
	if b.String() < a.String() {
		return b
	}
	return a
}

// Union returns the versions that are in either.
func (s Versions) Union(o Versions) Versions {
	switch {
	case s.none:
		return o
	case o.none:
		return s
	case s.IsAny() || o.IsAny():
		return Versions{}
	}
	return versionSet(slices.Concat(s.ranges, o.ranges))
}

// versionSet sorts and merges what is at least one range.
func versionSet(list []versionRange) Versions {
	slices.SortFunc(list, compareRanges)
	merged := list[:1]
	for _, r := range list[1:] {
		last := &merged[len(merged)-1]
		if !last.merge(&r) {
			merged = append(merged, r)
		}
	}
	if len(merged) == 1 && !merged[0].exact && merged[0].low.IsZero() && merged[0].after == nil {
		return Versions{}
	}
	return Versions{ranges: slices.Clip(merged)}
}

// compareRanges sorts by the lower end; where those are equal, ranges stand before single versions, which they swallow.
func compareRanges(a, b versionRange) int {
	if c := a.low.Compare(b.low); c != 0 {
		return c
	}
	if a.exact != b.exact {
		if a.exact {
			return 1
		}
		return -1
	}
	if c := compareAfter(a.after, b.after); c != 0 {
		return c
	}
	if c := strings.Compare(a.low.String(), b.low.String()); c != 0 {
		return c
	}
	return strings.Compare(a.high.String(), b.high.String())
}

// merge takes o, which does not begin before r, into r if the two overlap or touch.
func (r *versionRange) merge(o *versionRange) bool {
	if r.exact {
		return o.exact && r.low.Compare(o.low) == 0
	}
	if o.exact {
		return r.contains(o.low)
	}
	if r.after != nil && !o.low.IsZero() && o.low.p.key.compare(r.after) > 0 {
		return false
	}
	if r.low.Compare(o.low) == 0 {
		r.low = lesserText(r.low, o.low)
	}
	if c := compareAfter(r.after, o.after); c < 0 {
		r.high, r.after = o.high, o.after
	} else if c == 0 {
		r.high = lesserText(r.high, o.high)
	}
	*r = r.normal()
	return true
}

// Equal reports whether the two sets hold the same versions.
func (s Versions) Equal(o Versions) bool {
	if s.none || o.none {
		return s.none == o.none
	}
	return slices.EqualFunc(s.ranges, o.ranges, func(a, b versionRange) bool {
		return a.exact == b.exact && a.low.Compare(b.low) == 0 && compareAfter(a.after, b.after) == 0
	})
}

// String is what ParseVersions reads back to an equal set: "1.2:1.4,=1.6"; ":" for every version. The empty set has no
// such text and prints as "<none>".
func (s Versions) String() string {
	if s.none {
		return "<none>"
	}
	if s.IsAny() {
		return ":"
	}
	if len(s.ranges) == 1 {
		return s.ranges[0].String()
	}
	texts := make([]string, len(s.ranges))
	for i, r := range s.ranges {
		texts[i] = r.String()
	}
	return strings.Join(texts, ",")
}

func (r versionRange) String() string {
	switch {
	case r.exact && r.low.p.git:
		return r.low.String()
	case r.exact:
		return "=" + r.low.String()
	case r.low == r.high:
		return r.low.String()
	}
	return r.low.String() + ":" + r.high.String()
}
