package index

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/berth-hpc/berth/packages"
)

// Recipe implements packages.Repo. The recipe has no Text, and its patch files have no Content: Whole has them. Where a file that it
// depends on is not what it was, the index is brought up to date first; see Refreshed.
func (r *Repo) Recipe(ctx context.Context, name string) (*packages.Recipe, error) {
	s := r.state.Load()
	i, ok := s.find(name)
	if !ok {
		return nil, fmt.Errorf("%w %q in repository %s", packages.ErrUnknownPackage, name, s.Namespace)
	}
	if a := s.slots[i].Load(); a != nil {
		return a.recipe, a.err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if r.tree != nil && !r.recipeIsSame(s, i) {
		if err := r.refresh(ctx, s); err != nil {
			return nil, err
		}
		return r.Recipe(ctx, name)
	}
	a := r.read(ctx, s, i)
	if errors.Is(a.err, context.Canceled) || errors.Is(a.err, context.DeadlineExceeded) {
		return nil, a.err
	}
	// Whoever was first gave the recipe that everybody gets.
	s.slots[i].CompareAndSwap(nil, a)
	a = s.slots[i].Load()
	return a.recipe, a.err
}

// read decodes an entry. Where the file turns out to be damaged, the recipe is evaluated.
func (r *Repo) read(ctx context.Context, s *state, i int) *answer {
	entry, err := s.entry(i)
	if err == nil {
		var recipe *packages.Recipe
		if recipe, err = decodeEntry(entry, &r.specs); err == nil {
			return &answer{recipe: recipe}
		}
	}
	var bad *RecipeError
	if errors.As(err, &bad) || r.o.Existing {
		return &answer{err: err}
	}
	recipe, err := r.Whole(ctx, s.names[i])
	return &answer{recipe, err}
}

func (r *Repo) recipeIsSame(s *state, i int) bool {
	for _, f := range s.depends[i] {
		if !r.isSame(s, int(f)) {
			return false
		}
	}
	return true
}

// Source opens the repository itself, where the index is not enough.
func (r *Repo) Source() (Source, error) { return r.source() }

// Whole evaluates a recipe anew, with its text, its patch files and the Builder that can build.
func (r *Repo) Whole(ctx context.Context, name string) (*packages.Recipe, error) {
	source, err := r.source()
	if err != nil {
		return nil, err
	}
	recipe, _, err := source.Evaluate(ctx, name)
	return recipe, err
}

// Refreshed reports whether files of the directory turned out to have changed since Open, and forgets it: what was asked before that
// may not fit to what is answered now.
func (r *Repo) Refreshed() bool { return r.refreshed.Swap(false) }

// Providers implements packages.Repo.
func (r *Repo) Providers(virtual string) []string { return slices.Clone(r.providers()[virtual]) }

// Virtuals implements packages.Repo.
func (r *Repo) Virtuals() []string { return slices.Sorted(maps.Keys(r.providers())) }

func (r *Repo) providers() map[string][]string {
	s := r.state.Load()
	virtuals, err := s.virtuals()
	if err == nil {
		return virtuals
	}
	// The file is damaged: ask every recipe.
	virtuals = map[string][]string{}
	for _, name := range s.names {
		if recipe, err := r.Recipe(context.Background(), name); err == nil {
			for _, v := range virtualsOf(recipe) {
				virtuals[v] = append(virtuals[v], name)
			}
		}
	}
	return virtuals
}

// virtualsOf lists what a recipe can provide, each once.
func virtualsOf(recipe *packages.Recipe) []string {
	var names []string
	for _, p := range recipe.Provides {
		for _, v := range p.Virtuals {
			if !slices.Contains(names, v.Name) {
				names = append(names, v.Name)
			}
		}
	}
	return names
}
