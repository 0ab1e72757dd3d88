package envs

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/builtin"
	"github.com/berth-hpc/berth/spec"
)

// elsewhere adds to a refusal of a version or a variant which repository behind the one that the recipe is taken from would have it: whoever added Spack's
// repository does not expect a recipe of berth's to hide what that knows.
func elsewhere(ctx context.Context, repo packages.Repo, err error) error {
	name, what, has := sought(err)
	if has == nil {
		return err
	}
	first := ""
	for _, layer := range packages.Layers(repo) {
		recipe, lookUp := layer.Recipe(ctx, name)
		switch {
		case lookUp != nil:
		case first == "":
			first = repoTitle(layer)
		case has(recipe):
			there := repoTitle(layer)
			return withHint(err, fmt.Sprintf("the repository %s has %s %s, but the recipe of %s counts, which comes first; `repos: [%s, %s]` in env.yaml turns them round", there, name, what, first, there, first))
		}
	}
	return err
}

// sought is the package of a refusal, what of it was asked for, and which recipes would have that; nil if it is refused for another reason.
func sought(err error) (name, what string, has func(*packages.Recipe) bool) {
	var version *concretizer.UnknownVersionError
	if errors.As(err, &version) {
		return version.Package, "@" + version.Versions.String(), func(r *packages.Recipe) bool { return offersVersion(r, version.Versions) }
	}
	var variant *concretizer.UnknownVariantError
	if errors.As(err, &variant) && variant.Advice == "" {
		return variant.Package, "variant " + variant.Variant, func(r *packages.Recipe) bool { return slices.Contains(r.VariantNames(), variant.Variant) }
	}
	return "", "", nil
}

func offersVersion(r *packages.Recipe, wanted spec.Versions) bool {
	return len(wanted.GitVersions()) > 0 && r.Git != "" || slices.ContainsFunc(r.Versions, func(d packages.VersionDecl) bool { return wanted.Contains(d.Version) })
}

// repoTitle is a repository as people call it: by the name that it was added with.
func repoTitle(r packages.Repo) string {
	switch spack, ok := r.(*SpackRepo); {
	case ok:
		return spack.Ref.String()
	case r.Namespace() == builtin.Name:
		return builtin.Name
	}
	return r.Namespace()
}
