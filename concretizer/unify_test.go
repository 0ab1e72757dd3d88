package concretizer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
	"github.com/berth-hpc/berth/spec/dag"
)

const toolkits = `
app: versions 1; depends base@1; depends zip
old: versions 1; depends base@1; depends zip
new: versions 1; depends base@2; depends zip
newer: versions 1; depends base@2
broken: versions 1; depends base@3:
base: versions 2 1
zip: versions 1
`

// groups tells which roots of an answer share a configuration of a package.
func groups(s *Solution, specs, name string) string {
	var out []string
	for i, root := range strings.Split(specs, "\n") {
		for _, n := range dag.Topological(s.Roots[i]) {
			if n.Name() == name {
				out = append(out, root+":"+n.Version().String())
			}
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestUnify(t *testing.T) {
	for _, tc := range []struct {
		unify       Unify
		specs, want string
	}{
		{Together, "app\nold", "app:1 old:1"},
		{Separately, "app\nnew\nbase", "app:1 base:2 new:2"},
		{WhenPossible, "app\nold\nbase", "app:1 base:1 old:1"},
		{WhenPossible, "app\nold\nnew", "app:1 new:2 old:1"},
		{WhenPossible, "app\nnew\nnewer\nbase", "app:1 base:2 new:2 newer:2"},
		{WhenPossible, "app\nnew\nnewer\nold", "app:1 new:2 newer:2 old:1"},
		{WhenPossible, "app\napp", "app:1 app:1"},
		{WhenPossible, "app ^base@2\nnew", "new:2"},
	} {
		s, err := ConcretizeAll(context.Background(), request(t, mini.Parse(toolkits), "", tc.specs), tc.unify)
		if strings.Contains(tc.specs, "^") {
			var conflict *Conflict
			if !errors.As(err, &conflict) || !strings.Contains(err.Error(), "app needs base@1") {
				t.Errorf("%s, unify %s: error %v", tc.specs, tc.unify, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s, unify %s: %v", tc.specs, tc.unify, err)
			continue
		}
		if got := groups(s, tc.specs, "base"); got != tc.want {
			t.Errorf("%s, unify %s: %s, want %s", tc.specs, tc.unify, got, tc.want)
		}
	}
}

// TestUnifyFindsTheMost: of all sets of roots that have an answer together, the largest is taken, also where a greedy choice would not find it.
func TestUnifyFindsTheMost(t *testing.T) {
	const specs = "app\nnew\nnewer\nold ^base@1\nzip"
	s, err := ConcretizeAll(context.Background(), request(t, mini.Parse(toolkits+"third: versions 1; depends base@2"), "", specs+"\nthird"), WhenPossible)
	if err != nil {
		t.Fatal(err)
	}
	zips := map[string]bool{}
	for _, n := range dag.Topological(s.Roots...) {
		if n.Name() == "zip" {
			zips[n.Hash()] = true
		}
	}
	if len(zips) != 1 || len(s.Reused) != 0 {
		t.Errorf("what a later round needs is there from an earlier one: %d configurations of zip, %d reused", len(zips), len(s.Reused))
	}
	if got, want := groups(s, specs, "base"), "app:1 new:2 newer:2 old ^base@1:1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestUnifyOrder: equal requests give equal answers, whatever the order of their roots.
func TestUnifyOrder(t *testing.T) {
	specs := []string{"new", "app", "old", "newer", "base"}
	want := ""
	for range specs {
		specs = append(specs[1:], specs[0])
		s, err := ConcretizeAll(context.Background(), request(t, mini.Parse(toolkits), "", strings.Join(specs, "\n")), WhenPossible)
		if err != nil {
			t.Fatal(err)
		}
		got := describe(s)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%v:\n%s\nnot\n%s", specs, got, want)
		}
	}
}

func TestUnifyExplains(t *testing.T) {
	for _, unify := range []Unify{Separately, WhenPossible} {
		_, err := ConcretizeAll(context.Background(), request(t, mini.Parse(toolkits), "", "app\nbroken"), unify)
		var conflict *Conflict
		if !errors.As(err, &conflict) || !strings.Contains(err.Error(), "broken needs base@3:") {
			t.Errorf("unify %s: %v", unify, err)
		}
	}
	if _, err := ConcretizeAll(context.Background(), request(t, mini.Parse(toolkits), "", "app"), "perhaps"); err == nil {
		t.Error("an unknown way to unify is accepted")
	}
}

// TestUnifyForgetsHistory: what something that exists was built with is no part of an answer, so no later group of roots finds it there.
func TestUnifyForgetsHistory(t *testing.T) {
	repo := mini.Parse(`
app: versions 1; depends base@1; depends lib
new: versions 1; depends base@2; depends tool types build
lib: versions 1; depends tool@1 types build
base: versions 2 1
tool: tag build-tools; versions 2 1
`)
	old, err := Concretize(context.Background(), request(t, repo, "", "lib"))
	if err != nil {
		t.Fatal(err)
	}
	req := request(t, repo, "", "app\nnew")
	req.Reuse = store{"lib": old.Roots}
	s, err := ConcretizeAll(context.Background(), req, WhenPossible)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Reused[old.Roots[0].Hash()] {
		t.Errorf("lib is not reused:\n%s", describe(s))
	}
	if tool, _ := s.Roots[1].Dep("tool"); tool == nil || tool.Version().String() != "2" {
		t.Errorf("new is built with %s, which is there no longer", tool)
	}
}

// TestUnifyAsksOfRootsTaken: what a request names must provide what it can, but only in an answer that has the root which names it. So app has an answer
// without lib as a root, and goes first.
func TestUnifyAsksOfRootsTaken(t *testing.T) {
	const repo = `
app: versions 1; depends lib; depends blas; depends base@1
lib: versions 1; provides blas; depends base
openblas: versions 1; provides blas
base: versions 2 1
`
	s, err := ConcretizeAll(context.Background(), request(t, mini.Parse(repo), "blas: conflict lib", "app\nlib"), WhenPossible)
	if err != nil {
		t.Fatal(err)
	}
	if got := groups(s, "app\nlib", "base"); got != "app:1 lib:1" {
		t.Errorf("%s: lib is not reused", got)
	}
}
