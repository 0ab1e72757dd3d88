package concretizer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/suggest"
)

// UnknownPackageError is a request for a name that is neither a package nor a virtual.
type UnknownPackageError struct {
	Name    string
	At      packages.Place
	Nearest []string
}

func (e *UnknownPackageError) Error() string {
	return at(e.At) + "no package is called " + e.Name + didYouMean(e.Nearest)
}

// Unwrap lets callers recognise packages.ErrUnknownPackage.
func (e *UnknownPackageError) Unwrap() error { return packages.ErrUnknownPackage }

// UnknownVariantError is a request for a variant that the package does not have under any condition.
type UnknownVariantError struct {
	Package, Variant string
	At               packages.Place
	Nearest, Known   []string
}

func (e *UnknownVariantError) Error() string {
	s := fmt.Sprintf("%s%s has no variant %s", at(e.At), e.Package, e.Variant)
	if len(e.Nearest) == 0 && len(e.Known) > 0 {
		return s + "; it has " + list(e.Known, "and")
	}
	return s + didYouMean(e.Nearest)
}

// UnknownVariant is the error of asking a package for a variant that its recipe does not declare.
func UnknownVariant(r *packages.Recipe, variant string, at packages.Place) *UnknownVariantError {
	names := r.VariantNames()
	return &UnknownVariantError{Package: r.Name, Variant: variant, At: at, Nearest: suggest.Nearest(variant, names, 3), Known: names}
}

// UnknownValueError is a request for a value that the variant does not take under any condition.
type UnknownValueError struct {
	Package, Variant, Value string
	At                      packages.Place
	Known                   []string
}

func (e *UnknownValueError) Error() string {
	return fmt.Sprintf("%svariant %s of %s cannot be %s; it takes %s", at(e.At), e.Variant, e.Package, e.Value, list(e.Known, "or"))
}

// UnknownVersionError is a request for versions of which none can be had.
type UnknownVersionError struct {
	Package  string
	Versions spec.Versions
	At       packages.Place
	Known    []string // best first
	NoGit    bool     // a git version is asked for, and the recipe has no repository
}

func (e *UnknownVersionError) Error() string {
	if e.NoGit {
		return fmt.Sprintf("%sthe recipe of %s tells no git repository, so there is no %s@%s", at(e.At), e.Package, e.Package, e.Versions)
	}
	s := fmt.Sprintf("%sno version of %s is in @%s", at(e.At), e.Package, e.Versions)
	if len(e.Known) == 0 {
		return s + "; it has none at all"
	}
	return s + "; there are " + list(e.Known, "and")
}

// UnsupportedTargetError is a request for targets of which this system can run none.
type UnsupportedTargetError struct {
	Package, Target string
	System          string // "zen2": the best that the system runs
	At              packages.Place
	Unknown         string   // the name in Target that is no target's
	Nearest         []string // targets of like names
}

func (e *UnsupportedTargetError) Error() string {
	if e.Unknown != "" {
		return fmt.Sprintf("%s%s: no target is called %s%s", at(e.At), e.Package, e.Unknown, didYouMean(e.Nearest))
	}
	return fmt.Sprintf("%s%s: this system is a %s, which cannot run target=%s", at(e.At), e.Package, e.System, e.Target)
}

// Hint says how to build for another machine.
func (e *UnsupportedTargetError) Hint() string {
	if e.Unknown != "" {
		return "`berth arch --known-targets` lists them"
	}
	return "to build for another machine, say so with --target, or with a system in env.yaml"
}

func at(p packages.Place) string {
	if p.String() == "" {
		return ""
	}
	return p.String() + ": "
}

func didYouMean(nearest []string) string {
	if len(nearest) == 0 {
		return ""
	}
	return "; did you mean " + list(nearest, "or") + "?"
}

// validate refuses a request that speaks of what does not exist: no search could say it better.
func (e *encoder) validate() error {
	if _, ok := e.req.Target.Concrete(); !ok {
		return fmt.Errorf("resolve: the machine's target must be one target, not %q", e.req.Target)
	}
	if e.req.Platform == "" || e.req.OS == "" {
		return errors.New("resolve: the machine's platform and operating system must be given")
	}
	for i := range e.req.Roots {
		r := &e.req.Roots[i]
		if r.Spec.Name == "" {
			return fmt.Errorf("%s%q names no package", at(r.Place), r.Spec)
		}
		if err := e.validateSpec(r.Spec, r.Place); err != nil {
			return err
		}
	}
	return nil
}

// validateSpec looks at a spec and at what it says of dependencies.
func (e *encoder) validateSpec(s *spec.Spec, place packages.Place) error {
	if s.Name != "" {
		p, err := e.name(s.Name)
		if err != nil {
			return err
		}
		if p.recipe == nil && len(p.providers) == 0 {
			known := append(slices.Clone(e.req.Repo.Names()), e.req.Repo.Virtuals()...)
			return &UnknownPackageError{Name: s.Name, At: place, Nearest: suggest.Nearest(s.Name, known, 3)}
		}
		if p.recipe != nil {
			if err := e.validateVariants(s, p.recipe, place); err != nil {
				return err
			}
			if err := e.validateVersions(s, p.recipe, place); err != nil {
				return err
			}
		}
	}
	if err := e.validateTarget(s, place); err != nil {
		return err
	}
	for _, d := range s.Deps {
		if err := e.validateSpec(d.Spec, place); err != nil {
			return err
		}
	}
	return nil
}

