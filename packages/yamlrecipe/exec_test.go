package yamlrecipe

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// fakeBuild runs commands for real in temporary directories, except those of a list, which it only records.
type fakeBuild struct {
	t        *testing.T
	node     *dag.Node
	root     string
	prefixes map[string]string // of dependencies, by package name
	tools    string            // where Tool finds programs; what is there runs
	ran      []string
	log      strings.Builder
}

func newFakeBuild(t *testing.T, n *dag.Node) *fakeBuild {
	f := &fakeBuild{t: t, node: n, root: t.TempDir(), prefixes: map[string]string{}, tools: "/tools"}
	for _, dir := range []string{f.Prefix(), f.SourceDir(), f.BuildDir()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range dag.Topological(n) {
		f.prefixes[d.Name()] = filepath.Join(f.root, d.Name())
	}
	return f
}

func (f *fakeBuild) Node() *dag.Node                   { return f.node }
func (f *fakeBuild) Prefix() string                    { return filepath.Join(f.root, "prefix") }
func (f *fakeBuild) SourceDir() string                 { return filepath.Join(f.root, "source") }
func (f *fakeBuild) BuildDir() string                  { return filepath.Join(f.root, "build") }
func (f *fakeBuild) Jobs() int                         { return 3 }
func (f *fakeBuild) RunTests() bool                    { return false }
func (f *fakeBuild) Dep(name string) (*dag.Node, bool) { return f.node.Dep(name) }
func (f *fakeBuild) Tool(name string) (string, error)  { return f.tools + "/" + name, nil }
func (f *fakeBuild) Logf(format string, args ...any)   { fmt.Fprintf(&f.log, format+"\n", args...) }
func (f *fakeBuild) DepPrefix(name string) (string, bool) {
	if n, ok := f.node.Dep(name); ok {
		name = n.Name()
	}
	prefix, ok := f.prefixes[name]
	return prefix, ok
}

func (f *fakeBuild) Run(ctx context.Context, dir string, env []packages.EnvMod, argv ...string) error {
	f.ran = append(f.ran, strings.ReplaceAll(strings.Join(argv, " "), f.root, "ROOT"))
	if !slices.Contains([]string{"sh", "mkdir"}, argv[0]) {
		return nil
	}
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	f.log.Write(out)
	return err
}

func (f *fakeBuild) WriteFile(path string, data []byte, mode uint32) error {
	os.Remove(path)
	os.MkdirAll(filepath.Dir(path), 0o755)
	return os.WriteFile(path, data, os.FileMode(mode))
}

func (f *fakeBuild) put(path, text string) {
	f.t.Helper()
	full := filepath.Join(f.root, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// buildSystemOf is the recipe's default choice of a build system.
func buildSystemOf(r *packages.Recipe) spec.Variant {
	for _, v := range r.Variants {
		if v.Name == buildSystemVariant {
			return spec.Variant{Name: v.Name, Values: v.Default}
		}
	}
	return spec.Variant{}
}

// runDemo builds the demo recipe with another section build, and returns the first phase's error.
func runDemo(t *testing.T, build string, prepare func(*fakeBuild)) (*fakeBuild, error) {
	t.Helper()
	head, _, _ := strings.Cut(demo, "build:\n  system")
	r := parseDemo(t, head+build)
	f := newFakeBuild(t, demoNode(t, buildSystemOf(r)))
	if prepare != nil {
		prepare(f)
	}
	phases, err := r.Builder.Phases(f.node)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range phases {
		if err := p.Run(context.Background(), f); err != nil {
			return f, fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return f, nil
}

func TestPhases(t *testing.T) {
	f, err := runDemo(t, `build:
  system: autotools
  foreach: precision
  args:
  - {arg: --float, each: float}
  - {first: [{arg: --none, when: ~mpi}, "CC={mpi.cc}", --never]}
  - "--zlib={dep:zlib-api.lib}={dep:zlib-api.version}"
  make_args: [V=1]
  parallel: false
`, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"mkdir -p ROOT/build/double",
		"ROOT/source/configure --prefix=ROOT/prefix --libdir=ROOT/prefix/lib CC=/tools/mpicc --zlib=ROOT/zlib/lib=1.2.13",
		"mkdir -p ROOT/build/float",
		"ROOT/source/configure --prefix=ROOT/prefix --libdir=ROOT/prefix/lib --float CC=/tools/mpicc --zlib=ROOT/zlib/lib=1.2.13",
		"/tools/make -j1 V=1", "/tools/make -j1 V=1", "/tools/make -j1 V=1 install", "/tools/make -j1 V=1 install",
	}
	if diff := cmp.Diff(want, f.ran); diff != "" {
		t.Error(diff)
	}
}

func TestEdit(t *testing.T) {
	section := func(edit string) string { return "build:\n  system: script\n  edit:\n  - " + edit + "\n" }
	put := func(f *fakeBuild) {
		f.put("source/Makefile", "CC=gcc\nFLAGS=-O3 -g -O3\n")
		os.Symlink("/etc/hostname", filepath.Join(f.SourceDir(), "link"))
	}
	for _, c := range []struct{ edit, want, err string }{
		{`{file: Makefile, replace: -O3, with: "-O2 $1"}`, "CC=gcc\nFLAGS=-O2 $1 -g -O2 $1\n", ""},
		{`{file: Makefile, match: '^CC=(\w+)$', with: "CC={cc} # $1"}`, "CC=/tools/cc # gcc\nFLAGS=-O3 -g -O3\n", ""},
		{`{file: Makefile, replace: -O1, with: x}`, "", `demo.yaml:27: edit Makefile: nothing there matches "-O1"`},
		{`{file: Makefile, match: "^O1", with: x}`, "", `demo.yaml:27: edit Makefile: nothing there matches "^O1"`},
		{`{file: nothing, replace: a, with: x}`, "", "demo.yaml:27: edit nothing: lstat"},
		{`{file: link, replace: a, with: x}`, "", "demo.yaml:27: edit link: it is no regular file"},
		{`{file: Makefile, replace: -O1, with: x, when: ~mpi}`, "CC=gcc\nFLAGS=-O3 -g -O3\n", ""},
	} {
		f, err := runDemo(t, section(c.edit), put)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: got %v, want %s", c.edit, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.edit, err)
		}
		if got, _ := os.ReadFile(filepath.Join(f.SourceDir(), "Makefile")); string(got) != c.want {
			t.Errorf("%s: %q, want %q", c.edit, got, c.want)
		}
	}
}

func TestSteps(t *testing.T) {
	f, err := runDemo(t, `build:
  system: script
  write:
  - {file: hello.sh, text: "#!/bin/sh\necho {name} $1\n", executable: true}
  steps:
  - mkdir -p {prefix}/bin && cp hello.sh {prefix}/bin/hello
  - {run: "exit 1", when: ~mpi}
check:
- {run: "{prefix}/bin/hello there", expect: demo there}
`, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, f.log.String())
	}
	f, err = runDemo(t, "build:\n  system: script\n  steps:\n  - |\n    false\n    echo never\n", nil)
	if err == nil || strings.Contains(f.log.String(), "never") {
		t.Errorf("a step goes on after a command that failed: %v", err)
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		check string
		ok    bool
	}{
		{`{run: "echo demo 1.10", expect: "{version}"}`, true},
		{`{run: "echo 'a*b'", expect: "*b"}`, true},
		{`{run: "echo demo 1.9", expect: "{version}"}`, false},
		{`{run: "echo demo 1.10; exit 3", expect: "{version}"}`, false},
		{`{run: "true"}`, true},
		{`{run: "false", when: ~mpi}`, true},
	} {
		f, err := runDemo(t, "build: {system: bundle}\ncheck: "+c.check+"\n", nil)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v\n%s", c.check, err, f.log.String())
		}
	}
}

func TestLibraries(t *testing.T) {
	section := "build:\n  system: script\n  steps: [\"echo {libs:zlib-api} > out\", \"echo {libfiles:zlib-api} >> out\"]\n"
	f, err := runDemo(t, section, func(f *fakeBuild) { f.put("zlib/lib64/libzlib.a", "") })
	if err != nil {
		t.Fatal(err)
	}
	out, _ := os.ReadFile(filepath.Join(f.SourceDir(), "out"))
	want := "-L" + f.root + "/zlib/lib64 -lzlib\n" + f.root + "/zlib/lib64/libzlib.a\n"
	if string(out) != want {
		t.Errorf("%q, want %q", out, want)
	}
	if _, err := runDemo(t, section, nil); err == nil || !strings.Contains(err.Error(), "has no library") {
		t.Errorf("no library there: %v", err)
	}
}

func TestRefuse(t *testing.T) {
	head, _, _ := strings.Cut(demo, "build:\n  system")
	r := parseDemo(t, head+"build:\n  system: bundle\n  refuse: {when: +mpi, because: nobody has it}\n")
	_, err := r.Builder.Canonical(demoNode(t, buildSystemOf(r)))
	if want := "demo.yaml:26: demo cannot be built with +mpi: nobody has it"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	known := r.Builder.(packages.Refusing).Refusals()
	if len(known) != 1 || known[0].When.String() != "+mpi" || known[0].Because != "nobody has it" || known[0].Place.Line != 26 {
		t.Errorf("it says beforehand that it refuses %+v", known)
	}
}
