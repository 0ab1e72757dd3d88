package modules

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/install/lock"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// Format is a language of module files.
type Format string

// The languages of module files.
const (
	Lua Format = "lua" // Lmod
	Tcl Format = "tcl" // Environment Modules; Lmod reads it too
)

// environmentName is the name of all environments' modules, so that loading one replaces another: "berth/myproject".
const environmentName = "berth"

// EnvironmentModule is an environment that is to be loaded as one module.
type EnvironmentModule struct {
	Name  string            // "myproject": loaded as berth/myproject
	Dir   string            // what BERTH_ENV says while it is loaded: "/home/u/myproject"
	Mods  []packages.EnvMod // what activating it changes, beyond Loads
	Loads []string          // the site's modules that are loaded with it: "cray-mpich/8.1"
	Nodes []*dag.Node       // what is in it
}

// Options choose what a tree of module files holds beside packages.
type Options struct {
	Format       Format
	Environments []EnvironmentModule
}

// Changes tells what a new tree has that the old one had not, by the names that people load, sorted.
type Changes struct {
	Added, Changed, Removed []string
	Total                   int // modules in the new tree
}

// ForeignError says that a directory holds something else than module files of berth's.
type ForeignError struct{ Dir string }

func (e *ForeignError) Error() string {
	return fmt.Sprintf("write module files to %s: there is something that berth did not write", e.Dir)
}

// Hint says what to do.
func (e *ForeignError) Hint() string {
	return "give a directory that does not exist yet, or an empty one"
}

// WriteTree makes dir hold flat module files, NAME/VERSION, of the packages and environments, and no others. What the host has by
// itself (in /usr, or by a module of the site) gets none.
//
// Whoever looks meanwhile sees the old tree or the new one: dir is a symbolic link to a hidden directory beside it, and the link is
// replaced. Equal input gives equal files; nothing is written if nothing changed.
func WriteTree(ctx context.Context, dir string, list []Package, o Options) (Changes, error) {
	files := treeFiles(list, o)
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Changes{}, fmt.Errorf("write module files: %w", err)
	}
	if err := durable.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return Changes{}, fmt.Errorf("write module files: %w", err)
	}
	unlock, err := lockTree(ctx, dir)
	if err != nil {
		return Changes{}, err
	}
	defer unlock()
	old, err := readTree(dir)
	if err != nil {
		return Changes{}, err
	}
	changes := compare(old, files)
	if _, err := os.Lstat(dir); err == nil && maps.Equal(old, files) {
		return changes, nil
	}
	return changes, replaceTree(ctx, dir, files)
}

// treeFiles are the files of a tree by their path in it.
func treeFiles(list []Package, o Options) map[string]string {
	list = slices.DeleteFunc(slices.Clone(list), func(p Package) bool { return !hasModule(p) })
	names := moduleNames(list)
	files := map[string]string{}
	add := func(m *moduleFile) {
		if o.Format == Lua {
			files[m.fullName()+".lua"] = m.lua()
		} else {
			files[m.fullName()] = m.tcl()
		}
	}
	for _, p := range list {
		add(packageModule(p, names))
	}
	for _, e := range o.Environments {
		add(environmentModule(e, environmentVersion(e, o.Environments)))
	}
	return files
}

// hasModule reports whether a package gets a module file.
func hasModule(p Package) bool {
	if x := p.Node.External(); x != nil && len(x.Modules) > 0 || packages.IsRuntime(p.Node.Name()) {
		return false // the site's own, or what nobody loads
	}
	return p.Prefix != "" && !IsSystemPrefix(p.Prefix)
}

// The hidden neighbours of a tree: its contents and its lock.
func contentPrefix(dir string) string { return "." + filepath.Base(dir) + ".tree-" }

func lockTree(ctx context.Context, dir string) (unlock func() error, err error) {
	l, err := lock.New(filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+".lock"), lock.Options{})
	if err != nil {
		return nil, fmt.Errorf("write module files: %w", err)
	}
	return l.Lock(ctx, "tree", lock.Exclusive)
}

// readTree reads what WriteTree wrote; the error is a *ForeignError if it is something else.
func readTree(dir string) (map[string]string, error) {
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read module files: %w", err)
	}
	if info.IsDir() {
		entries, err := os.ReadDir(dir)
		if err == nil && len(entries) > 0 {
			err = &ForeignError{Dir: dir}
		}
		return nil, err
	}
	target, err := os.Readlink(dir)
	if err != nil || !strings.HasPrefix(target, contentPrefix(dir)) {
		return nil, &ForeignError{Dir: dir}
	}
	files := map[string]string{}
	root := filepath.Join(filepath.Dir(dir), target)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		files[name] = string(data)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read module files: %w", err)
	}
	return files, nil
}

// compare tells what is new.
func compare(old, files map[string]string) Changes {
	c := Changes{Total: len(files)}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		before, existed := old[path]
		switch name := strings.TrimSuffix(path, ".lua"); {
		case !existed:
			c.Added = append(c.Added, name)
		case before != files[path]:
			c.Changed = append(c.Changed, name)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(old)) {
		if _, stays := files[path]; !stays {
			c.Removed = append(c.Removed, strings.TrimSuffix(path, ".lua"))
		}
	}
	return c
}

// replaceTree writes the files into a new directory and lets dir point to it.
func replaceTree(ctx context.Context, dir string, files map[string]string) (err error) {
	parent := filepath.Dir(dir)
	fresh := filepath.Join(parent, contentPrefix(dir)+rand.Text()[:12])
	if err := os.Mkdir(fresh, 0o755); err != nil { // not os.MkdirTemp: a tree is for whom the umask lets in
		return fmt.Errorf("write module files: %w", err)
	}
	defer func() {
		if err != nil {
			os.RemoveAll(fresh)
		}
	}()
	for path, text := range files {
		path = filepath.Join(fresh, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("write module files: %w", err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return fmt.Errorf("write module files: %w", err)
		}
	}
	if err := durable.SyncTree(ctx, fresh); err != nil {
		return err
	}
	if info, err := os.Lstat(dir); err == nil && info.IsDir() {
		if err := os.Remove(dir); err != nil { // it is empty
			return fmt.Errorf("write module files: %w", err)
		}
	}
	if err := durable.Symlink(filepath.Base(fresh), dir); err != nil {
		return fmt.Errorf("write module files: %w", err)
	}
	return sweepTrees(dir, filepath.Base(fresh))
}

// sweepTrees removes what former trees, and writers that were killed, left beside dir.
func sweepTrees(dir, keep string) error {
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil {
		return fmt.Errorf("remove old module files: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), contentPrefix(dir)) && e.Name() != keep {
			errs = append(errs, os.RemoveAll(filepath.Join(filepath.Dir(dir), e.Name())))
		}
	}
	return errors.Join(errs...)
}
