package install

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/fetch"
	"github.com/berth-hpc/berth/install/stage"
	"github.com/berth-hpc/berth/install/unpack"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// sources is what a build needs from outside, as files on this machine.
type sources struct {
	decl      packages.VersionDecl
	archive   string           // "" if the package has no source, or has it from git
	git       []fetch.GitFiles // the source's commit, then its submodules
	resources []resourceFile
	patches   []packages.Patch // with their contents, in the order of application
	files     []string         // all that was fetched, in the cache
}

type resourceFile struct {
	packages.Resource
	archive string
}

// getSources fetches everything that a build needs. It goes on after what cannot be had, so that all of it is told at once.
func (r *run) getSources(ctx context.Context, p *prepared) (*sources, error) {
	n := p.node
	decl, err := p.recipe.SourceFor(n)
	if err != nil {
		return nil, err
	}
	s := &sources{decl: decl}
	var errs []error
	if decl.Git != nil {
		s.git, err = r.getGit(ctx, n, decl.Git, true)
	} else {
		s.archive, err = r.get(ctx, fetch.Source{Name: n.Name(), Version: decl.Version.String(), URLs: decl.URLs, SHA256: decl.SHA256, Ext: decl.Extension})
	}
	errs = append(errs, err)
	s.add(s.archive)
	for _, g := range s.git {
		s.files = append(s.files, g.Files()...)
	}
	for _, res := range p.recipe.ResourcesFor(n) {
		file, err := r.getResource(ctx, n, res, s)
		errs = append(errs, err)
		s.resources = append(s.resources, resourceFile{res, file})
	}
	for _, patch := range p.patches {
		patch, file, err := r.getPatch(ctx, n, patch)
		errs = append(errs, err)
		s.add(file)
		s.patches = append(s.patches, patch)
	}
	switch errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil }); len(errs) {
	case 0:
		return s, nil
	case 1:
		return nil, errs[0]
	}
	return nil, errors.Join(errs...)
}

func (s *sources) add(file string) {
	if file != "" {
		s.files = append(s.files, file)
	}
}

// get fetches one file; "" if there is nothing to fetch.
func (r *run) get(ctx context.Context, src fetch.Source) (string, error) {
	if len(src.URLs) == 0 && src.SHA256 == "" {
		return "", nil
	}
	return r.Fetcher.Fetch(ctx, src)
}

func (r *run) getResource(ctx context.Context, n *dag.Node, res packages.Resource, s *sources) (string, error) {
	if res.Git == nil {
		file, err := r.get(ctx, fetch.Source{Name: n.Name(), Version: "resource " + res.Name, URLs: res.URLs, SHA256: res.SHA256})
		s.add(file)
		return file, err
	}
	if res.Git.Submodules {
		return "", fmt.Errorf("%s: fetch resource %s: submodules of resources are not fetched; make each a resource", res.Place, res.Name)
	}
	files, err := r.getGit(ctx, n, res.Git, false)
	if err != nil {
		return "", err
	}
	s.files = append(s.files, files[0].Files()...)
	return files[0].Archive, nil
}

// getPatch fills in the content of a patch. A patch that came with its recipe was read with it.
func (r *run) getPatch(ctx context.Context, n *dag.Node, p packages.Patch) (packages.Patch, string, error) {
	if p.URL == "" || p.Content != nil {
		return p, "", nil
	}
	src := fetch.Source{Name: n.Name(), Version: "patch " + path.Base(p.URL), URLs: []string{p.URL}, SHA256: cmp.Or(p.ArchiveSHA, p.SHA256)}
	file, err := r.get(ctx, src)
	if err != nil {
		return p, "", err
	}
	if p.ArchiveSHA == "" {
		p.Content, err = os.ReadFile(file)
	} else {
		p.Content, err = expandPatch(ctx, file, p)
	}
	return p, file, err
}

