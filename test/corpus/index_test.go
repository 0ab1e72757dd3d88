package corpus

import (
	"context"
	"crypto/sha256"
	"path/filepath"
	"testing"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/spackrepo/index"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

// indexed is the corpus as a source of an index.
type indexed struct{ *Repo }

func (indexed) Watch() []string { return nil }

func (s indexed) Candidates() []string { return s.Names() }

func (s indexed) Evaluate(ctx context.Context, name string) (*packages.Recipe, []string, error) {
	r, err := s.Recipe(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	c := *r
	c.Text, c.Builder = nil, &record.Builder{Package: name, Digest: r.ContentHash}
	return &c, []string{name}, nil
}

func (indexed) Hash(path string) ([]byte, error) {
	sum := sha256.Sum256([]byte(path))
	return sum[:], nil
}

// BenchmarkConcretizeCold resolves each request with recipes that nobody has read yet, from an index: what a command does.
func BenchmarkConcretizeCold(b *testing.B) {
	o := index.Options{
		File: filepath.Join(b.TempDir(), "corpus.index"), Key: "corpus", Identity: "corpus",
		Source: func() (index.Source, error) { return indexed{open(b)}, nil },
	}
	for _, specs := range requests {
		b.Run(title(specs), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				repo, err := index.Open(context.Background(), o)
				if err != nil {
					b.Fatal(err)
				}
				r := request(b, specs...)
				r.Repo = repo
				if _, err := concretizer.Concretize(context.Background(), r); err != nil {
					b.Fatal(err)
				}
				_ = repo.Close()
			}
		})
	}
}
