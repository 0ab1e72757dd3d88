package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/packages"
)

func repoCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:  "repo",
		Usage: "say where recipes come from",
		Description: `berth repo add spack https://github.com/spack/spack-packages.git
berth repo add site /appl/recipes
berth repo list
berth repo update              move git repositories to their newest commits
berth repo remove site

A repository is a directory of recipes, berth's own (YAML) or a Spack package repository, or the address of a
Spack repository in git, which is kept below the berth root without a checkout and used at one commit. Those that
are added stand in repos.yaml in the berth root, in Spack's format, and are searched after the recipes inside
berth, the one that was added last first. An env.yaml that lists repos names all that it uses.`,
		Subcommands: []*cli.Command{
			repoAddCommand(b),
			{
				Name: "list", Aliases: []string{"ls"}, Usage: "list the repositories, in the order in which they are searched",
				Description: `berth repo list                those of the environment here, or else those that are configured

With --json: a list of objects with name, namespace, address (a directory or a git address), commit, identity (which
env.lock keeps), packages (how many), configured_in (the file), and error where a repository cannot be opened.`,
				Flags:  []cli.Flag{jsonFlag()},
				Action: func(c *cli.Context) error { return b.repoList(c) },
			},
			repoUpdateCommand(b),
			{
				Name: "remove", Aliases: []string{"rm"}, Usage: "use a repository no more", ArgsUsage: "NAME...",
				Action: func(c *cli.Context) error { return b.repoRemove(c.Args().Slice()) },
			},
			repoIndexCommand(b),
		},
	}
}

func repoAddCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name: "add", Usage: "use a repository from now on", ArgsUsage: "NAME DIR|URL",
		Description: `berth repo add site /appl/recipes
berth repo add spack https://github.com/spack/spack-packages.git
berth repo add spack git@github.com:spack/spack-packages.git --branch releases/v2026.06
berth repo add spack https://github.com/spack/spack-packages.git --commit 1e8cf059e35d55c4fe1142fed41785bedf6c7246

A git repository is fetched at once, without its history, at its newest commit or the one that is named, and its
recipes are read, which takes some seconds.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "commit", Usage: "use this `COMMIT` (its full name) of a git repository"},
			&cli.StringFlag{Name: "branch", Usage: "use the newest commit of this `BRANCH` or tag"},
		},
		Action: func(c *cli.Context) error { return b.repoAdd(c) },
	}
}

func (b *berth) repoAdd(c *cli.Context) error {
	if c.NArg() != 2 {
		return usagef("berth repo add needs a name and a directory or git address")
	}
	s, err := b.session()
	if err != nil {
		return err
	}
	ref, err := envs.NewRepoRef(c.Args().Get(0), c.Args().Get(1), c.String("branch"), c.String("commit"))
	if err != nil {
		return err
	}
	repo, err := s.AddRepo(c.Context, ref)
	if err != nil {
		return err
	}
	if len(repo.Names()) == 0 {
		b.warnf("%s has no recipes: neither berth's own, NAME.yaml, nor Spack's, below a repo.yaml", c.Args().Get(1))
	}
	b.notef("added %s: %s%s", c.Args().Get(0), counted(len(repo.Names()), "package", "packages"), atCommit(repo))
	return nil
}

// atCommit is " at commit 1e8cf059e35d" of a git repository.
func atCommit(repo packages.Repo) string {
	if spack, ok := repo.(*envs.SpackRepo); ok && spack.Ref.Commit != "" {
		return fmt.Sprintf(" at commit %.12s", spack.Ref.Commit)
	}
	return ""
}

func (b *berth) repoRemove(names []string) error {
	if len(names) == 0 {
		return usagef("berth repo remove needs a name")
	}
	s, err := b.session()
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := s.RemoveRepo(name); err != nil {
			return err
		}
		b.notef("removed %s", name)
	}
	return nil
}

// repoJSON is a repository as --json shows it.
type repoJSON struct {
	Name         string `json:"name"`
	Namespace    string `json:"namespace"`
	Address      string `json:"address"`
	Commit       string `json:"commit,omitempty"`
	Identity     string `json:"identity"`
	Packages     int    `json:"packages"`
	ConfiguredIn string `json:"configured_in"`
	Error        string `json:"error,omitempty"`
}

func (b *berth) repoList(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	s, err := b.session()
	if err != nil {
		return err
	}
	e, err := b.environment()
	var none *envs.NoEnvironmentError
	if err != nil && !errors.As(err, &none) {
		return err
	}
	opened, err := s.OpenEach(c.Context, e)
	if err != nil {
		return err
	}
	list := make([]repoJSON, len(opened))
	rows := make([][]string, len(opened))
	for i, o := range opened {
		list[i] = newRepoJSON(o)
		rows[i] = []string{list[i].Name, repoSummary(list[i]), list[i].Address}
	}
	if c.Bool("json") {
		return b.json(list)
	}
	b.printf("%s", renderColumns("", rows))
	for _, o := range opened {
		if o.Err != nil {
			b.warnf("%s: %v", o.Ref, o.Err)
		}
	}
	return nil
}

func newRepoJSON(o envs.OpenedRepo) repoJSON {
	j := repoJSON{Name: o.Ref.String(), Address: o.Ref.Address(), Commit: o.Ref.Commit, ConfiguredIn: o.Ref.Place.File}
	if o.Err != nil {
		j.Error = o.Err.Error()
		return j
	}
	j.Namespace, j.Identity, j.Packages = o.Repo.Namespace(), o.Repo.Identity(), len(o.Repo.Names())
	if spack, ok := o.Repo.(*envs.SpackRepo); ok {
		j.Commit = spack.Ref.Commit
	}
	return j
}

// repoSummary is what is in a repository: "8931 packages at commit 1e8cf059e35d".
func repoSummary(j repoJSON) string {
	text := counted(j.Packages, "package", "packages")
	if j.Error != "" {
		text = "cannot be opened"
	}
	if j.Commit != "" {
		text += fmt.Sprintf(" at commit %.12s", j.Commit)
	}
	return text
}

func repoIndexCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name: "index", Usage: "read what changed in Spack repositories now, and list recipes that cannot be read", ArgsUsage: "[DIR]",
		Description: `berth repo index               all repositories of the environment here, or else those that are configured
