package spec

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// anyVersion draws versions that differ little from each other, so that every rule of the order gets its turn.
var anyVersion = rapid.Custom(func(t *rapid.T) Version {
	pieces := rapid.SampledFrom([]string{"1", "2", "02", "10", "0", "a", "b", "z", "Z", "alpha", "beta", "rc", "final", "main", "develop", "stable"})
	text := pieces.Draw(t, "first")
	for range rapid.IntRange(0, 4).Draw(t, "more") {
		text += rapid.SampledFrom([]string{"", ".", "-", "_"}).Draw(t, "separator") + pieces.Draw(t, "piece")
	}
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0:
		text = "git.x=" + text
	case 1:
		text = "git." + text
	}
	return MustVersion(text)
})

func TestVersionOrderIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anyVersion.Draw(t, "a"), anyVersion.Draw(t, "b"), anyVersion.Draw(t, "c")
		if a.Compare(b) != -b.Compare(a) {
			t.Errorf("%s and %s compare %d and %d", a, b, a.Compare(b), b.Compare(a))
		}
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Errorf("%s <= %s <= %s, but the first is above the last", a, b, c)
		}
		if a.Compare(b) == 0 && a.Compare(c) != b.Compare(c) {
			t.Errorf("%s and %s are the same, but not for %s", a, b, c)
		}
	})
}

// smallSet draws sets whose ends the universe tells apart.
var smallSet = rapid.Custom(func(t *rapid.T) Versions {
	end := rapid.SampledFrom(strings.Fields("1 1.0 1.1 1.1.1 1.2rc1 1.2 2 a main"))
	element := rapid.Custom(func(t *rapid.T) string {
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			return "=" + end.Draw(t, "version")
		case 1:
			return ":" + end.Draw(t, "high")
		case 2:
			return end.Draw(t, "low") + ":"
		case 3:
			return "git.p=" + rapid.SampledFrom([]string{"1.0", "1.1", "main"}).Draw(t, "git")
		case 4:
			return end.Draw(t, "prefix")
		}
		return end.Draw(t, "low") + ":" + end.Draw(t, "high")
	})
	text := strings.Join(rapid.SliceOfN(element, 1, 3).Draw(t, "elements"), ",")
	set, err := ParseVersions(text)
	if err != nil {
		if !strings.Contains(err.Error(), "is empty") {
			t.Fatal(err)
		}
		t.Skip("an empty range")
	}
	return set
})

func both(a, b []Version) []Version {
	return slices.DeleteFunc(slices.Clone(a), func(v Version) bool { return !slices.Contains(b, v) })
}

func TestVersionSetsAgainstEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := smallSet.Draw(t, "a"), smallSet.Draw(t, "b")
		inA, inB := members(a), members(b)
		common := both(inA, inB)
		if got := a.SubsetOf(b); got != (len(common) == len(inA)) {
			t.Errorf("%s is a subset of %s: %v, by enumeration %v and %v", a, b, got, inA, inB)
		}
		meet, ok := a.Intersect(b)
		if ok != a.Intersects(b) || ok != (len(common) > 0) || !slices.Equal(members(meet), common) {
			t.Errorf("%s and %s meet in %s (%v), by enumeration in %v", a, b, meet, ok, common)
		}
		union := a.Union(b)
		for _, v := range universe {
			if union.Contains(v) != (slices.Contains(inA, v) || slices.Contains(inB, v)) {
				t.Errorf("%s in the union %s of %s and %s: %v", v, union, a, b, union.Contains(v))
			}
		}
		if a.Equal(b) != slices.Equal(inA, inB) {
			t.Errorf("%s equals %s: %v", a, b, a.Equal(b))
		}
		other, _ := b.Intersect(a)
		for _, pair := range [][2]Versions{{union, b.Union(a)}, {meet, other}, {a.Union(a), a}} {
			if pair[0].String() != pair[1].String() {
				t.Errorf("%s and %s, which should be equal", pair[0], pair[1])
			}
		}
		for _, set := range []Versions{a, union, meet} {
			if set.IsNone() {
				continue
			}
			if again, err := ParseVersions(set.String()); err != nil || !again.Equal(set) || again.String() != set.String() {
				t.Errorf("%s reads back as %s, %v", set, again, err)
			}
		}
	})
}

// The values that a node can have for a variant: all sets of some of four. z is in no constraint, so that no constraint can list everything.
var variantModels = func() [][]string {
	values := []string{"a", "b", "true", "z"}
	var models [][]string
	for mask := 1; mask < 1<<len(values); mask++ {
		var model []string
		for i, v := range values {
			if mask&(1<<i) != 0 {
				model = append(model, v)
			}
		}
		models = append(models, model)
	}
	return append(models, []string{"false"})
}()

var smallVariant = rapid.Custom(func(t *rapid.T) Variant {
	values := rapid.SampledFrom([]string{"a", "b", "a,b", "*", "true", "false", "a,true", "a,b,true"}).Draw(t, "values")
	return newVariant("v", values, assignment{exact: rapid.Bool().Draw(t, "exact")})
})

func TestVariantsAgainstEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, single := smallVariant.Draw(t, "a"), smallVariant.Draw(t, "b"), rapid.Bool().Draw(t, "single")
		subset, meet := true, false
		for _, m := range variantModels {
			if single && len(m) > 1 {
				continue
			}
			inA, inB := a.Accepts(m), b.Accepts(m)
			subset = subset && (!inA || inB)
			meet = meet || inA && inB
			if a.intersects(&b, single) && a.meet(b).Accepts(m) != (inA && inB) {
				t.Errorf("%s and %s meet in %s, but not for %v", a, b, a.meet(b), m)
			}
		}
		if got := a.satisfies(&b, single); got != subset {
			t.Errorf("%s satisfies %s (single-valued: %v): %v", a, b, single, got)
		}
		if got := a.intersects(&b, single); got != meet {
			t.Errorf("%s intersects %s (single-valued: %v): %v", a, b, single, got)
		}
	})
}
