package builtin

import (
	"context"
	"slices"
	"testing"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamlrecipe"
)

func open(t testing.TB) *yamlrecipe.Repo {
	t.Helper()
	r, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryRecipeReads(t *testing.T) {
	repo := open(t)
	for _, name := range repo.Names() {
		if _, err := repo.Recipe(context.Background(), name); err != nil {
			t.Errorf("%s:\n%v", name, err)
		}
	}
}

// TestClosed holds that every dependency can be met from the builtin recipes alone.
func TestClosed(t *testing.T) {
	repo := open(t)
	names := repo.Names()
	for _, name := range names {
		r, err := repo.Recipe(context.Background(), name)
		if err != nil {
			continue // TestEveryRecipeReads tells
		}
		for _, d := range r.Depends {
			if !slices.Contains(names, d.Spec.Name) && len(repo.Providers(d.Spec.Name)) == 0 {
				t.Errorf("%s: %s depends on %s, which nobody provides", d.Place, name, d.Spec.Name)
			}
			checkVariants(t, repo, d)
		}
	}
}

// checkVariants holds that a dependency has the variants that are asked of it, and a version.
func checkVariants(t *testing.T, repo *yamlrecipe.Repo, d packages.Dependency) {
	t.Helper()
	r, err := repo.Recipe(context.Background(), d.Spec.Name)
	if err != nil {
		return // a virtual
	}
	for _, v := range d.Spec.Variants {
		if !slices.ContainsFunc(r.Variants, func(x packages.VariantDecl) bool { return x.Name == v.Name }) {
			t.Errorf("%s: %s has no variant %s", d.Place, d.Spec.Name, v.Name)
		}
	}
	if !slices.ContainsFunc(r.Versions, func(x packages.VersionDecl) bool { return d.Spec.Versions.Contains(x.Version) }) {
		t.Errorf("%s: there is no version for %s", d.Place, d.Spec)
	}
}
