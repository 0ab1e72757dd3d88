package modules

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// system is a module command, as its own shell function would call it.
type system struct {
	name    string
	argv    []string // followed by: bash load NAME
	formats []Format
}

// systems are the module commands of this machine: where the distributions and test/setup.sh put them.
func systems(t *testing.T) []system {
	candidates := []struct {
		name, pattern string
		interpreter   []string
		formats       []Format
	}{
		{"lmod", "/usr/share/lmod/lmod/libexec/lmod", nil, []Format{Lua, Tcl}},
		{"environment-modules", "/usr/lib/*/modulecmd.tcl", []string{"tclsh"}, []Format{Tcl}},
		{"environment-modules", "/usr/share/Modules/libexec/modulecmd.tcl", []string{"tclsh"}, []Format{Tcl}},
		{"environment-modules", "/usr/local/lib/berth-test/environment-modules/usr/lib/*/modulecmd.tcl", []string{"tclsh"}, []Format{Tcl}},
	}
	var found []system
	for _, c := range candidates {
		paths, _ := filepath.Glob(c.pattern)
		if len(paths) > 0 && !slices.ContainsFunc(found, func(s system) bool { return s.name == c.name }) {
			found = append(found, system{c.name, append(slices.Clone(c.interpreter), paths[0]), c.formats})
		}
	}
	if len(found) == 0 {
		t.Skip("neither Lmod nor Environment Modules is here (test/setup.sh installs them)")
	}
	return found
}

// script runs module commands ("load hdf5") and other lines in one bash and returns what they printed.
func (s system) script(t *testing.T, dir string, environ []string, lines ...string) string {
	t.Helper()
	var argv []string
	for _, a := range s.argv {
		argv = append(argv, packages.ShellWord(a))
	}
	text := "module() { eval \"$(" + strings.Join(argv, " ") + ` bash "$@")"; }` + "\n" + strings.Join(lines, "\n")
	cmd := exec.Command("bash", "--norc", "-c", text)
	cmd.Env = append([]string{
		"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + t.TempDir(), "MODULEPATH=" + dir, "LMOD_DIR=/usr/share/lmod/lmod/libexec", "LMOD_PAGER=none",
		"LMOD_CMD=" + s.argv[0], "USER=u", "LMOD_SYSTEM_DEFAULT_MODULES=", "LOADEDMODULES=", "MODULES_VERBOSITY=concise",
	}, environ...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s\n%s", s.name, err, text, out)
	}
	return string(out)
}

// environment is what the commands leave, sorted, without what the module system keeps for itself.
func (s system) environment(t *testing.T, dir string, environ []string, lines ...string) []string {
	t.Helper()
	out := s.script(t, dir, environ, append(lines, "echo ENVIRONMENT; env -0")...)
	said, env, _ := strings.Cut(out, "ENVIRONMENT\n")
	if said != "" {
		t.Fatalf("%s %v: %s", s.name, lines, said)
	}
	var got []string
	for _, entry := range strings.Split(strings.TrimSuffix(env, "\x00"), "\x00") {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case strings.HasPrefix(name, "LMOD_"), strings.HasPrefix(name, "__LMOD"), strings.HasPrefix(name, "_LM"), strings.HasPrefix(name, "_Module"),
			strings.HasPrefix(name, "__MODULES"), strings.HasPrefix(name, "MODULES_"), strings.HasPrefix(name, "LOADEDMODULES"), strings.HasPrefix(name, "BASH_FUNC"):
		case slices.Contains([]string{"_", "SHLVL", "PWD", "OLDPWD", "HOME", "USER", "MODULEPATH", "MODULEPATH_modshare"}, name):
		case name == "MANPATH": // the system's pages come last, whatever came before
			got = append(got, name+"="+strings.TrimRight(value, ":"))
		default:
			got = append(got, entry)
		}
	}
	slices.Sort(got)
	return got
}

