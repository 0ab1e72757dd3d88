package spackrepo

import (
	"maps"
	"path"
	"slices"
)

// Candidates lists the names that may be packages: those of all directories among the recipes.
func (r *Repo) Candidates() []string { return slices.Sorted(maps.Keys(r.dirs)) }

// Watch lists what the list of candidates depends on, relative to the files that the repository was opened with: where the repository is, and
// its directory of packages.
func (r *Repo) Watch() []string {
	return []string{"spack-repo-index.yaml", path.Join(r.layout.root, "repo.yaml"), r.layout.packages}
}
