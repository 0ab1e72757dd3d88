package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/spec/dag"
)

// eta says when an install will be done, by what builds of the same packages took before. Its fields after begin are atomic: the redrawn lines read them.
type eta struct {
	expect install.Estimate
	work   time.Duration // of all packages together

	done atomic.Int64 // nanoseconds of that, of packages that have ended
	last atomic.Int64 // when one ended, in nanoseconds since 1970
}

// begin takes the estimate; where less than half of the packages were built before, nothing is said.
func (e *eta) begin(plan install.Plan, now time.Time) {
	e.last.Store(now.UnixNano())
	if !telling(plan.Expect) {
		return
	}
	e.expect = plan.Expect
	for _, n := range plan.Build {
		e.work += e.share(n)
	}
}

func telling(x install.Estimate) bool { return x.Packages > 0 && 2*x.Unknown <= x.Packages }

// share is what a package counts for; one that was never built like the average of the others.
func (e *eta) share(n *dag.Node) time.Duration {
	if took, ok := e.expect.Took[n.Hash()]; ok {
		return max(took, time.Millisecond)
	}
	sum := time.Second
	for _, took := range e.expect.Took {
		sum += took
	}
	return sum / time.Duration(len(e.expect.Took)+1)
}

func (e *eta) ended(n *dag.Node, now time.Time) {
	if e.work > 0 {
		e.done.Add(int64(e.share(n)))
	}
	e.last.Store(now.UnixNano())
}

// of is ", about 41.2 s" for a package that was built before.
func (e *eta) of(n *dag.Node) string {
	if took := e.expect.Took[n.Hash()]; took >= time.Second {
		return ", about " + seconds(took)
	}
	return ""
}

// left is ", about 3m 05s left"; nothing is said of less than a second, or once the estimate proved wrong.
func (e *eta) left(now time.Time) string {
	if e.work <= 0 {
		return ""
	}
	undone := 1 - float64(e.done.Load())/float64(e.work)
	left := time.Duration(float64(e.expect.Time)*undone) - time.Duration(now.UnixNano()-e.last.Load())
	if left < time.Second {
		return ""
	}
	return ", about " + seconds(left) + " left"
}

// describeEstimate is what is said before a build begins; "" if too little is known.
func describeEstimate(x install.Estimate) string {
	if !telling(x) {
		return ""
	}
	return fmt.Sprintf("%s to build: about %s, %s in %s, and %s while it goes on", counted(x.Packages, "package", "packages"),
		seconds(x.Time), binarySize(x.Bytes), counted(int(x.Files), "file", "files"), binarySize(x.StageBytes))
}
