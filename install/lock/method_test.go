package lock

import (
	"os"
	"path/filepath"
	"testing"
)

// mounts is what /proc/self/mountinfo looks like on nodes of clusters.
const mounts = `24 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 24 0:30 / /home rw,nosuid shared:2 - nfs nas:/home rw,vers=3,local_lock=none,addr=10.0.0.1
31 24 0:31 / /nolock rw shared:3 - nfs nas:/x rw,vers=3,nolock,local_lock=all,addr=10.0.0.1
32 24 0:32 / /home/with\040blank rw shared:4 - nfs4 nas:/y rw,vers=4.2,local_lock=none
33 24 0:33 / /scratch rw shared:5 - lustre 10.0.0.2@o2ib:/fs rw,flock,lazystatfs
34 24 0:34 / /work rw shared:6 - lustre 10.0.0.2@o2ib:/fs rw,localflock
35 24 0:35 / /bee rw - beegfs beegfs_nodev rw,cfgFile=/etc/beegfs/beegfs-client.conf
36 24 0:36 / /gpfs rw shared:7 - gpfs gpfs rw
37 24 0:37 / /gpfs rw shared:8 - cifs //nas/over rw,nobrl
`

func TestMountsWhoseLocksStayOnTheNode(t *testing.T) {
	for dir, want := range map[string]string{
		"/tmp/locks": "", "/home/u/.berth/locks": "", "/homeless": "", "/home/with blank/u": "", "/scratch/u": "",
		"/nolock/u": "nfs is mounted with nolock", "/work/u": "lustre is mounted with localflock",
		"/bee": "beegfs keeps locks on each node by itself, unless it is told otherwise", "/gpfs/u": "cifs is mounted with nobrl",
	} {
		if got := localLocks(mountOf(mounts, dir)); got != want {
			t.Errorf("%s: %q, want %q", dir, got, want)
		}
	}
}

// TestMethodIsAgreedOn: where one node has no locks, those that have some must not use them.
func TestMethodIsAgreedOn(t *testing.T) {
	dir := t.TempDir()
	before, err := New(dir, Options{})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, noteName), []byte(noteText), 0o644))
	after, err := New(dir, Options{})
	must(t, err)
	if after.Method() != Mkdir {
		t.Errorf("before the note the method was %q, after it %q", before.Method(), after.Method())
	}
}
