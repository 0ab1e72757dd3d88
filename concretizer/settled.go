package concretizer

import (
	"github.com/berth-hpc/berth/concretizer/internal/sat"
)

// Settled implements opt.Problem: what a settled level rules out need not be encoded any more.
func (e *encoder) Settled(level int) {
	if level >= levelCompilerBuilds {
		e.dropCompilers()
	}
}

// dropCompilers takes the compilers out of the queue that no best answer uses, once it is proved which are worth building. Mostly none is. And a
// second configuration of what is known to be the only external there is would be the first again.
func (e *encoder) dropCompilers() {
	c := e.compilers
	if c.more == sat.False {
		return
	}
	build := make([]sat.Lit, len(c.queue))
	for i, k := range c.queue {
		build[i] = c.build[k]
	}
	fixed := e.sat.Fixed(build)
	var left []nodeKey
	for i, k := range c.queue {
		never := fixed[i] == -1 && e.node(k.name, k.slot).mustBuild
		if again := k.slot > 0 && e.onlyOne(e.node(k.name, 0)); !never && !again {
			left = append(left, k)
		}
	}
	if c.queue = left; len(left) == 0 {
		e.sat.Add(c.more.Not())
		c.more = sat.False
	}
}

// onlyOne tells that a node is the single alternative that its package has, in every answer that is left.
func (e *encoder) onlyOne(n *node) bool {
	return n.expanded && len(n.alts) == 1 && e.sat.Fixed([]sat.Lit{n.alts[0].lit})[0] == 1
}
