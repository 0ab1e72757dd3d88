package install

import (
	"os"
	"path/filepath"
	"testing"
)

func TestJobs(t *testing.T) {
	const gib = "1073741824"
	for _, c := range []struct {
		name  string
		cpus  int
		batch bool
		given int
		files map[string]string
		want  int
	}{
		{"affinity", 4, false, 0, nil, 4},
		{"not known", 0, false, 0, nil, 1},
		{"polite on a login node", 192, false, 0, nil, politeJobs},
		{"all in a batch job", 192, true, 0, nil, 192},
		{"what Slurm gave", 192, true, 16, nil, 16},
		{"more than there is", 4, true, 16, nil, 4},
		{"quota of version 2", 64, true, 0, map[string]string{
			"proc/self/cgroup": "0::/user.slice/me\n", "sys/fs/cgroup/user.slice/me/cpu.max": "max 100000\n", "sys/fs/cgroup/user.slice/cpu.max": "350000 100000\n",
		}, 3},
		{"quota below one processor", 64, true, 0, map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "50000 100000"}, 1},
		{"quota of version 1", 64, true, 0, map[string]string{
			"proc/self/cgroup": "4:cpu,cpuacct:/job\n1:name=systemd:/x\n", "sys/fs/cgroup/cpu/job/cpu.cfs_quota_us": "800000", "sys/fs/cgroup/cpu/job/cpu.cfs_period_us": "100000",
		}, 8},
		{"no quota of version 1", 6, true, 0, map[string]string{
			"proc/self/cgroup": "4:cpu:/job\n", "sys/fs/cgroup/cpu/job/cpu.cfs_quota_us": "-1", "sys/fs/cgroup/cpu/job/cpu.cfs_period_us": "100000",
		}, 6},
		{"free memory", 64, true, 0, map[string]string{"proc/meminfo": "MemTotal: 99999999 kB\nMemAvailable: 5242880 kB\n"}, 5},
		{"memory of the group", 64, true, 0, map[string]string{
			"proc/meminfo": "MemAvailable: 99999999 kB\n", "proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "6442450944", "sys/fs/cgroup/a/memory.current": gib,
		}, 5},
		{"page cache counts half", 64, true, 0, map[string]string{
			"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "8589934592", "sys/fs/cgroup/a/memory.current": "8589934000",
		}, 4},
		{"no memory limit", 3, true, 0, map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max", "sys/fs/cgroup/a/memory.current": gib}, 3},
		{"nearly nothing", 8, true, 0, map[string]string{"proc/meminfo": "MemAvailable: 1000 kB\n"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range c.files {
				path := filepath.Join(root, name)
				must(t, os.MkdirAll(filepath.Dir(path), 0o755))
				must(t, os.WriteFile(path, []byte(text), 0o644))
			}
			if got := (hostLimits{root: root, cpus: c.cpus, inBatchJob: c.batch, allotted: c.given}).jobs(); got != c.want {
				t.Errorf("%d jobs, want %d", got, c.want)
			}
		})
	}
}
