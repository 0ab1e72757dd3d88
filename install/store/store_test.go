package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/install/internal/testdag"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

var ctx = context.Background()

const graph = `
	gcc@12.2 [/usr compilers.c=/usr/bin/gcc]
	cmake@3.25
	zlib@1.3.1 gcc:build:c
	hdf5@1.14.5 zlib:link gcc:build:c cmake:build`

// testStore is an empty store that collects its warnings.
func testStore(t *testing.T) (*Store, *[]string) {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "root"))
	if err != nil {
		t.Fatal(err)
	}
	var warnings []string
	s.Warn = func(m string) { warnings = append(warnings, m) }
	if err := s.Prepare(); err != nil {
		t.Fatal(err)
	}
	return s, &warnings
}

// put makes n installed, with a library and a link to it.
func put(t *testing.T, s *Store, n *dag.Node, f Facts) Record {
	t.Helper()
	prefix := s.Prefix(n)
	must(t, os.MkdirAll(filepath.Join(prefix, "lib"), 0o755))
	must(t, os.WriteFile(filepath.Join(prefix, "lib", "lib.so.1"), []byte(n.Name()), 0o755))
	must(t, os.Symlink("lib.so.1", filepath.Join(prefix, "lib", "lib.so")))
	r, err := s.Commit(ctx, n, f)
	must(t, err)
	return r
}

func register(s *Store, n *dag.Node, explicit bool) (Record, error) {
	records, err := s.Register(ctx, []*dag.Node{n}, func(*dag.Node) bool { return explicit })
	if err != nil {
		return Record{}, err
	}
	return records[0], nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, s *Store, f Filter) string {
	t.Helper()
	records, err := s.Query(f)
	must(t, err)
	var out []string
	for _, r := range records {
		out = append(out, r.Node.Name())
	}
	return strings.Join(out, " ")
}

func TestCommitDescribesThePrefix(t *testing.T) {
	s, _ := testStore(t)
	n := testdag.Parse(t, graph)["hdf5"]
	log := filepath.Join(t.TempDir(), "log")
	must(t, os.WriteFile(log, []byte("it worked\n"), 0o644))
	r := put(t, s, n, Facts{
		Recipe: &packages.Recipe{Text: []byte("name: hdf5\n")}, Patches: []packages.Patch{{SHA256: "abc", Content: []byte("p")}},
		LogPath: log, Environment: []string{"A=1"}, Explicit: true,
	})
	for _, f := range []string{markerFile, stateFile, recipeFile, patchDir + "/abc.patch", logFile, envFile, manifestFile} {
		if _, err := os.Stat(filepath.Join(r.Prefix, f)); err != nil {
			t.Error(err)
		}
	}
	got, err := s.Get(n.Hash())
	must(t, err)
	if got.Node.Hash() != n.Hash() || !got.Explicit || got.Prefix != r.Prefix || got.Bytes == 0 || got.Files < 8 || got.InstalledAt.IsZero() {
		t.Errorf("got %+v", got)
	}
	if diff := cmp.Diff(dag.MarshalTree(n), dag.MarshalTree(got.Node)); diff != "" {
		t.Errorf("the DAG did not survive: %s", diff)
	}
}

