package envs

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/config"
)

// warnOfVain tells of the preferences in env.yaml that can change nothing: for packages that there are not, for variants that a package
// does not have. They are no errors, as repositories differ from machine to machine, but mostly they are misspelled.
func (s *Session) warnOfVain(ctx context.Context, repo packages.Repo, system System) error {
	c := nameChecker{repo: repo}
	merged := config.Merge(system.Packages...)
	for _, virtual := range slices.Sorted(maps.Keys(merged.All.Providers)) {
		for _, p := range merged.All.Providers[virtual] {
			var unknown *concretizer.UnknownPackageError
			if err := c.check(p.Name, p.Place); errors.As(err, &unknown) && len(unknown.Nearest) > 0 {
				s.warn("%v (this preference changes nothing)", err)
			}
		}
	}
	own := merged.Packages
	for _, name := range slices.Sorted(maps.Keys(own)) {
		place, ok := firstPreference(own[name])
		if !ok {
			continue
		}
		r, err := repo.Recipe(ctx, name)
		if errors.Is(err, packages.ErrUnknownPackage) { // a virtual, or nothing
			if err := c.check(name, place); err != nil {
				s.warn("%v (this preference changes nothing)", err)
			}
			continue
		}
		if err != nil {
			return err
		}
		for _, p := range preferences(own[name]) {
			if err := unknownVariant(r, p); err != nil {
				s.warn("%v (this preference changes nothing)", err)
			}
		}
	}
	return nil
}

// firstPreference is where the first thing stands that is said of how a package is to be. That it exists somewhere as an external is none.
func firstPreference(p packages.PackageConfig) (packages.Place, bool) {
	if list := preferences(p); len(list) > 0 {
		return list[0].Place, true
	}
	switch {
	case len(p.Versions) > 0:
		return p.Versions[0].Place, true
	case len(p.Conflict) > 0:
		return p.Conflict[0].Place, true
	case p.NotBuildable != nil && len(p.Externals) == 0:
		return *p.NotBuildable, true
	}
	return packages.Place{}, false
}

// preferences lists what is preferred of a package's own variants, wherever in its section that stands.
func preferences(p packages.PackageConfig) []packages.PlacedSpec {
	out := slices.Clone(p.Variants)
	for _, r := range p.Prefer {
		for _, s := range r.Specs {
			out = append(out, packages.PlacedSpec{Spec: s, Place: r.Place})
		}
	}
	return out
}

// unknownVariant names the first variant of a preference that the recipe does not declare under any condition.
func unknownVariant(r *packages.Recipe, p packages.PlacedSpec) error {
	if p.Spec.Name != "" && p.Spec.Name != r.Name {
		return nil
	}
	names := r.VariantNames()
	for _, v := range p.Spec.Variants {
		if !v.Propagate && !slices.Contains(names, v.Name) {
			return concretizer.UnknownVariant(r, v.Name, p.Place)
		}
	}
	return nil
}
