package install

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/spec/dag"
)

// childVar makes the test binary install in a root of its own accord: "ROOT". It is how tests have several processes, and kill them.
const childVar = "BERTH_TEST_INSTALL"

const crashGraph = `
	a@1 gcc:build:c
	b@1 a:link gcc:build:c
	c@1 a:build gcc:build:c
	d@1 b:link c:link`

// crashScripts write in many small steps, slowly enough to be interrupted everywhere; each build leaves a line in the tally.
func crashScripts(root string) map[string]string {
	scripts := map[string]string{}
	for _, n := range []string{"a", "b", "c", "d"} {
		scripts[n] = fmt.Sprintf("mkdir $P/share; for i in 1 2 3 4 5 6 7 8; do echo $i >$P/share/$i; sleep 0.01; done; echo %s >>%s/tally", n, root)
	}
	return scripts
}

func childMain() int {
	t := &failer{}
	root := os.Getenv(childVar)
	if os.Getenv(smallVar) != "" {
		return fullMain(root)
	}
	if os.Getenv(hostVar) != "" {
		return nodeMain(root)
	}
	w := newWorld(t, root, crashGraph, crashScripts(root))
	if _, err := w.Install(context.Background(), []*dag.Node{w.nodes["d"]}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// failer is a testing.TB for child processes.
type failer struct {
	testing.TB
	failed bool
}

func (*failer) Helper()         {}
func (*failer) Log(args ...any) { fmt.Fprintln(os.Stderr, args...) }
func (f *failer) Error(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	f.failed = true
}
func (f *failer) Errorf(format string, args ...any) { f.Error(fmt.Sprintf(format, args...)) }
func (*failer) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	os.Exit(1)
}

// child starts another process that installs everything.
func child(t *testing.T, root string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childVar+"="+root)
	cmd.Stderr = os.Stderr
	must(t, cmd.Start())
	return cmd
}

// TestKilledAnywhere kills an installing process at a random moment, again and again, and holds the store against its promises
// after each.
func TestKilledAnywhere(t *testing.T) {
	root := t.TempDir()
	w := newWorld(t, root, crashGraph, crashScripts(root))
	rounds := 12
	if testing.Short() {
		rounds = 4
	}
	standing := ""
	for range rounds {
		c := child(t, root)
		time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
		c.Process.Kill()
		c.Wait()
		now := w.installed(t)
		for _, name := range strings.Fields(standing) {
			if !strings.Contains(now, name) {
				t.Errorf("%s was installed before, and is not any more: %q", name, now)
			}
		}
		standing = now
		if rand.IntN(4) == 0 {
			must(t, os.RemoveAll(filepath.Join(root, "db.sqlite")))
		}
	}
	c := child(t, root)
	must(t, c.Wait())
	if got := w.installed(t); got != "a b c d" {
		t.Errorf("installed: %s", got)
	}
	w.clean(t)
	for _, pattern := range []string{".db.sqlite.tmp-*", "locks/*.running", "store/*/.berth/*.tmp-*"} {
		if left, _ := filepath.Glob(filepath.Join(root, pattern)); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	}
}

// TestKilledBuildEndsWithItsInstaller: what a killed berth started must not go on.
func TestKilledBuildEndsWithItsInstaller(t *testing.T) {
	g, err := startGuard()
	must(t, err)
	sleeper := exec.Command("sleep", "1000")
	sleeper.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(t, sleeper.Start())
	other := exec.Command("sleep", "1000")
	other.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(t, other.Start())
	defer other.Process.Kill()
	g.watch(sleeper.Process.Pid)
	g.watch(other.Process.Pid)() // ended by itself
	g.stop()                     // as the end of this process would
	if err := sleeper.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("got %v", err)
	}
	if err := other.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("a group that was taken out was killed, too: %v", err)
	}
}
