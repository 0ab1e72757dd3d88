package yamlrecipe

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

const demo = `# A library.
name: demo
about: A library
license: MIT
source: {url: "https://example.org/{name}-{version.underscored}.tar.gz"}
versions:
  1.10: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  1.9: {sha256: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, url: "https://old.example.org/{version.2.dashed}.tgz", deprecated: true}
  develop: {git: "https://example.org/demo.git", branch: main}
variants:
  mpi: {default: true, about: messages}
  precision: {default: [double, float], values: [float, double], multi: true}
  fabrics: {default: none, sets: [[none], [ofi, ucx]]}
languages: [c, {fortran: +mpi}]
depends:
- {spec: mpi, when: +mpi}
- {spec: zlib-api, type: [build, link], patches: [{file: zlib.patch, when: "@1.2"}]}
patches:
- {file: fix.patch, level: 0, when: "@1.10"}
- {url: "https://example.org/a.patch", sha256: cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc, dir: src}
provides: [{virtual: "demo-api@1", when: "@1:"}]
build_env: {set: {A: "{prefix}"}}
run_env: {prepend: {PATH: ["{prefix}/one", "{prefix}/two"]}}
build:
  system: autotools
  dir: src
  edit:
  - {file: Makefile.in, replace: "-O3", with: "-O2 {{x}}"}
  args:
  - "{with:mpi}"
  - {arg: "MPICC={mpi.cc}", when: +mpi}
  - "{enable:dbl:precision=double}"
  - --with-zlib={dep:zlib-api.prefix}
  after: {install: ["rm -rf {prefix}/share"]}
check: {run: "{prefix}/bin/demo", expect: "{version}"}
`

var demoFiles = map[string][]byte{"fix.patch": []byte("a patch"), "zlib.patch": []byte("another"), "README": []byte("unused")}

func parseDemo(t *testing.T, text string) *packages.Recipe {
	t.Helper()
	r, err := Parse("demo.yaml", []byte(text), demoFiles)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// demoNode is demo with everything on, on top of zlib and an MPI.
func demoNode(t *testing.T, variants ...spec.Variant) *dag.Node {
	t.Helper()
	node := func(a dag.Attrs, edges ...dag.Edge) *dag.Node {
		a.Platform, a.OS, a.Target = "linux", "debian12", "x86_64"
		n, err := dag.New(a, edges)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	zlib := node(dag.Attrs{Name: "zlib", Version: spec.MustVersion("1.2.13"), Provides: []string{"zlib-api"}})
	mpi := node(dag.Attrs{Name: "mpich", Version: spec.MustVersion("4.0.2"), Provides: []string{"mpi"}, External: &dag.External{Prefix: "/usr"}})
	all := map[string]spec.Variant{
		"mpi": spec.Bool("mpi", true), "precision": {Name: "precision", Values: []string{"double", "float"}},
		"fabrics": {Name: "fabrics", Values: []string{"none"}}, "build_system": {Name: "build_system", Values: []string{"autotools"}},
	}
	for _, v := range variants {
		all[v.Name] = v
	}
	a := dag.Attrs{Name: "demo", Version: spec.MustVersion("1.10")}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		a.Variants = append(a.Variants, all[name])
	}
	return node(a, dag.Edge{To: zlib, Types: spec.Build | spec.Link, Virtuals: []string{"zlib-api"}}, dag.Edge{To: mpi, Types: spec.Build | spec.Link, Virtuals: []string{"mpi"}})
}

func TestDirectives(t *testing.T) {
	r := parseDemo(t, demo)
	if got := r.Versions[0].Version.String(); got != "1.10" {
		t.Errorf("version %s, which is another one than 1.10", got)
	}
	if got, want := r.Versions[0].URLs[0], "https://example.org/demo-1_10.tar.gz"; got != want {
		t.Errorf("URL %s, want %s", got, want)
	}
	if got, want := r.Versions[1].URLs[0], "https://old.example.org/1-9.tgz"; got != want || !r.Versions[1].Deprecated {
		t.Errorf("URL %s, want %s; deprecated %t", got, want, r.Versions[1].Deprecated)
	}
	if g := r.Versions[2].Git; g == nil || g.Branch != "main" {
		t.Errorf("develop is %v", g)
	}
	var depends []string
	for _, d := range r.Depends {
		depends = append(depends, d.Spec.String()+" "+d.Types.String()+" "+d.When.String()+" "+d.Place.String())
	}
	want := []string{
		"c build  demo.yaml:14", "fortran build +mpi demo.yaml:14", "mpi build,link +mpi demo.yaml:16",
		"zlib-api build,link  demo.yaml:17", "gmake build  demo.yaml:25",
	}
	if diff := cmp.Diff(want, depends); diff != "" {
		t.Error(diff)
	}
	if v := r.Variants[2]; v.Kind != packages.MultiVariant || len(v.Values) != 3 || len(v.Sets) != 2 {
		t.Errorf("fabrics is %+v", v)
	}
	n := demoNode(t)
	if p := r.PatchesFor(n); len(p) != 2 || p[0].Level != 0 || p[0].SHA256 == "" || p[1].WorkingDir != "src" {
		t.Errorf("patches %+v", p)
	}
	zlib, _ := n.Dep("zlib-api")
	if p := r.DependencyPatches(n, zlib); len(p) != 1 || p[0].File != "zlib.patch" {
		t.Errorf("patches of zlib %+v", p)
	}
}

func TestCanonical(t *testing.T) {
	r := parseDemo(t, demo)
	text, err := r.Builder.Canonical(demoNode(t))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join("testdata", "canonical.golden"), string(text))
}

