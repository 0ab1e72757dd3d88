package builtin

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamlrecipe"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// resolver makes a concrete node of a recipe by taking the first choice everywhere: enough to plan and try a build without a
// solver. What the host brings is external.
type resolver struct {
	t         testing.TB
	repo      *yamlrecipe.Repo
	providers map[string]string // of virtuals: "mpi": "openmpi"
	external  map[string]string // versions of what the host has: "gcc": "12.2.0"
	target    string
	nodes     map[string]*dag.Node
}

func newResolver(t testing.TB) *resolver {
	return &resolver{
		t: t, repo: open(t), target: "x86_64", nodes: map[string]*dag.Node{},
		providers: map[string]string{
			"c": "gcc", "cxx": "gcc", "fortran": "gcc", "mpi": "openmpi", "blas": "netlib-lapack", "lapack": "netlib-lapack",
			"scalapack": "netlib-scalapack", "pkgconfig": "pkgconf", "zlib-api": "zlib", "fftw-api": "fftw", "szip": "libaec", "uuid": "util-linux-uuid",
		},
		external: map[string]string{
			"gcc": "12.2.0", "openmpi": "4.1.4", "mpich": "4.0.2", "gmake": "4.3", "cmake": "3.25.1", "perl": "5.36.0", "python": "3.11.2",
			"pkgconf": "1.8.1", "autoconf": "2.71", "automake": "1.16.5", "libtool": "2.4.7", "m4": "1.4.19", "diffutils": "3.8",
		},
	}
}

// node resolves a spec such as "fftw@3.3.9 ~mpi".
func (r *resolver) node(text string) *dag.Node {
	want := spec.MustParse(text)
	if n := r.nodes[text]; n != nil {
		return n
	}
	recipe, err := r.repo.Recipe(context.Background(), want.Name)
	if err != nil {
		r.t.Fatal(err)
	}
	a := dag.Attrs{Name: want.Name, Namespace: Name, Platform: "linux", OS: "debian12", Target: r.target}
	a.Version = r.version(recipe, want)
	if v, ok := r.external[want.Name]; ok {
		a.Version, a.External = spec.MustVersion(v), &dag.External{Prefix: "/usr"}
	}
	// Conditions may ask for other variants and for dependencies: go on until nothing changes.
	var edges []dag.Edge
	for range 5 {
		n := r.build(a, edges)
		variants := r.variants(recipe, want, n)
		if a.External == nil {
			edges = r.edges(recipe, n)
		}
		if slices.EqualFunc(variants, a.Variants, func(x, y spec.Variant) bool { return x.String() == y.String() }) {
			break
		}
		a.Variants = variants
	}
	n := r.build(a, edges)
	r.nodes[text] = n
	return n
}

func (r *resolver) build(a dag.Attrs, edges []dag.Edge) *dag.Node {
	n, err := dag.New(a, edges)
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *resolver) version(recipe *packages.Recipe, want *spec.Spec) spec.Version {
	for _, v := range recipe.Versions {
		if want.Versions.Contains(v.Version) {
			return v.Version
		}
	}
	r.t.Fatalf("%s has no version for %s", recipe.Name, want)
	return spec.Version{}
}

func (r *resolver) variants(recipe *packages.Recipe, want *spec.Spec, n *dag.Node) []spec.Variant {
	values := map[string]spec.Variant{}
	for _, d := range recipe.Variants {
		if !d.When.Holds(n) {
			continue
		}
		v := spec.Variant{Name: d.Name, Values: d.Default}
		if asked, ok := want.Variant(d.Name); ok {
			v.Values = asked.Values
		}
		values[d.Name] = v
	}
	var list []spec.Variant
	for _, name := range slices.Sorted(maps.Keys(values)) {
		list = append(list, values[name])
	}
	return list
}

func (r *resolver) edges(recipe *packages.Recipe, n *dag.Node) []dag.Edge {
	edges := map[string]*dag.Edge{}
	depends := slices.Clone(recipe.Depends)
	for _, x := range recipe.Extends {
		depends = append(depends, packages.Dependency{Spec: x.Spec, Types: x.Types, When: x.When})
	}
	for _, d := range depends {
		if !d.When.Holds(n) {
			continue
		}
		name := d.Spec.Name
		provider, virtual := r.providers[name]
		if !virtual {
			provider = name
		}
		e := edges[provider]
		if e == nil {
			text := strings.Replace(d.Spec.String(), name, provider, 1)
			if virtual {
				text = provider
			}
			e = &dag.Edge{To: r.node(text)}
			edges[provider] = e
		}
		e.Types |= d.Types
		if virtual && !slices.Contains(e.Virtuals, name) {
			e.Virtuals = append(e.Virtuals, name)
		}
	}
	var list []dag.Edge
	for _, name := range slices.Sorted(maps.Keys(edges)) {
		list = append(list, *edges[name])
	}
	return list
}
