package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/install/internal/testdag"
	"github.com/berth-hpc/berth/spec/dag"
)

func TestAsideComesBack(t *testing.T) {
	s, _ := testStore(t)
	n := testdag.Parse(t, graph)["zlib"]
	r := put(t, s, n, Facts{Explicit: true})
	before, err := buildManifest(ctx, r.Prefix)
	must(t, err)
	same := func(when string) {
		t.Helper()
		now, err := buildManifest(ctx, r.Prefix)
		must(t, err)
		if problems := compare(r, before, now); len(problems) > 0 {
			t.Errorf("%s: %v", when, problems)
		}
		if got := names(t, s, Filter{}); got != "zlib" {
			t.Errorf("%s: installed: %q", when, got)
		}
		if left := s.list(s.asideDir()); len(left) != 0 {
			t.Errorf("%s: still aside: %q", when, left)
		}
	}
	rubble := func() {
		must(t, os.MkdirAll(filepath.Join(r.Prefix, "lib"), 0o755))
		must(t, os.WriteFile(filepath.Join(r.Prefix, "lib/half"), nil, 0o644))
	}

	must(t, s.SetAside(n))
	if got := names(t, s, Filter{}); got != "" {
		t.Errorf("what lies aside counts as installed: %q", got)
	}
	rubble()
	must(t, s.PutBack(n))
	same("given up")

	must(t, s.SetAside(n)) // and killed
	rubble()
	must(t, s.Sweep())
	same("swept")

	must(t, s.SetAside(n)) // by a command that still works on it
	unlock, err := s.LockPrefix(ctx, n, nil)
	must(t, err)
	other, err := Open(s.Root())
	must(t, err)
	must(t, other.Sweep())
	if len(s.list(s.asideDir())) != 1 {
		t.Error("a sweep took what another command put aside")
	}
	rubble()
	must(t, s.Clear(n))
	must(t, unlock())
	put(t, s, n, Facts{Explicit: true}) // built anew
	must(t, s.PutBack(n))
	same("built anew")
}

func TestMend(t *testing.T) {
	s, _ := testStore(t)
	r := put(t, s, testdag.Parse(t, graph)["zlib"], Facts{})
	lib := filepath.Join(r.Prefix, "lib")
	must(t, os.Remove(filepath.Join(lib, "lib.so")))
	must(t, os.Symlink("elsewhere", filepath.Join(lib, "lib.so")))
	must(t, os.Chmod(lib, 0o700))
	must(t, os.MkdirAll(filepath.Join(r.Prefix, "mine", "deep"), 0o755))
	must(t, os.Chmod(filepath.Join(r.Prefix, "mine"), 0o555))
	problems, err := s.Verify(ctx, r)
	must(t, err)
	if len(problems) < 3 {
		t.Fatalf("problems: %v", problems)
	}
	must(t, s.Mend(r, problems))
	if left, err := s.Verify(ctx, r); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	must(t, os.WriteFile(filepath.Join(lib, "lib.so.1"), []byte("changed"), 0o755))
	problems, err = s.Verify(ctx, r)
	must(t, err)
	must(t, s.Mend(r, problems))
	if left, _ := s.Verify(ctx, r); len(left) != 1 || left[0].Kind != Content {
		t.Errorf("what only a build can put right: %v", left)
	}
}

func TestExternalsAreWhatTheyWere(t *testing.T) {
	s, _ := testStore(t)
	state := "first"
	s.Fingerprint = func(*dag.Node) string { return state }
	host := t.TempDir()
	must(t, os.WriteFile(filepath.Join(host, "cc"), nil, 0o755))
	n := testdag.Parse(t, "tool@1 ["+host+" compilers.c="+host+"/cc]")["tool"]
	r, err := register(s, n, false)
	must(t, err)
	check := func(want Kind) {
		t.Helper()
		problems, err := s.Verify(ctx, r)
		must(t, err)
		if want == "" && len(problems) > 0 || want != "" && (len(problems) != 1 || problems[0].Kind != want || !strings.Contains(problems[0].What, host)) {
			t.Errorf("want %q, got %v", want, problems)
		}
	}
	check("")
	must(t, s.SetExplicit(ctx, r, true)) // keeps how it looked
	state = "second"
	check(Replaced)
	must(t, s.AcceptExternal(r))
	check("")
	must(t, os.Remove(filepath.Join(host, "cc")))
	check(Gone)
	must(t, os.RemoveAll(host))
	check(Gone)
}

