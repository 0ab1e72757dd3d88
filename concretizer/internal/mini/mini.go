// Package mini reads small repositories and configurations from strings, for tests: one package a line, its directives separated
// by semicolons.
//
//	hdf5: versions 1.14 1.12 0.9:deprecated; variant mpi default true; depends mpi when +mpi; conflicts +mpi when @1.12
//	mpich: versions 4.2; provides mpi@:4.0; depends c types build
//
// Every directive has a place: the file is the package's name, the line its number in the list.
package mini

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// Repo is a repository of packages read from a string.
type Repo struct {
	names   []string
	recipes map[string]*packages.Recipe
	virtual map[string][]string
}

// Namespace implements packages.Repo.
func (r *Repo) Namespace() string { return "mini" }

// Identity implements packages.Repo.
func (r *Repo) Identity() string { return "mini" }

// Names implements packages.Repo.
func (r *Repo) Names() []string { return r.names }

// Recipe implements packages.Repo.
func (r *Repo) Recipe(_ context.Context, name string) (*packages.Recipe, error) {
	if p := r.recipes[name]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%w: %s", packages.ErrUnknownPackage, name)
}

// Providers implements packages.Repo.
func (r *Repo) Providers(virtual string) []string { return r.virtual[virtual] }

// Virtuals implements packages.Repo.
func (r *Repo) Virtuals() []string {
	var out []string
	for v := range r.virtual {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

// Parse reads a repository; it panics on text that it cannot read, as tests' texts are constants.
func Parse(text string) *Repo {
	r := &Repo{recipes: map[string]*packages.Recipe{}, virtual: map[string][]string{}}
	for _, line := range lines(text) {
		name, rest, _ := strings.Cut(line, ":")
		p := &packages.Recipe{Name: name, Namespace: "mini", Place: packages.Place{File: name + ".yaml"}}
		for i, d := range strings.Split(rest, ";") {
			directive(p, strings.TrimSpace(d), packages.Place{File: name + ".yaml", Line: i + 1})
		}
		r.Add(p)
	}
	return r
}

// Add puts a recipe into the repository.
func (r *Repo) Add(p *packages.Recipe) {
	r.recipes[p.Name] = p
	r.names = append(r.names, p.Name)
	slices.Sort(r.names)
	for _, pr := range p.Provides {
		for _, v := range pr.Virtuals {
			if !slices.Contains(r.virtual[v.Name], p.Name) {
				r.virtual[v.Name] = append(r.virtual[v.Name], p.Name)
				slices.Sort(r.virtual[v.Name])
			}
		}
	}
}

func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

// When reads a condition: specs joined by "and".
func When(text string) packages.When {
	if text == "" {
		return nil
	}
	var w packages.When
	for _, s := range strings.Split(text, " and ") {
		w = append(w, spec.MustParse(strings.TrimSpace(s)))
	}
	return w
}

func directive(p *packages.Recipe, text string, at packages.Place) {
	if text == "" {
		return
	}
	text, cond, _ := strings.Cut(text, " when ")
	when := When(cond)
	kind, rest, _ := strings.Cut(text, " ")
	switch kind {
	case "versions":
		for _, f := range strings.Fields(rest) {
			v, mark, _ := strings.Cut(f, ":")
			p.Versions = append(p.Versions, packages.VersionDecl{
				Version: spec.MustVersion(v), Preferred: mark == "preferred", Deprecated: mark == "deprecated", When: when, Place: at,
			})
		}
	case "variant":
		p.Variants = append(p.Variants, variant(rest, when, at))
	case "depends":
		text, types, _ := strings.Cut(rest, " types ")
		p.Depends = append(p.Depends, packages.Dependency{Spec: spec.MustParse(text), Types: cmp.Or(depTypes(types), spec.Build|spec.Link), When: when, Place: at})
	case "extends":
		text, types, _ := strings.Cut(rest, " types ")
		p.Extends = append(p.Extends, packages.Extension{Spec: spec.MustParse(text), Types: depTypes(types), When: when, Place: at})
	case "conflicts":
		text, because, _ := strings.Cut(rest, " because ")
		p.Conflicts = append(p.Conflicts, packages.Conflict{Spec: spec.MustParse(text), When: when, Because: because, Place: at})
	case "requires":
		policy, specs := specList(rest)
		p.Requires = append(p.Requires, packages.Requirement{Specs: specs, Policy: policy, When: when, Place: at})
	case "provides":
		var virtuals []*spec.Spec
		for _, v := range strings.Fields(rest) {
			virtuals = append(virtuals, spec.MustParse(v))
		}
		p.Provides = append(p.Provides, packages.Provision{Virtuals: virtuals, When: when, Place: at})
	case "tag":
		p.Tags = append(p.Tags, strings.Fields(rest)...)
	case "license":
		p.Licenses = append(p.Licenses, packages.License{Expression: rest, When: when, Place: at})
	case "git":
		p.Git = rest
	case "external-only":
		p.ExternalOnly = rest
	default:
		panic("mini: no directive " + kind)
	}
}

// depTypes reads "build,link"; 0 is none.
func depTypes(text string) spec.DepTypes {
	var types spec.DepTypes
	for _, t := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
		one, ok := spec.ParseDepType(strings.TrimSpace(t))
		if !ok {
			panic("mini: no type " + t)
		}
		types |= one
	}
	return types
}

// specList reads "one A, B", "any A, B" or "A".
func specList(text string) (packages.RequirementPolicy, []*spec.Spec) {
	policy := packages.AllOf
	if rest, ok := strings.CutPrefix(text, "one "); ok {
		policy, text = packages.OneOf, rest
	} else if rest, ok := strings.CutPrefix(text, "any "); ok {
		policy, text = packages.AnyOf, rest
	}
	var specs []*spec.Spec
	for _, s := range strings.Split(text, ", ") {
		specs = append(specs, spec.MustParse(strings.TrimSpace(s)))
	}
	return policy, specs
}

// variant reads "NAME default V [values A B] [multi] [sticky] [any] [sets A,B C]".
func variant(text string, when packages.When, at packages.Place) packages.VariantDecl {
	f := strings.Fields(text)
	d := packages.VariantDecl{Name: f[0], When: when, Place: at}
	key := ""
	for _, w := range f[1:] {
		switch w {
		case "default", "values", "sets":
			key = w
		case "multi":
			d.Kind = packages.MultiVariant
		case "sticky":
			d.Sticky = true
		case "any":
			d.Any = true
			d.Kind = max(d.Kind, packages.SingleVariant)
		default:
			switch key {
			case "default":
				d.Default = strings.Split(w, ",")
			case "values":
				v, cond, _ := strings.Cut(w, "?")
				d.Values = append(d.Values, packages.VariantValue{Value: v, When: When(cond)})
			case "sets":
				d.Sets = append(d.Sets, strings.Split(w, ","))
				d.Kind = packages.MultiVariant
				for _, v := range strings.Split(w, ",") {
					d.Values = append(d.Values, packages.VariantValue{Value: v})
				}
			default:
				panic("mini: variant " + text)
			}
		}
	}
	slices.Sort(d.Default)
	if len(d.Values) > 0 && d.Kind == packages.BoolVariant {
		d.Kind = packages.SingleVariant
	}
	return d
}

// Config reads a configuration: one package, virtual or "all" a line.
//
//	openmpi: external openmpi@=4.1.4+fortran prefix /usr; not-buildable
//	all: require %gcc@13; prefer +mpi; providers mpi mpich openmpi
//	hdf5: require any +mpi, +cxx when @1.12; versions 1.12 1.10; variants ~mpi; conflict +foo
func Config(text string) packages.Configuration {
	c := packages.Configuration{Packages: map[string]packages.PackageConfig{}}
	for i, line := range lines(text) {
		name, rest, _ := strings.Cut(line, ":")
		at := packages.Place{File: "packages.yaml", Line: i + 1}
		if name == "licenses" {
			c.Licenses = append(c.Licenses, licenses(strings.Fields(rest), at))
			continue
		}
		p := packages.PackageConfig{}
		for _, d := range strings.Split(rest, ";") {
			section(&p, strings.TrimSpace(d), at)
		}
		if name == "all" {
			c.All = p
		} else {
			c.Packages[name] = p
		}
	}
	return c
}

func section(p *packages.PackageConfig, text string, at packages.Place) {
	text, cond, _ := strings.Cut(text, " when ")
	kind, rest, _ := strings.Cut(text, " ")
	requirement := func() packages.ConfigRequirement {
		policy, specs := specList(rest)
		return packages.ConfigRequirement{Specs: specs, Policy: policy, When: When(cond), Place: at}
	}
	switch kind {
	case "":
	case "not-buildable":
		p.NotBuildable = &at
	case "external":
		text, prefix, _ := strings.Cut(rest, " prefix ")
		prefix, id, _ := strings.Cut(prefix, " id ")
		prefix, needs, hasDep := strings.Cut(prefix, " needs ")
		x := packages.External{Spec: spec.MustParse(text), Prefix: prefix, ID: id, Place: at}
		if hasDep {
			x.Dependencies = []packages.ExternalDependency{{Spec: spec.MustParse(needs), Types: spec.Build}}
		}
		p.Externals = append(p.Externals, x)
	case "require":
		p.Require = append(p.Require, requirement())
	case "prefer":
		p.Prefer = append(p.Prefer, requirement())
	case "conflict":
		p.Conflict = append(p.Conflict, requirement())
	case "versions":
		for _, v := range strings.Fields(rest) {
			p.Versions = append(p.Versions, packages.PlacedVersions{Versions: spec.MustVersions(v), Place: at})
		}
	case "variants":
		p.Variants = append(p.Variants, packages.PlacedSpec{Spec: spec.MustParse(rest), Place: at})
	case "targets":
		p.Targets = strings.Fields(rest)
	case "providers":
		f := strings.Fields(rest)
		if p.Providers == nil {
			p.Providers = map[string][]packages.PlacedName{}
		}
		for _, name := range f[1:] {
			p.Providers[f[0]] = append(p.Providers[f[0]], packages.PlacedName{Name: name, Place: at})
		}
	default:
		panic("mini: no setting " + kind)
	}
}

// licenses reads "deny GPL-3.0-only" or "allow MIT BSD-*".
func licenses(words []string, at packages.Place) packages.LicensePolicy {
	p := packages.LicensePolicy{Place: at}
	for _, w := range words[1:] {
		name := packages.PlacedName{Name: w, Place: at}
		if words[0] == "allow" {
			p.Allow = append(p.Allow, name)
		} else {
			p.Deny = append(p.Deny, name)
		}
	}
	return p
}