func TestQueryAndCandidates(t *testing.T) {
	s, warnings := testStore(t)
	if got := names(t, s, Filter{}); got != "" || len(*warnings) != 0 {
		t.Errorf("an empty store has %q and warns %q", got, *warnings)
	}
	n := testdag.Parse(t, graph)
	put(t, s, n["zlib"], Facts{})
	put(t, s, n["hdf5"], Facts{Explicit: true})
	_, err := register(s, n["gcc"], false)
	must(t, err)
	yes := true
	for _, c := range []struct {
		filter Filter
		want   string
	}{
		{Filter{}, "gcc hdf5 zlib"}, {Filter{Name: "zlib"}, "zlib"}, {Filter{Explicit: &yes}, "hdf5"}, {Filter{External: &yes}, "gcc"},
		{Filter{Spec: spec.MustParse("hdf5@1.14: ^zlib@1.3")}, "hdf5"}, {Filter{Spec: spec.MustParse("hdf5@1.15:")}, ""},
	} {
		if got := names(t, s, c.filter); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.filter, got, c.want)
		}
	}
	if c := s.Candidates("zlib"); len(c) != 1 || c[0].Hash() != n["zlib"].Hash() {
		t.Errorf("candidates %v", c)
	}
	var ambiguous *AmbiguousError
	if _, err := s.Get(""); !errors.As(err, &ambiguous) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Get("zzzzzzzz"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestReindexNeedsThePrefixesAlone(t *testing.T) {
	for name, ruin := range map[string]func(string) error{
		"lost":    os.Remove,
		"damaged": func(p string) error { return os.WriteFile(p, []byte("rubbish"), 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			s, warnings := testStore(t)
			n := testdag.Parse(t, graph)
			put(t, s, n["zlib"], Facts{})
			put(t, s, n["hdf5"], Facts{Explicit: true})
			_, err := register(s, n["gcc"], true)
			must(t, err)
			before, err := s.Query(Filter{})
			must(t, err)

			must(t, ruin(s.indexPath()))
			again, _ := Open(s.Root())
			again.Warn = s.Warn
			same := func(when string) {
				t.Helper()
				after, err := again.Query(Filter{})
				must(t, err)
				if diff := cmp.Diff(before, after, cmp.Comparer(func(a, b *dag.Node) bool { return a.Hash() == b.Hash() })); diff != "" {
					t.Errorf("%s: %s", when, diff)
				}
			}
			same("read without an index")
			if len(*warnings) == 0 || !strings.Contains((*warnings)[0], "berth reindex") {
				t.Errorf("no word of it: %q", *warnings)
			}
			must(t, again.Reindex(ctx))
			*warnings = nil
			same("after reindex")
			if len(*warnings) != 0 {
				t.Errorf("still warns: %q", *warnings)
			}
		})
	}
}

func TestChangeMendsALostIndex(t *testing.T) {
	s, _ := testStore(t)
	n := testdag.Parse(t, graph)
	put(t, s, n["zlib"], Facts{})
	must(t, os.WriteFile(s.indexPath(), []byte("rubbish"), 0o644))
	put(t, s, n["hdf5"], Facts{})
	if got := names(t, s, Filter{}); got != "hdf5 zlib" {
		t.Errorf("got %q", got)
	}
}

func TestRegisterEntersWhatAKilledCommandLeft(t *testing.T) {
	s, _ := testStore(t)
	n := testdag.Parse(t, graph)
	put(t, s, n["hdf5"], Facts{})
	put(t, s, n["zlib"], Facts{})
	// As if killed between marker and index: an index that never heard of zlib.
	away := filepath.Join(s.Root(), "away")
	must(t, os.Rename(s.Prefix(n["zlib"]), away))
	must(t, s.Reindex(ctx))
	must(t, os.Rename(away, s.Prefix(n["zlib"])))
	if got := names(t, s, Filter{}); got != "hdf5" {
		t.Fatalf("got %q", got)
	}
	_, err := register(s, n["zlib"], false)
	must(t, err)
	if got := names(t, s, Filter{}); got != "hdf5 zlib" {
		t.Errorf("got %q", got)
	}
}

func TestRubbleIsNotInstalled(t *testing.T) {
	s, _ := testStore(t)
	n := testdag.Parse(t, graph)["zlib"]
	lib := filepath.Join(s.Prefix(n), "lib")
	must(t, os.MkdirAll(lib, 0o755))
	must(t, os.Chmod(lib, 0o555))
	must(t, os.Chmod(s.Prefix(n), 0o555))
	must(t, s.Reindex(ctx))
	if got := names(t, s, Filter{}); got != "" {
		t.Errorf("rubble counts as installed: %q", got)
	}
	if _, err := register(s, n, false); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	must(t, s.Clear(n))
	if _, err := os.Lstat(s.Prefix(n)); !errors.Is(err, os.ErrNotExist) {
		t.Error("it is still there")
	}
	put(t, s, n, Facts{})
	if err := s.Clear(n); err == nil {
		t.Error("an installed prefix was cleared")
	}
}

func TestSetExplicitSurvivesReindex(t *testing.T) {
	s, _ := testStore(t)
	n := testdag.Parse(t, graph)
	own := put(t, s, n["zlib"], Facts{})
	ext, err := register(s, n["gcc"], false)
	must(t, err)
	must(t, s.SetExplicit(ctx, own, true))
	must(t, s.SetExplicit(ctx, ext, true))
	must(t, s.Reindex(ctx))
	yes := true
	if got := names(t, s, Filter{Explicit: &yes}); got != "gcc zlib" {
		t.Errorf("got %q", got)
	}
}

func TestRemove(t *testing.T) {
	s, _ := testStore(t)
	n := testdag.Parse(t, graph)
	zlib, hdf5 := put(t, s, n["zlib"], Facts{}), put(t, s, n["hdf5"], Facts{})
	put(t, s, n["cmake"], Facts{})
	var needed *DependentsError
	if err := s.Remove(ctx, zlib, false); !errors.As(err, &needed) || !strings.Contains(err.Error(), "hdf5/") {
		t.Fatalf("got %v", err)
	}
	cmake, err := s.Get(n["cmake"].Hash())
	must(t, err)
	must(t, s.Remove(ctx, cmake, false)) // needed for building alone
	must(t, s.Remove(ctx, hdf5, false))
	must(t, s.Remove(ctx, zlib, false))
	if got := names(t, s, Filter{}); got != "" {
		t.Errorf("still there: %q", got)
	}
	if left := s.list(s.trashDir()); len(left) != 0 {
		t.Errorf("left in the trash: %q", left)
	}
}

func TestRemoveThatWasInterrupted(t *testing.T) {
	s, _ := testStore(t)
	r := put(t, s, testdag.Parse(t, graph)["zlib"], Facts{})
	if _, err := s.vanish(r); err != nil { // and killed here
		t.Fatal(err)
	}
	if got := names(t, s, Filter{}); got != "" {
		t.Errorf("the index still has %q", got)
	}
	must(t, s.Sweep())
	if left := s.list(s.trashDir()); len(left) != 0 {
		t.Errorf("left in the trash: %q", left)
	}
}

func TestVerify(t *testing.T) {
	s, _ := testStore(t)
	r := put(t, s, testdag.Parse(t, graph)["zlib"], Facts{})
	check := func(want ...string) {
		t.Helper()
		problems, err := s.Verify(ctx, r)
		must(t, err)
		var got []string
		for _, p := range problems {
			got = append(got, p.Path+": "+p.What)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	check()
	lib := filepath.Join(r.Prefix, "lib", "lib.so.1")
	must(t, os.WriteFile(lib, []byte("ZLIB"), 0o755))
	must(t, os.WriteFile(filepath.Join(r.Prefix, "new"), nil, 0o644))
	must(t, os.Remove(filepath.Join(r.Prefix, "lib", "lib.so")))
	must(t, os.Chmod(filepath.Join(r.Prefix, envFile), 0o600))
	check(".berth/environment: its mode was 0644 and is 0600", "lib/lib.so: it is missing", "lib/lib.so.1: its content changed",
		"new: it was not there when the package was installed")
}

func TestVerifySeesATamperedDescription(t *testing.T) {
	s, warnings := testStore(t)
	r := put(t, s, testdag.Parse(t, graph)["zlib"], Facts{})
	marker := filepath.Join(r.Prefix, markerFile)
	doc, _ := os.ReadFile(marker)
	must(t, os.WriteFile(marker, []byte(strings.Replace(string(doc), "1.3.1", "1.3.2", 1)), 0o644))
	problems, err := s.Verify(ctx, r)
	must(t, err)
	if len(problems) != 1 || !strings.Contains(problems[0].What, "hash") {
		t.Errorf("got %v", problems)
	}
	must(t, s.Reindex(ctx))
	if len(*warnings) != 1 || !strings.Contains((*warnings)[0], marker) {
		t.Errorf("reindex says %q", *warnings)
	}
}

func TestNothingSpecialIsInstalled(t *testing.T) {
	s, _ := testStore(t)
	n := testdag.Parse(t, graph)["zlib"]
	must(t, os.MkdirAll(s.Prefix(n), 0o755))
	mkfifo(t, filepath.Join(s.Prefix(n), "pipe"))
	if _, err := s.Commit(ctx, n, Facts{}); err == nil || !strings.Contains(err.Error(), "pipe") {
		t.Errorf("got %v", err)
	}
	if Complete(s.Prefix(n)) {
		t.Error("it counts as installed")
	}
}

func TestRenamedPrefixIsLeftOut(t *testing.T) {
	s, warnings := testStore(t)
	r := put(t, s, testdag.Parse(t, graph)["zlib"], Facts{})
	must(t, os.Rename(r.Prefix, r.Prefix+".old"))
	must(t, s.Reindex(ctx))
	if got := names(t, s, Filter{}); got != "" || len(*warnings) != 1 || !strings.Contains((*warnings)[0], "cannot stand here") {
		t.Errorf("got %q, warns %q", got, *warnings)
	}
}

func TestBaseName(t *testing.T) {
	n := testdag.Parse(t, "zlib@git.refs/heads/a-long-branch-name=1.3")["zlib"]
	if got, want := BaseName(n), "zlib-git.refs_heads_a-long-br-"+n.Hash(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRootThatIsNoDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o644))
	var root *RootError
	if _, err := Open(file); !errors.As(err, &root) || !strings.Contains(err.Error(), "BERTH_ROOT") {
		t.Errorf("got %v", err)
	}
	s, err := Open(filepath.Join(file, "below"))
	must(t, err)
	if err := s.Prepare(); !errors.As(err, &root) {
		t.Errorf("got %v", err)
	}
}
