package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/modules"
)

func runCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "run a command in the environment here",
		ArgsUsage: "COMMAND [ARG...]",
		Description: `berth run mpirun -np 2 ./a.out
berth run -- mpicc --showme

Everything from COMMAND on is the command's own. berth ends with its exit status: 127 if it is not found, 126 if it cannot be run.`,
		Flags: []cli.Flag{useSystemFlag()},
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usagef("berth run needs a command, such as: berth run mpirun -np 2 ./a.out")
			}
			e, err := b.environmentOf(c)
			if err != nil {
				return err
			}
			a, err := e.Activation()
			if err != nil {
				return err
			}
			return b.exec(c.Args().Slice(), modules.Activate(os.Environ(), e.Dir, a.Mods))
		},
	}
}

// exec replaces this process by a command, found on the PATH of the environment that it gets.
func (b *berth) exec(argv, environ []string) error {
	for _, entry := range environ {
		if path, ok := strings.CutPrefix(entry, "PATH="); ok {
			if err := os.Setenv("PATH", path); err != nil {
				return fmt.Errorf("run %s: %w", argv[0], err)
			}
		}
	}
	path, err := exec.LookPath(argv[0])
	if err == nil {
		err = syscall.Exec(path, argv, environ)
	}
	b.fail(fmt.Errorf("run %s: %w", argv[0], err))
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return &silent{127}
	}
	return &silent{126}
}
