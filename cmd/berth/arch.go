package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/packages/host/gpu"
	"github.com/berth-hpc/berth/spec/arch"
)

type archOptions struct {
	platform, os, target, generic, gpu, known, json bool

	probe, record, berth string
	externals            bool
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
berth arch --gpu               the GPUs that packages can be built for: sm_80

A login node is not a compute node. The facts of another machine are found out there, and written down beside env.yaml:

berth arch --probe "srun -p gpu"                       what a node of that partition is
berth arch --probe "srun -p gpu" --record gpu          the same, into systems/gpu.yaml; commit it
berth arch --record laptop --externals                 what this machine is and has, so that others can resolve for it

--probe runs this very binary behind the command that it is given; it must be on a file system that both machines see. With --json: an object
with platform, os, target, generic, family, kernel, libc (name, version, loader), gpu and toolkits.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "platform", Aliases: []string{"p"}, Usage: "only the platform", Destination: &o.platform},
			&cli.BoolFlag{Name: "operating-system", Aliases: []string{"o"}, Usage: "only the operating system", Destination: &o.os},
			&cli.BoolFlag{Name: "target", Aliases: []string{"t"}, Usage: "only the target", Destination: &o.target},
			&cli.BoolFlag{Name: "generic", Aliases: []string{"g"}, Usage: "only the best generic target", Destination: &o.generic},
			&cli.BoolFlag{Name: "gpu", Usage: "only the GPU architectures, one a line", Destination: &o.gpu},
			&cli.StringFlag{Name: "probe", Usage: "ask another machine, which is reached by putting `COMMAND` before a command line", Destination: &o.probe},
			&cli.StringFlag{Name: "berth", Usage: "with --probe: the berth to run there is `FILE` (default: this one)", Destination: &o.berth},
			&cli.StringFlag{Name: "record", Usage: "write the facts into systems/`NAME`.yaml beside env.yaml", Destination: &o.record},
			&cli.BoolFlag{Name: "externals", Usage: "with --record: also what packages.yaml says that this host has", Destination: &o.externals},
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
	Generic  string        `json:"generic"`
	Family   string        `json:"family"`
	Kernel   string        `json:"kernel"`
	GPU      gpu.Facts     `json:"gpu"`
	Toolkits []gpu.Toolkit `json:"toolkits"`
}

func (b *berth) arch(ctx context.Context, o archOptions) error {
	switch {
	case o.known:
		return b.knownTargets(o.json)
	case o.berth != "" && o.probe == "":
		return usagef("--berth says what --probe runs there: give that too")
	case o.externals && o.record == "":
		return usagef("--externals says what --record writes down: give that too")
	}
	facts, err := b.factsFor(ctx, o)
	if err != nil {
		return err
	}
	if o.record != "" {
		if err := b.recordSystem(ctx, o, facts); err != nil {
			return err
		}
	}
	return b.showFacts(o, facts)
}

// factsFor finds out what this machine is, or the one that is to be probed.
func (b *berth) factsFor(ctx context.Context, o archOptions) (probed, error) {
	s, err := b.session()
	if err != nil {
		return probed{}, err
	}
	if o.probe != "" {
		return b.probeThere(ctx, o.probe, o.berth)
	}
	quick := !o.json && !o.gpu && o.record == ""
	return probeHere(ctx, s, b.getenv, quick)
}

func (b *berth) showFacts(o archOptions, facts probed) error {
	generic, family := facts.Target, facts.Target
	if t, ok := arch.Lookup(facts.Target); ok {
		generic, family = t.Generic().Name(), t.Family().Name()
	}
	if o.json {
		return b.json(archJSON{
			Facts: facts.Facts, Generic: generic, Family: family, Kernel: facts.Kernel, GPU: facts.GPU, Toolkits: append([]gpu.Toolkit{}, facts.Toolkits...),
		})
	}
	for _, note := range facts.Notes {
		b.detailf("%s", note)
	}
	if o.gpu {
		for _, name := range facts.GPU.Archs() {
			b.printf("%s\n", name)
		}
		return nil
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
		if o.probe != "" && !facts.GPU.IsZero() {
			b.notef("GPUs: %s", facts.GPU)
		}
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
