package concretizer

import (
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/spec"
)

// flagKey is one compiler flag: a word of cflags.
type flagKey struct{ kind, word string }

// withFlag lists the literals that a node is compiled with the words of f. Nothing is, unless somebody asks: each word costs.
func (e *encoder) withFlag(n *node, f spec.Flag) []sat.Lit {
	var out []sat.Lit
	for _, word := range f.Words {
		key := flagKey{f.Type, word}
		lit, ok := n.flags[key]
		if !ok {
			lit = e.sat.Lit()
			n.flags[key] = lit
			n.flagList = append(n.flagList, key)
			e.sat.Add(lit.Not(), n.lit)
			for _, a := range n.alts {
				fixed := lit.Not()
				if a.node != nil && hasFlag(a.node.Attrs().Flags, key) {
					fixed = lit
				}
				e.clause(a.why, a.lit.Not(), fixed)
			}
			e.opt.Want(levelNodes, e.sat.And(lit, n.built).Not(), 1)
		}
		out = append(out, lit)
	}
	return out
}

func hasFlag(flags []spec.Flag, key flagKey) bool {
	return slices.ContainsFunc(flags, func(f spec.Flag) bool { return f.Type == key.kind && slices.Contains(f.Words, key.word) })
}
