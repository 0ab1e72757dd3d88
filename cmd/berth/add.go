package main

import (
	"github.com/urfave/cli/v2"
)

func addCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "add",
		Usage:     "add specs to env.yaml",
		ArgsUsage: "SPEC...",
		Description: `berth add hdf5@1.14 +mpi       one spec
berth add fftw hypre           two

Comments and order of env.yaml stay as they are. Nothing is resolved or built until ` + "`berth install`.",
		Action: func(c *cli.Context) error {
			list, err := specs(c.Args().Slice())
			if err != nil {
				return err
			}
			if len(list) == 0 {
				return usagef("berth add needs a spec, such as hdf5+mpi")
			}
			e, err := b.environment()
			if err != nil {
				return err
			}
			if err := b.knownPackages(c.Context, e, list); err != nil {
				return err
			}
			if err := e.Add(list); err != nil {
				return err
			}
			for _, s := range list {
				b.notef("added %s", s)
			}
			return nil
		},
	}
}
