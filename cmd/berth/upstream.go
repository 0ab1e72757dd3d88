package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/install/upstream"
	"github.com/berth-hpc/berth/packages/config"
	"github.com/berth-hpc/berth/spec/suggest"
)

func upstreamCommand(b *berth) *cli.Command {
	var first bool
	return &cli.Command{
		Name:  "upstream",
		Usage: "use what stands in install trees of others: berth roots, trees of Spack",
		Description: `berth upstream add lumi /appl/lumi/spack/23.09/opt     a tree of Spack, by its name here
berth upstream add --first proj /project/465/berth     another user's berth root, searched before the others
berth upstream list                                    in the order in which they are searched
berth upstream check                                   what can be used of each, and what cannot
berth upstream remove lumi

What an upstream has is taken where it stands and not built again; what is built links to it there. An
upstream is only read. They stand in upstreams.yaml in the berth root, in Spack's format; the site's file
of that name comes after it, and what env.yaml names under upstreams comes before. What a berth root is
itself built on is followed: it comes behind that root, and is called NAME/ITS-NAME.`,
		Subcommands: []*cli.Command{
			{
				Name: "add", Usage: "append an upstream", ArgsUsage: "NAME PATH",
				Flags:  []cli.Flag{&cli.BoolFlag{Name: "first", Usage: "search it before the others", Destination: &first}},
				Action: func(c *cli.Context) error { return addUpstream(b, c.Args().Slice(), first) },
			},
			{
				Name: "remove", Aliases: []string{"rm"}, Usage: "take an upstream out", ArgsUsage: "NAME",
				Action: func(c *cli.Context) error { return removeUpstream(b, c.Args().Slice()) },
			},
			{
				Name: "list", Aliases: []string{"ls"}, Usage: "print the upstreams, in the order in which they are searched",
				Flags:  []cli.Flag{jsonFlag()},
				Action: func(c *cli.Context) error { return listUpstreams(b, c.Bool("json")) },
			},
			{
				Name: "check", Usage: "read upstreams anew and tell what cannot be used, and why", ArgsUsage: "[NAME...]",
				Flags:  []cli.Flag{jsonFlag()},
				Action: func(c *cli.Context) error { return checkUpstreams(c.Context, b, c.Args().Slice(), c.Bool("json")) },
			},
		},
	}
}

func addUpstream(b *berth, args []string, first bool) error {
	if len(args) != 2 {
		return usagef("berth upstream add takes a name and a path, not %d arguments", len(args))
	}
	name, path := args[0], args[1]
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("add upstream: %w", err)
	}
	session, err := b.session()
	if err != nil {
		return err
	}
	if path == b.root {
		return fmt.Errorf("add upstream %s: it is the berth root itself", path)
	}
	list, err := session.Upstreams(envs.System{})
	if err != nil {
		return err
	}
	for _, u := range list {
		if u.Name == name {
			return withHint(fmt.Errorf("add upstream %s: there is one of that name, %s (%s)", name, u.InstallTree, u.Place), "give it another name, or `berth upstream remove %s` first", name)
		}
	}
	for _, u := range list {
		if u.InstallTree == path && u.Through == "" {
			return withHint(fmt.Errorf("add upstream %s: %s is an upstream already, called %s (%s)", name, path, u.Name, u.Place), "`berth upstream remove %s` first, to give it another name or place", u.Name)
		}
	}
	kind, err := upstream.KindOf(path)
	if err != nil {
		return err
	}
	_, unfollowed := config.FollowUpstreams(b.root, []config.Upstream{{Name: name, InstallTree: path}}, envs.OwnUpstreams)
	for _, err := range unfollowed {
		var circle *config.UpstreamCycleError
		if errors.As(err, &circle) {
			return fmt.Errorf("add upstream %s: %w", name, err)
		}
		b.warnf("%v; that upstream is not used", err)
	}
	if err := config.AddUpstream(session.UpstreamsPath(), name, path, first); err != nil {
		return err
	}
	b.notef("%s is an upstream now: %s of %s", name, path, kindName(kind))
	return nil
}

func kindName(k upstream.Kind) string {
	if k == upstream.Spack {
		return "Spack"
	}
	return string(k)
}

func removeUpstream(b *berth, args []string) error {
	if len(args) != 1 {
		return usagef("berth upstream remove takes one name, not %d", len(args))
	}
	session, err := b.session()
	if err != nil {
		return err
	}
	list, err := session.Upstreams(envs.System{})
	if err != nil {
		return err
	}
	found, err := config.RemoveUpstream(session.UpstreamsPath(), args[0])
	if err != nil || found {
		return err
	}
	var names []string
	for _, u := range list {
		if u.Name == args[0] {
			return withHint(fmt.Errorf("remove upstream %s: it does not stand in %s", args[0], session.UpstreamsPath()), "it stands in %s", u.Place)
		}
		names = append(names, u.Name)
	}
	hint := "`berth upstream list` shows them"
	if near := suggest.Nearest(args[0], names, 1); len(near) > 0 {
		hint = "did you mean " + near[0] + "?"
	}
	return withHint(fmt.Errorf("remove upstream %s: there is none of that name", args[0]), "%s", hint)
}

