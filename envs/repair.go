package envs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamlrecipe"
	"github.com/berth-hpc/berth/spec/dag"
)

// Repaired is what a Repair did.
type Repaired struct {
	Mended   []store.Record // in place, without a build
	Rebuilt  []store.Record
	Accepted []store.Record  // packages of the host that are others now
	Left     []store.Problem // what is still wrong
	Report   *install.Report // of the builds; nil if there were none
}

// Repair brings damaged packages back to what they were: what their own lists tell how to is put right, the others are built anew, in the same place
// and under the same hash. A package of the host that was replaced by another is from now on that one.
func (s *Session) Repair(ctx context.Context, records []store.Record, build BuildOptions) (*Repaired, error) {
	st, err := s.Store()
	if err != nil {
		return nil, err
	}
	a := &install.Auditor{Store: st}
	done := &Repaired{}
	rebuild, err := s.mendAll(ctx, a, records, done)
	if err != nil {
		return done, err
	}
	if len(rebuild) > 0 {
		if err := s.rebuild(ctx, st, rebuild, build, done); err != nil {
			return done, err
		}
	}
	for _, r := range done.Rebuilt {
		needing, err := st.Dependents(r.Node.Hash())
		if err != nil {
			return done, err
		}
		records = append(records, needing...)
	}
	done.Left, err = verifyOnce(ctx, a, records)
	return done, err
}

// mendAll puts right what needs no build, and returns what has to be built anew.
func (s *Session) mendAll(ctx context.Context, a *install.Auditor, records []store.Record, done *Repaired) ([]store.Record, error) {
	alone, err := a.Store.Alone(ctx)
	if err != nil {
		return nil, err
	}
	defer alone()
	if err := a.Store.Sweep(); err != nil {
		return nil, err
	}
	found, err := a.VerifyAll(ctx, records, nil)
	if err != nil {
		return nil, err
	}
	var rebuild []store.Record
	for i, r := range records {
		switch {
		case len(found[i]) == 0:
		case r.Node.External() == nil:
			if err := a.Store.Mend(r, found[i]); err != nil {
				return nil, err
			}
			left, err := a.Verify(ctx, r)
			if err != nil {
				return nil, err
			}
			if len(left) > 0 {
				rebuild = append(rebuild, r)
			} else {
				done.Mended = append(done.Mended, r)
			}
		case found[i][0].Kind == store.Replaced:
			if err := a.Store.AcceptExternal(r); err != nil {
				return nil, err
			}
			done.Accepted = append(done.Accepted, r)
		}
	}
	return rebuild, nil
}

// rebuild builds packages anew. One that only lacks something that it needs stays, and gets that.
func (s *Session) rebuild(ctx context.Context, st *store.Store, records []store.Record, build BuildOptions, done *Repaired) error {
	a := &install.Auditor{Store: st}
	build.Explicit, build.Replace = false, map[string]store.Record{}
	var roots []*dag.Node
	for _, r := range records {
		problems, err := a.Verify(ctx, r)
		if err != nil {
			return err
		}
		roots = append(roots, r.Node)
		for _, p := range problems {
			if p.Kind != store.Dependency {
				build.Replace[r.Node.Hash()] = r
			}
		}
	}
	recipes, err := s.recipesOfInstalled(ctx, st)
	if err != nil {
		return err
	}
	done.Report, err = s.Install(ctx, roots, recipes, build)
	if done.Report != nil {
		done.Rebuilt = done.Report.Installed
	}
	return err
}

// verifyOnce verifies each record once.
func verifyOnce(ctx context.Context, a *install.Auditor, records []store.Record) ([]store.Problem, error) {
	seen := map[string]bool{}
	var once []store.Record
	for _, r := range records {
		if !seen[r.Node.Hash()] {
			seen[r.Node.Hash()] = true
			once = append(once, r)
		}
	}
	found, err := a.VerifyAll(ctx, once, nil)
	var left []store.Problem
	for _, problems := range found {
		left = append(left, problems...)
	}
	return left, err
}

// recipesOfInstalled finds the recipe that builds what is installed: that of an environment's lock, one of the repositories', or the text in
// the prefix itself. If none builds the same any more, it is the repositories', and the installer says what is wrong with it.
func (s *Session) recipesOfInstalled(ctx context.Context, st *store.Store) (recipeOf, error) {
	repo, err := s.Repo(ctx, nil, "")
	if err != nil {
		return nil, err
	}
	sources := []recipeOf{func(ctx context.Context, n *dag.Node) (*packages.Recipe, error) { return repo.Recipe(ctx, n.Name()) }}
	dirs, err := s.Environments()
	if err != nil {
		return nil, err
	}
	for _, dir := range dirs {
		e, err := Open(dir)
		if err != nil {
			continue // its recipes cannot be asked; others may do
		}
		lock, err := e.Lock()
		if err != nil || lock == nil {
			continue
		}
		if own, err := e.Repo(ctx, s, lock); err == nil {
			sources = append(sources, lockedRecipes{lock, own}.Recipe)
		}
	}
	sources = append(sources, func(_ context.Context, n *dag.Node) (*packages.Recipe, error) { return keptRecipe(st.Prefix(n)) })
	return func(ctx context.Context, n *dag.Node) (*packages.Recipe, error) {
		var first error
		for _, from := range sources {
			r, err := from(ctx, n)
			if err == nil && r != nil && builds(r, n) {
				return r, nil
			}
			if err == nil && r != nil {
				err = fmt.Errorf("no recipe builds what is installed any more; %s builds something else", r.Place)
			}
			if first == nil {
				first = err
			}
		}
		return nil, withHint(&install.IntegrityError{Node: n, What: "recipe", Err: first}, "`berth uninstall --force "+n.Name()+"` and `berth install` build it as the recipes have it now")
	}, nil
}

// builds reports whether a recipe builds exactly this node.
func builds(r *packages.Recipe, n *dag.Node) bool {
	digest, err := packages.BuildDigest(r, n)
	return err == nil && r.Builder != nil && digest == n.Attrs().PackageHash
}

// keptRecipe reads the recipe that a prefix keeps.
func keptRecipe(prefix string) (*packages.Recipe, error) {
	file := filepath.Join(prefix, ".berth", "recipe")
	text, err := store.RecipeText(prefix)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("rebuild what is in %s: it keeps no recipe", prefix)
	}
	if err != nil {
		return nil, err
	}
	return yamlrecipe.Parse(file, text, nil)
}
