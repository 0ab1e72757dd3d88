package concretizer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// The kinds of causes that somebody wrote: in the request, in a recipe, in configuration. Each says in one sentence what it demands, and where that is
// written; said, in conflict.go, has the packages that it is about, for putting causes in an order that a person can follow.

// RequestCause is a part of a root that was asked for: its name, a version, a variant, a ^.
type RequestCause struct {
	Root *Root
	Part string // "hdf5", "hdf5+mpi", "^mpich@4"
	From string // "toolchain gcc_mpich (toolchains.yaml:4)": what put it there; "" if it was written so
	// Offered says what versions of a virtual there are, if it asks for others: "mpi@:4 (by openmpi)".
	Offered []string
}

func (c *RequestCause) String() string {
	s := c.Part + " is asked for"
	if whole := c.Root.Spec.String(); c.From != "" {
		s += " by " + c.From
	} else if whole != c.Part {
		s += " (in " + whole + ")"
	}
	return s + offered(c.Offered)
}

// offered tells what versions of a virtual there are.
func offered(versions []string) string {
	if len(versions) == 0 {
		return ""
	}
	return ", but there is only " + list(versions, "and")
}

// Place is where the root stands; a zero Place is the command line.
func (c *RequestCause) Place() packages.Place { return c.Root.Place }

// DependencyCause is a depends_on.
type DependencyCause struct {
	Package string
	Dep     *packages.Dependency
	Known   []string // the versions known of what it needs, if none of them will do
	Missing bool     // no such package or virtual exists
	Offered []string // what versions of a virtual there are, if none of them will do: "mpi@:4 (by openmpi)"
	Lacks   []string // what of it the recipe of the dependency does not know: "variant libidn2", "value jl of variant version_suffix"
	In      string   // that recipe: "builtin/curl.yaml"
}

func (c *DependencyCause) String() string {
	what := c.Dep.Spec.String() + forTypes(c.Dep.Types)
	if isLanguage(what) || isLanguage(c.Dep.Spec.Name) && what == c.Dep.Spec.Name+" to build" {
		what = fmt.Sprintf("a %s compiler", languageTitle(c.Dep.Spec.Name))
	}
	s := fmt.Sprintf("%s needs %s%s", c.Package, what, because(c.Dep.When))
	switch {
	case c.Missing:
		s += ", which no recipe provides"
	case len(c.Known) > 0:
		s += ", but only " + list(c.Known, "and") + " can be had"
	case len(c.Lacks) > 0:
		s += fmt.Sprintf(", but %s knows no %s", c.In, list(c.Lacks, "or"))
	}
	return s + offered(c.Offered)
}

// Place is where the dependency is declared.
func (c *DependencyCause) Place() packages.Place { return c.Dep.Place }

// forTypes says what a dependency is for when that is not the usual.
func forTypes(t spec.DepTypes) string {
	switch {
	case t == spec.Build:
		return " to build"
	case t == spec.Run:
		return " to run"
	case t == spec.Test || t == spec.Test|spec.Build:
		return " for its tests"
	}
	return ""
}

func languageTitle(name string) string {
	return map[string]string{"c": "C", "cxx": "C++", "fortran": "Fortran"}[name]
}

// ConflictCause is a conflict of a recipe.
type ConflictCause struct {
	Package   string
	Directive *packages.Conflict
}

func (c *ConflictCause) String() string {
	s := c.Package + " " + forbidden(c.Directive.Spec, c.Package) + because(c.Directive.When)
	if c.Directive.Because != "" {
		s += " (" + strings.TrimSuffix(c.Directive.Because, ".") + ")"
	}
	return s
}

// forbidden says what a conflict rules out: a way to be, a package beside it, a compiler.
func forbidden(s *spec.Spec, pkg string) string {
	rest := *s
	rest.Deps = nil
	switch {
	case s.Name != "" && s.Name != pkg:
		return "does not go together with " + s.String()
	case len(s.Deps) != 1 || condText(&rest) != "":
		return "cannot be " + constraint(s, pkg)
	case s.Deps[0].Direct:
		return "cannot be " + constraint(s, pkg)
	}
	return "does not go together with " + s.Deps[0].Spec.String()
}

// Place is where the conflict is declared.
func (c *ConflictCause) Place() packages.Place { return c.Directive.Place }

// RequireCause is a requirement of a recipe.
type RequireCause struct {
	Package   string
	Directive *packages.Requirement
}

