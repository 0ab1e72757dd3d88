package envs

import (
	"context"
	"errors"
	"fmt"

	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// InstallOptions is what a command line may add to an installation.
type InstallOptions struct {
	Options
	Locked bool // fail where the lock would have to change, instead of changing it
	Build  BuildOptions
	// Resolved is told of a new lock, before anything is built.
	Resolved func(*Result)
}

// BuildOptions is how to build.
type BuildOptions struct {
	Jobs      int // commands at once; 0: the settings', or what this process may use
	KeepStage bool
	Resume    bool // go on in the stages of builds that failed
	FailFast  bool // stop at the first failure
	Explicit  bool // a person asked for these by name
	Reporter  install.Reporter

	lockedCommit func(*dag.Node) install.LockedCommit // of an environment's lock
	// NoRoomCheck builds even where there seems to be no room; Confirm is asked, if not nil.
	NoRoomCheck bool
	Confirm     func(*install.NoRoomError) bool
	Replace     map[string]store.Record // installed packages to be built anew in their place, by hash
}

// Install makes the environment as its lock has it, concretizing first where env.yaml changed, and writes its activation.
func (e *Environment) Install(ctx context.Context, s *Session, o InstallOptions) (*install.Report, error) {
	system, err := e.Manifest.System(o.System)
	if err != nil {
		return nil, err
	}
	e, s = e.of(system.Name), s.on(system)
	repo, err := e.repoOf(ctx, s, o.Options)
	if err != nil {
		return nil, err
	}
	o.Repo = repo
	lock, err := e.lockFor(ctx, s, system, repo, o)
	if err != nil {
		return nil, err
	}
	if err := s.buildsFor(ctx, e.Dir, lock.Systems[system.Name].Request, system.Name); err != nil {
		return nil, err
	}
	recipes := lockedRecipes{lock, repo}
	roots := lock.Systems[system.Name].RootNodes()
	if o.Locked {
		if err := e.checkLocked(ctx, s, lock, system, recipes); err != nil {
			return nil, err
		}
	}
	st, err := s.Store()
	if err != nil {
		return nil, err
	}
	if err := lock.checkUpstreams(system.Name, st); err != nil {
		return nil, err
	}
	if err := e.checkView(s, st, roots); err != nil {
		return nil, err
	}
	// Before anything is built, so that berth gc, which runs when nothing is installed any more, finds it.
	if err := st.Prepare(); err != nil {
		return nil, err
	}
	if err := s.remember(e, lock.roots(), true); err != nil {
		return nil, err
	}
	o.Build.lockedCommit = lock.commit
	report, err := s.Install(ctx, roots, recipes.Recipe, o.Build)
	if err != nil {
		return report, err
	}
	if err := errors.Join(s.remember(e, lock.roots(), false), e.makeStateDir()); err != nil {
		return report, err
	}
	if !o.Locked && len(report.Installed) > 0 {
		if err := e.addTrees(ctx, s, st, lock); err != nil {
			return report, err
		}
	}
	viewed, err := e.writeView(ctx, s, st, roots)
	if err != nil {
		return report, err
	}
	return report, e.writeActivation(ctx, s, lock, system.Name, recipes, st.Prefix, viewed)
}

// repoOf is the repository that the command line names, or else those of the environment.
func (e *Environment) repoOf(ctx context.Context, s *Session, o Options) (packages.Repo, error) {
	if o.Repo != nil {
		return o.Repo, nil
	}
	var pinned *Lock
	if !o.Fresh {
		var err error
		if pinned, err = e.Lock(); err != nil {
			return nil, err
		}
	}
	return e.Repo(ctx, s, pinned)
}

// lockFor returns the lock to install, brought up to date first where that is allowed.
func (e *Environment) lockFor(ctx context.Context, s *Session, system System, repo packages.Repo, o InstallOptions) (*Lock, error) {
	lock, err := e.Lock()
	if err != nil {
		return nil, err
	}
	stale := staleRequest(e.Manifest, system, lock)
	if len(stale) == 0 {
		// A user's list of licences may have changed since.
		nodes := dag.Topological(lock.Systems[system.Name].RootNodes()...)
		if stale, err = (lockedRecipes{lock, repo}).unlicensed(ctx, s.licensePolicies(e.Manifest), nodes); err != nil {
			return nil, err
		}
	}
	if len(stale) == 0 && !o.Fresh {
		return lock, nil
	}
	if o.Locked {
		return nil, &DriftError{stale}
	}
	result, err := e.Concretize(ctx, s, o.Options)
	if err != nil {
		return nil, err
	}
	if err := result.Lock.Write(e.LockPath()); err != nil {
		return nil, err
	}
	if o.Resolved != nil {
		o.Resolved(result)
	}
	return result.Lock, nil
}

// checkLocked is what --locked adds: the recipes and the host are those that were locked.
func (e *Environment) checkLocked(ctx context.Context, s *Session, lock *Lock, system System, recipes lockedRecipes) error {
	locked := lock.Systems[system.Name]
	nodes := dag.Topological(locked.RootNodes()...)
	drifts, err := recipes.drifted(ctx, nodes)
	if err != nil {
		return err
	}
	unlicensed, err := recipes.unlicensed(ctx, s.licensePolicies(e.Manifest), nodes)
	if err != nil {
		return err
	}
	drifts = append(drifts, unlicensed...)
	facts, sheet, _, err := s.factsOf(ctx, e.Dir, system)
	if err != nil {
		return err
	}
	drifts = append(drifts, driftedHost(facts.Facts, locked, lock.Host[system.Name], sheet.elsewhere(system))...)
	drifts = append(drifts, driftedDriver(facts.GPU, locked)...)
	if len(drifts) > 0 {
		return &DriftError{drifts}
	}
	return nil
}

// Check is concretize --locked: nil if env.lock is what env.yaml asks for and the recipes give. Without a system it is that for every one of which the facts
// are known.
func (e *Environment) Check(ctx context.Context, s *Session, o Options) error {
	if o.System != "" || len(e.Manifest.Systems) < 2 {
		return e.check(ctx, s, o)
	}
	var drifts []string
	checked := false
	for _, system := range e.Manifest.Systems {
		known, err := e.knows(system)
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		checked = true
		o.System = system.Name
		err = e.check(ctx, s, o)
		var drift *DriftError
		switch {
		case err == nil:
		case !errors.As(err, &drift):
			return fmt.Errorf("system %s: %w", system.Name, err)
		default:
			for _, d := range drift.Drifts {
				drifts = append(drifts, "system "+system.Name+": "+d)
			}
		}
	}
	switch {
	case len(drifts) > 0:
		return &DriftError{drifts}
	case !checked:
		_, err := e.Manifest.System("") // which tells that one must be named
		return err
	}
	return nil
}

func (e *Environment) check(ctx context.Context, s *Session, o Options) error {
	system, err := e.Manifest.System(o.System)
	if err != nil {
		return err
	}
	lock, err := e.Lock()
	if err != nil {
		return err
	}
	if stale := staleRequest(e.Manifest, system, lock); len(stale) > 0 {
		return &DriftError{stale}
	}
	repo, err := e.repoOf(ctx, s, o)
	if err != nil {
		return err
	}
	return e.checkLocked(ctx, s, lock, system, lockedRecipes{lock, repo})
}

// Store opens the store below the session's root, on top of the upstreams.
func (s *Session) Store() (*store.Store, error) {
	st, err := store.Open(s.Root)
	if err != nil {
		return nil, err
	}
	st.Warn, st.Fingerprint = s.Warn, Fingerprint
	st.Scratch = s.scratch()
	upstreams, err := s.openUpstreams()
	if err != nil {
		return nil, err
	}
	st.Chain(upstreams...)
	return st, nil
}

// Install builds nodes that are not there yet.
func (s *Session) Install(ctx context.Context, roots []*dag.Node, recipes func(context.Context, *dag.Node) (*packages.Recipe, error), o BuildOptions) (*install.Report, error) {
	st, err := s.Store()
	if err != nil {
		return nil, err
	}
	jobs := o.Jobs
	if jobs == 0 {
		jobs = s.Settings.Jobs
	}
	nice := s.Settings.Nice
	if nice < 0 {
		nice = install.DefaultNice()
	}
	in := &install.Installer{
		Nice: nice, Trim: s.Settings.Trim,
		Store: st, Recipes: recipes, Reporter: o.Reporter, Jobs: jobs, KeepStage: o.KeepStage, Resume: o.Resume, FailFast: o.FailFast, Explicit: o.Explicit, Replace: o.Replace,
		NoRoomCheck: o.NoRoomCheck, Confirm: o.Confirm,
		Confine: s.Settings.Confine, Warn: s.Warn,
		Fetcher: s.fetcher(st), LockedCommit: o.lockedCommit,
	}
	return in.Install(ctx, roots)
}

// InstallSpecs resolves specs as the command line gives them and builds them, outside of any environment. What is installed is reused.
func (s *Session) InstallSpecs(ctx context.Context, specs []*spec.Spec, o Options, build BuildOptions) (*install.Report, error) {
	build.Explicit = true
	_, _, report, err := s.installSpecs(ctx, specs, o, build)
	return report, err
}

// installSpecs is InstallSpecs, and returns what the specs were resolved to and where its recipes are.
func (s *Session) installSpecs(ctx context.Context, specs []*spec.Spec, o Options, build BuildOptions) ([]*dag.Node, recipeOf, *install.Report, error) {
	st, err := s.Store()
	if err != nil {
		return nil, nil, nil, err
	}
	if !o.Fresh {
		o.Reuse = st
	}
	repo := o.Repo
	if repo == nil {
		if repo, err = s.Repo(ctx, nil, ""); err != nil {
			return nil, nil, nil, err
		}
	}
	o.Repo = repo
	solution, err := s.Resolve(ctx, specs, o)
	if err != nil {
		return nil, nil, nil, err
	}
	recipes := func(ctx context.Context, n *dag.Node) (*packages.Recipe, error) { return repo.Recipe(ctx, n.Name()) }
	report, err := s.Install(ctx, solution.Roots, recipes, build)
	return solution.Roots, recipes, report, err
}
