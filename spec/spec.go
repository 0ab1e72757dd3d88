package spec

import "strings"

// Spec is an abstract spec: a description that many concrete packages can meet. The zero value is the anonymous spec
// without constraints, which everything satisfies. A Spec is not changed once it was handed to another package; use Clone.
type Spec struct {
	Namespace string    // "builtin" in builtin.hdf5; mostly ""
	Name      string    // "" in an anonymous spec, as in when="+mpi"
	Versions  Versions  // what stands after @
	Variants  []Variant // sorted by name; a name stands once
	Flags     []Flag    // in the order of FlagTypes; a type stands once
	Platform  string    // "linux"; "" for any
	OS        string    // "debian12"; "" for any
	Target    Targets   // target=haswell:zen3; the zero value is any
	Hash      string    // "abc123" in name/abc123: a prefix of a concrete spec's hash
	Deps      []Dep     // ^ and %, in the order in which they print
}

// Dep is an edge of an abstract spec: ^mpich, %gcc@13, %c,cxx=gcc, ^[virtuals=mpi when=+mpi deptypes=link] openmpi.
type Dep struct {
	Spec      *Spec
	Direct    bool     // %: a direct dependency; ^ is any node of the DAG
	Propagate bool     // %%: also for dependencies
	Types     DepTypes // 0: any
	Virtuals  []string // sorted: the virtuals that this edge must provide
	When      *Spec    // nil: always
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

// Variant returns the constraint on the variant of that name.
func (s *Spec) Variant(name string) (Variant, bool) {
	for _, v := range s.Variants {
		if v.Name == name {
			return v, true
		}
	}
	return Variant{}, false
}

// Clone returns a deep copy.
func (s *Spec) Clone() *Spec { panic("not yet") }

// Parse reads exactly one spec. The error is a *ParseError, which points at the character.
func Parse(text string) (*Spec, error) { panic("not yet") }

// MustParse is Parse for constants and tests; it panics on bad text.
func MustParse(text string) *Spec {
	s, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return s
}

// ParseAll reads any number of specs, as a command line holds them: "hdf5+mpi ^mpich zlib" is two.
func ParseAll(text string) ([]*Spec, error) { panic("not yet") }

// String prints the spec so that Parse reads it back to an equal one; specs of equal meaning print equally.
func (s *Spec) String() string { panic("not yet") }

// Satisfies reports whether every concrete spec that s describes is one that o describes.
func (s *Spec) Satisfies(o *Spec) bool { panic("not yet") }

// Intersects reports whether some concrete spec meets both.
func (s *Spec) Intersects(o *Spec) bool { panic("not yet") }

// Constrain returns the spec that describes what both describe. The error says which attribute of which package contradicts.
func (s *Spec) Constrain(o *Spec) (*Spec, error) { panic("not yet") }
