// Package timings draws when each package of an install was built: one HTML page with a Gantt chart, the chain of packages that decided how long it took,
// and a table. The page needs nothing from outside: no scripts, no fonts, no style sheets, so that it can be kept, mailed and opened anywhere.
//
// Read timings.go (what is drawn), critical.go (the chain), page.go (the page).
package timings

import (
	"time"
)

// Task is one package. Times are since the install began.
type Task struct {
	Name       string // "zlib 1.3.1"
	Hash       string // 32 characters
	Start, End time.Duration
	Phases     []Phase
	Outcome    string   // "built", "failed", "reused", "interrupted"; "" if it was not begun
	After      []string // hashes of the tasks that had to be done before
}

// Phase is a part of a task, which ends with the next one or the task.
type Phase struct {
	Name  string // "configure"
	Start time.Duration
}

// Page is what the page tells.
type Page struct {
	Title string    // "berth install"
	When  time.Time // it began
	Host  string    // "login2"
	Jobs  int       // commands at once
	Tasks []Task    // dependencies before dependents
}

// phases gives each phase of a task with its end.
func (t Task) phases() (list []struct {
	Phase
	End time.Duration
}) {
	for i, p := range t.Phases {
		end := t.End
		if i+1 < len(t.Phases) {
			end = t.Phases[i+1].Start
		}
		list = append(list, struct {
			Phase
			End time.Duration
		}{p, max(end, p.Start)})
	}
	return list
}

// took is how long the task went on.
func (t Task) took() time.Duration { return max(t.End-t.Start, 0) }

func (t Task) begun() bool { return t.Outcome != "" }

// total is when the last task ended.
func (p Page) total() (end time.Duration) {
	for _, t := range p.Tasks {
		end = max(end, t.End)
	}
	return end
}
