package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

// section is the settings of one package or virtual, or of all.
type section struct {
	override  bool // NAME:: hides the scopes below
	buildable setting[buildable]
	require   setting[packages.ConfigRequirement]
	prefer    setting[packages.ConfigRequirement]
	conflict  setting[packages.ConfigRequirement]
	versions  setting[packages.PlacedVersions]
	variants  setting[packages.PlacedSpec]
	targets   setting[string]
	compilers setting[packages.PlacedSpec]
	externals setting[packages.External]
	providers map[string]setting[packages.PlacedName]
	// hideProviders is providers::, which hides the scopes' below for every virtual.
	hideProviders bool
}

type buildable struct {
	on    bool
	place packages.Place
}

// setting is the value of a key: a list, whose entries are joined with those of lower scopes, or something that replaces them.
type setting[T any] struct {
	values   []T
	set      bool // the key is there
	replaces bool // no list, or the key ends in "::"
}

// below adds what a lower scope says.
func (s *setting[T]) below(o setting[T]) {
	switch {
	case !o.set:
	case !s.set:
		*s = o
	case !s.replaces && !o.scalar():
		s.values = slices.Concat(s.values, o.values)
		s.replaces = o.replaces
	}
}

// scalar reports whether the setting is one value that was written without a list; a list above does not join with it.
func (s setting[T]) scalar() bool { return s.replaces && len(s.values) == 1 }

func (s *section) clone() *section {
	c := *s
	c.providers = maps.Clone(s.providers)
	return &c
}

// below adds what a lower scope says of the same package.
func (s *section) below(o *section) {
	s.buildable.below(o.buildable)
	s.require.below(o.require)
	s.prefer.below(o.prefer)
	s.conflict.below(o.conflict)
	s.versions.below(o.versions)
	s.variants.below(o.variants)
	s.targets.below(o.targets)
	s.compilers.below(o.compilers)
	s.externals.below(o.externals)
	if !s.hideProviders {
		for virtual, lower := range o.providers {
			if s.providers == nil {
				s.providers = map[string]setting[packages.PlacedName]{}
			}
			have := s.providers[virtual]
			have.below(lower)
			s.providers[virtual] = have
		}
		s.hideProviders = o.hideProviders
	}
	s.override = s.override || o.override
}

func (s *section) config() packages.PackageConfig {
	c := packages.PackageConfig{
		Require: s.require.values, Prefer: s.prefer.values, Conflict: s.conflict.values,
		Versions: s.versions.values, Variants: s.variants.values, Targets: s.targets.values,
		Compilers: s.compilers.values, Externals: s.externals.values,
	}
	if len(s.buildable.values) == 1 && !s.buildable.values[0].on {
		place := s.buildable.values[0].place
		c.NotBuildable = &place
	}
	for virtual, names := range s.providers {
		if c.Providers == nil {
			c.Providers = map[string][]packages.PlacedName{}
		}
		c.Providers[virtual] = names.values
	}
	return c
}

// sectionKeys are the keys of a package's settings. The last ones are Spack's and mean nothing to us.
var sectionKeys = []string{
	"buildable", "require", "prefer", "conflict", "version", "variants", "providers", "target", "compiler",
	"externals", "paths", "modules", "permissions", "package_attributes",
}

func readSection(name string, n yamldoc.Node) *section {
	s := &section{}
	known := slices.Clone(sectionKeys)
	for _, k := range sectionKeys {
		known = append(known, k+":")
	}
	f := n.Fields(known...)
	get := func(key string) (yamldoc.Node, bool) {
		f.OneOf(key, key+":")
		if f.Has(key + ":") {
			return f.Get(key + ":"), true
		}
		return f.Get(key), false
	}
	s.buildable = read(get, "buildable", func(e yamldoc.Node) (buildable, bool) {
		return buildable{on: e.Bool(), place: e.Place()}, true
	})
	s.require = read(get, "require", readRequirement)
	s.prefer = read(get, "prefer", readRequirement)
	s.conflict = read(get, "conflict", readRequirement)
	s.versions = read(get, "version", func(e yamldoc.Node) (packages.PlacedVersions, bool) {
		return packages.PlacedVersions{Versions: e.Versions(), Place: e.Place()}, e.IsScalar()
	})
	s.variants = read(get, "variants", placedSpec)
	s.targets = read(get, "target", func(e yamldoc.Node) (string, bool) {
		text := e.Line()
		return text, text != ""
	})
	s.compilers = read(get, "compiler", placedSpec)
	s.readProviders(get)
	s.readExternals(name, get)
	for _, key := range []string{"permissions", "package_attributes"} {
		v, _ := get(key)
		v.Map()
	}
	return s
}

// read reads a key whose value is a list or one entry.
func read[T any](get func(string) (yamldoc.Node, bool), key string, entry func(yamldoc.Node) (T, bool)) setting[T] {
	n, override := get(key)
	if !n.Exists() {
		return setting[T]{}
	}
	s := setting[T]{set: true, replaces: override || !n.IsList()}
	for _, e := range n.ListOrOne() {
		if value, ok := entry(e); ok {
			s.values = append(s.values, value)
		}
	}
	return s
}

func placedSpec(e yamldoc.Node) (packages.PlacedSpec, bool) {
	s := e.Spec()
	return packages.PlacedSpec{Spec: s, Place: e.Place()}, s != nil
}

// readRequirement reads "%gcc@13", or {one_of | any_of | spec: ..., when: ..., message: ...}.
func readRequirement(e yamldoc.Node) (packages.ConfigRequirement, bool) {
	r := packages.ConfigRequirement{Place: e.Place()}
	specs := e
	if e.IsMap() {
		f := e.Fields("one_of", "any_of", "spec", "when", "message")
		switch key := f.OneOf("one_of", "any_of", "spec"); key {
		case "":
			e.Errorf("one of spec, any_of and one_of is missing")
			return r, false
		case "one_of":
			r.Policy, specs = packages.OneOf, f.Get(key)
		case "any_of":
			r.Policy, specs = packages.AnyOf, f.Get(key)
		default:
			specs = f.Get(key)
		}
		r.When, r.Message = f.Get("when").When(), strings.TrimSpace(f.Get("message").Text())
	}
	for _, one := range specs.ListOrOne() {
		if s := one.Spec(); s != nil {
			r.Specs = append(r.Specs, s)
		}
	}
	return r, len(r.Specs) > 0
}

func (s *section) readProviders(get func(string) (yamldoc.Node, bool)) {
	n, hide := get("providers")
	s.hideProviders = hide
	for _, e := range n.Map() {
		virtual, override := strings.CutSuffix(e.Name(), ":")
		names := read(func(string) (yamldoc.Node, bool) { return e.Value, override }, "", func(p yamldoc.Node) (packages.PlacedName, bool) {
			named := p.Named() // libglx: [mesa+glx], as Spack's defaults have it: the package is preferred, its variant is not asked for
			if named == nil {
				return packages.PlacedName{}, false
			}
			return packages.PlacedName{Name: named.Name, Place: p.Place()}, true
		})
		if s.providers == nil {
			s.providers = map[string]setting[packages.PlacedName]{}
		}
		s.providers[virtual] = names
	}
}
