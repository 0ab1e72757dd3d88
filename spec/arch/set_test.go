package arch

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func mustParse(t interface{ Fatal(...any) }, text string) Set {
	s, err := ParseSet(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func members(s Set) string {
	var names []string
	for _, t := range s.Targets() {
		names = append(names, t.Name())
	}
	return strings.Join(append(names, s.Opaque()...), " ")
}

func TestSetMembers(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"zen3", "zen3"},
		{":x86_64_v3", "x86_64 x86_64_v2 x86_64_v3"},
		{":haswell", "x86_64 x86_64_v2 x86_64_v3 nocona core2 nehalem westmere sandybridge ivybridge haswell"},
		{"x86_64_v3:zen2", "x86_64_v3 zen zen2"},
		{"zen3:", "zen3 zen4 zen5"},
		{"power9le:,power10:", "power10 power9le power10le"},
		{"zen3,haswell:broadwell", "haswell broadwell zen3"},
		{"x86_64_v4:icelake", "x86_64_v4 skylake_avx512 cannonlake cascadelake icelake"},
		{"armv9.0a:", "armv9.0a armv9.2a neoverse_v2 neoverse_n2 neoverse_v3ae"},
		{"zen9,zen5", "zen5 zen9"},
		{"none", ""},
	} {
		s := mustParse(t, test.text)
		if got := members(s); got != test.want {
			t.Errorf("%s has %q, want %q", test.text, got, test.want)
		}
	}
	for _, text := range []string{":", "zen3,:", "zen9,:"} {
		if s := mustParse(t, text); !s.IsAny() || !s.Contains("zen9") || len(s.Targets()) != len(All()) {
			t.Errorf("%s is not every target", text)
		}
	}
	if (Set{}).String() != ":" || !(Set{}).Contains("zen9") || (Set{}).Empty() {
		t.Error("the zero Set is not every target")
	}
}

func TestSetString(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"zen3", "zen3"},
		{"zen3,haswell", "haswell,zen3"},
		{"zen3:,zen4", "zen3:"},
		{"zen5,zen5:", "zen5:"},
		{"zen3,zen3", "zen3"},
		{"x86_64:x86_64_v3,:x86_64_v3", ":x86_64_v3"},
		{":x86_64_v2,:haswell", ":haswell"},
		{"zen9,zen8,zen9", "zen8,zen9"},
		{"zen9,:", ":"},
		{"x86_64:,aarch64:", "aarch64:,x86_64:"},
		{"none", "none"},
	} {
		if got := mustParse(t, test.text).String(); got != test.want {
			t.Errorf("%s prints as %s, want %s", test.text, got, test.want)
		}
	}
}

func TestParseSetErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", `parse target "" at character 1: no target stands here`},
		{"zen3,", `parse target "zen3," at character 6: no target stands here`},
		{"zen3, zen4", `parse target "zen3, zen4" at character 6: unexpected ' ' in the name of a target`},
		{"zen:zen2:zen3", `parse target "zen:zen2:zen3" at character 9: unexpected ':' in the name of a target`},
		{"zen3,haswell:zen9", `parse target "zen3,haswell:zen9" at character 14: unknown target "zen9" cannot bound a range`},
		{"zen9:", `parse target "zen9:" at character 1: unknown target "zen9" cannot bound a range`},
		{"zen3:haswell", `parse target "zen3:haswell" at character 1: range zen3:haswell is empty, because haswell does not descend from zen3`},
		{"zen3,none", `parse target "zen3,none" at character 6: "none" stands only alone`},
		{"zen\xff", `parse target "zen\xff" at character 4: unexpected 'ÿ' in the name of a target`},
	} {
		_, err := ParseSet(test.text)
		if err == nil || err.Error() != test.want {
			t.Errorf("ParseSet(%q) = %v, want %s", test.text, err, test.want)
		}
	}
	_, err := ParseSet("zen9:")
	var unknown *UnknownTargetError
	if !errors.As(err, &unknown) || unknown.Name != "zen9" {
		t.Errorf("%v is no UnknownTargetError for zen9", err)
	}
	_, err = ParseSet("haswell:zen3")
	var empty *EmptyRangeError
	if !errors.As(err, &empty) || *empty != (EmptyRangeError{"haswell", "zen3"}) {
		t.Errorf("%v is no EmptyRangeError", err)
	}
}

