package upstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/install/upstream"
	"github.com/berth-hpc/berth/install/upstream/spackdb"
	"github.com/berth-hpc/berth/install/upstream/spacktest"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

const siteTree = `
	gcc@12.2.0 external=/usr
	gcc-runtime@12.2.0 state=implicit : gcc[build]
	zlib@1.3.1+pic~shared : gcc[build]=c gcc-runtime[link]
	openmpi@4.1.6 fabrics=ofi,ucx : gcc[build]=c,cxx,fortran zlib[build,link]=zlib-api gcc-runtime[link]
	cmake@3.30.0 state=uninstalled : gcc[build]=c,cxx
	hdf5@1.14.3+mpi api=v18 cflags=-O3,-g : cmake[build] gcc[build]=c openmpi[build,link,run]=mpi zlib[build,link]=zlib-api gcc-runtime[link]
`

func write(t testing.TB, text string, o spacktest.Options) (string, map[string]spacktest.Package) {
	t.Helper()
	tree := filepath.Join(t.TempDir(), "tree")
	if o.OS == "" {
		o.OS, o.Target = "debian12", "zen3!"
	}
	known, err := spacktest.Write(tree, text, o)
	if err != nil {
		t.Fatal(err)
	}
	return tree, known
}

// chained puts an empty store on top of trees, and collects warnings.
func chained(t testing.TB, cache string, trees ...string) (*store.Store, *[]string) {
	t.Helper()
	var warnings []string
	warn := func(m string) { warnings = append(warnings, m) }
	var list []upstream.Location
	for i, tree := range trees {
		list = append(list, upstream.Location{Name: fmt.Sprintf("u%d", i), Path: tree})
	}
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s.Warn = warn
	var chain []store.Upstream
	for _, tree := range upstream.Open(list, cache, warn) {
		t.Cleanup(func() { tree.Close() })
		chain = append(chain, tree)
	}
	s.Chain(chain...)
	return s, &warnings
}

func one(t testing.TB, s *store.Store, name string) *dag.Node {
	t.Helper()
	nodes := s.Candidates(name)
	if len(nodes) != 1 {
		t.Fatalf("%d candidates of %s", len(nodes), name)
	}
	return nodes[0]
}

// Every version of the index gives the same packages, with the hashes that it records.
func TestVersions(t *testing.T) {
	for version := 5; version <= 9; version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			tree, known := write(t, siteTree, spacktest.Options{Version: version})
			cache := t.TempDir()
			for _, when := range []string{"read", "cached"} {
				s, warnings := chained(t, cache, tree)
				hdf5 := one(t, s, "hdf5")
				if len(*warnings) > 0 || hdf5.Hash() != known["hdf5"].Hash || s.Prefix(hdf5) != known["hdf5"].Prefix {
					t.Errorf("%s: %s in %s; warnings %q", when, hdf5.Hash(), s.Prefix(hdf5), *warnings)
				}
				for _, text := range []string{
					"hdf5@1.14.3+mpi api=v18 cflags='-O3 -g' os=debian12 target=zen3", "^mpi=openmpi fabrics=ofi,ucx", "%c=gcc@12.2.0", "^zlib+pic~shared", "^zlib-api=zlib",
				} {
					if !hdf5.Satisfies(spec.MustParse(text)) {
						t.Errorf("%s: %s does not satisfy %s", when, hdf5, text)
					}
				}
				if _, ok := hdf5.Dep("cmake"); ok {
					t.Errorf("%s: what it was built with is still there", when)
				}
				if list := s.Candidates("cmake"); len(list) != 0 {
					t.Errorf("%s: what is not installed is offered: %v", when, list)
				}
			}
			if entries, _ := filepath.Glob(filepath.Join(cache, "*.sqlite")); len(entries) != 1 {
				t.Errorf("%d files in the cache", len(entries))
			}
		})
	}
}

