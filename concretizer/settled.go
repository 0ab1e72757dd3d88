package concretizer

import (
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
)

// Settled implements opt.Problem: what a settled level rules out need not be encoded any more.
func (e *encoder) Settled(level int) {
	if level >= levelCompilers {
		e.dropCompilers()
	}
}

// dropCompilers takes the compilers out of the queue that no best answer uses, once it is proved what the compilers of an answer cost.
// One that must be built costs wherever it is used, and the cores behind the proof do without it, as they name no literal of the
// frontier: an answer with it pays for it on top. And a second configuration of what is known to be the only external there is
// would be the first again.
func (e *encoder) dropCompilers() {
	c := e.compilers
	if c.more == sat.False {
		return
	}
	c.queue = slices.DeleteFunc(c.queue, func(k nodeKey) bool {
		return e.node(k.name, k.slot).mustBuild || k.slot > 0 && e.onlyOne(e.node(k.name, 0))
	})
	if len(c.queue) == 0 {
		e.sat.Add(c.more.Not())
		c.more = sat.False
	}
}

// onlyOne tells that a node is the single alternative that its package has, in every answer that is left.
func (e *encoder) onlyOne(n *node) bool {
	return n.expanded && len(n.alts) == 1 && e.sat.Fixed([]sat.Lit{n.alts[0].lit})[0] == 1
}
