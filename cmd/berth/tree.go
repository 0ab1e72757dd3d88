package main

import (
	"encoding/json"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/spec/dag"
)

func treeCommand(b *berth) *cli.Command {
	var o specOptions
	return &cli.Command{
		Name:  "tree",
		Usage: "show what the environment here consists of",
		Description: `berth tree                     env.lock as a tree below each spec of env.yaml
berth tree -I -l               with what is installed, and hashes
berth tree -t --all-edges      with what is needed how, under everything that needs it

It shows what is locked, and resolves nothing. With -I, [+] is installed, [e] is the host's own, " - " would be
built. With -t, [blrt] tells whether a package is needed to build, to link, to run or to test. --json prints an
object with

   roots    a list with spec (of env.yaml) and hash
   nodes    the concrete packages by hash, as in env.lock`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "long", Aliases: []string{"l"}, Usage: "show hashes, 7 characters", Destination: &o.hashes},
			&cli.BoolFlag{Name: "install-status", Aliases: []string{"I"}, Usage: "show what is installed", Destination: &o.status},
			&cli.BoolFlag{Name: "types", Aliases: []string{"t"}, Usage: "show dependency types", Destination: &o.types},
			&cli.BoolFlag{Name: "all-edges", Usage: "show a package under everything that needs it", Destination: &o.everyEdge},
			systemFlag(),
			&cli.BoolFlag{Name: "json", Usage: "print JSON", Destination: &o.json},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return b.tree(c.String("system"), o)
		},
	}
}

// lockedTreeJSON is a concrete environment as --json shows it.
type lockedTreeJSON struct {
	Roots []rootJSON      `json:"roots"`
	Nodes json.RawMessage `json:"nodes"`
}

func (b *berth) tree(system string, o specOptions) error {
	locked, err := b.lockedSystem(system)
	if err != nil {
		return err
	}
	roots := locked.RootNodes()
	if o.json {
		return b.json(lockedTreeJSON{lockedRoots(locked), dag.MarshalNodes(roots)})
	}
	tree := treeOptions{color: b.outColor, hashes: o.hashes, types: o.types, everyEdge: o.everyEdge}
	if o.status {
		s, err := b.store()
		if err != nil {
			return err
		}
		tree.status = statusIn(s)
	}
	for _, root := range roots {
		b.printf("%s", renderTree(root, tree))
	}
	if len(roots) == 0 {
		b.notef("the environment asks for nothing")
	}
	return nil
}
