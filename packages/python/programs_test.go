package python_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/berth-hpc/berth/packages/python"
)

// TestPrograms runs testdata/programs/*.py: programs whose assertions hold in CPython too.
func TestPrograms(t *testing.T) {
	files, err := filepath.Glob("testdata/programs/*.py")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file, err := python.Parse(filepath.Base(path), src)
			if err != nil {
				t.Fatal(err)
			}
			in := python.New(python.Options{})
			defer in.Close()
			_, err = in.Exec(context.Background(), file, "program")
			var e *python.Error
			if errors.As(err, &e) {
				t.Fatal(e.Detail())
			} else if err != nil {
				t.Fatal(err)
			}
		})
	}
}
