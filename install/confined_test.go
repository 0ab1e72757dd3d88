package install

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/install/confine"
	"github.com/berth-hpc/berth/packages"
)

// confinedWorld is a world with one package, a, in which HOME has a key. HOMEDIR in the script is that home.
func confinedWorld(t *testing.T, script string) (w *world, home string) {
	t.Helper()
	home = t.TempDir()
	t.Setenv("HOME", home)
	must(t, os.Mkdir(filepath.Join(home, ".ssh"), 0o700))
	must(t, os.WriteFile(filepath.Join(home, ".ssh/id_ed25519"), []byte("the key\n"), 0o600))
	w = newWorld(t, t.TempDir(), "tool@1\na@1 gcc:build:c tool:build", map[string]string{
		"tool": "mkdir $P/bin; printf '#!/bin/sh\\necho tool\\n' >$P/bin/tool; chmod +x $P/bin/tool", "a": strings.ReplaceAll(script, "HOMEDIR", home),
	})
	w.Confine = confine.Config{Mode: confine.Auto}
	return w, home
}

func TestConfinedBuildsBuild(t *testing.T) {
	w, _ := confinedWorld(t, `mkdir $P/bin; $CC hello.c -o $P/bin/hello; $P/bin/hello; test "$(tool)" = tool
		touch $HOME/x $TMPDIR/x; mkdir -p "$HOME/.cache/deep"; mktemp; python3 -c 'import multiprocessing; multiprocessing.Lock()' || ! command -v python3`)
	_, err := w.install("a")
	must(t, err)
	w.clean(t)
}

func TestConfinedBuildsAreStopped(t *testing.T) {
	ability := confine.Probe()
	const socket = `printf '#include <sys/socket.h>\n#include <stdio.h>\nint main(void) { if (socket(%s, SOCK_STREAM, 0) < 0) { perror("socket"); return 1; } return 0; }' AF_INET >s.c; $CC s.c -o s; ./s`
	for _, c := range []struct {
		what, script, want string
		enforced           bool
	}{
		{"write to the home", "echo x >HOMEDIR/.bashrc", "HOMEDIR/.bashrc", ability.Files()},
		{"make a directory in the home", "mkdir HOMEDIR/bin", "it may not write HOMEDIR/bin", ability.Files()},
		{"read a key", "cat HOMEDIR/.ssh/id_ed25519", "it may not read HOMEDIR/.ssh/id_ed25519", ability.Files()},
		{"write to a dependency", "touch $(dirname $(command -v tool))/cc", "it may not write ", ability.Files()},
		{"write beside the prefix", "mkdir $P/../evil", "it may not write ", ability.Files()},
		{"change the compiler wrappers", "rm $(command -v gcc)", "it may not write ", ability.Files()},
		{"open a socket", socket, "it may not use the network: socket: Permission denied", ability.Seccomp},
	} {
		t.Run(c.what, func(t *testing.T) {
			if !c.enforced {
				t.Skip("NOT RUN: ", ability.Missing())
			}
			w, home := confinedWorld(t, c.script+"; touch $P/x")
			_, err := w.install("a")
			var build *BuildError
			if !errors.As(err, &build) {
				t.Fatalf("got %v", err)
			}
			if want := strings.ReplaceAll(c.want, "HOMEDIR", home); !strings.Contains(err.Error(), want) || len(build.Denials) == 0 {
				t.Errorf("the message lacks %q:\n%v", want, err)
			}
			if !strings.Contains(build.Hint(), "berth help confinement") {
				t.Errorf("hint: %s", build.Hint())
			}
			if entries, _ := os.ReadDir(home); len(entries) != 1 {
				t.Errorf("home has %v", entries)
			}
			log, _ := os.ReadFile(build.LogPath)
			if strings.Contains(string(log), "the key") || !strings.Contains(string(log), "==> confined: ") {
				t.Errorf("the log:\n%s", log)
			}
		})
	}
}

func TestConfinementCanBeOpened(t *testing.T) {
	if !confine.Probe().Files() {
		t.Skip("NOT RUN: ", confine.Probe().Missing())
	}
	shared := t.TempDir()
	w, _ := confinedWorld(t, "cat HOMEDIR/.ssh/id_ed25519 >$P/key; touch "+shared+"/made")
	w.Confine.Read, w.Confine.Write = []string{filepath.Join(os.Getenv("HOME"), ".ssh")}, []string{shared}
	_, err := w.install("a")
	must(t, err)

	w, _ = confinedWorld(t, "cat HOMEDIR/.ssh/id_ed25519 >$P/key")
	w.Confine.Mode = confine.Off
	_, err = w.install("a")
	must(t, err)
}

