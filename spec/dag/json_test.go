package dag

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/spec"
)

var update = flag.Bool("update", false, "rewrite golden files")

// rich has everything that a node can have.
func rich(t testing.TB) *Node {
	gcc, err := New(Attrs{
		Name: "gcc", Namespace: "builtin", Version: spec.MustVersion("12.2.0"), Platform: "linux", OS: "debian12", Target: "x86_64",
		Variants: []spec.Variant{{Name: "languages", Values: []string{"c", "c++", "fortran"}}},
		External: &External{Prefix: "/usr", Modules: []string{"gcc/12", "binutils"}, Attributes: map[string]string{"compilers.c": "/usr/bin/gcc-12", "flags": `<a&b> "q"`}},
		Provides: []string{"c", "cxx", "fortran"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	n, err := New(Attrs{
		Name: "mpich", Namespace: "builtin", Version: spec.MustVersion("git.main=4.3"), Platform: "linux", OS: "debian12", Target: "zen3",
		Variants: []spec.Variant{spec.Bool("cuda", true), spec.Bool("slurm", false), {Name: "device", Values: []string{"ch4"}}, {Name: "empty", Values: []string{""}}},
		Flags:    []spec.Flag{{Type: "cflags", Words: []string{"-O3", "-g"}}},
		Patches:  []string{"abc", "def"}, PackageHash: "xyz", Provides: []string{"mpi@4.1"},
	}, []Edge{{To: gcc, Types: spec.Build, Virtuals: []string{"c", "cxx"}}})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestMarshalLooksAsItShould(t *testing.T) {
	got := MarshalTree(rich(t))
	const golden = "testdata/tree.json"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !json.Valid(got) {
		t.Error("it is not JSON")
	}
}

func TestJSONRoundTrip(t *testing.T) {
	nodes := build(t, petsc)
	data := MarshalNodes([]*Node{nodes["petsc"], rich(t)})
	again, err := UnmarshalNodes(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(again) != len(nodes)+2 {
		t.Errorf("%d nodes came back", len(again))
	}
	for _, n := range nodes {
		back := again[n.Hash()]
		if back == nil || back.String() != n.String() || len(back.Edges()) != len(n.Edges()) {
			t.Errorf("%s came back as %v", n, back)
		}
	}
	var all []*Node
	for _, n := range again {
		all = append(all, n)
	}
	if !bytes.Equal(MarshalNodes(all), data) {
		t.Error("writing what was read gives other text")
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil || !bytes.Equal(compact.Bytes(), compactNodes(all)) {
		t.Error("the layout changes the content")
	}
	tree, err := UnmarshalTree(MarshalTree(nodes["hypre"]))
	if err != nil || tree.Hash() != nodes["hypre"].Hash() {
		t.Errorf("the tree came back as %v, %v", tree, err)
	}
	if empty, err := UnmarshalNodes(MarshalNodes(nil)); err != nil || len(empty) != 0 {
		t.Errorf("no nodes came back as %v, %v", empty, err)
	}
}

func TestEmbeddedLayout(t *testing.T) {
	n := build(t, "zlib@1.3+pic")["zlib"]
	got := string(MarshalNodesIndent([]*Node{n}, "\t", " "))
	for i, line := range strings.Split(got, "\n") {
		if strings.HasPrefix(line, "\t") != (i > 0) {
			t.Errorf("line %d is %q", i, line)
		}
	}
}

func TestUnmarshalErrors(t *testing.T) {
	nodes := build(t, petsc)
	petscHash, zlibHash := nodes["petsc"].Hash(), nodes["zlib"].Hash()
	data := string(MarshalNodes([]*Node{nodes["petsc"]}))
	node := `"name":"a","version":"1","platform":"linux","os":"o","target":"zen3"`
	edge := func(name, hash string) string {
		return `"dependencies":[{"name":"` + name + `","hash":"` + hash + `","types":["link"]}]`
	}
	tests := []struct {
		text, want string
		as         any
	}{
		{strings.Replace(data, `"1.3.1"`, `"1.3.2"`, 1), "read nodes: node zlib is recorded as " + zlibHash + ", but its content has the hash ", new(*HashError)},
		{strings.Replace(data, `"hypre": true`, `"hypre": false`, 1), "read nodes: node petsc is recorded as " + petscHash, new(*HashError)},
		{strings.Replace(data, `"3.21"`, `"3.21 "`, 1), "read nodes: node " + petscHash + `: parse spec "3.21 ": column 5: unexpected ' '`, new(*NodeError)},
		{strings.Replace(data, `"hypre": true`, `"hypre": 1`, 1), "read nodes: node " + petscHash + ": a variant's value is true, false, a text or a list of texts, not 1", new(*NodeError)},
		{strings.Replace(data, `"hypre": true`, `"hypre": ["a", 2]`, 1), "read nodes: node " + petscHash + ": a variant's values are texts, not 2", new(*NodeError)},
		{strings.Replace(data, `"3.21",`, `"3.21", "more": 1,`, 1), "read nodes: node " + petscHash + `: json: unknown field "more"`, new(*NodeError)},
		{`{"h":{` + node + `,` + edge("b", "g") + `}}`, "read nodes: node a/h depends on b/g, which is missing", new(*MissingError)},
		{`{"h":{` + node + `,` + edge("a", "h") + `}}`, "read nodes: nodes depend on each other: a/h -> a/h", new(*CycleError)},
		{`{"g":{` + node + `,` + edge("a", "h") + `},"h":{` + node + `,` + edge("a", "g") + `}}`, "read nodes: nodes depend on each other: a/g -> a/h -> a/g", new(*CycleError)},
		{`{"h":{` + node + `},"h":{` + node + `}}`, "read nodes: node h: it stands here twice", new(*NodeError)},
		{`{"h":{}}`, "read nodes: node h: ", new(*NodeError)},
		{`{"h":null}`, "read nodes: node h: ", new(*NodeError)},
		{`{"h":[]}`, "read nodes: node h: ", new(*NodeError)},
		{strings.Replace(data, `["build"]`, `["compile"]`, 1), `"compile" is no dependency type`, new(*NodeError)},
		{strings.Replace(data, `["build"]`, `[]`, 1), "has no valid type", new(*NodeError)},
		{strings.Replace(data, `{"name": "gcc"`, `{"name": "xcc"`, 1), `"xcc"`, new(*NodeError)},
		{"", "read nodes: line 1, column 0: unexpected end of JSON input", nil},
		{"[]", "read nodes: expected an object of nodes by hash", nil},
		{"{\n  \"a\": }", "read nodes: line 2, column 8: ", nil},
		{data[:len(data)/2], ": unexpected end of JSON input", nil},
		{data + "x", "column 2: invalid character 'x' after top-level value", nil},
	}
	for _, test := range tests {
		_, err := UnmarshalNodes([]byte(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %s", err, test.want)
		} else if test.as != nil && !errors.As(err, test.as) {
			t.Errorf("%v is no %T", err, test.as)
		}
	}
	var hashError *HashError
	_, err := UnmarshalNodes([]byte(tests[0].text))
	if !errors.As(err, &hashError) || hashError.Name != "zlib" || hashError.Recorded != zlibHash || hashError.Computed == zlibHash {
		t.Errorf("the hash error is %#v", hashError)
	}
	for _, text := range []string{`{"root":"x","nodes":{}}`, `{}`, `{"root":"x"}`, `x`, `{"root":"x","nodes":{},"a":1}`, `{"root":"x","nodes":{}} 1`} {
		if _, err := UnmarshalTree([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), "read node") {
			t.Errorf("%s gives %v", text, err)
		}
	}
}

// A chain this deep would break what recurses.
func TestDeepDAG(t *testing.T) {
	var n *Node
	const depth = 20_000
	for i := range depth {
		var edges []Edge
		if i > 0 {
			edges = []Edge{{To: n, Types: spec.Link}}
		}
		var err error
		if n, err = New(Attrs{Name: "x", Version: spec.MustVersion("1"), Platform: "linux", OS: "o", Target: "zen3"}, edges); err != nil {
			t.Fatal(err)
		}
	}
	nodes, err := UnmarshalNodes(MarshalNodes([]*Node{n}))
	if err != nil || len(nodes) != depth || len(LinkRunClosure(n)) != depth-1 || n.Satisfies(spec.MustParse("^y")) {
		t.Errorf("%d nodes, %v", len(nodes), err)
	}
}

func FuzzUnmarshal(f *testing.F) {
	nodes := build(f, petsc)
	f.Add(MarshalNodes([]*Node{nodes["hypre"]}))
	f.Add(MarshalNodes([]*Node{rich(f)}))
	f.Add([]byte(`{"h":{"name":"a","version":"1","dependencies":[{"name":"a","hash":"h","types":["link"]}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		nodes, err := UnmarshalNodes(data)
		if err != nil {
			return
		}
		var all []*Node
		for hash, n := range nodes {
			if n.Hash() != hash || !n.Satisfies(n.Spec()) {
				t.Errorf("%s stands under %s", n, hash)
			}
			all = append(all, n)
		}
		again, err := UnmarshalNodes(MarshalNodes(all))
		if err != nil || len(again) != len(nodes) {
			t.Errorf("what was written does not read back: %v", err)
		}
	})
}

// FuzzRecord gets past the hash, which keeps FuzzUnmarshal from most nodes that are new: it makes nodes of any content and looks
// whether they come back.
func FuzzRecord(f *testing.F) {
	f.Add("hdf5", "builtin", "1.14.5", "mpi", "true", "c,d", "zen3", "linux", "o", "-O3 -g", "mpi@3.1", "/usr")
	f.Add("a", "", "git.x=1", "v", `"`, "<\x7f>", "native", "l", "o", "", "x", "\u2028")
	f.Fuzz(func(t *testing.T, name, namespace, version, variant, value, more, target, platform, os, flags, provides, prefix string) {
		v, err := spec.ParseVersion(version)
		if err != nil {
			return
		}
		n, err := New(Attrs{
			Name: name, Namespace: namespace, Version: v, Platform: platform, OS: os, Target: target,
			Variants: []spec.Variant{{Name: variant, Values: append(strings.Split(more, ","), value)}, {Name: variant + "2", Values: []string{value}}},
			Flags:    []spec.Flag{{Type: "cflags", Words: strings.Fields(flags)}},
			External: &External{Prefix: prefix, Modules: []string{value}, Attributes: map[string]string{variant: more}},
			Provides: []string{provides},
		}, nil)
		if err != nil {
			return
		}
		top, err := New(Attrs{Name: "top", Version: v, Platform: "linux", OS: "o", Target: "zen3"}, []Edge{{To: n, Types: spec.Run}})
		if err != nil {
			t.Fatal(err)
		}
		back, err := UnmarshalTree(MarshalTree(top))
		if err != nil || back.Hash() != top.Hash() {
			t.Errorf("%s came back as %v: %v", n, back, err)
		}
	})
}

func BenchmarkNew(b *testing.B) {
	n := build(b, petsc)["petsc"]
	a, edges := n.Attrs(), n.Edges()
	for b.Loop() {
		if _, err := New(a, edges); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSatisfies(b *testing.B) {
	n := build(b, petsc)["petsc"]
	for _, text := range []string{"petsc@3.20:+mpi target=zen2:", "^openmpi@4+cuda", "%c=gcc@12"} {
		s := spec.MustParse(text)
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				if !n.Satisfies(s) {
					b.Fatal("it does not")
				}
			}
		})
	}
}

func BenchmarkUnmarshal(b *testing.B) {
	data := MarshalNodes([]*Node{build(b, petsc)["petsc"]})
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := UnmarshalNodes(data); err != nil {
			b.Fatal(err)
		}
	}
}
