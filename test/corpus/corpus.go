// Package corpus is a package repository of the real world's size, for tests and benchmarks: what each of the 8,931
// recipes of spack-packages declared on one day, as data. See testdata/README.md for where the data comes from.
//
// It is never part of the product: recipes that people use are read by packages/spackrepo. A recipe of the corpus tells
// all that the concretizer asks about, but nothing can be built from it: it has no build methods, no descriptions and no
// lines, and its patch files have no content.
//
// Opening it unpacks the file and notes where each recipe begins; a recipe is decoded when it is asked for, once.
//
// What a line says, and how it becomes a packages.Recipe, is packages/spackrepo/record's; so the corpus is also what evaluated recipes
// are compared with.
//
// Read corpus.go (the repository), recipe.go (from a line to a packages.Recipe), config.go (the configuration that goes with it).
package corpus

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/klauspost/compress/gzip"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

// Namespace is what the recipes' own repository calls itself.
const Namespace = "builtin"

//go:embed testdata/spack-packages-2026-07-01.jsonl.gz
var embedded []byte

// Repo is an opened corpus. It implements packages.Repo.
type Repo struct {
	identity string
	names    []string
	entries  map[string]*entry
	records  map[string][]byte   // the line of each package, and of the interfaces that are none
	virtuals map[string][]string // to the packages that provide it, sorted
	specs    record.Specs
}

// entry is one package: its line, and the recipe once somebody asked for it.
type entry struct {
	line   []byte
	once   sync.Once
	recipe *packages.Recipe
	err    error
}

// Open returns the corpus that stands in $BERTH_CORPUS (a .jsonl.gz file, or a directory with one), else the one of this package. It is
// opened once in a process.
func Open() (*Repo, error) { return openOnce() }

var openOnce = sync.OnceValues(func() (*Repo, error) {
	path := os.Getenv("BERTH_CORPUS")
	if path == "" {
		return Read(embedded)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		files, _ := filepath.Glob(filepath.Join(path, "*.jsonl.gz"))
		if len(files) != 1 {
			return nil, fmt.Errorf("open corpus: $BERTH_CORPUS: %s holds %d .jsonl.gz files, not one", path, len(files))
		}
		path = files[0]
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("open corpus: $BERTH_CORPUS: %w", err)
	}
	return Read(data)
})

// Read makes a repository of a compressed corpus: one JSON object a line.
func Read(compressed []byte) (*Repo, error) {
	unzip, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, fmt.Errorf("open corpus: %w", err)
	}
	text := bytes.NewBuffer(make([]byte, 0, 8*len(compressed)))
	if _, err := io.Copy(text, unzip); err != nil {
		return nil, fmt.Errorf("open corpus: %w", err)
	}
	sum := sha256.Sum256(compressed)
	r := &Repo{identity: "corpus:sha256:" + hex.EncodeToString(sum[:]), entries: map[string]*entry{}, records: map[string][]byte{}, virtuals: map[string][]string{}}
	number := 0
	for line := range bytes.Lines(text.Bytes()) {
		number++
		if err := r.add(line); err != nil {
			return nil, fmt.Errorf("open corpus: line %d: %w", number, err)
		}
	}
	r.names = slices.Sorted(maps.Keys(r.entries))
	for _, providers := range r.virtuals {
		slices.Sort(providers)
	}
	return r, nil
}

var (
	nameKey     = []byte(`{"name":"`)
	providesKey = []byte(`"provides":[`)
	virtualKey  = []byte(`"virtual":true`)
)

// add notes one package. Only the few lines that speak of virtuals are decoded here.
func (r *Repo) add(line []byte) error {
	rest, ok := bytes.CutPrefix(line, nameKey)
	end := bytes.IndexByte(rest, '"')
	if !ok || end <= 0 {
		return fmt.Errorf("it does not begin with %s and a name", nameKey)
	}
	name := string(rest[:end])
	if r.records[name] != nil {
		return fmt.Errorf("%s is there twice", name)
	}
	r.records[name] = line
	if !bytes.Contains(line, providesKey) && !bytes.Contains(line, virtualKey) {
		r.entries[name] = &entry{line: line}
		return nil
	}
	var d struct {
		Attrs    record.Attrs       `json:"attrs"`
		Provides []record.Provision `json:"provides"`
	}
	if err := json.Unmarshal(line, &d); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if d.Attrs.Virtual {
		return nil // a class that only says what the interface is: no package
	}
	r.entries[name] = &entry{line: line}
	for _, p := range d.Provides {
		for _, text := range p.Virtuals {
			v, err := r.specs.Parse(text)
			if err != nil {
				return fmt.Errorf("read %s: provides: %w", name, err)
			}
			if !slices.Contains(r.virtuals[v.Name], name) {
				r.virtuals[v.Name] = append(r.virtuals[v.Name], name)
			}
		}
	}
	return nil
}

// Namespace implements packages.Repo.
func (r *Repo) Namespace() string { return Namespace }

// Identity implements packages.Repo.
func (r *Repo) Identity() string { return r.identity }

// Names implements packages.Repo.
func (r *Repo) Names() []string { return slices.Clone(r.names) }

// Providers implements packages.Repo.
func (r *Repo) Providers(virtual string) []string { return slices.Clone(r.virtuals[virtual]) }

// Virtuals implements packages.Repo.
func (r *Repo) Virtuals() []string { return slices.Sorted(maps.Keys(r.virtuals)) }

// Recipe implements packages.Repo.
func (r *Repo) Recipe(ctx context.Context, name string) (*packages.Recipe, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e := r.entries[name]
	if e == nil {
		return nil, unknown(name)
	}
	e.once.Do(func() {
		e.recipe, e.err = r.decode(e.line)
		var syntax *json.SyntaxError
		if errors.As(e.err, &syntax) {
			e.err = fmt.Errorf("corpus, %s, column %d: %w", name, syntax.Offset, e.err)
		}
	})
	return e.recipe, e.err
}

func unknown(name string) error { return fmt.Errorf("%w %q", packages.ErrUnknownPackage, name) }

// AllNames is Names with the recipes of interfaces such as mpi, which are no packages: what there is a record of.
func (r *Repo) AllNames() []string { return slices.Sorted(maps.Keys(r.records)) }
