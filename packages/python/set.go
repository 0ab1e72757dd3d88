package python

import (
	"fmt"
	"slices"
	"strings"
)

// Set is a set or a frozenset. It keeps the order of insertion, where CPython's order is arbitrary.
type Set struct {
	d         *Dict
	immutable bool // a frozenset
}

// NewSet makes an empty set.
func NewSet() *Set { return &Set{d: NewDict()} }

// Type implements Value.
func (s *Set) Type() string {
	if s.immutable {
		return "frozenset"
	}
	return "set"
}

// Len is the number of elements.
func (s *Set) Len() int { return s.d.Len() }

// Items lists the elements.
func (s *Set) Items() []Value {
	items := make([]Value, 0, s.Len())
	for k := range s.d.All() {
		items = append(items, k)
	}
	return items
}

// Add adds an element, without a limit on memory: for sets that Go code builds.
func (s *Set) Add(v Value) error { return s.d.Set(v, None) }

// copySet is a set of the same kind with the same elements.
func (in *Interp) copySet(s *Set) (*Set, error) {
	d, err := in.copyDict(s.d)
	return s.like(d), err
}

func (s *Set) like(d *Dict) *Set { return &Set{d: d, immutable: s.immutable} }

// setKey gives what stands for a frozenset as a key: its elements' keys in an order of their own.
func (in *Interp) setKey(s *Set) (any, error) {
	var parts []string
	for _, e := range s.d.entries {
		if e.key != nil {
			if in != nil {
				if err := in.Alloc(4*keySize(e.hash) + 200); err != nil {
					return nil, err
				}
			}
			parts = append(parts, fmt.Sprintf("%T%v", e.hash, e.hash))
		}
	}
	slices.Sort(parts)
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%d:%s", len(p), p)
	}
	return frozenKey(b.String()), nil
}

func (in *Interp) setAdd(s *Set, v Value) error {
	if s.d.frozen {
		return errFrozen("set")
	}
	return in.dictSet(s.d, v, None)
}

// toSet makes any iterable a set.
func (in *Interp) toSet(v Value) (*Set, error) {
	if s, ok := v.(*Set); ok {
		return s, nil
	}
	s := NewSet()
	return s, in.each(v, func(x Value) error { return in.setAdd(s, x) })
}

// setOp computes the binary operators of sets.
func (in *Interp) setOp(op kind, a, b *Set) (*Set, error) {
	if err := in.AllocN(a.Len()+b.Len(), entryCost); err != nil {
		return nil, err
	}
	if err := in.Work(a.Len() + b.Len()); err != nil {
		return nil, err
	}
	d := NewDict()
	add := func(from *Set, want func(h any) bool) {
		for _, e := range from.d.entries {
			if e.key != nil && want(e.hash) {
				d.insert(e.hash, e.key, None)
			}
		}
	}
	has := func(s *Set) func(any) bool {
		return func(h any) bool { _, ok := s.d.index[h]; return ok }
	}
	not := func(f func(any) bool) func(any) bool { return func(h any) bool { return !f(h) } }
	all := func(any) bool { return true }
	switch op {
	case tPipe:
		add(a, all)
		add(b, all)
	case tAmp:
		add(a, has(b))
	case tMinus:
		add(a, not(has(b)))
	case tCaret:
		add(a, not(has(b)))
		add(b, not(has(a)))
	}
	return a.like(d), nil
}

func (s *Set) subsetOf(other *Set) bool {
	if s.Len() > other.Len() {
		return false
	}
	for _, e := range s.d.entries {
		if _, ok := other.d.index[e.hash]; e.key != nil && !ok {
			return false
		}
	}
	return true
}
