// Package testdag writes concrete DAGs as text, for tests.
package testdag

import (
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// Options changes nodes before they are made.
type Options struct {
	// Attrs is called with what the text says.
	Attrs func(*dag.Attrs)
}

// Parse reads one node a line, dependencies before dependents:
//
//	gcc@12.2 [/usr compilers.c=/usr/bin/gcc]
//	zlib@1.3 gcc:build:c
//	hdf5@1.14 zlib:link gcc:build:c,cxx
//
// In brackets stands where an external is, with its attributes; an edge has its types and the virtuals that it provides. The
// result is by name.
func Parse(t testing.TB, text string, opts ...Options) map[string]*dag.Node {
	t.Helper()
	nodes := map[string]*dag.Node{}
	for _, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		name, version, _ := strings.Cut(fields[0], "@")
		a := dag.Attrs{Name: name, Namespace: "builtin", Version: spec.MustVersion(version), Platform: "linux", OS: "debian12", Target: "x86_64"}
		rest := fields[1:]
		if len(rest) > 0 && strings.HasPrefix(rest[0], "[") {
			rest = external(&a, rest)
		}
		for _, o := range opts {
			o.Attrs(&a)
		}
		var edges []dag.Edge
		for _, f := range rest {
			edges = append(edges, edge(t, nodes, f))
		}
		n, err := dag.New(a, edges)
		if err != nil {
			t.Fatal(err)
		}
		nodes[name] = n
	}
	return nodes
}

func external(a *dag.Attrs, fields []string) (rest []string) {
	e := &dag.External{Attributes: map[string]string{}}
	for i, f := range fields {
		text := strings.Trim(f, "[]")
		if i == 0 {
			e.Prefix = text
		} else if k, v, ok := strings.Cut(text, "="); ok {
			e.Attributes[k] = v
		}
		if strings.HasSuffix(f, "]") {
			a.External = e
			return fields[i+1:]
		}
	}
	a.External = e
	return nil
}

func edge(t testing.TB, nodes map[string]*dag.Node, text string) dag.Edge {
	t.Helper()
	parts := strings.Split(text, ":")
	e := dag.Edge{To: nodes[parts[0]]}
	if e.To == nil || len(parts) < 2 {
		t.Fatalf("bad edge %q", text)
	}
	for _, name := range strings.Split(parts[1], ",") {
		typ, ok := spec.ParseDepType(name)
		if !ok {
			t.Fatalf("bad edge %q", text)
		}
		e.Types |= typ
	}
	if len(parts) > 2 {
		e.Virtuals = strings.Split(parts[2], ",")
	}
	return e
}

// Digested gives each node that is no external the digest of its recipe, as the concretizer does.
func Digested(t testing.TB, recipes map[string]*packages.Recipe, digest func(*packages.Recipe, *dag.Attrs) string) Options {
	return Options{Attrs: func(a *dag.Attrs) {
		if r := recipes[a.Name]; r != nil && a.External == nil {
			a.PackageHash = digest(r, a)
		}
	}}
}
