package envs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/modules"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// An environment whose packages run Python has a virtual environment of its own in .berth/python, on top of that Python: what pip
// installs goes there, beside the project, and never into the store or the user's home. The environment's own Python packages are
// seen in it through one .pth file, after what was installed by hand. It is the layout of venv(1), so that pip, uv and
// editors know it: pyvenv.cfg, bin, lib/pythonX.Y/site-packages.

// pythonDir is that virtual environment.
func (e *Environment) pythonDir() string { return filepath.Join(e.systemDir(), "python") }

// runPython is the Python that the packages of a list run, and whose modules they hold.
func runPython(list []modules.Package) (modules.Package, bool) {
	i := slices.IndexFunc(list, func(p modules.Package) bool { return p.Node.Name() == "python" && p.Prefix != "" })
	if i < 0 {
		return modules.Package{}, false
	}
	return list[i], true
}

// pythonFacts is what an interpreter tells of itself.
type pythonFacts struct {
	Executable string // "/usr/bin/python3.11"
	Version    []int  // {3, 11, 2}
	Pip        string // the directory that holds its package pip; "" if there is none
	Wheel      string // the wheel of pip that comes with it; "" if there is none
}

// askPython is the program that finds the facts. Nothing of the user's takes part in it (-I).
const askPython = `
import glob, importlib.util, json, os, sys
pip = importlib.util.find_spec("pip")
wheels = []
try:
    import ensurepip
    places = [os.path.join(os.path.dirname(ensurepip.__file__), "_bundled"), getattr(ensurepip, "_WHEEL_PKG_DIR", None) or ""]
    wheels = [w for place in places if place for w in sorted(glob.glob(os.path.join(place, "pip-*.whl")))]
except ImportError:
    pass
print(json.dumps({
    "Executable": getattr(sys, "_base_executable", sys.executable), "Version": list(sys.version_info[:3]),
    "Pip": os.path.dirname(os.path.dirname(pip.origin)) if pip and pip.origin else "", "Wheel": wheels[-1] if wheels else "",
}))`

// inspectPython runs the interpreter of a Python once.
func inspectPython(ctx context.Context, p modules.Package) (pythonFacts, error) {
	var facts pythonFacts
	program := pythonExecutable(p)
	cmd := exec.CommandContext(ctx, program, "-I", "-c", askPython)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
		}
		return facts, fmt.Errorf("ask %s what it is: %w", program, err)
	}
	if err := json.Unmarshal(out, &facts); err != nil || len(facts.Version) != 3 {
		return facts, fmt.Errorf("ask %s what it is: it answers %q", program, out)
	}
	return facts, nil
}

// pythonExecutable is the interpreter: the one that was found on the host, or the one of its version in its prefix.
func pythonExecutable(p modules.Package) string {
	if x := p.Node.External(); x != nil && filepath.IsAbs(x.Attributes["executable"]) {
		return x.Attributes["executable"]
	}
	exact := filepath.Join(p.Prefix, "bin", "python"+p.Node.Version().UpTo(2).String())
	if _, err := os.Stat(exact); err == nil {
		return exact
	}
	return filepath.Join(p.Prefix, "bin", "python3")
}

// writePython makes the virtual environment for the Python among the packages, and returns what activation adds for it. The packages whose
// modules it sees are taken off PYTHONPATH, which would hide what pip installs. Without a Python it does nothing.
func (e *Environment) writePython(ctx context.Context, s *Session, list []modules.Package) ([]packages.EnvMod, error) {
	python, ok := runPython(list)
	if !ok {
		return nil, nil
	}
	facts, err := inspectPython(ctx, python)
	if err != nil { // what else is in the environment is of use without it
		s.warn("%v; nothing can be installed with pip here", err)
		return nil, ctx.Err()
	}
	v := venv{dir: e.pythonDir(), name: filepath.Base(e.Dir), facts: facts}
	for i := range list {
		if site, ok := takeSite(&list[i], python.Node); ok {
			v.sites = append(v.sites, site)
		}
	}
	v.sites = append(v.sites, v.pipSites(list)...)
	if err := v.write(); err != nil {
		return nil, fmt.Errorf("make %s: %w", v.dir, err)
	}
	if left := v.leftBehind(); len(left) > 0 {
		s.warn("Python is now %s; what pip installed for another one is not seen by it: %s", v.short(), strings.Join(left, ", "))
	}
	return []packages.EnvMod{
		{Op: packages.EnvPrepend, Name: "PATH", Value: filepath.Join(v.dir, "bin")},
		{Op: packages.EnvSet, Name: "VIRTUAL_ENV", Value: v.dir},
		{Op: packages.EnvUnset, Name: "PYTHONHOME"},
		{Op: packages.EnvSet, Name: "PIP_USER", Value: "0"}, // whatever the user's pip.conf says
	}, nil
}

