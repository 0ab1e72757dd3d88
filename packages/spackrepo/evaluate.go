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
	"runtime/debug"
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

// Evaluate reads one recipe, and does not remember it: the recipe, and the files that the result depends on beside the host
// (Repo.HostKey), relative to the files that the repository was opened with: the recipe, the patches that it brings, what it imports. The
// files are given with an error, too, as far as they were read. The error wraps packages.ErrUnknownPackage for a name that is not
// there or that is only a virtual.
func (r *Repo) Evaluate(ctx context.Context, name string) (recipe *packages.Recipe, files []string, err error) {
	text, err := r.text(name)
	file, _ := r.File(name)
	if before, _, found := bytes.Cut(text, virtualMark); found && err == nil {
		place := packages.Place{File: r.shownAs(file), Line: bytes.Count(before, []byte("\n")) + 2}
		err = fmt.Errorf("%w: %s is a virtual: its recipe at %s only says what it is", packages.ErrUnknownPackage, name, place)
	}
	if err != nil {
		return nil, []string{file}, err
	}
	p, files, err := r.Record(ctx, name)
	if err != nil {
		return nil, files, err
	}
	if recipe, err = p.Recipe(r.specs); err != nil {
		return nil, files, err
	}
	recipe.Text = text
	if recipe.ContentHash, err = r.contentHash(files); err != nil {
		return nil, files, err
	}
	recipe.Namespace = r.layout.namespace
	if recipe.ExternalOnly = externalOnly[name]; recipe.ExternalOnly == "" {
		recipe.Builder = record.NewBuilder(p, recipe.ContentHash)
	}
	return recipe, files, nil
}

// Record evaluates one recipe to what its directives say, and gives the files that this depends on.
func (r *Repo) Record(ctx context.Context, name string) (*record.Package, []string, error) {
	file, ok := r.File(name)
	if !ok || !exists(r.fsys, file) {
		return nil, []string{file}, r.unknown(name)
	}
	i := &importer{shared: r.shared, files: map[string]bool{file: true}}
	p, patches, err := r.record(ctx, i, name, file)
	for _, f := range patches {
		i.files[f] = true
	}
	files := slices.Sorted(maps.Keys(i.files))
	if err != nil {
		return nil, files, fmt.Errorf("read recipe of %s: %w", name, err)
	}
	return p, files, nil
}

func (r *Repo) record(ctx context.Context, i *importer, name, file string) (p *record.Package, patches []string, err error) {
	defer guard(r.shownAs(file), &err)
	text, err := fs.ReadFile(r.fsys, file)
	if err != nil {
		return nil, nil, err
	}
	parsed, err := python.Parse(r.shownAs(file), text)
	if err != nil {
		return nil, nil, err
	}
	in := python.New(python.Options{Importer: i, OnClass: r.onClass})
	defer in.Close()
	module, err := in.Exec(ctx, parsed, r.moduleName(name))
	if err != nil {
		return nil, nil, err
	}
	v, _ := module.Get(className(name))
	class, ok := v.(*python.Class)
	if !ok {
		return nil, nil, fmt.Errorf("%s: there is no class %s in it", r.shownAs(file), className(name))
	}
	if p, err = r.collect(in, name, module, class); err != nil {
		return nil, nil, err
	}
	r.tellUsed(in, file)
	patches, err = r.readPatches(class, p)
	return p, patches, err
}

func (r *Repo) tellUsed(in *python.Interp, file string) {
	if r.used != nil {
		r.used(r.shownAs(file), in.Used())
	}
}

// InternalError is a mistake of berth's own that a recipe brought to light. It concerns that recipe alone.
type InternalError struct {
	File  string // "hdf5/package.py"
	Panic any
	Stack []byte
}

func (e *InternalError) Error() string {
	return fmt.Sprintf("%s: berth fails to read this, which is a mistake of berth's: %v", e.File, e.Panic)
}

// Hint is what to do.
func (e *InternalError) Hint() string { return "please report it, with the recipe" }

// guard turns a panic into an error: one recipe must not end the reading of thousands.
func guard(file string, err *error) {
	if p := recover(); p != nil {
		*err = &InternalError{File: file, Panic: p, Stack: debug.Stack()}
	}
}

// contentHash covers the files that a recipe depends on.
func (r *Repo) contentHash(files []string) (string, error) {
	h := sha256.New()
	for _, f := range files {
		digest, err := r.shared.digest(f)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %s\n", r.shownAs(f), digest)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// digest is that of a file. It is remembered: most recipes depend on the same few files.
func (s *shared) digest(file string) (string, error) {
	if d, ok := s.digests.Load(file); ok {
		return d.(string), nil
	}
	text, err := readFile(s.repo.fsys, file)
	if err != nil {
		return "", err
	}
	d := digestOf(text)
	s.digests.Store(file, d)
	return d, nil
}

func digestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// readFile reads a file whose name a recipe said.
func readFile(fsys fs.FS, file string) ([]byte, error) {
	if !fs.ValidPath(file) {
		return nil, errors.New("a path that leaves the repository")
	}
	return fs.ReadFile(fsys, file)
}
