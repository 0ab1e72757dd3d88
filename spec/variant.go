package spec

import (
	"slices"
	"strings"
)

// Variant is one constraint on a variant: +mpi, ~shared, api=v18, cuda_arch=70,80, cuda_arch:=80, ++pic, api==v18. On
// a concrete node the same type holds the value itself.
type Variant struct {
	Name      string
	Values    []string // sorted, without repetition; {"true"} or {"false"} for a bool; {"*"} is any value at all
	Exact     bool     // ":=": exactly these values; else "contains these"
	Propagate bool     // "++", "~~", "==": what propagate.go says; Exact is false then, as it goes without saying
}

// Bool is the constraint +name or ~name.
func Bool(name string, on bool) Variant {
	if on {
		return Variant{Name: name, Values: []string{"true"}}
	}
	return Variant{Name: name, Values: []string{"false"}}
}

// IsBool reports whether the value is true or false, and so prints as +name or ~name.
func (v Variant) IsBool() bool {
	return len(v.Values) == 1 && (v.Values[0] == "true" || v.Values[0] == "false")
}

// On reports whether the variant is +name.
func (v Variant) On() bool { return len(v.Values) == 1 && v.Values[0] == "true" }

func (v Variant) equal(o Variant) bool {
	return v.Name == o.Name && v.Exact == o.Exact && v.Propagate == o.Propagate && slices.Equal(v.Values, o.Values)
}

// What a variant constraint means: the set of values that a node has for the variant. "*" asks only that the node has the variant,
// an exact or bool one that its values are these and no others, any other that its values include these. A single-valued variant is
// exact by what its recipe says.

func (v *Variant) isAny() bool { return len(v.Values) == 1 && v.Values[0] == "*" }

func (v *Variant) isExact(single bool) bool {
	return v.Exact || single || v.IsBool() || v.standsAlone()
}

// standsAlone reports whether the value cannot be one of several, as lists have no empty ones, and none with spaces around: x="", x=" a".
func (v *Variant) standsAlone() bool {
	return len(v.Values) == 1 && (v.Values[0] == "" || strings.TrimSpace(v.Values[0]) != v.Values[0])
}

// possible reports whether any values can meet the constraint.
func (v *Variant) possible(single bool) bool { return !single || len(v.Values) == 1 }

// satisfies reports whether all values that meet v meet want.
func (v *Variant) satisfies(want *Variant, single bool) bool {
	switch {
	case !v.possible(single) || want.isAny():
		return true
	case v.isAny():
		return false
	case want.isExact(single):
		return v.isExact(single) && slices.Equal(v.Values, want.Values)
	}
	return containsAll(v.Values, want.Values)
}

// intersects reports whether some values meet both.
func (v *Variant) intersects(o *Variant, single bool) bool {
	switch {
	case !v.possible(single) || !o.possible(single):
		return false
	case v.isAny() || o.isAny():
		return true
	case v.isExact(single) && o.isExact(single):
		return slices.Equal(v.Values, o.Values)
	case v.isExact(single):
		return containsAll(v.Values, o.Values)
	case o.isExact(single):
		return containsAll(o.Values, v.Values)
	}
	return true
}

// meet is the constraint that both together are; they intersect.
func (v Variant) meet(o Variant) Variant {
	m := v
	switch {
	case v.isAny():
		m = o
	case !o.isAny():
		m.Values = sortedSet(slices.Concat(v.Values, o.Values))
		m.Exact = v.Exact || o.Exact
	}
	return m
}

// Accepts reports whether a concrete node whose variant has these values meets the constraint.
func (v Variant) Accepts(values []string) bool {
	have := Variant{Values: values, Exact: true}
	want := Variant{Values: v.Values, Exact: v.Exact || v.Propagate}
	return have.satisfies(&want, false)
}