// takeSite takes the directory of a package's Python modules off its PYTHONPATH; ok is false if it has none for that Python.
func takeSite(p *modules.Package, python *dag.Node) (site string, ok bool) {
	if needed, uses := p.Node.Dep("python"); !uses || needed != python || p.Prefix == "" {
		return "", false
	}
	site = filepath.Join(p.Prefix, packages.SitePackages(p.Node))
	p.RunEnv = slices.DeleteFunc(slices.Clone(p.RunEnv), func(m packages.EnvMod) bool {
		return m.Name == "PYTHONPATH" && m.Op == packages.EnvPrepend && m.Expand(p.Node, p.Prefix).Value == site
	})
	info, err := os.Stat(site)
	return site, err == nil && info.IsDir()
}

// venv is a virtual environment as it is to be.
type venv struct {
	dir   string
	name  string // for prompts
	facts pythonFacts
	sites []string // directories whose modules it sees, beside its own
}

// short is the version that Python names directories by: "3.11".
func (v *venv) short() string { return fmt.Sprintf("%d.%d", v.facts.Version[0], v.facts.Version[1]) }

func (v *venv) site() string { return filepath.Join(v.dir, "lib", "python"+v.short(), "site-packages") }

// pipSites says where pip comes from if no package of the environment is it: from what the interpreter itself would use, and nothing else
// of what is installed there.
func (v *venv) pipSites(list []modules.Package) []string {
	switch {
	case slices.ContainsFunc(list, func(p modules.Package) bool { return p.Node.Name() == "py-pip" }):
		return nil
	case v.facts.Pip != "":
		return []string{v.pipDir()}
	case v.facts.Wheel != "":
		return []string{v.facts.Wheel}
	}
	return nil
}

// pipDir holds links to the interpreter's own pip: in a directory apart, so that pip takes itself for somebody else's and leaves it alone.
func (v *venv) pipDir() string { return filepath.Join(v.dir, "pip") }

func (v *venv) write() error {
	bin := filepath.Join(v.dir, "bin")
	for _, dir := range []string{bin, v.site()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	for _, name := range []string{"python", "python3", "python" + v.short()} {
		if err := link(v.facts.Executable, filepath.Join(bin, name)); err != nil {
			return err
		}
	}
	config := fmt.Sprintf("home = %s\ninclude-system-site-packages = false\nversion = %s.%d\nprompt = %s\n",
		filepath.Dir(v.facts.Executable), v.short(), v.facts.Version[2], v.name)
	if err := writeFile(filepath.Join(v.dir, "pyvenv.cfg"), []byte(config)); err != nil {
		return err
	}
	var pth strings.Builder
	for _, site := range v.sites {
		fmt.Fprintf(&pth, "import site; site.addsitedir(%s)\n", pythonString(site))
	}
	if err := writeFile(filepath.Join(v.site(), "berth.pth"), []byte(pth.String())); err != nil {
		return err
	}
	if err := v.writePip(); err != nil {
		return err
	}
	return v.writePipScripts(bin)
}

// writePip links the interpreter's own pip, if that is the one to be used.
func (v *venv) writePip() error {
	if err := os.RemoveAll(v.pipDir()); err != nil || !slices.Contains(v.sites, v.pipDir()) {
		return err
	}
	if err := os.MkdirAll(v.pipDir(), 0o755); err != nil {
		return err
	}
	about, _ := filepath.Glob(filepath.Join(v.facts.Pip, "pip-*-info"))
	for _, path := range append(about, filepath.Join(v.facts.Pip, "pip")) {
		if err := os.Symlink(path, filepath.Join(v.pipDir(), filepath.Base(path))); err != nil {
			return err
		}
	}
	return nil
}

// writePipScripts makes the commands pip and pip3, unless pip itself put its own there.
func (v *venv) writePipScripts(bin string) error {
	script := "#!/bin/sh\nexec " + packages.ShellWord(filepath.Join(bin, "python3")) + " -m pip \"$@\"\n"
	for _, name := range []string{"pip", "pip3"} {
		path := filepath.Join(bin, name)
		if text, err := os.ReadFile(path); err == nil && !strings.HasPrefix(string(text), "#!/bin/sh\nexec ") {
			continue
		}
		if err := writeFile(path, []byte(script)); err != nil {
			return err
		}
		if err := os.Chmod(path, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// leftBehind names the distributions that are installed for other versions of Python.
func (v *venv) leftBehind() []string {
	var names []string
	infos, _ := filepath.Glob(filepath.Join(v.dir, "lib", "python*", "site-packages", "*.dist-info"))
	for _, info := range infos {
		if filepath.Dir(info) == v.site() {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(info), ".dist-info"), "-")
		if here, _ := filepath.Glob(filepath.Join(v.site(), name+"-*.dist-info")); len(here) == 0 && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// link makes path a symbolic link to target, in one step.
func link(target, path string) error {
	if have, err := os.Readlink(path); err == nil && have == target {
		return nil
	}
	return durable.Symlink(target, path)
}

// pythonString is s as a literal of Python.
func pythonString(s string) string {
	return strconv.QuoteToASCII(s) // Python reads what Go writes
}
