package install

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/berth-hpc/berth/install/confine"
	"github.com/berth-hpc/berth/install/elf"
	"github.com/berth-hpc/berth/install/history"
	"github.com/berth-hpc/berth/install/lock"
	"github.com/berth-hpc/berth/install/sitemodules"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/spec/dag"
)

// maxParallel bounds how many packages are built at once: configure scripts run one command at a time, so a few are worth it;
// make fills the rest.
const maxParallel = 4

// run is one Install.
type run struct {
	*Installer
	plan     *plan
	berth    string
	jobs     int
	report   *Report
	reporter Reporter
	guard    *guard
	// jobServer shares the jobs among the builds.
	jobServer *jobServer
	history   *history.History
	clock     *clock

	systemOnce sync.Once
	system     *elf.System // of this machine's loader
	ability    confine.Ability
	// siteModules loads the modules that externals need.
	siteModules *sitemodules.Loader
}

// task is one package to build.
type task struct {
	node       *dag.Node
	waitsFor   int     // tasks that must be done before
	dependents []*task // tasks that wait for this one
	priority   int     // the longest chain of tasks behind this one

	prepared *prepared

	// jobs is how many commands it may run at once where it cannot ask the job server, set when it starts.
	jobs int
	// slot is whether it counts as running: not while it waits for another command to build the same package.
	slot bool
	// resume is where it learns that it has a slot again.
	resume chan struct{}
}

// event is what a task tells the scheduler.
type event struct {
	task   *task
	kind   eventKind
	record store.Record
	reused bool
	err    error
}

type eventKind uint8

const (
	ended   eventKind = iota
	waits             // for another command: give the slot to somebody else
	wantsOn           // the other command is done: a slot again, please
)

// scheduler hands out slots to tasks whose dependencies are done, those with the longest chain behind them first.
type scheduler struct {
	*run
	parallel int
	running  int // tasks with a slot
	open     int // tasks that are started and have not ended
	ready    taskQueue
	events   chan event
	failure  FailedError
	skipped  map[*task]bool
}

// buildAll builds the plan's tasks. One that fails takes its dependents with it and nothing else, unless FailFast.
func (r *run) buildAll(ctx context.Context) error {
	if err := r.prepareAll(ctx); err != nil {
		return err
	}
	if err := r.prepareConfinement(); err != nil {
		return err
	}
	r.siteModules = &sitemodules.Loader{Env: os.Environ()}
	g, err := startGuard()
	if err != nil {
		return err
	}
	defer g.stop()
	r.guard = g
	if r.jobServer, err = newJobServer(r.jobs); err != nil {
		return err
	}
	defer r.jobServer.close()
	ctx, cancel := context.WithCancelCause(ctx)
	var fetching sync.WaitGroup
	defer fetching.Wait()
	defer cancel(nil)
	if r.Fetcher.Offline {
		if err := r.fetchOffline(ctx); err != nil {
			return err
		}
	} else {
		fetching.Go(func() { r.fetchAll(ctx) })
	}
	s := &scheduler{run: r, parallel: min(r.jobs, maxParallel), events: make(chan event), skipped: map[*task]bool{}}
	for _, t := range r.plan.tasks {
		if t.waitsFor == 0 {
			heap.Push(&s.ready, t)
		}
	}
	for {
		for ctx.Err() == nil && s.running < s.parallel && s.ready.Len() > 0 {
			s.start(ctx, heap.Pop(&s.ready).(*task))
		}
		if s.open == 0 {
			return s.result(ctx)
		}
		s.handle(<-s.events, cancel)
	}
}

// start gives a task a slot: its first, or one to go on.
func (s *scheduler) start(ctx context.Context, t *task) {
	s.running++
	t.slot = true
	together := min(s.parallel, s.running+s.ready.Len())
	t.jobs = (s.jobs + together - 1) / together
	if t.resume != nil {
		close(t.resume)
		return
	}
	s.open++
	go func() {
		record, reused, err := s.perform(ctx, t, s.events)
		if err != nil && ctx.Err() != nil {
			err = interrupted(ctx, "install "+title(t.node))
		}
		s.events <- event{task: t, kind: ended, record: record, reused: reused, err: err}
	}()
}

func (s *scheduler) handle(e event, cancel context.CancelCauseFunc) {
	switch e.kind {
	case waits:
		s.release(e.task)
	case wantsOn:
		heap.Push(&s.ready, e.task)
	case ended:
		s.release(e.task)
		s.open--
		s.end(e, cancel)
	}
}

