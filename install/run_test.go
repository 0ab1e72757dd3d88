package install

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

const compile = "mkdir -p $P/bin; $CC hello.c -o $P/bin/hello"

func TestInstallBuildsWhatIsNeeded(t *testing.T) {
	w := newWorld(t, t.TempDir(), `
		tool@1 gcc:build:c
		unused@1 gcc:build:c
		lib@1 gcc:build:c unused:build
		app@1 lib:link tool:build gcc:build:c`, map[string]string{
		"tool": compile, "unused": compile,
		"lib": "mkdir -p $P/lib $P/include; echo 'int answer(void) { return 42; }' >l.c; $CC -shared -fPIC l.c -o $P/lib/libl.so; echo 'int answer(void);' >$P/include/l.h",
		"app": `echo '#include <l.h>
int main(void) { return answer() != 42; }' >m.c; tools_hello=$(command -v hello); mkdir $P/bin; $CC m.c -ll -o $P/bin/app; $P/bin/app; test "$(hello)" = tool`,
	})
	report, err := w.install("app")
	must(t, err)
	if got := w.installed(t); got != "app lib tool unused" {
		t.Errorf("installed: %s", got)
	}
	if len(report.Installed) != 4 || report.Installed[3].Node.Name() != "app" || !report.Installed[3].Explicit || report.Installed[2].Explicit {
		t.Errorf("report: %+v", report.Installed)
	}
	w.clean(t)
	if out, err := exec.Command(filepath.Join(w.Store.Prefix(w.nodes["app"]), "bin/app")).CombinedOutput(); err != nil {
		t.Errorf("the program does not run outside of its build: %v %s", err, out)
	}
	w.heard.take()
	report, err = w.install("app")
	must(t, err)
	if len(report.Installed) != 0 || strings.Contains(w.heard.take(), "started") {
		t.Errorf("the second time, %v was built", report.Installed)
	}
	if len(report.Reused) != 2 { // what is needed to run: app and lib
		t.Errorf("reused: %v", report.Reused)
	}
}

func TestFailureTakesOnlyItsDependentsWithIt(t *testing.T) {
	w := newWorld(t, t.TempDir(), `
		bad@1 gcc:build:c
		good@1 gcc:build:c
		above@1 bad:link
		top@1 above:link good:link`, map[string]string{
		"bad":  `mkdir $P/half; echo 'int main(void) { return x; }' >bad.c; echo "make: noise"; $CC bad.c -o $P/bad`,
		"good": compile, "above": compile, "top": compile,
	})
	_, err := w.install("top")
	var build *BuildError
	var failed *FailedError
	if !errors.As(err, &build) || !errors.As(err, &failed) {
		t.Fatalf("got %v", err)
	}
	if len(failed.Errors) != 1 || len(failed.Skipped) != 2 || build.Node.Name() != "bad" || build.Phase != "install" {
		t.Errorf("got %+v", failed)
	}
	for _, want := range []string{"bad.c:1", "‘x’ undeclared", build.LogPath, "above@1/", "top@1/"} {
		if !strings.Contains(strings.ReplaceAll(err.Error(), "'", "‘"), strings.ReplaceAll(want, "’", "‘")) && !strings.Contains(err.Error(), want) {
			t.Errorf("the message lacks %q:\n%v", want, err)
		}
	}
	if got := w.installed(t); got != "good" {
		t.Errorf("installed: %s", got)
	}
	w.clean(t, "bad") // the stage is kept for a person
	out, err := exec.Command(build.Shell, "sh", "-c", `ls bad.c; echo "$CC"`).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "bad.c\n") || !strings.Contains(string(out), "/wrap/gcc") {
		t.Errorf("the shell gives %v:\n%s", err, out)
	}
}

func TestChangedRecipeIsRefused(t *testing.T) {
	root := t.TempDir()
	graph := "a@1 gcc:build:c"
	before := newWorld(t, root, graph, map[string]string{"a": compile})
	after := newWorld(t, root, graph, map[string]string{"a": compile + "; echo changed"})
	after.nodes = before.nodes
	_, err := after.install("a")
	var integrity *IntegrityError
	if !errors.As(err, &integrity) || !strings.Contains(err.Error(), "test/a.yaml") {
		t.Fatalf("got %v", err)
	}
	if got := after.installed(t); got != "" {
		t.Errorf("installed: %s", got)
	}
	after.clean(t)
}

func TestWrongSourceIsRefused(t *testing.T) {
	w := newWorld(t, t.TempDir(), "a@1 gcc:build:c", map[string]string{"a": compile})
	files, _ := filepath.Glob(filepath.Join(w.mirror, "_source-cache/archive/*/*"))
	must(t, os.WriteFile(files[0], []byte("something else"), 0o644))
	_, err := w.install("a")
	var integrity *IntegrityError
	if !errors.As(err, &integrity) || integrity.What != "source" {
		t.Fatalf("got %v", err)
	}
	w.clean(t)
}

