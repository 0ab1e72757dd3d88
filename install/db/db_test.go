package db

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	zlib = Entry{Hash: "zzzz", Name: "zlib", Version: "1.3", Prefix: "/s/zlib", InstalledAt: time.Unix(1000, 0).UTC(), Bytes: 7, Files: 3}
	hdf5 = Entry{Hash: "hhhh", Name: "hdf5", Version: "1.14", Prefix: "/s/hdf5", Explicit: true, InstalledAt: time.Unix(2000, 0).UTC()}
	gcc  = Entry{Hash: "gggg", Name: "gcc", Version: "12", Prefix: "/usr", External: true, InstalledAt: time.Unix(3000, 0).UTC()}

	gccNode  = Node{Hash: "gggg", Doc: []byte("gcc")}
	cmake    = Node{Hash: "cccc", Doc: []byte("cmake")}
	zlibNode = Node{Hash: "zzzz", Doc: []byte("zlib"), Deps: []Dep{{"gggg", 1}}}
	hdf5Node = Node{Hash: "hhhh", Doc: []byte("hdf5"), Deps: []Dep{{"cccc", 1}, {"gggg", 1}, {"zzzz", 2}}}
)

func put(t *testing.T, path string) {
	t.Helper()
	err := Update(path, func(tx *Tx) error {
		return errors.Join(
			tx.Put(gcc, []Node{gccNode}),
			tx.Put(zlib, []Node{gccNode, zlibNode}),
			tx.Put(hdf5, []Node{gccNode, zlibNode, cmake, hdf5Node}))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, path string) *Snapshot {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func indexPath(t *testing.T) string {
	return filepath.Join(t.TempDir(), "odd 100%? name#", "db.sqlite")
}

func TestQuery(t *testing.T) {
	path := indexPath(t)
	os.Mkdir(filepath.Dir(path), 0o755)
	put(t, path)
	s := open(t, path)
	yes, no := true, false
	for _, c := range []struct {
		name   string
		filter Filter
		want   []Entry
	}{
		{"all", Filter{}, []Entry{gcc, hdf5, zlib}},
		{"name", Filter{Name: "zlib"}, []Entry{zlib}},
		{"no such name", Filter{Name: "zli"}, nil},
		{"hash prefix", Filter{HashPrefix: "hh"}, []Entry{hdf5}},
		{"pattern characters are none", Filter{HashPrefix: "%"}, nil},
		{"explicit", Filter{Explicit: &yes}, []Entry{hdf5}},
		{"implicit own", Filter{Explicit: &no, External: &no}, []Entry{zlib}},
	} {
		got, err := s.Query(c.filter)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestGetAndDependents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite")
	put(t, path)
	s := open(t, path)
	if got, err := s.Get("zzzz"); err != nil || got != zlib {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := s.Get("cccc"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a node that is not installed was found: %v", err)
	}
	if got, err := s.Dependents("gggg", 1); err != nil || len(got) != 2 {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := s.Dependents("zzzz", 1); err != nil || len(got) != 0 {
		t.Errorf("a link edge passed for a build edge: %v, %v", got, err)
	}
}

func TestNodesKeepTheWholeDAG(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite")
	put(t, path)
	nodes, err := open(t, path).Nodes("hhhh")
	if err != nil {
		t.Fatal(err)
	}
	byHash := map[string]Node{}
	for _, n := range nodes {
		byHash[n.Hash] = n
	}
	want := map[string]Node{"hhhh": hdf5Node, "zzzz": zlibNode, "gggg": gccNode, "cccc": cmake}
	if diff := cmp.Diff(want, byHash); diff != "" {
		t.Error(diff)
	}
}

func TestDeleteForgetsWhatNobodyNeeds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite")
	put(t, path)
	if err := Update(path, func(tx *Tx) error { return tx.Delete("hhhh") }); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	if _, err := s.Nodes("cccc"); err == nil {
		t.Error("cmake's node outlived hdf5")
	}
	if _, err := s.Nodes("zzzz"); err != nil {
		t.Errorf("zlib's own node is gone: %v", err)
	}
}

func TestFailedUpdateChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite")
	put(t, path)
	broken := errors.New("broken")
	err := Update(path, func(tx *Tx) error { return errors.Join(tx.Delete("hhhh"), broken) })
	if !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if _, err := open(t, path).Get("hhhh"); err != nil {
		t.Error(err)
	}
}

func TestSnapshotOutlivesUpdates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite")
	put(t, path)
	old := open(t, path)
	if err := Update(path, func(tx *Tx) error { return tx.SetExplicit("zzzz", true) }); err != nil {
		t.Fatal(err)
	}
	if e, err := old.Get("zzzz"); err != nil || e.Explicit {
		t.Errorf("the old snapshot changed: %v %v", e, err)
	}
	if e, err := open(t, path).Get("zzzz"); err != nil || !e.Explicit {
		t.Errorf("the new snapshot did not: %v %v", e, err)
	}
}

func TestReadingWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite")
	put(t, path)
	if _, err := open(t, path).Query(Filter{}); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	if len(entries) != 1 {
		t.Errorf("beside the index stand %v", entries)
	}
}

func TestDamagedIndex(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "db.sqlite")
	put(t, whole)
	image, _ := os.ReadFile(whole)
	scribbled := append([]byte{}, image...)
	for i := 4096; i < len(scribbled); i++ {
		scribbled[i] = 0xa5
	}
	for name, content := range map[string][]byte{
		"empty": nil, "text": []byte(strings.Repeat("not a database ", 1000)), "cut in the first page": image[:1000],
		"cut later": image[:len(image)-4096], "scribbled": scribbled,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "db.sqlite")
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
			err := Update(path, func(tx *Tx) error { return tx.Delete("hhhh") })
			var corrupt *CorruptError
			if !errors.As(err, &corrupt) || !strings.Contains(err.Error(), "berth reindex") {
				t.Errorf("got %v, want a CorruptError that says what to do", err)
			}
			if now, _ := os.ReadFile(path); string(now) != string(content) {
				t.Error("the damaged file was changed")
			}
			if err := Rebuild(path, func(tx *Tx) error { return tx.Put(gcc, []Node{gccNode}) }); err != nil {
				t.Fatal(err)
			}
			if _, err := open(t, path).Get("gggg"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOtherVersions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite")
	err := Update(path, func(tx *Tx) error { return tx.exec(`PRAGMA user_version = 99`) })
	if err != nil {
		t.Fatal(err)
	}
	var version *VersionError
	if _, err := Open(path); !errors.As(err, &version) || version.Found != 99 {
		t.Errorf("got %v", err)
	}
	var missing *MissingError
	if _, err := Open(path + "x"); !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
}

func TestInterruptedWritesAreSwept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite")
	rest := filepath.Join(filepath.Dir(path), ".db.sqlite.tmp-abc")
	os.WriteFile(rest, []byte("half"), 0o644)
	put(t, path)
	if _, err := os.Stat(rest); !errors.Is(err, os.ErrNotExist) {
		t.Error("the rest of a killed writer is still there")
	}
}
