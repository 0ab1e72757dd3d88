package spackrepo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

// Options say how a repository is read.
type Options struct {
	Label    string // what errors call the repository: its directory or address
	Identity string // pins the content: "git:<commit>"; "" is the digest of the content
	Host     Host   // what recipes may ask of the machine; the zero value is DefaultHost
	// Others are repositories that recipes may import from, such as builtin for a site's own: spack_repo.<namespace>.
	Others []*Repo
	// Used is told what the evaluation of each file took of its limits; it may be nil, and is called by many goroutines.
	Used func(file string, used python.Limits)
}

// Repo is a Spack package repository. Recipes are evaluated when they are first asked for, and once.
type Repo struct {
	fsys   fs.FS
	layout layout
	label  string
	host   Host
	others []*Repo
	used   func(file string, used python.Limits)

	identity func() string
	dirs     map[string]string // package to directory: "3dtk" to "_3dtk"
	names    func() []string
	virtual  func() map[string][]string
	specs    *record.Specs
	shared   *shared

	mu      sync.Mutex
	recipes map[string]*entry
}

// entry is a recipe that is evaluated once.
type entry struct {
	once   sync.Once
	recipe *packages.Recipe
	err    error
}

var _ packages.Repo = (*Repo)(nil)

// OpenDir opens a repository on disk: its own directory, or a checkout that holds it.
func OpenDir(dir string, o Options) (*Repo, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("open repository: %s is not a directory", dir)
	}
	if o.Label == "" {
		o.Label = filepath.ToSlash(dir)
	}
	return Open(os.DirFS(Checkout(dir)), o)
}

// Open opens a repository: the files of the repository itself, or of a checkout that holds it. It reads repo.yaml and which packages there
// are, no recipe. The error wraps *NotRepositoryError where there is no repo.yaml.
func Open(fsys fs.FS, o Options) (*Repo, error) {
	l, err := findLayout(fsys, o.Label)
	if err != nil {
		return nil, err
	}
	r := &Repo{
		fsys: fsys, layout: l, label: o.Label, host: o.Host.complete(), others: slices.Clone(o.Others), used: o.Used, dirs: map[string]string{},
		specs: &record.Specs{}, recipes: map[string]*entry{},
	}
	dirs, err := l.packageDirs(fsys)
	if err != nil {
		return nil, fmt.Errorf("open repository %s: %w", o.Label, err)
	}
	for _, dir := range dirs {
		r.dirs[l.nameOf(dir)] = dir
	}
	if r.shared, err = newShared(r); err != nil {
		return nil, fmt.Errorf("open repository %s: %w", o.Label, err)
	}
	r.names = sync.OnceValue(r.listNames)
	r.virtual = sync.OnceValue(r.indexVirtuals)
	r.identity = sync.OnceValue(func() string {
		if o.Identity != "" {
			return o.Identity
		}
		return r.digest()
	})
	return r, nil
}

// Namespace implements packages.Repo.
func (r *Repo) Namespace() string { return r.layout.namespace }

// Identity implements packages.Repo. Unless Options gave one, it is the digest of every recipe and base class: "dir:sha256:...".
func (r *Repo) Identity() string { return r.identity() }

// HostKey is Host.Key of the host that recipes are read for.
func (r *Repo) HostKey() string { return r.host.Key() }

// Names implements packages.Repo. Packages that only say what a virtual is are not among them.
func (r *Repo) Names() []string { return slices.Clone(r.names()) }

// AllNames is Names with the recipes of interfaces.
func (r *Repo) AllNames() []string {
	names := slices.Sorted(maps.Keys(r.dirs))
	return slices.DeleteFunc(names, func(name string) bool { file, _ := r.File(name); return !exists(r.fsys, file) })
}

// File is where the recipe of a package stands, relative to the files that the repository was opened with:
// "repos/spack_repo/builtin/packages/hdf5/package.py".
func (r *Repo) File(name string) (string, bool) {
	dir, ok := r.dirs[name]
	return path.Join(r.layout.packages, dir, recipeFile), ok
}

const recipeFile = "package.py"

// Recipe implements packages.Repo.
func (r *Repo) Recipe(ctx context.Context, name string) (*packages.Recipe, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	e := r.recipes[name]
	if e == nil {
		e = &entry{}
		r.recipes[name] = e
	}
	r.mu.Unlock()
	// What is remembered must not depend on whose context it was.
	e.once.Do(func() { e.recipe, _, e.err = r.Evaluate(context.WithoutCancel(ctx), name) })
	return e.recipe, e.err
}

// Providers implements packages.Repo.
func (r *Repo) Providers(virtual string) []string { return slices.Clone(r.virtual()[virtual]) }

// Virtuals implements packages.Repo.
func (r *Repo) Virtuals() []string { return slices.Sorted(maps.Keys(r.virtual())) }

// text reads the recipe of a package.
func (r *Repo) text(name string) ([]byte, error) {
	file, ok := r.File(name)
	if !ok {
		return nil, r.unknown(name)
	}
	text, err := fs.ReadFile(r.fsys, file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, r.unknown(name)
	}
	return text, err
}

func (r *Repo) unknown(name string) error {
	return fmt.Errorf("%w %q in repository %s", packages.ErrUnknownPackage, name, r.layout.namespace)
}

// virtualMark is how the recipe of an interface such as mpi says that it is no package.
var virtualMark = []byte("\n    virtual = True\n")

// listNames leaves out directories without a recipe and the recipes of interfaces.
func (r *Repo) listNames() []string {
	all := slices.Sorted(maps.Keys(r.dirs))
	keep := make([]bool, len(all))
	r.forEach(all, func(i int) {
		text, err := r.text(all[i])
		keep[i] = err == nil && !bytes.Contains(text, virtualMark)
	})
	var names []string
	for i, name := range all {
		if keep[i] {
			names = append(names, name)
		}
	}
	return names
}

// forEach does something for each name, on all processors.
func (r *Repo) forEach(names []string, do func(i int)) {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range names {
		g.Go(func() error { do(i); return nil })
	}
	_ = g.Wait()
}

// indexVirtuals reads the recipes that may provide something: those that say so, and those that inherit from another recipe. One that cannot
// be read provides nothing here; whoever asks for it by name is told why.
func (r *Repo) indexVirtuals() map[string][]string {
	names := r.names()
	found := make([]*packages.Recipe, len(names))
	r.forEach(names, func(i int) {
		text, err := r.text(names[i])
		if err == nil && (bytes.Contains(text, []byte("provides(")) || bytes.Contains(text, []byte(".package import"))) {
			found[i], _ = r.Recipe(context.Background(), names[i])
		}
	})
	index := map[string][]string{}
	for i, recipe := range found {
		if recipe == nil {
			continue
		}
		for _, p := range recipe.Provides {
			for _, v := range p.Virtuals {
				if !slices.Contains(index[v.Name], names[i]) {
					index[v.Name] = append(index[v.Name], names[i])
				}
			}
		}
	}
	return index
}

// digest covers all files that recipes are made of.
func (r *Repo) digest() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", r.layout.namespace, r.layout.api)
	for _, dir := range []string{r.layout.systems, r.layout.packages} {
		if dir == "" {
			continue
		}
		_ = fs.WalkDir(r.fsys, dir, func(p string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				text, _ := fs.ReadFile(r.fsys, p)
				fmt.Fprintf(h, "%s %x\n", p, sha256.Sum256(text))
			}
			return nil // what cannot be read counts as its absence
		})
	}
	return "dir:sha256:" + hex.EncodeToString(h.Sum(nil))
}
