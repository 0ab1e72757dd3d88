package main

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

type licensesOptions struct {
	system      string
	group, json bool
}

func licensesCommand(b *berth) *cli.Command {
	var o licensesOptions
	return &cli.Command{
		Name:  "licenses",
		Usage: "report the licences of the packages in env.lock",
		Description: `berth licenses                 each package with what its recipe states
berth licenses --group         each licence with its packages

It is a report: nothing has to be accepted. Which licences packages may have, env.yaml can say, or config.yaml
in the berth root for all environments of a user; berth concretize then finds packages that comply or ends with 3:

    licenses:
      deny: [GPL-3.0-only, GPL-3.0-or-later]
      allow: [MIT, BSD-*, Apache-2.0, unknown]    # unknown: the recipe states none

[e] is the host's own, of which nothing is asked. With --json: a list of objects with name, version, hash, external,
licenses (SPDX expressions) and against (what the configuration has against it).`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "group", Aliases: []string{"g"}, Usage: "list packages by licence", Destination: &o.group},
			&cli.StringFlag{Name: "system", Usage: "look at the system `NAME` of env.lock", Destination: &o.system},
			&cli.BoolFlag{Name: "json", Usage: "print JSON", Destination: &o.json},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return b.licenses(c.Context, o)
		},
	}
}

// licenseReportJSON is a package as `licenses --json` shows it.
type licenseReportJSON struct {
	Name     string   `json:"name"`
	Version  string   `json:"version"`
	Hash     string   `json:"hash"`
	External bool     `json:"external"`
	Licenses []string `json:"licenses"` // SPDX expressions; empty: not known
	Against  string   `json:"against,omitempty"`
}

func (b *berth) licenses(ctx context.Context, o licensesOptions) error {
	e, err := b.environment()
	if err != nil {
		return err
	}
	lock, system, err := b.lockOf(e, o.system)
	if err != nil {
		return err
	}
	s, err := b.session()
	if err != nil {
		return err
	}
	report, err := e.Licenses(ctx, s, lock, lockedNodes(lock.Systems[system]))
	if err != nil {
		return err
	}
	switch {
	case o.json:
		list := make([]licenseReportJSON, 0, len(report))
		for _, p := range report {
			list = append(list, licenseReportJSON{
				p.Node.Name(), p.Node.Version().String(), p.Node.Hash(), p.Node.External() != nil, append([]string{}, p.Licenses...), p.Against,
			})
		}
		return b.json(list)
	case o.group:
		b.printf("%s", renderLicenseGroups(report, b.outColor))
	default:
		b.printf("%s", renderLicenses(report, b.outColor))
	}
	for _, p := range report {
		if p.Against != "" {
			b.warnf("%s", p.Against)
		}
	}
	return nil
}

func licenseText(p envs.PackageLicense) string {
	if len(p.Licenses) == 0 {
		return packages.UnknownLicense
	}
	parts := slices.Clone(p.Licenses)
	for i, l := range parts {
		if len(parts) > 1 && strings.Contains(l, " OR ") {
			parts[i] = "(" + l + ")"
		}
	}
	return strings.Join(parts, " AND ")
}

func packageText(n *dag.Node) string { return n.Name() + "@" + n.Version().String() }

// renderLicenses is a line per package.
func renderLicenses(report []envs.PackageLicense, color bool) string {
	width := 0
	for _, p := range report {
		width = max(width, len(packageText(p.Node)))
	}
	var b strings.Builder
	for _, p := range report {
		name := packageText(p.Node)
		b.WriteString(ownerMark(p.Node, color) + name + strings.Repeat(" ", width-len(name)+2) + licenseText(p) + "\n")
	}
	return b.String()
}

// renderLicenseGroups is a paragraph per licence.
func renderLicenseGroups(report []envs.PackageLicense, color bool) string {
	groups := map[string][]envs.PackageLicense{}
	var names []string
	for _, p := range report {
		text := licenseText(p)
		if groups[text] == nil {
			names = append(names, text)
		}
		groups[text] = append(groups[text], p)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		b.WriteString(paint(color, bold, name) + "\n")
		for _, p := range groups[name] {
			b.WriteString("  " + ownerMark(p.Node, color) + packageText(p.Node) + "\n")
		}
	}
	return b.String()
}

// ownerMark tells what berth builds from what the host has.
func ownerMark(n *dag.Node, color bool) string {
	if n.External() != nil {
		return external.mark(color)
	}
	return strings.Repeat(" ", len(external.mark(false)))
}
