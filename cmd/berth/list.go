package main

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/suggest"
)

type listOptions struct {
	about, search, json bool
}

func listCommand(b *berth) *cli.Command {
	var o listOptions
	return &cli.Command{
		Name:      "list",
		Usage:     "list the packages that there are recipes for",
		ArgsUsage: "[PATTERN]",
		Description: `berth list                     every package: of the environment's repositories, or of berth's own
berth list hdf                 those with hdf in their names
berth list 'lib*'              with *, ? or [a-z], PATTERN is the whole name
berth list -l                  with what each is for
berth list -d solver           look for PATTERN in that, too
berth list --repo recipes      those of a directory

With --json: a list of objects with name, namespace, about and recipe (the file). berth ends with 1 if nothing fits.`,
		Flags: []cli.Flag{
			repoFlag(),
			&cli.BoolFlag{Name: "long", Aliases: []string{"l"}, Usage: "show what each package is for", Destination: &o.about},
			&cli.BoolFlag{Name: "search-description", Aliases: []string{"d"}, Usage: "look for PATTERN in what the package is for, too", Destination: &o.search},
			&cli.BoolFlag{Name: "json", Usage: "print JSON", Destination: &o.json},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() > 1 {
				return usagef("berth list takes one pattern, but got %q, too", c.Args().Get(1))
			}
			repo, err := b.recipes(c.Context, c.String("repo"))
			if err != nil {
				return err
			}
			return b.list(c.Context, repo, c.Args().First(), o)
		},
	}
}

// packageJSON is a package as --json shows it.
type packageJSON struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	About     string `json:"about"`
	Recipe    string `json:"recipe"`
}

func (b *berth) list(ctx context.Context, repo packages.Repo, pattern string, o listOptions) error {
	fits, err := newPattern(pattern)
	if err != nil {
		return err
	}
	found := make([]packageJSON, 0)
	for _, name := range repo.Names() {
		one := packageJSON{Name: name}
		if o.about || o.search || o.json {
			// One recipe with a mistake must not hide all others.
			r, err := repo.Recipe(ctx, name)
			if err != nil {
				b.warnf("%v", err)
			} else {
				one = packageJSON{name, r.Namespace, r.About, r.Place.File}
			}
		}
		if fits(name) || o.search && fits(one.About) {
			found = append(found, one)
		}
	}
	if len(found) == 0 && pattern != "" {
		return nothingListed(repo, pattern)
	}
	if o.json {
		return b.json(found)
	}
	rows := make([][]string, len(found))
	for i, one := range found {
		rows[i] = []string{one.Name}
		if o.about {
			rows[i] = append(rows[i], one.About)
		}
	}
	b.printf("%s", renderColumns("", rows))
	b.notef("%s", counted(len(found), "package", "packages"))
	return nil
}

// newPattern is what PATTERN means: a part of the text, or with wildcards the whole; in either case.
func newPattern(pattern string) (func(text string) bool, error) {
	pattern = strings.ToLower(pattern)
	if !strings.ContainsAny(pattern, "*?[") {
		return func(text string) bool { return strings.Contains(strings.ToLower(text), pattern) }, nil
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, fmt.Errorf("read pattern %q: %w", pattern, err)
	}
	return func(text string) bool {
		fits, _ := path.Match(pattern, strings.ToLower(text))
		return fits
	}, nil
}

func nothingListed(repo packages.Repo, pattern string) error {
	err := fmt.Errorf("no package fits %q", pattern)
	switch near := suggest.Nearest(pattern, repo.Names(), 3); {
	case len(repo.Providers(pattern)) > 0:
		return withHint(err, "it is a virtual: `berth providers %s` lists who provides it", pattern)
	case len(near) > 0:
		return withHint(err, "did you mean %s?", strings.Join(near, ", "))
	}
	return withHint(err, "`berth list -d %s` searches what the packages are for, too", pattern)
}