func (s *scheduler) release(t *task) {
	if t.slot {
		t.slot = false
		s.running--
	}
}

func (s *scheduler) end(e event, cancel context.CancelCauseFunc) {
	switch {
	case errors.Is(e.err, context.Canceled):
		return
	case e.err != nil:
		s.clock.end(e.task.node, "failed")
		s.failure.Errors = append(s.failure.Errors, e.err)
		s.reporter.Failed(e.task.node, e.err)
		s.skip(e.task, e.task.node)
		if s.FailFast {
			cancel(e.err)
		}
		return
	case e.reused:
		s.report.Reused = append(s.report.Reused, e.record)
	default:
		s.report.Installed = append(s.report.Installed, e.record)
	}
	for _, d := range e.task.dependents {
		if d.waitsFor--; d.waitsFor == 0 && !s.skipped[d] {
			heap.Push(&s.ready, d)
		}
	}
}

// skip gives up everything that waits for t.
func (s *scheduler) skip(t *task, because *dag.Node) {
	for _, d := range t.dependents {
		if s.skipped[d] {
			continue
		}
		s.skipped[d] = true
		s.failure.Skipped = append(s.failure.Skipped, d.node)
		s.reporter.Skipped(d.node, because)
		s.skip(d, because)
	}
}

func (s *scheduler) result(ctx context.Context) error {
	if len(s.failure.Errors) > 0 {
		return &s.failure
	}
	if ctx.Err() != nil {
		return interrupted(ctx, "install")
	}
	return nil
}

// taskQueue is a heap of tasks, the most urgent on top.
type taskQueue []*task

func (q taskQueue) Len() int      { return len(q) }
func (q taskQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q taskQueue) Less(i, j int) bool {
	if q[i].priority != q[j].priority {
		return q[i].priority > q[j].priority
	}
	return q[i].node.Name()+q[i].node.Hash() < q[j].node.Name()+q[j].node.Hash()
}
func (q *taskQueue) Push(t any) { *q = append(*q, t.(*task)) }
func (q *taskQueue) Pop() any {
	last := len(*q) - 1
	t := (*q)[last]
	*q = (*q)[:last]
	return t
}

// perform makes one package stand: builds it, or waits for the command that does.
func (r *run) perform(ctx context.Context, t *task, events chan<- event) (rec store.Record, reused bool, err error) {
	ctx, release := r.Store.WhileLocked(ctx, t.node)
	defer release()
	unlock, err := r.lockPrefix(ctx, t, events)
	if err != nil {
		return rec, false, err
	}
	defer func() {
		if lostLock(ctx) { // or it would pass for an interruption of the whole command
			err = fmt.Errorf("install %s: %w", title(t.node), context.Cause(ctx))
		}
	}()
	defer func() {
		// A lock that was lost is an error only if nothing else was: the record may be another's work.
		if e := unlock(); err == nil {
			err = e
		}
	}()
	if !r.replaces(t.node) {
		standing, err := r.Store.Register(ctx, []*dag.Node{t.node}, r.isExplicit)
		if err == nil {
			r.clock.end(t.node, "reused")
			r.reporter.Reused(t.node, standing[0].Prefix)
			return standing[0], true, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return rec, false, err
		}
	}
	start := time.Now()
	r.reporter.Started(t.node, r.jobs)
	r.clock.start(t.node)
	rec, err = r.build(ctx, t)
	if err == nil {
		r.clock.end(t.node, "built")
		r.reporter.Done(t.node, rec.Prefix, time.Since(start))
	}
	return rec, false, err
}

// lostLock reports whether what stands in the prefix and the stage belongs to another command now.
func lostLock(ctx context.Context) bool { return errors.Is(context.Cause(ctx), lock.ErrLost) }

// lockPrefix takes the lock of the task's prefix. While another command has it, the task has no slot.
func (r *run) lockPrefix(ctx context.Context, t *task, events chan<- event) (unlock func() error, err error) {
	waited := false
	unlock, err = r.Store.LockPrefix(ctx, t.node, func(holder string) {
		r.reporter.Waiting(t.node, holder)
		if !waited {
			waited = true
			t.resume = make(chan struct{})
			events <- event{task: t, kind: waits}
		}
	})
	if err != nil || !waited {
		return unlock, err
	}
	events <- event{task: t, kind: wantsOn}
	select {
	case <-t.resume:
		return unlock, nil
	case <-ctx.Done():
		unlock()
		return nil, ctx.Err()
	}
}
