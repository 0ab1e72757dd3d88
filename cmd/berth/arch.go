package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/spec/arch"
)

type archOptions struct {
	platform, os, target, generic, known, json bool
}

func archCommand(b *berth) *cli.Command {
	var o archOptions
	return &cli.Command{
		Name:  "arch",
		Usage: "say what this host is: platform, operating system, target",
		Description: `berth arch                     linux-debian12-zen3
berth arch -t                  the target alone: zen3
berth arch --generic           the best target of no single vendor that runs here: x86_64_v3
berth arch --known-targets     every target that target= takes

With --json: an object with platform, os, target, generic, family, kernel and libc (name, version, loader).`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "platform", Aliases: []string{"p"}, Usage: "only the platform", Destination: &o.platform},
			&cli.BoolFlag{Name: "operating-system", Aliases: []string{"o"}, Usage: "only the operating system", Destination: &o.os},
			&cli.BoolFlag{Name: "target", Aliases: []string{"t"}, Usage: "only the target", Destination: &o.target},
			&cli.BoolFlag{Name: "generic", Aliases: []string{"g"}, Usage: "only the best generic target", Destination: &o.generic},
			&cli.BoolFlag{Name: "known-targets", Usage: "list the targets that berth knows", Destination: &o.known},
			&cli.BoolFlag{Name: "json", Usage: "print JSON", Destination: &o.json},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usagef("berth arch takes no arguments, but got %q", c.Args().First())
			}
			return b.arch(c.Context, o)
		},
	}
}

// archJSON is what --json prints.
type archJSON struct {
	host.Facts
	Generic string `json:"generic"`
	Family  string `json:"family"`
	Kernel  string `json:"kernel"`
}

func (b *berth) arch(ctx context.Context, o archOptions) error {
	if o.known {
		return b.knownTargets(o.json)
	}
	facts, err := host.GatherFacts(ctx, host.Machine{})
	if err != nil {
		return err
	}
	generic, family := facts.Target, facts.Target
	if t, ok := arch.Lookup(facts.Target); ok {
		generic, family = t.Generic().Name(), t.Family().Name()
	}
	if o.json {
		return b.json(archJSON{Facts: facts, Generic: generic, Family: family, Kernel: facts.Kernel})
	}
	var parts []string
	for _, part := range []struct {
		asked bool
		text  string
	}{{o.platform, facts.Platform}, {o.os, facts.OS}, {o.target && !o.generic, facts.Target}, {o.generic, generic}} {
		if part.asked {
			parts = append(parts, part.text)
		}
	}
	if len(parts) == 0 {
		parts = []string{facts.Platform, facts.OS, facts.Target}
	}
	b.printf("%s\n", strings.Join(parts, "-"))
	return nil
}

func (b *berth) knownTargets(asJSON bool) error {
	names := arch.Names()
	if asJSON {
		return b.json(names)
	}
	b.printf("%s\n", strings.Join(names, "\n"))
	return nil
}
