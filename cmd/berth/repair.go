package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/install/store"
)

func repairCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "repair",
		Usage:     "bring damaged packages back, in place",
		ArgsUsage: "[SPEC...]",
		Description: `berth repair                   whatever berth verify finds
berth repair hdf5 /abcdefg     some

Permissions, links and files that were put there later are put right by the list that was made when the package was
installed. A package with damaged or missing files is built anew, by the same recipe, at the same place and under the same
hash. Where the machine lets users make mounts of their own, the old one stands until the new one is complete, and the two are
exchanged in one step; elsewhere it lies aside meanwhile, and comes back if the build fails, or is killed. Of what the host has
in place of what it had, berth takes note. berth ends with 5 if something is left that is not as installed.`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Usage: "run `N` commands at once (default: as many as this process may use)"},
		},
		Action: func(c *cli.Context) error {
			if j := c.Int("jobs"); c.IsSet("jobs") && j < 1 {
				return usagef("--jobs takes a number from 1, not %d", j)
			}
			return b.repair(c.Context, c.Args().Slice(), c.Int("jobs"))
		},
	}
}

func (b *berth) repair(ctx context.Context, args []string, jobs int) error {
	_, records, err := b.installed(args)
	if err != nil {
		return err
	}
	s, err := b.session()
	if err != nil {
		return err
	}
	progress := newProgress(b.terminal)
	done, err := s.Repair(ctx, records, envs.BuildOptions{Jobs: jobs, Reporter: progress})
	if done != nil {
		progress.finish(done.Report)
		for _, r := range done.Mended {
			b.notef("mended %s", shortName(r))
		}
		for _, r := range done.Accepted {
			b.notef("took note of %s in %s as it is now; what was built with it stays as it is", shortName(r), r.Prefix)
		}
	}
	if err != nil {
		return err
	}
	damaged := map[string]bool{}
	for _, p := range done.Left {
		b.printf("%s\n", p)
		damaged[p.Record.Node.Hash()] = true
	}
	if len(damaged) > 0 {
		return &unrepairedError{len(damaged), done.Left}
	}
	b.notef("%s as installed", counted(len(records), "package is", "packages are"))
	return nil
}

// unrepairedError says that packages could not be brought back.
type unrepairedError struct {
	packages int
	left     []store.Problem
}

func (e *unrepairedError) Error() string {
	return fmt.Sprintf("repair: %s still not as installed", counted(e.packages, "package is", "packages are"))
}

// Hint says what may help against what is left.
func (e *unrepairedError) Hint() string {
	for _, p := range e.left {
		if p.Kind == store.Gone {
			return "what the host had can only the host bring back; or `berth external find` tells berth what it has now, and `berth concretize` uses that"
		}
	}
	return "`berth verify` shows it again; `berth uninstall --force SPEC` and `berth install` begin from nothing"
}