// A new state of the index, told by its verifier, is read anew; an upstream is never written.
func TestCacheFollowsTheIndex(t *testing.T) {
	tree, _ := write(t, siteTree, spacktest.Options{})
	cache := t.TempDir()
	chained(t, cache, tree)
	if _, err := spacktest.Write(tree, siteTree+"\nfftw@3.3.10 : gcc[build]=c", spacktest.Options{OS: "debian12", Target: "zen3!"}); err != nil {
		t.Fatal(err)
	}
	before := listing(t, tree)
	s, _ := chained(t, cache, tree)
	one(t, s, "fftw")
	if after := listing(t, tree); after != before {
		t.Errorf("the tree changed:\n%s\n%s", before, after)
	}
	// A cache that cannot be used costs time, and nothing else.
	if err := os.WriteFile(filepath.Join(t.TempDir(), "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s, _ = chained(t, filepath.Join(tree, ".spack-db", "index.json", "no-directory"), tree)
	one(t, s, "fftw")
}

func listing(t testing.TB, dir string) string {
	var b strings.Builder
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			t.Fatal(err)
		}
		info, _ := d.Info()
		fmt.Fprintln(&b, path, info.Size(), info.ModTime())
		return nil
	})
	return b.String()
}

// What a package links to or runs must stand, in any of the trees; what it was only built with need not.
func TestDependencies(t *testing.T) {
	base, _ := write(t, siteTree, spacktest.Options{})
	text := strings.ReplaceAll(siteTree, "zlib@1.3.1+pic~shared", "zlib@1.3.1+pic~shared state=elsewhere")
	top, known := write(t, text, spacktest.Options{})
	if s, _ := chained(t, "", top); len(s.Candidates("hdf5")) != 0 {
		t.Error("hdf5 is offered without its zlib")
	}
	s, _ := chained(t, "", top, base)
	if n := one(t, s, "openmpi"); n.Hash() != known["openmpi"].Hash || s.Prefix(n) != known["openmpi"].Prefix {
		t.Errorf("openmpi is %s in %s", n.Hash(), s.Prefix(n))
	}
	if zlib, _ := one(t, s, "hdf5").Dep("zlib"); !strings.HasPrefix(s.Prefix(zlib), base) {
		t.Errorf("zlib stands in %s", s.Prefix(zlib))
	}
	if err := os.RemoveAll(filepath.Join(base, "linux-debian12-zen3", "zlib-1.3.1-"+known["zlib"].Hash)); err != nil {
		t.Fatal(err)
	}
	s, _ = chained(t, "", top, base)
	if list := s.Candidates("hdf5"); len(list) != 0 {
		t.Errorf("%v is offered, and zlib's prefix is gone", list)
	}
	one(t, s, "gcc-runtime")
}

// What a package was built on is kept: the concretizer holds it against what the host has. A C library that is not recorded any more is no reason to do without.
func TestLibc(t *testing.T) {
	const text = `
		gcc@12.2.0 external=/usr
		glibc@2.31 external=/usr%s
		zlib@1.3.1 : gcc[build]=c glibc[link]=libc
	`
	for state, want := range map[string]string{"": "2.31", " state=elsewhere": ""} {
		tree, _ := write(t, fmt.Sprintf(text, state), spacktest.Options{})
		s, _ := chained(t, "", tree)
		got := ""
		if libc, ok := one(t, s, "zlib").Dep("libc"); ok {
			got = libc.Version().String()
		}
		if got != want {
			t.Errorf("glibc%s: zlib was built on %q, want %q", state, got, want)
		}
	}
}

