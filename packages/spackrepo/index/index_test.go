package index

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages"
)

var small3 = map[string]string{
	"a.txt": "version 1\ndepends b@2:", "b.txt": "version 2\nbase common\nprovides v@1", "c.txt": "version 3\nbase common", "common": "provides w",
}

func TestOpenTwice(t *testing.T) {
	f := newFixture(t, small3)
	first := f.open()
	f.wantEvaluated(3)
	second := f.open()
	f.wantEvaluated(0)
	for _, r := range []*Repo{first, second} {
		if diff := cmp.Diff([]string{"a", "b", "c"}, r.Names()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"v", "w"}, r.Virtuals()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"b", "c"}, r.Providers("w")); diff != "" {
			t.Error(diff)
		}
		if got := r.Providers("a"); len(got) != 0 {
			t.Errorf("a is provided by %q", got)
		}
		if v := version(t, r, "c"); v != "3" {
			t.Errorf("c@%s", v)
		}
		_, err := r.Recipe(context.Background(), "nothing")
		if !errors.Is(err, packages.ErrUnknownPackage) {
			t.Errorf("a recipe that is not there: %v", err)
		}
	}
	if first.Identity() != second.Identity() || !strings.HasPrefix(first.Identity(), "dir:sha256:") {
		t.Errorf("identities %s and %s", first.Identity(), second.Identity())
	}
	f.wantEvaluated(0)
}

// TestChanged: what is read is what the files are now, and nothing is evaluated that did not change.
func TestChanged(t *testing.T) {
	f := newFixture(t, small3)
	before := f.open().Identity()
	f.wantEvaluated(3)

	f.write("a.txt", "version 1.1")
	r := f.open()
	f.wantEvaluated(0) // nobody asked for it
	if v := version(t, r, "a"); v != "1.1" {
		t.Errorf("after a change, a@%s", v)
	}
	f.wantEvaluated(1)
	if !r.Refreshed() || r.Refreshed() {
		t.Error("the change is not told once")
	}
	if r.Identity() == before {
		t.Error("the identity stays after a change")
	}

	f.write("common", "provides x")
	r = f.open()
	version(t, r, "b")
	if diff := cmp.Diff([]string{"v", "x"}, r.Virtuals()); diff != "" {
		t.Error(diff)
	}
	f.wantEvaluated(2)

	f.write("d.txt", "version 4")
	f.age(".")
	if err := os.Remove(filepath.Join(f.dir, "c.txt")); err != nil {
		t.Fatal(err)
	}
	r = f.open()
	f.wantEvaluated(1)
	if diff := cmp.Diff([]string{"a", "b", "d"}, r.Names()); diff != "" {
		t.Error(diff)
	}
	if r.Refreshed() {
		t.Error("a change before it was opened is told")
	}
}

// TestEverything: a recipe that nobody reads by name has its change noticed, too.
func TestEverything(t *testing.T) {
	f := newFixture(t, small3)
	f.open()
	f.write("a.txt", "version 1\nprovides new")
	f.options.Everything = true
	if got := f.open().Providers("new"); !slices.Equal(got, []string{"a"}) {
		t.Errorf("new is provided by %q", got)
	}
	f.wantEvaluated(4)
	f.open()
	f.wantEvaluated(0)
}

// TestExisting: what must not take long gets the index as it is, or none.
func TestExisting(t *testing.T) {
	f := newFixture(t, small3)
	f.options.Existing = true
	if _, err := Open(context.Background(), f.options); !errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
	f.options.Existing = false
	f.open()
	f.wantEvaluated(3)
	f.write("a.txt", "version 5")
	f.write("common", "provides x")
	f.options.Existing = true
	r := f.open()
	if got := version(t, r, "a"); got != "1" {
		t.Errorf("a is %s", got)
	}
	f.wantEvaluated(0)
}

// TestSeveralChanged: the first change that is met is read alone; at the second one all are looked for.
func TestSeveralChanged(t *testing.T) {
	f := newFixture(t, map[string]string{"a.txt": "version 1", "b.txt": "version 1", "c.txt": "version 1", "d.txt": "version 1"})
	f.open()
	f.wantEvaluated(4)
	for _, name := range []string{"a.txt", "b.txt", "c.txt"} {
		f.write(name, "version 2")
	}
	r := f.open()
	for _, step := range []struct {
		name      string
		evaluated int32
	}{{"d", 0}, {"a", 1}, {"b", 2}, {"c", 0}, {"d", 0}} {
		version(t, r, step.name)
		f.wantEvaluated(step.evaluated)
	}
	if got := version(t, f.open(), "c"); got != "2" {
		t.Errorf("c is %s", got)
	}
	f.wantEvaluated(0)
}

// TestTouched: a file that looks new, but has the content that it had, changes nothing.
func TestTouched(t *testing.T) {
	f := newFixture(t, small3)
	f.open()
	f.wantEvaluated(3)
	f.write("common", small3["common"])
	version(t, f.open(), "b")
	f.wantEvaluated(0)
}

// TestJustWritten: a file that changes twice within a tick of the clock has its second change noticed.
func TestJustWritten(t *testing.T) {
	f := newFixture(t, small3)
	path := filepath.Join(f.dir, "a.txt")
	write := func(text string, at time.Time) {
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o644), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	write("version 1", now)
	r, err := Open(context.Background(), f.options)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	write("version 7", now)
	if v := version(t, f.open(), "a"); v != "7" {
		t.Errorf("a@%s", v)
	}
}

