package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden holds got against testdata/golden/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// parseDAG reads a DAG, a node a line, dependencies before what needs them:
//
//	zlib@1.3.1+pic
//	gcc@12.2.0 external=/usr
//	hdf5@1.14.5~mpi api=v18 : gcc=b zlib=bl
//
// The letters are types: build, link, run, test. The result holds the nodes by name, and by
// name@version; fatalf does not return.
func parseDAG(fatalf func(format string, args ...any), text string) map[string]*dag.Node {
	nodes := map[string]*dag.Node{}
	for line := range strings.Lines(text) {
		head, deps, _ := strings.Cut(line, " : ")
		if strings.TrimSpace(head) == "" {
			continue
		}
		head, prefix, isExternal := strings.Cut(head, " external=")
		s := spec.MustParse(strings.TrimSpace(head))
		version, ok := s.Versions.Single()
		if !ok {
			fatalf("%s: no version", head)
		}
		a := dag.Attrs{
			Name: s.Name, Namespace: "builtin", Version: version, Variants: s.Variants, Flags: s.Flags,
			Platform: "linux", OS: "debian12", Target: "x86_64_v3",
		}
		if isExternal {
			a.External = &dag.External{Prefix: strings.TrimSpace(prefix)}
		}
		var edges []dag.Edge
		for _, dep := range strings.Fields(deps) {
			name, letters, _ := strings.Cut(dep, "=")
			var types spec.DepTypes
			for _, letter := range letters {
				types |= 1 << strings.IndexRune("blrt", letter)
			}
			edges = append(edges, dag.Edge{To: nodes[name], Types: types})
		}
		n, err := dag.New(a, edges)
		if err != nil {
			fatalf("%v", err)
		}
		nodes[s.Name], nodes[s.Name+"@"+version.String()] = n, n
	}
	return nodes
}

const solverStack = `
gcc@=12.2.0 languages=c,cxx,fortran external=/usr
gmake@=4.3 external=/usr
openmpi@=4.1.4 external=/usr
numactl@=2.0.14 : gcc=b gmake=b
blis@=0.9.0+cblas threads=none : gcc=b gmake=b numactl=lr
hypre@=2.26.0+mpi~int64 cflags="-O2 -g" : gcc=b gmake=b openmpi=bl blis=bl
fftw@=3.3.10+mpi~openmp precision=double,float : gcc=b gmake=b openmpi=bl
`

func TestTree(t *testing.T) {
	nodes := parseDAG(t.Fatalf, solverStack)
	status := func(n *dag.Node) installStatus {
		switch {
		case n.External() != nil:
			return external
		case n.Name() == "blis":
			return installed
		}
		return absent
	}
	tests := []struct {
		file    string
		options treeOptions
	}{
		{"tree", treeOptions{}},
		{"tree-long-status", treeOptions{hashes: true, status: status}},
		{"tree-types", treeOptions{types: true}},
		{"tree-every-edge", treeOptions{types: true, everyEdge: true}},
		{"tree-color", treeOptions{color: true, hashes: true, status: status}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) { golden(t, tt.file, renderTree(nodes["hypre"], tt.options)) })
	}
}

// A chain must not grow the tree exponentially: each of these nodes has two ways down.
func TestTreeShowsANodeOnce(t *testing.T) {
	var text strings.Builder
	text.WriteString("a0@=1\nb0@=1\n")
	for i := 1; i <= 40; i++ {
		now, below := string(rune('0'+i/10))+string(rune('0'+i%10)), "0"
		if i > 1 {
			below = string(rune('0'+(i-1)/10)) + string(rune('0'+(i-1)%10))
		}
		text.WriteString("a" + now + "@=1 : a" + below + "=l b" + below + "=l\n")
		text.WriteString("b" + now + "@=1 : a" + below + "=l b" + below + "=l\n")
	}
	nodes := parseDAG(t.Fatalf, text.String())
	lines := strings.Count(renderTree(nodes["a40"], treeOptions{}), "\n")
	if lines != 81 {
		t.Errorf("%d lines for 81 nodes", lines)
	}
	lines = strings.Count(renderTree(nodes["a40"], treeOptions{everyEdge: true}), "\n")
	if lines != 1+80*2-2 {
		t.Errorf("%d lines for 158 edges and a root", lines)
	}
}
