package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/config"
	"github.com/berth-hpc/berth/packages/host"
)

func externalCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:  "external",
		Usage: "find what this host has, and use it instead of building it",
		Description: `berth external find            everything that a recipe knows how to recognise
berth external find openmpi    one package
berth external list            what could be recognised, and what packages.yaml has of it, the user's and the site's

What is found is proven by using it, as by compiling a program, and written to packages.yaml in the berth root,
in Spack's format, beside what stands there.`,
		Subcommands: []*cli.Command{
			externalFindCommand(b, "find", "look for compilers, MPI and build tools, and write them to packages.yaml", nil),
			externalListCommand(b),
		},
	}
}

type externalFindOptions struct {
	repo                  string
	dryRun, fresh, json   bool
	replace, notBuildable bool
	modules, run          bool
	skip                  cli.StringSlice
}

// externalFindCommand is `berth external find`, and `berth compiler find`, which looks for compilers alone.
func externalFindCommand(b *berth, name, usage string, only []string) *cli.Command {
	var o externalFindOptions
	c := &cli.Command{
		Name:  name,
		Usage: usage,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "write nothing", Destination: &o.dryRun},
			&cli.BoolFlag{Name: "replace", Usage: "replace entries that say something else of the same package in the same prefix, and take out those whose files are gone", Destination: &o.replace},
			&cli.BoolFlag{Name: "not-buildable", Usage: "never build what was found, unless packages.yaml says that it may be", Destination: &o.notBuildable},
			&cli.BoolFlag{Name: "fresh", Usage: "ask every program again, whatever it answered before", Destination: &o.fresh},
			&cli.BoolFlag{Name: "modules", Usage: "load the modules that may lead to compilers and MPIs, too, one at a time", Destination: &o.modules},
			&cli.BoolFlag{Name: "run", Usage: "start a program of each MPI with 2 ranks, which a login node may not allow", Destination: &o.run},
			&cli.StringSliceFlag{Name: "skip", Usage: "do without `PROGRAM`, or all programs in a directory, and do not ask it; may be given several times", Destination: &o.skip},
			&cli.StringFlag{Name: "repo", Usage: "use the recipes in `DIR`, or of the repository of that name, and no others", Destination: &o.repo},
			&cli.BoolFlag{Name: "json", Usage: "print JSON", Destination: &o.json},
		},
		Action: func(c *cli.Context) error {
			names := only
			if only == nil {
				names = c.Args().Slice()
			} else if c.NArg() > 0 {
				return usagef("berth compiler find takes no arguments, but got %q", c.Args().First())
			}
			return b.externalFind(c.Context, names, o)
		},
	}
	c.Description = `berth compiler find            add what is found to packages.yaml in the root
berth compiler find --replace  after an upgrade: forget the versions that were there, and compilers that are gone`
	if only == nil {
		c.ArgsUsage = "[NAME...]"
		c.Description = `berth external find            everything that berth can recognise
berth external find gcc mpi    some packages, or the providers of a virtual
berth external find -v         tell of each candidate why it was not taken
berth external find --modules mpi              also what module load leads to: PrgEnv-gnu, cray-mpich, openmpi
berth external find --replace cmake            after an upgrade: forget the version that was there
berth external find --replace                  also take out of packages.yaml whatever is gone
berth external find --not-buildable openmpi    and never build one
berth external find --skip /opt/dead/bin/ifx   do without a program that never answers

Each compiler and MPI has compiled and linked a program before it is listed. What is found is added to
packages.yaml in the root; what stands there already is left as it is, unless --replace is given. A program that
does not answer in time is asked once more with a longer limit; what stays silent is told, and nothing that it
is a part of is recorded. With --json: an object with externals (spec,
name, version, prefix, attributes), findings (package, path, verdict, reason), searched, and written.`
	}
	return c
}

