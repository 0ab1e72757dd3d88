package main

import (
	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
)

func envCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:  "env",
		Usage: "environments as a whole: list those that use the store, import one of Spack's",
		Description: `berth env list                     the environments whose packages are in the store
berth env import ../spack.yaml     write an env.yaml here that asks for the same
berth env import                   from the spack.yaml in this directory`,
		Subcommands: []*cli.Command{envListCommand(b), envImportCommand(b)},
	}
}

func envListCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list the environments that were installed into the store",
		Description: `berth env list                 where they are, and whether what is installed is what env.lock says

Their packages are not uninstalled without --force. One whose env.yaml is gone is not listed. With --json: a list of objects with
directory and state: ready, or stale where berth install has something to do.`,
		Flags: []cli.Flag{jsonFlag()},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return b.envList(c.Bool("json"))
		},
	}
}

// environmentJSON is an environment as `env list --json` shows it.
type environmentJSON struct {
	Directory string `json:"directory"`
	State     string `json:"state"` // "ready", "stale"
}

func (b *berth) envList(asJSON bool) error {
	s, err := b.session()
	if err != nil {
		return err
	}
	dirs, err := s.Environments()
	if err != nil {
		return err
	}
	list := make([]environmentJSON, 0, len(dirs))
	for _, dir := range dirs {
		state := "stale"
		if e, err := envs.Open(dir); err == nil {
			if _, err := e.Activation(); err == nil {
				state = "ready"
			}
		}
		list = append(list, environmentJSON{dir, state})
	}
	if asJSON {
		return b.json(list)
	}
	for _, e := range list {
		b.printf("%-5s  %s\n", e.State, e.Directory)
	}
	if len(list) == 0 {
		b.notef("no environment was installed into %s", b.root)
	}
	return nil
}

func envImportCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "write an env.yaml out of a spack.yaml",
		ArgsUsage: "[SPACK.YAML|DIR]",
		Description: `berth env import ../spack.yaml     write an env.yaml here; never over another
berth env import -n DIR            only print it

Specs with their definitions and matrices expanded, packages, compilers, repositories, toolchains, upstreams, unify and reuse,
env_vars and the view are carried over, those of included files as well. What is not is told with file, line and column; berth
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
