package corpus

import (
	"context"
	"testing"

	"github.com/berth-hpc/berth/concretizer"
)

// BenchmarkConcretize resolves each request with recipes that are decoded already: what the concretizer itself takes.
func BenchmarkConcretize(b *testing.B) {
	for _, specs := range requests {
		b.Run(title(specs), func(b *testing.B) {
			r := request(b, specs...)
			s, err := concretizer.Concretize(context.Background(), r)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if s, err = concretizer.Concretize(context.Background(), r); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(s.Stats.Packages), "packages/op")
			b.ReportMetric(float64(s.Stats.Clauses), "clauses/op")
		})
	}
}