// TestLoad holds that loading a module and packages.ApplyEnv give the same environment, that what a package needs is loaded with it, and that
// unloading gives the old environment back.
func TestLoad(t *testing.T) {
	list := sample(t)
	hdf5, mpich, zlib := list[0], list[3], list[5]
	name := "hdf5/1.14.5-" + hdf5.Node.ShortHash()
	environ := []string{"MANPATH=/my/man", "XDG_DATA_DIRS=/usr/share", "HDF5_PLUGIN_PATH=mine", "HDF5_LIST=zero", "CMAKE_PREFIX_PATH=/my/cmake"}
	for _, s := range systems(t) {
		for _, format := range s.formats {
			t.Run(s.name+"/"+string(format), func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "modules")
				write(t, dir, list, Options{Format: format})
				want := append([]string{"PATH=/usr/local/bin:/usr/bin:/bin"}, environ...)
				before := slices.Sorted(slices.Values(want))
				for _, p := range inLoadOrder(hdf5.Node, mpich, zlib) {
					p.Root = true
					want = packages.ApplyEnv(want, Environment([]Package{p}))
				}
				hdf5 := hdf5
				hdf5.Root = true
				want = packages.ApplyEnv(want, Environment([]Package{hdf5}))
				slices.Sort(want)
				if diff := cmp.Diff(want, s.environment(t, dir, environ, "module load "+name)); diff != "" {
					t.Errorf("-ApplyEnv +loaded:\n%s", diff)
				}
				if s.forgets(format) {
					before = slices.DeleteFunc(before, func(e string) bool { return strings.HasPrefix(e, "HDF5_PLUGIN_PATH=") })
				}
				if diff := cmp.Diff(before, s.environment(t, dir, environ, "module load "+name, "module unload "+name)); diff != "" {
					t.Errorf("-before +unloaded:\n%s", diff)
				}
			})
		}
	}
}

// forgets reports whether unloading unsets a variable that had another value before: Lmod's way with Tcl files.
func (s system) forgets(format Format) bool { return s.name == "lmod" && format == Tcl }

// inLoadOrder are the packages in the order of a node's edges, in which their modules are loaded.
func inLoadOrder(n *dag.Node, list ...Package) []Package {
	var ordered []Package
	for _, e := range n.Edges() {
		for _, p := range list {
			if p.Node == e.To {
				ordered = append(ordered, p)
			}
		}
	}
	return ordered
}

// TestLoadAnother holds that a second version does not come to stand beside the first, nor a second MPI, nor a second environment:
// Lmod replaces, Environment Modules replaces or refuses.
func TestLoadAnother(t *testing.T) {
	environments := []EnvironmentModule{
		{Name: "one", Dir: "/home/u/one", Mods: one}, {Name: "two", Dir: "/home/u/two", Mods: two},
	}
	for _, s := range systems(t) {
		for _, format := range s.formats {
			dir := filepath.Join(t.TempDir(), "modules")
			write(t, dir, sample(t), Options{Format: format, Environments: environments})
			for _, pair := range [][2]string{{"hdf5/1.12", "hdf5/1.14.5-" + sample(t)[0].Node.ShortHash()}, {"mpich/4.2", "openmpi/5.0"}, {"berth/one", "berth/two"}} {
				out := s.script(t, dir, nil, "module load "+pair[0], "module load "+pair[1]+" >/dev/null 2>&1 || :", `echo ":$LOADEDMODULES:"`)
				if strings.Contains(out, ":"+pair[0]+":") == strings.Contains(out, ":"+pair[1]+":") {
					t.Errorf("%s, %s: after loading %v: %s", s.name, format, pair, out)
				}
			}
		}
	}
}

