package packages

import "github.com/berth-hpc/berth/spec"

// Configuration is the meaning of packages.yaml and of env.yaml's packages: what people ask of packages in general. Reading
// it is packages/config's work.
type Configuration struct {
	// All applies to every package.
	All PackageConfig
	// Packages holds the settings per package or virtual name.
	Packages map[string]PackageConfig
	// Licenses are the licences that packages may have; each policy must be obeyed.
	Licenses []LicensePolicy
}

// PackageConfig is the settings of one package, one virtual, or all.
type PackageConfig struct {
	// NotBuildable is the place of "buildable: false"; nil if it may be built.
	NotBuildable *Place
	Require      []ConfigRequirement
	Prefer       []ConfigRequirement // weaker: the solver tries
	Conflict     []ConfigRequirement
	Versions     []PlacedVersions        // preference order
	Variants     []PlacedSpec            // preferred variant values
	Providers    map[string][]PlacedName // under all, or a virtual: preference order of providers
	Targets      []string                // preference order
	Compilers    []PlacedSpec            // preference order (old style; %gcc@13)
	Externals    []External
}

// PreferredTargets lists the targets that a package is to be built for, strongest first: what its own section says, or else the one for all.
func (c *Configuration) PreferredTargets(name string) []string {
	if own := c.Packages[name].Targets; len(own) > 0 {
		return own
	}
	return c.All.Targets
}

// ConfigRequirement is one entry of require, prefer or conflict.
type ConfigRequirement struct {
	Specs   []*spec.Spec // anonymous or named
	Policy  RequirementPolicy
	When    When
	Message string
	Place   Place
}

// PlacedVersions is a version preference.
type PlacedVersions struct {
	Versions spec.Versions
	Place    Place
}

// PlacedSpec is a spec with where it was written.
type PlacedSpec struct {
	Spec  *spec.Spec
	Place Place
}

// PlacedName is a package name with where it was written.
type PlacedName struct {
	Name  string
	Place Place
}

// External is a package that the host has: an entry of externals.
type External struct {
	Spec       *spec.Spec        // names the package and one concrete version: gcc@12.2.0 languages=c,c++,fortran
	Prefix     string            // "/usr"
	Modules    []string          // to load before use
	Attributes map[string]string // flat extra_attributes: "compilers.c": "/usr/bin/gcc-12", "wrappers.mpicc": "/usr/bin/mpicc.openmpi"
	// Dependencies of the external on other externals, as v1.1 of packages.yaml has them (which compiler an MPI was built with).
	Dependencies []ExternalDependency
	ID           string
	Place        Place
}

// ExternalDependency is an edge between externals.
type ExternalDependency struct {
	ID       string     // of the external; or
	Spec     *spec.Spec // which external it must be
	Types    spec.DepTypes
	Virtuals []string
}

// NotBuildable is where the configuration says that the recipe's package may not be built, and of which virtual or package: itself, a
// virtual that it may provide, or "all". It is nil where nothing says so.
func (c Configuration) NotBuildable(r *Recipe) (place *Place, of string) {
	if p := c.Packages[r.Name].NotBuildable; p != nil {
		return p, r.Name
	}
	for _, provision := range r.Provides {
		for _, v := range provision.Virtuals {
			if p := c.Packages[v.Name].NotBuildable; p != nil {
				return p, v.Name
			}
		}
	}
	return c.All.NotBuildable, "all"
}