// upstreamJSON is an upstream as --json shows it.
type upstreamJSON struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	Kind   string `json:"kind"`   // "berth", "spack"; "" cannot be told
	Source string `json:"source"` // "/home/u/.berth/upstreams.yaml:2"
	// Through is the upstream that is built on this one: "site".
	Through string `json:"through,omitempty"`
}

// upstreams lists what is configured here: the environment's, if there is one, the user's, the site's, and what those are built on. It warns of what of
// that cannot be followed, and counts it.
func (b *berth) upstreams() (list []config.Upstream, unfollowed int, err error) {
	session, err := b.session()
	if err != nil {
		return nil, 0, err
	}
	var system envs.System
	if e, err := b.environment(); err == nil {
		if system, err = e.Manifest.System(""); err != nil {
			system = envs.System{} // it has several systems: only what is configured for all of them is meant
		}
	}
	list, errs, err := session.FollowedUpstreams(system)
	for _, e := range errs {
		b.warnf("%v; that upstream is not used", e)
		for _, hint := range hintsOf(e) {
			b.hintf("%s", hint)
		}
	}
	return list, len(errs), err
}

func listUpstreams(b *berth, asJSON bool) error {
	list, _, err := b.upstreams()
	if err != nil {
		return err
	}
	out := make([]upstreamJSON, 0, len(list))
	width, paths := 0, 0
	for _, u := range list {
		kind, _ := upstream.KindOf(u.InstallTree)
		out = append(out, upstreamJSON{u.Name, u.InstallTree, string(kind), u.Place.String(), u.Through})
		width, paths = max(width, len(u.Name)), max(paths, len(u.InstallTree))
	}
	if asJSON {
		return b.json(out)
	}
	for _, u := range out {
		kind := u.Kind
		if kind == "" {
			kind = "not there"
		}
		b.printf("%-*s  %-*s  %-9s  %s\n", width, u.Name, paths, u.Path, kind, u.Source)
	}
	if len(out) == 0 {
		b.notef("there are no upstreams; `berth upstream add NAME PATH` appends one")
	}
	return nil
}

// checkedJSON is the state of an upstream as --json shows it.
type checkedJSON struct {
	Name      string         `json:"name"`
	Path      string         `json:"path"`
	Kind      string         `json:"kind"`
	Version   int            `json:"index_version,omitempty"`
	Packages  int            `json:"packages"`
	Externals int            `json:"externals"`
	Problems  []unusableJSON `json:"problems"`
}

// unusableJSON is what cannot be used of an upstream.
type unusableJSON struct {
	What string `json:"what"` // "zlib@1.3/abcdefg"; "" is the upstream as a whole
	Why  string `json:"why"`
}

// brokenUpstreamsError says that upstreams are not in order.
type brokenUpstreamsError struct{ unusable, packages int }

func (e *brokenUpstreamsError) Error() string {
	if e.unusable > 0 {
		return "check upstreams: " + counted(e.unusable, "upstream", "upstreams") + " cannot be used"
	}
	return "check upstreams: " + counted(e.packages, "package", "packages") + " cannot be used; the rest is in order"
}

func checkUpstreams(ctx context.Context, b *berth, names []string, asJSON bool) error {
	list, unfollowed, err := b.upstreams()
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.ContainsFunc(list, func(u config.Upstream) bool { return u.Name == name }) {
			return withHint(fmt.Errorf("check upstream %s: there is none of that name", name), "`berth upstream list` shows them")
		}
	}
	broken := &brokenUpstreamsError{unusable: unfollowed}
	all := envs.Locations(list)
	out := []checkedJSON{}
	for _, l := range all {
		if len(names) > 0 && !slices.Contains(names, l.Name) {
			continue
		}
		r := upstream.Check(ctx, l, all)
		c := checkedJSON{Name: l.Name, Path: l.Path, Kind: string(r.Kind), Version: r.Version, Packages: r.Packages, Externals: r.External, Problems: []unusableJSON{}}
		if r.Err != nil {
			broken.unusable++
			c.Problems = append(c.Problems, unusableJSON{"", r.Err.Error()})
		}
		for _, p := range r.Problems {
			c.Problems = append(c.Problems, unusableJSON{p.What, p.Err.Error()})
		}
		broken.packages += len(r.Problems)
		out = append(out, c)
		if !asJSON {
			b.printChecked(c, r)
		}
	}
	if asJSON {
		if err := b.json(out); err != nil {
			return err
		}
	}
	if broken.unusable+broken.packages > 0 {
		return broken
	}
	if len(out) == 0 {
		b.notef("there are no upstreams")
	}
	return nil
}

func (b *berth) printChecked(c checkedJSON, r upstream.Report) {
	if r.Err != nil {
		b.printf("%s: %v\n", c.Name, r.Err)
		return
	}
	kind := "a berth root"
	if r.Kind == upstream.Spack {
		kind = "a tree of Spack"
		if r.Version > 0 {
			kind += fmt.Sprintf(", index version %d", r.Version)
		}
	}
	b.printf("%s: %s: %s, %s, %s\n", c.Name, c.Path, kind, counted(c.Packages, "package", "packages"), counted(c.Externals, "external", "externals"))
	for _, p := range c.Problems {
		b.printf("  %s: %s\n", p.What, p.Why)
	}
}
