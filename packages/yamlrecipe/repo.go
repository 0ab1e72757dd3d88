package yamlrecipe

import (
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
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

// Repo is a directory of recipes: NAME.yaml, or NAME/recipe.yaml with patch files beside it, and optionally repo.yaml with the
// repository's namespace. Recipes are read when they are first asked for, and once.
type Repo struct {
	fsys      fs.FS
	label     string // what places show before a recipe's file: "builtin"
	namespace string
	identity  func() string
	names     []string
	files     map[string]string // "fftw": "fftw.yaml"

	mu      sync.Mutex
	recipes map[string]*entry
	virtual func() map[string][]string
}

// entry is a recipe that is read once.
type entry struct {
	once   sync.Once
	recipe *packages.Recipe
	err    error
}

// Options name a repository.
type Options struct {
	Label     string // shown before the file in places: "builtin" gives builtin/fftw.yaml
	Namespace string // used where repo.yaml says nothing; "" is the label's last element
	Identity  string // pins the content; "" is the digest of the content
	// Providers are the packages that provide each virtual, where that is known; nil: the recipes say.
	Providers map[string][]string
}

var _ packages.Repo = (*Repo)(nil)

// OpenDir opens a directory of recipes on disk.
func OpenDir(dir string) (*Repo, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("open repository: %s is not a directory", dir)
	}
	return Open(os.DirFS(dir), Options{Label: filepath.ToSlash(dir), Namespace: filepath.Base(abs)})
}

// Open opens a repository. It reads the directory and repo.yaml, no recipe.
func Open(fsys fs.FS, o Options) (*Repo, error) {
	r := &Repo{fsys: fsys, label: o.Label, namespace: o.Namespace, files: map[string]string{}, recipes: map[string]*entry{}}
	if r.namespace == "" {
		r.namespace = path.Base(o.Label)
	}
	if err := r.readConfig(); err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("open repository %s: %w", o.Label, err)
	}
	for _, e := range entries {
		r.addEntry(e)
	}
	r.names = slices.Sorted(maps.Keys(r.files))
	r.virtual = sync.OnceValue(func() map[string][]string {
		if o.Providers != nil {
			return o.Providers
		}
		return r.indexVirtuals()
	})
	r.identity = sync.OnceValue(func() string {
		if o.Identity != "" {
			return o.Identity
		}
		return r.digest()
	})
	return r, nil
}

func (r *Repo) addEntry(e fs.DirEntry) {
	name, isYAML := strings.CutSuffix(e.Name(), ".yaml")
	switch {
	case e.Name() == "repo.yaml" || strings.HasPrefix(name, "."):
	case isYAML && !e.IsDir():
		r.files[name] = e.Name()
	case e.IsDir():
		file := path.Join(e.Name(), "recipe.yaml")
		if _, err := fs.Stat(r.fsys, file); err == nil {
			r.files[e.Name()] = file
		}
	}
}

// readConfig reads repo.yaml: {repo: {namespace: site}}, as Spack's repositories have it.
func (r *Repo) readConfig() error {
	text, err := fs.ReadFile(r.fsys, "repo.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("open repository %s: %w", r.label, err)
	}
	doc, err := yamldoc.Parse(path.Join(r.label, "repo.yaml"), text)
	if err != nil {
		return err
	}
	f := doc.Root().Fields("repo").Get("repo").Fields("namespace", "api", "subdirectory")
	if ns := f.Get("namespace").Line(); ns != "" {
		r.namespace = ns
	}
	return doc.Err()
}

// Namespace implements packages.Repo.
func (r *Repo) Namespace() string { return r.namespace }

// Identity implements packages.Repo. Unless Options gave one, it is the digest of every recipe and file: "dir:sha256:...".
func (r *Repo) Identity() string { return r.identity() }

// Names implements packages.Repo.
func (r *Repo) Names() []string { return slices.Clone(r.names) }

// Recipe implements packages.Repo.
func (r *Repo) Recipe(ctx context.Context, name string) (*packages.Recipe, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, ok := r.files[name]
	if !ok {
		return nil, fmt.Errorf("%w %q in repository %s", packages.ErrUnknownPackage, name, r.namespace)
	}
	r.mu.Lock()
	e := r.recipes[name]
	if e == nil {
		e = &entry{}
		r.recipes[name] = e
	}
	r.mu.Unlock()
	e.once.Do(func() { e.recipe, e.err = r.load(name, file) })
	return e.recipe, e.err
}

func (r *Repo) load(name, file string) (*packages.Recipe, error) {
	text, err := fs.ReadFile(r.fsys, file)
	if err != nil {
		return nil, fmt.Errorf("read recipe of %s: %w", name, err)
	}
	files, err := r.beside(file)
	if err != nil {
		return nil, fmt.Errorf("read recipe of %s: %w", name, err)
	}
	recipe, err := Parse(path.Join(r.label, file), text, files)
	if err != nil {
		return nil, err
	}
	if recipe.Name != name {
		return nil, &yamldoc.Error{
			File: recipe.Place.File, Line: recipe.Place.Line, Col: recipe.Place.Col,
			Message: fmt.Sprintf("this recipe calls itself %q", recipe.Name), Hint: fmt.Sprintf("the file's name says %q", name),
		}
	}
	recipe.Namespace = r.namespace
	return recipe, nil
}

// beside reads the files of a recipe's own folder, its text apart.
func (r *Repo) beside(file string) (map[string][]byte, error) {
	dir := path.Dir(file)
	if dir == "." {
		return nil, nil
	}
	files := map[string][]byte{}
	err := fs.WalkDir(r.fsys, dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || p == file {
			return err
		}
		data, err := fs.ReadFile(r.fsys, p)
		files[strings.TrimPrefix(p, dir+"/")] = data
		return err
	})
	return files, err
}

// Providers implements packages.Repo.
func (r *Repo) Providers(virtual string) []string { return slices.Clone(r.virtual()[virtual]) }

// Virtuals implements packages.Repo.
func (r *Repo) Virtuals() []string { return slices.Sorted(maps.Keys(r.virtual())) }

// indexVirtuals reads the recipes that mention provides, in parallel. One that cannot be read provides nothing here; whoever asks for
// it by name is told why.
func (r *Repo) indexVirtuals() map[string][]string {
	found := make([]*packages.Recipe, len(r.names))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range r.names {
		g.Go(func() error {
			text, err := fs.ReadFile(r.fsys, r.files[name])
			if err == nil && strings.Contains(string(text), "provides") {
				found[i], _ = r.Recipe(context.Background(), name)
			}
			return nil
		})
	}
	_ = g.Wait()
	index := map[string][]string{}
	for i, recipe := range found {
		if recipe == nil {
			continue
		}
		for _, p := range recipe.Provides {
			for _, v := range p.Virtuals {
				if !slices.Contains(index[v.Name], r.names[i]) {
					index[v.Name] = append(index[v.Name], r.names[i])
				}
			}
		}
	}
	return index
}

// digest covers the name and content of every recipe and of what stands beside it.
func (r *Repo) digest() string {
	h := sha256.New()
	for _, name := range r.names {
		text, _ := fs.ReadFile(r.fsys, r.files[name])
		files, _ := r.beside(r.files[name])
		fmt.Fprintf(h, "%s %x\n", r.files[name], sha256.Sum256(text))
		for _, f := range slices.Sorted(maps.Keys(files)) {
			fmt.Fprintf(h, "%s/%s %x\n", name, f, sha256.Sum256(files[f]))
		}
	}
	return "dir:sha256:" + hex.EncodeToString(h.Sum(nil))
}
