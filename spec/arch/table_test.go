package arch

import (
	"strings"
	"testing"
)

func TestParseTableErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"vendor IBM", `line 1: "vendor" stands before the first target`},
		{"# a comment\n\ntarget a < b", "line 3: target a: parent b must stand above it"},
		{"target a\ntarget a", "line 2: target a is there twice"},
		{"target a\ntarget b\ntarget c < a b", "line 3: target c has two families"},
		{"target a <", "line 1: target wants NAME [< PARENT...]"},
		{"target", "line 1: target wants NAME [< PARENT...]"},
		{"target a\n gcc -march=a", `line 2: gcc: want RANGE FLAGS, found "-march=a"`},
		{"target a\n gcc 4:", `line 2: gcc: want RANGE FLAGS, found "4:"`},
		{"target a\n generation nine", `line 2: strconv.Atoi: parsing "nine": invalid syntax`},
		{"alias a some b", `line 1: alias a: "some" is neither any nor family`},
		{"compiler clang", `line 1: "compiler" needs two words or more`},
	} {
		_, err := parseTable(test.text)
		if err == nil || err.Error() != test.want {
			t.Errorf("parseTable(%q) = %v, want %s", test.text, err, test.want)
		}
	}
}

func TestMacros(t *testing.T) {
	tab, err := parseTable(strings.Join([]string{
		"flags march -march=% -mtune=%",
		"flags base march core",
		"flags more base -mavx",
		"target a",
		"  gcc 4: march a -mfma",
		"  clang,aocc : more -mavx2",
		"  nvhpc none",
	}, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []compilerEntry{
		{compiler: "gcc", low: "4", flags: "-march=a -mtune=a -mfma"},
		{compiler: "clang", flags: "-march=core -mtune=core -mavx -mavx2"},
		{compiler: "aocc", flags: "-march=core -mtune=core -mavx -mavx2"},
		{compiler: "nvhpc", none: true},
	}
	got := tab.byName["a"].compilers
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("entry %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

// TestEmbeddedTable looks for slips in targets.txt that the parser lets pass.
func TestEmbeddedTable(t *testing.T) {
	tab, err := parseTable(targetsText)
	if err != nil {
		t.Fatal(err)
	}
	families := map[string]bool{}
	for _, target := range tab.targets {
		families[target.family.name] = true
		for _, e := range target.compilers {
			where := target.name + " " + e.compiler + " " + e.low + ":" + e.high
			if !e.none && !strings.HasPrefix(e.flags, "-") || strings.Contains(e.flags, "%") {
				t.Errorf("%s: flags %q, perhaps a shorthand that does not exist", where, e.flags)
			}
			low, lowOK := parseCompilerVersion(e.low)
			high, highOK := parseCompilerVersion(e.high)
			if e.low != "" && !lowOK || e.high != "" && !highOK || lowOK && highOK && !low.within("", e.high) {
				t.Errorf("%s: bad range %v %v", where, low, high)
			}
			if alias := tab.compilers[e.compiler]; alias != "" {
				t.Errorf("%s: goes by %s", where, alias)
			}
			if !target.KnowsCompiler(e.compiler) {
				t.Errorf("%s: the family says nothing about the compiler", where)
			}
		}
	}
	for _, a := range tab.aliases {
		for _, f := range a.families {
			if !families[f] {
				t.Errorf("alias %s: %s is no family", a.feature, f)
			}
		}
	}
}

func BenchmarkParseTable(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseTable(targetsText); err != nil {
			b.Fatal(err)
		}
	}
}
