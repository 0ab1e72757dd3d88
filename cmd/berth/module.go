package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/modules"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamlrecipe"
	"github.com/berth-hpc/berth/spec/dag"
)

func moduleCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:  "module",
		Usage: "write module files for Lmod and Environment Modules",
		Description: `berth module refresh                     module files of all that is installed, and of the environment here
module use "$(berth module path)"        then ` + "`module load hdf5`" + ` works in this shell
berth module write --tcl DIR hdf5        only hdf5 and what it needs, as Tcl files in DIR

Files are Lua where Lmod is in use, Tcl where Environment Modules is; --lua and --tcl decide otherwise.
A module is called NAME/VERSION, with a hash behind it only where two would have one name; the environment
in /home/u/project is berth/project. Loading a module loads what it needs, and loading an environment does
what activating it does. What the host itself has gets no module.`,
		Subcommands: []*cli.Command{
			{
				Name: "refresh", Usage: "make the module files below the berth root those of what is installed", Flags: moduleFlags(),
				Action: func(c *cli.Context) error {
					if err := noArguments(c); err != nil {
						return err
					}
					format, err := b.moduleFormat(c)
					if err != nil {
						return err
					}
					return b.writeModules(c.Context, b.moduleDir(format), format, nil)
				},
			},
			{
				Name: "write", Usage: "write module files into another directory", ArgsUsage: "DIR [SPEC...]", Flags: moduleFlags(),
				Action: func(c *cli.Context) error {
					if c.NArg() == 0 {
						return usagef("berth module write needs a directory")
					}
					format, err := b.moduleFormat(c)
					if err != nil {
						return err
					}
					return b.writeModules(c.Context, c.Args().First(), format, c.Args().Tail())
				},
			},
			{
				Name: "path", Usage: "print the directory for `module use`", Flags: moduleFlags(),
				Action: func(c *cli.Context) error {
					if err := noArguments(c); err != nil {
						return err
					}
					format, err := b.moduleFormat(c)
					if err == nil {
						b.printf("%s\n", b.moduleDir(format))
					}
					return err
				},
			},
		},
	}
}

func moduleFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "lua", Usage: "Lua files, for Lmod"},
		&cli.BoolFlag{Name: "tcl", Usage: "Tcl files, for Environment Modules"},
	}
}

// moduleFormat is the language that was asked for, else that of the module command in use: both leave variables in the shell.
func (b *berth) moduleFormat(c *cli.Context) (modules.Format, error) {
	switch lua, tcl := c.Bool("lua"), c.Bool("tcl"); {
	case lua && tcl:
		return "", usagef("--lua and --tcl exclude each other")
	case lua:
		return modules.Lua, nil
	case tcl:
		return modules.Tcl, nil
	case b.getenv("LMOD_CMD") == "" && (b.getenv("MODULES_CMD") != "" || b.getenv("MODULESHOME") != ""):
		return modules.Tcl, nil
	}
	return modules.Lua, nil
}

func (b *berth) moduleDir(f modules.Format) string {
	return filepath.Join(b.root, "modules", string(f))
}

// writeModules writes the modules of what the specs describe and of what that needs: of everything, and the environment here, without specs.
func (b *berth) writeModules(ctx context.Context, dir string, format modules.Format, args []string) error {
	specs, err := b.installedSpecs(args)
	if err != nil {
		return err
	}
	s, err := b.store()
	if err != nil {
		return err
	}
	records, err := s.Query(store.Filter{})
	if err != nil {
		return err
	}
	chosen, err := selected(records, specs)
	if err != nil {
		return err
	}
	o := modules.Options{Format: format}
	if len(specs) == 0 {
		if o.Environments, err = b.moduleEnvironments(); err != nil {
			return err
		}
	}
	needed := withNeeded(chosen)
	list, err := b.modulePackages(ctx, append(records, neededOfUpstreams(s, records, needed)...), needed)
	if err != nil {
		return err
	}
	changes, err := modules.WriteTree(ctx, dir, list, o)
	if err != nil {
		return err
	}
	b.tellModules(dir, changes)
	return nil
}

// withNeeded are the hashes of the records and of what they are linked with or run.
func withNeeded(records []store.Record) map[string]bool {
	hashes := map[string]bool{}
	for _, r := range records {
		hashes[r.Node.Hash()] = true
		for _, n := range dag.LinkRunClosure(r.Node) {
			hashes[n.Hash()] = true
		}
	}
	return hashes
}

// neededOfUpstreams are the records of what is needed and stands in upstreams.
func neededOfUpstreams(s *store.Store, records []store.Record, needed map[string]bool) []store.Record {
	var found []store.Record
	for _, hash := range slices.Sorted(maps.Keys(needed)) {
		if slices.ContainsFunc(records, func(r store.Record) bool { return r.Node.Hash() == hash }) {
			continue
		}
		if r, ok := s.InUpstream(hash); ok {
			found = append(found, r)
		}
	}
	return found
}

