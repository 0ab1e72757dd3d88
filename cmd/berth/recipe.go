package main

import (
	"strings"

	"github.com/urfave/cli/v2"
)

func recipeCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "recipe",
		Usage:     "print the recipe of a package as it was written",
		ArgsUsage: "PACKAGE",
		Description: `berth recipe zlib              the text; where it stands is told on stderr
berth recipe zlib >zlib.yaml   to begin one's own with: list its directory in env.yaml's repos, before builtin

With --json: an object with name, namespace, file, sha256 (of the text and of all that it inherits) and text.`,
		Flags: []cli.Flag{repoFlag(), jsonFlag()},
		Action: func(c *cli.Context) error {
			r, err := b.recipeAsked(c)
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return b.json(recipeJSON{r.Name, r.Namespace, r.Place.File, r.ContentHash, string(r.Text)})
			}
			b.notef("%s", r.Place.File)
			b.printf("%s\n", strings.TrimRight(string(r.Text), "\n"))
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