func (b *berth) externalFind(ctx context.Context, names []string, o externalFindOptions) error {
	session, err := b.session()
	if err != nil {
		return err
	}
	repo, err := b.openRecipes(ctx, o.repo)
	if err != nil {
		return err
	}
	if err := checkNames(repo, names); err != nil {
		return err
	}
	find := envs.FindOptions{Fresh: o.fresh, Start: o.run}
	for _, path := range o.skip.Value() {
		if path, err = filepath.Abs(path); err != nil {
			return fmt.Errorf("skip program: %w", err)
		}
		find.Skip = append(find.Skip, path)
	}
	if o.modules {
		if find.Modules, err = b.moduleCommand(); err != nil {
			return err
		}
	}
	report, err := session.FindExternalsWith(ctx, repo, names, find)
	if err != nil {
		return explainFind(err)
	}
	var done config.Updated
	if !o.dryRun {
		update := config.Update{Add: report.Externals, Replace: o.replace, NotBuildable: o.notBuildable, Unsure: report.Unsure}
		if o.replace {
			update.Gone = goneAmong(repo, names)
		}
		if done, err = session.UpdateExternals(update); err != nil {
			return err
		}
	}
	written := len(done.Added)
	if o.json {
		return b.json(newReportJSON(report, written))
	}
	b.showExternals(report.Externals)
	b.showFindings(report, len(names) > 0)
	b.warnSilent(report)
	if !o.dryRun {
		for _, old := range done.Replaced {
			b.notef("replaced %s in %s", describeExternal(old), old.Prefix)
		}
		for _, old := range done.Removed {
			b.notef("removed %s: %s is gone", describeExternal(old), strings.Join(host.Gone(host.Machine{}, old), ", "))
		}
		for _, old := range done.ByHand {
			b.warnf("%s: %s is not what this host has any more, and is written in a form that berth does not edit: change it by hand", old.Place, describeExternal(old))
		}
		for _, old := range done.Needed {
			b.notef("kept %s (%s), although %s is gone: another entry was built with it", describeExternal(old), old.Place, strings.Join(host.Gone(host.Machine{}, old), ", "))
		}
		if len(done.NotBuildable) > 0 {
			b.notef("never to be built: %s", strings.Join(done.NotBuildable, ", "))
		}
		b.notef("added %s to %s; %d stood there already", counted(written, "external", "externals"), session.PackagesPath(), len(report.Externals)-written)
	}
	return nil
}

// goneAmong tells of an external whether its files are gone, if it is of one of the packages or virtuals that are looked for.
func goneAmong(repo packages.Repo, names []string) func(packages.External) bool {
	all := len(names) == 0
	for _, name := range names {
		names = append(names, repo.Providers(name)...)
	}
	return func(x packages.External) bool {
		return (all || slices.Contains(names, x.Spec.Name)) && len(host.Gone(host.Machine{}, x)) > 0
	}
}

// warnSilent says, whatever else is said, what did not answer: it may well be there.
func (b *berth) warnSilent(r host.Report) {
	silent := r.Silent()
	for _, f := range silent {
		b.warnf("%s: %s", f.Path, f.Reason)
	}
	if len(silent) > 0 {
		b.hintf("the machine may be under load, or a file system slow: `berth external find` looks again")
	}
	if programs := r.SilentPrograms(); len(programs) > 0 {
		b.hintf("`berth external find --skip %s` does without what never answers, and records the rest of what it is a part of", strings.Join(programs, " --skip "))
		b.hintf("or write into %s what you know of it, which nobody asks: gcc: {externals: [{spec: gcc@12.2.0, prefix: /usr, extra_attributes: {compilers: {c: /usr/bin/gcc}}}]}", envs.PackagesName)
	}
}

// explainFind adds what the user can do about a package that cannot be recognised.
func explainFind(err error) error {
	var not *host.NotDetectableError
	if errors.As(err, &not) {
		return withHint(err, "write it into packages.yaml by hand: externals: [{spec: %s@VERSION, prefix: DIR}]", not.Package)
	}
	return err
}

// showExternals prints a table: the spec, and where it stands.
func (b *berth) showExternals(externals []packages.External) {
	table := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', 0)
	for _, e := range externals {
		fmt.Fprintf(table, "%s\t%s\n", describeExternal(e), place(e))
	}
	table.Flush()
}

// describeExternal is an external's spec as people read it: that @= means exactly this version says nothing new of what stands there.
func describeExternal(e packages.External) string {
	return strings.Replace(e.Spec.String(), "@=", "@", 1)
}

