package envs

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
	"github.com/berth-hpc/berth/spec/suggest"
)

// NotLockedError is a package to update that the lock does not have.
type NotLockedError struct {
	Name    string
	Nearest []string // names that the lock has
}

func (e *NotLockedError) Error() string {
	return fmt.Sprintf("update %s: %s has no such package", e.Name, LockName)
}

// Hint names what may have been meant.
func (e *NotLockedError) Hint() string {
	if len(e.Nearest) == 0 {
		return "`berth tree` shows what it has"
	}
	return "did you mean " + strings.Join(e.Nearest, ", ") + "?"
}

// keep makes the resolution move no more of a lock than it must: what is locked can be taken as it is, and what cannot, because something below it
// moves, keeps its version, variants and providers where these are still possible. The packages to update are resolved as if they had never
// been locked; so is what was built for other GPUs than the system has now. What nobody has the recipe of any more is not taken as it is, nor is what is
// for another target than packages are built for now.
func (r *resolution) keep(ctx context.Context, lock *Lock, locked *LockedSystem, update []string) error {
	old := nodesByName(locked)
	for _, name := range update {
		if old[name] == nil {
			return &NotLockedError{name, suggest.Nearest(name, slices.Sorted(maps.Keys(old)), 3)}
		}
	}
	kept := lockedNodes{}
	otherGPUs := !slices.Equal(r.locked.GPUs, locked.Request.GPUs)
	for name, nodes := range old {
		if !slices.Contains(update, name) && !(otherGPUs && slices.ContainsFunc(nodes, concretizer.ForGPUs)) {
			kept[name] = slices.DeleteFunc(slices.Clone(nodes), func(n *dag.Node) bool {
				return r.otherTarget(locked, n) || outdated(ctx, r.request.Repo, lock, n)
			})
		}
	}
	r.request.Reuse = kept
	c := &r.request.Config
	c.Packages = maps.Clone(c.Packages)
	if c.Packages == nil {
		c.Packages = map[string]packages.PackageConfig{}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		for _, n := range old[name] {
			preferProviders(c, n)
		}
		if kept[name] != nil && len(old[name]) == 1 {
			preferAsLocked(c, old[name][0])
		}
	}
	return nil
}

// otherTarget reports whether a locked node is for another target than the one that packages are built for, and that has changed since.
func (r *resolution) otherTarget(locked *LockedSystem, n *dag.Node) bool {
	return n.External() == nil && r.locked.Target != locked.Request.Target && n.Attrs().Target != r.locked.Target
}

// outdated reports whether a locked node could not be built any more: the lock has no text of its recipe, and that of the repository builds
// something else by now.
func outdated(ctx context.Context, repo packages.Repo, lock *Lock, n *dag.Node) bool {
	locked := lock.Recipes[recipeKey(n)]
	if n.External() != nil || locked == nil || locked.Text != nil {
		return false
	}
	recipe, err := repo.Recipe(ctx, n.Name())
	if err != nil {
		return true
	}
	now, err := packages.BuildDigest(recipe, n)
	return err != nil || now != n.Attrs().PackageHash
}

// preferAsLocked puts a locked package's version and variants before all others.
func preferAsLocked(c *packages.Configuration, n *dag.Node) {
	place := packages.Place{File: LockName}
	p := c.Packages[n.Name()]
	p.Versions = append([]packages.PlacedVersions{{Versions: spec.Exactly(n.Version()), Place: place}}, p.Versions...)
	p.Variants = append([]packages.PlacedSpec{{Spec: &spec.Spec{Variants: n.Attrs().Variants}, Place: place}}, p.Variants...)
	c.Packages[n.Name()] = p
}

// preferProviders puts those that provide something to a locked package before all others.
func preferProviders(c *packages.Configuration, n *dag.Node) {
	for _, e := range n.Edges() {
		for _, virtual := range e.Virtuals {
			p := c.Packages[virtual]
			provider := packages.PlacedName{Name: e.To.Name(), Place: packages.Place{File: LockName}}
			if list := p.Providers[virtual]; len(list) > 0 && list[0].Name == provider.Name {
				continue
			}
			providers := maps.Clone(p.Providers)
			if providers == nil {
				providers = map[string][]packages.PlacedName{}
			}
			providers[virtual] = append([]packages.PlacedName{provider}, providers[virtual]...)
			p.Providers = providers
			c.Packages[virtual] = p
		}
	}
}
