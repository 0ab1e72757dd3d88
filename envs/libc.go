package envs

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// withLibc makes a system's C library an external, unless configuration describes one already: what is compiled links to it, and what exists fits only
// where it is not older. A repository that has no recipe for it knows no C libraries.
func withLibc(ctx context.Context, c *packages.Configuration, repo packages.Repo, libc host.Libc, place packages.Place) error {
	if libc.Name == "" || libc.Version == "" || len(c.Packages[libc.Name].Externals) > 0 {
		return nil
	}
	if _, err := repo.Recipe(ctx, libc.Name); errors.Is(err, packages.ErrUnknownPackage) {
		return nil
	} else if err != nil {
		return err
	}
	version, err := spec.ParseVersion(libc.Version)
	if err != nil {
		return fmt.Errorf("resolve: the C library of %s: %w", place, err)
	}
	c.Packages = maps.Clone(c.Packages)
	if c.Packages == nil {
		c.Packages = map[string]packages.PackageConfig{}
	}
	section := c.Packages[libc.Name]
	section.Externals = []packages.External{{Spec: &spec.Spec{Name: libc.Name, Versions: spec.Exactly(version)}, Prefix: "/usr", Place: place}}
	c.Packages[libc.Name] = section
	return nil
}

// runsOn tells whether what was built on one C library runs with another: one of the same kind that is not older.
func runsOn(built, have host.Libc) bool {
	b, err := spec.ParseVersion(built.Version)
	h, err2 := spec.ParseVersion(have.Version)
	return built.Name == have.Name && (err != nil || err2 != nil || b.Compare(h) <= 0)
}

// driftedLibc tells that what was locked was built on a C library that this machine does not have: another one, or a newer one.
func driftedLibc(have host.Libc, locked *LockedSystem) []string {
	if have.Name == "" {
		return nil
	}
	for _, n := range dag.Topological(locked.RootNodes()...) {
		if packages.IsLibc(n.Name()) && !runsOn(host.Libc{Name: n.Name(), Version: n.Version().String()}, have) {
			return []string{fmt.Sprintf("this host has %s %s, locked was %s %s", have.Name, have.Version, n.Name(), n.Version())}
		}
	}
	return nil
}