// What a recipe puts into the environment opens nothing.
func TestRecipesOpenNothing(t *testing.T) {
	if !confine.Probe().Files() {
		t.Skip("NOT RUN: ", confine.Probe().Missing())
	}
	w, home := confinedWorld(t, "cat $KEYS/id_ed25519; touch $P/x")
	recipe, _ := w.Recipes(t.Context(), w.nodes["a"])
	recipe.BuildEnv = []packages.ConditionalEnv{{Mods: []packages.EnvMod{{Op: packages.EnvSet, Name: "KEYS", Value: home + "/.ssh"}}}}
	if _, err := w.install("a"); err == nil || !strings.Contains(err.Error(), "may not read") {
		t.Errorf("got %v", err)
	}
}

func TestSecretsStayOut(t *testing.T) {
	secrets := []string{"SSH_AUTH_SOCK", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "KRB5CCNAME", "DBUS_SESSION_BUS_ADDRESS", "XAUTHORITY", "PYTHONPATH", "http_proxy", "BASH_ENV", "ENV", "LD_PRELOAD_X", "X1f9c"}
	for _, name := range secrets {
		t.Setenv(name, "/leak/"+name)
	}
	w, _ := confinedWorld(t, "env >$P/env; cat /proc/self/environ | tr '\\0' '\\n' >>$P/env; cat /proc/$PPID/environ >>$P/env 2>/dev/null || true")
	_, err := w.install("a")
	must(t, err)
	env, err := os.ReadFile(filepath.Join(w.Store.Prefix(w.nodes["a"]), "env"))
	must(t, err)
	for _, name := range secrets {
		if strings.Contains(string(env), "/leak/") || strings.Contains(string(env), "\n"+name+"=") {
			t.Fatalf("%s is in the environment:\n%s", name, env)
		}
	}
	if !strings.Contains(string(env), "\nHOME="+w.Store.StageDir()) {
		t.Errorf("HOME is not in the stage:\n%s", env)
	}
}

func TestRequire(t *testing.T) {
	warned := ""
	in := &Installer{Confine: confine.Config{Mode: confine.Require}, Warn: func(m string) { warned += m }}
	r := &run{Installer: in}
	err := r.prepareConfinement()
	if missing := confine.Probe().Missing(); (err != nil) != (missing != "") {
		t.Errorf("got %v, though %q is missing", err, missing)
	}
	if warned != "" {
		t.Errorf("warned %q of what is an error", warned)
	}
}

func TestOutsideOfHomes(t *testing.T) {
	root := t.TempDir()
	home := root + "/users/u"
	for _, dir := range []string{home + "/lib", root + "/users/v", root + "/apps"} {
		must(t, os.MkdirAll(dir, 0o755))
	}
	short := func(list []string) string { return strings.ReplaceAll(strings.Join(list, " "), root, "R") }
	got := map[string]string{}
	for _, dir := range []string{root, root + "/apps", root + "/users/u/opt/gcc", root + "/users", home} {
		got[short([]string{dir})] = short(outside(dir, []string{home}))
	}
	want := map[string]string{
		"R": "R/apps R/users/v", "R/apps": "R/apps", "R/users/u/opt/gcc": "R/users/u/opt/gcc", "R/users": "R/users/v",
		"R/users/u": "R/users/u/bin R/users/u/etc R/users/u/include R/users/u/lib R/users/u/lib64 R/users/u/libexec R/users/u/man R/users/u/opt R/users/u/sbin R/users/u/share",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for path, want := range map[string]bool{home + "/.ssh": true, home + "/.config/gh": true, home + "/.pyenv": true, home + "/sw": false, "/opt/.x": false} {
		if private(path, []string{home}) != want {
			t.Errorf("%s private: %t", path, !want)
		}
	}
}

// A program of MPI needs the loopback device to begin, even alone; configure scripts run some.
func TestConfinedMPI(t *testing.T) {
	self, err := os.Executable()
	must(t, err)
	for _, mpi := range []string{"openmpi", "mpich"} {
		t.Run(mpi, func(t *testing.T) {
			wrapper := "/usr/bin/mpicc." + mpi
			if _, err := os.Stat(wrapper); err != nil || !confine.CanLoopback(self) {
				t.Skip("NOT RUN: ", wrapper, " or namespaces are missing")
			}
			graph := mpi + "@4 [/usr wrappers.mpicc=" + wrapper + "]\na@1 gcc:build:c " + mpi + ":link:mpi"
			w := newWorld(t, t.TempDir(), graph, map[string]string{"a": `printf '#include <mpi.h>\nint main(int c, char **v) { MPI_Init(&c, &v); return MPI_Finalize(); }' >m.c
				mpicc m.c -o m; OMPI_MCA_rmaps_base_oversubscribe=1 ./m; touch $P/x`})
			w.Confine = confine.Config{Mode: confine.Auto}
			_, err := w.install("a")
			var build *BuildError
			if errors.As(err, &build) {
				log, _ := os.ReadFile(build.LogPath)
				t.Logf("%s", log)
			}
			must(t, err)
		})
	}
}
