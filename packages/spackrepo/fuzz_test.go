package spackrepo

import (
	"context"
	"path/filepath"
	"testing"
	"time"
)

// FuzzRecipe reads any text as a recipe: whatever it says, there is an answer or an error, soon.
func FuzzRecipe(f *testing.F) {
	files, err := filepath.Glob("testdata/samples/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		for _, s := range readSamples(f, file) {
			f.Add(s.text())
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := sampleRepo(t, text, Options{})
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		recipe, files, err := r.Evaluate(ctx, "sample")
		noInternalError(t, err)
		switch {
		case ctx.Err() != nil:
			t.Fatal("it takes too long")
		case err == nil && (recipe == nil || recipe.Name != "sample" || len(recipe.ContentHash) != 64):
			t.Fatalf("a recipe without an error that is none: %+v", recipe)
		case len(files) == 0:
			t.Fatal("a recipe depends at least on its own text")
		}
	})
}