func TestLibraryOutsideOfTheClosure(t *testing.T) {
	w := newWorld(t, t.TempDir(), "a@1 gcc:build:c", map[string]string{
		"a": `mkdir $P/bin other; echo 'int f(void) { return 1; }' >f.c; $CC -shared -fPIC f.c -o other/libf.so
			echo 'int f(void); int main(void) { return f(); }' >m.c; $CC m.c -Lother -lf -o $P/bin/m`,
	})
	_, err := w.install("a")
	var build *BuildError
	if !errors.As(err, &build) || build.Phase != "verify" || !strings.Contains(err.Error(), "libf.so: not found") {
		t.Fatalf("got %v", err)
	}
	if got := w.installed(t); got != "" {
		t.Errorf("installed: %s", got)
	}
}

func TestSanityChecks(t *testing.T) {
	w := newWorld(t, t.TempDir(), "a@1\nempty@1", map[string]string{"a": "touch $P/x", "empty": "true"})
	_, err := w.install("empty")
	if err == nil || !strings.Contains(err.Error(), "installed nothing") {
		t.Errorf("got %v", err)
	}
	recipe, _ := w.Recipes(context.Background(), w.nodes["a"])
	recipe.Sanity = []packages.SanityCheck{{Path: "x"}, {Path: "lib", Dir: true}}
	if _, err := w.install("a"); err == nil || !strings.Contains(err.Error(), "did not install lib") {
		t.Errorf("got %v", err)
	}
}

func TestBuildsSeeNothingOfTheUser(t *testing.T) {
	t.Setenv("CFLAGS", "-DLEAK")
	t.Setenv("LD_LIBRARY_PATH", "/leak")
	t.Setenv("SECRET_TOKEN", "leak")
	w := newWorld(t, t.TempDir(), "a@1 gcc:build:c", map[string]string{"a": "env >$P/env; umask >$P/umask; pwd >$P/pwd"})
	old := syscall.Umask(0o077)
	_, err := w.install("a")
	syscall.Umask(old)
	must(t, err)
	prefix := w.Store.Prefix(w.nodes["a"])
	env, _ := os.ReadFile(filepath.Join(prefix, "env"))
	if strings.Contains(strings.ToLower(string(env)), "leak") || strings.Contains(string(env), "\nHOME="+os.Getenv("HOME")+"\n") {
		t.Errorf("the environment:\n%s", env)
	}
	if mask, _ := os.ReadFile(filepath.Join(prefix, "umask")); strings.TrimSpace(string(mask)) != "0022" {
		t.Errorf("umask %s", mask)
	}
}

func TestWrappersGiveWayToCompilers(t *testing.T) {
	w := newWorld(t, t.TempDir(), "a@1 gcc:build:c,cxx,fortran", map[string]string{"a": `echo "CC=$CC CXX=$CXX FC=$FC" >$P/config; chmod 444 $P/config`})
	_, err := w.install("a")
	must(t, err)
	if got, _ := os.ReadFile(filepath.Join(w.Store.Prefix(w.nodes["a"]), "config")); string(got) != "CC=/usr/bin/gcc CXX=/usr/bin/g++ FC=/usr/bin/gfortran\n" {
		t.Errorf("got %s", got)
	}
}

func TestParallelAndByUrgency(t *testing.T) {
	w := newWorld(t, t.TempDir(), `
		a@1
		b@1
		c@1 b:link
		d@1 c:link`, map[string]string{"a": "touch $P/x", "b": "touch $P/x", "c": "touch $P/x", "d": "touch $P/x"})
	w.Jobs = 1
	_, err := w.install("a", "d")
	must(t, err)
	// b comes first, as two others wait for it; nothing waits for a.
	if got := w.heard.take(); !strings.HasPrefix(got, "started b, done b, started c, done c, ") {
		t.Errorf("heard: %s", got)
	}
}

func TestTwoPackagesAtOnce(t *testing.T) {
	meet := filepath.Join(t.TempDir(), "meet")
	must(t, os.Mkdir(meet, 0o755))
	// Each waits to see the other: alone, neither would end.
	script := func(me, other string) string {
		return "touch " + meet + "/" + me + " $P/x; n=0; while [ ! -e " + meet + "/" + other + " ]; do sleep 0.05; n=$((n+1)); [ $n -lt 600 ]; done"
	}
	w := newWorld(t, t.TempDir(), "a@1\nb@1", map[string]string{"a": script("a", "b"), "b": script("b", "a")})
	_, err := w.install("a", "b")
	must(t, err)
}

