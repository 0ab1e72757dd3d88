// Package record is what one recipe of a Spack repository declares, as data, and how that becomes a packages.Recipe. A
// record is nearer to the recipe than packages.Recipe is: every directive with its arguments as they were written, the classes it
// came from, the names of the methods.
//
// Two things make records: packages/spackrepo, by evaluating a package.py; and test/corpus, from a file of records that
// CPython made, which is also what the evaluated ones are compared with. So the names of the fields in JSON are that file's.
//
// Read record.go (the data), recipe.go and variant.go (to a packages.Recipe), builder.go (what is told of the build methods).
package record

import (
	"encoding/json"

	"github.com/berth-hpc/berth/packages"
)

// Package is one recipe. What a directive says for people (descriptions, messages) and where it stands is not part of the JSON form.
type Package struct {
	Name  string   `json:"name"`  // "3dtk"
	Dir   string   `json:"dir"`   // "_3dtk": the recipe's directory
	Class string   `json:"class"` // "_3dtk"
	Bases []string `json:"bases"` // of the class: "CMakePackage"
	MRO   []string `json:"mro"`   // the repository's classes that it inherits from: "build_systems.cmake.CMakePackage"
	Attrs Attrs    `json:"attrs"`

	Versions     []Version        `json:"versions,omitempty"`
	Variants     []Variant        `json:"variants,omitempty"`
	Dependencies []Dependency     `json:"dependencies,omitempty"`
	Conflicts    []Conflict       `json:"conflicts,omitempty"`
	Requirements []Requirement    `json:"requirements,omitempty"`
	Provides     []Provision      `json:"provides,omitempty"`
	Extends      []Extension      `json:"extends,omitempty"`
	Patches      []Patch          `json:"patches,omitempty"`
	Resources    []Resource       `json:"resources,omitempty"`
	Licenses     []License        `json:"licenses,omitempty"`
	Redistribute []Redistribution `json:"redistribute,omitempty"`
	Splices      []Splice         `json:"-"`
	Maintainers  []string         `json:"-"`

	BuildSystem BuildSystem `json:"build_system"`
	Methods     []Method    `json:"methods,omitempty"`
	Builders    []string    `json:"builders"` // the other classes of the recipe's file, sorted
	// DroppedNever counts directives whose condition is False on this host.
	DroppedNever int `json:"dropped_never,omitempty"`

	About string         `json:"-"` // the first paragraph of the class's documentation
	Place packages.Place `json:"-"` // of the class
}

// Attrs are the class's attributes that mean something outside of builds.
type Attrs struct {
	Homepage         string   `json:"homepage,omitempty"`
	URL              string   `json:"url,omitempty"`
	URLs             any      `json:"urls,omitempty"` // a list of texts, or a Property
	Git              string   `json:"git,omitempty"`
	Hg               string   `json:"hg,omitempty"`
	ListURL          string   `json:"list_url,omitempty"`
	ListDepth        int      `json:"list_depth,omitempty"`
	PyPI             string   `json:"pypi,omitempty"`
	CRAN             string   `json:"cran,omitempty"`
	Bioc             string   `json:"bioc,omitempty"`
	GNUMirror        string   `json:"gnu_mirror_path,omitempty"`
	SourceforgePath  string   `json:"sourceforge_mirror_path,omitempty"`
	SourcewarePath   string   `json:"sourceware_mirror_path,omitempty"`
	XorgPath         string   `json:"xorg_mirror_path,omitempty"`
	FetchOptions     any      `json:"fetch_options,omitempty"`
	Submodules       any      `json:"submodules,omitempty"`
	Tags             []string `json:"tags,omitempty"`
	Virtual          bool     `json:"virtual,omitempty"`
	HasCode          *bool    `json:"has_code,omitempty"`
	ManualDownload   any      `json:"manual_download,omitempty"`
	Extendable       bool     `json:"extendable,omitempty"`
	Executables      []string `json:"executables,omitempty"`
	Libraries        []string `json:"libraries,omitempty"`
	Phases           []string `json:"phases,omitempty"`
	Parallel         any      `json:"parallel,omitempty"` // false, or a Property
	BuildSystemClass string   `json:"build_system_class,omitempty"`
	Unresolved       any      `json:"unresolved_libraries,omitempty"`
	TransitiveRpaths *bool    `json:"transitive_rpaths,omitempty"`
	KeepWerror       string   `json:"keep_werror,omitempty"`
	SkipAudit        []string `json:"skip_version_audit,omitempty"`
}

