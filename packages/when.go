package packages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// Holds reports whether the condition holds for a concrete node.
func (w When) Holds(n *dag.Node) bool {
	for _, s := range w {
		if !n.Satisfies(s) {
			return false
		}
	}
	return true
}

// String is the condition as a recipe writes it: "+mpi", "+mpi and @2:"; "" is always.
func (w When) String() string {
	texts := make([]string, len(w))
	for i, s := range w {
		texts[i] = s.String()
	}
	return strings.Join(texts, " and ")
}

// VariantNames lists the variants that a recipe declares under any condition, each once, sorted.
func (r *Recipe) VariantNames() []string {
	names := make([]string, len(r.Variants))
	for i := range r.Variants {
		names[i] = r.Variants[i].Name
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Rank is a version's place where nobody asks for any: what has a lower rank is tried first, and of one rank the newest. As in Spack, versions that the
// recipe marks preferred come first, and deprecated ones, development versions, pre-releases and git references after the others.
func (d *VersionDecl) Rank() int {
	rank := 0
	for i, lower := range []bool{d.Version.GitRef() != "", d.Version.IsPrerelease(), d.Version.IsInfinity(), d.Deprecated, !d.Preferred} {
		if lower {
			rank |= 1 << i
		}
	}
	return rank
}

// Unasked tells a version of which no recipe says that it is preferred, and that is deprecated, a development version, a pre-release or a git reference: it
// is for who asks for it.
func (d *VersionDecl) Unasked() bool { return d.Rank() > (&VersionDecl{}).Rank() }

// VersionDecl returns the declaration of a version that this node can be built from: the last one of that version, as later
// declarations replace earlier ones.
func (r *Recipe) VersionDecl(v spec.Version) (VersionDecl, bool) {
	for i := len(r.Versions) - 1; i >= 0; i-- {
		if r.Versions[i].Version == v {
			return r.Versions[i], true
		}
	}
	return r.gitVersion(v)
}

// gitVersion is the declaration of a version that names a commit, a branch or a tag (git.main=1.2), if the recipe has a repository. No recipe
// declares such versions: they are there for who asks.
func (r *Recipe) gitVersion(v spec.Version) (VersionDecl, bool) {
	ref := v.GitRef()
	if ref == "" || r.Git == "" {
		return VersionDecl{}, false
	}
	git := &GitSource{URL: r.Git, Ref: ref}
	if spec.IsCommit(ref) {
		git.Commit, git.Ref = ref, ""
	}
	return VersionDecl{Version: v, Git: git, Expand: true, Place: r.Place}, true
}

// SourceFor returns where the source of a node comes from. A package without a source (a bundle) has a declaration without URLs
// and Git. The error says that the recipe does not know the node's version.
func (r *Recipe) SourceFor(n *dag.Node) (VersionDecl, error) {
	decl, ok := r.VersionDecl(n.Version())
	if !ok || !decl.When.Holds(n) {
		return VersionDecl{}, fmt.Errorf("%s: %s has no source for version %s", r.Place, r.Name, n.Version())
	}
	return decl, nil
}

// PatchesFor returns the recipe's own patches that apply to a node, in the order of application. Patches that a node's dependents
// ask for are not among them; see DependencyPatches.
func (r *Recipe) PatchesFor(n *dag.Node) []Patch {
	var patches []Patch
	for _, p := range r.Patches {
		if p.When.Holds(n) {
			patches = append(patches, p)
		}
	}
	return patches
}

// DependencyPatches returns the patches that a dependent, whose recipe r is, asks to be applied to one of its dependencies.
func (r *Recipe) DependencyPatches(dependent, dependency *dag.Node) []Patch {
	var patches []Patch
	for _, d := range r.Depends {
		if len(d.Patches) == 0 || !d.When.Holds(dependent) || !dependency.Satisfies(d.Spec) {
			continue
		}
		for _, p := range d.Patches {
			if p.When.Holds(dependency) {
				patches = append(patches, p)
			}
		}
	}
	return patches
}

// ResourcesFor returns the resources that belong to a node's source.
func (r *Recipe) ResourcesFor(n *dag.Node) []Resource {
	var resources []Resource
	for _, res := range r.Resources {
		if res.When.Holds(n) {
			resources = append(resources, res)
		}
	}
	return resources
}
