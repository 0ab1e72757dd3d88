package dag

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/spec"
)

// build makes nodes out of lines, dependencies first:
//
//	openmpi@4.1+cuda provides mpi@3.1 : gcc[build]=c,cxx zlib[build,link]
//
// is a node as a spec, what it provides, and its edges with their types and virtuals. Nodes are found by name, or by the label
// before "=" at the begin of the line, where a name occurs twice.
func build(t testing.TB, text string) map[string]*Node {
	t.Helper()
	nodes := map[string]*Node{}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		head, tail, _ := strings.Cut(line, " : ")
		head, provides, _ := strings.Cut(head, " provides ")
		label, rest, labelled := strings.Cut(strings.TrimSpace(head), " is ")
		if labelled {
			head = rest
		}
		s := spec.MustParse(head)
		a := Attrs{
			Name: s.Name, Namespace: "builtin", Version: spec.MustVersion(s.Versions.String()), Variants: s.Variants, Flags: s.Flags,
			Platform: "linux", OS: "debian12", Target: "x86_64_v3", PackageHash: "p-" + s.Name, Provides: strings.Fields(provides),
		}
		if name, ok := s.Target.Concrete(); ok {
			a.Target = name
		}
		var edges []Edge
		for _, field := range strings.Fields(tail) {
			edges = append(edges, parseEdge(t, nodes, field))
		}
		n, err := New(a, edges)
		if err != nil {
			t.Fatal(err)
		}
		if !labelled {
			label = s.Name
		}
		nodes[label] = n
	}
	return nodes
}

func parseEdge(t testing.TB, nodes map[string]*Node, field string) Edge {
	t.Helper()
	target, virtuals, _ := strings.Cut(field, "]=")
	name, types, _ := strings.Cut(strings.TrimSuffix(target, "]"), "[")
	e := Edge{To: nodes[name]}
	for _, typ := range strings.Split(types, ",") {
		dt, ok := spec.ParseDepType(typ)
		if !ok || e.To == nil {
			t.Fatalf("bad edge %q", field)
		}
		e.Types |= dt
	}
	if virtuals != "" {
		e.Virtuals = strings.Split(virtuals, ",")
	}
	return e
}

const petsc = `
	gcc@12.2.0 languages=c,c++,fortran provides c cxx fortran
	zlib@1.3.1+pic~shared : gcc[build]=c
	cmake@3.30.0 : gcc[build]=c,cxx zlib[link]
	openmpi@4.1.6+cuda fabrics=ofi,ucx cflags="-O3 -g" provides mpi@3.1 : gcc[build]=c,cxx,fortran zlib[build,link]
	openblas@0.3.27 threads=openmp provides blas lapack : gcc[build]=c,fortran
	hypre@2.31+mpi : cmake[build] gcc[build]=c openmpi[build,link,run]=mpi openblas[link]=blas,lapack
	petsc@3.21+hypre+mpi target=zen3 : hypre[link] gcc[build]=c openmpi[build,link,run]=mpi openblas[link]=blas,lapack
`

func names(nodes []*Node) string {
	var list []string
	for _, n := range nodes {
		list = append(list, n.Name())
	}
	return strings.Join(list, " ")
}

