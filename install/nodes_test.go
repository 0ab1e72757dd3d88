package install

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/spec/dag"
	"github.com/berth-hpc/berth/test/torture/inject"
)

// Several processes, on what are several nodes of a cluster to them: each node has network, mount, process and host name namespaces of its
// own, and shares nothing with the others but the file system of the root. Where a file system has no locks, fcntl fails.

// hostVar makes the child install like a command on a node of a cluster: "HOST ROOT-PACKAGE...". HOST "-" is this machine.
const hostVar = "BERTH_TEST_NODE"

// nodeStale is how long a node may be silent in these tests.
const nodeStale = 1500 * time.Millisecond

// nodeMain is a command on a node. It tells about waiting, and which packages it has built.
func nodeMain(root string) int {
	words := strings.Fields(os.Getenv(hostVar))
	if words[0] != "-" {
		// A process table of its own, or it would look up its number in that of the machine.
		if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
			fmt.Println("no /proc of its own:", err)
			return exitSkip
		}
		if err := unix.Sethostname([]byte(words[0])); err != nil {
			fmt.Println("no host name of its own:", err)
			return exitSkip
		}
	}
	w := newWorld(&failer{}, root, crashGraph, nodeScripts(root))
	w.Store.StaleAfter = nodeStale
	w.Reporter = &teller{w.heard}
	var roots []*dag.Node
	for _, name := range words[1:] {
		roots = append(roots, w.nodes[name])
	}
	if _, err := w.Install(context.Background(), roots); err != nil {
		fmt.Println("failed:", err)
		return 1
	}
	return 0
}

// teller says who is waited for.
type teller struct{ *listener }

func (*teller) Waiting(n *dag.Node, holder string) { fmt.Printf("%s waits for %s\n", n.Name(), holder) }

// nodeScripts are those of crashScripts; b waits for a file called go, if there is one called slow.
func nodeScripts(root string) map[string]string {
	scripts := crashScripts(root)
	scripts["b"] = fmt.Sprintf("if test -e %[1]s/slow; then echo $P >%[1]s/started; until test -e %[1]s/go; do sleep 0.02; done; fi; %[2]s", root, scripts["b"])
	return scripts
}

// command is an install on a node, not started yet.
type command struct {
	*exec.Cmd
	out bytes.Buffer
}

