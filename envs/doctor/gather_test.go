package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const mountinfo = `22 28 0:21 / /proc rw,nosuid - proc proc rw
28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
30 28 0:40 / /home rw,nosuid shared:2 - nfs4 server:/home rw,vers=4.2,local_lock=none,addr=10.0.0.1
31 28 0:41 / /lus rw - lustre 10.0.0.2@o2ib:/lus rw,noflock,lazystatfs
32 28 0:42 / /mnt/my\040disk rw,noexec - cifs //win/share rw,nocase
33 30 0:43 / /home/ada rw,nodev - fuse.sshfs ada@far:/ rw
34 28 0:44 / /home rw,noatime - nfs4 newer:/home rw
torn line
`

func TestMountOf(t *testing.T) {
	for path, want := range map[string]string{
		"/usr/lib":         "ext4 / rw,relatime",
		"/lus/scratch/ada": "lustre /lus rw,noflock",
		"/lustre":          "ext4 / rw,relatime",
		"/mnt/my disk/x":   "cifs /mnt/my disk rw,noexec,nocase",
		"/home/ada/.berth": "fuse.sshfs /home/ada rw,nodev",
		"/home/bob":        "nfs4 /home rw,noatime",
		"/proc/self":       "proc /proc rw,nosuid",
	} {
		fileSystem, mount, options := mountOf(mountinfo, path)
		if got := fileSystem + " " + mount + " " + strings.Join(options, ","); got != want {
			t.Errorf("%s is on %q, want %q", path, got, want)
		}
	}
	if fileSystem, _, _ := mountOf("", "/x"); fileSystem != "" {
		t.Errorf("without mounts: %s", fileSystem)
	}
}

func FuzzMountOf(f *testing.F) {
	f.Add(mountinfo, "/home/ada")
	f.Add(`1 2 3 / /\04 rw - x`, "/")
	f.Add("1 2 3:4 / /a\\134b rw - fuse.sshfs a@b:/ rw\n1 2 3:4 / /a/../b rw a:1 b:2 - nfs x ro,", "/a\\b/c")
	f.Fuzz(func(t *testing.T, text, path string) {
		fileSystem, mount, options := mountOf(text, path)
		if (mount == "") != (fileSystem == "") {
			t.Errorf("a mount at %q of type %q", mount, fileSystem)
		}
		clean := filepath.IsAbs(mount) && filepath.Clean(mount) == mount && filepath.Clean(path) == path // the kernel's are
		if clean && path != mount && !strings.HasPrefix(path, strings.TrimSuffix(mount, "/")+"/") {
			t.Errorf("%q is not below %q", path, mount)
		}
		for _, o := range options {
			if strings.ContainsAny(o, ", \n") {
				t.Errorf("an option %q", o)
			}
		}
	})
}

func TestParseLimits(t *testing.T) {
	got := parseLimits(`Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max file size             unlimited            unlimited            bytes
Max stack size            8388608              unlimited            bytes
Max processes             200                  4096                 processes
Max open files            1024                 524288               files
Max address space         4294967296           unlimited            bytes
Max
`)
	want := map[string]uint64{"stack": 8388608, "processes": 200, "open files": 1024, "memory": 4294967296}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestProbePlace looks at a real directory, and at one that is not there yet.
func TestProbePlace(t *testing.T) {
	dir := t.TempDir()
	getenv := func(name string) string { return map[string]string{"SCRATCH": dir}[name] }
	for _, path := range []string{dir, filepath.Join(dir, "not/there/yet")} {
		p := probePlace(t.Context(), path, getenv)
		if p.Unwritable != "" || p.Locks == "" || p.NoExec != "" || p.CaseInsensitive || p.FileSystem == "" || len(p.Limits) == 0 {
			t.Errorf("%+v", p)
		}
		if p.Exists != (path == dir) || p.Variable != "SCRATCH" || p.SkewSeconds > 2 || p.SkewSeconds < -2 {
			t.Errorf("%+v", p)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		if p := probePlace(t.Context(), dir, getenv); p.Unwritable == "" {
			t.Errorf("%+v", p)
		}
		must(t, os.Chmod(dir, 0o755))
	}
}

func TestBrokenCompletion(t *testing.T) {
	home := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(home, "bin"), 0o755))
	must(t, os.WriteFile(filepath.Join(home, "bin/berth"), []byte("#!/bin/sh\n"), 0o755))
	text := fmt.Sprintf(`export PATH=$HOME/bin:$PATH
eval "$(berth completion bash)"
eval "$(~/bin/berth completion bash)"
# eval "$(/gone/berth completion bash)"
eval "$(/gone/berth completion bash)"
  source <("$HOME/opt/berth" completion zsh)
eval "$($WHERE/berth completion bash)"
%s/bin/berth completion fish | source
`, home)
	var lines []string
	for _, b := range brokenCompletion(".bashrc", text, home) {
		lines = append(lines, fmt.Sprintf("%d %s", b.Line, b.Text))
	}
	want := []string{`5 eval "$(/gone/berth completion bash)"`, `6 source <("$HOME/opt/berth" completion zsh)`}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

func TestLeftOver(t *testing.T) {
	root := t.TempDir()
	old := time.Now().Add(-50 * 24 * time.Hour)
	for dir, aged := range map[string]bool{
		"stage/zlib-1": true, "stage/new-1": false, "store/zlib-1/.berth": false, "store/torn-1": true, "store/building-1": false, "store/.trash": true,
	} {
		path := filepath.Join(root, dir)
		must(t, os.MkdirAll(path, 0o755))
		if aged {
			must(t, os.Chtimes(path, old, old))
		}
	}
	must(t, os.WriteFile(filepath.Join(root, "store/zlib-1/.berth/spec.json"), []byte("{}"), 0o644))
	got := leftOver(filepath.Join(root, "stage"), filepath.Join(root, "store"), root, 14)
	if diff := cmp.Diff(Leftovers{Stages: 1, OldestDays: 50, Prefixes: 1, NoIndex: true}, got); diff != "" {
		t.Error(diff)
	}
	if got := leftOver("/nonexistent", "/nonexistent", "/nonexistent", 14); got != (Leftovers{}) {
		t.Errorf("without a root: %+v", got)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
