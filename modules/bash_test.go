package modules

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/packages"
)

// shells are what the scripts are held against; a machine has at least one of them.
func shells(t testing.TB) []string {
	var found []string
	for _, name := range []string{"bash", "dash"} {
		if path, err := exec.LookPath(name); err == nil {
			found = append(found, path)
		}
	}
	if len(found) == 0 {
		t.Fatal("no shell to try the scripts with")
	}
	return found
}

// source runs a script under `set -eu` in environ, then tail, and returns the environment at the end, sorted.
func source(t testing.TB, shell, script string, environ []string, tail string) []string {
	file := filepath.Join(t.TempDir(), "activate.sh")
	if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(shell, "-euc", ". "+Quote(file)+"\n"+tail+"\nexec /usr/bin/env -0")
	cmd.Env = environ
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", shell, err, script)
	}
	var got []string
	for _, entry := range strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		switch name, _, _ := strings.Cut(entry, "="); name {
		case "PWD", "OLDPWD", "_", "SHLVL", "BERTH_ENV":
		default:
			got = append(got, entry)
		}
	}
	slices.Sort(got)
	return got
}

var mods = rapid.Custom(func(t *rapid.T) packages.EnvMod {
	return packages.EnvMod{
		Op:    packages.EnvOp(rapid.IntRange(0, 4).Draw(t, "op")),
		Name:  rapid.SampledFrom([]string{"PATH_A", "PATH_B", "MANPATH"}).Draw(t, "name"),
		Value: rapid.SampledFrom([]string{"/a", "/b b", "/c'c", "$HOME `x` \\", "*"}).Draw(t, "value"),
	}
})

// TestBashIsApplyEnv holds that sourcing the script and packages.ApplyEnv give the same environment, and that deactivation gives the old one back.
func TestBashIsApplyEnv(t *testing.T) {
	all := shells(t)
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.SliceOfN(mods, 1, 6).Draw(rt, "mods")
		environ := []string{"OTHER=kept", "PATH_A=/a:/x"}
		shell := rapid.SampledFrom(all).Draw(rt, "shell")
		want := packages.ApplyEnv(environ, list)
		slices.Sort(want)
		script := Bash("test", list)
		if diff := cmp.Diff(want, source(t, shell, script, environ, "")); diff != "" {
			rt.Fatalf("%s: -ApplyEnv +sourced:\n%s\n%s", shell, diff, script)
		}
		if diff := cmp.Diff(environ, source(t, shell, script, environ, "berth_deactivate")); diff != "" {
			rt.Fatalf("%s: -before +after deactivation:\n%s", shell, diff)
		}
	})
}

// TestActivateAnother holds that one activation replaces another.
func TestActivateAnother(t *testing.T) {
	one := Bash("one", []packages.EnvMod{{Op: packages.EnvPrepend, Name: "PATH_A", Value: "/one"}})
	two := Bash("two", []packages.EnvMod{{Op: packages.EnvPrepend, Name: "PATH_A", Value: "/two"}})
	for _, shell := range shells(t) {
		got := source(t, shell, one+two, []string{"PATH_A=/x"}, "")
		if !slices.Equal(got, []string{"PATH_A=/two:/x"}) {
			t.Errorf("%s: %v", shell, got)
		}
	}
}