func (c *RequireCause) String() string {
	s := fmt.Sprintf("%s must be %s%s", c.Package, specs(c.Directive.Specs, c.Directive.Policy, c.Package), because(c.Directive.When))
	if c.Directive.Because != "" {
		s += " (" + strings.TrimSuffix(c.Directive.Because, ".") + ")"
	}
	return s
}

// Place is where the requirement is declared.
func (c *RequireCause) Place() packages.Place { return c.Directive.Place }

// ConfigCause is a require or conflict of packages.yaml.
type ConfigCause struct {
	Package     string // or a virtual
	Requirement *packages.ConfigRequirement
	Forbids     bool
	Missing     string   // the variant that is required, if the package does not have it
	Known       []string // the versions known of what is required, if none of them will do
}

func (c *ConfigCause) String() string {
	what := "requires"
	if c.Forbids {
		what = "forbids"
	}
	s := fmt.Sprintf("configuration %s %s for %s%s", what, specs(c.Requirement.Specs, c.Requirement.Policy, ""), c.Package, because(c.Requirement.When))
	if c.Requirement.Message != "" {
		s += " (" + strings.TrimSuffix(c.Requirement.Message, ".") + ")"
	}
	switch {
	case c.Missing != "":
		s += ", but there is no variant " + c.Missing
	case len(c.Known) > 0:
		s += ", but only " + list(c.Known, "and") + " can be had"
	}
	return s
}

// Place is where the configuration says so.
func (c *ConfigCause) Place() packages.Place { return c.Requirement.Place }

// NotBuildableCause is a package that berth may not or cannot build.
type NotBuildableCause struct {
	Package   string
	Virtual   string // the virtual that configuration says it of
	Reason    string // the recipe's reason
	Written   packages.Place
	Externals int      // how many externals there are
	Elsewhere []string // the systems of those that are described for another one: "rhel8"
	Others    []string // further packages of which the same is said
}

func (c *NotBuildableCause) String() string {
	s := c.Package + " may not be built"
	switch {
	case c.Reason != "":
		s = fmt.Sprintf("%s cannot be built (%s)", c.Package, c.Reason)
	case len(c.Others) > 0:
		all := append([]string{c.Package}, c.Others...)
		slices.Sort(all)
		s = fmt.Sprintf("no %s may be built", c.Virtual)
		if c.Externals == 0 {
			return s + ", and this system has no external one: no " + list(all, "or")
		}
		return s + ": only externals will do"
	case c.Virtual != "":
		s = fmt.Sprintf("%s may not be built, as no %s may", c.Package, c.Virtual)
	}
	switch c.Externals {
	case 0:
		if len(c.Elsewhere) > 0 {
			return s + fmt.Sprintf(", and the external %s that configuration describes is for %s, not for this system", c.Package, list(c.Elsewhere, "and"))
		}
		return s + ", and this system has no external " + c.Package
	case 1:
		return s + ": only its external will do"
	}
	return s + ": only its externals will do"
}

// Place is where that is said.
func (c *NotBuildableCause) Place() packages.Place { return c.Written }

// SystemLibcCause: a C library is not built where the system has one.
type SystemLibcCause struct {
	Package   string
	Externals []*packages.External // what the system has
}

func (c *SystemLibcCause) String() string {
	var have []string
	for _, x := range c.Externals {
		v, _ := externalVersion(x)
		have = append(have, x.Spec.Name+" "+v.String())
	}
	return fmt.Sprintf("%s is not built: programs use the system's own C library, which is %s", c.Package, list(have, "or"))
}

// Place is where the system's C library is described.
func (c *SystemLibcCause) Place() packages.Place { return c.Externals[0].Place }

// ExternalCause is what an external is.
type ExternalCause struct {
	Package  string
	External *packages.External
}

func (c *ExternalCause) String() string {
	at := c.External.Prefix
	if at == "" {
		at = "module " + strings.Join(c.External.Modules, " ")
	}
	return fmt.Sprintf("the external in %s is %s", at, c.External.Spec)
}

// Place is where the external is described.
func (c *ExternalCause) Place() packages.Place { return c.External.Place }

// NoVersionCause is a recipe without any version.
type NoVersionCause struct {
	Package string
	Written packages.Place
}

func (c *NoVersionCause) String() string { return c.Package + " has no version that can be had" }

// Place is the recipe.
func (c *NoVersionCause) Place() packages.Place { return c.Written }

// VersionCause is a version that exists under a condition only.
type VersionCause struct {
	Package string
	Decl    *packages.VersionDecl
}

