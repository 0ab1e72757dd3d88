package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/spec"
)

type findOptions struct {
	hashes, paths, variants, explicit, json bool
}

func findCommand(b *berth) *cli.Command {
	var o findOptions
	return &cli.Command{
		Name:      "find",
		Usage:     "list what is installed",
		ArgsUsage: "[SPEC...]",
		Description: `berth find                     everything, the host's own packages that are in use included
berth find -lp hdf5+mpi        what meets hdf5+mpi, with hashes and paths
berth find -x                  what a person asked for, not what came along
berth find --json ^mpich       what is built with mpich, for a program to read

[+] is built by berth, [e] is the host's own, [^] stands in an upstream, whose name is behind it. With --json: a list
of objects with name, version, hash, spec, prefix, external, explicit, installed_at, bytes, files and upstream. berth ends with 1 if nothing meets a spec.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "long", Aliases: []string{"l"}, Usage: "show hashes, 7 characters", Destination: &o.hashes},
			&cli.BoolFlag{Name: "paths", Aliases: []string{"p"}, Usage: "show where it stands", Destination: &o.paths},
			&cli.BoolFlag{Name: "variants", Aliases: []string{"v"}, Usage: "show variants, flags and target", Destination: &o.variants},
			&cli.BoolFlag{Name: "explicit", Aliases: []string{"x"}, Usage: "only what was asked for", Destination: &o.explicit},
			&cli.BoolFlag{Name: "json", Usage: "print JSON", Destination: &o.json},
		},
		Action: func(c *cli.Context) error { return b.find(c.Args().Slice(), o) },
	}
}

func (b *berth) find(args []string, o findOptions) error {
	specs, err := b.installedSpecs(args)
	if err != nil {
		return err
	}
	s, err := b.store()
	if err != nil {
		return err
	}
	var filter store.Filter
	if o.explicit {
		filter.Explicit = &o.explicit
	}
	records, err := s.Query(filter)
	if err != nil {
		return err
	}
	records = append(records, upstreamRecords(s, records, specs, filter)...)
	if records, err = selected(records, specs); err != nil {
		return err
	}
	if o.json {
		list := make([]recordJSON, 0, len(records))
		for _, r := range records {
			list = append(list, newRecordJSON(r))
		}
		return b.json(list)
	}
	b.printf("%s", renderRecords(records, o, b.outColor))
	b.notef("%s", countRecords(records))
	return nil
}

// upstreamRecords lists what upstreams have and the store has not. Where the specs name packages, only these are read.
func upstreamRecords(s *store.Store, own []store.Record, specs []*spec.Spec, f store.Filter) []store.Record {
	if len(s.Upstreams()) == 0 {
		return nil
	}
	names := []string{""}
	if len(specs) > 0 && !slices.ContainsFunc(specs, func(s *spec.Spec) bool { return s.Name == "" }) {
		names = nil
		for _, s := range specs {
			names = append(names, s.Name)
		}
		names = slices.Compact(slices.Sorted(slices.Values(names)))
	}
	have := map[string]bool{}
	for _, r := range own {
		have[r.Node.Hash()] = true
	}
	var found []store.Record
	for _, f.Name = range names {
		for _, r := range s.UpstreamRecords(f) {
			if !have[r.Node.Hash()] {
				found = append(found, r)
			}
		}
	}
	return found
}

// widestColumn is where the column of paths begins at the latest: one package with many variants must not push all paths away.
const widestColumn = 60

// renderRecords is a line per record, in columns.
func renderRecords(records []store.Record, o findOptions, color bool) string {
	width := 0
	for _, r := range records {
		width = max(width, len(describeRecord(r, o, false)))
	}
	width = min(width, widestColumn)
	var b strings.Builder
	for _, r := range records {
		status := installed
		switch {
		case r.Upstream != "":
			status = reusable
		case r.Node.External() != nil:
			status = external
		}
		b.WriteString(status.mark(color))
		if o.hashes {
			b.WriteString(paint(color, dim, r.Node.ShortHash()) + "  ")
		}
		b.WriteString(describeRecord(r, o, color))
		if o.paths {
			padding := max(width-len(describeRecord(r, o, false)), 0)
			b.WriteString(strings.Repeat(" ", padding+2) + r.Prefix)
		}
		if r.Upstream != "" {
			b.WriteString(paint(color, dim, "  (upstream "+r.Upstream+")"))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func describeRecord(r store.Record, o findOptions, color bool) string {
	if o.variants {
		return renderNode(r.Node, color)
	}
	return r.Node.Name() + paint(color, cyan, "@"+r.Node.Version().String())
}

func countRecords(records []store.Record) string {
	if len(records) == 0 {
		return "nothing is installed"
	}
	externals, upstream := 0, 0
	for _, r := range records {
		switch {
		case r.Upstream != "":
			upstream++
		case r.Node.External() != nil:
			externals++
		}
	}
	text := counted(len(records)-externals-upstream, "package", "packages")
	if externals > 0 {
		text += ", " + counted(externals, "external", "externals")
	}
	if upstream > 0 {
		text += fmt.Sprintf(", %d in upstreams", upstream)
	}
	return text
}
