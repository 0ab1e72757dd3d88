package install

import (
	"time"

	"github.com/berth-hpc/berth/spec/dag"
)

// Reporter hears what an Install does. Its methods are called from several goroutines, and must not block for long.
type Reporter interface {
	// Planned comes first, once.
	Planned(p Plan)
	// Reused tells that n stands already; also in the middle, when another command has just built it.
	Reused(n *dag.Node, prefix string)
	// Waiting tells that another command holds n's prefix: "berth install, pid 4711 on login2".
	Waiting(n *dag.Node, holder string)
	// Started tells that n's build begins; it shares that many jobs with the builds beside it.
	Started(n *dag.Node, jobs int)
	// Phase tells that a phase begins: "fetch", "unpack", "patch", the builder's own, "verify", "register".
	Phase(n *dag.Node, phase string)
	// Line is one line of n's build log, without its end.
	Line(n *dag.Node, line string)
	// Done tells that n is installed, verified and in the index.
	Done(n *dag.Node, prefix string, took time.Duration)
	Failed(n *dag.Node, err error)
	// Skipped tells that n is not built because a dependency failed.
	Skipped(n *dag.Node, because *dag.Node)
}

// nobody is the Reporter that does not listen.
type nobody struct{}

func (nobody) Planned(Plan)                          {}
func (nobody) Reused(*dag.Node, string)              {}
func (nobody) Waiting(*dag.Node, string)             {}
func (nobody) Started(*dag.Node, int)                {}
func (nobody) Phase(*dag.Node, string)               {}
func (nobody) Line(*dag.Node, string)                {}
func (nobody) Done(*dag.Node, string, time.Duration) {}
func (nobody) Failed(*dag.Node, error)               {}
func (nobody) Skipped(*dag.Node, *dag.Node)          {}