func TestSatisfies(t *testing.T) {
	tests := []struct{ node, yes, no string }{
		{"petsc", "petsc; @3; @=3.21; +hypre; petsc@3.20:+mpi; *", ""},
		{"petsc", "builtin.petsc; platform=linux os=debian12; target=zen3; target=x86_64_v3:; target=:zen4; arch=linux-debian12-zen3",
			"other.petsc; os=debian13; target=x86_64_v3; target=zen4:; platform=darwin"},
		{"petsc", "^gcc; ^zlib; %gcc; %c=gcc; ^mpi; ^mpi=openmpi; %mpi=openmpi; ^blas,lapack=openblas; ^lapack=openblas; %hypre; ^cmake; ^*+pic",
			"%zlib; %cmake; %cxx=gcc; ^mpich; ^mpi=mpich; ^mpi=openblas; ^petsc; %*+pic"},
		{"petsc", "^mpi@3; ^mpi@:3.1; ^mpi@3.1.5; ^blas@99; ^mpi+cuda; ^mpi fabrics=ucx", "^mpi@2; ^mpi@4:; ^mpi~cuda; ^openmpi@3"},
		{"petsc", "^hypre %gcc; ^hypre %cmake %mpi; ^cmake %cxx=gcc; ^zlib %c=gcc@12", "^zlib %cmake; ^cmake %fortran=gcc; ^hypre %zlib"},
		{"petsc", "^[deptypes=build] gcc; %[deptypes=link,run] openmpi; ^[deptypes=build] zlib", "%[deptypes=link] gcc; ^[deptypes=run] zlib"},
		{"petsc", "^[when=+mpi] openmpi; ^[when=~mpi] mpich; ^[when='^hypre+mpi'] cmake; %[when='%gcc@13:'] cuda", "^[when=+hypre] mpich"},
		{"openmpi", "mpi; mpi@3; mpi+cuda; fabrics=ofi; fabrics=ofi,ucx; fabrics:=ofi,ucx; fabrics=*", "mpi@4; blas; fabrics:=ofi; fabrics=psm; fabrics=true; ucx=*"},
		{"openmpi", "cflags=-O3; cflags='-g -O3'", "cflags=-O2; cxxflags=-O3"},
		{"zlib", "+pic; pic=true; pic=*; ~shared", "~pic; +shared; pic=false; +missing; missing=*"},
		{"zlib", "++pic; ~~shared", "++shared"},
	}
	nodes := build(t, petsc)
	for _, test := range tests {
		n := nodes[test.node]
		for _, text := range strings.Split(test.yes, ";") {
			if s, err := spec.Parse(strings.TrimSpace(text)); err != nil || !n.Satisfies(s) {
				t.Errorf("%s does not satisfy %s (%v)", n, text, err)
			}
		}
		for _, text := range strings.Split(test.no, ";") {
			if s, err := spec.Parse(strings.TrimSpace(text)); test.no != "" && (err != nil || n.Satisfies(s)) {
				t.Errorf("%s satisfies %s (%v)", n, text, err)
			}
		}
	}
}

func TestSatisfiesPropagation(t *testing.T) {
	nodes := build(t, `
		c@1+debug
		d@1~debug
		both@1+debug : c[link]
		mixed@1+debug : c[link] d[link]
		deep@1+debug : mixed[link]
	`)
	for name, want := range map[string]bool{"c": true, "both": true, "mixed": false, "deep": false} {
		if got := nodes[name].Satisfies(spec.MustParse("++debug")); got != want {
			t.Errorf("%s satisfies ++debug: %v", name, got)
		}
	}
}

