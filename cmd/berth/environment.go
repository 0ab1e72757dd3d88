package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/builtin"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/suggest"
)

// Helpers that the verbs on environments share.

// session opens where berth works.
func (b *berth) session() (*envs.Session, error) {
	s, err := envs.NewSession(b.root)
	if err != nil {
		return nil, err
	}
	s.Site = cmp.Or(b.getenv("BERTH_SITE"), s.Site)
	if b.completing {
		s.OnlyIndexed = true
		return s, nil
	}
	if s.CommandLine, err = commandLineLayer(b.settings); err != nil {
		return nil, err
	}
	s.Note = b.notef
	s.Warn = b.warn
	return s, nil
}

// environment opens the environment here or above.
func (b *berth) environment() (*envs.Environment, error) { return envs.Find(".") }

// specs reads a command line's specs of packages to have, which have names.
func specs(args []string) ([]*spec.Spec, error) {
	list, err := parseSpecs(args)
	if err != nil {
		return nil, err
	}
	for _, s := range list {
		if s.Name == "" && s.Hash == "" {
			return nil, withHint(fmt.Errorf("spec %q names no package", s), "%s", namedHint(s))
		}
	}
	return list, nil
}

// namedHint shows how a spec without a name would have one. hdf5=1.14 reads as a variant hdf5, where mostly a version is meant.
func namedHint(s *spec.Spec) string {
	text := s.String()
	if flag, ok := meantAsFlag(s); ok {
		return flag
	}
	if name, version, ok := strings.Cut(strings.ReplaceAll(text, "==", "="), "="); ok && len(s.Variants) == 1 && len(s.Deps) == 0 && strings.HasPrefix(text, s.Variants[0].Name) {
		if _, err := spec.ParseVersions(version); err == nil && version[0] >= '0' && version[0] <= '9' {
			return fmt.Sprintf("a version is written with @: %s@%s", name, version)
		}
	}
	if text[0] >= 'a' && text[0] <= 'z' || text[0] >= 'A' && text[0] <= 'Z' {
		text = " " + text
	}
	return "begin with a name: hdf5" + text
}

// meantAsFlag tells of a spec that is a variant turned off and nothing else how it was read: -d is no flag where a verb has none of that letter.
func meantAsFlag(s *spec.Spec) (hint string, ok bool) {
	if s.Name != "" || len(s.Variants) != 1 || s.String() != "~"+s.Variants[0].Name {
		return "", false
	}
	name := s.Variants[0].Name
	return fmt.Sprintf("there is no flag -%s, so it was read as a variant %s that is off; `berth VERB --help` lists the flags", name, name), true
}

// resolveFlags are the flags of every verb that resolves.
func resolveFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "repo", Usage: "use the recipes in `DIR`, or of the repository of that name, and no others"},
		&cli.BoolFlag{Name: "fresh", Usage: "keep nothing of an earlier answer"},
		&cli.StringFlag{Name: "target", Usage: "build for this microarchitecture `TARGET`, instead of this host's"},
		&cli.StringSliceFlag{Name: "gpu", Usage: "build GPU packages for this architecture `GPU`: sm_80, gfx90a"},
		&cli.StringFlag{Name: "system", Usage: "work for the system `NAME` of env.yaml"},
	}
}

// resolveOptions reads them.
func (b *berth) resolveOptions(c *cli.Context) (envs.Options, error) {
	o := envs.Options{System: c.String("system"), Fresh: c.Bool("fresh"), Target: c.String("target"), GPUs: c.StringSlice("gpu")}
	for _, name := range o.GPUs {
		if _, err := concretizer.ParseGPU(name); err != nil {
			return o, usagef("--gpu: %v", err)
		}
	}
	if dir := c.String("repo"); dir != "" {
		var err error
		if o.Repo, err = b.openRecipes(c.Context, dir); err != nil {
			return o, err
		}
	}
	return o, nil
}

// noArguments refuses arguments that a verb would ignore.
func noArguments(c *cli.Context) error {
	if c.NArg() > 0 {
		return usagef("berth %s takes no arguments, but got %q", c.Command.Name, c.Args().First())
	}
	return nil
}

// knownPackages refuses specs of packages that no repository of the environment has.
func (b *berth) knownPackages(ctx context.Context, e *envs.Environment, list []*spec.Spec) error {
	s, err := b.session()
	if err != nil {
		return err
	}
	lock, err := e.Lock()
	if err != nil {
		return err
	}
	repo, err := e.Repo(ctx, s, lock)
	if err != nil {
		return err
	}
	var names []string
	for _, sp := range list {
		if sp.Name != "" {
			names = append(names, sp.Name)
		}
	}
	return checkNames(repo, names)
}

// openRecipes opens the embedded recipes, or those of a directory.
func (b *berth) openRecipes(ctx context.Context, dir string) (packages.Repo, error) {
	if dir == "" {
		return builtin.Open()
	}
	s, err := b.session()
	if err != nil {
		return nil, err
	}
	return s.OpenRepo(ctx, dir)
}

// checkNames refuses names that no recipe and no virtual has, with the nearest that there are.
func checkNames(repo packages.Repo, names []string) error {
	known := append(repo.Names(), repo.Virtuals()...)
	for _, name := range names {
		if slices.Contains(known, name) {
			continue
		}
		err := fmt.Errorf("%w %q", packages.ErrUnknownPackage, name)
		if near := suggest.Nearest(name, known, 3); len(near) > 0 {
			return withHint(err, "did you mean %s?", strings.Join(near, ", "))
		}
		return err
	}
	return nil
}
