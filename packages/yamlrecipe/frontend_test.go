package yamlrecipe

import (
	"archive/zip"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// frontendRun runs the frontend with this machine's Python.
type frontendRun struct {
	t      *testing.T
	root   string
	config frontendConfig
}

func newFrontend(t *testing.T) *frontendRun {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("there is no Python here")
	}
	root := t.TempDir()
	f := &frontendRun{t: t, root: root, config: frontendConfig{
		Name: "py-demo", Version: "1.0", Source: root + "/source", Work: root + "/work", Prefix: root + "/prefix",
		Build: []string{}, Run: []string{}, Settings: map[string][]string{}, Imports: []string{}, Copy: []string{}, Scripts: []string{},
	}}
	for _, dir := range []string{"source", "work", "prefix"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	f.put("frontend.py", string(frontend))
	return f
}

func (f *frontendRun) put(path, text string) {
	f.t.Helper()
	full := filepath.Join(f.root, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// run runs phases and returns what the last one printed, and whether all ended well.
func (f *frontendRun) run(phases ...string) (string, bool) {
	f.t.Helper()
	text, err := json.Marshal(f.config)
	if err != nil {
		f.t.Fatal(err)
	}
	f.put("config.json", string(text))
	var out []byte
	for _, phase := range phases {
		c := exec.Command("python3", "-I", filepath.Join(f.root, "frontend.py"), filepath.Join(f.root, "config.json"), phase)
		c.Dir = f.config.Source
		if out, err = c.CombinedOutput(); err != nil {
			return string(out), false
		}
	}
	return string(out), true
}

// wheel makes the source a wheel of these files.
func (f *frontendRun) wheel(files map[string]string) {
	f.t.Helper()
	out, err := os.Create(filepath.Join(f.config.Source, "demo-1.0-py3-none-any.whl"))
	if err != nil {
		f.t.Fatal(err)
	}
	defer out.Close()
	z := zip.NewWriter(out)
	for name, text := range files {
		w, err := z.Create(name)
		if err != nil {
			f.t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			f.t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		f.t.Fatal(err)
	}
}

// installed lists what stands below the prefix, with the version of Python left out.
func (f *frontendRun) installed() []string {
	var list []string
	filepath.WalkDir(f.config.Prefix, func(path string, d os.DirEntry, err error) error {
		if name, _ := filepath.Rel(f.config.Prefix, path); err == nil && !d.IsDir() && !strings.Contains(name, "__pycache__") {
			parts := strings.Split(name, "/")
			for i, p := range parts {
				if strings.HasPrefix(p, "python3.") {
					parts[i] = "pythonX.Y"
				}
			}
			list = append(list, strings.Join(parts, "/"))
		}
		return nil
	})
	slices.Sort(list)
	return list
}

func wheelFiles(more map[string]string) map[string]string {
	files := map[string]string{
		"demo.py":                     "def main():\n    print('demo runs')\n",
		"demo-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
		"demo-1.0.dist-info/WHEEL":    "Wheel-Version: 1.0\nTag: py3-none-any\n",
		"demo-1.0.dist-info/RECORD":   "",
	}
	for name, text := range more {
		files[name] = text
	}
	return files
}

func TestFrontendWheel(t *testing.T) {
	f := newFrontend(t)
	f.wheel(wheelFiles(map[string]string{
		"demo-1.0.data/scripts/tool":          "#!python\nimport demo; demo.main()\n",
		"demo-1.0.data/data/share/demo/table": "1",
		"demo-1.0.data/headers/demo.h":        "",
		"demo-1.0.data/platlib/demo_data.py":  "",
		"demo-1.0.dist-info/entry_points.txt": "[console_scripts]\ndemo = demo:main\nwith-extra = demo:main [extra]\n[other]\nx = y\n",
	}))
	f.config.Imports = []string{"demo", "demo_data"}
	if out, ok := f.run("build", "install", "check"); !ok {
		t.Fatal(out)
	}
	site := "lib/pythonX.Y/site-packages/"
	want := []string{
		"bin/demo", "bin/tool", "bin/with-extra", "include/pythonX.Y/demo/demo.h",
		site + "demo-1.0.dist-info/INSTALLER", site + "demo-1.0.dist-info/METADATA", site + "demo-1.0.dist-info/RECORD",
		site + "demo-1.0.dist-info/WHEEL", site + "demo-1.0.dist-info/entry_points.txt", site + "demo.py", site + "demo_data.py",
		"libexec/berth-py-demo/bin/python", "libexec/berth-py-demo/bin/python3", "libexec/berth-py-demo/" + site + "berth.pth",
		"libexec/berth-py-demo/pyvenv.cfg", "share/demo/table",
	}
	if diff := cmp.Diff(want, f.installed()); diff != "" {
		t.Error(diff)
	}
	for _, script := range []string{"demo", "tool", "with-extra"} {
		c := exec.Command(filepath.Join(f.config.Prefix, "bin", script))
		c.Env = []string{}
		if out, err := c.CombinedOutput(); string(out) != "demo runs\n" {
			t.Errorf("%s: %v: %s", script, err, out)
		}
	}
}

// TestFrontendHostile holds that a wheel cannot write outside of the prefix, and what is no wheel is told so.
func TestFrontendHostile(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"above", wheelFiles(map[string]string{"../../../../evil.py": ""}), "leads out of the prefix"},
		{"absolute", wheelFiles(map[string]string{"/tmp/evil.py": ""}), "leads out of the prefix"},
		{"data above", wheelFiles(map[string]string{"demo-1.0.data/data/../../evil": ""}), "leads out of the prefix"},
		{"unknown scheme", wheelFiles(map[string]string{"demo-1.0.data/root/etc/evil": ""}), "belongs to no known place"},
		{"script", wheelFiles(map[string]string{"demo-1.0.dist-info/entry_points.txt": "[console_scripts]\n../../evil = demo:main\n"}), "cannot be read"},
		{"code in a script", wheelFiles(map[string]string{"demo-1.0.dist-info/entry_points.txt": "[console_scripts]\nevil = demo:main();evil\n"}), "cannot be read"},
		{"two distributions", wheelFiles(map[string]string{"other-1.0.dist-info/WHEEL": ""}), "it has 2 .dist-info directories"},
		{"no distribution", map[string]string{"demo.py": ""}, "it has 0 .dist-info directories"},
		{"of a later time", wheelFiles(map[string]string{"demo-1.0.dist-info/WHEEL": "Wheel-Version: 2.0\n"}), "unknown Wheel-Version"},
	} {
		f := newFrontend(t)
		f.wheel(c.files)
		out, ok := f.run("build", "install")
		if ok || !strings.Contains(out, c.want) || strings.Contains(out, "Traceback") {
			t.Errorf("%s: ended well %t, and says %q, want %q", c.name, ok, out, c.want)
		}
		filepath.WalkDir(f.root, func(path string, d os.DirEntry, err error) error {
			if strings.HasPrefix(filepath.Base(path), "evil") && !strings.HasPrefix(path, f.config.Prefix) {
				t.Errorf("%s: there is %s", c.name, path)
			}
			return nil
		})
	}
}

// TestFrontendBuildTable holds the reader for Pythons without a TOML reader against the real one.
func TestFrontendBuildTable(t *testing.T) {
	f := newFrontend(t)
	for _, text := range []string{
		"[build-system]\nrequires = [\"a\"]\nbuild-backend = \"flit_core.buildapi\"\n",
		"[project]\nname = 'x'\n[build-system] # how\nbuild-backend = 'backend:x.y'\nbackend-path = ['.', \"in/tree\"] # here\n[tool.x]\nbuild-backend = 'no'\n",
		"[build-system]\nbackend-path = [\n  '.',\n]\n[[tool.y]]\n",
		"[tool.z]\nbuild-backend = 'no'\n",
	} {
		f.put("pyproject.toml", text)
		const program = `
import json, sys
source = open(sys.argv[1]).read().rsplit("main()\n", 1)[0]
exec(source)
real = {k: v for k, v in read_toml(sys.argv[2]).items() if k != "requires"}
print(json.dumps([real, build_table(sys.argv[2])]))`
		out, err := exec.Command("python3", "-I", "-c", program, filepath.Join(f.root, "frontend.py"), filepath.Join(f.root, "pyproject.toml")).CombinedOutput()
		var both [2]map[string]any
		if err != nil || json.Unmarshal(out, &both) != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if diff := cmp.Diff(both[0], both[1]); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// TestFrontendBackend holds what is told where no wheel can be made.
func TestFrontendBackend(t *testing.T) {
	for _, c := range []struct{ project, want string }{
		{"[build-system]\nbuild-backend = 'nobody.knows'\n", "the build backend nobody.knows cannot be imported"},
		{"[build-system]\nbuild-backend = 'x'\nbackend-path = ['../..']\n", "leads out of the source"},
		{"[build-system]\n", "the build backend setuptools.build_meta:__legacy__ cannot be imported"},
	} {
		f := newFrontend(t)
		f.put("source/pyproject.toml", c.project)
		if out, ok := f.run("build"); ok || !strings.Contains(out, c.want) {
			t.Errorf("ended well %t, and says %q, want %q", ok, out, c.want)
		}
	}
	f := newFrontend(t)
	if out, ok := f.run("install"); ok || !strings.Contains(out, "there is no wheel to install") {
		t.Errorf("ended well %t, and says %q", ok, out)
	}
	f.config.Copy = []string{"nothing"}
	if out, ok := f.run("install"); ok || !strings.Contains(out, "there is nothing to copy: nothing") {
		t.Errorf("ended well %t, and says %q", ok, out)
	}
}

func TestFrontendCopy(t *testing.T) {
	f := newFrontend(t)
	f.put("source/tool/__init__.py", "def main():\n    print('tool runs')\n")
	f.put("source/tool/data/x", "1")
	f.put("source/single.py", "")
	f.config.Copy, f.config.Scripts, f.config.Imports = []string{"tool", "single.py"}, []string{"tool = tool:main"}, []string{"tool", "single"}
	if out, ok := f.run("build", "install", "check"); !ok {
		t.Fatal(out)
	}
	if out, err := exec.Command(filepath.Join(f.config.Prefix, "bin/tool")).CombinedOutput(); string(out) != "tool runs\n" {
		t.Errorf("%v: %s", err, out)
	}
	if diff := cmp.Diff([]string{"lib/pythonX.Y/site-packages/tool/__init__.py", "lib/pythonX.Y/site-packages/tool/data/x"}, slices.DeleteFunc(f.installed(), func(s string) bool {
		return !strings.Contains(s, "/tool/")
	})); diff != "" {
		t.Error(diff)
	}
}
