package concretizer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/dag"
	"github.com/berth-hpc/berth/spec/suggest"
)

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
			return newUnknownPackage(s, known, place)
		}
		if p.recipe != nil {
			if s.Namespace != "" && s.Namespace != p.recipe.Namespace && !e.existsIn(s) {
				return &NamespaceError{Package: s.Name, Wanted: s.Namespace, Has: p.recipe.Namespace, At: place}
			}
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
	if err := e.validateSystem(s, place); err != nil {
		return err
	}
	for i := range s.Deps {
		d := &s.Deps[i]
		if err := e.validateProvided(d, place); err != nil {
			return err
		}
		if err := e.validateSpec(d.Spec, place); err != nil {
			return e.adviseNear(err, s, d.Spec)
		}
	}
	return nil
}

// existsIn tells whether there is something of that package and namespace that could be reused.
func (e *encoder) existsIn(s *spec.Spec) bool {
	return slices.ContainsFunc(e.candidates(s.Name), func(n *dag.Node) bool { return n.Attrs().Namespace == s.Namespace })
}

// validateSystem refuses operating systems and platforms that this system is none of, unless something of them could be reused.
func (e *encoder) validateSystem(s *spec.Spec, place packages.Place) error {
	otherOS, otherPlatform := s.OS != "" && s.OS != e.req.OS, s.Platform != "" && s.Platform != e.req.Platform
	if !otherOS && !otherPlatform || s.Name == "" {
		return nil
	}
	if !otherPlatform && slices.ContainsFunc(e.candidates(s.Name), func(n *dag.Node) bool { return n.Attrs().OS == s.OS }) {
		return nil
	}
	err := &OtherSystemError{Package: s.Name, Has: e.req.OS, Wanted: "os=" + s.OS, At: place}
	if otherPlatform {
		err.Has, err.Wanted = e.req.Platform, "platform="+s.Platform
	}
	return err
}

// validateProvided refuses ^foo=mpich where mpich never provides foo. What holds under a condition or is a wish may be of no concern, and what a toolchain
// says is explained with its place.
func (e *encoder) validateProvided(d *spec.Dep, place packages.Place) error {
	if len(d.Virtuals) == 0 || d.Spec.Name == "" || d.When != nil || d.Propagate || d.From != "" {
		return nil
	}
	p, err := e.name(d.Spec.Name)
	if err != nil || p.recipe == nil {
		return err
	}
	var provided []string
	for i := range p.recipe.Provides {
		for _, v := range p.recipe.Provides[i].Virtuals {
			provided = append(provided, v.Name)
		}
	}
	for _, n := range e.candidates(d.Spec.Name) {
		provided = append(provided, n.Attrs().Provides...)
	}
	slices.Sort(provided)
	for _, v := range d.Virtuals {
		if !slices.Contains(provided, v) {
			return &NotProvidedError{Package: d.Spec.Name, Virtual: v, At: place, Provided: slices.Compact(provided)}
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
			err := UnknownVariant(r, v.Name, place)
			err.Advice = adviceOn(s, v)
			return err
		}
		for _, a := range e.externals(r.Name) {
			if x, ok := a.Spec.Variant(v.Name); ok {
				values = append(values, x.Values...)
			}
		}
		for _, x := range v.Values {
			if !any && x != "*" && !slices.Contains(values, x) {
				slices.Sort(values)
				values = slices.Compact(values)
				return &UnknownValueError{Package: r.Name, Variant: v.Name, Value: x, At: place, Nearest: nearestValues(x, values), Known: values}
			}
		}
	}
	return nil
}

// adviceOn tells what may be meant by a variant that a package does not have.
func adviceOn(s *spec.Spec, v spec.Variant) string {
	switch {
	case v.Name == "commit" && len(v.Values) == 1:
		return fmt.Sprintf("a commit is a version: %s@git.%s=1.2, compared as 1.2", s.Name, v.Values[0])
	case v.Name == "dev_path":
		return "berth does not build sources of your own yet"
	case len(s.Flags) > 0 && v.IsBool() && v.Values[0] == "false":
		return fmt.Sprintf("several flags need quotes: %s=\"%s -%s\"", s.Flags[0].Type, strings.Join(s.Flags[0].Words, " "), v.Name)
	}
	return ""
}

// adviseNear adds to an error about a variant that what a compiler or another direct dependency is asked for may be meant for the package itself: in Spack
// before 1.0 it was that in "hdf5 %gcc +mpi".
func (e *encoder) adviseNear(err error, s, dep *spec.Spec) error {
	var unknown *UnknownVariantError
	if !errors.As(err, &unknown) || unknown.Advice != "" || s.Name == "" || unknown.Package != dep.Name {
		return err
	}
	p, _ := e.name(s.Name)
	if p == nil || p.recipe == nil || !slices.Contains(p.recipe.VariantNames(), unknown.Variant) {
		return err
	}
	if v, ok := dep.Variant(unknown.Variant); ok {
		unknown.Advice = fmt.Sprintf("what follows %s is said of %s: write %s before it", dep.Name, dep.Name, strings.TrimSpace(s.Name+(&spec.Spec{Variants: []spec.Variant{v}}).String()))
	}
	return err
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
		// What the recipe knows nothing of cannot be asked for either: many a site's perl is perl+cpanm, after the recipe of its Spack.
		if near := suggest.Nearest(v.Name, names, 3); !slices.Contains(names, v.Name) && len(near) > 0 {
			return fail("the recipe has no variant %s%s", v.Name, didYouMean(near))
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
