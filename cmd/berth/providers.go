package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/suggest"
)

func providersCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "providers",
		Usage:     "list virtuals and the packages that provide them",
		ArgsUsage: "[VIRTUAL]",
		Description: `berth providers                every virtual, with its providers
berth providers mpi            the providers of mpi, with versions and conditions
berth providers mpi@3:         those that can provide such a version

With --json: a list of objects with virtual, package, provides (mpi@:3.1), when (the condition, "" for none)
and place (file and line of the recipe).`,
		Flags: []cli.Flag{repoFlag(), jsonFlag()},
		Action: func(c *cli.Context) error {
			wanted, err := parseSpecs(c.Args().Slice())
			if err != nil {
				return err
			}
			repo, err := b.recipes(c.Context, c.String("repo"))
			if err != nil {
				return err
			}
			return b.providers(c.Context, repo, wanted, c.Bool("json"))
		},
	}
}

// provisionJSON is one way to have a virtual, as --json shows it.
type provisionJSON struct {
	Virtual  string `json:"virtual"`
	Package  string `json:"package"`
	Provides string `json:"provides"`
	When     string `json:"when"`
	Place    string `json:"place"`
}

func (b *berth) providers(ctx context.Context, repo packages.Repo, wanted []*spec.Spec, asJSON bool) error {
	everything := len(wanted) == 0
	if everything {
		for _, v := range repo.Virtuals() {
			wanted = append(wanted, &spec.Spec{Name: v})
		}
	}
	found := make([]provisionJSON, 0)
	for _, v := range wanted {
		provisions, err := provisionsOf(ctx, repo, v)
		if err != nil {
			return err
		}
		found = append(found, provisions...)
	}
	switch {
	case asJSON:
		return b.json(found)
	case everything:
		b.printf("%s", renderVirtuals(repo))
		return nil
	}
	rows := make([][]string, len(found))
	for i, p := range found {
		rows[i] = []string{p.Package, p.Provides}
		if p.When != "" {
			rows[i] = append(rows[i], "when "+p.When)
		}
	}
	b.printf("%s", renderColumns("", rows))
	return nil
}

// provisionsOf lists every way to have the virtual.
func provisionsOf(ctx context.Context, repo packages.Repo, virtual *spec.Spec) ([]provisionJSON, error) {
	names := repo.Providers(virtual.Name)
	if len(names) == 0 {
		return nil, noVirtual(repo, virtual.Name)
	}
	var found []provisionJSON
	for _, name := range names {
		r, err := repo.Recipe(ctx, name)
		if err != nil {
			return nil, err
		}
		for _, p := range r.Provides {
			for _, v := range p.Virtuals {
				if v.Intersects(virtual) {
					found = append(found, provisionJSON{v.Name, name, v.String(), p.When.String(), p.Place.String()})
				}
			}
		}
	}
	if len(found) == 0 {
		return nil, withHint(fmt.Errorf("nothing provides %s", virtual), "`berth providers %s` lists which versions there are", virtual.Name)
	}
	return found, nil
}

func noVirtual(repo packages.Repo, name string) error {
	err := fmt.Errorf("no package provides %q", name)
	for _, p := range repo.Names() {
		if p == name {
			return withHint(err, "%s is a package: `berth info %s` tells what it provides itself", name, name)
		}
	}
	if near := suggest.Nearest(name, repo.Virtuals(), 3); len(near) > 0 {
		return withHint(err, "did you mean %s?", strings.Join(near, ", "))
	}
	return withHint(err, "`berth providers` lists the virtuals")
}

// renderVirtuals is a line per virtual.
func renderVirtuals(repo packages.Repo) string {
	var rows [][]string
	for _, v := range repo.Virtuals() {
		rows = append(rows, []string{v, strings.Join(repo.Providers(v), ", ")})
	}
	return renderColumns("", rows)
}
