package install

import (
	"sync"
	"time"

	"github.com/berth-hpc/berth/spec/dag"
)

// TaskTime is when something was done for one package of an install's plan. Times are since the install began.
type TaskTime struct {
	Node       *dag.Node
	Start, End time.Duration
	Phases     []PhaseTime
	Outcome    string   // "built", "failed", "reused" (another command built it), "interrupted"; "" if it was not begun
	After      []string // hashes of the plan's packages that had to be done before
}

// PhaseTime is when a phase began; it ends with the next one, or with the task.
type PhaseTime struct {
	Name  string
	Start time.Duration
}

// clock notes the times of tasks.
type clock struct {
	began time.Time
	mu    sync.Mutex
	tasks map[string]*TaskTime // by hash
}

func newClock(p *plan) *clock {
	c := &clock{began: time.Now(), tasks: map[string]*TaskTime{}}
	for _, t := range p.tasks {
		c.tasks[t.node.Hash()] = &TaskTime{Node: t.node}
	}
	for _, t := range p.tasks {
		for _, d := range t.dependents {
			late := c.tasks[d.node.Hash()]
			late.After = append(late.After, t.node.Hash())
		}
	}
	return c
}

// change notes something of a task at this moment.
func (c *clock) change(n *dag.Node, note func(t *TaskTime, now time.Duration)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.tasks[n.Hash()]; t != nil {
		note(t, time.Since(c.began))
	}
}

func (c *clock) start(n *dag.Node) {
	c.change(n, func(t *TaskTime, now time.Duration) { t.Start, t.Outcome = now, "interrupted" })
}

func (c *clock) phase(n *dag.Node, name string) {
	c.change(n, func(t *TaskTime, now time.Duration) { t.Phases = append(t.Phases, PhaseTime{name, now}) })
}

func (c *clock) end(n *dag.Node, outcome string) {
	c.change(n, func(t *TaskTime, now time.Duration) {
		if t.Outcome == "" { // what another command built was not begun here
			t.Start = now
		}
		t.End, t.Outcome = now, outcome
	})
}

// times lists the tasks in the plan's order, dependencies before dependents. What has not ended ends now.
func (c *clock) times(p *plan) []TaskTime {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []TaskTime
	for _, t := range p.tasks {
		times := *c.tasks[t.node.Hash()]
		if times.Outcome == "interrupted" && times.End == 0 {
			times.End = time.Since(c.began)
		}
		list = append(list, times)
	}
	return list
}
