package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

type uninstallOptions struct {
	force, all, dependents, dryRun bool
}

func uninstallCommand(b *berth) *cli.Command {
	var o uninstallOptions
	return &cli.Command{
		Name:      "uninstall",
		Usage:     "remove installed packages",
		ArgsUsage: "SPEC...",
		Description: `berth uninstall hypre
berth uninstall zlib@1.2 /abcdefg
berth uninstall --all --dry-run fftw
berth uninstall --dependents zlib      and everything that needs it

A package stays that installed ones need to be linked or run, unless those go with it, and one that an environment needs
by its env.lock or shows in its view. --force asks neither. A spec must mean one package; with --all it may mean
several. Of the host's own packages only the record goes.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "even if other packages or environments need it", Destination: &o.force},
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "everything that a spec describes", Destination: &o.all},
			&cli.BoolFlag{Name: "dependents", Aliases: []string{"R"}, Usage: "with all installed packages that need them", Destination: &o.dependents},
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "only say what would go", Destination: &o.dryRun},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usagef("berth uninstall needs a spec, such as hdf5@1.14 or /abcdefg")
			}
			return b.uninstall(c.Context, c.Args().Slice(), o)
		},
	}
}

func (b *berth) uninstall(ctx context.Context, args []string, o uninstallOptions) error {
	specs, err := b.installedSpecs(args)
	if err != nil {
		return err
	}
	s, err := b.store()
	if err != nil {
		return err
	}
	records, err := chooseForRemoval(s, specs, o.all)
	if err != nil {
		return err
	}
	if o.dependents {
		if records, err = withDependents(s, records); err != nil {
			return err
		}
	}
	if !o.force {
		if err := checkDependents(s, records); err != nil {
			return err
		}
	}
	if err := b.checkEnvironments(records, o.force); err != nil {
		return err
	}
	for _, r := range dependentsFirst(records) {
		what := shortName(r) + " (" + binarySize(r.Bytes) + ")"
		if r.Node.External() != nil {
			what = "the record of " + shortName(r) + " in " + r.Prefix
		}
		if o.dryRun {
			b.printf("would remove %s\n", what)
			continue
		}
		if err := s.Remove(ctx, r, o.force); err != nil {
			return err
		}
		b.notef("removed %s", what)
	}
	return nil
}

// chooseForRemoval finds what the specs mean: one package each, unless all.
func chooseForRemoval(s *store.Store, specs []*spec.Spec, all bool) ([]store.Record, error) {
	records, err := s.Query(store.Filter{})
	if err != nil {
		return nil, err
	}
	found, err := matching(records, specs)
	if err != nil {
		return nil, err
	}
	var chosen []store.Record
	for i, fit := range found {
		if len(fit) > 1 && !all {
			return nil, withHint(fmt.Errorf("uninstall %s: that is %s: %s", specs[i], counted(len(fit), "package", "packages"), shortNames(fit)),
				"name one by its hash, or give --all")
		}
		for _, r := range fit {
			if !slices.ContainsFunc(chosen, func(c store.Record) bool { return c.Node.Hash() == r.Node.Hash() }) {
				chosen = append(chosen, r)
			}
		}
	}
	return chosen, nil
}

// checkDependents makes sure that nothing is removed that something which stays needs, before anything is.
func checkDependents(s *store.Store, records []store.Record) error {
	for _, r := range records {
		needing, err := s.Dependents(r.Node.Hash())
		if err != nil {
			return err
		}
		needing = slices.DeleteFunc(needing, func(d store.Record) bool {
			return slices.ContainsFunc(records, func(c store.Record) bool { return c.Node.Hash() == d.Node.Hash() })
		})
		if len(needing) > 0 {
			return &store.DependentsError{Record: r, Dependents: needing}
		}
	}
	return nil
}

// withDependents adds what needs the records, and what needs that.
func withDependents(s *store.Store, records []store.Record) ([]store.Record, error) {
	for i := 0; i < len(records); i++ {
		needing, err := s.Dependents(records[i].Node.Hash())
		if err != nil {
			return nil, err
		}
		for _, d := range needing {
			if !slices.ContainsFunc(records, func(r store.Record) bool { return r.Node.Hash() == d.Node.Hash() }) {
				records = append(records, d)
			}
		}
	}
	return records, nil
}

// neededError says that environments need a package that was to be removed.
type neededError struct {
	record store.Record
	users  []envs.Use
}

func (e *neededError) Error() string {
	return fmt.Sprintf("uninstall %s: %s", shortName(e.record), describeUses(e.users))
}

// Hint says how to go on.
func (e *neededError) Hint() string {
	return "`berth remove` takes a spec out of an environment, and `berth install` there lets go of it; --force does not ask"
}

// describeUses is "the environment /home/u/a needs it (hypre), the environment /home/u/b shows it in its view".
func describeUses(users []envs.Use) string {
	var parts []string
	for _, u := range users {
		part := "the environment " + u.Dir + " needs it (" + strings.Join(u.Asked, ", ") + ")"
		if len(u.Asked) == 0 {
			part = "the environment " + u.Dir + " shows it in its view " + strings.Join(u.Views, ", ")
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// checkEnvironments makes sure that no environment needs what is removed; with force it only tells. What the host has stays where it is.
func (b *berth) checkEnvironments(records []store.Record, force bool) error {
	session, err := b.session()
	if err != nil {
		return err
	}
	for _, r := range records {
		if r.Node.External() != nil {
			continue
		}
		users, err := session.Users(r)
		switch {
		case err != nil:
			return err
		case len(users) > 0 && !force:
			return &neededError{r, users}
		case len(users) > 0:
			b.warnf("%s: %s; `berth install` there builds it again", shortName(r), describeUses(users))
		}
	}
	return nil
}

// dependentsFirst orders records so that each goes before what it needs.
func dependentsFirst(records []store.Record) []store.Record {
	byHash := map[string]store.Record{}
	var nodes []*dag.Node
	for _, r := range records {
		byHash[r.Node.Hash()] = r
		nodes = append(nodes, r.Node)
	}
	var ordered []store.Record
	for _, n := range slices.Backward(dag.Topological(nodes...)) {
		if r, ok := byHash[n.Hash()]; ok {
			ordered = append(ordered, r)
		}
	}
	return ordered
}
