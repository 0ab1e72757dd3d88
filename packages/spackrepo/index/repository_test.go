package index_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/berth-hpc/berth/packages/spackrepo"
	"github.com/berth-hpc/berth/packages/spackrepo/index"
)

// The benchmarks of this file read a repository as commands do: the one in the directory $REPO, or else 9,000 recipes that are written for
// them, which is as many as Spack has. "changed" writes, and is left out of $REPO.

// directory is a repository on disk as an index sees it.
type directory struct {
	*spackrepo.Repo
	dir string
}

func (d directory) Hash(path string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(d.dir, path))
	sum := sha256.Sum256(text)
	return sum[:], err
}

func optionsFor(b *testing.B, dir string) index.Options {
	return index.Options{
		File: filepath.Join(b.TempDir(), "repository.index"), Key: "key", Dir: dir, Files: directory{dir: dir},
		Source: func() (index.Source, error) {
			repo, err := spackrepo.OpenDir(dir, spackrepo.Options{})
			return directory{repo, dir}, err
		},
	}
}

const recipes = 9000

// recipeNumber is a recipe of ordinary size.
func recipeNumber(i int) string {
	text := fmt.Sprintf(`from spack_repo.sample.build_systems.cmake import CMakePackage

from spack.package import *


class Lib%d(CMakePackage):
    """A library."""

    homepage = "https://example.org/lib%d"
    url = "https://example.org/lib%d-1.0.tar.gz"

    license("MIT")
`, i, i, i)
	for v := range 6 {
		text += fmt.Sprintf("    version(\"1.%d\", sha256=\"%064x\")\n", v, i+v)
	}
	for _, name := range []string{"shared", "mpi", "tests"} {
		text += fmt.Sprintf("    variant(%q, default=True, description=\"Build with %s\")\n", name, name)
	}
	text += "    depends_on(\"mpi\", when=\"+mpi\")\n"
	for j := i + 1; j < min(i+6, recipes); j++ {
		text += fmt.Sprintf("    depends_on(\"lib%d@1.%d:\", type=(\"build\", \"link\"), when=\"@1.2:+shared\")\n", j, j%6)
	}
	if i%100 == 0 {
		text += "    provides(\"mpi\")\n"
	}
	return text + "\n    def cmake_args(self):\n        return [self.define_from_variant(\"BUILD_SHARED_LIBS\", \"shared\")]\n"
}

// writeRepository writes recipes over the base classes of this package's samples.
func writeRepository(b *testing.B) string {
	dir := b.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../testdata/repo")); err != nil {
		b.Fatal(err)
	}
	for i := range recipes {
		writeRecipe(b, dir, i, recipeNumber(i))
	}
	return dir
}

func writeRecipe(b *testing.B, dir string, i int, text string) {
	file := filepath.Join(dir, "packages", fmt.Sprintf("lib%d", i), "package.py")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(file, past, past); err != nil {
		b.Fatal(err)
	}
}

func mustOpen(b *testing.B, o index.Options) *index.Repo {
	r, err := index.Open(context.Background(), o)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func mustRead(b *testing.B, r *index.Repo, name string) {
	if _, err := r.Recipe(context.Background(), name); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkRepository(b *testing.B) {
	dir, name := os.Getenv("REPO"), "zlib"
	if dir == "" {
		dir, name = writeRepository(b), "lib17"
	}
	o := optionsFor(b, dir)
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			_ = os.Remove(o.File)
			_ = mustOpen(b, o).Close()
		}
	})
	_ = mustOpen(b, o).Close()
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			r := mustOpen(b, o)
			mustRead(b, r, name)
			_ = r.Close()
		}
	})
	b.Run("open and compare all", func(b *testing.B) {
		all := o
		all.Everything = true
		for b.Loop() {
			_ = mustOpen(b, all).Close()
		}
	})
	b.Run("changed", func(b *testing.B) {
		if os.Getenv("REPO") != "" {
			b.Skip("it would change a recipe")
		}
		i := 0
		for b.Loop() {
			b.StopTimer()
			i++
			writeRecipe(b, dir, 17, recipeNumber(17)+fmt.Sprintf("    # change %d\n", i))
			b.StartTimer()
			r := mustOpen(b, o)
			mustRead(b, r, name)
			_ = r.Close()
		}
	})
}
