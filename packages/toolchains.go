package packages

import (
	"fmt"

	"github.com/berth-hpc/berth/spec"
)

// ExpandToolchains returns the configuration with the toolchains in its requirements, preferences and conflicts replaced by what they mean;
// c is left as it is. The error says in which file and line they are used wrongly.
func (c Configuration) ExpandToolchains(t spec.Toolchains) (Configuration, error) {
	if len(t) == 0 {
		return c, nil
	}
	var err error
	if c.All, err = c.All.expandToolchains(t); err != nil {
		return c, err
	}
	expanded := make(map[string]PackageConfig, len(c.Packages))
	for name, p := range c.Packages {
		if expanded[name], err = p.expandToolchains(t); err != nil {
			return c, err
		}
	}
	c.Packages = expanded
	return c, nil
}

func (p PackageConfig) expandToolchains(t spec.Toolchains) (PackageConfig, error) {
	for _, list := range []*[]ConfigRequirement{&p.Require, &p.Prefer, &p.Conflict} {
		expanded := make([]ConfigRequirement, len(*list))
		for i, r := range *list {
			specs := make([]*spec.Spec, len(r.Specs))
			for k, s := range r.Specs {
				var err error
				if specs[k], err = t.Expand(s); err != nil {
					return p, fmt.Errorf("%s: %w", r.Place, err)
				}
			}
			r.Specs = specs
			expanded[i] = r
		}
		*list = expanded
	}
	return p, nil
}