// Property stands for an attribute that a method computes for each concrete package: its value is not known here.
type Property struct {
	Property bool `json:"property"`
}

// Version is version(...).
type Version struct {
	Version      string `json:"version"`
	SHA256       string `json:"sha256,omitempty"`
	MD5          string `json:"md5,omitempty"`
	Checksum     string `json:"checksum,omitempty"` // positional; the length tells its kind
	OtherSum     string `json:"-"`                  // sha1, sha224, sha384 or sha512: "sha512:..."
	URL          string `json:"url,omitempty"`
	Extension    string `json:"extension,omitempty"` // "tar.gz" or ".tar.gz"
	Expand       *bool  `json:"expand,omitempty"`
	NoCache      *bool  `json:"no_cache,omitempty"`
	Preferred    *bool  `json:"preferred,omitempty"`
	Deprecated   *bool  `json:"deprecated,omitempty"`
	FetchOptions any    `json:"fetch_options,omitempty"`
	Source
	From  string         `json:"from,omitempty"`
	When  []string       `json:"when,omitempty"`
	Place packages.Place `json:"-"`
}

// Source is where something comes from that is under version control.
type Source struct {
	Git         string `json:"git,omitempty"`
	Commit      string `json:"commit,omitempty"`
	Tag         string `json:"tag,omitempty"`
	Branch      string `json:"branch,omitempty"`
	Submodules  any    `json:"submodules,omitempty"` // true, false, "True", or a Callable that tells which ones
	FullRepo    *bool  `json:"get_full_repo,omitempty"`
	SparsePaths any    `json:"git_sparse_paths,omitempty"`
	Svn         string `json:"svn,omitempty"`
	Hg          string `json:"hg,omitempty"`
	Cvs         string `json:"cvs,omitempty"`
	Revision    any    `json:"revision,omitempty"` // "1.1.0" or 350726
	Date        string `json:"date,omitempty"`
}

// Callable stands for a function where a value could be.
type Callable struct {
	Name string `json:"callable"`
}

// The kinds of variants. "any" takes any value; what a callable takes, a function judges.
const (
	KindBool     = "bool"
	KindList     = "list"
	KindAny      = "any"
	KindCallable = "callable"
	KindAnyOf    = "any_combination_of"
	KindAutoOr   = "auto_or_any_combination_of"
	KindDisjoint = "disjoint_sets"
	KindBoolList = "boollist" // values=(True, False)
)

// Variant is variant(...).
type Variant struct {
	Name      string     `json:"name"`
	Kind      string     `json:"kind"`
	Default   any        `json:"default"` // true or "text"
	Values    []Value    `json:"values,omitempty"`
	Sets      [][]string `json:"sets,omitempty"`
	Multi     bool       `json:"multi,omitempty"`
	Sticky    bool       `json:"sticky,omitempty"`
	Callable  string     `json:"callable,omitempty"`     // the name of a function that judges values
	Described *string    `json:"callable_doc,omitempty"` // what the function says of itself
	Validator string     `json:"validator,omitempty"`    // the name of a function that judges all values together
	When      []string   `json:"when,omitempty"`
	From      string     `json:"from,omitempty"`

	About string         `json:"-"`
	Place packages.Place `json:"-"`
}

// Value is one value of a variant.
type Value struct {
	Value any      `json:"value"` // "text", or true
	When  []string `json:"when,omitempty"`
}

// Dependency is depends_on(...), or what extends(...) implies.
type Dependency struct {
	Spec    string         `json:"spec"`
	Types   []string       `json:"types"`
	When    []string       `json:"when,omitempty"`
	Patches []Patch        `json:"patches,omitempty"`
	Via     string         `json:"via,omitempty"` // "extends"
	From    string         `json:"from,omitempty"`
	Place   packages.Place `json:"-"`
}

