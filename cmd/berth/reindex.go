package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/install/store"
)

func reindexCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:  "reindex",
		Usage: "rebuild the index from the installed packages",
		Description: `berth reindex                  nothing is lost by it, and mostly nothing is needed

Each installed package describes itself; the index, db.sqlite in the berth root, only sums them up. A lost
or damaged one is rebuilt by the next command that changes it; this does it now. Nothing else is touched.`,
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usagef("berth reindex takes no arguments")
			}
			return b.reindex(c.Context)
		},
	}
}

func (b *berth) reindex(ctx context.Context) error {
	s, err := b.store()
	if err != nil {
		return err
	}
	if err := s.Reindex(ctx); err != nil {
		return err
	}
	records, err := s.Query(store.Filter{})
	if err != nil {
		return err
	}
	b.notef("indexed: %s", countRecords(records))
	return nil
}