func TestAloneWaitsForInstalls(t *testing.T) {
	s, _ := testStore(t)
	must(t, s.Prepare())
	waiting := make(chan string, 10)
	s.Warn = func(m string) { waiting <- m }
	other, err := Open(s.Root())
	must(t, err)
	done, err := other.Use(ctx)
	must(t, err)
	alone := make(chan func() error)
	go func() {
		release, err := s.Alone(ctx)
		if err != nil {
			t.Error(err)
		}
		alone <- release
	}()
	select {
	case <-alone:
		t.Fatal("it did not wait for the install")
	case m := <-waiting:
		if !strings.Contains(m, "waiting for ") {
			t.Errorf("it did not say for whom: %q", m)
		}
	case <-time.After(time.Minute):
		t.Fatal("it did not say that it waits")
	}
	must(t, done())
	must(t, (<-alone)())
}

func TestDiscard(t *testing.T) {
	s, _ := testStore(t)
	n := testdag.Parse(t, graph)
	zlib, hdf5 := put(t, s, n["zlib"], Facts{}), put(t, s, n["hdf5"], Facts{})
	gcc, err := register(s, n["gcc"], false)
	must(t, err)
	var told []string
	must(t, s.Discard(ctx, []Record{hdf5, gcc}, func(r Record) { told = append(told, r.Node.Name()) }))
	if got := names(t, s, Filter{}); got != "zlib" || strings.Join(told, " ") != "hdf5 gcc" {
		t.Errorf("left: %q; told: %q", got, told)
	}
	must(t, s.Reindex(ctx))
	if got := names(t, s, Filter{}); got != "zlib" {
		t.Errorf("after reindex: %q", got)
	}
	if left := s.list(s.trashDir()); len(left) != 0 {
		t.Errorf("left in the trash: %q", left)
	}
	if _, err := os.Stat(zlib.Prefix); err != nil {
		t.Error(err)
	}
}

func TestBeside(t *testing.T) {
	s, _ := testStore(t)
	n := testdag.Parse(t, graph)["zlib"]
	r := put(t, s, n, Facts{Explicit: true})
	lib := filepath.Join(r.Prefix, "lib/lib.so.1")
	is := func(when, want string) {
		t.Helper()
		if got, _ := os.ReadFile(lib); string(got) != want {
			t.Errorf("%s: at its place is %q", when, got)
		}
		if got := names(t, s, Filter{}); got != "zlib" {
			t.Errorf("%s: installed: %q", when, got)
		}
	}
	begin := func() {
		t.Helper()
		root, err := s.Beside(n)
		must(t, err)
		if left, _ := os.ReadDir(root); len(left) > 0 {
			t.Errorf("beside is already %v", left)
		}
		must(t, os.MkdirAll(filepath.Join(root, "lib"), 0o755))
		must(t, os.WriteFile(filepath.Join(root, "lib/lib.so.1"), []byte("new"), 0o755))
	}
	none := func(when string) {
		t.Helper()
		if left := s.list(s.besideDir()); len(left) != 0 {
			t.Errorf("%s: left beside: %q", when, left)
		}
	}

	begin()
	is("half done", "zlib")
	begin() // once more, after a kill
	must(t, s.Sweep())
	is("swept", "zlib")
	none("swept")

	begin() // by a command that still works on it
	unlock, err := s.LockPrefix(ctx, n, nil)
	must(t, err)
	other, err := Open(s.Root())
	must(t, err)
	must(t, other.Sweep())
	if len(s.list(s.besideDir())) != 1 {
		t.Error("a sweep took what another command builds")
	}
	_, err = s.Commit(ctx, n, Facts{Explicit: true, Beside: true})
	must(t, err)
	must(t, unlock())
	is("exchanged, and killed", "new")
	must(t, s.Sweep())
	is("swept", "new")
	none("exchanged")
	if problems, err := s.Verify(ctx, r); err != nil || len(problems) > 0 {
		t.Errorf("verify: %v, %v", problems, err)
	}
}