func nodeCommand(root, host string, withoutLocks bool, packages ...string) *command {
	self, _ := os.Executable()
	c := &command{Cmd: exec.Command(self)}
	c.Env = append(os.Environ(), childVar+"="+root, hostVar+"="+host+" "+strings.Join(packages, " "))
	c.Stdout, c.Stderr = &c.out, &c.out
	if withoutLocks {
		inject.WithoutLocks(c.Cmd, self)
	}
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if host != "-" {
		c.SysProcAttr.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return c
}

func (c *command) mustStart(t *testing.T) *command {
	t.Helper()
	must(t, c.Start())
	t.Cleanup(func() { c.Process.Kill() })
	return c
}

// needNodes skips the test where namespaces cannot be had by people without privileges, or system calls not be made to fail.
func needNodes(t *testing.T) {
	t.Helper()
	if err := inject.Supported(); err != nil {
		t.Skip("NOT TESTED: calls cannot be made to fail here: ", err)
	}
	c := nodeCommand(t.TempDir(), "probe", true)
	if err := c.Run(); err != nil {
		t.Skipf("NOT TESTED: a node of its own needs user namespaces: %v %s", err, c.out.String())
	}
}

// built counts how often each package was built, by the lines that the builds themselves wrote.
func built(t *testing.T, root string) string {
	t.Helper()
	tally, err := os.ReadFile(filepath.Join(root, "tally"))
	must(t, err)
	lines := strings.Fields(string(tally))
	slices.Sort(lines)
	return strings.Join(lines, " ")
}

var holderNamed = regexp.MustCompile(`waits for ".*", process \d+ on \S+, since 20`)

// TestEightProcessesBuildOnce installs overlapping sets of packages at once.
func TestEightProcessesBuildOnce(t *testing.T) {
	needNodes(t)
	for name, nodes := range map[string]struct {
		hosts        []string
		withoutLocks []bool
	}{
		"one node":                     {[]string{"-"}, []bool{false}},
		"one node without locks":       {[]string{"-"}, []bool{true}},
		"two nodes":                    {[]string{"node1", "node2"}, []bool{false}},
		"two nodes without locks":      {[]string{"node1", "node2"}, []bool{true}},
		"this machine and two without": {[]string{"-", "node1", "node2"}, []bool{true}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			w := newWorld(t, root, crashGraph, nodeScripts(root)) // also fills the mirror
			var commands []*command
			for i := range 8 {
				packages := [][]string{{"d"}, {"b"}, {"c", "a"}, {"c", "b"}}[i%4]
				c := nodeCommand(root, nodes.hosts[i%len(nodes.hosts)], nodes.withoutLocks[i%len(nodes.withoutLocks)], packages...)
				commands = append(commands, c.mustStart(t))
			}
			// Readers never wait, whatever is written.
			for range 20 {
				_, err := w.Store.Query(store.Filter{})
				must(t, err)
				time.Sleep(10 * time.Millisecond)
			}
			named := false
			for _, c := range commands {
				if err := c.Wait(); err != nil {
					t.Errorf("%v: %s", err, c.out.String())
				}
				named = named || holderNamed.MatchString(c.out.String())
			}
			if got := built(t, root); got != "a b c d" {
				t.Errorf("built: %s", got)
			}
			if !named {
				t.Error("nobody was told whom to wait for")
			}
			if got := w.installed(t); got != "a b c d" {
				t.Errorf("installed: %s", got)
			}
			w.clean(t)
		})
	}
}

// TestSomeOfManyAreKilled: those that go on take over what the killed ones held, wait for nothing else, and leave a whole store.
func TestSomeOfManyAreKilled(t *testing.T) {
	needNodes(t)
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	for _, withoutLocks := range []bool{false, true} {
		for round := range rounds {
			t.Run(fmt.Sprintf("without locks: %v, %d", withoutLocks, round), func(t *testing.T) {
				root := t.TempDir()
				w := newWorld(t, root, crashGraph, nodeScripts(root))
				var commands []*command
				for i := range 6 {
					packages := [][]string{{"d"}, {"b"}, {"c", "a"}}[i%3]
					commands = append(commands, nodeCommand(root, []string{"-", "node1"}[i%2], withoutLocks, packages...).mustStart(t))
				}
				victims, rest := commands[:3], commands[3:]
				for _, c := range victims {
					time.Sleep(time.Duration(rand.IntN(250)) * time.Millisecond)
					c.Process.Kill()
					c.Wait()
				}
				for _, c := range rest {
					if err := c.Wait(); err != nil {
						t.Errorf("%v: %s", err, c.out.String())
					}
				}
				if got := w.installed(t); got != "a b c d" {
					t.Errorf("installed: %s", got)
				}
				// A build may have been done, and its command killed before that counted: no package is built more often than that.
				if n := len(strings.Fields(built(t, root))); n > 4+len(victims)*maxParallel {
					t.Errorf("built: %s", built(t, root))
				}
				// What a killed one left after the others had begun goes with the next command that can tell that it is dead.
				for deadline := time.Now().Add(90 * time.Second); len(stages(t, root)) > 0 && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
					next := nodeCommand(root, "-", withoutLocks, "d")
					if err := next.Run(); err != nil {
						t.Fatalf("%v: %s", err, next.out.String())
					}
				}
				w.clean(t)
			})
		}
	}
}

