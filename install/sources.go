package install

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/berth-hpc/berth/install/fetch"
	"github.com/berth-hpc/berth/install/stage"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// sources is what a build needs from outside, as files on this machine.
type sources struct {
	decl      packages.VersionDecl
	archive   string // "" if the package has no source
	resources []resourceFile
	patches   []packages.Patch // with their contents, in the order of application
}

type resourceFile struct {
	packages.Resource
	archive string
}

// getSources fetches everything that a build needs.
func (r *run) getSources(ctx context.Context, p *prepared) (*sources, error) {
	n := p.node
	decl, err := p.recipe.SourceFor(n)
	if err != nil {
		return nil, err
	}
	s := &sources{decl: decl}
	if s.archive, err = r.get(ctx, n.Name(), decl.Version.String(), decl.URLs, decl.SHA256, decl.Extension, decl.Git); err != nil {
		return nil, err
	}
	for _, res := range p.recipe.ResourcesFor(n) {
		archive, err := r.get(ctx, n.Name(), "resource "+res.Name, res.URLs, res.SHA256, "", res.Git)
		if err != nil {
			return nil, err
		}
		s.resources = append(s.resources, resourceFile{res, archive})
	}
	for _, patch := range p.patches {
		if patch, err = r.getPatch(ctx, n, patch); err != nil {
			return nil, err
		}
		s.patches = append(s.patches, patch)
	}
	return s, nil
}

// get fetches one file; "" if there is nothing to fetch.
func (r *run) get(ctx context.Context, name, version string, urls []string, sha, ext string, git *packages.GitSource) (string, error) {
	if git != nil {
		return "", fmt.Errorf("fetch %s %s: sources from git repositories cannot be built yet (%s)", name, version, git.URL)
	}
	if len(urls) == 0 && sha == "" {
		return "", nil
	}
	return r.Fetcher.Fetch(ctx, fetch.Source{Name: name, Version: version, URLs: urls, SHA256: sha, Ext: ext})
}

// getPatch fills in the content of a patch. A patch that came with its recipe was read with it.
func (r *run) getPatch(ctx context.Context, n *dag.Node, p packages.Patch) (packages.Patch, error) {
	if p.URL == "" || p.Content != nil {
		return p, nil
	}
	sha := p.SHA256
	if p.ArchiveSHA != "" {
		return p, fmt.Errorf("%s: fetch patch %s: compressed patches cannot be applied yet", p.Place, p.URL)
	}
	file, err := r.get(ctx, n.Name(), "patch "+path.Base(p.URL), []string{p.URL}, sha, "", nil)
	if err != nil {
		return p, err
	}
	p.Content, err = os.ReadFile(file)
	return p, err
}

// lay puts the sources into the stage: unpacked, with resources in their places, and patched. It returns the source directory.
func (s *sources) lay(ctx context.Context, st *stage.Stage) (string, error) {
	if s.archive == "" {
		return st.UnpackDir(), nil
	}
	name := filepath.Base(s.archive)
	if len(s.decl.URLs) > 0 {
		name = path.Base(s.decl.URLs[0])
	}
	dir, err := st.Unpack(ctx, s.archive, name, s.decl.Expand)
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
	if errors.As(err, &f) && f.Integrity() {
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
