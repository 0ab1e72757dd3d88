// Package dag holds concrete specs: nodes with every choice made, immutable once built, joined by typed edges, each with
// the hash that names its prefix; and their JSON, which is what env.lock and every prefix keep.
//
// Read dag.go (nodes and edges), new.go (what a node must have), hash.go (what the hash covers), satisfies.go (against abstract specs),
// graph.go (traversal), json.go (reading and writing), recorded.go (nodes that another tool concretized).
package dag

import (
	"slices"

	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
)

// Attrs is everything that a concrete node says of itself, its edges apart.
type Attrs struct {
	Name      string         // "hdf5"
	Namespace string         // the repository's: "builtin"
	Version   spec.Version   // 1.14.5
	Variants  []spec.Variant // every variant that the node has, sorted by name; bools are {"true"} or {"false"}
	Flags     []spec.Flag    // in the order of spec.FlagTypes; empty ones left out
	Platform  string         // "linux"
	OS        string         // "debian12"
	Target    string         // "zen3"
	External  *External      // nil for what berth builds
	Patches   []string       // sha256 of each patch that applies, in the order of application
	// PackageHash is the digest of what the recipe does to build this node: sources, resources, build steps (packages.ContentHash). "" for externals.
	PackageHash string
	Provides    []string // the virtuals it can provide, sorted: "blas", "mpi", "mpi@:3.1" where the version is known; what others have from it stands at their edges
	// Recorded is nil for what berth concretized, else who did; NewRecorded sets it.
	Recorded *Recorded
}

// External says where a package stands that berth did not build.
type External struct {
	Prefix     string            `json:"prefix"`               // "/usr"
	Modules    []string          `json:"modules,omitempty"`    // to load before use: "cray-mpich/8.1.27"
	Attributes map[string]string `json:"attributes,omitempty"` // flat: "compilers.c": "/usr/bin/gcc-12", "wrappers.mpicc": "/usr/bin/mpicc.openmpi"
}

// Edge is a dependency of a node.
type Edge struct {
	To       *Node
	Types    spec.DepTypes // never 0
	Virtuals []string      // the virtuals that To provides over this edge, sorted: "c", "cxx"
}

// Node is a concrete spec. It is immutable, and equal nodes have equal hashes.
type Node struct {
	attrs Attrs
	edges []Edge
	hash  string
}

// Hash is the node's DAG hash: 32 characters of lower-case base32. It is berth's own, or the one that another tool recorded (Attrs.Recorded).
func (n *Node) Hash() string { return n.hash }

// ShortHash is what people are shown: the first 7 characters.
func (n *Node) ShortHash() string { return n.hash[:7] }

// Attrs returns a copy of what the node says of itself; its slices must not be changed.
func (n *Node) Attrs() Attrs { return n.attrs }

// Name is the package's name.
func (n *Node) Name() string { return n.attrs.Name }

// Version is the package's version.
func (n *Node) Version() spec.Version { return n.attrs.Version }

// External is where it stands if berth did not build it, else nil; it must not be changed.
func (n *Node) External() *External { return n.attrs.External }

// Edges are the dependencies, sorted; the slice must not be changed.
func (n *Node) Edges() []Edge { return n.edges }

// Variant returns the value of a variant.
func (n *Node) Variant(name string) (spec.Variant, bool) {
	for _, v := range n.attrs.Variants {
		if v.Name == name {
			return v, true
		}
	}
	return spec.Variant{}, false
}

// Dep returns the dependency that has this package name or provides this virtual over its edge, searched among the direct
// edges. A package of that name goes before a provider.
func (n *Node) Dep(nameOrVirtual string) (*Node, bool) {
	for _, e := range n.edges {
		if e.To.Name() == nameOrVirtual {
			return e.To, true
		}
	}
	for _, e := range n.edges {
		if slices.Contains(e.Virtuals, nameOrVirtual) {
			return e.To, true
		}
	}
	return nil, false
}

// Spec is the node as an abstract spec that only it (and its like) satisfies, edges and hash left out.
func (n *Node) Spec() *spec.Spec {
	a := &n.attrs
	s := (&spec.Spec{
		Namespace: a.Namespace,
		Name:      a.Name,
		Versions:  spec.Exactly(a.Version),
		Variants:  a.Variants,
		Flags:     a.Flags,
		Platform:  a.Platform,
		OS:        a.OS,
	}).Clone()
	s.Target, _ = arch.ParseSet(a.Target) // New has tried it
	for i := range s.Variants {
		s.Variants[i].Exact = !s.Variants[i].IsBool()
	}
	return s
}

// String is the node without its edges, for people: "hdf5@1.14.5+mpi~shared api=v18 target=zen3".
func (n *Node) String() string {
	a := &n.attrs
	s := spec.Spec{Name: a.Name, Variants: a.Variants, Flags: a.Flags}
	s.Target, _ = arch.ParseSet(a.Target)
	text := s.NodeString()
	return a.Name + "@" + a.Version.String() + text[len(a.Name):]
}