// TestDigest holds what the digest of a build covers, and what it does not.
func TestDigest(t *testing.T) {
	n := demoNode(t)
	digest := func(text string) string {
		d, err := packages.BuildDigest(parseDemo(t, text), n)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	base := digest(demo)
	for _, c := range []struct {
		old, new string
		same     bool
	}{
		{"# A library.", "# The library.", true},
		{"about: A library", "about: Another text", true},
		{"license: MIT", "\nlicense:   MIT\n", true},
		{"{default: true, about: messages}", "true", true},
		{"example.org", "mirror.example.org", true},
		{"  1.9: {sha256: bbbb", "  1.9: {sha256: dddd", true},
		{"{with:mpi}", "{with:MPI:mpi}", false},
		{"-O2", "-O1", false},
		{"aaaaaaaa\n", "aaaaaaab\n", false},
		{"level: 0", "level: 1", false},
		{"dir: src}", "dir: lib}", false},
		{"rm -rf", "rm -fr", false},
		{"expect: \"{version}\"", "expect: ok", false},
		{"set: {A:", "set: {B:", false},
		{"--with-zlib={dep:zlib-api.prefix}", "--with-zlib={dep:zlib-api.lib}", false},
	} {
		changed := strings.Replace(demo, c.old, c.new, 1)
		if changed == demo {
			t.Fatalf("%q is not in the recipe", c.old)
		}
		if same := digest(changed) == base; same != c.same {
			t.Errorf("%q for %q: same digest %t, want %t", c.new, c.old, same, c.same)
		}
	}
	if d, _ := packages.BuildDigest(parseDemo(t, demo), demoNode(t, spec.Bool("mpi", false))); d == base {
		t.Error("another choice of a variant has the same digest")
	}
}

// TestRoundTrip holds that a recipe reads again from its own text and files, as a lock keeps them.
func TestRoundTrip(t *testing.T) {
	r := parseDemo(t, demo)
	files := map[string][]byte{}
	for _, name := range Files(r) {
		files[name] = demoFiles[name]
	}
	if len(files) != 2 {
		t.Errorf("files %v", Files(r))
	}
	again, err := Parse("env.lock", r.Text, files)
	if err != nil {
		t.Fatal(err)
	}
	if again.ContentHash != r.ContentHash {
		t.Error("the content hash changed")
	}
	files["fix.patch"] = []byte("a patched patch")
	if other, err := Parse("env.lock", r.Text, files); err != nil || other.ContentHash == r.ContentHash {
		t.Errorf("a changed patch has the same content hash (%v)", err)
	}
}

func TestEnvOrder(t *testing.T) {
	mods := parseDemo(t, demo).RunEnv[0].Mods
	got := packages.ApplyEnv([]string{"PATH=/bin"}, []packages.EnvMod{mods[0].Expand(demoNode(t), "/p"), mods[1].Expand(demoNode(t), "/p")})
	if want := "PATH=/p/one:/p/two:/bin"; got[0] != want {
		t.Errorf("%s, want %s", got[0], want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(demo))
	files, _ := filepath.Glob("../builtin/recipes/*.yaml")
	bad, _ := filepath.Glob("testdata/errors/*.yaml")
	for _, file := range append(files, bad...) {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Parse("fuzz.yaml", text, demoFiles)
		if (r == nil) == (err == nil) {
			t.Fatalf("%v, %v", r, err)
		}
		if err != nil {
			describe(err)
			return
		}
		again, err := Parse("fuzz.yaml", r.Text, demoFiles)
		if err != nil || again.ContentHash != r.ContentHash {
			t.Fatalf("does not read again: %v", err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := Parse("demo.yaml", []byte(demo), demoFiles); err != nil {
			b.Fatal(err)
		}
	}
}
