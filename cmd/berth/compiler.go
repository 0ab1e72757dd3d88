package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/packages"
)

func compilerCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:  "compiler",
		Usage: "the compilers that builds can use",
		Description: `berth compiler find            look for compilers, and write them to packages.yaml
berth compiler list            what packages.yaml has, the user's and the site's
berth compiler info gcc@12     languages, target flags, runtime libraries`,
		Subcommands: []*cli.Command{
			{
				Name:  "list",
				Usage: "list the compilers in packages.yaml; where there are none yet, those that this host has",
				Description: `berth compiler list            version, languages, and where the C compiler is

With --json: a list of objects with spec, name, version, prefix and languages (c, cxx, fortran: the path).`,
				Flags: []cli.Flag{jsonFlag()},
				Action: func(c *cli.Context) error {
					if c.NArg() > 0 {
						return usagef("berth compiler list takes no arguments, but got %q", c.Args().First())
					}
					return b.compilerList(c.Context, c.Bool("json"))
				},
			},
			compilerInfoCommand(b),
			externalFindCommand(b, "find", "look for compilers on this host, and write them to packages.yaml", []string{"c"}),
		},
	}
}

// compilerJSON is a compiler as --json shows it.
type compilerJSON struct {
	Spec      string            `json:"spec"`
	Name      string            `json:"name"`
	Version   string            `json:"version"`
	Prefix    string            `json:"prefix"`
	Languages map[string]string `json:"languages"` // language to compiler: "fortran" to "/usr/bin/gfortran-12"
}

func (b *berth) compilerList(ctx context.Context, asJSON bool) error {
	found, err := b.compilers(ctx)
	if err != nil {
		return err
	}
	list := make([]compilerJSON, 0, len(found))
	table := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', 0)
	for _, e := range found {
		languages := languagesOf(e)
		version, _ := e.Spec.Versions.Single() // an external has one
		list = append(list, compilerJSON{e.Spec.String(), e.Spec.Name, version.String(), e.Prefix, languages})
		if !asJSON {
			fmt.Fprintf(table, "%s@%s\t%s\t%s\n", e.Spec.Name, version, strings.Join(slices.Sorted(maps.Keys(languages)), " "), place(e))
		}
	}
	if asJSON {
		return b.json(list)
	}
	if len(found) == 0 {
		b.hintf("no compiler is known; `berth external find -v gcc` tells what was looked at")
	}
	return table.Flush()
}

// compilers are the recorded ones; before anything was recorded, those that a search finds.
func (b *berth) compilers(ctx context.Context) ([]packages.External, error) {
	session, err := b.session()
	if err != nil {
		return nil, err
	}
	recorded, err := session.Externals()
	if err != nil {
		return nil, err
	}
	var found []packages.External
	for _, name := range slices.Sorted(maps.Keys(recorded)) {
		for _, e := range recorded[name] {
			if len(languagesOf(e)) > 0 {
				found = append(found, e)
			}
		}
	}
	if len(recorded) > 0 {
		return found, nil
	}
	repo, err := b.openRecipes(ctx, "")
	if err != nil {
		return nil, err
	}
	report, err := session.FindExternals(ctx, repo, []string{"c"}, false)
	if err != nil {
		return nil, err
	}
	b.notef("there is no %s yet; `berth external find` writes it", session.PackagesPath())
	return report.Externals, nil
}

func languagesOf(e packages.External) map[string]string {
	languages := map[string]string{}
	for key, path := range e.Attributes {
		if language, ok := strings.CutPrefix(key, "compilers."); ok {
			languages[language] = path
		}
	}
	return languages
}
