package install

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// prepared is what is known of a build before it starts.
type prepared struct {
	node    *dag.Node
	recipe  *packages.Recipe
	phases  []packages.Phase
	patches []packages.Patch

	fetched chan struct{} // closed when the next two are set
	sources *sources
	srcErr  error
}

// prepareAll reads the recipes of all tasks, before anything is fetched or built: what cannot be built, or would not be what was
// locked, is told at once, for all packages together.
func (r *run) prepareAll(ctx context.Context) error {
	var failed FailedError
	for _, t := range r.plan.tasks {
		p, err := r.prepare(ctx, t.node)
		if err != nil {
			r.reporter.Failed(t.node, err)
			failed.Errors = append(failed.Errors, err)
		}
		t.prepared = p
	}
	if len(failed.Errors) > 0 {
		return &failed
	}
	return nil
}

// prepare refuses a recipe that would not build what the node says.
func (r *run) prepare(ctx context.Context, n *dag.Node) (*prepared, error) {
	p := &prepared{node: n, fetched: make(chan struct{})}
	broken := func(err error) (*prepared, error) { return nil, &BuildError{Node: n, Phase: "prepare", Err: err} }
	var err error
	if p.recipe, err = r.Recipes(ctx, n); err != nil {
		return broken(err)
	}
	if p.recipe == nil || p.recipe.Builder == nil {
		why := "its recipe has no build"
		if p.recipe != nil && p.recipe.ExternalOnly != "" {
			why = p.recipe.ExternalOnly
		}
		return broken(fmt.Errorf("berth cannot build it: %s; it must be an external", why))
	}
	if p.phases, err = p.recipe.Builder.Phases(n); err != nil {
		return broken(err)
	}
	digest, err := packages.BuildDigest(p.recipe, n)
	if err != nil {
		return broken(err)
	}
	if want := n.Attrs().PackageHash; digest != want {
		return nil, &IntegrityError{Node: n, What: "recipe " + recipeName(p.recipe), Err: fmt.Errorf(
			"it builds something else than what was concretized (digest %.12s, want %.12s): the recipe changed since; concretize again, or bring the recipe back", digest, want)}
	}
	p.patches, err = r.patchesOf(ctx, n, p.recipe)
	return p, err
}

// maxFetches bounds how many packages' sources are fetched at once.
const maxFetches = 4

// fetchAll fetches the sources of all tasks, the most urgent first, while others are built.
func (r *run) fetchAll(ctx context.Context) {
	tasks := slices.Clone(r.plan.tasks)
	slices.SortStableFunc(tasks, func(a, b *task) int { return b.priority - a.priority })
	var g errgroup.Group
	g.SetLimit(maxFetches)
	for _, t := range tasks {
		g.Go(func() error {
			defer close(t.prepared.fetched)
			t.prepared.sources, t.prepared.srcErr = r.getSources(ctx, t.prepared)
			return nil
		})
	}
	g.Wait()
}

// awaitSources waits until the package's sources are there.
func (p *prepared) awaitSources(ctx context.Context) error {
	select {
	case <-p.fetched:
		return sourceError(p.node, p.srcErr)
	case <-ctx.Done():
		return ctx.Err()
	}
}
