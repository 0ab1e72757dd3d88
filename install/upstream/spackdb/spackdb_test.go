package spackdb_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/install/upstream/spackdb"
	"github.com/berth-hpc/berth/install/upstream/spacktest"
)

const text = `
	gcc@12.2.0 external=/usr
	zlib@1.3.1+pic : gcc[build]=c
	hdf5@1.14.3~mpi api=v18 : gcc[build]=c zlib[link]=zlib-api
`

func tree(t testing.TB, version int) (string, map[string]spacktest.Package) {
	t.Helper()
	dir := t.TempDir()
	known, err := spacktest.Write(dir, text, spacktest.Options{Version: version, OS: "sles15", Target: "zen3!"})
	if err != nil {
		t.Fatal(err)
	}
	return dir, known
}

// The hash that a node has by the rule is the one that stands in the index; another content has another.
func TestComputeHash(t *testing.T) {
	for _, version := range []int{6, 7, 8, 9} {
		dir, _ := tree(t, version)
		db, err := spackdb.ReadIndex(dir)
		if err != nil || db.Version != version || len(db.Records) != 3 {
			t.Fatalf("%+v, %v", db, err)
		}
		for hash, r := range db.Records {
			if got, err := r.Node.ComputeHash(); err != nil || got != hash {
				t.Errorf("%s is recorded as %s and computed as %s, %v", r.Node.Name, hash, got, err)
			}
		}
		data, err := os.ReadFile(spackdb.IndexPath(dir))
		if err != nil {
			t.Fatal(err)
		}
		db, err = spackdb.ParseIndex("i", []byte(strings.ReplaceAll(string(data), `"1.14.3"`, `"1.14.4"`)))
		if err != nil {
			t.Fatal(err)
		}
		for hash, r := range db.Records {
			if got, _ := r.Node.ComputeHash(); (got == hash) != (r.Node.Name != "hdf5") {
				t.Errorf("%s is recorded as %s and computed as %s", r.Node.Name, hash, got)
			}
		}
	}
}

// TestRealNodes computes the hashes of nodes out of the locks and the index of public repositories, which testdata/nodes.jsonl names: as Spack 0.18 to 0.20
// wrote them, in locks of version 4, and as later ones did.
func TestRealNodes(t *testing.T) {
	data, err := os.ReadFile("testdata/nodes.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for line := range strings.Lines(string(data)) {
		var real realNode
		if err := json.Unmarshal([]byte(line), &real); err != nil {
			t.Fatal(err)
		}
		var node struct{ Name, Hash string }
		if err := json.Unmarshal(real.Node, &node); err != nil {
			t.Fatal(err)
		}
		if got, err := real.parse(t, node.Hash, string(real.Node)).ComputeHash(); err != nil || got != node.Hash {
			t.Errorf("%s of %s, %s: computed %s, %v, recorded %s", node.Name, real.Repo, real.kind(), got, err, node.Hash)
		}
		changed := strings.Replace(string(real.Node), `"namespace":"builtin"`, `"namespace":"other"`, 1)
		if got, _ := real.parse(t, node.Hash, changed).ComputeHash(); got == node.Hash {
			t.Errorf("%s of %s has the same hash whatever it is", node.Name, real.Repo)
		}
		seen[real.kind()]++
	}
	if seen["lock 4"] < 2 || seen["lock 5"] < 2 || seen["lock 6"] < 1 || seen["index 7"] < 1 {
		t.Errorf("there are %v", seen)
	}
}

// realNode is a line of testdata/nodes.jsonl.
type realNode struct {
	Lock, Index  int // the version of the file that it stood in
	Repo, Commit string
	Node         json.RawMessage
}

func (r realNode) kind() string {
	if r.Lock > 0 {
		return fmt.Sprintf("lock %d", r.Lock)
	}
	return fmt.Sprintf("index %d", r.Index)
}

