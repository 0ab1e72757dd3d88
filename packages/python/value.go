package python

import (
	"math/big"
)

// Value is anything that a program can name. Type gives what type(v).__name__ shows.
type Value interface {
	Type() string
}

// NoneType is the type of None.
type NoneType struct{}

// Bool is True or False. It counts as the integers 1 and 0 wherever a number is wanted.
type Bool bool

// Int is an integer that fits 64 bits. Results that don't are *BigInt, and are made Int again as soon as they fit.
type Int int64

// BigInt is an integer beyond 64 bits. The number must not be changed.
type BigInt struct{ N *big.Int }

// Float is a float.
type Float float64

// Str is text in UTF-8. Lengths and subscripts count code points.
type Str string

// Bytes is a bytes object.
type Bytes string

// Tuple is immutable: the slice must not be changed once it is a value.
type Tuple []Value

// The values that there is one of.
var (
	None           Value = NoneType{}
	True           Value = Bool(true)
	False          Value = Bool(false)
	Ellipsis       Value = ellipsisType{}
	NotImplemented Value = notImplementedType{}
)

type (
	ellipsisType       struct{}
	notImplementedType struct{}
)

// Slice is what x[a:b:c] passes to x; absent parts are None.
type Slice struct{ Start, Stop, Step Value }

// Range is range(start, stop, step).
type Range struct{ Start, Stop, Step int64 }

// Module is a namespace with a name.
type Module struct {
	Name string // "spack_repo.builtin.packages.hdf5.package"
	File string // where its source is, for messages; "" for modules made in Go
	ns   *Namespace
	// fallback answers for names that the module does not have.
	fallback func(name string) (Value, bool)
}

// NewModule makes a module of Go values.
func NewModule(name string, members map[string]Value) *Module {
	m := &Module{Name: name, ns: newNamespace(len(members))}
	for _, k := range sortedKeys(members) {
		m.ns.set(k, members[k])
	}
	return m
}

// Get gives a name of the module.
func (m *Module) Get(name string) (Value, bool) {
	if v, ok := m.ns.get(name); ok || m.fallback == nil {
		return v, ok
	}
	return m.fallback(name)
}

// SetFallback has f answer for names that the module does not have, in m.name and from m import name. It must be set before
// the module is shared, and be good for several goroutines.
func (m *Module) SetFallback(f func(name string) (Value, bool)) { m.fallback = f }

// Set binds a name of the module. It must not be called once the module is frozen.
func (m *Module) Set(name string, v Value) { m.ns.set(name, v) }

// Names lists the module's own names in the order in which they were bound.
func (m *Module) Names() []string { return m.ns.names() }

func (NoneType) Type() string           { return "NoneType" }
func (Bool) Type() string               { return "bool" }
func (Int) Type() string                { return "int" }
func (*BigInt) Type() string            { return "int" }
func (Float) Type() string              { return "float" }
func (Str) Type() string                { return "str" }
func (Bytes) Type() string              { return "bytes" }
func (Tuple) Type() string              { return "tuple" }
func (ellipsisType) Type() string       { return "ellipsis" }
func (notImplementedType) Type() string { return "NotImplementedType" }
func (*Slice) Type() string             { return "slice" }
func (*Range) Type() string             { return "range" }
func (*Module) Type() string            { return "module" }

// Len is the number of elements of the range.
func (r *Range) Len() int {
	switch {
	case r.Step > 0 && r.Start < r.Stop:
		return int((uint64(r.Stop)-uint64(r.Start)-1)/uint64(r.Step) + 1)
	case r.Step < 0 && r.Start > r.Stop:
		return int((uint64(r.Start)-uint64(r.Stop)-1)/(-uint64(r.Step)) + 1)
	}
	return 0
}

func (r *Range) at(i int) Value { return Int(r.Start + int64(i)*r.Step) }

// List is a mutable sequence.
type List struct {
	items  []Value
	frozen bool
}

// NewList makes a list that owns items.
func NewList(items ...Value) *List { return &List{items: items} }

// Type implements Value.
func (*List) Type() string { return "list" }

// Items gives the elements. The caller must not change the slice.
func (l *List) Items() []Value { return l.items }

// Len is the number of elements.
func (l *List) Len() int { return len(l.items) }

// Append adds an element, without a limit on memory: for lists that Go code builds.
func (l *List) Append(v Value) { l.items = append(l.items, v) }

func (l *List) mutable() error {
	if l.frozen {
		return errFrozen("list")
	}
	return nil
}

func errFrozen(what string) error {
	return TypeErrorf("cannot change a %s that belongs to a shared module", what)
}
