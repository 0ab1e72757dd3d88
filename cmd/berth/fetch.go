package main

import (
	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/install"
)

func fetchCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "fetch",
		Usage:     "bring sources to this machine, and build nothing",
		ArgsUsage: "[SPEC...]",
		Description: `berth fetch                    the sources of the environment here, as env.lock has them
berth fetch hdf5+mpi           those of a spec and of all that it needs to be built

Sources go into the cache, where berth install finds them, without a network too. ` + "`berth mirror create`" + ` makes
of them what another machine can use.`,
		Flags: append(resolveFlags(), noChecksumFlag(), &cli.BoolFlag{Name: "all-systems", Usage: "for every system of env.yaml"}),
		Action: func(c *cli.Context) error {
			o, err := b.resolveOptions(c)
			if err != nil {
				return err
			}
			list, err := specs(c.Args().Slice())
			if err != nil {
				return err
			}
			s, err := b.session()
			if err != nil {
				return err
			}
			if c.Bool("no-checksum") {
				if err := s.AllowUnchecked(); err != nil {
					return err
				}
			}
			var fetched []install.Fetched
			if len(list) > 0 {
				fetched, err = s.FetchSpecs(c.Context, list, o)
			} else {
				var e *envs.Environment
				if e, err = b.environment(); err != nil {
					return err
				}
				fetched, err = e.FetchLocked(c.Context, s, o, c.Bool("all-systems"))
			}
			if err != nil {
				return err
			}
			b.notef("the sources of %s are here", counted(len(fetched), "package", "packages"))
			return nil
		},
	}
}

// noChecksumFlag is for recipes that do not tell what they want.
func noChecksumFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-checksum", Usage: "take sources whose recipes have no checksum, as they come"}
}
