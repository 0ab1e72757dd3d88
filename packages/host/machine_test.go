package host

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// script writes a shell script and returns its path.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRunTellsWhatACommandDid(t *testing.T) {
	c := Command{
		Argv:  []string{script(t, "cat given; echo said; echo complained >&2; printf '\\177ELF' > made; exit 3"), "x"},
		Env:   []string{"PATH=/usr/bin:/bin"},
		Files: map[string]string{"given": "berth_host one\nother\n"}, Only: "berth_host", Output: "made", Timeout: time.Minute,
	}
	r, err := Machine{}.Run(t.Context(), c)
	want := Result{Stdout: "berth_host one\n", Stderr: "complained\n", Exit: 3, Made: hex.EncodeToString([]byte("\x7fELF"))}
	if err != nil || r != want {
		t.Errorf("got %+v, %v; want %+v", r, err, want)
	}
}

func TestRunGivesNothingOfTheUsersEnvironment(t *testing.T) {
	t.Setenv("OMPI_CC", "clang")
	t.Setenv("CPATH", "/home/ada/include")
	r, err := Machine{}.Run(t.Context(), Command{Argv: []string{script(t, "/usr/bin/env")}, Env: []string{"LC_ALL=C"}, Timeout: time.Minute})
	if err != nil || strings.Contains(r.Stdout, "OMPI_CC") || strings.Contains(r.Stdout, "CPATH") || !strings.Contains(r.Stdout, "LC_ALL=C") {
		t.Errorf("environment %q, %v", r.Stdout, err)
	}
}

func TestRunStopsAHangingWrapperAndItsChildren(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	path := script(t, "sleep 1000 & echo $! > "+pids+".new; mv "+pids+".new "+pids+"; sleep 1000")
	_, err := Machine{}.Run(t.Context(), Command{Argv: []string{path}, Env: []string{"PATH=/usr/bin:/bin"}, Timeout: 500 * time.Millisecond})
	var timeout *TimeoutError
	if !errors.As(err, &timeout) || !strings.Contains(err.Error(), path) {
		t.Fatalf("got %v, want a TimeoutError that names the wrapper", err)
	}
	pid, err := os.ReadFile(pids)
	if err != nil {
		t.Skip("the machine was too slow to start the script at all")
	}
	for range 1000 { // a killed process is there until somebody has taken note of its death
		state, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat")
		if err != nil || strings.Contains(string(state), ") Z ") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the wrapper's child %s still runs", pid)
}

func TestRunStopsWhenTheCallerDoes(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Machine{}.Run(ctx, Command{Argv: []string{script(t, "sleep 1000")}, Env: []string{"PATH=/usr/bin:/bin"}, Timeout: time.Hour})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestRunSurvivesEndlessOutputAndSignals(t *testing.T) {
	r, err := Machine{}.Run(t.Context(), Command{
		Argv: []string{script(t, "head -c 5000000 /dev/zero; kill -SEGV $$")}, Env: []string{"PATH=/usr/bin:/bin"}, Timeout: time.Minute,
	})
	if err != nil || len(r.Stdout) != outputLimit || r.Exit != 128+11 {
		t.Errorf("%d bytes, exit %d, %v", len(r.Stdout), r.Exit, err)
	}
}

func TestRunLeavesNothingBehind(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	_, err := Machine{}.Run(t.Context(), Command{
		Argv: []string{script(t, "touch a b; touch $TMPDIR/c")}, Env: []string{"PATH=/usr/bin:/bin"}, Files: map[string]string{"f": ""}, Timeout: time.Minute,
	})
	left, _ := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

// output is what a program of the real machine says, by another way than ours; the test is skipped where it is not installed.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestThisMachinesCompiler(t *testing.T) {
	want := output(t, "/usr/bin/gcc", "-dumpfullversion")
	r, err := Find(t.Context(), Machine{}, testRecipes(), []string{"gcc"})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range r.Externals {
		if v, _ := e.Spec.Versions.Single(); v.String() == want && e.Prefix == "/usr" {
			if out, err := exec.Command(e.Attributes["compilers.c"], "-dumpfullversion").Output(); err != nil || strings.TrimSpace(string(out)) != want {
				t.Errorf("%s says %q, %v", e.Attributes["compilers.c"], out, err)
			}
			return
		}
	}
	t.Errorf("gcc %s in /usr is not among\n%s", want, text(r))
}

// Debian's two MPIs share the prefix /usr: each must come with its own wrappers and launcher.
func TestThisMachinesTwoMPIs(t *testing.T) {
	output(t, "/usr/bin/mpicc.openmpi", "-show")
	output(t, "/usr/bin/mpicc.mpich", "-show")
	r, err := Find(t.Context(), Machine{}, testRecipes(), []string{"mpi"})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, e := range r.Externals {
		if e.Prefix == "/usr" {
			found[e.Spec.Name] = e.Attributes["wrappers.mpicc"] + " " + e.Attributes["launcher"]
		}
	}
	if found["openmpi"] != "/usr/bin/mpicc.openmpi /usr/bin/mpirun.openmpi" || found["mpich"] != "/usr/bin/mpicc.mpich /usr/bin/mpiexec.hydra" {
		t.Errorf("found %v in\n%s", found, text(r))
	}
}

func TestThisMachinesFacts(t *testing.T) {
	machine := output(t, "uname", "-m")
	f, err := GatherFacts(t.Context(), Machine{})
	if err != nil {
		t.Fatal(err)
	}
	if f.OS == "" || f.Target == "" || f.Kernel != output(t, "uname", "-r") {
		t.Errorf("on %s: %+v", machine, f)
	}
	if banner := output(t, "ldd", "--version"); f.Libc.Name == "glibc" && !strings.Contains(strings.SplitN(banner, "\n", 2)[0], f.Libc.Version) {
		t.Errorf("libc %+v, but ldd says %q", f.Libc, banner)
	}
}

func BenchmarkFindWithCache(b *testing.B) {
	f := Finder{System: Machine{}, Repo: testRecipes(), CacheDir: b.TempDir()}
	if _, err := f.Find(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := f.Find(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
