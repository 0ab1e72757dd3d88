package builtin

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// TestBuildsTable holds test/builds.tsv against the recipes and against test/sources.tsv: what make test-builds is to build has a
// recipe, a version whose source can be had without upstream, and needs that stand in the table, too.
func TestBuildsTable(t *testing.T) {
	repo := open(t)
	sources := table(t, "../../test/sources.tsv")
	rows := table(t, "../../test/builds.tsv")
	var names []string
	for _, row := range rows {
		names = append(names, spec.MustParse(row[0]).Name)
	}
	for i, row := range rows {
		want := spec.MustParse(row[0])
		recipe, err := repo.Recipe(context.Background(), want.Name)
		if err != nil {
			t.Errorf("%s: %v", row[0], err)
			continue
		}
		if !slices.ContainsFunc(recipe.Versions, func(v packages.VersionDecl) bool {
			return want.Versions.Contains(v.Version) && slices.ContainsFunc(sources, func(s []string) bool { return s[4] == v.SHA256 })
		}) {
			t.Errorf("%s: test/sources.tsv has no source of it", row[0])
		}
		if seconds, err := strconv.Atoi(row[1]); err != nil || seconds < 1 {
			t.Errorf("%s: %q are no seconds", row[0], row[1])
		}
		for _, need := range strings.Fields(row[2]) {
			if !slices.Contains(names, need) || need == names[i] {
				t.Errorf("%s needs %s, which the table does not have", row[0], need)
			}
		}
	}
}

// table reads rows of tab-separated cells; lines with # are comments.
func table(t *testing.T, file string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimRight(line, "\n"); line != "" && !strings.HasPrefix(line, "#") {
			rows = append(rows, append(strings.Split(line, "\t"), ""))
		}
	}
	return rows
}
