// Package install makes concrete specs stand in the store: it fetches, builds, checks and registers what is needed, several
// packages at once, and nothing twice, however many commands run.
//
// It decides nothing about versions or variants; the DAG it gets is final. It prints nothing: a Reporter hears what happens.
//
// The parts, each of its own: store (layout, self-describing prefixes, index), db (the index's SQLite), fetch, unpack, stage,
// buildenv, confine, sitemodules, wrapper (the compiler wrapper), elf, lock, durable, buildlog, history (what builds took), room (what is free).
//
// Read install.go (the entry), plan.go (what has to be done), estimate.go (what that will take), schedule.go (in which order), prepare.go,
// sources.go, gitsources.go, build.go (its steps), confined.go (what a build may touch), offered.go (what a builder is offered), resume.go and killed.go (going on), check.go, polish.go, forget.go, shebang.go, errors.go, reporter.go, jobs.go.
package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/berth-hpc/berth/install/confine"
	"github.com/berth-hpc/berth/install/fetch"
	"github.com/berth-hpc/berth/install/history"
	"github.com/berth-hpc/berth/install/room"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// Installer installs. Set its fields, then call Install, from one goroutine at a time.
type Installer struct {
	Store *store.Store
	// Fetcher gets sources; its cache is usually Store.SourceCache().
	Fetcher *fetch.Fetcher
	// Recipes gives the recipe by which a node is built. It is asked for nodes that are built and, with its error ignored, for what
	// they are built with.
	Recipes  func(context.Context, *dag.Node) (*packages.Recipe, error)
	Reporter Reporter // nil: nobody hears
	// LockedCommit tells what a lock knows of the git commit that a node is built from; nil: nothing.
	LockedCommit func(*dag.Node) LockedCommit

	Jobs      int    // commands at once, of all builds together; 0: DefaultJobs()
	KeepStage bool   // keep stages of builds that succeeded, too
	Resume    bool   // go on in the stages of builds that failed or were killed
	FailFast  bool   // stop at the first failure instead of building what does not depend on it
	RunTests  bool   // run the packages' own tests
	Explicit  bool   // the roots are asked for by a person: gc keeps them
	Berth     string // the berth binary, which the compiler wrappers are; "": this program
	DebugWrap bool   // log what the compiler wrappers change, beside the build log
	// Replace are installed packages to be built anew in their place, by hash. No other install runs meanwhile.
	Replace map[string]store.Record

	// NoRoomCheck builds even where the file system or a quota has no room for what builds took before.
	NoRoomCheck bool
	// Confirm is asked whether to go on where there is no room; nil, or false: Install returns the error.
	Confirm func(*NoRoomError) bool
	// Nice is added to the niceness of what builds run.
	Nice int
	// Trim is what is left out of what packages install.
	Trim Trim
	// FreeMemory is how many bytes builds may use; nil: what the machine and the control groups have.
	FreeMemory func() int64
	// Limits finds out what bounds the room at a path; nil: room.Limits.
	Limits func(ctx context.Context, path string) []room.Limit

	Confine confine.Config       // how far builds are kept from what is not theirs; the zero value keeps them from nothing
	Warn    func(message string) // told of what the user should know and need not wait for; nil: nobody is
}

// Report is what an Install did.
type Report struct {
	Installed []store.Record // built, in the order in which they were done
	Reused    []store.Record // stood already, of those that were needed
	Seconds   float64
	Jobs      int        // commands that ran at once
	Timeline  []TaskTime // of all that was to be built, dependencies before dependents
}

// Install makes the roots, and what they need to be linked and run, stand in the store; what is needed only to build is
// installed for what is really built. When it returns without error, every root stands and is in the index. Otherwise the error
// is a *FailedError of *BuildError and *IntegrityError, or tells why nothing could begin.
func (in *Installer) Install(ctx context.Context, roots []*dag.Node) (*Report, error) {
	start := time.Now()
	// What is installed does not depend on the user's umask; builds inherit ours.
	defer syscall.Umask(syscall.Umask(0o022))
	if err := in.Store.Prepare(); err != nil {
		return nil, err
	}
	use := in.Store.Use
	if len(in.Replace) > 0 {
		use = in.Store.Alone
	}
	done, err := use(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	sweep := in.Store.Sweep
	if in.Resume {
		sweep = in.Store.SweepPackages
	}
	if err := sweep(); err != nil {
		return nil, err
	}
	berth, err := in.wrapperProgram()
	if err != nil {
		return nil, err
	}
	r := in.newRun(roots, berth)
	if err := r.announce(ctx); err != nil {
		return r.report, err
	}
	if err := r.registerStanding(ctx); err != nil {
		return r.report, err
	}
	if len(r.plan.tasks) > 0 {
		r.clock = newClock(r.plan)
		err = r.buildAll(ctx)
		r.report.Timeline = r.clock.times(r.plan)
	}
	r.report.Seconds = time.Since(start).Seconds()
	return r.report, err
}

// newRun plans what has to be done.
func (in *Installer) newRun(roots []*dag.Node, berth string) *run {
	r := &run{
		Installer: in, berth: berth, jobs: in.Jobs, report: &Report{}, reporter: in.Reporter, history: history.Read(in.Store.HistoryPath()),
		plan: newPlan(roots, func(n *dag.Node) bool { return !in.replaces(n) && in.Store.Stands(n) }),
	}
	if r.jobs <= 0 {
		r.jobs = DefaultJobs()
	}
	r.report.Jobs = r.jobs
	if r.reporter == nil {
		r.reporter = nobody{}
	}
	return r
}

// announce tells what is going to be done, and makes sure that there is room for it.
func (r *run) announce(ctx context.Context) error {
	parallel := min(r.jobs, maxParallel)
	expect := estimate(r.plan, r.history, parallel, r.KeepStage, usual)
	r.reporter.Planned(r.plan.summary(expect))
	if len(r.plan.tasks) == 0 {
		return nil
	}
	return r.checkRoom(ctx, estimate(r.plan, r.history, parallel, r.KeepStage, history.Build{}), expect)
}

// wrapperProgram is the file that compiler wrappers are links to.
func (in *Installer) wrapperProgram() (string, error) {
	if in.Berth != "" {
		return in.Berth, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the berth binary: %w", err)
	}
	return self, nil
}

// registerStanding enters what stands already and is needed: externals, and prefixes that an interrupted command left out of the index.
func (r *run) registerStanding(ctx context.Context) error {
	records, err := r.Store.Register(ctx, r.plan.standing, r.isExplicit)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%w: it vanished while this command began; run it again", err)
	}
	if err != nil {
		return err
	}
	r.report.Reused = records
	for _, rec := range records {
		r.reporter.Reused(rec.Node, rec.Prefix)
	}
	return nil
}

// isExplicit reports whether a person asked for a package, now or when it was installed that is built anew.
func (r *run) isExplicit(n *dag.Node) bool {
	return r.Explicit && r.plan.isRoot(n) || r.Replace[n.Hash()].Explicit
}

func (in *Installer) replaces(n *dag.Node) bool {
	_, ok := in.Replace[n.Hash()]
	return ok
}
