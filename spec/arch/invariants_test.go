package arch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// families is every target of the families that berth builds for, by vendor: so that none is lost, or added, without a look.
var families = map[string]string{
	"x86_64": `generic: x86_64 x86_64_v2 x86_64_v3 x86_64_v4
		AuthenticAMD: k10 bulldozer piledriver steamroller excavator zen zen2 zen3 zen4 zen5
		GenuineIntel: nocona core2 nehalem westmere sandybridge ivybridge haswell broadwell skylake mic_knl skylake_avx512 cannonlake cascadelake icelake
		GenuineIntel: sapphirerapids graniterapids alderlake arrowlake arrowlake_s`,
	"aarch64": `generic: aarch64 armv8.1a armv8.2a armv8.3a armv8.4a armv8.5a armv8.6a armv9.0a armv9.2a
		ARM: cortex_a72 neoverse_n1 neoverse_v1 neoverse_v2 neoverse_n2 neoverse_v3ae
		Ampere: ampere1 ampere1a
		Apple: m1 m2 m3 m4
		Cavium: thunderx2
		Fujitsu: a64fx`,
	"ppc64le": "generic: ppc64le\nIBM: power8le power9le power10le",
	"riscv64": "generic: riscv64\nSiFive: u74mc\nSpacemiT: x60",
}

func TestFamilies(t *testing.T) {
	for family, text := range families {
		want := map[string]string{}
		for line := range strings.Lines(text) {
			vendor, names, _ := strings.Cut(strings.TrimSpace(line), ": ")
			for _, name := range strings.Fields(names) {
				want[name] = vendor
			}
		}
		for _, target := range All() {
			if target.Family().Name() != family {
				continue
			}
			if vendor, ok := want[target.Name()]; !ok || vendor != target.Vendor() {
				t.Errorf("%s of %s is of %s, want %q", target, family, target.Vendor(), vendor)
			}
			delete(want, target.Name())
		}
		for name := range want {
			t.Errorf("%s lacks %s", family, name)
		}
	}
}

// TestInvariants holds what must be true of every target, whatever its data.
func TestInvariants(t *testing.T) {
	for _, target := range All() {
		family := target.Family()
		if len(target.Parents()) == 0 != (target == family) {
			t.Errorf("%s has no parent, but is no family, or the other way round", target)
		}
		if target == family && !target.IsGeneric() {
			t.Errorf("the family %s has the vendor %s", target, target.Vendor())
		}
		for _, p := range target.Parents() {
			for _, q := range target.Parents() {
				if p != q && Leq(p, q) {
					t.Errorf("%s descends from %s by way of %s: the parent says nothing", target, p, q)
				}
			}
			if p.Generation() > target.Generation() {
				t.Errorf("%s is of an earlier generation than its parent %s", target, p)
			}
		}
		if !Leq(target.Generic(), target) || !target.Generic().IsGeneric() {
			t.Errorf("the generic target of %s is %s", target, target.Generic())
		}
		if set := mustParse(t, target.Name()+":"); !set.Has(target) || set.Has(family) != (target == family) {
			t.Errorf("%s: has %s", target, members(set))
		}
		checkLines(t, target)
	}
}

// checkLines: each line about a compiler is the one that holds for some version, and later versions do not lose a target that earlier ones had.
func checkLines(t *testing.T, target *Target) {
	var names []string
	for _, e := range target.compilers {
		if !slices.Contains(names, e.compiler) {
			names = append(names, e.compiler)
		}
	}
	for _, name := range names {
		var lines []compilerEntry
		for _, e := range target.compilers {
			if e.compiler == name {
				lines = append(lines, e)
			}
		}
		for i, e := range lines {
			if e.none && len(lines) > 1 {
				t.Errorf("%s: %s has none, and something", target, name)
			}
			if e.none || e.low == "" {
				continue
			}
			if got, err := target.Flags(name, e.low); err != nil || got != e.flags && !slices.ContainsFunc(lines[:i], func(o compilerEntry) bool { return o.flags == got }) {
				t.Errorf("%s: %s@%s has %q (%v), but a line gives it %q", target, name, e.low, got, err, e.flags)
			}
			v, _ := parseCompilerVersion(e.low)
			for _, o := range lines[:i] {
				if v.within(o.low, o.high) && o.high == "" && e.high == "" {
					t.Errorf("%s: %s %s: is never reached", target, name, e.low)
				}
			}
		}
	}
}

// TestNewCompilersKnowEveryTarget: the newest compilers that are free generate code for everything of their families, with the exceptions listed.
func TestNewCompilersKnowEveryTarget(t *testing.T) {
	exceptions := "gcc mic_knl" // dropped in GCC 15
	for _, target := range All() {
		if families[target.Family().Name()] == "" {
			continue
		}
		for _, compiler := range []string{"gcc 16", "clang 21"} {
			name, version, _ := strings.Cut(compiler, " ")
			flags, err := target.Flags(name, version)
			if strings.Contains(exceptions, name+" "+target.Name()) != (err != nil) {
				t.Errorf("%s with %s@%s: %q, %v", target, name, version, flags, err)
			}
		}
	}
}

// TestFirstCompilers shows the first versions that know a target, as the table has them.
func TestFirstCompilers(t *testing.T) {
	for _, test := range []struct{ target, want string }{
		{"x86_64_v3", "gcc 4.8, clang 3.9"},
		{"zen4", "gcc 10.3, clang 12"},
		{"zen5", "gcc 14.1, clang 19.1"},
		{"neoverse_v2", "gcc 4.8, clang 9"},
		{"power10le", "gcc 11.1, clang 11"},
		{"x60", "gcc 14, clang 19"},
		{"m4", "gcc 14.1, clang 9"},
	} {
		target := mustLookup(t, test.target)
		first := func(compiler string) string {
			var zero compilerVersion
			return fmt.Sprintf("%s %s", compiler, target.minimal(compiler, zero))
		}
		if got := first("gcc") + ", " + first("clang"); got != test.want {
			t.Errorf("%s: %s, want %s", target, got, test.want)
		}
	}
}