func TestSatisfiesHashAndPatches(t *testing.T) {
	n, err := New(Attrs{Name: "x", Version: spec.MustVersion("1"), Platform: "linux", OS: "o", Target: "zen3", Patches: []string{"abc123", "def456"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"/" + n.Hash(): true, "x/" + n.ShortHash(): true, "/zzz": false, "/" + n.Hash() + "a": false,
		"patches=abc,def456": true, "patches=*": true, "patches=ab,xyz": false,
	} {
		if got := n.Satisfies(spec.MustParse(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestAccessors(t *testing.T) {
	nodes := build(t, petsc)
	n := nodes["petsc"]
	if got := n.String(); got != "petsc@3.21+hypre+mpi target=zen3" {
		t.Errorf("prints as %s", got)
	}
	if got := nodes["openmpi"].String(); got != `openmpi@4.1.6+cuda cflags="-O3 -g" fabrics=ofi,ucx target=x86_64_v3` {
		t.Errorf("prints as %s", got)
	}
	if got := nodes["openmpi"].Spec().String(); got != `builtin.openmpi@=4.1.6+cuda cflags="-O3 -g" fabrics:=ofi,ucx platform=linux os=debian12 target=x86_64_v3` {
		t.Errorf("its spec is %s", got)
	}
	for _, n := range nodes {
		if !n.Satisfies(n.Spec()) || len(n.Hash()) != 32 || n.ShortHash() != n.Hash()[:7] || strings.Trim(n.Hash(), "abcdefghijklmnopqrstuvwxyz234567") != "" {
			t.Errorf("%s does not satisfy its own spec, or has a bad hash %s", n, n.Hash())
		}
	}
	for _, name := range []string{"mpi", "openmpi"} {
		if dep, ok := n.Dep(name); !ok || dep != nodes["openmpi"] {
			t.Errorf("dependency %s is %v", name, dep)
		}
	}
	if _, ok := n.Dep("zlib"); ok {
		t.Error("an indirect dependency is found among the direct ones")
	}
	if v, ok := n.Variant("mpi"); !ok || !v.On() {
		t.Errorf("variant mpi is %v %v", v, ok)
	}
}

func TestGraph(t *testing.T) {
	nodes := build(t, petsc)
	n := nodes["petsc"]
	if got, want := names(Topological(nodes["zlib"], n, n)), "gcc zlib cmake openblas openmpi hypre petsc"; got != want {
		t.Errorf("topological: %s, want %s", got, want)
	}
	if got, want := names(Topological(n, nodes["zlib"])), names(Topological(nodes["zlib"], n)); got != want {
		t.Errorf("the order of the roots shows: %s, %s", got, want)
	}
	if got, want := names(LinkRunClosure(n)), "openblas zlib openmpi hypre"; got != want {
		t.Errorf("link and run closure: %s, want %s", got, want)
	}
	if got, want := names(BuildDeps(nodes["hypre"])), "zlib cmake gcc openblas openmpi"; got != want {
		t.Errorf("build dependencies: %s, want %s", got, want)
	}
	if got, want := names(Dependents(n)[nodes["zlib"].Hash()]), "cmake openmpi"; got != want {
		t.Errorf("dependents: %s, want %s", got, want)
	}
	var walked []*Node
	Walk(n, func(m *Node) bool { walked = append(walked, m); return m.Name() != "hypre" })
	if got, want := names(walked), "petsc gcc hypre openblas openmpi zlib"; got != want {
		t.Errorf("walk: %s, want %s", got, want)
	}
	two := build(t, `
		old is gmake@3
		new is gmake@4
		a@1 : old[build]
		b@1 : new[build] a[link]
	`)
	if got := Find("gmake", two["b"]); len(got) != 2 || slices.IsSortedFunc(got, compareNodes) == false {
		t.Errorf("found %v", got)
	}
}

// The hash of a node is part of paths on people's disks: it must not change by accident.
func TestHashIsStable(t *testing.T) {
	nodes := build(t, petsc)
	if got, want := fmt.Sprintf("%s %s", nodes["gcc"].Hash(), nodes["petsc"].Hash()), "4fyteblqa6cw2qhy76pgg2gxmd5vsqe3 5e57jadghoqumkgfjfgvn43mc4ayhtu5"; got != want {
		t.Errorf("hashes are %s, want %s", got, want)
	}
}

func TestHashSeesEverything(t *testing.T) {
	zlib := build(t, "zlib@1.3")["zlib"]
	other := build(t, "zlib@1.2")["zlib"]
	base := func() (Attrs, []Edge) {
		return Attrs{
			Name: "x", Namespace: "n", Version: spec.MustVersion("1.2"), Platform: "linux", OS: "o", Target: "zen3",
			Variants: []spec.Variant{spec.Bool("a", true), {Name: "b", Values: []string{"p", "q"}}},
			Flags:    []spec.Flag{{Type: "cflags", Words: []string{"-a", "-b"}}},
			External: &External{Prefix: "/usr", Modules: []string{"m"}, Attributes: map[string]string{"k": "v"}},
			Patches:  []string{"1", "2"}, PackageHash: "h", Provides: []string{"mpi"},
		}, []Edge{{To: zlib, Types: spec.Link, Virtuals: []string{"v"}}}
	}
	changes := map[string]func(a *Attrs, e []Edge){
		"name":       func(a *Attrs, e []Edge) { a.Name = "y" },
		"namespace":  func(a *Attrs, e []Edge) { a.Namespace = "m" },
		"version":    func(a *Attrs, e []Edge) { a.Version = spec.MustVersion("1-2") },
		"platform":   func(a *Attrs, e []Edge) { a.Platform = "darwin" },
		"os":         func(a *Attrs, e []Edge) { a.OS = "p" },
		"target":     func(a *Attrs, e []Edge) { a.Target = "zen2" },
		"bool":       func(a *Attrs, e []Edge) { a.Variants[0] = spec.Bool("a", false) },
		"value":      func(a *Attrs, e []Edge) { a.Variants[1].Values = []string{"p"} },
		"flags":      func(a *Attrs, e []Edge) { a.Flags[0].Words = []string{"-b", "-a"} },
		"flag type":  func(a *Attrs, e []Edge) { a.Flags[0].Type = "fflags" },
		"external":   func(a *Attrs, e []Edge) { a.External = nil },
		"prefix":     func(a *Attrs, e []Edge) { a.External.Prefix = "/opt" },
		"modules":    func(a *Attrs, e []Edge) { a.External.Modules = nil },
		"attributes": func(a *Attrs, e []Edge) { a.External.Attributes["k"] = "w" },
		"patches":    func(a *Attrs, e []Edge) { a.Patches = []string{"2", "1"} },
		"package":    func(a *Attrs, e []Edge) { a.PackageHash = "i" },
		"provides":   func(a *Attrs, e []Edge) { a.Provides = nil },
		"edge to":    func(a *Attrs, e []Edge) { e[0].To = other },
		"edge types": func(a *Attrs, e []Edge) { e[0].Types = spec.Link | spec.Run },
		"virtuals":   func(a *Attrs, e []Edge) { e[0].Virtuals = nil },
	}
	a, e := base()
	first, err := New(a, e)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{first.Hash(): "nothing"}
	for what, change := range changes {
		a, e := base()
		change(&a, e)
		n, err := New(a, e)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if same, ok := seen[n.Hash()]; ok {
			t.Errorf("a change of %s has the hash of a change of %s", what, same)
		}
		seen[n.Hash()] = what
	}
	a, e = base()
	slices.Reverse(a.Variants)
	slices.Reverse(a.Variants[0].Values)
	a.Variants[0].Exact, a.Variants[1].Propagate, a.Flags[0].Propagate = true, true, true
	a.Flags = append(a.Flags, spec.Flag{Type: "fflags"})
	if n, err := New(a, e); err != nil || n.Hash() != first.Hash() {
		t.Errorf("the same node, written differently, has another hash (%v)", err)
	}
}

func TestNodesAreImmutable(t *testing.T) {
	zlib := build(t, "zlib@1.3")["zlib"]
	a := Attrs{
		Name: "x", Version: spec.MustVersion("1"), Platform: "linux", OS: "o", Target: "zen3",
		Variants: []spec.Variant{{Name: "v", Values: []string{"a"}}}, External: &External{Attributes: map[string]string{"k": "v"}}, Patches: []string{"p"},
	}
	edges := []Edge{{To: zlib, Types: spec.Link, Virtuals: []string{"b"}}}
	n, err := New(a, edges)
	if err != nil {
		t.Fatal(err)
	}
	a.Variants[0].Values[0], a.External.Attributes["k"], a.Patches[0], edges[0].Virtuals[0], edges[0].To = "z", "z", "z", "z", nil
	if computeHash(n) != n.Hash() {
		t.Error("a node changed with what it was made of")
	}
}

func TestNewRefuses(t *testing.T) {
	zlib := build(t, "zlib@1.3")["zlib"]
	good := Attrs{Name: "x", Version: spec.MustVersion("1"), Platform: "linux", OS: "o", Target: "zen3"}
	tests := []struct {
		change func(a *Attrs, e *[]Edge)
		want   string
	}{
		{func(a *Attrs, e *[]Edge) { a.Name = "" }, "build node without a name: the name is missing"},
		{func(a *Attrs, e *[]Edge) { a.Version = spec.Version{} }, "build node x@: the version is missing"},
		{func(a *Attrs, e *[]Edge) { a.Platform = "" }, "build node x@1: the platform is missing"},
		{func(a *Attrs, e *[]Edge) { a.OS = "" }, "build node x@1: the os is missing"},
		{func(a *Attrs, e *[]Edge) { a.Target = "" }, "build node x@1: the target is missing"},
		{func(a *Attrs, e *[]Edge) { a.Target = "zen3:" }, `build node x@1: "zen3:" is not one target`},
		{func(a *Attrs, e *[]Edge) { a.Name = "x y" }, `build node x y@1: "x y" is no package name`},
		{func(a *Attrs, e *[]Edge) { a.Namespace = "a b" }, `build node x@1: "a b" is no namespace`},
		{func(a *Attrs, e *[]Edge) { a.Variants = []spec.Variant{{Name: "v"}} }, "build node x@1: variant v has no value"},
		{func(a *Attrs, e *[]Edge) { a.Variants = []spec.Variant{{Name: "v", Values: []string{"*"}}} }, "build node x@1: variant v has no definite value"},
		{func(a *Attrs, e *[]Edge) { a.Variants = []spec.Variant{spec.Bool("v", true), spec.Bool("v", false)} }, "build node x@1: variant v has two values"},
		{func(a *Attrs, e *[]Edge) { a.Flags = []spec.Flag{{Type: "xflags", Words: []string{"-x"}}} }, `build node x@1: "xflags" is no type of compiler flags`},
		{func(a *Attrs, e *[]Edge) { a.Patches = []string{"\xff"} }, `build node x@1: "\xff" is not UTF-8`},
		{func(a *Attrs, e *[]Edge) { *e = []Edge{{Types: spec.Link}} }, "build node x@1: an edge leads nowhere"},
		{func(a *Attrs, e *[]Edge) { *e = []Edge{{To: zlib}} }, "build node x@1: the edge to zlib has no valid type"},
		{func(a *Attrs, e *[]Edge) { *e = []Edge{{To: zlib, Types: spec.Link}, {To: zlib, Types: spec.Build}} }, "build node x@1: two edges lead to zlib/" + zlib.ShortHash()},
	}
	for _, test := range tests {
		a, e := good, []Edge(nil)
		test.change(&a, &e)
		if _, err := New(a, e); err == nil || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

// A node that another tool recorded keeps that hash, also when it is read back, and a change of its content shows.
func TestRecorded(t *testing.T) {
	const hash = "abcdefghijklmnopqrstuvwxyz234567"
	a := Attrs{Name: "zlib", Namespace: "builtin", Version: spec.MustVersion("1.3"), Platform: "linux", OS: "sles15", Target: "zen3"}
	zlib, err := NewRecorded(a, nil, hash, "spack")
	if err != nil || zlib.Hash() != hash {
		t.Fatalf("%v, %v", zlib, err)
	}
	a.Name = "hdf5"
	hdf5, err := New(a, []Edge{{To: zlib, Types: spec.Link}})
	if err != nil {
		t.Fatal(err)
	}
	data := MarshalTree(hdf5)
	back, err := UnmarshalTree(data)
	if err != nil || back.Hash() != hdf5.Hash() || back.Edges()[0].To.Hash() != hash || back.Edges()[0].To.Attrs().Recorded.By != "spack" {
		t.Errorf("came back as %v, %v", back, err)
	}
	var changed *HashError
	for _, edit := range [][2]string{{`"1.3"`, `"1.4"`}, {`"spack"`, `"other"`}} {
		i := strings.LastIndex(string(data), edit[0]) // hdf5 is written first or last; its own change shows as well
		if _, err := UnmarshalTree([]byte(string(data[:i]) + edit[1] + string(data[i+len(edit[0]):]))); !errors.As(err, &changed) {
			t.Errorf("%s for %s gives %v", edit[1], edit[0], err)
		}
	}
	for _, bad := range []string{"", "short", hash[:31] + "1", "../../../../../../../../etc/passwd", strings.ToUpper(hash)} {
		if _, err := NewRecorded(a, nil, bad, "spack"); err == nil {
			t.Errorf("%q is taken for a hash", bad)
		}
	}
}
