package packages

import (
	"context"

	"github.com/berth-hpc/berth/spec/dag"
)

// Builder is how a recipe builds. It holds no state of one build: the same Builder serves many nodes at once.
type Builder interface {
	// Canonical is the stable text of all that the build of n depends on and n's attributes do not already say: the build system, its
	// arguments and steps with n's choices applied, environment, checks. Two recipes whose text differs only in comments,
	// descriptions or layout give the same bytes.
	Canonical(n *dag.Node) ([]byte, error)
	// Phases lists what a build of n does, in order ("configure", "build", "install", "check").
	// The error tells the file and line of a build method that cannot be run.
	Phases(n *dag.Node) ([]Phase, error)
}

// Refusing is a Builder that knows beforehand what it cannot build. People are shown it; a build that is refused says so itself.
type Refusing interface {
	Refusals() []Refusal
}

// Refusal is a choice that a package of the host's may have, but no build of ours: CUDA where there is no recipe of it.
type Refusal struct {
	When    When
	Because string
	Place   Place
}

// Phase is one step of a build. Progress shows several that follow each other with the same name as one.
type Phase struct {
	Name string
	// Once says that it changes the source and cannot be run on what an earlier run of it left.
	Once bool
	Run  func(ctx context.Context, b Build) error
}

// Build is what the installer offers a phase. Everything that a phase does to the machine goes through it.
type Build interface {
	Node() *dag.Node
	Prefix() string                       // where the package will stand
	SourceDir() string                    // the unpacked, patched source
	BuildDir() string                     // for out-of-source builds; exists, inside the stage
	Jobs() int                            // how many commands may run at once, at least 1
	RunTests() bool                       // whether the package's own tests were asked for
	DepPrefix(name string) (string, bool) // the prefix of a dependency (any depth of link or run, direct for build), by package or virtual
	Dep(name string) (*dag.Node, bool)    // its node, likewise
	// Tool is the path of a program that the build must use: "cc", "cxx", "fc" (the compiler wrappers), "mpicc", "mpicxx", "mpifort"
	// (of the MPI in the closure), "make", "cmake", "ninja", or any program by name on the build's PATH.
	Tool(name string) (string, error)
	// Run runs a command in dir ("" is SourceDir) with its output in the build's log; env is added to the build environment.
	Run(ctx context.Context, dir string, env []EnvMod, argv ...string) error
	// WriteFile and the like stay inside the stage or the prefix.
	WriteFile(path string, data []byte, mode uint32) error
	// Logf writes a line into the build's log.
	Logf(format string, args ...any)
}