// TestBroken: a recipe with a mistake spoils nothing else; its error is kept, and forgotten once it is mended.
func TestBroken(t *testing.T) {
	f := newFixture(t, map[string]string{"a.txt": "version 1", "b.txt": "base common", "common": "broken"})
	f.open()
	f.wantEvaluated(2)
	r := f.open()
	version(t, r, "a")
	_, err := r.Recipe(context.Background(), "b")
	var bad *RecipeError
	if !errors.As(err, &bad) || bad.Message != "common:1: this recipe is broken" {
		t.Errorf("the error is %v", err)
	}
	f.wantEvaluated(0)
	f.write("common", "version 2")
	if v := version(t, f.open(), "b"); v != "2" {
		t.Errorf("b@%s", v)
	}
	f.wantEvaluated(1)
}

// TestMissingFile: a file that is not there is as good as one that is, for whether a recipe has changed.
func TestMissingFile(t *testing.T) {
	f := newFixture(t, map[string]string{"a.txt": "version 1\nbase common"})
	if _, err := f.open().Recipe(context.Background(), "a"); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("the error is %v", err)
	}
	f.write("common", "version 2")
	f.age(".")
	version(t, f.open(), "a")
}

// TestDamaged: whatever happened to the file, the answers are right, and the next one to open finds it whole.
func TestDamaged(t *testing.T) {
	f := newFixture(t, small3)
	f.open()
	whole, err := os.ReadFile(f.options.File)
	if err != nil {
		t.Fatal(err)
	}
	damages := map[string]func([]byte) []byte{
		"empty":         func([]byte) []byte { return nil },
		"cut":           func(b []byte) []byte { return b[:len(b)/2] },
		"longer":        func(b []byte) []byte { return append(b, 0) },
		"other version": func(b []byte) []byte { b[8]++; return b },
		"other file":    func(b []byte) []byte { return []byte(strings.Repeat("not an index\n", 100)) },
	}
	for i := range whole {
		if i%7 == 0 {
			damages[fmt.Sprintf("byte %d", i)] = func(b []byte) []byte { b[i] ^= 0x20; return b }
		}
	}
	time.Sleep(120 * time.Millisecond)
	for _, name := range slices.Sorted(maps.Keys(damages)) {
		if err := os.WriteFile(f.options.File, damages[name](slices.Clone(whole)), 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := Open(context.Background(), f.options)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, pkg := range []string{"a", "b", "c"} {
			if v := version(t, r, pkg); v != fmt.Sprint(i+1) {
				t.Errorf("%s: %s@%s", name, pkg, v)
			}
		}
		if diff := cmp.Diff([]string{"v", "w"}, r.Virtuals()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		_ = r.Close()
	}
}

// TestOtherKey: what was evaluated on another host or by another berth is not used.
func TestOtherKey(t *testing.T) {
	f := newFixture(t, small3)
	f.open()
	f.wantEvaluated(3)
	f.options.Key = "2"
	f.open()
	f.wantEvaluated(3)
}

// TestCommit: the content of a commit is never looked at again, and another commit takes over what is the same.
func TestCommit(t *testing.T) {
	f := newFixture(t, small3)
	f.options.Identity = "git:1"
	f.open()
	f.wantEvaluated(3)
	f.write("a.txt", "version 9")
	if v := version(t, f.open(), "a"); v != "1" {
		t.Errorf("commit 1 has a@%s", v)
	}
	f.wantEvaluated(0)
	f.options.Seeds = []string{f.options.File}
	f.options.File, f.options.Identity = f.options.File+"2", "git:2"
	r := f.open()
	if v := version(t, r, "a"); v != "9" || r.Identity() != "git:2" {
		t.Errorf("%s has a@%s", r.Identity(), v)
	}
	f.wantEvaluated(1)
}

// TestNowhereToWrite: an index that cannot be written serves the one command.
func TestNowhereToWrite(t *testing.T) {
	f := newFixture(t, small3)
	f.options.File = "/dev/null/index"
	version(t, f.open(), "a")
	f.wantEvaluated(3)
}

// TestTogether: many at once, in one process and in several, get one answer.
func TestTogether(t *testing.T) {
	f := newFixture(t, small3)
	time.Sleep(120 * time.Millisecond)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			r, err := Open(context.Background(), f.options)
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			var found [4]*packages.Recipe
			var each sync.WaitGroup
			for i := range found {
				each.Go(func() { found[i], _ = r.Recipe(context.Background(), "a") })
			}
			each.Wait()
			if found[0] == nil || found[1] != found[0] || found[2] != found[0] || found[3] != found[0] {
				t.Errorf("recipes %p", found)
			}
		})
	}
	all.Wait()
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(f.options.File), "*")); len(left) != 1 {
		t.Errorf("files are left: %q", left)
	}
	f.evaluated.Store(0)
	f.open()
	f.wantEvaluated(0)
}

func TestCanceled(t *testing.T) {
	f := newFixture(t, small3)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Open(ctx, f.options); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Stat(f.options.File); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an index of half a repository was written")
	}
}