func (c *VersionCause) String() string {
	return fmt.Sprintf("%s@%s is there only when %s", c.Package, c.Decl.Version, conditions(c.Decl.When))
}

// Place is where the version is declared.
func (c *VersionCause) Place() packages.Place { return c.Decl.Place }

// VariantCause is what values a variant takes, and when.
type VariantCause struct {
	Package, Variant string
	Defs             []*packages.VariantDecl
	Sticky           bool
}

func (c *VariantCause) String() string {
	d := c.Defs[len(c.Defs)-1]
	if c.Sticky {
		return fmt.Sprintf("variant %s of %s stays %s unless it is asked for", c.Variant, c.Package, strings.Join(d.Default, ","))
	}
	s := fmt.Sprintf("variant %s of %s", c.Variant, c.Package)
	var whens []string
	for _, d := range c.Defs {
		if len(d.When) > 0 {
			whens = append(whens, conditions(d.When))
		}
	}
	if len(whens) > 0 && len(whens) == len(c.Defs) {
		s += " exists only when " + list(whens, "or")
		if d.Kind != packages.BoolVariant && !d.Any {
			s += ", and"
		}
	}
	if d.Kind != packages.BoolVariant && !d.Any {
		s += " takes " + valueList(d)
	}
	return s
}

// valueList says what a variant can be, conditions of values included.
func valueList(d *packages.VariantDecl) string {
	var out []string
	for _, v := range declaredValues(d) {
		text := v
		for _, x := range d.Values {
			if x.Value == v && len(x.When) > 0 {
				text += " (when " + conditions(x.When) + ")"
			}
		}
		out = append(out, text)
	}
	if len(d.Sets) > 1 {
		return "values of one set: " + list(out, "or")
	}
	return list(out, "or")
}

// Place is where the variant is declared.
func (c *VariantCause) Place() packages.Place { return c.Defs[len(c.Defs)-1].Place }

// ProviderCause is when a package provides a virtual.
type ProviderCause struct {
	Package, Virtual string
	Recipe           *packages.Recipe
}

func (c *ProviderCause) provisions() []*packages.Provision {
	var out []*packages.Provision
	for i := range c.Recipe.Provides {
		for _, v := range c.Recipe.Provides[i].Virtuals {
			if v.Name == c.Virtual {
				out = append(out, &c.Recipe.Provides[i])
			}
		}
	}
	return out
}

func (c *ProviderCause) String() string {
	var whens []string
	for _, p := range c.provisions() {
		if len(p.When) > 0 {
			whens = append(whens, conditions(p.When))
		}
	}
	if len(whens) == 0 {
		return fmt.Sprintf("%s provides %s", c.Package, c.Virtual)
	}
	return fmt.Sprintf("%s provides %s only when %s", c.Package, c.Virtual, list(whens, "or"))
}

// Place is where the provision is declared.
func (c *ProviderCause) Place() packages.Place { return c.provisions()[0].Place }

// TogetherCause is a package that provides several virtuals only together.
type TogetherCause struct {
	Package   string
	Provision *packages.Provision
}

func (c *TogetherCause) String() string {
	var names []string
	for _, v := range c.Provision.Virtuals {
		names = append(names, v.Name)
	}
	return fmt.Sprintf("%s provides %s only together", c.Package, list(names, "and"))
}

// Place is where the provision is declared.
func (c *TogetherCause) Place() packages.Place { return c.Provision.Place }

// LicenseCause is a licence that configuration does not allow.
type LicenseCause struct {
	Package string
	License *packages.License // an empty Expression: the recipe states none
	Verdict *packages.LicenseVerdict
}

func (c *LicenseCause) String() string {
	if c.License.Expression == "" {
		return fmt.Sprintf("the recipe of %s states no licence, %s", c.Package, c.Verdict)
	}
	return fmt.Sprintf("the licence of %s is %s%s, %s", c.Package, c.License.Expression, because(c.License.When), c.Verdict)
}

// Place is where the recipe declares the licence.
func (c *LicenseCause) Place() packages.Place { return c.License.Place }

// ExtensionCause: what extends a package is found by that configuration of it only.
type ExtensionCause struct {
	Package, Dependency, Extends string
	Written                      packages.Place
}

func (c *ExtensionCause) String() string {
	return fmt.Sprintf("%s and %s extend %s, so it must be the same one for both", c.Package, c.Dependency, c.Extends)
}

// Place is where the dependency declares what it extends.
func (c *ExtensionCause) Place() packages.Place { return c.Written }
