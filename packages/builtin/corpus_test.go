package builtin

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
)

// corpusRecipe is what Spack's own repository (github.com/spack/spack-packages at 1e8cf059e35d, 2026-07-01) says of a package.
// testdata/corpus.jsonl holds it for every builtin recipe.
type corpusRecipe struct {
	Name     string
	Versions map[string]string // to the sha256
	Flags    map[string][]string
	Variants []corpusVariant
	Provides []string
}

type corpusVariant struct {
	Name    string
	Kind    string
	Default []string
	Values  []string
	Multi   bool
	Sticky  bool
}

func readCorpus(t *testing.T) map[string]corpusRecipe {
	t.Helper()
	f, err := os.Open("testdata/corpus.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	corpus := map[string]corpusRecipe{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r corpusRecipe
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		corpus[r.Name] = r
	}
	return corpus
}

// TestMeansTheSameAsSpack holds names, versions, variants, defaults and virtuals against Spack's, so that the two can be mixed.
func TestMeansTheSameAsSpack(t *testing.T) {
	repo, corpus := open(t), readCorpus(t)
	for _, name := range repo.Names() {
		recipe, err := repo.Recipe(context.Background(), name)
		if err != nil {
			t.Fatal(err)
		}
		theirs, ok := corpus[name]
		if !ok {
			t.Errorf("%s: Spack has no package of this name", name)
			continue
		}
		var found []string
		found = append(found, compareVersions(recipe, theirs)...)
		found = append(found, compareVariants(recipe, theirs)...)
		found = append(found, compareProvides(recipe, theirs)...)
		known := slices.Concat(slices.Collect(maps.Values(deliberate[name]))...)
		for _, d := range found {
			if !slices.Contains(known, d) {
				t.Errorf("%s: %s", name, d)
			}
		}
		for _, d := range known {
			if !slices.Contains(found, d) {
				t.Errorf("%s: listed as deliberate, and not so: %s", name, d)
			}
		}
	}
}

func compareVersions(r *packages.Recipe, c corpusRecipe) (diffs []string) {
	for _, v := range r.Versions {
		text := v.Version.String()
		sha, ok := c.Versions[text]
		flags := c.Flags[text]
		switch {
		case !ok:
			diffs = append(diffs, "no version "+text+" there")
		case v.SHA256 != "" && sha != v.SHA256:
			diffs = append(diffs, "another sha256 of "+text)
		case v.Preferred != slices.Contains(flags, "preferred"), v.Deprecated != slices.Contains(flags, "deprecated"):
			diffs = append(diffs, fmt.Sprintf("version %s is %v there", text, flags))
		}
	}
	return diffs
}

func compareVariants(r *packages.Recipe, c corpusRecipe) (diffs []string) {
	for _, v := range r.Variants {
		if v.Name == "build_system" {
			continue // our build systems are fewer; their names are the same
		}
		if d := compareVariant(v, c.Variants); d != "" {
			diffs = append(diffs, d)
		}
	}
	system := []string{"build_system"}
	if !slices.ContainsFunc(r.Variants, func(v packages.VariantDecl) bool { return v.Name == "generator" }) {
		system = append(system, "build_type", "generator", "ipo") // CMake's, and ours does not use it
	}
	for _, theirs := range c.Variants {
		if slices.Contains(system, theirs.Name) {
			continue
		}
		d := "no variant " + theirs.Name
		if !slices.ContainsFunc(r.Variants, func(v packages.VariantDecl) bool { return v.Name == theirs.Name }) && !slices.Contains(diffs, d) {
			diffs = append(diffs, d)
		}
	}
	return diffs
}

// compareVariant wants one definition there that means the same; else it says how the first one differs.
func compareVariant(v packages.VariantDecl, theirs []corpusVariant) string {
	first := ""
	for _, c := range theirs {
		if c.Name != v.Name {
			continue
		}
		diff := compareDefinition(v, c)
		if diff == "" {
			return ""
		}
		first = cmp.Or(first, diff)
	}
	return cmp.Or(first, "variant "+v.Name+" is not there")
}

func compareDefinition(v packages.VariantDecl, c corpusVariant) string {
	var values, missing []string
	for _, x := range v.Values {
		values = append(values, x.Value)
	}
	for _, x := range c.Values {
		if !slices.Contains(values, x) && v.Kind != packages.BoolVariant && !v.Any {
			missing = append(missing, x)
		}
	}
	added := slices.IndexFunc(values, func(x string) bool { return len(c.Values) > 0 && !slices.Contains(c.Values, x) })
	switch {
	case added >= 0:
		return "value " + v.Name + "=" + values[added] + " is not there"
	case (v.Kind == packages.BoolVariant) != (c.Kind == "bool"), (v.Kind == packages.MultiVariant) != c.Multi:
		return "variant " + v.Name + " is of another kind"
	case !slices.Equal(v.Default, c.Default):
		return fmt.Sprintf("variant %s is %s by default there", v.Name, strings.Join(c.Default, ","))
	case v.Sticky != c.Sticky:
		return "variant " + v.Name + ": sticky"
	case len(missing) > 0:
		return "no value " + v.Name + "=" + strings.Join(missing, ",")
	}
	return ""
}

func compareProvides(r *packages.Recipe, c corpusRecipe) (diffs []string) {
	var ours []string
	for _, p := range r.Provides {
		for _, v := range p.Virtuals {
			ours = append(ours, v.Name)
			if !slices.Contains(c.Provides, v.Name) {
				diffs = append(diffs, "does not provide "+v.Name+" there")
			}
		}
	}
	for _, v := range c.Provides {
		if !slices.Contains(ours, v) {
			diffs = append(diffs, "provides "+v+" there")
		}
	}
	return diffs
}
