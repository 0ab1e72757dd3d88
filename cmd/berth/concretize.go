package main

import (
	"time"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
)

func concretizeCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:    "concretize",
		Aliases: []string{"lock"},
		Usage:   "resolve env.yaml into env.lock",
		Description: `berth concretize               write env.lock; what it has stays, as far as env.yaml allows
berth concretize --fresh       resolve as if there were no env.lock
berth concretize --update hypre      move hypre to its best version, and other packages only where they must
berth concretize --check       write nothing; exit 5 if env.lock is not up to date
berth concretize --system gpu  one system of several; else all of which there is a fact sheet (` + "`berth arch --record`" + `) or that this machine is

What moves is told on stderr; ` + "`git show HEAD:env.lock | berth diff -`" + ` tells it again.`,
		Flags: append(resolveFlags(),
			&cli.StringSliceFlag{Name: "update", Usage: "resolve the package `PKG` of env.lock anew (may be given several times)"},
			&cli.BoolFlag{Name: "check", Aliases: []string{"locked"}, Usage: "write nothing; exit 5 if env.lock would change"},
			&cli.BoolFlag{Name: "timers", Usage: "show how long it took, on stderr"}),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			o, err := b.resolveOptions(c)
			if err != nil {
				return err
			}
			o.Update = c.StringSlice("update")
			switch {
			case len(o.Update) > 0 && o.Fresh:
				return usagef("--fresh resolves everything anew, --update only what it names: give one of them")
			case len(o.Update) > 0 && c.Bool("check"):
				return usagef("--check writes nothing, so it cannot --update")
			}
			return b.concretize(c, o)
		},
	}
}

func (b *berth) concretize(c *cli.Context, o envs.Options) error {
	began := time.Now()
	e, err := b.environment()
	if err != nil {
		return err
	}
	s, err := b.session()
	if err != nil {
		return err
	}
	if c.Bool("check") {
		return e.Check(c.Context, s, o)
	}
	results, skipped, err := e.ConcretizeAll(c.Context, s, o)
	if err != nil {
		return err
	}
	if err := results[len(results)-1].Lock.Write(e.LockPath()); err != nil {
		return err
	}
	for _, result := range results {
		if result.Solution != nil && c.Bool("timers") {
			b.notef("system %s\n%s", result.System, renderStats(result.Solution.Stats, time.Since(began)))
		}
		b.showMoves(result)
	}
	for _, left := range skipped {
		b.showSkipped(left)
	}
	return nil
}

// showSkipped tells of a system that nothing is known of here.
func (b *berth) showSkipped(left envs.Skipped) {
	became := "it is not locked"
	if left.Locked {
		became = "its section of " + envs.LockName + " stays as it is"
	}
	b.notef("system %s: there is no %s/%s.yaml, and this machine is none of it: %s", left.System, envs.SheetDir, left.System, became)
}

// showMoves tells what a new lock changes.
func (b *berth) showMoves(r *envs.Result) {
	if !r.Changed {
		b.notef("%s is up to date", envs.LockName)
		return
	}
	for _, line := range r.Moves {
		b.notef("  %s", line)
	}
	b.notef("wrote %s: %d packages for system %s", envs.LockName, r.Packages(), r.System)
}
