package buildenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/install/internal/testdag"
	"github.com/berth-hpc/berth/install/stage"
	"github.com/berth-hpc/berth/install/wrapper"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// site is a store with made-up prefixes.
type site struct {
	t     *testing.T
	root  string
	nodes map[string]*dag.Node
}

// newSite makes the nodes of graph, and for each that is no external a prefix with the usual directories.
func newSite(t *testing.T, graph string) *site {
	s := &site{t: t, root: t.TempDir()}
	s.nodes = testdag.Parse(t, strings.ReplaceAll(graph, "ROOT", s.root), testdag.Options{Attrs: func(a *dag.Attrs) {
		if a.External == nil {
			a.Target = "x86_64_v3"
		}
	}})
	for name, n := range s.nodes {
		if n.External() == nil {
			for _, dir := range []string{"bin", "lib/pkgconfig", "include", "share/aclocal"} {
				must(t, os.MkdirAll(filepath.Join(s.root, "store", name, dir), 0o755))
			}
		}
	}
	return s
}

func (s *site) prefix(n *dag.Node) string {
	if e := n.External(); e != nil {
		return e.Prefix
	}
	return filepath.Join(s.root, "store", n.Name())
}

func (s *site) environment(name string, recipes map[string]*packages.Recipe, userEnv ...string) (*Environment, error) {
	s.t.Helper()
	st, err := stage.New(filepath.Join(s.root, "stage"), name)
	must(s.t, err)
	self, err := os.Executable()
	must(s.t, err)
	return New(Input{
		Node: s.nodes[name], Recipe: recipes[name], RecipeOf: func(n *dag.Node) *packages.Recipe { return recipes[n.Name()] }, Prefix: s.prefix,
		Stage: st, StoreDir: filepath.Join(s.root, "store"), Berth: self, UserEnv: userEnv, DebugLog: filepath.Join(s.root, "log"),
	})
}

