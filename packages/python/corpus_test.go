package python

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// recipeFiles lists the Python files of the package repository that REPO names.
func recipeFiles(t testing.TB) []string {
	repo := os.Getenv("REPO")
	if repo == "" {
		t.Skip("REPO names no checkout of a package repository")
	}
	var files []string
	err := filepath.WalkDir(repo, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".py") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("no Python files in %s: is it a bare repository?", repo)
	}
	return files
}

// TestRepositoryParses holds the parser against every recipe of a repository, methods included.
func TestRepositoryParses(t *testing.T) {
	files := recipeFiles(t)
	var wait sync.WaitGroup
	work := make(chan string)
	for range 2 {
		wait.Go(func() {
			for path := range work {
				src, err := os.ReadFile(path)
				if err != nil {
					t.Error(err)
					continue
				}
				if _, err := Parse(path, src); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, path := range files {
		work <- path
	}
	close(work)
	wait.Wait()
	t.Logf("%d files", len(files))
}
