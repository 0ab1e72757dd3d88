package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/spec/suggest"
)

func removeCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "remove",
		Aliases:   []string{"rm"},
		Usage:     "remove specs from env.yaml",
		ArgsUsage: "SPEC...",
		Description: `berth remove hypre             every spec of hypre
berth remove hdf5@1.14         every spec of hdf5 that is within 1.14

What is installed stays installed.`,
		Action: func(c *cli.Context) error {
			list, err := specs(c.Args().Slice())
			if err != nil {
				return err
			}
			if len(list) == 0 {
				return usagef("berth remove needs a spec, such as hdf5")
			}
			e, err := b.environment()
			if err != nil {
				return err
			}
			removed, err := e.Remove(list)
			var absent *envs.NotInEnvironmentError
			if errors.As(err, &absent) {
				if near := suggest.Nearest(absent.Spec.Name, absent.Known, 1); len(near) > 0 {
					return withHint(err, "did you mean %s?", near[0])
				}
			}
			if err != nil {
				return err
			}
			for _, s := range removed {
				b.notef("removed %s", s)
			}
			return nil
		},
	}
}