berth repo index recipes       the one in a directory

This happens by itself where it is needed. In a directory that is used by --repo, a recipe that nobody asked for
by name and that begins to provide a virtual is noticed by this command, list and concretize only. Ends with 1 if
a recipe cannot be read.`,
		Action: func(c *cli.Context) error { return b.repoIndex(c.Context, c.Args().Slice()) },
	}
}

func (b *berth) repoIndex(ctx context.Context, args []string) error {
	if len(args) > 1 {
		return usagef("berth repo index takes one directory, but got %q, too", args[1])
	}
	s, err := b.session()
	if err != nil {
		return err
	}
	var e *envs.Environment
	if len(args) == 0 {
		var none *envs.NoEnvironmentError
		if e, err = b.environment(); err != nil && !errors.As(err, &none) {
			return err
		}
	}
	opened, err := s.OpenEach(ctx, e, args...)
	if err != nil {
		return err
	}
	bad := 0
	for _, o := range opened {
		if o.Err != nil {
			return o.Err
		}
		n, err := b.readAll(ctx, o.Repo)
		if err != nil {
			return err
		}
		bad += n
		b.notef("%s: %s%s", o.Ref, counted(len(o.Repo.Names()), "package", "packages"), atCommit(o.Repo))
	}
	if bad > 0 {
		return fmt.Errorf("%s cannot be read", counted(bad, "recipe", "recipes"))
	}
	return nil
}

// readAll reads every recipe and tells of those that cannot be.
func (b *berth) readAll(ctx context.Context, repo packages.Repo) (bad int, err error) {
	for _, name := range repo.Names() {
		if _, err := repo.Recipe(ctx, name); err != nil {
			if ctx.Err() != nil {
				return bad, err
			}
			b.printf("%s: %v\n", name, err)
			bad++
		}
	}
	return bad, nil
}
