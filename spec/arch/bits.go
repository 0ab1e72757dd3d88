package arch

import "math/bits"

// maxTargets is how many targets the table may hold.
const maxTargets = 192

// bitset is a set of known targets, by their index. It is a plain value: copying it copies the set.
type bitset [maxTargets / 64]uint64

func (b *bitset) add(i int)     { b[i/64] |= 1 << (i % 64) }
func (b bitset) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b bitset) or(c bitset) bitset {
	for i := range b {
		b[i] |= c[i]
	}
	return b
}

func (b bitset) and(c bitset) bitset {
	for i := range b {
		b[i] &= c[i]
	}
	return b
}

func (b bitset) subset(c bitset) bool { return b.and(c) == b }

func (b bitset) empty() bool { return b == bitset{} }

// each calls f with every index of the set, in order.
func (b bitset) each(f func(int)) {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			f(i*64 + bits.TrailingZeros64(w))
		}
	}
}
