package main

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/install/store"
)

func duCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "du",
		Usage:     "show how much room installed packages take, in bytes and files",
		ArgsUsage: "[SPEC...]",
		Description: `berth du                       everything in the store, the largest first
berth du hdf5 ^mpich           what meets a spec
berth du --files               the most files first, where inodes are what is scarce

Sizes are those of the list that was made when a package was installed; directories and links count as files.
What is the host's own takes no room. Without a spec, what stages and sources take stands below. --json prints
an object with packages (a list of objects with name, version, hash, prefix, bytes and files), bytes and files (of
all of them).`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "files", Aliases: []string{"f"}, Usage: "sort by the number of files"},
			jsonFlag(),
		},
		Action: func(c *cli.Context) error { return b.du(c.Args().Slice(), c.Bool("files"), c.Bool("json")) },
	}
}

// roomJSON is what packages take, as --json shows it.
type roomJSON struct {
	Packages []packageRoomJSON `json:"packages"`
	Bytes    int64             `json:"bytes"`
	Files    int64             `json:"files"`
}

type packageRoomJSON struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Hash    string `json:"hash"`
	Prefix  string `json:"prefix"`
	Bytes   int64  `json:"bytes"`
	Files   int64  `json:"files"`
}

func (b *berth) du(args []string, byFiles, asJSON bool) error {
	s, records, err := b.installed(args)
	if err != nil {
		return err
	}
	records = slices.DeleteFunc(records, func(r store.Record) bool { return r.Node.External() != nil })
	slices.SortStableFunc(records, func(a, b store.Record) int {
		if byFiles {
			return cmp.Or(cmp.Compare(b.Files, a.Files), cmp.Compare(b.Bytes, a.Bytes))
		}
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(b.Files, a.Files))
	})
	room := newRoomJSON(records)
	if asJSON {
		return b.json(room)
	}
	if len(records) == 0 && len(args) > 0 {
		b.notef("it is the host's own, and takes no room in the store")
		return nil
	}
	if len(records) == 0 {
		b.notef("nothing is installed")
	} else {
		b.printf("%s", renderRoom(records, room))
	}
	if len(args) > 0 {
		return nil
	}
	return b.tellLeftovers(s)
}

// tellLeftovers says what else takes room below the root.
func (b *berth) tellLeftovers(s *store.Store) error {
	stages, err := s.Stages()
	if err != nil {
		return err
	}
	sources, err := s.Sources()
	if err != nil {
		return err
	}
	for _, kind := range []struct {
		what string
		list []store.Leftover
	}{{"stages of builds", stages}, {"fetched sources", sources}} {
		var sum store.Leftover
		for _, l := range kind.list {
			sum.Bytes += l.Bytes
			sum.Files += l.Files
		}
		if sum.Files > 0 {
			b.notef("beside them %s: %s, %s; `berth gc` removes old ones", kind.what, binarySize(sum.Bytes), counted(int(sum.Files), "file", "files"))
		}
	}
	return nil
}

func newRoomJSON(records []store.Record) roomJSON {
	room := roomJSON{Packages: []packageRoomJSON{}}
	for _, r := range records {
		room.Packages = append(room.Packages, packageRoomJSON{
			r.Node.Name(), r.Node.Version().String(), r.Node.Hash(), r.Prefix, r.Bytes, r.Files,
		})
		room.Bytes += r.Bytes
		room.Files += r.Files
	}
	return room
}

// renderRoom is a line per package, and one for all; numbers stand at the right of their columns.
func renderRoom(records []store.Record, room roomJSON) string {
	rows := [][]string{{"size", "files", "package"}}
	for _, r := range records {
		rows = append(rows, []string{binarySize(r.Bytes), strconv.FormatInt(r.Files, 10), shortName(r)})
	}
	rows = append(rows, []string{
		binarySize(room.Bytes), strconv.FormatInt(room.Files, 10), "in " + counted(len(records), "package", "packages"),
	})
	for column := range 2 {
		alignRight(rows, column)
	}
	return renderColumns("", rows)
}
