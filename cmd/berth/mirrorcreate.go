package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
)

func createMirrorCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name: "create", Usage: "put all sources of an environment into one directory or one file", ArgsUsage: "DIR|FILE.tar",
		Description: `berth mirror create sources.tar                   of the environment here, for all of its systems
berth mirror create /shared/mirror --from ../env.lock

For machines without a network: create it where there is one, bring it there with the project's env.yaml and env.lock,
and then berth mirror add sources.tar; berth install --offline.

The sources of packages that are installed already are fetched, too. A directory keeps what it has; a file is written anew,
and equal sources give equal files.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "from", Usage: "take the environment that `LOCK`, an env.lock or its directory, belongs to"},
			&cli.StringFlag{Name: "system", Usage: "only for the system `NAME` of env.yaml"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("berth mirror create takes one directory or file, not %d", c.NArg())
			}
			return b.createMirror(c, c.Args().First())
		},
	}
}

func (b *berth) createMirror(c *cli.Context, dest string) error {
	s, err := b.session()
	if err != nil {
		return err
	}
	var e *envs.Environment
	if from := c.String("from"); from != "" {
		e, err = envs.OpenLock(from)
	} else {
		e, err = b.environment()
	}
	if err != nil {
		return err
	}
	list, err := e.FetchLocked(c.Context, s, envs.Options{System: c.String("system")}, c.String("system") == "")
	if err != nil {
		return fmt.Errorf("create mirror: %w", err)
	}
	done, err := s.CreateMirror(c.Context, list, dest)
	if err != nil {
		return err
	}
	b.notef("%s has the sources of %s: %s, %d new, %s", dest, counted(len(list), "package", "packages"), counted(done.Files, "file", "files"), done.New, binarySize(done.Bytes))
	return nil
}
