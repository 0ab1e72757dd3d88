package concretizer

import (
	"context"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
)

// TestAskedValuesCostNothing: values that are no defaults cost nothing where a requirement asks for them, or a dependent that the request needs by
// default; one that is there only because something else would not do asks at a price.
func TestAskedValuesCostNothing(t *testing.T) {
	for _, tc := range []struct {
		name, repo, config, want string
		cost                     int // of the variants of what is no root
	}{
		{
			"a dependent asks, and nothing is left out to spare it that",
			"app: versions 1; depends text\ntext: versions 1; variant tar default true; depends tar when +tar\n" +
				"tar: versions 1; depends zstd+programs\nzstd: versions 1; variant programs default false", "",
			"app@1 -> text\ntar@1 -> zstd\ntext@1+tar -> tar\nzstd@1+programs", 0,
		},
		{
			"nobody asks",
			"app: versions 1; depends zstd; conflicts ^zstd~programs\nzstd: versions 1; variant programs default false", "",
			"app@1 -> zstd\nzstd@1+programs", 1,
		},
		{
			"the recipe requires it",
			"app: versions 1; depends zstd\nzstd: versions 1; variant programs default false; requires +programs when @1", "",
			"app@1 -> zstd\nzstd@1+programs", 0,
		},
		{
			"configuration requires it",
			"app: versions 1; depends zstd\nzstd: versions 1; variant level default low values low high", "zstd: require level=high",
			"app@1 -> zstd\nzstd@1 level=high", 0,
		},
		{
			"of several values, those that are asked for",
			"app: versions 1; depends net fabrics=ucx; conflicts ^net fabrics=tcp; conflicts ^net fabrics=none\nnet: versions 1; variant fabrics default none values none tcp ucx multi", "",
			"app@1 -> net\nnet@1 fabrics=ucx", 1, // the default that is not used
		},
		{
			"who asks is not needed by default",
			"app: versions 1; depends virt\nfirst: versions 1; provides virt\nsecond: versions 1; provides virt; depends zstd+programs\n" +
				"zstd: versions 1; variant programs default false", "first: conflict @1",
			"app@1 -> second=virt\nsecond@1 -> zstd\nzstd@1+programs", 1,
		},
	} {
		s, err := Concretize(context.Background(), request(t, mini.Parse(tc.repo), tc.config, "app"))
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if got := describe(s); got != tc.want || s.Costs[levelVariants].Cost != tc.cost {
			t.Errorf("%s: variants cost %d, not %d:\n%s\nwant\n%s", tc.name, s.Costs[levelVariants].Cost, tc.cost, got, tc.want)
		}
	}
}

// TestSecondConfigurationAsks: what a tool in its second configuration asks for costs nothing either, though that is encoded later than what the
// request needs by default.
func TestSecondConfigurationAsks(t *testing.T) {
	const tools = `
lib: versions 1; depends tool@1 types build
tool: tag build-tools; versions 2 1; depends zip+fast when @1
zip: versions 1; variant fast default false
`
	for _, tc := range []struct{ app, want string }{
		{"app: versions 1; depends tool@2 types build; depends lib", "app@1 -> lib tool\nlib@1 -> tool\ntool@1 -> zip\ntool@2\nzip@1+fast"},
		// Its variants are priced before the second configuration, which asks for one, is encoded.
		{"app: versions 1; depends tool@2; depends lib; depends zip", "app@1 -> lib tool zip\nlib@1 -> tool\ntool@1 -> zip\ntool@2\nzip@1+fast"},
	} {
		s, err := Concretize(context.Background(), request(t, mini.Parse(tc.app+tools), "", "app"))
		if err != nil {
			t.Fatal(err)
		}
		if got := describe(s); got != tc.want || s.Costs[levelVariants].Cost != 0 {
			t.Errorf("variants cost %d:\n%s\nwant\n%s", s.Costs[levelVariants].Cost, got, tc.want)
		}
	}
}