// short writes paths below the site's root as the test does.
func (s *site) short(text string) string {
	return strings.NewReplacer(s.root+"/store", "STORE", s.root+"/stage", "STAGE", s.root, "ROOT").Replace(text)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const graph = `
	gcc@12.2 [/usr compilers.c=/usr/bin/gcc compilers.cxx=/usr/bin/g++ compilers.fortran=/usr/bin/gfortran]
	syslib@1 [/usr]
	sitelib@2 [ROOT/opt/site]
	perl@5
	automake@1 perl:run
	deep@1
	lib@1 deep:link gcc:build:c perl:build
	app@1 lib:link syslib:link sitelib:link automake:build gcc:build:c,cxx`

func TestSearchPaths(t *testing.T) {
	s := newSite(t, graph)
	for _, dir := range []string{"bin", "lib64", "include"} {
		must(t, os.MkdirAll(filepath.Join(s.root, "opt/site", dir), 0o755))
	}
	e, err := s.environment("app", nil)
	must(t, err)
	for name, want := range map[string]string{
		"PATH":              "STAGE/app/wrap:STAGE/app/tools:STORE/automake/bin:STORE/lib/bin:ROOT/opt/site/bin:STORE/perl/bin:STORE/deep/bin:/usr/bin:/bin",
		"PKG_CONFIG_PATH":   "STORE/automake/lib/pkgconfig:STORE/lib/lib/pkgconfig:STORE/perl/lib/pkgconfig:STORE/deep/lib/pkgconfig",
		"CMAKE_PREFIX_PATH": "STORE/automake:STORE/lib:ROOT/opt/site:STORE/perl:STORE/deep",
		"ACLOCAL_PATH":      "STORE/automake/share/aclocal:STORE/lib/share/aclocal:STORE/perl/share/aclocal:STORE/deep/share/aclocal",
		"CC":                "STAGE/app/wrap/gcc",
		"CXX":               "STAGE/app/wrap/g++",
		"FC":                "",
		"OMPI_CC":           "STAGE/app/wrap/gcc",
		"HOME":              "STAGE/app/home",
	} {
		if got := s.short(e.Get(name)); got != want {
			t.Errorf("%s\n got %s\nwant %s", name, got, want)
		}
	}
}

func TestWrapperConfig(t *testing.T) {
	s := newSite(t, graph)
	for _, dir := range []string{"lib64", "include"} {
		must(t, os.MkdirAll(filepath.Join(s.root, "opt/site", dir), 0o755))
	}
	e, err := s.environment("app", nil)
	must(t, err)
	c := e.Wrapper
	short := func(list []string) string { return s.short(strings.Join(list, " ")) }
	// What is only for building (automake, perl) is not linked; what is in /usr is not named.
	for what, pair := range map[string][2]string{
		"include": {short(c.IncludeDirs), "STORE/lib/include ROOT/opt/site/include STORE/deep/include"},
		"lib":     {short(c.LibDirs), "STORE/lib/lib ROOT/opt/site/lib64 STORE/deep/lib"},
		"rpath":   {short(c.RPaths), "STORE/app/lib STORE/app/lib64 STORE/lib/lib ROOT/opt/site/lib64 STORE/deep/lib"},
		"own":     {short(c.OwnDirs), "STORE STAGE/app"},
		"target":  {short(c.Compilers[wrapper.C].TargetFlags), "-march=x86-64-v3 -mtune=generic"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s\n got %s\nwant %s", what, pair[0], pair[1])
		}
	}
	if _, ok := c.Compilers[wrapper.Fortran]; ok {
		t.Error("a node without fortran has a Fortran compiler")
	}
}

func TestUserEnvironmentStaysOut(t *testing.T) {
	s := newSite(t, graph)
	e, err := s.environment("app", nil, "LD_LIBRARY_PATH=/x", "CFLAGS=-x", "HOME=/home/u", "PATH=/home/u/bin", "TOKEN=secret", "LM_LICENSE_FILE=27000@server", "LC_ALL=de_DE")
	must(t, err)
	all := strings.Join(e.Vars, "\n")
	for _, leak := range []string{"LD_LIBRARY_PATH", "CFLAGS", "/home/u", "secret", "de_DE"} {
		if strings.Contains(all, leak) {
			t.Errorf("%s is in the environment:\n%s", leak, all)
		}
	}
	if e.Get("LM_LICENSE_FILE") == "" || e.Get("LC_ALL") != "C" || e.Get("TZ") != "UTC" || e.Get("SOURCE_DATE_EPOCH") == "" {
		t.Errorf("the environment:\n%s", all)
	}
}

func TestRecipesEnvironments(t *testing.T) {
	s := newSite(t, graph)
	env := func(op packages.EnvOp, name, value, when string) []packages.ConditionalEnv {
		c := packages.ConditionalEnv{Mods: []packages.EnvMod{{Op: op, Name: name, Value: value}}}
		if when != "" {
			c.When = packages.When{spec.MustParse(when)}
		}
		return []packages.ConditionalEnv{c}
	}
	e, err := s.environment("app", map[string]*packages.Recipe{
		"perl": {RunEnv: env(packages.EnvSet, "PERL_HOME", "{prefix}/lib", ""), DepEnv: env(packages.EnvSet, "NEVER", "x", "@6:")},
		"lib":  {DepEnv: env(packages.EnvSet, "LIB", "{name}-{version}", "@1"), BuildEnv: env(packages.EnvSet, "NOT_MINE", "x", "")},
		"app":  {BuildEnv: env(packages.EnvPrepend, "PATH", "/made/up", ""), RunEnv: env(packages.EnvSet, "NOT_YET", "x", "")},
	})
	must(t, err)
	got := map[string]string{}
	for _, name := range []string{"PERL_HOME", "NEVER", "LIB", "NOT_MINE", "NOT_YET"} {
		got[name] = s.short(e.Get(name))
	}
	want := map[string]string{"PERL_HOME": "STORE/perl/lib", "NEVER": "", "LIB": "lib-1", "NOT_MINE": "", "NOT_YET": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if path := s.short(e.Get("PATH")); !strings.HasPrefix(path, "STAGE/app/wrap:STAGE/app/tools:/made/up:") {
		t.Errorf("PATH is %s", path)
	}
}

func TestDependenciesByName(t *testing.T) {
	s := newSite(t, graph)
	e, err := s.environment("app", nil)
	must(t, err)
	for name, want := range map[string]string{"lib": "STORE/lib", "deep": "STORE/deep", "c": "/usr", "gcc": "/usr", "perl": "STORE/perl", "absent": ""} {
		if got, ok := e.DepPrefix(name); s.short(got) != want || ok != (want != "") {
			t.Errorf("%s stands in %q, want %q", name, got, want)
		}
	}
	// lib is built with perl; whoever builds with lib does not see that.
	e, err = s.environment("lib", nil)
	must(t, err)
	if _, ok := e.Dep("automake"); ok {
		t.Error("lib sees a build tool of app")
	}
}

func TestTools(t *testing.T) {
	s := newSite(t, graph)
	must(t, os.WriteFile(filepath.Join(s.root, "store/perl/bin/perl"), []byte("#!/bin/sh\n"), 0o755))
	e, err := s.environment("app", nil)
	must(t, err)
	for name, want := range map[string]string{"cc": "STAGE/app/wrap/gcc", "cxx": "STAGE/app/wrap/g++", "perl": "STORE/perl/bin/perl", "sh": "/usr/bin/sh"} {
		if got, err := e.Tool(name); err != nil || s.short(got) != want {
			t.Errorf("%s is %s, %v; want %s", name, s.short(got), err, want)
		}
	}
	for name, want := range map[string]string{"fc": `depend on "fortran"`, "mpicc": "does not depend on mpi", "no-such-program": "neither"} {
		if _, err := e.Tool(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMissingCompiler(t *testing.T) {
	s := newSite(t, "gcc@12.2 [/usr compilers.c=/opt/gone/gcc]\napp@1 gcc:build:c")
	if _, err := s.environment("app", nil); err == nil || !strings.Contains(err.Error(), "/opt/gone/gcc") || !strings.Contains(err.Error(), "berth external find") {
		t.Errorf("got %v", err)
	}
	s = newSite(t, "icc@1 [/opt/x compilers.cxx=/bin/true]\napp@1 icc:build:c")
	if _, err := s.environment("app", nil); err == nil || !strings.Contains(err.Error(), "extra_attributes") {
		t.Errorf("got %v", err)
	}
}

func TestCompilerOutsideOfTheSystem(t *testing.T) {
	s := newSite(t, "gcc@13 [ROOT/opt/gcc compilers.c=/usr/bin/gcc flags.cflags=-pipe environment.set.GCC_EXEC_PREFIX=/x environment.prepend_path.P=/b environment.append_path.P=/c environment.set.P=/a environment.unset=GIT_CONFIG_NOSYSTEM:PYTHONNOUSERSITE extra_rpaths=/opt/rt]\napp@1 gcc:build:c")
	must(t, os.MkdirAll(filepath.Join(s.root, "opt/gcc/lib64"), 0o755))
	must(t, os.WriteFile(filepath.Join(s.root, "opt/gcc/lib64/libgcc_s.so.1"), nil, 0o644))
	e, err := s.environment("app", nil)
	must(t, err)
	if got := s.short(strings.Join(e.Wrapper.RPaths, " ")); got != "STORE/app/lib STORE/app/lib64 /opt/rt ROOT/opt/gcc/lib64" {
		t.Errorf("RPATHs: %s", got)
	}
	if e.Get("GCC_EXEC_PREFIX") != "/x" || strings.Join(e.Wrapper.Flags["cflags"], " ") != "-pipe" {
		t.Errorf("flags %v, environment %v", e.Wrapper.Flags, e.Vars)
	}
	if e.Get("P") != "/b:/a:/c" || e.Get("GIT_CONFIG_NOSYSTEM")+e.Get("PYTHONNOUSERSITE") != "" {
		t.Errorf("environment %v", e.Vars)
	}
}

// Of a runtime and a compiler, the newer one's libraries are found first, and nothing else of what stands beside a runtime.
func TestRuntimes(t *testing.T) {
	for version, want := range map[string]string{
		"13": "ROOT/opt/gcc-13/lib64 ROOT/opt/gcc-12/lib64",
		"11": "ROOT/opt/gcc-12/lib64 ROOT/opt/gcc-11/lib64",
	} {
		s := newSite(t, `
			gcc@12 [ROOT/opt/gcc-12 compilers.c=/usr/bin/gcc]
			gcc-runtime@`+version+` [ROOT/opt/gcc-`+version+`]
			lib@1 gcc-runtime:link
			app@1 gcc:build:c lib:link`)
		for _, v := range []string{"12", version} {
			for _, dir := range []string{"bin", "include", "lib/pkgconfig", "lib64"} {
				must(t, os.MkdirAll(filepath.Join(s.root, "opt/gcc-"+v, dir), 0o755))
			}
			must(t, os.WriteFile(filepath.Join(s.root, "opt/gcc-"+v, "lib64/libgcc_s.so.1"), nil, 0o644))
		}
		e, err := s.environment("app", nil)
		must(t, err)
		gcc := slices.DeleteFunc(slices.Clone(e.Wrapper.RPaths), func(dir string) bool { return !strings.Contains(dir, "/opt/") })
		if got := s.short(strings.Join(gcc, " ")); got != want {
			t.Errorf("RPATHs: %s, want %s", got, want)
		}
		for _, text := range append(slices.Concat(e.Wrapper.IncludeDirs, e.Wrapper.LibDirs), e.Get("PATH"), e.Get("CMAKE_PREFIX_PATH"), e.Get("PKG_CONFIG_PATH")) {
			if strings.Contains(text, "/opt/gcc-"+version) {
				t.Errorf("a build sees the compiler beside a runtime: %s", s.short(text))
			}
		}
	}
}

// TestMPI compiles through each MPI that this machine has, and looks whether our wrapper was called.
func TestMPI(t *testing.T) {
	tried := 0
	for _, mpi := range []string{"openmpi", "mpich"} {
		if _, err := os.Stat("/usr/bin/mpicc." + mpi); err != nil {
			continue
		}
		tried++
		t.Run(mpi, func(t *testing.T) {
			s := newSite(t, `
				gcc@12.2 [/usr compilers.c=/usr/bin/gcc compilers.cxx=/usr/bin/g++ compilers.fortran=/usr/bin/gfortran]
				`+mpi+`@4 [/usr wrappers.mpicc=/usr/bin/mpicc.`+mpi+` wrappers.mpifort=/usr/bin/mpifort.`+mpi+`]
				app@1 `+mpi+`:build,link:mpi gcc:build:c,fortran`)
			e, err := s.environment("app", nil)
			must(t, err)
			must(t, os.WriteFile(filepath.Join(s.root, "m.c"), []byte("#include <mpi.h>\nint main(int c, char **v) { return MPI_Init(&c, &v) || MPI_Finalize(); }\n"), 0o644))
			must(t, os.WriteFile(filepath.Join(s.root, "m.f90"), []byte("program m\nuse mpi\ninteger :: e\ncall MPI_Init(e)\ncall MPI_Finalize(e)\nend program\n"), 0o644))
			for _, line := range []string{"mpicc m.c -o mc", "mpif90 m.f90 -o mf"} {
				cmd := exec.Command("/bin/sh", "-c", line)
				cmd.Dir, cmd.Env = s.root, e.Vars
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%s: %v\n%s", line, err, out)
				}
			}
			log, _ := os.ReadFile(filepath.Join(s.root, "log"))
			for _, want := range []string{"wrap/gcc", "wrap/gfortran", "-march=x86-64-v3"} {
				if !strings.Contains(string(log), want) {
					t.Errorf("%s did not go through %s:\n%s", mpi, want, log)
				}
			}
			if out, err := exec.Command("/bin/sh", "-c", e.tools["mpicc"]+" -show").CombinedOutput(); err != nil || !strings.Contains(string(out), mpi[:4]) {
				t.Errorf("mpicc is not %s's: %s", mpi, out)
			}
			// There is no C++ wrapper here: the system's other one must not be found in its place.
			if _, err := e.Tool("mpicxx"); err == nil {
				t.Error("an mpicxx was found")
			}
			cmd := exec.Command("/bin/sh", "-c", "mpicxx --version")
			cmd.Env = e.Vars
			if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "has no mpicxx") {
				t.Errorf("mpicxx gives %v: %s", err, out)
			}
		})
	}
	if tried == 0 {
		t.Skip("no MPI here")
	}
}
