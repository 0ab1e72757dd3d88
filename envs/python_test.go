package envs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/modules"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

func pythonEnvNode(t *testing.T, name, version string, edges ...dag.Edge) *dag.Node {
	t.Helper()
	n, err := dag.New(dag.Attrs{Name: name, Version: spec.MustVersion(version), Platform: "linux", OS: "debian12", Target: "x86_64"}, edges)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestTakeSite holds which packages give up their place on PYTHONPATH: those that were built for the environment's Python.
func TestTakeSite(t *testing.T) {
	python, other := pythonEnvNode(t, "python", "3.11.2"), pythonEnvNode(t, "python", "3.12.1")
	env := []packages.EnvMod{
		{Op: packages.EnvPrepend, Name: "PYTHONPATH", Value: "{prefix}/{site-packages}"},
		{Op: packages.EnvPrepend, Name: "PYTHONPATH", Value: "{prefix}/plugins"},
		{Op: packages.EnvSet, Name: "HOME_OF", Value: "{prefix}"},
	}
	for _, c := range []struct {
		name string
		on   *dag.Node
		site bool
		left int
	}{{"of ours", python, true, 2}, {"of another", other, false, 3}, {"of none", nil, false, 3}} {
		var edges []dag.Edge
		if c.on != nil {
			edges = []dag.Edge{{To: c.on, Types: spec.Build | spec.Run}}
		}
		prefix := t.TempDir()
		if err := os.MkdirAll(filepath.Join(prefix, "lib/python3.11/site-packages"), 0o755); err != nil {
			t.Fatal(err)
		}
		p := modules.Package{Node: pythonEnvNode(t, "numpy", "1", edges...), Prefix: prefix, RunEnv: env}
		site, ok := takeSite(&p, python)
		if ok != c.site || ok && site != filepath.Join(prefix, "lib/python3.11/site-packages") || len(p.RunEnv) != c.left {
			t.Errorf("%s: %q, %t, left %v", c.name, site, ok, p.RunEnv)
		}
	}
	if len(env) != 3 || env[0].Name != "PYTHONPATH" {
		t.Error("the recipe's own list was changed")
	}
}

// TestVenv follows a virtual environment through the changes that it sees: pip put in by hand, another Python, pip in the environment.
func TestVenv(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a project", ".berth", "python")
	host := t.TempDir()
	for _, path := range []string{"pip", "pip-23.0.dist-info", "secret"} {
		if err := os.Mkdir(filepath.Join(host, path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	v := venv{dir: dir, name: "a project", facts: pythonFacts{Executable: "/usr/bin/python3.11", Version: []int{3, 11, 2}, Pip: host}}
	v.sites = append([]string{"/store/numpy's \"site\""}, v.pipSites(nil)...)
	write := func() {
		t.Helper()
		if err := v.write(); err != nil {
			t.Fatal(err)
		}
	}
	read := func(path string) string {
		text, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	write()
	want := "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\nprompt = a project\n"
	if diff := cmp.Diff(want, read("pyvenv.cfg")); diff != "" {
		t.Error(diff)
	}
	want = "import site; site.addsitedir(\"/store/numpy's \\\"site\\\"\")\nimport site; site.addsitedir(\"" + dir + "/pip\")\n"
	if diff := cmp.Diff(want, read("lib/python3.11/site-packages/berth.pth")); diff != "" {
		t.Error(diff)
	}
	if script := read("bin/pip"); script != "#!/bin/sh\nexec '"+dir+"/bin/python3' -m pip \"$@\"\n" {
		t.Errorf("bin/pip is %q", script)
	}
	links, _ := os.ReadDir(filepath.Join(dir, "pip"))
	if len(links) != 2 {
		t.Errorf("of what the host's Python has, %v shows", links)
	}

	// What is installed by hand stays, pip's own commands too.
	own := "#!" + dir + "/bin/python3\n"
	for path, text := range map[string]string{"bin/pip": own, "lib/python3.11/site-packages/requests-2.0.dist-info/METADATA": ""} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write()
	if read("bin/pip") != own || len(v.leftBehind()) != 0 {
		t.Errorf("bin/pip is %q, left behind %v", read("bin/pip"), v.leftBehind())
	}

	// Another Python: what was installed for the old one is told of, until it is installed for the new one too.
	v.facts.Executable, v.facts.Version = "/store/python/bin/python3.12", []int{3, 12, 1}
	write()
	if target, _ := os.Readlink(filepath.Join(dir, "bin/python3")); target != v.facts.Executable {
		t.Errorf("bin/python3 is %s", target)
	}
	if left := strings.Join(v.leftBehind(), " "); left != "requests" {
		t.Errorf("left behind: %q", left)
	}
	if err := os.Mkdir(filepath.Join(v.site(), "requests-2.1.dist-info"), 0o755); err != nil {
		t.Fatal(err)
	}
	if left := v.leftBehind(); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}

	// With py-pip in the environment the interpreter's own is not wanted any more; without either, the wheel that comes with Python is.
	v.sites = v.pipSites([]modules.Package{{Node: pythonEnvNode(t, "py-pip", "24")}})
	write()
	if _, err := os.Stat(filepath.Join(dir, "pip")); err == nil {
		t.Error("the host's pip is still there")
	}
	v.facts.Pip, v.facts.Wheel = "", "/store/python/pip.whl"
	if sites := v.pipSites(nil); len(sites) != 1 || sites[0] != v.facts.Wheel {
		t.Errorf("pip comes from %v", sites)
	}
}