// modulePackages are the records with these hashes, with what their recipes declare.
func (b *berth) modulePackages(ctx context.Context, records []store.Record, hashes map[string]bool) ([]modules.Package, error) {
	recipes, err := b.openRecipes(ctx, "")
	if err != nil {
		return nil, err
	}
	session, err := b.session()
	if err != nil {
		return nil, err
	}
	var list []modules.Package
	for _, r := range records {
		if !hashes[r.Node.Hash()] {
			continue
		}
		p := modules.Package{Node: r.Node, Prefix: r.Prefix}
		if recipe := b.installedRecipe(ctx, r, recipes); recipe != nil {
			p.About, p.Homepage = recipe.About, recipe.Homepage
			for _, c := range recipe.RunEnv {
				if r.Node.External() == nil && c.When.Holds(r.Node) {
					p.RunEnv = append(p.RunEnv, c.Mods...)
				}
			}
		}
		driver, err := session.DriverMods(ctx, []*dag.Node{r.Node})
		if err != nil {
			return nil, err
		}
		p.RunEnv = append(p.RunEnv, driver...)
		list = append(list, p)
	}
	return list, nil
}

// installedRecipe is the recipe that a package was built with; failing that, the embedded one of that name; else nil.
func (b *berth) installedRecipe(ctx context.Context, r store.Record, recipes packages.Repo) *packages.Recipe {
	if text, err := store.RecipeText(r.Prefix); err == nil && r.Node.External() == nil {
		if recipe, err := yamlrecipe.Parse(r.Node.Name()+".yaml", text, nil); err == nil {
			return recipe
		}
	}
	recipe, err := recipes.Recipe(ctx, r.Node.Name())
	if err != nil {
		if r.Node.External() == nil && r.Upstream == "" {
			b.warnf("the recipe of %s is lost: its module has only what its directories tell", shortName(r))
		}
		return nil
	}
	return recipe
}

// moduleEnvironments are the environments that get a module: the one here, and those in which modules were refreshed before and that
// are still there. Their directories stand in a file of their own.
func (b *berth) moduleEnvironments() ([]modules.EnvironmentModule, error) {
	known := filepath.Join(b.root, "modules", "environments")
	text, err := os.ReadFile(known)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the list of environments: %w", err)
	}
	dirs := strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
	here, err := b.environment()
	var none *envs.NoEnvironmentError
	switch {
	case err == nil:
		dirs = append(dirs, here.Dir)
	case !errors.As(err, &none):
		return nil, err
	}
	slices.Sort(dirs)
	var list []modules.EnvironmentModule
	var kept strings.Builder
	for _, dir := range slices.Compact(dirs) {
		if _, err := os.Stat(filepath.Join(dir, envs.ManifestName)); err != nil {
			b.notef("%s is no environment any more", dir)
			continue
		}
		kept.WriteString(dir + "\n")
		if m, err := moduleEnvironment(dir); err != nil {
			b.warnf("no module for an environment: %v", err)
		} else {
			list = append(list, m)
		}
	}
	if kept.String() == string(text) {
		return list, nil
	}
	if err := durable.MkdirAll(filepath.Dir(known), 0o755); err != nil {
		return nil, fmt.Errorf("write the list of environments: %w", err)
	}
	return list, durable.WriteFile(known, []byte(kept.String()), 0o644)
}

// moduleEnvironment reads what an environment's module has to do.
func moduleEnvironment(dir string) (m modules.EnvironmentModule, err error) {
	e, err := envs.Open(dir)
	if err != nil {
		return m, err
	}
	a, err := e.Activation()
	if err != nil {
		return m, err
	}
	lock, err := e.Lock()
	if err != nil {
		return m, err
	}
	m = modules.EnvironmentModule{Name: filepath.Base(dir), Dir: dir, Mods: a.Mods[min(a.Loaded, len(a.Mods)):], Loads: a.Modules}
	for _, system := range lock.Systems {
		for _, root := range system.RootNodes() {
			m.Nodes = append(m.Nodes, append(dag.LinkRunClosure(root), root)...)
		}
	}
	return m, nil
}

// tellModules says what changed, and how to use it.
func (b *berth) tellModules(dir string, c modules.Changes) {
	for _, name := range c.Added {
		b.detailf("new: %s", name)
	}
	for _, name := range c.Changed {
		b.detailf("changed: %s", name)
	}
	for _, name := range c.Removed {
		b.detailf("removed: %s", name)
	}
	if len(c.Added)+len(c.Changed)+len(c.Removed) == 0 {
		b.notef("%s, as before", counted(c.Total, "module", "modules"))
		return
	}
	b.notef("%s in %s: %d new, %d changed, %d removed", counted(c.Total, "module", "modules"), dir, len(c.Added), len(c.Changed), len(c.Removed))
	if len(c.Added) == c.Total {
		b.hintf("module use %s", packages.ShellWord(dir))
	}
}
