package yamlrecipe

import (
	"encoding/json"
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

func TestMeson(t *testing.T) {
	r := parseDemo(t, demoHead()+"build:\n  system: meson\n  args: [\"-Dmpi={true-false:mpi}\"]\n  test_targets: [check]\n")
	if diff := cmp.Diff([]string{"meson", "ninja", "pkgconfig"}, buildTools(r)); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct{ libraries, want string }{{"shared", "shared"}, {"static", "static"}, {"shared static", "both"}} {
		n := demoNode(t, buildSystemOf(r), spec.Bool("strip", true), spec.Variant{Name: "buildtype", Values: []string{"debug"}},
			spec.Variant{Name: "default_library", Values: strings.Fields(c.libraries)})
		f := newFakeBuild(t, n)
		f.tools = filepath.Join(f.root, "tools")
		f.put("zlib/lib/libz.so", "")
		f.put("tools/meson", "#!/bin/sh\necho \"LDFLAGS <$LDFLAGS>\"\n")
		if err := os.Chmod(filepath.Join(f.tools, "meson"), 0o755); err != nil {
			t.Fatal(err)
		}
		runPhases(t, r, f)
		want := []string{
			"mkdir -p ROOT/build",
			"sh -c " + mesonScript + " meson -Wl,-rpath,ROOT/zlib/lib ROOT/tools/meson setup --prefix=ROOT/prefix --libdir=lib --wrap-mode=nodownload -Dbuildtype=debug -Dstrip=true -Ddefault_library=" + c.want +
				" -Dmpi=true ROOT/build ROOT/source",
			"ROOT/tools/ninja -j3 -v", "ROOT/tools/ninja -j1 -v install",
		}
		if wanted := "LDFLAGS <-Wl,-rpath,ROOT/zlib/lib >"; !strings.Contains(strings.ReplaceAll(f.log.String(), f.root, "ROOT"), wanted) {
			t.Errorf("Meson saw %s, want %s", f.log.String(), wanted)
		}
		if diff := cmp.Diff(want, f.ran); diff != "" {
			t.Error(diff)
		}
	}
}

// TestPerl holds which script configures and what it is told; perl and make are scripts here that print their arguments.
func TestPerl(t *testing.T) {
	for _, c := range []struct{ name, key, files, want string }{
		{"both there", "", "Makefile.PL Build.PL", "perl Makefile.PL INSTALL_BASE=ROOT/prefix NO_PERLLOCAL=1 X=1\nmake\nmake install\n"},
		{"chosen", "  script: Build.PL\n", "Makefile.PL Build.PL", "perl Build.PL --install_base ROOT/prefix X=1\nperl ./Build\nperl ./Build install\n"},
		{"one there", "", "Build.PL", "perl Build.PL --install_base ROOT/prefix X=1\nperl ./Build\nperl ./Build install\n"},
	} {
		r := parseDemo(t, demoHead()+"build:\n  system: perl\n  args: [X=1]\n"+c.key)
		f := newFakeBuild(t, demoNode(t, buildSystemOf(r)))
		f.tools = filepath.Join(f.root, "tools")
		f.put("tools/perl", "#!/bin/sh\necho perl \"$@\"\ncase $1 in Makefile.PL) : >Makefile ;; esac\n")
		f.put("tools/make", "#!/bin/sh\necho make \"$@\"\n")
		for _, tool := range []string{"perl", "make"} {
			if err := os.Chmod(filepath.Join(f.tools, tool), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		for _, file := range strings.Fields(c.files) {
			f.put("source/"+file, "")
		}
		runPhases(t, r, f)
		if diff := cmp.Diff(c.want, strings.ReplaceAll(f.log.String(), f.root, "ROOT")); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	r := parseDemo(t, demoHead()+"build: {system: perl}\n")
	if len(r.Extends) != 1 || r.Extends[0].Spec.Name != "perl" || r.Extends[0].Types != spec.Build|spec.Run {
		t.Errorf("extends %+v", r.Extends)
	}
	if last := r.RunEnv[len(r.RunEnv)-1].Mods[0]; last.Name != "PERL5LIB" || last.Value != "{prefix}/lib/perl5" {
		t.Errorf("run environment %+v", last)
	}
}

// TestPythonConfig holds what the frontend is told: the modules that a build may see are not all that the installed package may.
func TestPythonConfig(t *testing.T) {
	r := parseDemo(t, demoHead()+`build:
  system: python
  dir: src
  config_settings: ["setup-args=-Dblas={dep:zlib-api.lib}", {arg: setup-args=-Dmpi, when: +mpi}, {arg: never=1, when: ~mpi}, x=a=b]
  imports: [demo, demo.sub]
`)
	f := newFakeBuild(t, pythonNode(t, buildSystemOf(r)))
	for _, dep := range []string{"numpy", "tool", "six", "othertool"} {
		f.put(dep+"/lib/python3.11/site-packages/"+dep+".py", "")
		f.put(dep+"/lib/python3.12/site-packages/"+dep+".py", "")
	}
	runPhases(t, r, f)
	python := "/tools/python3 -I ROOT/build/frontend/frontend.py ROOT/build/frontend/"
	want := []string{python + "build.json build", python + "install.json install", python + "check.json check"}
	if diff := cmp.Diff(want, f.ran); diff != "" {
		t.Error(diff)
	}
	var c frontendConfig
	text, err := os.ReadFile(filepath.Join(f.BuildDir(), "frontend", "check.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), f.root, "ROOT")), &c); err != nil {
		t.Fatal(err)
	}
	site := func(name string) string { return "ROOT/" + name + "/lib/python3.11/site-packages" }
	wanted := frontendConfig{
		Name: "demo", Version: "1.10", Source: "ROOT/source/src", Work: "ROOT/build", Prefix: "ROOT/prefix",
		Build: []string{site("tool"), site("six"), site("numpy")}, Run: []string{site("numpy"), site("six")},
		Settings: map[string][]string{"setup-args": {"-Dblas=ROOT/zlib/lib", "-Dmpi"}, "x": {"a=b"}},
		Imports:  []string{"demo", "demo.sub"}, Copy: []string{}, Scripts: []string{},
	}
	slices.Sort(c.Build)
	slices.Sort(wanted.Build)
	if diff := cmp.Diff(wanted, c); diff != "" {
		t.Error(diff)
	}
	if got := r.RunEnv[len(r.RunEnv)-1].Mods[0].Expand(f.node, "/p"); got.Name != "PYTHONPATH" || got.Value != "/p/lib/python3.11/site-packages" {
		t.Errorf("run environment %+v", got)
	}
}

// TestPythonCanonical holds that what the frontend is told is part of what a hash covers.
func TestPythonCanonical(t *testing.T) {
	seen := map[string]string{}
	for _, section := range []string{
		"{system: python}", "{system: python, setup_py: true}", "{system: python, imports: [a]}", "{system: python, config_settings: [a=b]}",
		"{system: python, copy: [a]}", "{system: python, copy: [a], scripts: {x: \"a:b\"}}", "{system: python, dir: sub}",
	} {
		r := parseDemo(t, demoHead()+"build: "+section+"\n")
		text, err := r.Builder.Canonical(pythonNode(t, buildSystemOf(r)))
		if err != nil {
			t.Fatal(err)
		}
		if other := seen[string(text)]; other != "" {
			t.Errorf("%s and %s have the same text", section, other)
		}
		seen[string(text)] = section
	}
}

// demoHead is the demo recipe up to its section build.
func demoHead() string {
	head, _, _ := strings.Cut(demo, "build:\n  system")
	return head
}

func buildTools(r *packages.Recipe) []string {
	var names []string
	for _, d := range r.Depends {
		if d.Types == spec.Build && !slices.Contains([]string{"c", "fortran"}, d.Spec.Name) {
			names = append(names, d.Spec.Name)
		}
	}
	return names
}

func runPhases(t *testing.T, r *packages.Recipe, f *fakeBuild) {
	t.Helper()
	phases, err := r.Builder.Phases(f.node)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range phases {
		if err := p.Run(t.Context(), f); err != nil {
			t.Fatalf("%s: %v\n%s", p.Name, err, f.log.String())
		}
	}
}

// pythonNode is the demo on top of a Python, of numpy, which runs with six, and of a tool that only the build needs.
func pythonNode(t *testing.T, variants ...spec.Variant) *dag.Node {
	t.Helper()
	node := func(name, version string, edges ...dag.Edge) *dag.Node {
		n, err := dag.New(dag.Attrs{Name: name, Version: spec.MustVersion(version), Platform: "linux", OS: "debian12", Target: "x86_64"}, edges)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	demo := demoNode(t, variants...)
	python := node("python", "3.11.2")
	other := node("othertool", "1", dag.Edge{To: node("python", "3.12.1"), Types: spec.Run})
	uses := dag.Edge{To: python, Types: spec.Build | spec.Run}
	six := node("six", "1.16", uses)
	numpy := node("numpy", "1.24", uses, dag.Edge{To: six, Types: spec.Run})
	edges := append(slices.Clone(demo.Edges()), uses, dag.Edge{To: numpy, Types: spec.Build | spec.Run}, dag.Edge{To: node("tool", "1", uses), Types: spec.Build},
		dag.Edge{To: other, Types: spec.Build})
	n, err := dag.New(demo.Attrs(), edges)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
