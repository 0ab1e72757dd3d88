package builtin

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
)

// TestEveryBuildIsPlanned plans each recipe's newest version with its defaults, and digests it.
func TestEveryBuildIsPlanned(t *testing.T) {
	repo := open(t)
	for _, name := range repo.Names() {
		recipe, err := repo.Recipe(context.Background(), name)
		if err != nil || recipe.ExternalOnly != "" {
			continue
		}
		r := newResolver(t)
		delete(r.external, name)
		n := r.node(name)
		text, err := recipe.Builder.Canonical(n)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m := regexp.MustCompile(`/(home|tmp|root|work)/`).FindString(string(text)); m != "" {
			t.Errorf("%s: the canonical text holds a path of this machine:\n%s", name, text)
		}
		if !strings.Contains(string(text), "{prefix}") {
			t.Errorf("%s: its build does not mention the prefix:\n%s", name, text)
		}
		if _, err := packages.BuildDigest(recipe, n); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		phases, err := recipe.Builder.Phases(n)
		if err != nil || len(phases) == 0 {
			t.Errorf("%s: %d phases, %v", name, len(phases), err)
		}
	}
}
