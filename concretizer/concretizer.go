// Package concretizer turns a request (abstract specs, recipes, configuration, host facts, what is installed) into a concrete
// DAG that is the proven optimum of a documented objective, or into a Conflict that explains why there is none.
//
// It builds nothing, reads no file and knows no SAT library; internal/sat alone does.
//
// Read concretizer.go (the request and the answer), solve.go (the steps), encoder.go (what is encoded when), then what is encoded of a
// node, in the order of encoder.expand: alternatives.go, versions.go, variants.go, targets.go, dependencies.go, virtuals.go, languages.go and runtimes.go,
// directives.go, configuration.go, extensions.go, objective.go; fits.go and reuse.go (what exists already); conditions.go (the literals of when=); request.go
// (roots); open.go, repair.go and below.go (that every node is needed, and dependencies run in no circle); decode.go (the model becomes nodes); explain.go,
// causes.go, rules.go, words.go and conflict.go (why there is no answer); validate.go and
// refusals.go (what is refused before). internal/opt searches, internal/sat solves, internal/check judges.
package concretizer

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// Request is everything that the answer depends on. Equal requests, whatever the order of their roots, give equal answers.
type Request struct {
	Roots    []Root
	Repo     packages.Repo
	Config   packages.Configuration
	Platform string       // "linux"
	OS       string       // "debian12"
	Target   spec.Targets // what nodes may be built for: a single target ("zen3"), the upper bound
	GPUs     []GPU        // of the environment: what is built for GPUs is built for these, unless a spec says otherwise
	Tests    []string     // packages whose test dependencies are wanted; "*" is all
	Reuse    Reusable     // nil: nothing is reused
}

// Root is a spec that was asked for, and where.
type Root struct {
	Spec  *spec.Spec
	Place packages.Place // env.yaml:3; a zero File is the command line
}

// Reusable is what is already concrete: installed, in an upstream, in the previous lock. What of it fits the machine is found out here.
type Reusable interface {
	// Candidates lists the concrete nodes of a package, in a fixed order. Each brings its whole DAG. It is asked at most a few times a package.
	Candidates(name string) []*dag.Node
}

// Solution is the optimum.
type Solution struct {
	// Roots holds one node per root, in the request's order.
	Roots []*dag.Node
	// Reused holds the hashes of the nodes taken from Reuse.
	Reused map[string]bool
	// Costs is the value reached at each level of the objective, most important first.
	Costs []LevelCost
	Stats Stats

	byDefault map[string]bool // the packages that the request needs by default, see asked.go
}

// LevelCost is one level of the objective and what the answer pays there.
type LevelCost struct {
	Level string // "root versions": the name in docs/objective.md
	Cost  int
}

// Stats is for --timers.
type Stats struct {
	Packages, Variables, Clauses, Expansions int
	Encode, Solve, Check, Total              time.Duration
}

// Concretize solves the request. The error is a *Conflict if there is no answer, and wraps packages.ErrUnknownPackage or a recipe's
// own error otherwise; ctx cancels at once.
func Concretize(ctx context.Context, r Request) (*Solution, error) { return solve(ctx, &r) }

// Conflict explains why a request has no answer: a minimal set of constraints that cannot hold together, as a chain to follow.
type Conflict struct {
	Causes []Cause  // in the order in which a person should read them
	Hints  []string // what could be changed
}

// Cause is one constraint of a conflict, told in words, with its place. (Each kind of constraint has its own type that implements it.)
type Cause interface {
	// String is one sentence without a full stop: "hypre 2.26.0 needs mpi, because +mpi".
	String() string
	// Place is where it is written: hypre.yaml:14, env.yaml:3.
	Place() packages.Place
}