// place is where an external stands, more exactly than by a prefix that it shares: Debian has two MPIs in /usr.
func place(e packages.External) string {
	for _, key := range []string{"compilers.c", "wrappers.mpicc", "executable"} {
		if path := e.Attributes[key]; path != "" {
			return path
		}
	}
	if e.Prefix == "" {
		return "module " + strings.Join(e.Modules, " ")
	}
	return e.Prefix
}

// showFindings tells what else was looked at: all of it where names were given or --verbose, else how much there is to tell.
func (b *berth) showFindings(r host.Report, named bool) {
	rejected := 0
	for _, f := range r.Findings {
		switch {
		case f.Package == "" && f.Verdict == host.Rejected && !b.verbose: // a directory
		case f.Verdict == host.Rejected && !b.verbose && !named:
			rejected++
		case f.Verdict == host.Rejected:
			b.notef("not taken: %s: %s", f.Path, f.Reason)
		case f.Verdict == host.Noted:
			b.notef("note: %s: %s", f.Path, f.Reason)
		case f.Verdict == host.Missing && (named || b.verbose):
			b.notef("none found: %s", f.Package)
		}
	}
	b.detailf("searched %s", strings.Join(r.Searched, " "))
	if rejected > 0 {
		b.notef("%s not taken; --verbose tells why", counted(rejected, "candidate was", "candidates were"))
	}
}

func externalListCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list what `berth external find` can recognise, and what packages.yaml has of it",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "repo", Usage: "use the recipes in `DIR`, or of the repository of that name, and no others"},
			jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usagef("berth external list takes no arguments, but got %q", c.Args().First())
			}
			return b.externalList(c.Context, c.String("repo"), c.Bool("json"))
		},
	}
}

// listedJSON is a package as `external list --json` shows it.
type listedJSON struct {
	Name       string         `json:"name"`
	Detectable bool           `json:"detectable"`
	Externals  []externalJSON `json:"externals"` // in packages.yaml
}

func (b *berth) externalList(ctx context.Context, dir string, asJSON bool) error {
	session, err := b.session()
	if err != nil {
		return err
	}
	repo, err := b.openRecipes(ctx, dir)
	if err != nil {
		return err
	}
	detectable, err := host.Detectable(ctx, repo)
	if err != nil {
		return err
	}
	recorded, err := session.Externals()
	if err != nil {
		return err
	}
	names := append(slices.Clone(detectable), slices.Collect(maps.Keys(recorded))...)
	slices.Sort(names)
	list := []listedJSON{}
	table := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', 0)
	for _, name := range slices.Compact(names) {
		list = append(list, listedJSON{name, slices.Contains(detectable, name), externalsJSON(recorded[name])})
		if asJSON {
			continue
		}
		if len(recorded[name]) == 0 {
			fmt.Fprintf(table, "%s\t-\n", name)
		}
		for _, e := range recorded[name] {
			fmt.Fprintf(table, "%s\t%s\n", describeExternal(e), place(e))
		}
	}
	if asJSON {
		return b.json(list)
	}
	return table.Flush()
}

// reportJSON is what `external find --json` prints.
type reportJSON struct {
	Externals []externalJSON `json:"externals"`
	Findings  []host.Finding `json:"findings"`
	Searched  []string       `json:"searched"`
	Written   int            `json:"written"` // how many of the externals were new to packages.yaml
}

type externalJSON struct {
	Spec       string            `json:"spec"`
	Name       string            `json:"name"`
	Version    string            `json:"version"`
	Prefix     string            `json:"prefix,omitempty"`
	Modules    []string          `json:"modules,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

func newReportJSON(r host.Report, written int) reportJSON {
	return reportJSON{
		Externals: externalsJSON(r.Externals), Findings: append([]host.Finding{}, r.Findings...), Searched: r.Searched, Written: written,
	}
}

func externalsJSON(externals []packages.External) []externalJSON {
	list := make([]externalJSON, 0, len(externals))
	for _, e := range externals {
		version, _ := e.Spec.Versions.Single() // an external has one
		list = append(list, externalJSON{e.Spec.String(), e.Spec.Name, version.String(), e.Prefix, e.Modules, e.Attributes})
	}
	return list
}
