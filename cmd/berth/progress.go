package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/spec/dag"
)

// progress tells on stderr what an install does. On a terminal each running package has a line that is drawn again and again, below the
// lines of what is done; anywhere else there is one line per event that matters, fit for the log of a batch job. It is an
// install.Reporter, and safe for concurrent use. Whoever made it calls finish before anything else is printed.
type progress struct {
	t   *terminal
	now func() time.Time

	began time.Time
	total atomic.Int64 // packages to be built
	done  atomic.Int64 // of those, the ones that nothing is to be done for any more
	eta   eta

	mu      sync.Mutex // never taken by what bars calls
	toBuild map[string]bool
	failed  bool
	running map[string]*running // by hash
	bars    *bars               // nil: plain lines
}

var _ install.Reporter = (*progress)(nil)

// running is a package that something is done for right now. Only the atomic fields change.
type running struct {
	node  *dag.Node
	began time.Time
	phase atomic.Value // string: "fetch", "build", "waits for pid 4711 on node7"
	last  atomic.Value // string: the last line of its log
	tail  []string     // its last lines, under the progress' lock
}

// tailLines is how many lines of a build's log are shown when somebody asks for them.
const tailLines = 12

// newProgress makes a progress that shows nothing until something is planned.
func newProgress(t *terminal) *progress {
	return &progress{t: t, now: time.Now, running: map[string]*running{}}
}

// listen makes p answer SIGUSR1 until stop is called.
func (p *progress) listen() (stop func()) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	go p.answer(asked)
	return func() {
		signal.Stop(asked)
		close(asked)
	}
}

// answer shows the last lines of the log of everything that runs each time that asked says so: SIGUSR1, from whoever looks at the log of a batch job.
func (p *progress) answer(asked <-chan os.Signal) {
	for range asked {
		p.mu.Lock()
		for _, r := range p.inOrder() {
			p.say("", "running", nameVersion(r.node)+", "+cmp.Or(r.phase.Load().(string), "begun")+", for "+seconds(p.now().Sub(r.began)))
			for _, line := range r.tail {
				p.say(dim, r.node.Name()+"|", printable(line))
			}
		}
		p.mu.Unlock()
	}
}

// inOrder lists what runs, what began first before the others.
func (p *progress) inOrder() []*running {
	list := slices.Collect(maps.Values(p.running))
	slices.SortFunc(list, func(a, b *running) int {
		return cmp.Or(a.began.Compare(b.began), strings.Compare(a.node.Name(), b.node.Name()))
	})
	return list
}

// finish takes the redrawn lines off the terminal and says what was done; report may be nil, if that is nothing. It may be called again.
func (p *progress) finish(report *install.Report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bars != nil {
		p.bars.close()
		p.t.err = p.bars.to
		p.bars = nil
	}
	if report == nil || p.began.IsZero() {
		return
	}
	took := seconds(p.now().Sub(p.began))
	if p.done.Load() < p.total.Load() {
		return // interrupted
	}
	if len(report.Installed) == 0 {
		if p.failed {
			return // which says it all
		}
		p.t.notef("nothing was built, %s there already, %s", counted(len(report.Reused), "package was", "packages were"), took)
		return
	}
	p.t.notef("%s, %s there already, %s", counted(len(report.Installed), "package built", "packages built"),
		counted(len(report.Reused), "was", "were"), took)
}

// nameVersion is how people call a node: "fftw 3.3.10".
func nameVersion(n *dag.Node) string { return n.Name() + " " + n.Version().String() }

// Planned begins to show.
func (p *progress) Planned(plan install.Plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.began = p.now()
	p.total.Store(int64(len(plan.Build)))
	p.toBuild = map[string]bool{}
	for _, n := range plan.Build {
		p.toBuild[n.Hash()] = true
	}
	p.eta.begin(plan, p.began)
	if text := describeEstimate(plan.Expect); text != "" {
		p.t.notef("%s", text)
	}
	if len(plan.Build) > 0 && p.t.errIsTerm && !p.t.quiet && p.bars == nil {
		p.bars = newBars(p.t.err, p.t.errColor, p.totalLine)
		p.t.err = p.bars // what others print meanwhile stands above the lines
	}
}

// Reused says that n stands in prefix already, or that the host has it there.
func (p *progress) Reused(n *dag.Node, prefix string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	word := "reused"
	if x := n.External(); x != nil {
		word, prefix = "external", standsIn(x)
	}
	p.end(n)
	p.say(dim, word, nameVersion(n)+" -> "+prefix)
}

