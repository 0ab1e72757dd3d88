package doctor

import (
	"github.com/berth-hpc/berth/install/room"
	"github.com/berth-hpc/berth/packages/host/gpu"
)

// Patient is all that a judgement may depend on.
type Patient struct {
	Root         Place
	Stage        Place
	Process      Process
	Tools        map[string]string // git, patch, make: where it is; "" is nowhere
	Compilers    []Compiler
	MPIs         []MPI
	Externals    []External // of packages.yaml, that are gone
	Silent       []string   // programs of the host that did not answer when it was searched: "/usr/bin/g++-12: ..."
	Upstreams    []Upstream
	Mirrors      []Mirror
	GPU          GPU
	Systems      []System
	Unnamed      []string // systems of the environment here, if none of them says that it is this machine
	Environments []Environment
	Shell        Shell
	Leftovers    Leftovers
}

// Place is a directory that berth writes to.
type Place struct {
	Path   string // "/home/u/.berth"
	Exists bool
	// Unwritable is why nothing can be written there; "" if it can.
	Unwritable string
	FileSystem string   // "lustre", "nfs4", "ext4", as mounts call it
	Mount      string   // "/scratch"
	Options    []string // of the mount: "noexec", "flock"
	Shared     bool     // by several machines
	InMemory   bool
	// Locks is the method that works: "ofd", "mkdir"; "" is none, and NoLocks says why.
	Locks   string
	NoLocks string
	// NoExec is why a program that was written there could not be run; "" if it could.
	NoExec          string
	CaseInsensitive bool
	SkewSeconds     float64 // how far the file system's clock is ahead of this machine's
	Mode            uint32  // permission bits; 0 where it does not exist
	Limits          []room.Limit
	Variable        string // of the environment that the path lies below, of those that name scratch directories: "SCRATCH"
}

// Process is what the shell gives to berth and the builds.
type Process struct {
	Umask     int               // 0o022
	Limits    map[string]uint64 // soft limits that are set: "open files", "processes", "file size", "memory"
	SELinux   bool              // enforcing
	Variables map[string]string // of those that change what every program does: LD_PRELOAD, PYTHONHOME
	Target    string            // "zen3"
	Host      string            // "login3"
	CPUs      int               // that this process may use
	Jobs      int               // commands that builds run at once here
}

// Compiler is one of packages.yaml.
type Compiler struct {
	Spec    string            // "gcc@12.2.0"
	Paths   map[string]string // by language: "c", "cxx", "fortran"
	Missing []string          // paths of it that are not there
	Place   string            // where it is listed, if that is not the user's packages.yaml: "/etc/berth/packages.yaml:7"
}

// MPI is one of packages.yaml.
type MPI struct {
	Spec     string // "openmpi@4.1.4"
	Prefix   string
	Compiler string // that it was built with: "gcc@11.4.0"; "" where nothing says so
	Known    bool   // that compiler is one of packages.yaml
	Fortran  bool   // it has a wrapper for Fortran, or nothing tells its wrappers
}

// External is one of packages.yaml.
type External struct {
	Spec, Path string
	Place      string // as of Compiler
}

// Upstream is an install tree of others.
type Upstream struct {
	Name, Path string
	Place      string // where it is configured: "/etc/berth/upstreams.yaml:2"
	Broken     string // why nothing of it can be used; "" if it can
}

// Mirror is where sources come from before upstream.
type Mirror struct {
	URL    string
	Broken string
}

// GPU is what was found of GPUs.
type GPU struct {
	Facts     gpu.Facts
	Drivers   []gpu.Source
	Toolkits  []gpu.Toolkit
	Notes     []string
	UsersCUDA []string // CUDA toolkits in env.lock here: "12.4.1"
}

// System is a system of the environment here: one with a fact sheet, where this machine is one of it, or one of which facts are missing.
type System struct {
	Name    string
	Sheet   string   // "systems/gpu.yaml"
	Now     []string // what is otherwise than the sheet says: "target: zen4, recorded zen3"
	Unknown bool     // it has no sheet, and this machine is none of it: nothing is known of it here
	Locked  bool     // env.lock has a section for it
	Lacks   []string // facts that neither env.yaml nor the sheet has: "the GPUs", "the version of NVIDIA's driver"
	Wants   string   // what needs them: "cuda@12.4.1 in env.lock"
}

// Environment is one that was installed into the root.
type Environment struct {
	Dir      string
	Here     bool
	Gone     bool
	Broken   string   // why its files cannot be read
	Manifest bool     // it is env.yaml that cannot be read, which a person wrote
	Drifts   []string // how env.lock is not what env.yaml or this host would give
	Stale    string   // why its activation cannot be used
}

// Shell is the shell that berth was started from.
type Shell struct {
	Active     string // $BERTH_ENV
	ActiveGone bool
	// Completion are start files that call a berth that is not there.
	Completion []Startup
	Self       string   // this program
	Others     []string // other programs called berth that stand before it on PATH
}

// Startup is a line of a shell's start file.
type Startup struct {
	File string // "/home/u/.bashrc"
	Line int
	Text string
}

// Leftovers is what earlier commands left.
type Leftovers struct {
	Stages     int // older than the days of config.yaml
	OldestDays int
	Prefixes   int  // without a description: of builds that did not end
	NoIndex    bool // there are packages and no index
}