// compilerSpelling turns what GCC and Clang call a target into its name here: znver3, skylake-avx512.
var compilerSpelling = strings.NewReplacer("znver", "zen", "-", "_")

// validateTarget refuses targets that this system cannot run, misspelled ones among them.
func (e *encoder) validateTarget(s *spec.Spec, place packages.Place) error {
	names := targetNames(e.req.Target)
	if s.Target.IsAny() || slices.ContainsFunc(names, s.Target.Contains) {
		return nil
	}
	err := &UnsupportedTargetError{Package: s.NodeString(), Target: s.Target.String(), System: names[0], At: place}
	if s.Name != "" {
		err.Package = s.Name
	}
	if unknown := s.Target.Opaque(); len(unknown) > 0 {
		err.Unknown = unknown[0]
		known, respelled := arch.Names(), compilerSpelling.Replace(unknown[0])
		if err.Nearest = suggest.Nearest(respelled, known, 3); slices.Contains(known, respelled) {
			err.Nearest = []string{respelled}
		}
	}
	return err
}

func (e *encoder) validateVariants(s *spec.Spec, r *packages.Recipe, place packages.Place) error {
	for _, v := range s.Variants {
		var values []string
		known, any := false, false
		for i := range r.Variants {
			d := &r.Variants[i]
			if d.Name == v.Name {
				known, any = true, any || d.Any
				values = append(values, declaredValues(d)...)
			}
		}
		if !known {
			if v.Propagate {
				continue // it is meant for dependencies
			}
			return UnknownVariant(r, v.Name, place)
		}
		for _, a := range e.externals(r.Name) {
			if x, ok := a.Spec.Variant(v.Name); ok {
				values = append(values, x.Values...)
			}
		}
		for _, x := range v.Values {
			if !any && x != "*" && !slices.Contains(values, x) {
				slices.Sort(values)
				return &UnknownValueError{Package: r.Name, Variant: v.Name, Value: x, At: place, Known: slices.Compact(values)}
			}
		}
	}
	return nil
}

func (e *encoder) validateVersions(s *spec.Spec, r *packages.Recipe, place packages.Place) error {
	if s.Versions.IsAny() || e.systemLibc(r) != nil { // what the system has is better explained than listed
		return nil
	}
	known, ok := e.offers(r, s.Versions)
	if ok {
		return nil
	}
	return &UnknownVersionError{Package: r.Name, Versions: s.Versions, At: place, Known: known, NoGit: r.Git == "" && len(s.Versions.GitVersions()) > 0}
}

// knownVersions lists the versions of a package that can be had in any way, in order of preference.
func (e *encoder) knownVersions(r *packages.Recipe) []spec.Version {
	var alts []*alternative
	for _, x := range e.externals(r.Name) {
		v, _ := externalVersion(x)
		alts = append(alts, &alternative{version: v})
	}
	for _, n := range e.candidates(r.Name) {
		alts = append(alts, &alternative{version: n.Version()})
	}
	var out []spec.Version
	for _, c := range candidates(r, alts, e.req.Config.Packages[r.Name].Versions, e.gitVersions[r.Name]) {
		out = append(out, c.version)
	}
	return out
}

// ExternalError is an external that does not say what it must, or says what its recipe cannot mean.
type ExternalError struct {
	Package string
	At      packages.Place
	Problem string
}

func (e *ExternalError) Error() string {
	return fmt.Sprintf("%sexternal %s: %s", at(e.At), e.Package, e.Problem)
}

// validateExternal looks at an external before it is used.
func (e *encoder) validateExternal(r *packages.Recipe, x *packages.External) error {
	fail := func(format string, args ...any) error {
		return &ExternalError{Package: r.Name, At: x.Place, Problem: fmt.Sprintf(format, args...)}
	}
	if _, ok := externalVersion(x); !ok {
		return fail("%s does not name one version; write %s@=VERSION", x.Spec, r.Name)
	}
	names := r.VariantNames()
	for _, v := range x.Spec.Variants {
		if !slices.Contains(names, v.Name) {
			return fail("the recipe has no variant %s%s", v.Name, didYouMean(suggest.Nearest(v.Name, names, 3)))
		}
	}
	for _, d := range x.Dependencies {
		if d.Spec == nil && e.externalByID(d.ID) == nil {
			return fail("no external has the id %q", d.ID)
		}
		if d.Spec != nil && strings.TrimSpace(d.Spec.Name) == "" {
			return fail("the dependency %q names no package", d.Spec)
		}
	}
	return nil
}
