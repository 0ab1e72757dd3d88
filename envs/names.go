package envs

import (
	"maps"
	"slices"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/config"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/suggest"
)

// checkNames refuses requirements of env.yaml that speak of packages that no repository has: nothing could meet them, and a person has probably
// misspelled a name. Preferences, externals and alternatives may name what only another machine's repositories have.
func checkNames(repo packages.Repo, m *Manifest, system System) error {
	c := nameChecker{repo: repo}
	own := config.Merge(system.Packages...)
	for _, name := range slices.Sorted(maps.Keys(own.Packages)) {
		for _, r := range own.Packages[name].Require {
			if err := c.check(name, r.Place); err != nil {
				return err
			}
			if err := c.requirement(r); err != nil {
				return err
			}
		}
	}
	for _, r := range own.All.Require {
		if err := c.requirement(r); err != nil {
			return err
		}
	}
	if m.Tune != nil {
		for _, p := range m.Tune.Specs {
			if err := c.check(p.Spec.Name, p.Place); err != nil {
				return err
			}
		}
	}
	return nil
}

type nameChecker struct {
	repo  packages.Repo
	names []string // read on first use
}

// requirement checks the names in a requirement: all of them must be known, and of alternatives one.
func (c *nameChecker) requirement(r packages.ConfigRequirement) error {
	var first error
	for _, s := range r.Specs {
		err := c.spec(s, r.Place)
		if err == nil && r.Policy != packages.AllOf {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// spec checks a spec and its ^; what stands behind % may be a toolchain.
func (c *nameChecker) spec(s *spec.Spec, place packages.Place) error {
	if err := c.check(s.Name, place); err != nil {
		return err
	}
	for _, d := range s.Deps {
		if !d.Direct {
			if err := c.spec(d.Spec, place); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *nameChecker) check(name string, place packages.Place) error {
	if c.names == nil {
		c.names = append(slices.Clone(c.repo.Names()), c.repo.Virtuals()...)
		slices.Sort(c.names)
	}
	if _, known := slices.BinarySearch(c.names, name); known || name == "" {
		return nil
	}
	return &concretizer.UnknownPackageError{Name: name, At: place, Nearest: suggest.Nearest(name, c.names, 3)}
}