func stages(t *testing.T, root string) []os.DirEntry {
	entries, err := os.ReadDir(filepath.Join(root, "stage"))
	must(t, err)
	return slices.DeleteFunc(entries, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") })
}

// slowBuild starts a command whose build of b does not end before release is called.
func slowBuild(t *testing.T, root, host string, withoutLocks bool) (c *command, release func()) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(root, "slow"), nil, 0o644))
	c = nodeCommand(root, host, withoutLocks, "d").mustStart(t)
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(root, "started")); err == nil {
			return c, func() { must(t, os.WriteFile(filepath.Join(root, "go"), nil, 0o644)) }
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not begin: %s", c.out.String())
		}
	}
}

// TestNodeDies: what a node held that is gone, with all its processes, is taken over and finished by another.
func TestNodeDies(t *testing.T) {
	needNodes(t)
	for _, withoutLocks := range []bool{false, true} {
		t.Run(fmt.Sprint("without locks: ", withoutLocks), func(t *testing.T) {
			root := t.TempDir()
			w := newWorld(t, root, crashGraph, nodeScripts(root))
			dying, release := slowBuild(t, root, "node1", withoutLocks)
			must(t, dying.Process.Kill()) // the first process of its namespace: none survives it
			dying.Wait()
			release()
			heir := nodeCommand(root, "node2", withoutLocks, "d")
			if err := heir.Run(); err != nil {
				t.Fatalf("%v: %s", err, heir.out.String())
			}
			if withoutLocks && !strings.Contains(heir.out.String(), "on node1") {
				t.Errorf("the dead node is not named: %s", heir.out.String())
			}
			if got := w.installed(t); got != "a b c d" {
				t.Errorf("installed: %s", got)
			}
			w.clean(t)
		})
	}
}

// TestStoppedCommandIsWaitedFor: it is on this machine, and so is known to be there. The others build what they can.
func TestStoppedCommandIsWaitedFor(t *testing.T) {
	needNodes(t)
	for _, withoutLocks := range []bool{false, true} {
		t.Run(fmt.Sprint("without locks: ", withoutLocks), func(t *testing.T) {
			root := t.TempDir()
			w := newWorld(t, root, crashGraph, nodeScripts(root))
			stopped, release := slowBuild(t, root, "-", withoutLocks)
			must(t, stopped.Process.Signal(syscall.SIGSTOP))
			other := nodeCommand(root, "-", withoutLocks, "d").mustStart(t)
			time.Sleep(2 * nodeStale) // on another machine it would have lost its lock by now
			release()
			must(t, stopped.Process.Signal(syscall.SIGCONT))
			for _, c := range []*command{stopped, other} {
				if err := c.Wait(); err != nil {
					t.Errorf("%v: %s", err, c.out.String())
				}
			}
			if want := fmt.Sprintf("(it is stopped: `kill -CONT %d` lets it go on)", stopped.Process.Pid); !strings.Contains(other.out.String(), want) {
				t.Errorf("was not told %q: %s", want, other.out.String())
			}
			if got := built(t, root); got != "a b c d" {
				t.Errorf("built: %s", got)
			}
			w.clean(t)
		})
	}
}

// TestStoppedNodeLosesItsLock: a node that was silent for too long finds that its work is another's now, and touches nothing of it.
func TestStoppedNodeLosesItsLock(t *testing.T) {
	needNodes(t)
	root := t.TempDir()
	w := newWorld(t, root, crashGraph, nodeScripts(root))
	silent, release := slowBuild(t, root, "node1", true)
	must(t, os.Remove(filepath.Join(root, "started")))
	must(t, silent.Process.Signal(syscall.SIGSTOP))
	heir := nodeCommand(root, "node2", true, "d").mustStart(t)
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(root, "started")); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("nobody takes over: %s", heir.out.String())
		}
	}
	must(t, silent.Process.Signal(syscall.SIGCONT))
	if err := silent.Wait(); err == nil || !strings.Contains(silent.out.String(), "taken over by another process") {
		t.Errorf("the silent one says %v: %s", err, silent.out.String())
	}
	release()
	if err := heir.Wait(); err != nil {
		t.Errorf("%v: %s", err, heir.out.String())
	}
	if got := w.installed(t); got != "a b c d" {
		t.Errorf("installed: %s", got)
	}
	w.clean(t)
}
