// Package packages is the model of what a package is: the Recipe with its directives as data, the Repo that recipes come
// from, the Builder that turns a source into a prefix, and the configuration people give per package.
//
// It reads no file format itself (packages/yamlrecipe, packages/spackrepo, packages/config do) and decides nothing (the
// concretizer does).
//
// Read recipe.go (directives), repo.go (repositories, virtuals), builder.go (how a recipe builds), configuration.go (packages.yaml's meaning).
package packages

import (
	"fmt"

	"github.com/berth-hpc/berth/spec"
)

// Place is where a person wrote something: a file as shown to people, a line and a column, both from 1; 0 is unknown.
type Place struct {
	File string // "hdf5/package.py", "env.yaml", "builtin/fftw.yaml"
	Line int
	Col  int
}

// String is file:line, the form that editors open.
func (p Place) String() string {
	switch {
	case p.File == "":
		return ""
	case p.Line == 0:
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// When is the condition of a directive: all of its specs must hold for the package; empty is always.
type When []*spec.Spec

// Recipe is all that a package's recipe declares, each directive with its condition and its place. It is immutable once a
// Repo has returned it.
type Recipe struct {
	Name      string // "hdf5"
	Namespace string // the repository's: "builtin"
	About     string // one line
	Homepage  string
	Git       string   // "https://github.com/HDFGroup/hdf5.git": where @git.REF comes from; "" if that is not known
	Tags      []string // "build-tools", "e4s"
	Place     Place    // of the recipe itself
	// ExternalOnly says why berth can never build it ("vendor software"); "" if it can.
	ExternalOnly string

	Versions     []VersionDecl // in the recipe's order
	Variants     []VariantDecl // in the recipe's order; one name may stand more than once, the last whose condition holds wins
	Depends      []Dependency
	Conflicts    []Conflict
	Requires     []Requirement
	Provides     []Provision
	Extends      []Extension
	Patches      []Patch
	Resources    []Resource
	Licenses     []License
	Splices      []Splice
	Redistribute []Redistribution
	Maintainers  []string
	Sanity       []SanityCheck // files and directories that the prefix must have
	Memory       int64         // bytes that one command of its build may need, where that is much; 0: not said

	RunEnv    []ConditionalEnv // what using the package needs in the environment, beside the prefix's own bin, man, ...
	BuildEnv  []ConditionalEnv // for its own build
	DepEnv    []ConditionalEnv // for the builds of what depends on it
	Detection *Detection       // how this host's own copy is found; nil if it cannot be

	// ContentHash is the digest (sha256, hex) of the recipe's text and of all it inherits.
	ContentHash string
	// Text is the recipe as it was written.
	Text []byte
	// Builder turns a staged source into a prefix. It is nil where nothing can (ExternalOnly).
	Builder Builder
}

// VersionDecl is a version that can be had.
type VersionDecl struct {
	Version    spec.Version
	SHA256     string   // of the archive; "" for git
	URLs       []string // where the archive is; complete, in order of preference
	Expand     bool     // false: the source is one file, not an archive
	Extension  string   // "tar.gz"; "" if the URL tells
	Preferred  bool
	Deprecated bool
	Git        *GitSource // nil for an archive
	When       When
	Place      Place
}

// GitSource is a version that is a commit, tag or branch.
type GitSource struct {
	URL        string
	Commit     string
	Tag        string
	Branch     string
	Ref        string // a branch or a tag, of a version that was asked for as @git.REF
	Submodules bool
}

// VariantKind says what values a variant takes.
type VariantKind uint8

// The kinds of variants, as Spack's corpus names them.
const (
	BoolVariant   VariantKind = iota // true or false
	SingleVariant                    // exactly one of Values (or any, if Any)
	MultiVariant                     // any number of Values, or one of Sets (disjoint sets)
)

// VariantDecl is one definition of a variant.
type VariantDecl struct {
	Name    string
	About   string
	Kind    VariantKind
	Default []string       // sorted; {"true"}, {"v18"}, {"70","80"}
	Values  []VariantValue // empty with Any
	Any     bool           // any value at all; Values then lists nothing
	Sets    [][]string     // disjoint sets: all values of a node are of one set
	Sticky  bool           // the solver may not move it from its default by itself
	When    When
	Place   Place
}

// VariantValue is one allowed value.
type VariantValue struct {
	Value string
	When  When
}

// Dependency is a depends_on.
type Dependency struct {
	Spec    *spec.Spec // names a package or a virtual
	Types   spec.DepTypes
	When    When
	Patches []Patch // applied to the dependency
	Place   Place
}

// Conflict forbids Spec where When holds.
type Conflict struct {
	Spec    *spec.Spec
	When    When
	Because string
	Place   Place
}

// RequirementPolicy says how many of a requirement's specs must hold.
type RequirementPolicy uint8

// The policies of requires.
const (
	AllOf RequirementPolicy = iota // every one (a plain list)
	AnyOf
	OneOf
)

// Requirement is a requires.
type Requirement struct {
	Specs   []*spec.Spec
	Policy  RequirementPolicy
	When    When
	Because string
	Place   Place
}

// Provision is a provides: these virtuals (with versions: mpi@:3.1), together from one provider.
type Provision struct {
	Virtuals []*spec.Spec // more than one: only together
	When     When
	Place    Place
}

// Extension is an extends.
type Extension struct {
	Spec  *spec.Spec
	Types spec.DepTypes
	When  When
	Place Place
}

// Patch is a patch file: from a URL, or part of the recipe.
type Patch struct {
	URL        string
	File       string // relative to the recipe's directory, as written
	Content    []byte // of a file patch
	SHA256     string // of the patch as applied (of the file, or of the URL's content)
	ArchiveSHA string // of a compressed download
	Level      int    // patch -p
	WorkingDir string
	Reverse    bool
	When       When
	Place      Place
}

// Resource is a further source, unpacked beside or into the main one.
type Resource struct {
	Name        string
	URLs        []string
	SHA256      string
	Git         *GitSource
	Destination string // relative to the source directory
	Placement   map[string]string
	When        When
	Place       Place
}

// License is an SPDX expression.
type License struct {
	Expression string
	When       When
	Place      Place
}

// Splice is a can_splice: this package's node may replace Target's.
type Splice struct {
	Target *spec.Spec
	When   When
	Place  Place
}

// Redistribution says what may not be published.
type Redistribution struct {
	Source, Binary bool
	When           When
	Place          Place
}

// SanityCheck is a file or directory that must exist below the prefix after the install.
type SanityCheck struct {
	Path string
	Dir  bool
	When When
}

// ConditionalEnv is environment changes under a condition.
type ConditionalEnv struct {
	Mods []EnvMod // values may hold {prefix}, {version} and {name}; see EnvMod.Expand
	When When
}

// Detection says how a package that the host already has is recognised.
type Detection struct {
	Executables []string          // regular expressions of file names: "^cmake$"
	Libraries   []string          // regular expressions of library file names
	VersionArgs []string          // {"--version"}
	VersionExpr string            // regular expression, group 1 is the version
	Variants    map[string]string // variants to claim for what was found: "shared": "true"
}
