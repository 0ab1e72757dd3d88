package corpus

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// kinds are what an audit may come to; testdata/unsatisfiable.txt says what each means.
var kinds = []string{"machine", "external", "choice", "recipe"}

// unsatisfiable reads testdata/unsatisfiable.txt: the recipes that have no answer, and why.
func unsatisfiable(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/unsatisfiable.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, why, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, " ") {
			if kind, _, ok := strings.Cut(why, ": "); !ok || !slices.Contains(kinds, kind) {
				t.Errorf("%s is listed, but not audited: %s", name, why)
			}
			out[name] = why
		}
	}
	return out
}
