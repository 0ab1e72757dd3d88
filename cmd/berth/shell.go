package main

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/modules"
	"github.com/berth-hpc/berth/packages"
)

// shellVariable tells the programs of a `berth shell`, a prompt for example, that they are in one, and with which specs.
const shellVariable = "BERTH_SHELL"

func shellCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "shell",
		Usage:     "open a shell, or run a command, with specs that are not in any environment, or in the environment here",
		ArgsUsage: "[SPEC...] [-- COMMAND [ARG...]]",
		Description: `berth shell cmake ninja                 a shell of yours ($SHELL) with both; exit leaves it
berth shell osu-micro-benchmarks -- mpirun -np 2 osu_latency
berth shell                             a shell in the environment here, as activation would change yours

The specs are resolved together, what is installed is reused, what is missing is built. berth ends with the exit status of the shell or
the command: 127 if it is not found, 126 if it cannot be run.`,
		Flags: append(resolveFlags(),
			&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Usage: "run `N` commands at once (default: as many as this process may use)"},
		),
		Action: func(c *cli.Context) error {
			asked, argv, err := shellArguments(c.Args().Slice())
			if err != nil {
				return err
			}
			if len(asked) == 0 {
				return b.shellHere(c.String("system"), argv)
			}
			if j := c.Int("jobs"); c.IsSet("jobs") && j < 1 {
				return usagef("--jobs takes a number from 1, not %d", j)
			}
			o, err := b.resolveOptions(c)
			if err != nil {
				return err
			}
			list, err := specs(asked)
			if err != nil {
				return err
			}
			s, err := b.session()
			if err != nil {
				return err
			}
			progress := newProgress(b.terminal)
			mods, report, err := s.Shell(c.Context, list, o, envs.BuildOptions{Jobs: c.Int("jobs"), Reporter: progress})
			progress.finish(report)
			if err != nil {
				return err
			}
			if argv == nil {
				if argv, err = s.ShellCommand(cmp.Or(b.getenv("SHELL"), "/bin/sh"), mods); err != nil {
					return err
				}
			}
			mods = append(mods, packages.EnvMod{Op: packages.EnvSet, Name: shellVariable, Value: strings.Join(asked, " ")})
			return b.exec(argv, packages.ApplyEnv(os.Environ(), mods))
		},
	}
}

// shellHere opens a shell in the environment here, or runs a command in it.
func (b *berth) shellHere(system string, argv []string) error {
	e, err := b.environment()
	var none *envs.NoEnvironmentError
	if errors.As(err, &none) {
		return usagef("berth shell needs a spec, such as: berth shell cmake -- cmake --version; or an environment")
	}
	if err != nil {
		return err
	}
	if e, err = e.Of(system); err != nil {
		return err
	}
	a, err := e.Activation()
	if err != nil {
		return err
	}
	if argv == nil {
		s, err := b.session()
		if err != nil {
			return err
		}
		if argv, err = s.ShellCommand(cmp.Or(b.getenv("SHELL"), "/bin/sh"), a.Mods); err != nil {
			return err
		}
	}
	return b.exec(argv, modules.Activate(os.Environ(), e.Dir, a.Mods))
}

// shellArguments splits a command line into specs and the command to run, nil where none is given.
func shellArguments(args []string) (specs, argv []string, err error) {
	specs = args
	if i := slices.Index(args, "--"); i >= 0 {
		specs, argv = args[:i], args[i+1:]
		if len(argv) == 0 {
			return nil, nil, usagef("berth shell needs a command behind --")
		}
	}
	return specs, argv, nil
}