// Damage costs what is damaged: the message says what was found, and the rest stays usable.
func TestDamage(t *testing.T) {
	type index = map[string]any
	edit := func(change func(installs index, known map[string]spacktest.Package)) func(testing.TB, string, map[string]spacktest.Package) {
		return func(t testing.TB, tree string, known map[string]spacktest.Package) {
			rewrite(t, tree, func(file index) { change(file["database"].(index)["installs"].(index), known) })
		}
	}
	record := func(installs index, p spacktest.Package) index { return installs[p.Hash].(index) }
	tests := []struct {
		name    string
		damage  func(t testing.TB, tree string, known map[string]spacktest.Package)
		usable  string // packages that are left
		message string // of a warning or of check
	}{
		{"torn index", func(t testing.TB, tree string, _ map[string]spacktest.Package) {
			data, _ := os.ReadFile(spackdb.IndexPath(tree))
			os.WriteFile(spackdb.IndexPath(tree), data[:len(data)/2], 0o644)
		}, "gcc-runtime zlib openmpi hdf5", "unexpected end of JSON input; 4 packages were read from their prefixes instead"},
		{"no index", func(t testing.TB, tree string, _ map[string]spacktest.Package) { os.Remove(spackdb.IndexPath(tree)) },
			"gcc-runtime zlib openmpi hdf5", "4 packages were read from their prefixes instead"},
		{"newer version", func(t testing.TB, tree string, _ map[string]spacktest.Package) {
			rewrite(t, tree, func(file index) { file["database"].(index)["version"] = "10" })
		}, "", "it has version 10, and versions 5 to 9 can be read"},
		{"older version", func(t testing.TB, tree string, _ map[string]spacktest.Package) {
			rewrite(t, tree, func(file index) { file["database"].(index)["version"] = "4" })
		}, "", "it has version 4, and versions 5 to 9 can be read"},
		{"another file", func(t testing.TB, tree string, _ map[string]spacktest.Package) {
			os.WriteFile(spackdb.IndexPath(tree), []byte(`[1]`), 0o644)
		}, "gcc-runtime zlib openmpi hdf5", "cannot unmarshal array"},
		{"cycle", edit(func(in index, known map[string]spacktest.Package) {
			record(in, known["gcc-runtime"])["spec"].(index)["dependencies"] = []any{edge("hdf5", known["hdf5"].Hash, "link")}
		}), "", "it depends on itself"},
		{"self", edit(func(in index, known map[string]spacktest.Package) {
			record(in, known["zlib"])["spec"].(index)["dependencies"] = []any{edge("zlib", known["zlib"].Hash, "link")}
		}), "gcc-runtime", "it depends on itself"},
		{"hostile name", edit(func(in index, known map[string]spacktest.Package) {
			record(in, known["zlib"])["spec"].(index)["name"] = "../../etc/passwd"
		}), "gcc-runtime", `"../../etc/passwd" is no package name`},
		{"hostile prefix", edit(func(in index, known map[string]spacktest.Package) {
			record(in, known["hdf5"])["path"] = "/tmp/x:$ORIGIN/../\n"
		}), "gcc-runtime zlib openmpi", "cannot be a prefix"},
		{"relative prefix", edit(func(in index, known map[string]spacktest.Package) { record(in, known["hdf5"])["path"] = "hdf5" }),
			"gcc-runtime zlib openmpi", `"hdf5" cannot be a prefix`},
		{"no prefix", edit(func(in index, known map[string]spacktest.Package) { record(in, known["hdf5"])["path"] = "None" }),
			"gcc-runtime zlib openmpi", "its prefix is not known"},
		{"hostile hash", edit(func(in index, known map[string]spacktest.Package) { in["../../x"] = in[known["hdf5"].Hash] }),
			"gcc-runtime zlib openmpi hdf5", `"../../x" is no hash`},
		{"wrong type", edit(func(in index, known map[string]spacktest.Package) { record(in, known["hdf5"])["spec"] = 7 }),
			"gcc-runtime zlib openmpi", "cannot unmarshal number"},
		{"wrong dependency", edit(func(in index, known map[string]spacktest.Package) {
			record(in, known["hdf5"])["spec"].(index)["dependencies"] = []any{edge("fftw", known["zlib"].Hash, "link")}
		}), "gcc-runtime zlib openmpi", "it calls what it needs fftw/"},
		{"unreadable node", edit(func(in index, known map[string]spacktest.Package) {
			record(in, known["hdf5"])["spec"].(index)["parameters"] = index{"mpi": index{"a": 1}}
		}), "gcc-runtime zlib openmpi", "parameter mpi: expected a value"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree, known := write(t, siteTree, spacktest.Options{})
			test.damage(t, tree, known)
			s, warnings := chained(t, t.TempDir(), tree)
			var usable []string
			for _, name := range []string{"gcc-runtime", "zlib", "openmpi", "hdf5"} {
				if len(s.Candidates(name)) > 0 {
					usable = append(usable, name)
				}
			}
			if got := strings.Join(usable, " "); got != test.usable {
				t.Errorf("usable is %q, want %q", got, test.usable)
			}
			r := upstream.Check(context.Background(), upstream.Location{Name: "u", Path: tree}, nil)
			all := append(*warnings, fmt.Sprint(r.Err))
			for _, p := range r.Problems {
				all = append(all, p.String())
			}
			if !strings.Contains(strings.Join(all, "\n"), test.message) {
				t.Errorf("nothing says %q:\n%s", test.message, strings.Join(all, "\n"))
			}
		})
	}
}

func edge(name, hash string, types ...string) map[string]any {
	return map[string]any{"name": name, "hash": hash, "parameters": map[string]any{"deptypes": types, "virtuals": []string{}}}
}

