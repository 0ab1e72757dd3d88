package index

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/test/corpus"
)

// corpusSource gives the recipes of the real world, with places and a builder as an evaluated recipe has them. edition is part of what
// their files contain.
type corpusSource struct {
	*corpus.Repo
	changed string // the package whose recipe is another than usually
}

func newCorpusSource(t testing.TB) corpusSource {
	t.Helper()
	r, err := corpus.Open()
	if err != nil {
		t.Fatal(err)
	}
	return corpusSource{Repo: r}
}

func (s corpusSource) Candidates() []string { return s.Names() }

func (s corpusSource) Watch() []string { return nil }

func (s corpusSource) Evaluate(ctx context.Context, name string) (*packages.Recipe, []string, error) {
	file := "packages/" + name + "/package.py"
	if name == "zlib" {
		return nil, []string{file}, errors.New(file + ":12: this recipe has a mistake")
	}
	r, err := s.Recipe(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	c := *r
	c.Text = nil
	c.About = "about " + name
	c.Builder = &record.Builder{Package: name, System: "cmake", Digest: r.ContentHash, Needs: []record.Need{{Method: "install", Place: packages.Place{File: file, Line: 123, Col: 5}}}}
	return &c, []string{file, "build_systems/cmake.py"}, nil
}

func (s corpusSource) Hash(path string) ([]byte, error) {
	if path == "packages/"+s.changed+"/package.py" {
		path = "another"
	}
	sum := sha256.Sum256([]byte(path))
	return sum[:], nil
}

func corpusOptions(dir string, s corpusSource) Options {
	return Options{
		File: filepath.Join(dir, "corpus"+s.changed+".index"), Key: "key", Identity: "git:1e8cf059e35d" + s.changed,
		Source: func() (Source, error) { return s, nil },
	}
}

// buildCorpus is an index of the corpus, made once for all tests and benchmarks of a run.
func buildCorpus(t testing.TB) (string, corpusSource) {
	t.Helper()
	s := newCorpusSource(t)
	builtOnce.Do(func() {
		dir, err := tempDir()
		if err != nil {
			t.Fatal(err)
		}
		r, err := Open(context.Background(), corpusOptions(dir, s))
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
		builtDir = dir
	})
	if builtDir == "" {
		t.Fatal("the index of the corpus was not built")
	}
	return builtDir, s
}

var (
	builtOnce sync.Once
	builtDir  string
)

// sameRecipe compares all of two recipes. Specs, versions and targets have parts that cmp cannot look into; their texts say all.
var sameRecipe = cmp.Options{
	cmp.Comparer(func(a, b *spec.Spec) bool { return (a == nil) == (b == nil) && a.String() == b.String() }),
	cmp.Comparer(func(a, b spec.Version) bool { return a == b }),
	cmpopts.EquateEmpty(),
}

// TestRoundTrip: every recipe of the real world comes back as it was.
func TestRoundTrip(t *testing.T) {
	dir, s := buildCorpus(t)
	r, err := Open(context.Background(), corpusOptions(dir, s))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if diff := cmp.Diff(s.Names(), r.Names()); diff != "" {
		t.Error(diff)
	}
	for _, name := range r.Names() {
		got, err := r.Recipe(context.Background(), name)
		want, _, wantErr := s.Evaluate(context.Background(), name)
		if wantErr != nil {
			if err == nil || err.Error() != wantErr.Error() {
				t.Errorf("%s: error %v, not %v", name, err, wantErr)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if reflect.DeepEqual(want, got) {
			continue
		}
		if diff := cmp.Diff(want, got, sameRecipe); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
	for _, v := range s.Virtuals() {
		want := strings.Replace(fmt.Sprint(s.Providers(v)), "zlib ", "", 1) // which has a mistake here
		if got := fmt.Sprint(r.Providers(v)); got != want && v != "zlib-api" {
			t.Errorf("%s is provided by %s, not %s", v, got, want)
		}
	}
}

func BenchmarkOpenIndex(b *testing.B) {
	dir, s := buildCorpus(b)
	for b.Loop() {
		r, err := Open(context.Background(), corpusOptions(dir, s))
		if err != nil {
			b.Fatal(err)
		}
		if len(r.Providers("mpi")) == 0 {
			b.Fatal("nothing provides mpi")
		}
		_ = r.Close()
	}
}

// BenchmarkRecipe reads one large recipe, whose specs no other recipe has read yet.
func BenchmarkRecipe(b *testing.B) {
	dir, s := buildCorpus(b)
	for _, name := range []string{"zlib-ng", "hdf5", "trilinos"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				r, err := Open(context.Background(), corpusOptions(dir, s))
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if _, err := r.Recipe(context.Background(), name); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				_ = r.Close()
				b.StartTimer()
			}
		})
	}
}

// BenchmarkAllRecipes reads every recipe.
func BenchmarkAllRecipes(b *testing.B) {
	dir, s := buildCorpus(b)
	for b.Loop() {
		r, err := Open(context.Background(), corpusOptions(dir, s))
		if err != nil {
			b.Fatal(err)
		}
		for _, name := range r.state.Load().names {
			_, _ = r.Recipe(context.Background(), name)
		}
		_ = r.Close()
	}
}

// BenchmarkBuild is what the index costs beside the evaluation of the recipes.
func BenchmarkBuild(b *testing.B) {
	s := newCorpusSource(b)
	for _, name := range s.Names() {
		if _, err := s.Recipe(context.Background(), name); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	for b.Loop() {
		r, err := Open(context.Background(), corpusOptions(b.TempDir(), s))
		if err != nil {
			b.Fatal(err)
		}
		_ = r.Close()
	}
}

// BenchmarkOneChanged makes the index of a commit in which one recipe differs from the last.
func BenchmarkOneChanged(b *testing.B) {
	dir, s := buildCorpus(b)
	seed := corpusOptions(dir, s).File
	s.changed = "hdf5"
	for b.Loop() {
		o := corpusOptions(b.TempDir(), s)
		o.Seeds = []string{seed}
		r, err := Open(context.Background(), o)
		if err != nil {
			b.Fatal(err)
		}
		_ = r.Close()
	}
}
