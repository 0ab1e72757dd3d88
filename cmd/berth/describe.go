package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/spec/dag"
)

type describeOptions struct {
	system    string
	all, json bool
}

func describeCommand(b *berth) *cli.Command {
	var o describeOptions
	return &cli.Command{
		Name:  "describe",
		Usage: "say what a paper's appendix needs of the environment here",
		Description: `berth describe                 version of berth, checksums, machine, what was asked for and what that became
berth describe --all           and every package
berth describe --json >env.json

It reads env.lock and looks at nothing else, so it says the same wherever the project is. "recipes" is one checksum for
the recipes of all packages. With --json: an object with berth, lock, recipes, repositories, system, host, roots,
providers and packages.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "list every package", Destination: &o.all},
			&cli.StringFlag{Name: "system", Usage: "look at the system `NAME` of env.lock", Destination: &o.system},
			&cli.BoolFlag{Name: "json", Usage: "print JSON", Destination: &o.json},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			e, err := b.environment()
			if err != nil {
				return err
			}
			lock, system, err := b.lockOf(e, o.system)
			if err != nil {
				return err
			}
			d, err := e.Describe(lock, system)
			if err != nil {
				return err
			}
			if o.json {
				return b.json(newDescriptionJSON(d))
			}
			b.printf("%s", renderDescription(d, o.all))
			return nil
		},
	}
}

// descriptionJSON is what --json prints.
type descriptionJSON struct {
	Berth        string                     `json:"berth"`   // the version
	Lock         string                     `json:"lock"`    // "sha256:..." of env.lock
	Recipes      string                     `json:"recipes"` // "sha256:..." of all recipes
	Repositories []envs.LockedRepo          `json:"repositories"`
	System       describedSystemJSON        `json:"system"`
	Host         envs.SystemFacts           `json:"host"`
	Roots        []describedRootJSON        `json:"roots"`
	Providers    map[string][]describedJSON `json:"providers"`
	Packages     []describedJSON            `json:"packages"`
}

type describedSystemJSON struct {
	Name     string `json:"name"`
	Platform string `json:"platform"`
	OS       string `json:"os"`
	Target   string `json:"target"`
}

type describedRootJSON struct {
	Asked string `json:"asked"` // in env.yaml
	describedJSON
}

type describedJSON struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Spec     string `json:"spec"`
	Hash     string `json:"hash"`
	External bool   `json:"external"`
}

func newDescriptionJSON(d *envs.Description) descriptionJSON {
	j := descriptionJSON{
		Berth: version, Lock: "sha256:" + d.Lock, Recipes: "sha256:" + d.Recipes, Repositories: d.Repositories,
		System: describedSystemJSON{d.System, d.Platform, d.OS, d.Target}, Host: d.Host,
		Roots: []describedRootJSON{}, Providers: map[string][]describedJSON{}, Packages: []describedJSON{},
	}
	for _, r := range d.Roots {
		j.Roots = append(j.Roots, describedRootJSON{r.Asked, newDescribedJSON(r.Node)})
	}
	for virtual, nodes := range d.Providers {
		for _, n := range nodes {
			j.Providers[virtual] = append(j.Providers[virtual], newDescribedJSON(n))
		}
	}
	for _, n := range d.Nodes {
		j.Packages = append(j.Packages, newDescribedJSON(n))
	}
	return j
}

func newDescribedJSON(n *dag.Node) describedJSON {
	return describedJSON{n.Name(), n.Version().String(), n.String(), n.Hash(), n.External() != nil}
}

// renderDescription is the description as text that can be pasted into an appendix.
func renderDescription(d *envs.Description, all bool) string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "berth\t%s\n", version)
	fmt.Fprintf(table, "env.lock\tsha256 %s\n", d.Lock)
	fmt.Fprintf(table, "recipes\tsha256 %s (%s)\n", d.Recipes, repositoryNames(d.Repositories))
	fmt.Fprintf(table, "built for\t%s-%s-%s%s\n", d.Platform, d.OS, d.Target, systemName(d.System))
	fmt.Fprintf(table, "resolved on\t%s\n", hostText(d.Host.Facts))
	if !d.Host.GPU.IsZero() {
		fmt.Fprintf(table, "GPUs\t%s\n", d.Host.GPU)
	}
	built := 0
	for _, n := range d.Nodes {
		if n.External() == nil {
			built++
		}
	}
	fmt.Fprintf(table, "packages\t%d built, %d of the host\n", built, len(d.Nodes)-built)
	for _, virtual := range slices.Sorted(maps.Keys(d.Providers)) {
		fmt.Fprintf(table, "%s\t%s\n", virtual, describeNodes(d.Providers[virtual]))
	}
	table.Flush()
	b.WriteString("\nasked for, and what that became\n")
	for _, r := range d.Roots {
		fmt.Fprintf(&b, "  %s\n    %s /%s\n", r.Asked, renderNode(r.Node, false), r.Node.Hash())
	}
	if all {
		b.WriteString("\nall packages\n")
		for _, n := range d.Nodes {
			fmt.Fprintf(&b, "  %s /%s\n", renderNode(n, false), n.Hash())
		}
	}
	return b.String()
}

func systemName(name string) string {
	if name == envs.DefaultSystem {
		return ""
	}
	return " (system " + name + ")"
}

func repositoryNames(repos []envs.LockedRepo) string {
	var names []string
	for _, r := range repos {
		if r.Namespace == r.Identity {
			names = append(names, r.Namespace)
		} else {
			names = append(names, r.Namespace+" "+r.Identity)
		}
	}
	return strings.Join(names, ", ")
}

func hostText(f host.Facts) string {
	text := fmt.Sprintf("%s-%s-%s", f.Platform, f.OS, f.Target)
	if f.Libc.Name != "" {
		text += ", " + f.Libc.Name + " " + f.Libc.Version
	}
	return text
}

func describeNodes(nodes []*dag.Node) string {
	var names []string
	for _, n := range nodes {
		name := n.Name() + " " + n.Version().String()
		if n.External() != nil {
			name += " (of the host)"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