func rewrite(t testing.TB, tree string, change func(map[string]any)) {
	t.Helper()
	data, err := os.ReadFile(spackdb.IndexPath(tree))
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	change(file)
	if data, err = json.Marshal(file); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(spackdb.IndexPath(tree), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestKindOf(t *testing.T) {
	tree, _ := write(t, siteTree, spacktest.Options{})
	if kind, err := upstream.KindOf(tree); kind != upstream.Spack || err != nil {
		t.Errorf("%s, %v", kind, err)
	}
	os.RemoveAll(filepath.Join(tree, ".spack-db"))
	if kind, err := upstream.KindOf(tree); kind != upstream.Spack || err != nil {
		t.Errorf("without an index: %s, %v", kind, err)
	}
	var not *upstream.NotATreeError
	if _, err := upstream.KindOf(t.TempDir()); !errors.As(err, &not) {
		t.Errorf("an empty directory: %v", err)
	}
	if _, err := upstream.KindOf("/nonexistent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing: %v", err)
	}
}

// BenchmarkOpenCached opens an index of 50,000 specs that was converted before, and asks for one package; it is to take less than 100 ms.
func BenchmarkOpenCached(b *testing.B) {
	tree, cache := large(b, 50_000), b.TempDir()
	chained(b, cache, tree)
	b.ResetTimer()
	for b.Loop() {
		s, _ := chained(b, cache, tree)
		if len(s.Candidates("p49999")) != 1 {
			b.Fatal("it is not there")
		}
	}
}

// BenchmarkConvert reads such an index for the first time.
func BenchmarkConvert(b *testing.B) {
	tree := large(b, 50_000)
	for b.Loop() {
		chained(b, b.TempDir(), tree)
	}
}

// large writes the index alone, each package on top of a few others, and the prefixes of the last ones.
func large(b testing.TB, n int) string {
	b.Helper()
	tree := filepath.Join(b.TempDir(), "tree")
	hash := func(i int) string {
		text := []byte(strings.Repeat("a", 32))
		for k := 31; i > 0; k, i = k-1, i/26 {
			text[k] = byte('a' + i%26)
		}
		return string(text)
	}
	var out strings.Builder
	out.WriteString(`{"database":{"version":"8","installs":{`)
	for i := range n {
		if i > 0 {
			out.WriteByte(',')
		}
		var deps []string
		for _, d := range []int{i / 2, i / 3, i / 5} {
			if d < i && (len(deps) == 0 || !strings.Contains(strings.Join(deps, ""), hash(d))) {
				deps = append(deps, fmt.Sprintf(`{"name":"p%d","hash":"%s","parameters":{"deptypes":["build","link"],"virtuals":[]}}`, d, hash(d)))
			}
		}
		prefix := fmt.Sprintf("%s/linux/p%d-1.%d-%s", tree, i, i%7, hash(i))
		fmt.Fprintf(&out, `"%s":{"spec":{"name":"p%d","version":"1.%d","arch":{"platform":"linux","platform_os":"debian12","target":"x86_64_v3"},"namespace":"builtin",`+
			`"parameters":{"build_system":"cmake","build_type":"Release","shared":true,"pic":true,"libs":["shared","static"],"cflags":[],"cppflags":[],"cxxflags":[],"fflags":[],"ldflags":[],"ldlibs":[]},`+
			`"package_hash":"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz====","dependencies":[%s],"hash":"%s"},"path":"%s","installed":true,"ref_count":1,"explicit":false,"installation_time":1700000000.5}`,
			hash(i), i, i%7, strings.Join(deps, ","), hash(i), prefix)
	}
	out.WriteString("}}}")
	for i := n - 1; i > 0; i /= 2 { // and all that it needs
		for k := max(i-3, 0); k <= i; k++ {
			os.MkdirAll(fmt.Sprintf("%s/linux/p%d-1.%d-%s/.spack", tree, k, k%7, hash(k)), 0o755)
		}
	}
	for k := range 20_000 {
		os.MkdirAll(fmt.Sprintf("%s/linux/p%d-1.%d-%s/.spack", tree, k, k%7, hash(k)), 0o755)
	}
	if err := os.MkdirAll(filepath.Join(tree, ".spack-db"), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(spackdb.IndexPath(tree), []byte(out.String()), 0o644); err != nil {
		b.Fatal(err)
	}
	return tree
}
