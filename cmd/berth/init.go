package main

import (
	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
)

func initCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "begin an environment: write env.yaml in this directory",
		ArgsUsage: "[SPEC...]",
		Description: `berth init                     an empty environment
berth init hdf5+mpi fftw       with two specs`,
		Action: func(c *cli.Context) error {
			list, err := specs(c.Args().Slice())
			if err != nil {
				return err
			}
			e, err := envs.Init(".", list)
			if err != nil {
				return err
			}
			b.notef("wrote %s", e.ManifestPath())
			return nil
		},
	}
}