func TestCancelEndsTheBuildAndItsChildren(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	w := newWorld(t, t.TempDir(), "a@1", map[string]string{"a": "touch $P/half; sleep 1000 & echo $! >" + pids + ".new; mv " + pids + ".new " + pids + "; wait"})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for {
			if _, err := os.Stat(pids); err == nil {
				cancel()
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	_, err := w.Install(ctx, []*dag.Node{w.nodes["a"]})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	w.clean(t)
	waitGone(t, pids)
}

// waitGone waits for the process whose number is in the file to end.
func waitGone(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	must(t, err)
	pid := strings.TrimSpace(string(data))
	for range 500 {
		if stat, err := os.ReadFile("/proc/" + pid + "/stat"); err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("process %s is still there", pid)
}

func TestFailFast(t *testing.T) {
	w := newWorld(t, t.TempDir(), "bad@1\nslow@1\nlate@1 slow:link", map[string]string{"bad": "exit 3", "slow": "touch $P/x; sleep 1000", "late": "touch $P/x"})
	w.FailFast = true
	_, err := w.install("bad", "late")
	var failed *FailedError
	if !errors.As(err, &failed) || len(failed.Errors) != 1 || !strings.Contains(err.Error(), "build bad@1/") {
		t.Fatalf("got %v", err)
	}
	if errors.Is(err, context.Canceled) {
		t.Error("a failure passes for an interruption")
	}
	w.clean(t, "bad")
}

func TestUninstalledDependencyComesBack(t *testing.T) {
	w := newWorld(t, t.TempDir(), "lib@1\napp@1 lib:link", map[string]string{"lib": "touch $P/x", "app": "touch $P/x"})
	_, err := w.install("app")
	must(t, err)
	rec, err := w.Store.Get(w.nodes["lib"].Hash())
	must(t, err)
	must(t, w.Store.Remove(context.Background(), rec, true))
	report, err := w.install("app")
	must(t, err)
	if len(report.Installed) != 1 || report.Installed[0].Node.Name() != "lib" {
		t.Errorf("built %v", report.Installed)
	}
}

func TestKeepStage(t *testing.T) {
	w := newWorld(t, t.TempDir(), "a@1\nb@1", map[string]string{"a": "touch $P/x", "b": "touch $P/x"})
	w.KeepStage = true
	_, err := w.install("a")
	must(t, err)
	_, err = w.install("b") // sweeps before
	must(t, err)
	w.clean(t, "a", "b")
	if _, err := os.Stat(filepath.Join(w.Store.StageDir(), store.BaseName(w.nodes["a"]), "build.log")); err != nil {
		t.Error(err)
	}
}

func TestRefusesAllAtOnceBeforeAnythingIsBuilt(t *testing.T) {
	root := t.TempDir()
	graph := "a@1\nb@1\nc@1"
	scripts := map[string]string{"a": "touch $P/x", "b": "touch $P/x", "c": "touch $P/x"}
	before := newWorld(t, root, graph, scripts)
	scripts["a"], scripts["b"] = "touch $P/y", "touch $P/y"
	after := newWorld(t, root, graph, scripts)
	after.nodes = before.nodes
	_, err := after.install("a", "b", "c")
	if err == nil || !strings.Contains(err.Error(), "test/a.yaml") || !strings.Contains(err.Error(), "test/b.yaml") {
		t.Errorf("got %v", err)
	}
	if got := after.heard.take(); strings.Contains(got, "started") {
		t.Errorf("heard: %s", got)
	}
}

func TestUnwritableRoot(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("permissions do not bind root")
	}
	root := t.TempDir()
	w := newWorld(t, root, "a@1", map[string]string{"a": "touch $P/x"})
	must(t, os.Chmod(root, 0o555))
	defer os.Chmod(root, 0o755)
	var unusable *store.RootError
	if _, err := w.install("a"); !errors.As(err, &unusable) {
		t.Errorf("got %v", err)
	}
}

func TestWritesStayInStageAndPrefix(t *testing.T) {
	w := newWorld(t, t.TempDir(), "a@1", map[string]string{"a": "touch $P/x"})
	recipe, _ := w.Recipes(context.Background(), w.nodes["a"])
	outside := filepath.Join(t.TempDir(), "outside")
	must(t, os.Mkdir(outside, 0o755))
	recipe.Builder = writingBuilder{recipe.Builder, outside}
	_, err := w.install("a")
	must(t, err)
	if entries, _ := os.ReadDir(outside); len(entries) != 0 {
		t.Errorf("written outside: %v", entries)
	}
}

// writingBuilder tries to write where it may not, and where it may.
type writingBuilder struct {
	packages.Builder
	outside string
}

func (w writingBuilder) Phases(n *dag.Node) ([]packages.Phase, error) {
	return []packages.Phase{{Name: "write", Run: func(ctx context.Context, b packages.Build) error {
		if err := os.Symlink(w.outside, filepath.Join(b.SourceDir(), "link")); err != nil {
			return err
		}
		for _, path := range []string{filepath.Join(w.outside, "f"), "../../../../f", "link/f", filepath.Join(b.Prefix(), "../f")} {
			if err := b.WriteFile(path, nil, 0o644); err == nil {
				return errors.New("was allowed to write " + path)
			}
		}
		if err := b.WriteFile("new/made.h", []byte("x"), 0o644); err != nil {
			return err
		}
		return b.WriteFile(filepath.Join(b.Prefix(), "share/f"), []byte("x"), 0o755)
	}}}, nil
}

func BenchmarkNothingToDo(b *testing.B) {
	w := newWorld(b, b.TempDir(), "a@1\nb@1 a:link\nc@1 b:link", map[string]string{"a": "touch $P/x", "b": "touch $P/x", "c": "touch $P/x"})
	if _, err := w.install("c"); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := w.install("c"); err != nil {
			b.Fatal(err)
		}
	}
}
