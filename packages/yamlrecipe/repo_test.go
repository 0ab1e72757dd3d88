package yamlrecipe

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages"
)

func bundle(name, more string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("name: " + name + "\n" + more + "\nbuild: {system: bundle}\n")}
}

func testRepo(t *testing.T, files fstest.MapFS) *Repo {
	t.Helper()
	r, err := Open(files, Options{Label: "site"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRepo(t *testing.T) {
	r := testRepo(t, fstest.MapFS{
		"repo.yaml":              {Data: []byte("repo: {namespace: ours}\n")},
		"mpich.yaml":             bundle("mpich", "provides: [mpi]"),
		"openmpi/recipe.yaml":    bundle("openmpi", "provides: [{virtual: \"mpi@:3.1\", when: \"@2:\"}]\npatches: [{file: sub/fix.patch}]"),
		"openmpi/sub/fix.patch":  {Data: []byte("patch")},
		"broken.yaml":            {Data: []byte("name: broken\nprovides: [mpi]\nbuilt: {}\n")},
		"wrong.yaml":             bundle("right", ""),
		"notes.txt":              {Data: []byte("no recipe")},
		"empty/nothing-here.txt": {Data: []byte("no recipe")},
	})
	if r.Namespace() != "ours" {
		t.Errorf("namespace %s", r.Namespace())
	}
	if diff := cmp.Diff([]string{"broken", "mpich", "openmpi", "wrong"}, r.Names()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"mpich", "openmpi"}, r.Providers("mpi")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"mpi"}, r.Virtuals()); diff != "" {
		t.Error(diff)
	}
	ctx := context.Background()
	if _, err := r.Recipe(ctx, "nothing"); !errors.Is(err, packages.ErrUnknownPackage) {
		t.Errorf("unknown package: %v", err)
	}
	if _, err := r.Recipe(ctx, "broken"); err == nil || !strings.HasPrefix(err.Error(), "site/broken.yaml:1:1: ") {
		t.Errorf("broken recipe: %v", err)
	}
	if _, err := r.Recipe(ctx, "wrong"); err == nil || !strings.Contains(err.Error(), `this recipe calls itself "right" (the file's name says "wrong")`) {
		t.Errorf("recipe of another name: %v", err)
	}
	recipe, err := r.Recipe(ctx, "openmpi")
	if err != nil {
		t.Fatal(err)
	}
	if recipe.Namespace != "ours" || string(recipe.Patches[0].Content) != "patch" {
		t.Errorf("%s, %q", recipe.Namespace, recipe.Patches[0].Content)
	}
}

// TestRepoIsConcurrent asks for everything at once; the race detector watches.
func TestRepoIsConcurrent(t *testing.T) {
	r := testRepo(t, fstest.MapFS{"a.yaml": bundle("a", "provides: [x]"), "b.yaml": bundle("b", "provides: [x]")})
	var wg sync.WaitGroup
	found := make([]*packages.Recipe, 16)
	for i := range found {
		wg.Go(func() {
			found[i], _ = r.Recipe(context.Background(), "a")
			r.Providers("x")
			r.Identity()
		})
	}
	wg.Wait()
	for _, f := range found {
		if f == nil || f != found[0] {
			t.Fatal("a recipe was read twice")
		}
	}
}

func TestIdentity(t *testing.T) {
	one := testRepo(t, fstest.MapFS{"a.yaml": bundle("a", "")})
	same := testRepo(t, fstest.MapFS{"a.yaml": bundle("a", ""), "README": {Data: []byte("x")}})
	other := testRepo(t, fstest.MapFS{"a.yaml": bundle("a", "about: changed")})
	if one.Identity() != same.Identity() || one.Identity() == other.Identity() || !strings.HasPrefix(one.Identity(), "dir:sha256:") {
		t.Errorf("%s %s %s", one.Identity(), same.Identity(), other.Identity())
	}
}

// A session strips the layers that it must not read for a search of the host: none may hide within another.
func TestLayersOfLayers(t *testing.T) {
	a, b, c := testRepo(t, fstest.MapFS{"a.yaml": bundle("a", "")}), testRepo(t, fstest.MapFS{"b.yaml": bundle("b", "")}), testRepo(t, fstest.MapFS{"c.yaml": bundle("c", "")})
	layers := packages.Layers(packages.Layer(packages.Layer(a, b), c))
	if want := []packages.Repo{a, b, c}; !slices.Equal(layers, want) {
		t.Errorf("%v, want %v", layers, want)
	}
}

func TestLayer(t *testing.T) {
	ours := testRepo(t, fstest.MapFS{"a.yaml": bundle("a", "about: ours"), "p.yaml": bundle("p", "")})
	theirs := testRepo(t, fstest.MapFS{"a.yaml": bundle("a", "about: theirs"), "b.yaml": bundle("b", "provides: [x]"), "p.yaml": bundle("p", "provides: [x]")})
	l := packages.Layer(ours, theirs)
	if diff := cmp.Diff([]string{"a", "b", "p"}, l.Names()); diff != "" {
		t.Error(diff)
	}
	if r, err := l.Recipe(context.Background(), "a"); err != nil || r.About != "ours" {
		t.Errorf("%v %v", r, err)
	}
	// p of the first repository hides the one that provides x.
	if diff := cmp.Diff([]string{"b"}, l.Providers("x")); diff != "" {
		t.Error(diff)
	}
	if _, err := l.Recipe(context.Background(), "c"); !errors.Is(err, packages.ErrUnknownPackage) {
		t.Errorf("%v", err)
	}
}
