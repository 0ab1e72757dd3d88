package envs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/install/fetch"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// FetchLocked brings the sources of a locked environment into the cache, those of all of its systems or of one, and builds nothing. Packages
// that are installed are not left out: another machine may lack them.
func (e *Environment) FetchLocked(ctx context.Context, s *Session, o Options, allSystems bool) ([]install.Fetched, error) {
	lock, err := e.Lock()
	if err != nil {
		return nil, err
	}
	if lock == nil {
		return nil, withHint(fmt.Errorf("fetch sources: there is no %s in %s", LockName, e.Dir), "`berth concretize` writes it")
	}
	repo, err := e.repoOf(ctx, s, o)
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(lock.Systems))
	if !allSystems {
		system, err := e.Manifest.System(o.System)
		if err != nil {
			return nil, err
		}
		if lock.Systems[system.Name] == nil {
			return nil, withHint(fmt.Errorf("fetch sources: %s has nothing for system %s", LockName, system.Name), "`berth concretize` locks it")
		}
		names = []string{system.Name}
	}
	var roots []*dag.Node
	for _, name := range names {
		roots = append(roots, lock.Systems[name].RootNodes()...)
	}
	return s.fetchSources(ctx, roots, lockedRecipes{lock, repo}.Recipe, lock)
}

// FetchSpecs resolves specs as InstallSpecs does, but reuses nothing, and brings the sources into the cache.
func (s *Session) FetchSpecs(ctx context.Context, specs []*spec.Spec, o Options) ([]install.Fetched, error) {
	repo := o.Repo
	if repo == nil {
		var err error
		if repo, err = s.Repo(ctx, nil, ""); err != nil {
			return nil, err
		}
	}
	o.Repo = repo
	solution, err := s.Resolve(ctx, specs, o)
	if err != nil {
		return nil, err
	}
	recipes := func(ctx context.Context, n *dag.Node) (*packages.Recipe, error) { return repo.Recipe(ctx, n.Name()) }
	return s.fetchSources(ctx, solution.Roots, recipes, &Lock{})
}

func (s *Session) fetchSources(ctx context.Context, roots []*dag.Node, recipes recipeOf, lock *Lock) ([]install.Fetched, error) {
	st, err := s.Store()
	if err != nil {
		return nil, err
	}
	in := &install.Installer{Store: st, Recipes: recipes, Fetcher: s.fetcher(st), LockedCommit: lock.commit, Warn: s.Warn}
	return in.Fetch(ctx, roots, lock.isUpstream)
}

// CreateMirror puts what was fetched into a mirror: a directory, or a file whose name ends with ".tar".
func (s *Session) CreateMirror(ctx context.Context, list []install.Fetched, dest string) (fetch.Mirrored, error) {
	st, err := s.Store()
	if err != nil {
		return fetch.Mirrored{}, err
	}
	var files []string
	for _, f := range list {
		files = append(files, f.Files...)
	}
	return s.fetcher(st).WriteMirror(ctx, files, dest)
}

// OpenLock opens the environment that an env.lock, or a directory with one, belongs to.
func OpenLock(path string) (*Environment, error) {
	dir, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find environment: %w", err)
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	e, err := Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, withHint(&NoEnvironmentError{dir}, "name an env.lock that stands beside its env.yaml, or their directory")
	}
	return e, err
}

// isUpstream reports whether a node stands in an upstream tree and has no recipe here: it is never built.
func (l *Lock) isUpstream(n *dag.Node) bool {
	for _, h := range l.Host {
		if h.Upstreams[n.Hash()] != "" && l.Recipes[recipeKey(n)] == nil {
			return true
		}
	}
	return false
}
