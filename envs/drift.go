package envs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/packages/host/gpu"
	"github.com/berth-hpc/berth/packages/yamlrecipe"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/dag"
)

// DriftError says that env.lock is not, or no longer, what env.yaml, the recipes or the host would give.
type DriftError struct {
	Drifts []string // one thing each: "hypre: its recipe (recipes/hypre.yaml) builds something else than when it was locked"
}

func (e *DriftError) Error() string {
	return LockName + " has drifted:\n  " + strings.Join(e.Drifts, "\n  ")
}

// Hint says how to go on.
func (e *DriftError) Hint() string {
	return "`berth concretize` writes the lock anew; take the change back to keep the old one"
}

// staleRequest lists how what env.yaml asks for differs from what was locked.
func staleRequest(m *Manifest, system System, lock *Lock) []string {
	if lock == nil {
		return []string{fmt.Sprintf("there is no %s", LockName)}
	}
	locked := lock.Systems[system.Name]
	if locked == nil {
		return []string{fmt.Sprintf("%s has no system %s", LockName, system.Name)}
	}
	var drifts []string
	asked := map[string]bool{}
	for _, p := range system.Specs {
		text := p.Spec.String()
		asked[text] = true
		if _, ok := locked.Roots[text]; !ok {
			drifts = append(drifts, fmt.Sprintf("%s: %s is asked for but not locked", p.Place, text))
		}
	}
	for text := range locked.Roots {
		if !asked[text] {
			drifts = append(drifts, fmt.Sprintf("%s is locked but no longer asked for", text))
		}
	}
	slices.Sort(drifts)
	if digest([]byte(system.packagesText)) != locked.Request.Packages {
		drifts = append(drifts, fmt.Sprintf("the packages or toolchains section of %s changed", ManifestName))
	}
	if m.Tune.locked(system) != locked.Request.Tune {
		drifts = append(drifts, fmt.Sprintf("the section tune of %s changed, or the target beside it", ManifestName))
	} else if m.Tune == nil && system.Target != "" && system.Target != nativeTarget && system.Target != locked.Request.Target {
		drifts = append(drifts, fmt.Sprintf("target is %s, locked was %s", system.Target, locked.Request.Target))
	}
	if len(system.GPUs) > 0 && !slices.Equal(system.GPUs, locked.Request.GPUs) {
		drifts = append(drifts, fmt.Sprintf("gpu is %s, locked was %s", strings.Join(system.GPUs, ", "), cmp.Or(strings.Join(locked.Request.GPUs, ", "), "none")))
	}
	drifts = append(drifts, staleRepos(m, lock)...)
	if m.Unify != locked.Request.Unify {
		drifts = append(drifts, fmt.Sprintf("unify is %s, locked was %s", m.Unify, locked.Request.Unify))
	}
	return drifts
}

// driftedHost lists how this machine differs from the one that the lock was made on, as far as it matters to the builds. Externals that stand elsewhere
// cannot be looked at.
func driftedHost(facts host.Facts, locked *LockedSystem, found *LockedHost, elsewhere bool) []string {
	var drifts []string
	if facts.Platform != locked.Request.Platform || facts.OS != locked.Request.OS {
		drifts = append(drifts, fmt.Sprintf("this host is %s-%s, locked was %s-%s", facts.Platform, facts.OS, locked.Request.Platform, locked.Request.OS))
	}
	want, known := arch.Lookup(locked.Request.Target)
	if here, ok := arch.Lookup(facts.Target); known && ok && !want.Compatible(here) {
		drifts = append(drifts, fmt.Sprintf("this host is a %s and cannot run what is built for %s", facts.Target, locked.Request.Target))
	}
	drifts = append(drifts, driftedLibc(facts.Libc, locked)...)
	for _, n := range dag.Topological(locked.RootNodes()...) {
		x := n.External()
		if x == nil || elsewhere {
			continue
		}
		if _, err := os.Stat(x.Prefix); err != nil && x.Prefix != "" {
			drifts = append(drifts, fmt.Sprintf("external %s: %s is gone", n.Spec(), x.Prefix))
		} else if found != nil && found.Externals[n.Hash()] != "" && found.Externals[n.Hash()] != Fingerprint(n) {
			drifts = append(drifts, fmt.Sprintf("external %s in %s is not what it was when it was locked", n.Spec(), x.Prefix))
		}
	}
	return drifts
}

// driftedDriver tells that a machine's driver does not run what a locked CUDA toolkit builds.
func driftedDriver(facts gpu.Facts, locked *LockedSystem) []string {
	ceiling, known := facts.CUDACeiling()
	for _, n := range dag.Topological(locked.RootNodes()...) {
		if known && n.Name() == "cuda" && !ceiling.Allows(n.Version().String()) {
			return []string{fmt.Sprintf("%s is locked, but %s", n, ceiling)}
		}
	}
	return nil
}

// lockedRecipes gives each node the recipe that it was locked with: the text in the lock, or the repository's where the lock has only its
// digest.
type lockedRecipes struct {
	lock *Lock
	repo packages.Repo
}

// Recipe returns the recipe of a node.
func (r lockedRecipes) Recipe(ctx context.Context, n *dag.Node) (*packages.Recipe, error) {
	locked := r.lock.Recipes[recipeKey(n)]
	if locked == nil && r.upstreams(n) {
		recipe, err := r.repo.Recipe(ctx, n.Name())
		if errors.Is(err, packages.ErrUnknownPackage) {
			return &packages.Recipe{Name: n.Name()}, nil // an upstream has it, and that is all that is known
		}
		return recipe, err
	}
	if locked == nil {
		return nil, &DriftError{[]string{fmt.Sprintf("%s: %s has no recipe for it", n.Name(), LockName)}}
	}
	if locked.Text == nil {
		return r.repo.Recipe(ctx, n.Name())
	}
	files := map[string][]byte{}
	for name, lines := range locked.Files {
		files[name] = joinText(lines)
	}
	recipe, err := yamlrecipe.Parse(locked.File, joinText(locked.Text), files)
	if err != nil {
		return nil, fmt.Errorf("read the recipe in %s: %w", LockName, err)
	}
	if recipe.ContentHash != locked.Digest {
		return nil, &DriftError{[]string{fmt.Sprintf("%s: the text of its recipe in %s is not the one that was locked", n.Name(), LockName)}}
	}
	return recipe, nil
}

// upstreams reports whether a node was locked as what an upstream has.
func (r lockedRecipes) upstreams(n *dag.Node) bool {
	if n.Attrs().Recorded != nil {
		return true
	}
	for _, h := range r.lock.Host {
		if h.Upstreams[n.Hash()] != "" {
			return true
		}
	}
	return false
}

// drifted lists the nodes whose recipe would now build something else than when they were locked.
func (r lockedRecipes) drifted(ctx context.Context, nodes []*dag.Node) ([]string, error) {
	var drifts []string
	for _, n := range nodes {
		if n.External() != nil || r.upstreams(n) {
			continue
		}
		recipe, err := r.Recipe(ctx, n)
		var drift *DriftError
		switch {
		case errors.As(err, &drift):
			drifts = append(drifts, drift.Drifts...)
			continue
		case err != nil:
			return nil, err
		}
		now, err := packages.BuildDigest(recipe, n)
		if err != nil {
			return nil, err
		}
		if now != n.Attrs().PackageHash {
			drifts = append(drifts, fmt.Sprintf("%s: its recipe (%s) builds something else than when it was locked", n.Name(), recipe.Place.File))
		}
	}
	return drifts, nil
}
