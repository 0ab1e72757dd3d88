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
	own := config.Merge(system.Packages...).Packages
	for _, name := range slices.Sorted(maps.Keys(own)) {
		for _, p := range preferences(own[name]) {
			r, err := repo.Recipe(ctx, name)
			if errors.Is(err, packages.ErrUnknownPackage) { // a virtual, or nothing
				if err := c.check(name, p.Place); err != nil {
					s.warn("%v (this preference changes nothing)", err)
				}
				break
			}
			if err != nil {
				return err
			}
			if err := unknownVariant(r, p); err != nil {
				s.warn("%v (this preference changes nothing)", err)
			}
		}
	}
	return nil
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
