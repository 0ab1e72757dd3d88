package stdlib_test

import (
	"context"
	"os"
	"testing"

	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/python/stdlib"
)

// TestModules runs testdata/*.py: programs whose assertions hold in CPython too.
func TestModules(t *testing.T) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		t.Run(e.Name(), func(t *testing.T) {
			src, err := os.ReadFile("testdata/" + e.Name())
			if err != nil {
				t.Fatal(err)
			}
			file, err := python.Parse(e.Name(), src)
			if err != nil {
				t.Fatal(err)
			}
			in := python.New(python.Options{Importer: python.ImporterFunc(stdlib.Import)})
			defer in.Close()
			if _, err := in.Exec(context.Background(), file, "test"); err != nil {
				if e, ok := err.(*python.Error); ok {
					t.Fatal(e.Detail())
				}
				t.Fatal(err)
			}
		})
	}
}
