package python

// The optional interfaces of a Go type that is a Value. Each one is what lets a program use the value in one way; without it
// the program gets the TypeError or AttributeError that CPython raises in that place.

// HasAttrs answers v.name. A nil Value with a nil error means that there is no such attribute.
type HasAttrs interface {
	Attr(name string) (Value, error)
}

// HasSetAttr answers v.name = x, and with x nil del v.name.
type HasSetAttr interface {
	SetAttr(name string, x Value) error
}

// Callable answers v(...).
type Callable interface {
	Call(c *Call) (Value, error)
}

// Indexable answers v[key]; key is a *Slice for v[a:b].
type Indexable interface {
	Index(key Value) (Value, error)
}

// HasSetIndex answers v[key] = x, and with x nil del v[key].
type HasSetIndex interface {
	SetIndex(key, x Value) error
}

// Iterator gives one element after another; false ends it.
type Iterator interface {
	Next() (Value, bool, error)
}

// Iterable answers for x in v.
type Iterable interface {
	Iterate() Iterator
}

// Container answers x in v.
type Container interface {
	Contains(x Value) (bool, error)
}

// Sized answers len(v).
type Sized interface {
	Len() int
}

// Truther answers bool(v). A value that is neither Truther nor Sized is true.
type Truther interface {
	Truth() bool
}

// TruthOrError is Truther for a value whose truth can be an error.
type TruthOrError interface {
	Truth() (bool, error)
}

// Comparer answers v op other for op in == != < <= > >=. NotImplemented leaves it to the other operand. A value that is
// no Comparer equals itself alone, so it must be a pointer or another comparable type.
type Comparer interface {
	Compare(op string, other Value) (Value, error)
}

// Operand answers the binary operators. With reflected, v is on the right of the operator. NotImplemented leaves it to the
// other operand.
type Operand interface {
	Binary(op string, other Value, reflected bool) (Value, error)
}

// Hasher makes a Comparer usable as a key: equal values must give equal keys, and the key must be comparable in Go.
type Hasher interface {
	HashKey() (any, error)
}

// Printer answers str(v) and repr(v).
type Printer interface {
	Str() string
	Repr() string
}

// ContextManager answers with v. Exit is told the exception that leaves the block, or nil, and says whether it ends there.
type ContextManager interface {
	Enter(c *Call) (Value, error)
	Exit(c *Call, exception *Error) (suppress bool, err error)
}

// Classed gives isinstance and type() an answer; without it a Go value has a class of its own that nothing names.
type Classed interface {
	Class() *Class
}

// Descriptor answers when the value is an attribute of a class and is looked up through it: instance is nil when it is
// looked up on the class itself.
type Descriptor interface {
	DescriptorGet(c *Call, instance Value, owner *Class) (Value, error)
}
