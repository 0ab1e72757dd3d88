package main

import (
	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
)

func envCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:  "env",
		Usage: "environments as a whole: import one of Spack's",
		Description: `berth env import ../spack.yaml     write an env.yaml here that asks for the same
berth env import                   from the spack.yaml in this directory`,
		Subcommands: []*cli.Command{envImportCommand(b)},
	}
}

func envImportCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "write an env.yaml out of a spack.yaml",
		ArgsUsage: "[SPACK.YAML|DIR]",
		Description: `berth env import ../spack.yaml     write an env.yaml here; never over another
berth env import -n DIR            only print it

Specs with their definitions and matrices expanded, packages, compilers, repositories, unify and reuse, env_vars and
the view are carried over, those of included files as well. What is not is told with file, line and column; berth
still ends with 0 then, as env.yaml is there.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "write nothing, print it"},
		},
		Action: func(c *cli.Context) error {
			path := "."
			switch c.NArg() {
			case 0:
			case 1:
				path = c.Args().First()
			default:
				return usagef("berth env import takes one file or directory, not %d", c.NArg())
			}
			return b.envImport(path, c.Bool("dry-run"))
		},
	}
}

func (b *berth) envImport(path string, dryRun bool) error {
	result, err := envs.ImportSpack(path)
	if err != nil {
		return err
	}
	if dryRun {
		b.printf("%s", result.Text)
	} else if _, err := envs.Create(".", result.Text); err != nil {
		return err
	}
	for _, n := range result.Notes {
		b.warnf("not carried over: %s", n)
	}
	if !dryRun {
		b.notef("wrote %s with %s; `berth concretize` resolves it", envs.ManifestName, counted(result.Specs, "spec", "specs"))
	}
	return nil
}
