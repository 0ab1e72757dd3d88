package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/install/store"
)

func verifyCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "hold installed packages against what they were when installed",
		ArgsUsage: "[SPEC...]",
		Description: `berth verify                   everything
berth verify hdf5 /abcdefg     some
berth verify --json            a list of objects with hash, name, version, prefix and problems (of path, kind and what)

For each package the hash is computed again from its own description; every file, link and mode is compared with
the list that was made when it was installed; what it needs must be installed, and its programs and libraries must find
what they need. What the host has must be there, and be what it was when it was first used. berth ends with 5 if
anything differs; berth repair brings it back.`,
		Flags:  []cli.Flag{jsonFlag()},
		Action: func(c *cli.Context) error { return b.verify(c.Context, c.Args().Slice(), c.Bool("json")) },
	}
}

// damagedError says that installed packages are not what they were.
type damagedError struct{ packages int }

func (e *damagedError) Error() string {
	return "verify: " + counted(e.packages, "package is", "packages are") + " not as installed"
}

// Hint says how to get them back.
func (e *damagedError) Hint() string {
	return "`berth repair` brings them back, in place"
}

// verifiedJSON is the finding on a package as --json shows it.
type verifiedJSON struct {
	Hash     string        `json:"hash"`
	Name     string        `json:"name"`
	Version  string        `json:"version"`
	Prefix   string        `json:"prefix"`
	Problems []problemJSON `json:"problems"`
}

type problemJSON struct {
	Path string     `json:"path"` // below the prefix; "" is the package as a whole
	Kind store.Kind `json:"kind"`
	What string     `json:"what"`
}

func (b *berth) verify(ctx context.Context, args []string, asJSON bool) error {
	s, records, err := b.installed(args)
	if err != nil {
		return err
	}
	auditor := &install.Auditor{Store: s}
	found, err := auditor.VerifyAll(ctx, records, func(r store.Record) { b.detailf("verified %s", shortName(r)) })
	if err != nil {
		return err
	}
	damaged := 0
	findings := make([]verifiedJSON, 0, len(records))
	for i, r := range records {
		problems := found[i]
		if len(problems) > 0 {
			damaged++
		}
		finding := verifiedJSON{
			Hash: r.Node.Hash(), Name: r.Node.Name(), Version: r.Node.Version().String(), Prefix: r.Prefix, Problems: []problemJSON{},
		}
		for _, p := range problems {
			finding.Problems = append(finding.Problems, problemJSON{p.Path, p.Kind, p.What})
			if !asJSON {
				b.printf("%s\n", p)
			}
		}
		findings = append(findings, finding)
	}
	if asJSON {
		if err := b.json(findings); err != nil {
			return err
		}
	}
	if damaged > 0 {
		return &damagedError{damaged}
	}
	if len(records) == 0 {
		b.notef("nothing is installed")
		return nil
	}
	b.notef("%s as installed", counted(len(records), "package is", "packages are"))
	return nil
}
