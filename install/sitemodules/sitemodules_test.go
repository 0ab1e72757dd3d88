package sitemodules

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages"
)

// systems are environments in which this machine's module commands are found, as a shell after its start files has them.
func systems(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	if _, err := os.Stat("/usr/share/lmod/lmod/libexec/lmod"); err == nil {
		found["lmod"] = []string{"LMOD_CMD=/usr/share/lmod/lmod/libexec/lmod", "LMOD_DIR=/usr/share/lmod/lmod/libexec"}
		found["lmod by its start file"] = []string{"MODULESHOME=/usr/share/lmod/lmod"}
	}
	for _, pattern := range []string{"/usr/lib/*/modulecmd.tcl", "/usr/share/Modules/libexec/modulecmd.tcl", "/usr/local/lib/berth-test/environment-modules/usr/lib/*/modulecmd.tcl"} {
		if paths, _ := filepath.Glob(pattern); len(paths) > 0 {
			found["environment-modules"] = []string{"MODULES_CMD=" + paths[0]}
			found["a function of the user's"] = []string{`BASH_FUNC_module%%=() {  eval "$(tclsh ` + paths[0] + ` bash "$@")"` + "\n}"}
		}
	}
	if len(found) == 0 {
		t.Skip("neither Lmod nor Environment Modules is here (test/setup.sh installs them)")
	}
	return found
}

// tree is a directory of module files that both systems read: a hierarchy, as sites have them.
func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for path, text := range map[string]string{
		"core/PrgEnv-gnu/8.5": "#%Module1.0\nsetenv PE_ENV GNU\nprepend-path MODULEPATH " + dir + "/gnu\nprepend-path PATH /opt/pe/bin\n",
		"gnu/mpich/4.1": "#%Module1.0\nprepend-path PATH /opt/mpich/bin\nprepend-path LD_LIBRARY_PATH /opt/mpich/lib\nprepend-path LD_LIBRARY_PATH /opt/mpich/lib64\n" +
			"append-path MANPATH /opt/mpich/man\nsetenv MPICH_DIR {/opt/mpich with blank}\nunsetenv GONE\nset-alias x y\n",
		"core/broken/1": "#%Module1.0\nno-such-command\n",
	} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoad(t *testing.T) {
	dir := tree(t)
	want := []packages.EnvMod{
		{Op: packages.EnvPrepend, Name: "LD_LIBRARY_PATH", Value: "/opt/mpich/lib"},
		{Op: packages.EnvPrepend, Name: "LD_LIBRARY_PATH", Value: "/opt/mpich/lib64"},
		{Op: packages.EnvSet, Name: "MPICH_DIR", Value: "/opt/mpich with blank"},
		{Op: packages.EnvPrepend, Name: "PATH", Value: "/opt/pe/bin"},
		{Op: packages.EnvPrepend, Name: "PATH", Value: "/opt/mpich/bin"},
		{Op: packages.EnvSet, Name: "PE_ENV", Value: "GNU"},
	}
	for name, env := range systems(t) {
		t.Run(name, func(t *testing.T) {
			l := &Loader{Env: append(env, "MODULEPATH="+dir+"/core", "LOADEDMODULES=ghost/1", "SECRET=x", "PATH=/users/own/bin", "LD_LIBRARY_PATH=/users/own")}
			mods, err := l.Load(t.Context(), []string{"PrgEnv-gnu", "mpich/4.1"})
			if err != nil {
				t.Fatal(err)
			}
			var got []packages.EnvMod
			for _, m := range mods {
				if m.Name != "MANPATH" { // whether it is set before differs
					got = append(got, m)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if again, err := l.Load(t.Context(), []string{"PrgEnv-gnu", "mpich/4.1"}); err != nil || len(again) != len(mods) {
				t.Errorf("the second time: %v, %v", again, err)
			}
		})
	}
}

func TestLoadFails(t *testing.T) {
	dir := tree(t)
	for name, env := range systems(t) {
		t.Run(name, func(t *testing.T) {
			l := &Loader{Env: append(env, "MODULEPATH="+dir+"/core")}
			for _, names := range [][]string{{"no-such-module/1"}, {"mpich/4.1"}, {"PrgEnv-gnu", "no-such-module"}, {"broken/1"}} {
				_, err := l.Load(t.Context(), names)
				var failed *LoadError
				if !errors.As(err, &failed) || !strings.Contains(err.Error(), "load modules "+strings.Join(names, " ")) || failed.Hint() == "" {
					t.Errorf("%v: %v", names, err)
				}
			}
		})
	}
	for _, name := range []string{"", "-x", "a b", "a\nb"} {
		if _, err := (&Loader{}).Load(t.Context(), []string{name}); err == nil || !strings.Contains(err.Error(), "no name of a module") {
			t.Errorf("%q: %v", name, err)
		}
	}
	l := &Loader{Inits: []string{"/no/such/file"}}
	if _, err := l.Load(t.Context(), []string{"gcc"}); !errors.Is(err, errNoCommand) {
		t.Errorf("without a module command: %v", err)
	}
	if mods, err := l.Load(t.Context(), nil); mods != nil || err != nil {
		t.Errorf("nothing to load: %v, %v", mods, err)
	}
}

func mod(op packages.EnvOp, name, value string) packages.EnvMod {
	return packages.EnvMod{Op: op, Name: name, Value: value}
}

func TestDifference(t *testing.T) {
	for _, c := range []struct {
		name, before, after string
		want                []packages.EnvMod
	}{
		{"PATH", "/bin", "/a:/b:/bin:/c", []packages.EnvMod{mod(packages.EnvPrepend, "PATH", "/b"), mod(packages.EnvPrepend, "PATH", "/a"), mod(packages.EnvAppend, "PATH", "/c")}},
		{"PATH", "/bin:/x", "/x:/bin", []packages.EnvMod{mod(packages.EnvSet, "PATH", "/x:/bin")}},
		{"CPATH", "", "/a/include", []packages.EnvMod{mod(packages.EnvPrepend, "CPATH", "/a/include")}},
		{"FLAGS", "", "a:b", []packages.EnvMod{mod(packages.EnvSet, "FLAGS", "a:b")}},
		{"X", "1", "1", nil},
		{"LOADEDMODULES", "", "gcc/12", nil},
		{"_ModuleTable001_", "", "x", nil},
		{"PATH_modshare", "", "x", nil},
	} {
		before, after := map[string]string{}, map[string]string{c.name: c.after}
		if c.before != "" {
			before[c.name] = c.before
		}
		got := difference(before, after)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s from %q to %q: %s", c.name, c.before, c.after, diff)
		}
		// What it says leads there.
		entry := []string{}
		if c.before != "" {
			entry = []string{c.name + "=" + c.before}
		}
		if applied := strings.Join(packages.ApplyEnv(entry, got), ""); c.want != nil && applied != c.name+"="+c.after {
			t.Errorf("%s: applied, it is %q", c.name, applied)
		}
	}
	if got := difference(map[string]string{"A": "1"}, nil); len(got) != 1 || got[0].Op != packages.EnvUnset {
		t.Errorf("got %v", got)
	}
}
