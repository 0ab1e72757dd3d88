package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/install/buildenv"
	"github.com/berth-hpc/berth/install/buildlog"
	"github.com/berth-hpc/berth/install/confine"
	"github.com/berth-hpc/berth/install/stage"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// build is one package on its way: what each step leaves for the next.
type build struct {
	*run
	*prepared
	task    *task
	prefix  string // where it will stand, and its commands see it
	root    string // where its files lie: the prefix, or beside it as long as an old one stands there
	stage   *stage.Stage
	env     *buildenv.Environment
	confine *confine.Policy // what its commands may do; nil: all that we may
	log     *buildLog
	source  string         // the source directory
	running *store.Running // inherited by all that the build starts
	phase   string         // for errors
	resumed *resumeNote    // how far an earlier try came that is gone on with; nil: from the beginning
	dropped int            // files of the earlier try that may have been half there, and are not there any more
	noted   int            // phases that going on would begin after
	anew    string         // why an earlier try cannot be gone on with; "" if there is none, or it can
	peak    int64          // bytes that the largest process took so far
}

// build builds and registers one package. The caller holds the lock of its prefix, where nothing stands.
func (r *run) build(ctx context.Context, t *task) (rec store.Record, err error) {
	b := &build{run: r, task: t, prepared: t.prepared, prefix: r.Store.OwnPrefix(t.node)}
	b.root = b.prefix
	b.enter("fetch")
	if err := b.awaitSources(ctx); err != nil {
		return rec, b.fail(ctx, err)
	}
	waiting := func() { r.reporter.Waiting(b.node, "what an interrupted build left running") }
	if err := r.jobServer.begin(ctx); err != nil {
		return rec, b.fail(ctx, err)
	}
	defer r.jobServer.end()
	if b.running, err = r.Store.LockRunning(ctx, b.node, waiting); err != nil {
		return rec, b.fail(ctx, err)
	}
	defer b.running.Release()
	if err := b.clear(); err != nil {
		return rec, b.fail(ctx, err)
	}
	start := time.Now()
	rec, err = b.inStage(ctx, start)
	if err != nil {
		err = b.fail(ctx, err)
		b.noteMemory()
		b.abandon(ctx)
		return rec, err
	}
	b.noteBuild(rec, time.Since(start))
	if err := b.dropReplaced(); err != nil {
		return rec, err
	}
	if !r.KeepStage {
		return rec, b.stage.Remove()
	}
	return rec, b.stage.Keep(stage.Asked)
}

// clear makes room where an interrupted build may have left something, or an old package stands.
func (b *build) clear() (err error) {
	if b.replaces(b.node) && store.Complete(b.prefix) {
		err = b.keepOld()
	} else {
		err = b.Store.Clear(b.node)
	}
	if err != nil {
		return err
	}
	if b.Resume {
		if err := b.reopen(); err != nil || b.stage != nil {
			return err
		}
	}
	b.stage, err = stage.New(b.Store.StageDir(), store.BaseName(b.node))
	return err
}

// inStage does everything from unpacking to the entry in the index.
func (b *build) inStage(ctx context.Context, start time.Time) (rec store.Record, err error) {
	if b.log, err = openLog(b.stage.LogPath(), func(line string) { b.reporter.Line(b.node, line) }); err != nil {
		return rec, err
	}
	defer b.log.Close()
	b.phase = "prepare" // the sources are there
	if b.env, err = b.environment(ctx); err != nil {
		return rec, err
	}
	if b.confine = b.confinement(); b.confine != nil && b.Confine.Active() {
		fmt.Fprintf(b.log, "==> %s\n", describeConfinement(b.confine))
	}
	if err := b.layOut(ctx); err != nil {
		return rec, err
	}
	if err := os.MkdirAll(b.root, 0o755); err != nil {
		return rec, err
	}
	if err := b.runPhases(ctx); err != nil {
		return rec, err
	}
	b.enter("verify")
	if err := b.verify(ctx); err != nil {
		return rec, err
	}
	b.enter("register")
	if err := b.log.Close(); err != nil {
		return rec, err
	}
	return b.Store.Commit(ctx, b.node, store.Facts{
		Recipe: b.recipe, Patches: b.sources.patches, LogPath: b.stage.LogPath(), Environment: b.env.Vars,
		Explicit: b.isExplicit(b.node), Seconds: time.Since(start).Seconds(), Beside: b.isBeside(),
	})
}

