package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/packages"
)

// What the verbs share that look at recipes: list, info, versions, providers, recipe.

// repoFlag says where to look instead of where berth looks by itself.
func repoFlag() cli.Flag {
	return &cli.StringFlag{Name: "repo", Usage: "look at the recipes in `DIR`, or of the repository of that name, and no others"}
}

// recipes opens the repositories to look at: the one in dir, if there is a dir; else those of the environment here; else the embedded one
// and those that are configured.
func (b *berth) recipes(ctx context.Context, dir string) (packages.Repo, error) {
	s, err := b.session()
	if err != nil {
		return nil, err
	}
	if dir != "" {
		return s.OpenRepo(ctx, dir)
	}
	e, err := b.environment()
	var none *envs.NoEnvironmentError
	if errors.As(err, &none) {
		return s.Repo(ctx, nil, "")
	}
	if err != nil {
		return nil, err
	}
	lock, err := e.Lock()
	if err != nil {
		return nil, err
	}
	return e.Repo(ctx, s, lock)
}

// recipeAsked is the recipe of the package that a verb's one argument names.
func (b *berth) recipeAsked(c *cli.Context) (*packages.Recipe, error) {
	_, r, err := b.recipeIn(c)
	return r, err
}

// layerOf is the repository among those that were joined that a package's recipe comes from; nil if none has it.
func layerOf(repo packages.Repo, name string) packages.Repo {
	for _, layer := range packages.Layers(repo) {
		if slices.Contains(layer.Names(), name) {
			return layer
		}
	}
	return nil
}

// recipeIn is recipeAsked, and where the recipe was looked for.
func (b *berth) recipeIn(c *cli.Context) (packages.Repo, *packages.Recipe, error) {
	if c.NArg() != 1 {
		return nil, nil, usagef("berth %s needs one package, such as hdf5", c.Command.Name)
	}
	repo, err := b.recipes(c.Context, c.String("repo"))
	if err != nil {
		return nil, nil, err
	}
	list, err := parseSpecs(c.Args().Slice())
	if err != nil {
		return nil, nil, err
	}
	if len(list) != 1 || list[0].Name == "" || list[0].String() != list[0].Name {
		return nil, nil, fmt.Errorf("berth %s takes the name of a package and nothing more, but got %q", c.Command.Name, c.Args().First())
	}
	r, err := recipeOf(c.Context, repo, list[0].Name)
	return repo, r, err
}

// recipeOf is the recipe of that name; the error tells what may have been meant.
func recipeOf(ctx context.Context, repo packages.Repo, name string) (*packages.Recipe, error) {
	if err := checkNames(repo, []string{name}); err != nil {
		return nil, err
	}
	if !slices.Contains(repo.Names(), name) {
		return nil, withHint(fmt.Errorf("%s is a virtual: it has no recipe, but packages that provide it", name), "`berth providers %s` lists them", name)
	}
	return repo.Recipe(ctx, name)
}
