package install

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/install/history"
	"github.com/berth-hpc/berth/packages"
)

// batchVariables are what batch systems set in their jobs: Slurm, PBS and Torque, LSF, Cobalt, Flux, OAR, HTCondor. (Grid Engine's JOB_ID means too many things.)
var batchVariables = []string{"SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "COBALT_JOBID", "FLUX_JOB_ID", "OAR_JOB_ID", "_CONDOR_SLOT"}

// InBatchJob reports whether this process runs in a batch job, whose processors nobody else wants. Everywhere else others may work on the machine.
func InBatchJob() bool {
	for _, name := range batchVariables {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}

// allotted is how many processors of this machine a batch system gave to this job, where it says so and may not enforce it: Slurm, PBS.
func allotted() int {
	for _, name := range []string{"SLURM_CPUS_ON_NODE", "NCPUS"} {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 && InBatchJob() {
			return n
		}
	}
	return 0
}

// politeNice is what a build's commands are niced by where others work: people's own commands go first.
const politeNice = 10

// DefaultNice is how nice builds are here: in batch jobs, and on a machine that nobody else works on, not at all.
func DefaultNice() int {
	if InBatchJob() || !isLoginNode() && !others("/proc", os.Getuid(), ownerOf) {
		return 0
	}
	return politeNice
}

// isLoginNode reports whether jobs can be given to a batch system from here, which is where everybody works.
func isLoginNode() bool {
	for _, client := range []string{"sbatch", "qsub", "bsub", "oarsub", "flux"} {
		if _, err := exec.LookPath(client); err == nil {
			return true
		}
	}
	return false
}

// The user identifiers of people, as login.defs has them by default. Services have others.
const (
	firstPerson = 1000
	lastPerson  = 60000
)

// others reports whether processes of another person run. Where the kernel hides them, there are none.
func others(proc string, me int, owner func(os.DirEntry) int) bool {
	entries, err := os.ReadDir(proc)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		if uid := owner(e); uid != me && uid >= firstPerson && uid <= lastPerson {
			return true
		}
	}
	return false
}

// ownerOf is the user whose process that is; 0 if it has ended.
func ownerOf(e os.DirEntry) int {
	info, err := e.Info()
	if err != nil {
		return 0
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return int(st.Uid)
}

// beNice lowers the priority of a command that was just started, and of all it started since: a process group.
func (r *run) beNice(group int) {
	// getpriority(2) gives 20 less the niceness.
	if now, err := unix.Getpriority(unix.PRIO_PROCESS, 0); err == nil && r.Nice > 20-now {
		unix.Setpriority(unix.PRIO_PGRP, group, r.Nice) // a build that is not nice is still a build
	}
}

// fewerJobs is how many of so many commands may run at once, if each may need as much memory as the recipe says, or as the largest took when the
// package was built before.
func (b *build) fewerJobs(jobs int) int {
	memory := max(b.recipe.Memory, b.builtBefore().Memory)
	if memory <= memoryPerJob {
		return jobs
	}
	if free := b.freeMemory(); free > 0 {
		return min(jobs, max(1, int(free/memory)))
	}
	return jobs
}

// builtBefore is what the package took when it was built before.
func (b *build) builtBefore() history.Build {
	known, _ := b.history.Of(b.node.Name(), b.node.Version())
	return known
}

// weigh remembers how large the largest process became among those that a command was, or started and waited for.
func (b *build) weigh(ended *os.ProcessState) {
	if ended == nil {
		return
	}
	if usage, ok := ended.SysUsage().(*syscall.Rusage); ok {
		b.peak = max(b.peak, usage.Maxrss<<10) // KiB on Linux
	}
}

// noteMemory remembers that of a build that failed, where it is more than what one command is thought to need: the next try runs fewer at once.
func (b *build) noteMemory() {
	if b.peak > memoryPerJob {
		b.history.NoteMemory(b.node.Name(), b.node.Version(), b.peak)
	}
}

// memory is what is to be remembered of a build's largest process. A build that was resumed saw only the end of it.
func (b *build) memory() int64 {
	if b.resumed != nil {
		return max(b.peak, b.builtBefore().Memory)
	}
	return b.peak
}

// offerJobs is the job server's offer to a command; a make whose commands need more memory than there is gets a number of its own instead.
func (b *build) offerJobs(argv []string, files []*os.File) []packages.EnvMod {
	offer := b.jobServer.offer(argv, files)
	if jobs := b.fewerJobs(b.run.jobs); len(offer) > 0 && jobs < b.run.jobs {
		files[jobsReadFD-3], files[jobsWriteFD-3] = nil, nil
		return []packages.EnvMod{{Op: packages.EnvSet, Name: "MAKEFLAGS", Value: fmt.Sprintf(" -j%d", jobs)}}
	}
	return offer
}

func (r *run) freeMemory() int64 {
	if r.FreeMemory != nil {
		return r.FreeMemory()
	}
	return hostLimits{root: "/"}.freeMemory()
}