// layOut brings the source into the stage, unless it is there from an earlier try.
func (b *build) layOut(ctx context.Context) (err error) {
	if b.resumed != nil {
		b.source = b.resumed.Source
		fmt.Fprintf(b.log, "==> resumed; done before: %s\n", strings.Join(slices.Compact(append([]string{"unpack"}, b.resumed.Done...)), ", "))
		if b.dropped > 0 {
			fmt.Fprintf(b.log, "%d files that the killed build may not have finished are made again\n", b.dropped)
		}
		return b.stage.WriteShell(b.node.String(), b.source, b.env.Vars)
	}
	if b.anew != "" {
		why := "not resumed, but begun with a clean source: " + b.anew
		fmt.Fprintf(b.log, "==> %s\n", why)
		if b.Warn != nil {
			b.Warn(title(b.node) + ": " + why)
		}
	}
	b.enter("unpack")
	if b.source, err = b.sources.lay(ctx, b.stage); err != nil {
		return sourceError(b.node, err)
	}
	if err := b.stage.WriteShell(b.node.String(), b.source, b.env.Vars); err != nil {
		return err
	}
	if len(b.patches) > 0 {
		b.enter("patch")
		if err := b.sources.patch(ctx, b.source, b.env.Vars, b.log); err != nil {
			return err
		}
	}
	return b.noteProgress(0)
}

// runPhases runs the builder's phases, but for those that an earlier try has done.
func (b *build) runPhases(ctx context.Context) error {
	for i, p := range b.phases {
		if b.resumed != nil && i < len(b.resumed.Done) {
			continue
		}
		if b.phase != p.Name {
			b.enter(p.Name)
		}
		if err := b.forgetProgress(i); err != nil {
			return err
		}
		if err := p.Run(ctx, offered{b}); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.noteProgress(i + 1); err != nil {
			return err
		}
	}
	return nil
}

func (b *build) environment(ctx context.Context) (*buildenv.Environment, error) {
	in := buildenv.Input{
		Node: b.node, Recipe: b.recipe, Prefix: b.Store.Prefix, Stage: b.stage, StoreDir: b.Store.Dir(), Berth: b.berth, UserEnv: os.Environ(),
		RecipeOf: func(n *dag.Node) *packages.Recipe {
			r, err := b.Recipes(ctx, n)
			if err != nil {
				return nil // it stands already; what it wanted in the environment is gone with its recipe
			}
			return r
		},
	}
	if b.DebugWrap {
		in.DebugLog = b.wrapperLog()
	}
	in.LoadModules = func(names []string) ([]packages.EnvMod, error) { return b.siteModules.Load(ctx, names) }
	return buildenv.New(in)
}

func (b *build) wrapperLog() string { return filepath.Join(b.stage.Dir, "wrapper.log") }

// enter begins a phase.
func (b *build) enter(phase string) {
	b.phase = phase
	b.clock.phase(b.node, phase)
	b.reporter.Phase(b.node, phase)
	if b.log != nil {
		fmt.Fprintf(b.log, "==> %s\n", phase)
	}
}

// keepOld lets the old package stand until the new one is done, or puts it aside where the build cannot be shown another directory at its place.
func (b *build) keepOld() error {
	root, err := b.Store.Beside(b.node)
	if err != nil {
		return err
	}
	if confine.CanPlace(b.berth, root) {
		b.root = root
		return nil
	}
	if err := b.Store.DropBeside(b.node); err != nil {
		return err
	}
	return b.Store.SetAside(b.node)
}

// isBeside reports whether the package is built while an old one stands at its place.
func (b *build) isBeside() bool { return b.root != b.prefix }

// dropReplaced deletes the old package that a new one took the place of, or what was to take its place.
func (b *build) dropReplaced() error {
	if b.isBeside() {
		return b.Store.DropBeside(b.node)
	}
	return b.Store.PutBack(b.node)
}

// abandon leaves the store as if nothing had been tried. The stage of a failure stays for a person to look into; that of an
// interruption goes.
func (b *build) abandon(ctx context.Context) {
	if b.stage == nil || lostLock(ctx) {
		return
	}
	if store.Complete(b.prefix) && !b.isBeside() { // only the index could not be written
		b.dropReplaced()
		b.stage.Remove()
		return
	}
	if !b.isBeside() {
		b.Store.Clear(b.node) // what cannot be removed now is rubble that the next build removes, or tells about
	}
	b.dropReplaced()
	if ctx.Err() != nil {
		b.stage.Remove()
	} else {
		b.stage.Keep(stage.Failed)
	}
}

// fail makes the error that the user sees out of what went wrong in a phase.
func (b *build) fail(ctx context.Context, err error) error {
	var integrity *IntegrityError
	if errors.As(err, &integrity) {
		return integrity
	}
	if ctx.Err() != nil {
		return interrupted(ctx, "build "+title(b.node))
	}
	e := &BuildError{Node: b.node, Phase: b.phase, Err: err}
	if b.log != nil {
		e.LogPath = b.log.path
		e.Finding = findError(b.log.path)
		e.Probe = b.failedProbe(e.Finding)
		e.Denials = b.denials()
	}
	if b.stage != nil {
		if _, statErr := os.Stat(b.stage.ShellPath()); statErr == nil {
			e.Shell = b.stage.ShellPath()
			e.Repeat = b.writeRepeat(err)
		}
	}
	return e
}

// findError looks for the first real error in a log; nil if none is recognised, or the log cannot be read.
func findError(path string) *buildlog.Finding {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	finding, err := buildlog.First(f)
	if err != nil {
		return nil
	}
	return finding
}
