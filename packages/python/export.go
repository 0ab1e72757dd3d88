package python

// What Go functions need of the language beside what stands with the types.

// Truth is bool(v).
func (in *Interp) Truth(v Value) (bool, error) { return in.truth(v) }

// Index is v[key].
func (in *Interp) Index(v, key Value) (Value, error) { return in.index(v, key) }

// SetIndex is v[key] = x, and with x nil del v[key].
func (in *Interp) SetIndex(v, key, x Value) error { return in.setIndex(v, key, x) }

// Less is a < b.
func (in *Interp) Less(a, b Value) (bool, error) { return in.less(a, b) }

// Add is a + b.
func (in *Interp) Add(a, b Value) (Value, error) { return in.binary(tPlus, a, b) }

// Len is len(v).
func (in *Interp) Len(v Value) (int, error) { return in.length(v) }

// Integer gives the number of a value that can be used as a subscript.
func (in *Interp) Integer(v Value) (int64, error) { return in.integer(v) }

// Next continues an iterator, and counts a step.
func (in *Interp) Next(it Iterator) (Value, bool, error) { return in.next(it) }

// Sub calls a function on behalf of a Go function: like Interp.Call, but places show the caller of the Go function.
func (c *Call) Sub(fn Value, args []Value, kwargs ...Kwarg) (Value, error) {
	return c.In.call(c.caller, fn, args, kwargs)
}

// Unwrap gives what an instance of a subclass of str, dict, list... holds, and other values as they are.
func Unwrap(v Value) Value { return unwrap(v) }

// IsCallable says whether a value can be called.
func IsCallable(in *Interp, v Value) bool {
	switch v := v.(type) {
	case *Function, *Builtin, *BoundMethod, *Class, Callable, *StaticMethod:
		return true
	case *Instance:
		return in.special(v, "__call__") != nil
	}
	return false
}

// SpecialMethod gives a method of the class of an object, such as __len__, bound; nil where the class has none.
func (in *Interp) SpecialMethod(v Value, name string) Value { return in.special(v, name) }

// ClassHooks is what a class written in Go can do that in Python takes a metaclass. All are inherited, each may be nil.
type ClassHooks struct {
	// Created is told of each class that inherits from the class, before Options.OnClass.
	Created func(cls *Class, body *ClassBody) error
	// Iterate answers for x in cls.
	Iterate func(cls *Class) (Iterator, error)
	// Member answers cls[key].
	Member func(cls *Class, key Value) (Value, error)
	// Instance answers isinstance(v, cls) where the class of v does not say so. It is not inherited.
	Instance func(in *Interp, v Value) bool
}

// SetHooks sets all hooks of a class.
func (c *Class) SetHooks(h ClassHooks) {
	c.created, c.iterate, c.member, c.instance = h.Created, h.Iterate, h.Member, h.Instance
}

// SetMissing makes the dict one of another class, and has f give the values of keys that it lacks; f may be nil.
func (d *Dict) SetMissing(class *Class, f func(in *Interp, d *Dict, key Value) (Value, error)) {
	d.class, d.fallback = class, f
}

// NewNative makes an object of a class that inherits from a built-in type; held is the value of that type.
func NewNative(class *Class, held Value) *Instance {
	i := NewInstance(class)
	i.native = held
	return i
}

// BuiltinClass gives a built-in class by its name: "tuple", "dict"...; nil for unknown ones.
func BuiltinClass(name string) *Class {
	v, _ := baseBuiltins().get(name)
	c, _ := v.(*Class)
	return c
}

// BuiltinNamed gives one of Python's built-in names, such as the function sorted; nil for unknown ones.
func BuiltinNamed(name string) Value {
	v, _ := baseBuiltins().get(name)
	return v
}