// TestLoadEnvironment holds that an environment's module does what activating it does.
func TestLoadEnvironment(t *testing.T) {
	odd := []packages.EnvMod{
		{Op: packages.EnvSet, Name: "QUOTES", Value: `it's "q" \ $HOME [x] {y` + "`z`"},
		{Op: packages.EnvPrepend, Name: "LIST", Value: "/b b"}, {Op: packages.EnvPrepend, Name: "LIST", Value: "/c:/d"}, {Op: packages.EnvAppend, Name: "LIST", Value: "/e"},
		{Op: packages.EnvSet, Name: "CC", Value: "new"},
	}
	environ := []string{"CC=old", "LIST=/z"}
	e := EnvironmentModule{Name: "odd", Dir: "/home/u/odd dir", Mods: odd}
	for _, s := range systems(t) {
		for _, format := range s.formats {
			dir := filepath.Join(t.TempDir(), "modules")
			write(t, dir, nil, Options{Format: format, Environments: []EnvironmentModule{e}})
			before := append([]string{"PATH=/usr/local/bin:/usr/bin:/bin"}, environ...)
			want := slices.Sorted(slices.Values(packages.ApplyEnv(before, withName(odd, e.Dir))))
			if diff := cmp.Diff(want, s.environment(t, dir, environ, "module load berth/odd")); diff != "" {
				t.Errorf("%s, %s: -ApplyEnv +loaded:\n%s", s.name, format, diff)
			}
			slices.Sort(before)
			if s.forgets(format) {
				before = slices.DeleteFunc(before, func(e string) bool { return strings.HasPrefix(e, "CC=") })
			}
			if diff := cmp.Diff(before, s.environment(t, dir, environ, "module load berth/odd", "module unload berth/odd")); diff != "" {
				t.Errorf("%s, %s: -before +unloaded:\n%s", s.name, format, diff)
			}
		}
	}
}

// TestTell holds that help, whatis, avail and Lmod's spider tell what a person looks for.
func TestTell(t *testing.T) {
	list := sample(t)
	e := EnvironmentModule{Name: "project", Dir: "/home/u/project", Nodes: []*dag.Node{node(t, "py-numpy@=1.26.4", nil, nil)}}
	for _, s := range systems(t) {
		for _, format := range s.formats {
			dir := filepath.Join(t.TempDir(), "modules")
			write(t, dir, list, Options{Format: format, Environments: []EnvironmentModule{e}})
			asks := map[string][]string{
				"module whatis zlib/1.3.1": {"Version: 1.3.1", `Description: the zlib "library" [of $HOME {x}] \ more`, "URL: https://zlib.org"},
				"module help zlib/1.3.1":   {`the zlib "library" [of $HOME {x}] \ more`, "/" + list[5].Node.Hash()},
				"module -t avail":          {"hdf5/1.12", "zlib/1.3.1", "berth/project"},
			}
			if s.name == "lmod" {
				asks["module spider py-numpy"] = []string{"py-numpy/1.26.4"}
			}
			for ask, wants := range asks {
				out := s.script(t, dir, nil, ask+" 2>&1")
				for _, want := range wants {
					if !strings.Contains(out, want) {
						t.Errorf("%s, %s: %s does not tell %q:\n%s", s.name, format, ask, want, out)
					}
				}
			}
		}
	}
}

// TestOldTcl holds that a file is good for an Environment Modules that knows nothing of what came with 5.1.
func TestOldTcl(t *testing.T) {
	tclsh, err := exec.LookPath("tclsh")
	if err != nil {
		t.Skip("no tclsh here")
	}
	m := packageModule(Package{Node: sample(t)[0].Node, RunEnv: []packages.EnvMod{{Op: packages.EnvSet, Name: "A", Value: "1"}}}, moduleNames(sample(t)))
	m.extensions, m.family = []string{"x/1"}, "compiler"
	file := filepath.Join(t.TempDir(), "old.tcl")
	text := "foreach c {module-whatis conflict module setenv prepend-path append-path} { proc $c args \"puts \\\"$c \\$args\\\"\" }\n" + m.tcl()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tclsh, file).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "module load zlib/1.3.1\n") || !strings.Contains(string(out), "setenv A 1\n") {
		t.Errorf("%v\n%s", err, out)
	}
}
