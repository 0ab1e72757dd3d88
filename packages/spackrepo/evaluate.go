package spackrepo

import (
	"context"
	"errors"

	"github.com/berth-hpc/berth/packages"
)

// Evaluate reads one recipe, and does not remember it: the recipe, and the files that the result depends on beside the host
// (Repo.HostKey), relative to the files that the repository was opened with: the recipe, the patches that it brings, what it imports. The
// files are given with an error, too, as far as they were read. The error wraps packages.ErrUnknownPackage for a name that is not
// there or that is only a virtual.
func (r *Repo) Evaluate(ctx context.Context, name string) (recipe *packages.Recipe, files []string, err error) {
	if _, ok := r.dirs[name]; !ok {
		return nil, nil, r.unknown(name)
	}
	return nil, nil, errors.New("recipes of Spack repositories are not evaluated yet")
}

type shared struct{}

func newShared(*Repo) *shared { return &shared{} }
