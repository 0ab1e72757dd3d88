package install

import (
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// politeJobs is how many commands run at once outside of a batch job: a login node belongs to everybody.
const politeJobs = 8

// memoryPerJob is what one compiler may need, in bytes; C++ at its worst needs more, Fortran and C far less.
const memoryPerJob = 1 << 30

// DefaultJobs is how many commands builds may run at once here, by what this process is allowed: its CPU affinity, the limits
// of its control groups, and the memory that is free; outside of a batch job not more than a polite few.
func DefaultJobs() int {
	limits := hostLimits{root: "/", inBatchJob: InBatchJob(), allotted: allotted()}
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err == nil {
		limits.cpus = set.Count()
	}
	return limits.jobs()
}

// hostLimits is where the limits are read from.
type hostLimits struct {
	root       string // of the file system: "/"
	cpus       int    // by affinity; 0 if not known
	inBatchJob bool
	allotted   int // processors that the batch system gives, where it says so; 0 if it does not
}

func (h hostLimits) jobs() int {
	n := max(h.cpus, 1)
	if h.allotted > 0 {
		n = min(n, h.allotted)
	}
	for _, dir := range h.cgroups() {
		if quota := h.cpuQuota(dir); quota > 0 {
			n = min(n, max(1, int(quota)))
		}
	}
	if free := h.freeMemory(); free > 0 {
		n = min(n, max(1, int(free/memoryPerJob)))
	}
	if !h.inBatchJob {
		n = min(n, politeJobs)
	}
	return n
}

// cgroups lists this process's control groups and all above them, as directories of version 2 and of version 1's cpu and memory
// controllers. A limit of any of them binds.
func (h hostLimits) cgroups() []string {
	var dirs []string
	for _, line := range strings.Split(h.read("proc/self/cgroup"), "\n") {
		parts := strings.SplitN(line, ":", 3)
		if len(parts) != 3 {
			continue
		}
		mount := "sys/fs/cgroup"
		switch controllers := strings.Split(parts[1], ","); {
		case parts[1] == "":
		case slices.Contains(controllers, "cpu"):
			mount = "sys/fs/cgroup/cpu"
		case slices.Contains(controllers, "memory"):
			mount = "sys/fs/cgroup/memory"
		default:
			continue
		}
		for dir := path.Clean("/" + parts[2]); ; dir = path.Dir(dir) {
			dirs = append(dirs, path.Join(mount, dir))
			if dir == "/" {
				break
			}
		}
	}
	return dirs
}

// cpuQuota is the number of processors that a group may use, 0 if it has no limit.
func (h hostLimits) cpuQuota(dir string) float64 {
	if f := strings.Fields(h.read(path.Join(dir, "cpu.max"))); len(f) == 2 {
		return ratio(f[0], f[1])
	}
	return ratio(strings.TrimSpace(h.read(path.Join(dir, "cpu.cfs_quota_us"))), strings.TrimSpace(h.read(path.Join(dir, "cpu.cfs_period_us"))))
}

func ratio(a, b string) float64 {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX != nil || errY != nil || x <= 0 || y <= 0 {
		return 0 // "max" and -1 are no limit
	}
	return x / y
}

// freeMemory is what can still be used, in bytes: of the machine, or of the tightest control group; 0 if it is not known.
func (h hostLimits) freeMemory() int64 {
	free := int64(0)
	for _, line := range strings.Split(h.read("proc/meminfo"), "\n") {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "MemAvailable:" {
			kib, _ := strconv.ParseInt(f[1], 10, 64)
			free = kib << 10
		}
	}
	for _, dir := range h.cgroups() {
		for _, files := range [][2]string{{"memory.max", "memory.current"}, {"memory.limit_in_bytes", "memory.usage_in_bytes"}} {
			limit, err := strconv.ParseInt(strings.TrimSpace(h.read(path.Join(dir, files[0]))), 10, 64)
			used, errUsed := strconv.ParseInt(strings.TrimSpace(h.read(path.Join(dir, files[1]))), 10, 64)
			if err != nil || errUsed != nil || limit <= 0 || limit >= 1<<60 {
				continue
			}
			// Page cache counts as used and is given back: at least half of the limit can be had.
			left := max(limit-used, limit/2)
			if free == 0 || left < free {
				free = left
			}
		}
	}
	return free
}

func (h hostLimits) read(file string) string {
	data, err := os.ReadFile(path.Join(h.root, file))
	if err != nil {
		return ""
	}
	return string(data)
}
