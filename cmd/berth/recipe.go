package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
)

func recipeCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "recipe",
		Usage:     "print the recipe of a package as it was written",
		ArgsUsage: "PACKAGE",
		Description: `berth recipe zlib              the text; where it stands is told on stderr
berth recipe zlib >zlib.yaml   to begin one's own with: list its directory in env.yaml's repos, before builtin
berth recipe --repo spack hdf5 the package.py of a Spack repository

With --json: an object with name, namespace, file, sha256 (of the text and of all that it inherits) and text.`,
		Flags: []cli.Flag{repoFlag(), jsonFlag()},
		Action: func(c *cli.Context) error {
			repo, r, err := b.recipeIn(c)
			if err != nil {
				return err
			}
			text, file := r.Text, r.Place.File
			if spack, ok := layerOf(repo, r.Name).(*envs.SpackRepo); ok {
				if text, file, err = spack.RecipeFile(r.Name); err != nil {
					return err
				}
			}
			if c.Bool("json") {
				return b.json(recipeJSON{r.Name, r.Namespace, file, r.ContentHash, string(text)})
			}
			b.notef("%s", file)
			b.printf("%s\n", strings.TrimRight(string(text), "\n"))
			return nil
		},
	}
}

// recipeJSON is a recipe as --json shows it.
type recipeJSON struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	File      string `json:"file"`
	SHA256    string `json:"sha256"`
	Text      string `json:"text"`
}
