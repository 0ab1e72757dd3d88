package install

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

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

// politeNice is what a build's commands are niced by outside of batch jobs: people's own commands go first.
const politeNice = 10

// DefaultNice is how nice builds are here.
func DefaultNice() int {
	if InBatchJob() {
		return 0
	}
	return politeNice
}

// beNice lowers the priority of a command that was just started, and of all it started since: a process group.
func (r *run) beNice(group int) {
	// getpriority(2) gives 20 less the niceness.
	if now, err := unix.Getpriority(unix.PRIO_PROCESS, 0); err == nil && r.Nice > 20-now {
		unix.Setpriority(unix.PRIO_PGRP, group, r.Nice) // a build that is not nice is still a build
	}
}

// fewerJobs is how many of so many commands may run at once, if each may need as much memory as the recipe says.
func (b *build) fewerJobs(jobs int) int {
	if b.recipe.Memory <= memoryPerJob {
		return jobs
	}
	if free := b.freeMemory(); free > 0 {
		return min(jobs, max(1, int(free/b.recipe.Memory)))
	}
	return jobs
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
