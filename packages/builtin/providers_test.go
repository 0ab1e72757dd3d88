package builtin

import (
	"flag"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages/yamlrecipe"
)

var updateProviders = flag.Bool("update", false, "rewrite providers.txt")

// TestProviders holds that providers.txt is what the recipes say.
func TestProviders(t *testing.T) {
	dir, err := fs.Sub(recipes, "recipes")
	if err != nil {
		t.Fatal(err)
	}
	repo, err := yamlrecipe.Open(dir, yamlrecipe.Options{Label: Name})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, virtual := range repo.Virtuals() {
		text.WriteString(virtual + ": " + strings.Join(repo.Providers(virtual), " ") + "\n")
	}
	if *updateProviders {
		if err := os.WriteFile("providers.txt", []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(text.String(), providers); diff != "" {
		t.Errorf("run go test ./packages/builtin -run TestProviders -update: -recipes +providers.txt\n%s", diff)
	}
	for _, virtual := range repo.Virtuals() {
		if diff := cmp.Diff(repo.Providers(virtual), open(t).Providers(virtual)); diff != "" {
			t.Errorf("%s: %s", virtual, diff)
		}
	}
}