// Waiting says that another command works on n.
func (p *progress) Waiting(n *dag.Node, holder string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.run(n)
	r.phase.Store("waits for " + holder)
	if p.bars == nil || p.t.verbose {
		p.say(yellow, "waiting", "for "+holder+", which holds "+nameVersion(n))
	}
}

// Started says that the build of n begins.
func (p *progress) Started(n *dag.Node, jobs int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(n) // its time of waiting is not counted
	p.run(n)
	if p.bars == nil {
		p.say("", "building", nameVersion(n)+" with "+counted(jobs, "job", "jobs")+p.eta.of(n))
	}
}

// Phase says what is being done for n now.
func (p *progress) Phase(n *dag.Node, phase string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.run(n).phase.Store(phase)
	if p.t.verbose {
		p.say(dim, "phase", nameVersion(n)+": "+phase)
	}
}

// Line shows what a build prints: its last line where lines are redrawn, each of them with --verbose.
func (p *progress) Line(n *dag.Node, line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.run(n)
	r.last.Store(line)
	if len(r.tail) == tailLines {
		r.tail = append(r.tail[:0], r.tail[1:]...)
	}
	r.tail = append(r.tail, line)
	if p.t.verbose {
		p.say(dim, n.Name()+"|", printable(line))
	}
}

// Done says that n was built and stands in prefix.
func (p *progress) Done(n *dag.Node, prefix string, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end(n)
	p.say(green, "built", nameVersion(n)+" in "+seconds(took)+" -> "+prefix)
}

// Failed says that n could not be built, and in which phase; the error itself is the verb's to print.
func (p *progress) Failed(n *dag.Node, _ error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = true
	r := p.running[n.Hash()]
	p.end(n)
	how := ""
	if r != nil {
		if phase := r.phase.Load().(string); phase != "" {
			how = " in phase " + phase
		}
		how += " after " + seconds(p.now().Sub(r.began))
	}
	p.say(red, "failed", nameVersion(n)+how)
}

// Skipped says that n is not built because something that it needs failed.
func (p *progress) Skipped(n, because *dag.Node) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end(n)
	p.say(yellow, "skipped", nameVersion(n)+", which needs "+nameVersion(because))
}

// run returns the line of n, beginning it if there is none.
func (p *progress) run(n *dag.Node) *running {
	if r := p.running[n.Hash()]; r != nil {
		return r
	}
	r := &running{node: n, began: p.now()}
	r.phase.Store("")
	r.last.Store("")
	p.running[n.Hash()] = r
	if p.bars != nil {
		p.bars.add(r, func() (string, string) { return p.line(r) })
	}
	return r
}

// end counts n and takes its line away.
func (p *progress) end(n *dag.Node) {
	if p.toBuild[n.Hash()] {
		p.done.Add(1)
		p.eta.ended(n, p.now())
	}
	p.drop(n)
}

func (p *progress) drop(n *dag.Node) {
	if r := p.running[n.Hash()]; r != nil {
		delete(p.running, n.Hash())
		if p.bars != nil {
			p.bars.remove(r)
		}
	}
}

// say writes a line that stays.
func (p *progress) say(s style, word, rest string) {
	p.t.notef("%s %s", paint(p.t.errColor && s != "", s, word), rest)
}

// line is the redrawn line of a running package, and the end of its log.
func (p *progress) line(r *running) (head, tail string) {
	phase := r.phase.Load().(string)
	head = fmt.Sprintf("  %-22s %-10s %8s%s", nameVersion(r.node), phase, seconds(p.now().Sub(r.began)), p.eta.of(r.node))
	return head, "  " + printable(r.last.Load().(string))
}

// totalLine is the last redrawn line.
func (p *progress) totalLine() (head, tail string) {
	const width = 24
	done, total := int(p.done.Load()), int(p.total.Load())
	filled := 0
	if total > 0 {
		filled = width * min(done, total) / total
	}
	bar := strings.Repeat("=", filled) + strings.Repeat("-", width-filled)
	return fmt.Sprintf("[%s] %d of %d built, %s%s", bar, done, total, seconds(p.now().Sub(p.began)), p.eta.left(p.now())), ""
}

// escapeSequence is what terminals take as a command (ECMA-48), such as a compiler's colours.
var escapeSequence = regexp.MustCompile(`\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\^_])`)

// printable takes out of a line of a build's output what would move the cursor or change colours.
func printable(line string) string {
	line = escapeSequence.ReplaceAllString(line, "")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0:
			return -1
		}
		return r
	}, line)
}
