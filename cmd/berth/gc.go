package main

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/install/store"
)

type gcOptions struct {
	dryRun, keepBuild, buildOnly, stale, json bool
	olderThan                                 int // days; -1: as the settings say
}

func gcCommand(b *berth) *cli.Command {
	o := gcOptions{olderThan: -1}
	return &cli.Command{
		Name:  "gc",
		Usage: "remove what nothing needs any more",
		Description: `berth gc --dry-run               what would go, with its bytes and files
berth gc                         packages that nothing needs, old stages, old sources
berth gc --keep-build            but not what was needed to build the others
berth gc --build-only            only that
berth gc --older-than 0          all kept stages and all fetched sources, whatever their age

What was asked for by name, what environments have in their env.lock, were last installed with or show in their views, and
what these need to be linked and run, stays. berth gc waits until no install runs. Stages of failed builds go after 14
days, sources and the git repositories that they come from after 90, or as gc: {stages: DAYS, sources: DAYS} in config.yaml
says.

An environment whose directory cannot be found may be on a file system that is not mounted: its packages stay, and it is
named. --stale forgets it. --json prints an object with packages, stages, sources, gone (directories of such
environments), bytes and files.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "only say what would go", Destination: &o.dryRun},
			&cli.BoolFlag{Name: "keep-build", Aliases: []string{"b"}, Usage: "keep what packages that stay were built with", Destination: &o.keepBuild},
			&cli.BoolFlag{Name: "build-only", Usage: "remove only what packages that stay were built with", Destination: &o.buildOnly},
			&cli.BoolFlag{Name: "stale", Usage: "forget environments that cannot be found or read", Destination: &o.stale},
			&cli.IntFlag{Name: "older-than", Usage: "remove stages and sources not used for `DAYS` days", Value: -1, DefaultText: "14 and 90", Destination: &o.olderThan},
			&cli.BoolFlag{Name: "json", Usage: "print JSON", Destination: &o.json},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if o.keepBuild && o.buildOnly {
				return usagef("--keep-build and --build-only exclude each other")
			}
			if c.IsSet("older-than") && o.olderThan < 0 {
				return usagef("--older-than takes a number of days, not %d", o.olderThan)
			}
			return b.gc(c.Context, o)
		},
	}
}

const day = 24 * time.Hour

func (b *berth) gc(ctx context.Context, o gcOptions) error {
	s, err := b.session()
	if err != nil {
		return err
	}
	age := s.Settings.GC
	if o.olderThan >= 0 {
		age = envs.GCSettings{Stages: o.olderThan, Sources: o.olderThan}
	}
	options := envs.CollectOptions{
		KeepBuild: o.keepBuild, BuildOnly: o.buildOnly, Stale: o.stale,
		Stages: time.Duration(age.Stages) * day, Sources: time.Duration(age.Sources) * day,
	}
	var g *envs.Garbage
	if o.dryRun {
		g, err = s.Garbage(ctx, options)
	} else {
		g, err = s.Collect(ctx, options,
			func(r store.Record) { b.notef("removed %s", roomOf(r)) },
			func(l store.Leftover) { b.notef("removed %s", describeLeftover(l)) })
	}
	if err != nil {
		return err
	}
	for _, dir := range g.Gone {
		if o.stale {
			b.warnf("the environment %s cannot be found: its packages count no more", dir)
		} else {
			b.warnf("the environment %s cannot be found: what was installed for it stays; `berth gc --stale` forgets it", dir)
		}
	}
	if o.json {
		return b.json(newGarbageJSON(g))
	}
	b.tellGarbage(g, o.dryRun)
	return nil
}

// tellGarbage lists what would go, or sums up what went.
func (b *berth) tellGarbage(g *envs.Garbage, dryRun bool) {
	sum := newGarbageJSON(g)
	things := len(g.Packages) + len(g.Stages) + len(g.Sources)
	if things == 0 {
		b.notef("everything is needed")
		return
	}
	total := fmt.Sprintf("%s and %s: %s, %s, %s", binarySize(sum.Bytes), counted(int(sum.Files), "file", "files"),
		counted(len(g.Packages), "package", "packages"), counted(len(g.Stages), "stage", "stages"), counted(len(g.Sources), "source", "sources"))
	if !dryRun {
		b.notef("freed %s", total)
		return
	}
	for _, r := range g.Packages {
		why := ""
		if g.Built[r.Node.Hash()] {
			why = ", which others were built with"
		}
		b.printf("would remove %s%s\n", roomOf(r), why)
	}
	for _, l := range append(g.Stages, g.Sources...) {
		b.printf("would remove %s\n", describeLeftover(l))
	}
	b.printf("would free %s\n", total)
}

// roomOf is what a removal calls a package, with its room.
func roomOf(r store.Record) string {
	if r.Node.External() != nil {
		return "the record of " + shortName(r) + " in " + r.Prefix
	}
	return fmt.Sprintf("%s (%s, %s)", shortName(r), binarySize(r.Bytes), counted(int(r.Files), "file", "files"))
}

func describeLeftover(l store.Leftover) string {
	return fmt.Sprintf("%s (%s, %s)", l.Path, binarySize(l.Bytes), counted(int(l.Files), "file", "files"))
}

// garbageJSON is what gc found, as --json shows it.
type garbageJSON struct {
	Packages []garbagePackageJSON `json:"packages"`
	Stages   []leftoverJSON       `json:"stages"`
	Sources  []leftoverJSON       `json:"sources"`
	Gone     []string             `json:"gone"`
	Bytes    int64                `json:"bytes"`
	Files    int64                `json:"files"`
}

type garbagePackageJSON struct {
	packageRoomJSON
	External  bool `json:"external"`
	BuildOnly bool `json:"build_only"` // something that stays was built with it
}

type leftoverJSON struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	Files int64  `json:"files"`
	Used  string `json:"used"` // RFC 3339, UTC
}

func newGarbageJSON(g *envs.Garbage) garbageJSON {
	doc := garbageJSON{Packages: []garbagePackageJSON{}, Stages: []leftoverJSON{}, Sources: []leftoverJSON{}, Gone: append([]string{}, g.Gone...)}
	for _, r := range g.Packages {
		doc.Packages = append(doc.Packages, garbagePackageJSON{
			packageRoomJSON{r.Node.Name(), r.Node.Version().String(), r.Node.Hash(), r.Prefix, r.Bytes, r.Files},
			r.Node.External() != nil, g.Built[r.Node.Hash()],
		})
		doc.Bytes += r.Bytes
		doc.Files += r.Files
	}
	leftovers := func(list []store.Leftover) []leftoverJSON {
		docs := []leftoverJSON{}
		for _, l := range list {
			docs = append(docs, leftoverJSON{l.Path, l.Bytes, l.Files, l.Used.UTC().Format(time.RFC3339)})
			doc.Bytes += l.Bytes
			doc.Files += l.Files
		}
		return docs
	}
	doc.Stages, doc.Sources = leftovers(g.Stages), leftovers(g.Sources)
	return doc
}