// parse reads a node as one of a file like the one that it stood in.
func (r realNode) parse(t *testing.T, hash, node string) *spackdb.Node {
	t.Helper()
	if r.Lock > 0 {
		text := fmt.Sprintf(`{"_meta":{"file-type":"spack-lockfile","lockfile-version":%d},"roots":[],"concrete_specs":{%q:%s}}`, r.Lock, hash, node)
		lock, err := spackdb.ParseLock("spack.lock", []byte(text))
		if err != nil {
			t.Fatalf("%s of %s: %v", node, r.Repo, err)
		}
		return lock.Nodes[hash]
	}
	text := fmt.Sprintf(`{"database":{"version":"%d","installs":{%q:{"spec":%s,"path":"/opt/x","installed":true}}}}`, r.Index, hash, node)
	db, err := spackdb.ParseIndex("index.json", []byte(text))
	if err != nil || len(db.Records) != 1 {
		t.Fatalf("%s of %s: %v, %v", node, r.Repo, db, err)
	}
	return db.Records[hash].Node
}

func TestScan(t *testing.T) {
	dir, known := tree(t, 8)
	hidden := filepath.Join(known["zlib"].Prefix, "share", "copy", ".spack") // below a prefix: not looked at
	if err := os.MkdirAll(hidden, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(hidden, "spec.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(dir, "linux-sles15-zen3", "bad", ".spack")
	if err := os.MkdirAll(bad, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bad, "spec.json"), []byte(`{"spec":{"_meta":{"version":99},"nodes":[]}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	db, err := spackdb.Scan(dir)
	if err != nil || len(db.Records) != 3 || len(db.Problems) != 1 || !strings.Contains(db.Problems[0].String(), "it has version 99") {
		t.Fatalf("%v, %v, %v", db.Records, db.Problems, err)
	}
	if r := db.Records[known["hdf5"].Hash]; r.Path != known["hdf5"].Prefix || !r.Installed || len(r.Node.Deps) != 2 {
		t.Errorf("hdf5 is %+v", r)
	}
}

const lock = `{"_meta":{"file-type":"spack-lockfile","lockfile-version":6,"specfile-version":5},
 "roots":[{"hash":"abcdefghijklmnopqrstuvwxyz234567","spec":"zlib+pic"}],
 "concrete_specs":{"abcdefghijklmnopqrstuvwxyz234567":{"name":"zlib","version":"1.3","arch":{"platform":"linux","platform_os":"sles15","target":"zen3"},
  "parameters":{"pic":true,"cflags":["-O3"]},"hash":"abcdefghijklmnopqrstuvwxyz234567"}},
 "include_concrete":{"/other":{"roots":[],"concrete_specs":{"bbcdefghijklmnopqrstuvwxyz234567":{"name":"gcc","version":"12.2.0","external":{"path":"/usr","module":["gcc/12"],"extra_attributes":{"compilers":{"c":"/usr/bin/gcc"}}}}}}}}`

func TestParseLock(t *testing.T) {
	l, err := spackdb.ParseLock("spack.lock", []byte(lock))
	if err != nil || l.Version != 6 || len(l.Roots) != 1 || l.Roots[0].Spec != "zlib+pic" || len(l.Nodes) != 2 {
		t.Fatalf("%+v, %v", l, err)
	}
	if gcc := l.Nodes["bbcdefghijklmnopqrstuvwxyz234567"]; gcc.External.Attributes["compilers.c"] != "/usr/bin/gcc" || gcc.External.Modules[0] != "gcc/12" {
		t.Errorf("gcc is %+v", gcc.External)
	}
	for change, want := range map[[2]string]string{
		{`"lockfile-version":6`, `"lockfile-version":9`}:                  "it has version 9, and versions 4 to 8 can be read",
		{`"file-type":"spack-lockfile"`, `"file-type":"other"`}:           "it is no spack.lock",
		{`"name":"zlib",`, ``}:                                            "no name or no version",
		{`"concrete_specs":{"abcdefghijklmnop`, `"concrete_specs":{"../`}: "is no hash",
		{`"pic":true,`, `"pic":[[1]],`}:                                   "a list in a list",
		{`"roots":[{`, `"roots":{`}:                                       "line 2, column ",
	} {
		if _, err := spackdb.ParseLock("spack.lock", []byte(strings.Replace(lock, change[0], change[1], 1))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want %s", change[1], err, want)
		}
	}
}

func TestReadIndexErrors(t *testing.T) {
	if _, err := spackdb.ReadIndex(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no index gives %v", err)
	}
	var torn *spackdb.FormatError
	for _, text := range []string{"", "{", "[]", "{}", `{"database":{}}`, `{"database":{"installs":{}}}`, `{"database":{"version":null,"installs":{}}}`} {
		if _, err := spackdb.ParseIndex("i", []byte(text)); !errors.As(err, &torn) {
			t.Errorf("%q gives %v", text, err)
		}
	}
	var version *spackdb.VersionError
	for _, v := range []string{`"x"`, `10`, `"4"`, `"99999999999999999999"`, `-1`} {
		if _, err := spackdb.ParseIndex("i", []byte(`{"database":{"version":`+v+`,"installs":{}}}`)); !errors.As(err, &version) || version.Hint() == "" {
			t.Errorf("version %s gives %v", v, err)
		}
	}
}

func FuzzParseIndex(f *testing.F) {
	for version := 5; version <= 9; version++ {
		dir, _ := tree(f, version)
		data, err := os.ReadFile(spackdb.IndexPath(dir))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		db, err := spackdb.ParseIndex("i", data)
		if err != nil {
			return
		}
		for hash, r := range db.Records {
			if r.Node == nil || r.Node.Name == "" || r.Node.Hash != hash || r.Path != "" && !filepath.IsAbs(r.Path) {
				t.Errorf("%s is %+v", hash, r)
			}
			if _, err := r.Node.ComputeHash(); err != nil {
				t.Error(err)
			}
		}
	})
}

// FuzzNode is FuzzParseIndex for the innermost part, which mistakes elsewhere in an index would keep from being reached: one node, of every version.
func FuzzNode(f *testing.F) {
	const hash = "abcdefghijklmnopqrstuvwxyz234567"
	for _, node := range []string{
		`{"zlib":{"version":"1.2.11","arch":{"platform":"linux","platform_os":"debian12","target":"x86_64"},"compiler":{"name":"gcc","version":"8.3"},"namespace":"builtin","parameters":{"pic":true,"cflags":["-O2"]},"dependencies":{"m4":{"hash":"` + hash + `","type":["build"]}},"hash":"` + hash + `"}}`,
		`{"name":"zlib","version":"1.3","arch":{"platform":"linux","platform_os":"sles15","target":{"name":"zen3","vendor":"x"}},"namespace":null,"parameters":{"v":["a","b"],"n":3},"external":{"path":"/usr","module":["a/1"],"extra_attributes":{"compilers":{"c":"/usr/bin/gcc"}}},"hash":"` + hash + `"}`,
		`{"name":"hdf5","version":"1.14","arch":{"platform":"linux","platform_os":"x","target":"zen3"},"parameters":{},"package_hash":"x","provided_virtuals":["mpi"],"annotations":{"compiler":"gcc@12"},"build_spec":{"name":"y"},"dependencies":[{"name":"m","hash":"` + hash + `","parameters":{"deptypes":["build","link"],"virtuals":["mpi"]}}]}`,
	} {
		for version := uint8(5); version <= 9; version++ {
			f.Add(version, node, "/opt/"+hash)
		}
	}
	f.Fuzz(func(t *testing.T, version uint8, node, path string) {
		prefix, err := json.Marshal(path)
		if err != nil || !json.Valid([]byte(node)) {
			return
		}
		text := fmt.Sprintf(`{"database":{"version":"%d","installs":{"%s":{"spec":%s,"path":%s,"installed":true}}}}`, version%5+5, hash, node, prefix)
		db, err := spackdb.ParseIndex("i", []byte(text))
		if err != nil {
			t.Fatalf("an index with one bad record cannot be read at all: %v", err)
		}
		if len(db.Records)+len(db.Problems) != 1 {
			t.Errorf("%d records and %d problems of one", len(db.Records), len(db.Problems))
		}
		for _, r := range db.Records {
			for _, d := range r.Node.Deps {
				if len(d.Hash) != 32 {
					t.Errorf("an edge to %q", d.Hash)
				}
			}
			if strings.ContainsAny(r.Path, "\n\x00$:") {
				t.Errorf("a prefix %q", r.Path)
			}
			if _, err := r.Node.ComputeHash(); err != nil {
				t.Error(err)
			}
		}
	})
}
