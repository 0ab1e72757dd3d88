package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/spec/dag"
)

// smallVar makes the child try a full disk in place of a race.
const smallVar = "BERTH_TEST_SMALL"

var fullScripts = map[string]string{
	"a": "head -c 60000 /dev/zero >$P/data",
	"b": "head -c 300000 /dev/urandom >$P/data; mkdir $P/more; head -c 200000 /dev/zero >$P/more/data",
}

// TestFullDisk installs on file systems of many small sizes, each mounted in a namespace of its own, so that the space ends at
// a different point each time.
func TestFullDisk(t *testing.T) {
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childVar+"="+t.TempDir(), smallVar+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Skipf("no user namespaces here: %v", err)
	}
	if exit != nil && exit.ExitCode() == exitSkip {
		t.Skipf("%s", out)
	}
	if err != nil || testing.Verbose() {
		t.Logf("%s", out)
	}
	if err != nil {
		t.Error(err)
	}
}

const exitSkip = 77

// fullMain is TestFullDisk's child.
func fullMain(root string) int {
	t := &failer{}
	failures := 0
	for kib := 160; kib <= 1100; kib += 36 {
		if err := syscall.Mount("tmpfs", root, "tmpfs", 0, fmt.Sprintf("size=%dk", kib)); err != nil {
			fmt.Println("no tmpfs here:", err)
			return exitSkip
		}
		if fullRound(t, root, kib) {
			failures++
		}
		must(t, syscall.Unmount(root, syscall.MNT_DETACH))
	}
	if failures < 10 || t.failed {
		fmt.Printf("%d of the sizes were too small\n", failures)
		return 1
	}
	return 0
}

// fullRound installs with that much space, and then with enough. It reports whether the first try failed.
func fullRound(t *failer, root string, kib int) bool {
	w := newWorld(t, root, "a@1\nb@1 a:link", fullScripts)
	_, first := w.Install(context.Background(), []*dag.Node{w.nodes["b"]})
	if first != nil {
		text := strings.ToLower(first.Error())
		if !strings.Contains(text, "no space left") && !strings.Contains(text, "the file system is full") {
			t.Error(fmt.Sprintf("%d KiB: the error does not say that the disk is full: %v", kib, first))
		}
		for _, r := range mustQuery(t, w) {
			if problems, err := w.Store.Verify(context.Background(), r); err != nil || len(problems) > 0 {
				t.Error(fmt.Sprintf("%d KiB: installed, but not sound: %v %v", kib, problems, err))
			}
		}
	}
	must(t, syscall.Mount("tmpfs", root, "tmpfs", syscall.MS_REMOUNT, "size=16m"))
	if _, err := w.Install(context.Background(), []*dag.Node{w.nodes["b"]}); err != nil {
		t.Error(fmt.Sprintf("%d KiB: with space again: %v", kib, err))
	}
	if got := w.installed(t); got != "a b" {
		t.Error(fmt.Sprintf("%d KiB: installed: %s", kib, got))
	}
	w.clean(t)
	return first != nil
}

func mustQuery(t *failer, w *world) []store.Record {
	records, err := w.Store.Query(store.Filter{})
	must(t, err)
	return records
}
