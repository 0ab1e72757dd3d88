package envs

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/install/upstream"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/builtin"
	"github.com/berth-hpc/berth/packages/host/gpu"
	"github.com/berth-hpc/berth/spec/dag"
)

// makeLock writes down a solution with everything that is needed to build it, and takes the other systems over from the old lock.
func makeLock(ctx context.Context, s *Session, r *resolution, st *store.Store, solution *concretizer.Solution, old *Lock, fresh bool) (*Lock, error) {
	lock := &Lock{
		Version: lockVersion,
		Systems: map[string]*LockedSystem{}, Recipes: map[string]*LockedRecipe{}, Sources: map[string]*LockedSource{}, Host: map[string]*LockedHost{},
	}
	lock.Repositories = identities(r.request.Repo)
	if old != nil {
		lock.keepOthers(old, r.system.Name)
	}
	nodes := dag.Topological(solution.Roots...)
	locked := r.locked
	if !slices.ContainsFunc(nodes, usesGPU) {
		r.facts.GPU = gpu.Facts{} // they are nothing that the answer depends on
		if !r.asked {
			locked.GPUs = nil
		}
	}
	system := &LockedSystem{Request: locked, Roots: map[string]string{}}
	for i, asked := range r.specs {
		system.Roots[asked.String()] = solution.Roots[i].Hash()
	}
	system.Nodes = dag.MarshalNodes(nodes)
	if err := system.link(); err != nil {
		return nil, fmt.Errorf("write lock: %w", err)
	}
	lock.Systems[r.system.Name] = system
	facts, err := json.Marshal(r.facts)
	if err != nil {
		return nil, fmt.Errorf("write lock: %w", err)
	}
	found := &LockedHost{Facts: facts, Externals: map[string]string{}, Upstreams: fromUpstreams(st, solution, nodes)}
	lock.Host[r.system.Name] = found
	for _, n := range nodes {
		if n.External() != nil {
			r.fingerprint(found, old, n)
			continue
		}
		if n.Attrs().Recorded != nil {
			continue // another tool built it, and berth never will
		}
		if err := lock.addRecipe(ctx, r.request.Repo, n, old); err != nil && found.Upstreams[n.Hash()] == "" {
			return nil, err
		}
		if err := lock.addSource(ctx, s, r.request.Repo, n, old, fresh); err != nil {
			return nil, err
		}
	}
	return lock, nil
}

// keepOthers takes over every system but one, with what only it needs.
func (l *Lock) keepOthers(old *Lock, except string) {
	for name, system := range old.Systems {
		if name == except {
			continue
		}
		l.Systems[name] = system
		if h := old.Host[name]; h != nil {
			l.Host[name] = h
		}
		for _, n := range system.graph {
			if recipe := old.Recipes[recipeKey(n)]; recipe != nil && n.External() == nil {
				l.Recipes[recipeKey(n)] = recipe
			}
			if source := old.Sources[sourceKey(n)]; source != nil {
				l.Sources[sourceKey(n)] = source
			}
		}
	}
}

// addRecipe writes down the recipe and the source of a node. A node that was kept from the old lock keeps the recipe that it was locked with.
func (l *Lock) addRecipe(ctx context.Context, repo packages.Repo, n *dag.Node, old *Lock) error {
	recipe, err := repo.Recipe(ctx, n.Name())
	if err == nil {
		var now string
		if now, err = packages.BuildDigest(recipe, n); err == nil && now == n.Attrs().PackageHash {
			l.Recipes[recipeKey(n)] = lockRecipe(recipe, embedded(repo, n))
			return nil
		}
	}
	if old != nil && old.Recipes[recipeKey(n)] != nil {
		l.Recipes[recipeKey(n)] = old.Recipes[recipeKey(n)]
		if source := old.Sources[sourceKey(n)]; source != nil {
			l.Sources[sourceKey(n)] = source
		}
		return nil
	}
	if err == nil {
		err = fmt.Errorf("its recipe builds something else than was resolved")
	}
	return fmt.Errorf("lock %s: %w", n.Name(), err)
}

// addSource writes down the source of a node that the recipe of today builds.
func (l *Lock) addSource(ctx context.Context, s *Session, repo packages.Repo, n *dag.Node, old *Lock, fresh bool) error {
	recipe, err := repo.Recipe(ctx, n.Name())
	if locked := l.Recipes[recipeKey(n)]; err != nil || l.Sources[sourceKey(n)] != nil || locked == nil || locked.Digest != recipe.ContentHash {
		return nil // it was kept, with its recipe
	}
	decl, err := recipe.SourceFor(n)
	if err != nil || decl.SHA256 == "" && decl.Git == nil {
		return nil
	}
	var before *LockedSource
	if old != nil && !fresh {
		before = old.Sources[sourceKey(n)]
	}
	l.Sources[sourceKey(n)], err = s.lockSource(ctx, n, decl, before)
	return err
}

// lockRecipe writes down a recipe, with its text if it leaves with the next binary.
func lockRecipe(recipe *packages.Recipe, withText bool) *LockedRecipe {
	locked := &LockedRecipe{Digest: recipe.ContentHash}
	if !withText {
		return locked
	}
	locked.File, locked.Text = recipe.Place.File, textLines(recipe.Text)
	keep := func(patches []packages.Patch) {
		for _, p := range patches {
			if p.File != "" {
				if locked.Files == nil {
					locked.Files = map[string][]string{}
				}
				locked.Files[p.File] = textLines(p.Content)
			}
		}
	}
	keep(recipe.Patches)
	for _, d := range recipe.Depends {
		keep(d.Patches)
	}
	return locked
}

// embedded reports whether a node's recipe is part of the binary.
func embedded(repo packages.Repo, n *dag.Node) bool {
	for _, layer := range packages.Layers(repo) {
		if layer.Identity() == builtin.Name {
			return slices.Contains(layer.Names(), n.Name())
		}
		// Namespaces say nothing: Spack's own repository calls itself builtin, too.
		if slices.Contains(layer.Names(), n.Name()) {
			return false
		}
	}
	return false
}

func recipeKey(n *dag.Node) string { return n.Attrs().Namespace + "." + n.Name() }

func sourceKey(n *dag.Node) string { return n.Name() + "@" + n.Version().String() }

// identities lists the repositories in the order in which they were searched.
func identities(repo packages.Repo) []LockedRepo {
	var list []LockedRepo
	for _, r := range packages.Layers(repo) {
		if r.Identity() == upstream.ReposNamespace {
			continue
		}
		locked := LockedRepo{Namespace: r.Namespace(), Identity: r.Identity()}
		if spack, ok := r.(*SpackRepo); ok && spack.Ref.URL != "" {
			locked.Name, locked.URL = spack.Ref.Name, spack.Ref.URL
		}
		list = append(list, locked)
	}
	return list
}