func TestIntersect(t *testing.T) {
	for _, test := range []struct{ a, b, want string }{
		{"zen3:", ":zen4", "zen3:zen4"},
		{"zen3:", "zen:", "zen3:"},
		{"zen3:", "zen4", "zen4"},
		{"zen3", "zen4", "none"},
		{"x86_64:", "aarch64:", "none"},
		{":", "zen3:", "zen3:"},
		{"zen9", ":", "zen9"},
		{"zen9", "x86_64:", "none"},
		{"zen9,zen3", "zen9", "zen9"},
		{":haswell", ":zen3", ":x86_64_v3"},
		{":ivybridge", ":zen3", ":x86_64_v2"},
		{"x86_64_v4:", "zen3:", "zen4:"},                          // bounds that cannot be compared have a join all the same
		{"skylake:", "x86_64_v4:", "cannonlake:,skylake_avx512:"}, // and sometimes two
		{"zen3:,haswell", "x86_64_v4:,haswell", "haswell,zen4:"},
	} {
		a, b := mustParse(t, test.a), mustParse(t, test.b)
		if got := a.Intersect(b).String(); got != test.want {
			t.Errorf("%s and %s have %s in common, want %s", test.a, test.b, got, test.want)
		}
		if a.Intersects(b) != (test.want != "none") {
			t.Errorf("%s intersects %s: %v", test.a, test.b, a.Intersects(b))
		}
	}
}

func TestConcrete(t *testing.T) {
	for text, want := range map[string]string{"zen3": "zen3", "zen9": "zen9", "zen5:": "", "zen3,zen4": "", ":": "", "none": ""} {
		if got, ok := mustParse(t, text).Concrete(); got != want || ok != (want != "") {
			t.Errorf("%s is concretely %q", text, got)
		}
	}
}

func TestOfAndUpTo(t *testing.T) {
	zen3, haswell := mustLookup(t, "zen3"), mustLookup(t, "haswell")
	if got := Of(zen3, haswell).String(); got != "haswell,zen3" {
		t.Errorf("Of gives %s", got)
	}
	if got := Of(); !got.Empty() {
		t.Errorf("Of nothing gives %s", got)
	}
	if got := UpTo(zen3); got.String() != ":zen3" || !got.Contains("x86_64_v3") || got.Contains("zen4") {
		t.Errorf("UpTo gives %s", got)
	}
}