// expandPatch reads a patch out of the compressed file, or the archive, that it was fetched as.
func expandPatch(ctx context.Context, file string, p packages.Patch) ([]byte, error) {
	fail := func(err error) ([]byte, error) {
		return nil, fmt.Errorf("%s: expand patch %s: %w", p.Place, p.URL, err)
	}
	dir, err := os.MkdirTemp("", "berth-patch-")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(dir)
	if _, err := unpack.Unpack(ctx, file, filepath.Join(dir, "x"), unpack.Options{Name: path.Base(p.URL), MaxBytes: maxPatch}); err != nil {
		return fail(err)
	}
	var content []byte
	count := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			count++
			content, err = os.ReadFile(path)
		}
		return err
	})
	if err == nil && count != 1 {
		err = fmt.Errorf("it holds %d files, and not one", count)
	}
	if err != nil {
		return fail(err)
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256(content)); sum != p.SHA256 {
		return fail(&expandedError{want: p.SHA256, got: sum})
	}
	return content, nil
}

// maxPatch bounds what a compressed patch may become, in bytes.
const maxPatch = 256 << 20

// expandedError says that a patch is not the one that the recipe means, though its compressed file is.
type expandedError struct{ want, got string }

func (e *expandedError) Error() string {
	return fmt.Sprintf("want sha256 %s, got %s (archive_sha256, of the compressed file, is right)", e.want, e.got)
}

// lay puts the sources into the stage: unpacked, with resources in their places, and patched. It returns the source directory.
func (s *sources) lay(ctx context.Context, st *stage.Stage) (dir string, err error) {
	switch {
	case len(s.git) > 0:
		dir, err = st.UnpackGit(ctx, gitParts(s.git))
	case s.archive != "":
		name := filepath.Base(s.archive)
		if len(s.decl.URLs) > 0 {
			name = path.Base(s.decl.URLs[0])
		}
		dir, err = st.Unpack(ctx, s.archive, name, s.decl.Expand)
	default:
		dir = st.UnpackDir()
	}
	if err != nil {
		return "", err
	}
	for _, res := range s.resources {
		if err := st.PlaceResource(ctx, dir, res.Resource, res.archive); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// patch applies the patches.
func (s *sources) patch(ctx context.Context, dir string, env []string, log io.Writer) error {
	for _, p := range s.patches {
		fmt.Fprintf(log, "==> patch %s\n", stage.PatchName(p))
		if err := stage.ApplyPatch(ctx, dir, p, env, log); err != nil {
			return err
		}
	}
	return nil
}

// patchesOf lists the patches that the node was concretized with, from its own recipe and from those of what depends on it, in
// the order of the node. One that no recipe has any more is an integrity error.
func (r *run) patchesOf(ctx context.Context, n *dag.Node, recipe *packages.Recipe) ([]packages.Patch, error) {
	bySum := map[string]packages.Patch{}
	add := func(list []packages.Patch) {
		for _, p := range list {
			bySum[p.SHA256] = p
		}
	}
	add(recipe.PatchesFor(n))
	want := n.Attrs().Patches
	if len(want) > len(bySum) {
		for _, user := range dag.Dependents(r.plan.roots...)[n.Hash()] {
			if other, err := r.Recipes(ctx, user); err == nil && other != nil {
				add(other.DependencyPatches(user, n))
			}
		}
	}
	var patches []packages.Patch
	for _, sum := range want {
		p, ok := bySum[sum]
		if !ok {
			return nil, &IntegrityError{Node: n, What: "recipe " + recipe.Place.String(), Err: fmt.Errorf("the patch with sha256 %s, which the node was concretized with, is in no recipe", sum)}
		}
		patches = append(patches, p)
	}
	return patches, nil
}

// sourceError tells a source that is not what it should be from one that could not be had.
func sourceError(n *dag.Node, err error) error {
	var f *fetch.FetchError
	var tree *treeError
	var expanded *expandedError
	if errors.As(err, &f) && f.Integrity() || errors.As(err, &tree) || errors.As(err, &expanded) {
		return &IntegrityError{Node: n, What: "source", Err: err}
	}
	return err
}

// recipeName is what people know a recipe by: "builtin/fftw.yaml".
func recipeName(r *packages.Recipe) string {
	if r.Place.File != "" {
		return r.Place.File
	}
	return strings.TrimPrefix(r.Namespace+"/"+r.Name, "/")
}