// Conflict is conflicts(...).
type Conflict struct {
	Spec    string         `json:"spec"`
	When    []string       `json:"when,omitempty"`
	From    string         `json:"from,omitempty"`
	Because string         `json:"-"`
	Place   packages.Place `json:"-"`
}

// Requirement is requires(...).
type Requirement struct {
	Specs   []string       `json:"specs"`
	Policy  string         `json:"policy"` // "one_of" or "any_of"
	When    []string       `json:"when,omitempty"`
	From    string         `json:"from,omitempty"`
	Because string         `json:"-"`
	Place   packages.Place `json:"-"`
}

// Provision is provides(...).
type Provision struct {
	Virtuals []string       `json:"virtuals"`
	When     []string       `json:"when,omitempty"`
	From     string         `json:"from,omitempty"`
	Place    packages.Place `json:"-"`
}

// Extension is extends(...).
type Extension struct {
	Spec  string         `json:"spec"`
	Types []string       `json:"types"`
	When  []string       `json:"when,omitempty"`
	From  string         `json:"from,omitempty"`
	Place packages.Place `json:"-"`
}

// Patch is patch(...).
type Patch struct {
	File       string         `json:"file,omitempty"`
	URL        string         `json:"url,omitempty"`
	SHA256     string         `json:"sha256,omitempty"` // of a URL's; a file's is in ContentSHA
	ArchiveSHA string         `json:"archive_sha256,omitempty"`
	Level      *int           `json:"level,omitempty"`
	WorkingDir string         `json:"working_dir,omitempty"`
	Reverse    bool           `json:"reverse,omitempty"`
	When       []string       `json:"when,omitempty"`
	From       string         `json:"from,omitempty"`
	Content    []byte         `json:"-"` // of a file
	ContentSHA string         `json:"-"`
	Place      packages.Place `json:"-"`
}

// Resource is resource(...).
type Resource struct {
	Name         string `json:"name"`
	URL          string `json:"url,omitempty"`
	SHA256       string `json:"sha256,omitempty"`
	MD5          string `json:"md5,omitempty"`
	Checksum     string `json:"checksum,omitempty"`
	OtherSum     string `json:"-"`
	Extension    string `json:"extension,omitempty"`
	Expand       *bool  `json:"expand,omitempty"`
	NoCache      *bool  `json:"no_cache,omitempty"`
	FetchOptions any    `json:"fetch_options,omitempty"`
	Source
	Destination string         `json:"destination,omitempty"`
	Placement   any            `json:"placement,omitempty"` // "where", or where each part goes
	When        []string       `json:"when,omitempty"`
	From        string         `json:"from,omitempty"`
	Place       packages.Place `json:"-"`
}

// License is license(...).
type License struct {
	License string         `json:"license"`
	When    []string       `json:"when,omitempty"`
	From    string         `json:"from,omitempty"`
	Place   packages.Place `json:"-"`
}

// Redistribution is redistribute(...).
type Redistribution struct {
	Source bool           `json:"source"`
	Binary bool           `json:"binary"`
	When   []string       `json:"when,omitempty"`
	From   string         `json:"from,omitempty"`
	Place  packages.Place `json:"-"`
}

// Splice is can_splice(...).
type Splice struct {
	Target string
	When   []string
	Place  packages.Place
}

// BuildSystem is what the last build_system(...) says.
type BuildSystem struct {
	Values  []Value `json:"values"`
	Default string  `json:"default"`
}

// Method is a function of a class in the recipe's file.
type Method struct {
	Class      string         `json:"class"`
	Name       string         `json:"name"`
	Decorators []string       `json:"decorators,omitempty"` // "when('+mpi')", as written
	Place      packages.Place `json:"-"`
}

// Decode reads the JSON form.
func Decode(line []byte) (*Package, error) {
	var p Package
	if err := json.Unmarshal(line, &p); err != nil {
		return nil, err
	}
	return &p, nil
}