// genSet draws the text of a set: known and unknown single targets and all kinds of ranges.
func genSet() *rapid.Generator[Set] {
	return rapid.Custom(func(t *rapid.T) Set {
		items := rapid.SliceOfN(rapid.Custom(genItem), 1, 4).Draw(t, "items")
		s, err := ParseSet(strings.Join(items, ","))
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func genItem(t *rapid.T) string {
	low := genTarget().Draw(t, "low")
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0:
		return rapid.SampledFrom([]string{"opaque1", "opaque2"}).Draw(t, "opaque")
	case 1:
		return ":"
	case 2, 3:
		return low.Name()
	case 4, 5:
		return low.Name() + ":"
	case 6, 7:
		return ":" + low.Name()
	}
	high := rapid.SampledFrom(mustParse(t, low.Name()+":").Targets()).Draw(t, "high")
	return low.Name() + ":" + high.Name()
}

// universe is every name that the sets of genSet can tell apart.
func universe() []string { return append(Names(), "opaque1", "opaque2", "opaque3") }

// TestSetAlgebra holds the operations against enumeration.
func TestSetAlgebra(t *testing.T) {
	names := universe()
	rapid.Check(t, func(t *rapid.T) {
		a, b := genSet().Draw(t, "a"), genSet().Draw(t, "b")
		both, either := a.Intersect(b), a.Union(b)
		subset, equal, disjoint := true, true, true
		for _, name := range names {
			inA, inB := a.Contains(name), b.Contains(name)
			if both.Contains(name) != (inA && inB) {
				t.Fatalf("%s in %s: %v, in %s: %v, in their intersection %s: %v", name, a, inA, b, inB, both, both.Contains(name))
			}
			if either.Contains(name) != (inA || inB) {
				t.Fatalf("%s in %s: %v, in %s: %v, in their union %s: %v", name, a, inA, b, inB, either, either.Contains(name))
			}
			subset = subset && (!inA || inB)
			equal = equal && inA == inB
			disjoint = disjoint && !(inA && inB)
		}
		if a.IsSubset(b) != subset || a.Equal(b) != equal || a.Intersects(b) == disjoint || both.Empty() != disjoint {
			t.Fatalf("%s, %s: subset %v, equal %v, disjoint %v by enumeration", a, b, subset, equal, disjoint)
		}
		if both.String() != b.Intersect(a).String() || either.String() != b.Union(a).String() {
			t.Fatalf("%s, %s: an operation depends on the order", a, b)
		}
		if a.Intersect(a).String() != a.String() || a.Union(a).String() != a.String() {
			t.Fatalf("%s changes when combined with itself", a)
		}
		for _, s := range []Set{a, both, either} {
			again := mustParse(t, s.String())
			if !again.Equal(s) || again.String() != s.String() {
				t.Fatalf("%s is read back as %s", s, again)
			}
		}
	})
}

// TestMembersAgainstRanges holds single ranges against the order of targets.
func TestMembersAgainstRanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low, high, x := genTarget().Draw(t, "low"), genTarget().Draw(t, "high"), genTarget().Draw(t, "x")
		for _, r := range []struct {
			text      string
			low, high *Target
		}{{low.Name() + ":", low, nil}, {":" + high.Name(), nil, high}, {low.Name() + ":" + high.Name(), low, high}} {
			s, err := ParseSet(r.text)
			if err != nil && (r.low == nil || r.high == nil || Leq(low, high)) {
				t.Fatal(err)
			}
			if err == nil && s.Has(x) != InRange(x, r.low, r.high) {
				t.Fatalf("%s in %s: %v", x, r.text, s.Has(x))
			}
		}
	})
}

func FuzzParseSet(f *testing.F) {
	for _, seed := range []string{"", ":", "none", "zen3", "zen3:", ":x86_64_v3", "haswell:skylake,zen9", "a,,b", "zen3:haswell", "::", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSet(text)
		if err != nil {
			var place *SetError
			if !errors.As(err, &place) || place.Offset < 0 || place.Offset > len(text) {
				t.Fatalf("ParseSet(%q): error without a place: %v", text, err)
			}
			return
		}
		again := mustParse(t, s.String())
		if !again.Equal(s) || again.String() != s.String() {
			t.Fatalf("%q prints as %s and is read back as %s", text, s, again)
		}
		if !slices.IsSorted(s.Opaque()) {
			t.Fatalf("%q: opaque targets %v are not sorted", text, s.Opaque())
		}
	})
}

func BenchmarkParseSet(b *testing.B) {
	load()
	b.ReportAllocs()
	for b.Loop() {
		mustParse(b, "haswell:,zen2:")
	}
}

func BenchmarkIntersect(b *testing.B) {
	x, y := mustParse(b, "haswell:,zen2:"), mustParse(b, ":icelake,:zen4")
	b.ReportAllocs()
	for b.Loop() {
		x.Intersect(y)
	}
}
