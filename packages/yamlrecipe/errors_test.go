package yamlrecipe

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages/yamldoc"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestErrors holds the messages for recipes that cannot be read, in testdata/errors, against golden files; and that the
// schema refuses them as well, unless the recipe's first line says why it cannot.
func TestErrors(t *testing.T) {
	schema := compileSchema(t)
	files, err := filepath.Glob("testdata/errors/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recipes: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse(filepath.Base(file), text, nil)
			if err == nil {
				t.Fatal("the recipe reads")
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".golden", describe(err))
			readable := !strings.Contains(err.Error(), "tab") && !strings.Contains(err.Error(), "cannot begin") && !strings.Contains(err.Error(), "twice (it stands")
			if accepts := strings.HasPrefix(string(text), "# schema: accepts"); readable && accepts != (schemaAccepts(t, schema, text) == nil) {
				t.Errorf("the schema accepts it: %t", !accepts)
			}
		})
	}
}

// describe is what a person is shown: each mistake with its excerpt.
func describe(err error) string {
	var list yamldoc.Errors
	if !errors.As(err, &list) {
		var one *yamldoc.Error
		if !errors.As(err, &one) {
			return "not a yamldoc error: " + err.Error() + "\n"
		}
		list = yamldoc.Errors{one}
	}
	var b strings.Builder
	for _, e := range list {
		b.WriteString(e.Error() + "\n")
		if x := e.Excerpt(); x != "" {
			b.WriteString(x + "\n")
		}
	}
	return b.String()
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}
