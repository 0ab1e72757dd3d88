package yamlrecipe

import (
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// buildSystem is one way of building. The known ones are in systems; each plans its phases in a file of its own.
type buildSystem struct {
	name string
	// value is what the variant build_system calls it: Spack's name where that is another, so that a spec means the same.
	value string
	keys  []string // of the build section, beside commonKeys
	// variants and depends are what the system adds to a recipe that uses it.
	variants []packages.VariantDecl
	depends  []impliedDep
	// extends is the package whose modules these are, which is then needed to build and to run; "" is none.
	extends string
	// runEnv is how what was built is found by those who use it.
	runEnv []packages.EnvMod
	// testTarget is what make calls the package's own tests where the recipe does not say; "" if there is no convention.
	testTarget string
	// plan adds the phases between edit and check.
	plan func(p *planner, s *buildSpec)
}

// impliedDep is a build dependency that a build system brings along.
type impliedDep struct {
	name string
	when string // "generator=ninja"; "" is always
}

var systems = []*buildSystem{autotoolsSystem, cmakeSystem, mesonSystem, makefileSystem, pythonSystem, perlSystem, scriptSystem, bundleSystem}

func findSystem(name string) *buildSystem {
	for _, s := range systems {
		if s.name == name {
			return s
		}
	}
	return nil
}

func systemList() []string {
	var names []string
	for _, s := range systems {
		names = append(names, s.name)
	}
	return names
}

func systemNames() string { return strings.Join(systemList(), ", ") }

// buildSystemVariant is the variant that says which of a recipe's build sections is used.
const buildSystemVariant = "build_system"

// addImplied adds what build systems bring along: the variant build_system, their own variants and the tools they need. What
// the recipe declares itself stays as it is.
func (rd *reader) addImplied(specs []*buildSpec) {
	if len(specs) == 0 {
		return
	}
	choice := packages.VariantDecl{Name: buildSystemVariant, About: "build system", Kind: packages.SingleVariant, Place: specs[0].place}
	for _, s := range specs {
		if i := slices.IndexFunc(choice.Values, func(v packages.VariantValue) bool { return v.Value == s.system.value }); i >= 0 {
			choice.Values[i].When = nil // a condition cannot say "or": where no section holds, the plan of the build tells
			continue
		}
		choice.Values = append(choice.Values, packages.VariantValue{Value: s.system.value, When: s.when})
	}
	choice.Default = []string{choice.Values[0].Value}
	if _, ok := rd.variant(buildSystemVariant); !ok {
		rd.recipe.Variants = append(rd.recipe.Variants, choice)
	}
	for i, s := range specs {
		if slices.ContainsFunc(specs[:i], func(o *buildSpec) bool { return o.system == s.system }) {
			continue
		}
		rd.addSystem(s, len(choice.Values) > 1)
	}
}

// addSystem adds the variants and tools of one system; conditional if the recipe can be built with another one.
func (rd *reader) addSystem(s *buildSpec, conditional bool) {
	var when packages.When
	if conditional {
		when = packages.When{&spec.Spec{Variants: []spec.Variant{{Name: buildSystemVariant, Values: []string{s.system.value}}}}}
	}
	rd.addExtends(s, when)
	for _, v := range s.system.variants {
		if _, ok := rd.variant(v.Name); ok {
			continue
		}
		v.When = slices.Concat(when, v.When)
		v.Place = s.place
		rd.recipe.Variants = append(rd.recipe.Variants, v)
	}
	for _, d := range s.system.depends {
		if slices.ContainsFunc(rd.recipe.Depends, func(o packages.Dependency) bool {
			return o.Spec.Name == d.name && o.Types == spec.Build && len(o.When) == 0
		}) {
			continue
		}
		dep := packages.Dependency{Spec: &spec.Spec{Name: d.name}, Types: spec.Build, When: slices.Clone(when), Place: s.place}
		if name, value, ok := strings.Cut(d.when, "="); ok {
			dep.When = append(dep.When, &spec.Spec{Variants: []spec.Variant{{Name: name, Values: []string{value}}}})
		}
		rd.recipe.Depends = append(rd.recipe.Depends, dep)
	}
}

// addExtends makes the recipe an extension of what its build system's packages extend.
func (rd *reader) addExtends(s *buildSpec, when packages.When) {
	if s.system.extends == "" {
		return
	}
	if len(s.system.runEnv) > 0 {
		rd.recipe.RunEnv = append(rd.recipe.RunEnv, packages.ConditionalEnv{Mods: s.system.runEnv, When: when})
	}
	if !slices.ContainsFunc(rd.recipe.Extends, func(x packages.Extension) bool { return x.Spec.Name == s.system.extends && len(x.When) == 0 }) {
		rd.recipe.Extends = append(rd.recipe.Extends, packages.Extension{
			Spec: &spec.Spec{Name: s.system.extends}, Types: spec.Build | spec.Run, When: slices.Clone(when), Place: s.place,
		})
	}
}

// variant merges the definitions of a variant; ok is false if the recipe has none of that name.
func (rd *reader) variant(name string) (v variantOf, ok bool) {
	for _, d := range rd.recipe.Variants {
		if d.Name != name {
			continue
		}
		ok = true
		v.isBool = v.isBool || d.Kind == packages.BoolVariant
		v.any = v.any || d.Any
		for _, value := range d.Values {
			v.values = append(v.values, value.Value)
		}
	}
	return v, ok
}

func (rd *reader) variantNames() []string {
	var names []string
	for _, d := range rd.recipe.Variants {
		if !slices.Contains(names, d.Name) {
			names = append(names, d.Name)
		}
	}
	return names
}
