package spackrepo

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkEvaluate reads one recipe whose base classes are there already.
func BenchmarkEvaluate(b *testing.B) {
	r := sampleRepo(b, (&sample{code: []string{"depends_on('zlib')"}}).text(), Options{})
	for _, name := range []string{"sample", "boost"} {
		b.Run(name, func(b *testing.B) {
			if _, _, err := r.Evaluate(context.Background(), name); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := r.Evaluate(context.Background(), name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRepository reads every recipe of the repository in $REPO, a checkout, on all processors.
func BenchmarkRepository(b *testing.B) {
	dir := os.Getenv("REPO")
	if _, err := os.Stat(filepath.Join(dir, "spack-repo-index.yaml")); dir == "" || err != nil {
		b.Skip("needs a checkout of a repository in $REPO")
	}
	b.ReportAllocs()
	for b.Loop() {
		r, err := OpenDir(dir, Options{Identity: "bench"})
		if err != nil {
			b.Fatal(err)
		}
		names := r.AllNames()
		r.forEach(names, func(i int) { _, _, _ = r.Evaluate(context.Background(), names[i]) })
		b.ReportMetric(float64(len(names)), "recipes/op")
	}
}
