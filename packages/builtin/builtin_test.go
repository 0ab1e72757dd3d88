package builtin

import (
	"context"
	"slices"
	"testing"

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
		}
	}
}
