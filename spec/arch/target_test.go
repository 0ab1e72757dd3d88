package arch

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func mustLookup(t testing.TB, name string) *Target {
	t.Helper()
	target, ok := Lookup(name)
	if !ok {
		t.Fatalf("target %s is not known", name)
	}
	return target
}

func TestLeq(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"x86_64", "zen3", true},
		{"x86_64_v3", "zen3", true},
		{"x86_64_v4", "zen3", false},
		{"x86_64_v4", "zen4", true},
		{"zen", "zen3", true},
		{"zen3", "zen", false},
		{"zen3", "zen3", true},
		{"haswell", "zen3", false},
		{"x86_64_v3", "haswell", true},
		{"x86_64_v2", "core2", false},
		{"cannonlake", "icelake", true},
		{"cascadelake", "icelake", true},
		{"x86_64", "aarch64", false},
		{"aarch64", "neoverse_v2", true},
		{"armv8.2a", "a64fx", true},
		{"armv9.0a", "neoverse_v1", false},
		{"power8le", "power9le", true},
		{"power8", "power9le", false},
		{"x86", "x86_64", false},
		{"riscv64", "u74mc", true},
	} {
		a, b := mustLookup(t, test.a), mustLookup(t, test.b)
		if got := Leq(a, b); got != test.want {
			t.Errorf("Leq(%s, %s) = %v, want %v", a, b, got, test.want)
		}
	}
}

func TestFamilyAndGeneric(t *testing.T) {
	for _, test := range []struct{ target, family, generic, vendor string }{
		{"zen3", "x86_64", "x86_64_v3", "AuthenticAMD"},
		{"zen4", "x86_64", "x86_64_v4", "AuthenticAMD"},
		{"core2", "x86_64", "x86_64", "GenuineIntel"},
		{"x86_64_v2", "x86_64", "x86_64_v2", "generic"},
		{"neoverse_v2", "aarch64", "armv9.0a", "ARM"},
		{"a64fx", "aarch64", "armv8.2a", "Fujitsu"},
		{"power9le", "ppc64le", "ppc64le", "IBM"},
		{"prescott", "x86", "x86", "GenuineIntel"},
	} {
		target := mustLookup(t, test.target)
		if target.Family().Name() != test.family || target.Generic().Name() != test.generic || target.Vendor() != test.vendor {
			t.Errorf("%s: family %s, generic %s, vendor %s, want %+v", target, target.Family(), target.Generic(), target.Vendor(), test)
		}
	}
}

func TestHasFeature(t *testing.T) {
	for _, test := range []struct {
		target, feature string
		want            bool
	}{
		{"haswell", "avx2", true},
		{"haswell", "sse2", true}, // inherited from x86_64
		{"core2", "sse3", true},
		{"ivybridge", "avx2", false},
		{"nehalem", "sse4.2", true},
		{"zen3", "avx512", false},
		{"mic_knl", "avx512", true},
		{"power9le", "altivec", true},
		{"power9le", "vsx", true},
		{"zen3", "altivec", false},
		{"a64fx", "neon", true},
		{"a64fx", "sve", true},
		{"neoverse_n1", "sve", false},
		{"zen3", "no_such_feature", false},
	} {
		if got := mustLookup(t, test.target).HasFeature(test.feature); got != test.want {
			t.Errorf("%s has %s: %v, want %v", test.target, test.feature, got, test.want)
		}
	}
}

func TestAncestorsAreNearestFirst(t *testing.T) {
	var got []string
	for _, a := range mustLookup(t, "haswell").Ancestors() {
		got = append(got, a.Name())
	}
	want := []string{"ivybridge", "sandybridge", "westmere", "nehalem", "x86_64_v3", "core2", "x86_64_v2", "nocona", "x86_64"}
	if !slices.Equal(got, want) {
		t.Errorf("ancestors of haswell: %v, want %v", got, want)
	}
}

// TestOrderAgainstParents checks the order against its definition: walking up the parents one by one.
func TestOrderAgainstParents(t *testing.T) {
	var walk func(t *Target, seen map[*Target]bool)
	walk = func(t *Target, seen map[*Target]bool) {
		seen[t] = true
		for _, p := range t.Parents() {
			walk(p, seen)
		}
	}
	for _, b := range All() {
		below := map[*Target]bool{}
		walk(b, below)
		for _, a := range All() {
			if Leq(a, b) != below[a] {
				t.Errorf("Leq(%s, %s) = %v, but walking the parents says %v", a, b, Leq(a, b), below[a])
			}
			if below[a] && a != b && !slices.Contains(b.Ancestors(), a) {
				t.Errorf("%s lacks the ancestor %s", b, a)
			}
		}
		if len(b.Ancestors()) != len(below)-1 {
			t.Errorf("%s has %d ancestors, want %d", b, len(b.Ancestors()), len(below)-1)
		}
	}
}

func genTarget() *rapid.Generator[*Target] { return rapid.SampledFrom(All()) }

func TestPartialOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := genTarget().Draw(t, "a"), genTarget().Draw(t, "b"), genTarget().Draw(t, "c")
		if !Leq(a, a) {
			t.Fatalf("%s is not <= itself", a)
		}
		if a != b && Leq(a, b) && Leq(b, a) {
			t.Fatalf("%s and %s are each <= the other", a, b)
		}
		if Leq(a, b) && Leq(b, c) && !Leq(a, c) {
			t.Fatalf("%s <= %s <= %s, but not %s <= %s", a, b, c, a, c)
		}
		if Leq(a, b) {
			if a.Family() != b.Family() {
				t.Fatalf("%s <= %s across families", a, b)
			}
			for _, f := range a.Features() {
				if !b.HasFeature(f) {
					t.Fatalf("%s <= %s, which lacks %s", a, b, f)
				}
			}
		}
		if InRange(c, a, b) != (Leq(a, c) && Leq(c, b)) || !InRange(c, nil, nil) {
			t.Fatalf("InRange(%s, %s, %s) disagrees with Leq", c, a, b)
		}
	})
}

func TestTargetsCannotBeChangedThroughResults(t *testing.T) {
	zen := mustLookup(t, "zen3")
	zen.Features()[0] = "changed"
	zen.Ancestors()[0] = nil
	All()[0] = nil
	if zen.Features()[0] == "changed" || zen.Ancestors()[0] == nil || All()[0] == nil {
		t.Error("a caller could change the table")
	}
}
