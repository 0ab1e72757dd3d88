package main

import (
	"slices"
	"strings"
	"testing"
)

// What Spack prints for two roots that share a package, and what berth prints for the same.
const (
	spackText = `{"spec": {"_meta": {"version": 4}, "nodes": [
  {"name": "tool", "version": "2.0", "arch": {"platform": "linux", "platform_os": "debian12", "target": {"name": "zen3", "vendor": "x"}},
   "compiler": {"name": "gcc", "version": "12.2.0"}, "parameters": {"mpi": true, "langs": ["fortran", "c"], "cflags": ["-g"], "ldlibs": [], "patches": ["0123456789abcdef"]},
   "dependencies": [{"name": "net", "hash": "n", "parameters": {"deptypes": ["build", "link"], "virtuals": ["wire"]}},
                    {"name": "gcc-runtime", "hash": "r", "parameters": {"deptypes": ["link"], "virtuals": []}}], "hash": "t"},
  {"name": "net", "version": "1.1", "arch": {"target": "x86_64_v3"}, "compiler": {"name": "gcc", "version": "12.2.0"}, "parameters": {"kind": "fast"}, "hash": "n"},
  {"name": "gcc-runtime", "version": "12.2.0", "arch": {"target": "x86_64"}, "hash": "r"}]}}
{"spec": {"nodes": [{"name": "net", "version": "1.1", "arch": {"target": "x86_64_v3"}, "parameters": {"kind": "fast"}, "hash": "n"}]}}
`
	berthText = `{"roots": [{"spec": "tool", "hash": "a"}], "reused": [], "costs": [{"level": "versions", "cost": 3}], "nodes": {
  "a": {"name": "tool", "version": "2.0", "target": "zen3", "variants": {"mpi": true, "langs": ["c", "fortran"]}, "flags": {"cflags": ["-g"]}, "patches": ["0123456789abcdef"],
        "dependencies": [{"name": "net", "hash": "b", "types": ["build", "link"], "virtuals": ["wire"]}, {"name": "gcc", "hash": "c", "types": ["build"], "virtuals": ["c", "cxx"]}]},
  "b": {"name": "net", "version": "1.1", "target": "x86_64_v3", "variants": {"kind": "fast"}},
  "c": {"name": "gcc", "version": "12.2.0", "target": "x86_64", "external": {"prefix": "/usr"}}}}`
)

func read(t *testing.T, berth string) (*answer, *answer) {
	t.Helper()
	s, err := readSpack([]byte(spackText))
	if err != nil {
		t.Fatal(err)
	}
	b, err := readBerth([]byte(berth))
	if err != nil {
		t.Fatal(err)
	}
	return s, b
}

func TestEqual(t *testing.T) {
	s, b := read(t, berthText)
	for _, d := range compare(s, b) {
		t.Errorf("%s: %s", d.kind, d)
	}
	if len(s.roots) != 2 || s.roots[1] != s.roots[0].edges[0].to {
		t.Errorf("Spack's roots are %v", s.roots)
	}
	if s.packages() != 2 || b.packages() != 2 {
		t.Errorf("counted %d and %d packages, not 2", s.packages(), b.packages())
	}
}

// TestDifferences: each change of berth's answer is one difference, of its kind.
func TestDifferences(t *testing.T) {
	for _, tc := range []struct {
		old, new string
		want     string
	}{
		{`"version": "1.1"`, `"version": "1.0"`, "versions: net: Spack 1.1, berth 1.0"},
		{`"mpi": true`, `"mpi": false`, "variants: tool mpi: Spack true, berth false"},
		{`["c", "fortran"]`, `"c"`, "variants: tool langs: Spack c,fortran, berth c"},
		{`"kind": "fast"`, `"other": "x"`, "variants: net kind: Spack fast, berth none\nvariants: net other: Spack none, berth x"},
		{`"target": "x86_64_v3"`, `"target": "x86_64"`, "targets: net: Spack x86_64_v3, berth x86_64"},
		{`["-g"]`, `["-O2"]`, "flags: tool cflags: Spack -g, berth -O2"},
		{`["0123456789abcdef"]`, `[]`, "patches: tool: Spack 01234567, berth none"},
		{`"version": "12.2.0"`, `"version": "13.1.0"`, "compilers: tool c: Spack gcc@12.2.0, berth gcc@13.1.0\ncompilers: tool cxx: Spack gcc@12.2.0, berth gcc@13.1.0"},
		{`["build", "link"]`, `["link"]`, "dependencies: tool ^net: Spack build+link, berth link"},
		{`"name": "net", "version"`, `"name": "web", "version"`, "providers: wire: Spack net, berth web\npackages only in Spack's answer: net 1.1\npackages only in berth's answer: web 1.1\n" +
			"dependencies: tool ^net: Spack build+link, berth none\ndependencies: tool ^web: Spack none, berth build+link"},
	} {
		if strings.Count(berthText, tc.old) != 1 {
			t.Fatalf("%s is not there once", tc.old)
		}
		s, b := read(t, strings.Replace(berthText, tc.old, tc.new, 1))
		var got []string
		for _, d := range compare(s, b) {
			got = append(got, string(d.kind)+": "+d.String())
		}
		if strings.Join(got, "\n") != tc.want {
			t.Errorf("with %s, the differences are\n%s\nnot\n%s", tc.new, strings.Join(got, "\n"), tc.want)
		}
	}
}

// TestPair: of several configurations, those that differ least are compared with each other.
func TestPair(t *testing.T) {
	made := func(version, kind string) *node {
		return &node{name: "tool", version: version, variants: map[string][]string{"kind": {kind}}}
	}
	s := &answer{nodes: []*node{made("1", "a"), made("2", "b")}}
	b := &answer{nodes: []*node{made("2", "a"), made("1", "a"), made("3", "c")}}
	var got []string
	for _, d := range compare(s, b) {
		got = append(got, d.String())
	}
	want := []string{"tool kind: Spack b, berth a", "tool: Spack 2 (1, 2), berth 3 (1, 2, 3)"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, not %q", got, want)
	}
}

func TestWish(t *testing.T) {
	s, _ := read(t, berthText)
	got := wishAll(s)
	for name, want := range map[string]string{"tool": "@=2.0 langs:=c,fortran +mpi", "net": "@=1.1 kind:=fast", "wire": "net", "gcc-runtime": ""} {
		if text := strings.Join(got.prefer[name], " "); text != want {
			t.Errorf("of %s is wished %q, not %q", name, text, want)
		}
	}
	if w := wishFor(&difference{kind: onlyBerth, name: "net", berth: "1.1"}); w == nil || w.mayBuild["net"] || !strings.Contains(w.yaml(), `"buildable": false`) {
		t.Errorf("the wish for no net is %v", w)
	}
}
