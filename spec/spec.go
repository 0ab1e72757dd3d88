package spec

import (
	"slices"
	"strings"
)

// Spec is an abstract spec: a description that many concrete packages can meet. The zero value is the anonymous spec
// without constraints, which everything satisfies. A Spec is not changed once it was handed to another package; use Clone.
type Spec struct {
	Namespace string    // "builtin" in builtin.hdf5; mostly ""
	Name      string    // "" in an anonymous spec, as in when="+mpi"
	Versions  Versions  // what stands after @
	Variants  []Variant // sorted by name; a name stands once, and once more if it propagates, after the plain one
	Flags     []Flag    // in the order of FlagTypes; a type stands once, and once more if it propagates
	Platform  string    // "linux"; "" for any
	OS        string    // "debian12"; "" for any
	Target    Targets   // target=haswell:skylake; the zero value is any
	Hash      string    // "abc123" in name/abc123: a prefix of a concrete spec's hash
	Deps      []Dep     // ^ and %, in the order in which they print
}

// Dep is an edge of an abstract spec: ^mpich, %gcc@13, %c,cxx=gcc, ^[virtuals=mpi when=+mpi deptypes=link] openmpi. What the language can
// write is two levels: a ^ dependency may have % dependencies, and those have none.
type Dep struct {
	Spec      *Spec
	Direct    bool     // %: a direct dependency; ^ is any node of the DAG
	Propagate bool     // %%: no constraint, but a wish for the package and all that it links to or runs
	Types     DepTypes // 0: any
	Virtuals  []string // sorted: the virtuals that this edge must provide
	When      *Spec    // nil: always
	From      string   // "toolchain gcc_mpich (toolchains.yaml:4)": what put it there, for messages; "" if it was written here
}

// DepTypes is a set of dependency types.
type DepTypes uint8

// The dependency types, as in Spack.
const (
	Build DepTypes = 1 << iota
	Link
	Run
	Test
)

var depTypeNames = [...]string{"build", "link", "run", "test"}

// Names lists the types in t: "build", "link", "run", "test", in this order.
func (t DepTypes) Names() []string {
	var names []string
	for i, name := range depTypeNames {
		if t&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// String is the names with commas: "build,link".
func (t DepTypes) String() string { return strings.Join(t.Names(), ",") }

// ParseDepType reads one name: build, link, run or test.
func ParseDepType(name string) (DepTypes, bool) {
	for i, n := range depTypeNames {
		if n == name {
			return 1 << i, true
		}
	}
	return 0, false
}

// Variant returns the constraint on the package's own variant of that name; what the spec propagates is not looked at.
func (s *Spec) Variant(name string) (Variant, bool) {
	if i, found := findVariant(s.Variants, name, false); found {
		return s.Variants[i], true
	}
	return Variant{}, false
}

// IsAny reports whether the spec is anonymous and without constraints: everything satisfies it.
func (s *Spec) IsAny() bool {
	return s.Name == "" && s.Namespace == "" && s.Versions.IsAny() && len(s.Variants) == 0 && len(s.Flags) == 0 &&
		s.Platform == "" && s.OS == "" && s.Target.IsAny() && s.Hash == "" && len(s.Deps) == 0
}

// Clone returns a deep copy.
func (s *Spec) Clone() *Spec {
	c := *s
	c.Variants = slices.Clone(s.Variants)
	for i := range c.Variants {
		c.Variants[i].Values = slices.Clone(c.Variants[i].Values)
	}
	c.Flags = slices.Clone(s.Flags)
	for i := range c.Flags {
		c.Flags[i].Words = slices.Clone(c.Flags[i].Words)
	}
	c.Deps = slices.Clone(s.Deps)
	for i := range c.Deps {
		d := &c.Deps[i]
		d.Spec = d.Spec.Clone()
		d.Virtuals = slices.Clone(d.Virtuals)
		if d.When != nil {
			d.When = d.When.Clone()
		}
	}
	return &c
}

// AsksPlatform reports whether the node itself, without its dependencies, is to have a certain platform, operating system or target.
func (s *Spec) AsksPlatform() bool { return s.Platform != "" || s.OS != "" || !s.Target.IsAny() }

// Equal reports whether the two specs mean the same: they print equally.
func (s *Spec) Equal(o *Spec) bool { return s.String() == o.String() }
