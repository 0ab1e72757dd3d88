package spackrepo

import (
	"maps"
	"path"
	"slices"
)

// Watch lists what the list of packages depends on, relative to the files that the repository was opened with: where the repository
// is, its directory of packages, and what is no package now but may become one.
func (r *Repo) Watch() []string {
	list := []string{"spack-repo-index.yaml", path.Join(r.layout.root, "repo.yaml"), r.layout.packages}
	names := r.names()
	for _, name := range slices.Sorted(maps.Keys(r.dirs)) {
		if _, ok := slices.BinarySearch(names, name); !ok {
			file, _ := r.File(name)
			list = append(list, path.Dir(file), file)
		}
	}
	return list
}
