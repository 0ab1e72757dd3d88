package python

import (
	"math"
	"math/big"
)

// truncate gives the whole part of a float.
func truncate(f float64) (Value, error) {
	switch {
	case math.IsNaN(f):
		return nil, ValueErrorf("cannot convert float NaN to integer")
	case math.IsInf(f, 0):
		return nil, Raise(OverflowError, "cannot convert float infinity to integer")
	}
	n, _ := big.NewFloat(f).Int(nil)
	return normalize(n), nil
}

func constructInt(_ *Class, c *Call) (Value, error) {
	a, err := c.Bind("x=", "/", "base=")
	if err != nil {
		return nil, err
	}
	if a[0] == nil {
		return Int(0), nil
	}
	base := int64(10)
	if a[2] != nil {
		if base, err = c.In.integer(a[2]); err != nil {
			return nil, err
		}
		if base != 0 && (base < 2 || base > 36) {
			return nil, ValueErrorf("int() base must be >= 2 and <= 36, or 0")
		}
	}
	x := a[0]
	for _, name := range [...]string{"__int__", "__index__", "__trunc__"} {
		if hook := c.In.special(x, name); hook != nil {
			return c.In.call(c.caller, hook, nil, nil)
		}
	}
	switch x := unwrap(x).(type) {
	case Str:
		return parseInt(string(x), int(base))
	case Bytes:
		return parseInt(string(x), int(base))
	case Float:
		return truncate(float64(x))
	}
	if n := toBig(unwrap(x)); n != nil {
		if a[2] != nil {
			return nil, TypeErrorf("int() can't convert non-string with explicit base")
		}
		return normalize(n), nil
	}
	return nil, TypeErrorf("int() argument must be a string, a bytes-like object or a real number, not '%s'", typeName(x))
}

func constructFloat(_ *Class, c *Call) (Value, error) {
	a, err := c.Bind("x=", "/")
	if err != nil {
		return nil, err
	}
	if a[0] == nil {
		return Float(0), nil
	}
	if hook := c.In.special(a[0], "__float__"); hook != nil {
		return c.In.call(c.caller, hook, nil, nil)
	}
	x := unwrap(a[0])
	if s, ok := x.(Str); ok {
		return parseFloat(string(s))
	}
	if f, ok := toFloat(x); ok {
		if _, isFloat := x.(Float); !isFloat && math.IsInf(f, 0) {
			return nil, Raise(OverflowError, "int too large to convert to float")
		}
		return Float(f), nil
	}
	return nil, TypeErrorf("float() argument must be a string or a real number, not '%s'", typeName(x))
}

func constructBool(_ *Class, c *Call) (Value, error) {
	a, err := c.Bind("x=", "/")
	if err != nil || a[0] == nil {
		return False, err
	}
	yes, err := c.In.truth(a[0])
	return Bool(yes), err
}

func constructStr(_ *Class, c *Call) (Value, error) {
	a, err := c.Bind("object=", "encoding=", "errors=")
	if err != nil || a[0] == nil {
		return Str(""), err
	}
	if b, ok := a[0].(Bytes); ok && a[1] != nil {
		args := []Value{b, a[1]}
		if a[2] != nil {
			args = append(args, a[2])
		}
		return bytesDecode(&Call{In: c.In, Name: "decode", Args: args, caller: c.caller, pos: c.pos})
	}
	s, err := c.In.str(a[0])
	return Str(s), err
}

func constructProperty(_ *Class, c *Call) (Value, error) {
	a, err := c.Bind("fget=", "fset=", "fdel=", "doc=")
	if err != nil {
		return nil, err
	}
	for i, v := range a {
		if v == None {
			a[i] = nil
		}
	}
	return &Property{a[0], a[1], a[2]}, nil
}

func constructStatic(_ *Class, c *Call) (Value, error) {
	a, err := c.Bind("function", "/")
	if err != nil {
		return nil, err
	}
	return &StaticMethod{a[0]}, nil
}

func constructClassMethod(_ *Class, c *Call) (Value, error) {
	a, err := c.Bind("function", "/")
	if err != nil {
		return nil, err
	}
	return &ClassMethod{a[0]}, nil
}

// constructType is type(x); classes are made by class statements alone.
func constructType(_ *Class, c *Call) (Value, error) {
	if len(c.Args) == 3 {
		return c.In.makeClass(c)
	}
	a, err := c.Bind("object", "/")
	if err != nil {
		return nil, TypeErrorf("type() takes 1 or 3 arguments")
	}
	return TypeOf(a[0]), nil
}

// makeClass is type(name, bases, dict).
func (in *Interp) makeClass(c *Call) (Value, error) {
	name, ok1 := c.Args[0].(Str)
	bases, ok2 := c.Args[1].(Tuple)
	attrs, ok3 := c.Args[2].(*Dict)
	if !ok1 || !ok2 || !ok3 {
		return nil, TypeErrorf("type() wants a str, a tuple and a dict")
	}
	class := &Class{Name: string(name), Qualname: string(name), Module: c.Module(), ns: newNamespace(attrs.Len())}
	for _, b := range bases {
		k, ok := b.(*Class)
		if !ok {
			return nil, TypeErrorf("bases must be types")
		}
		class.Bases = append(class.Bases, k)
	}
	if err := in.chargeBases(class.Bases); err != nil {
		return nil, err
	}
	if err := in.Alloc(classCost + nameCost*attrs.Len()); err != nil {
		return nil, err
	}
	for k, v := range attrs.All() {
		if s, ok := k.(Str); ok {
			class.ns.set(string(s), v)
		}
	}
	if err := class.finish(); err != nil {
		return nil, err
	}
	body := &ClassBody{Name: class.Name, Qualname: class.Name, Module: class.Module, Bases: class.Bases, ns: class.ns}
	if in.opts.OnClass != nil {
		return class, in.opts.OnClass(class, body)
	}
	return class, nil
}

// constructSuper is super(), or super(C, x).
func constructSuper(_ *Class, c *Call) (Value, error) {
	if len(c.Args) == 0 {
		return implicitSuper(c)
	}
	a, err := c.Bind("type", "object", "/")
	if err != nil {
		return nil, err
	}
	start, ok := a[0].(*Class)
	if !ok {
		return nil, TypeErrorf("super() argument 1 must be a type, not %s", typeName(a[0]))
	}
	if k, ok := a[1].(*Class); ok && k.IsSubclass(start) {
		return &superValue{start, k, k}, nil
	}
	if class := TypeOf(a[1]); class.IsSubclass(start) {
		return &superValue{start, a[1], class}, nil
	}
	return nil, TypeErrorf("super(type, obj): obj must be an instance or subtype of type")
}

// implicitSuper takes class and object from the method that calls super().
func implicitSuper(c *Call) (Value, error) {
	f := c.caller
	for f != nil && f.fn != nil && f.def != f.fn.def && f.parent != nil {
		f = f.parent // a comprehension in the method
	}
	if f == nil || f.fn == nil || f.own == nil || len(f.fn.def.params) == 0 {
		return nil, Raise(RuntimeError, "super(): no arguments")
	}
	start, ok := f.own.v.(*Class)
	if !ok {
		return nil, Raise(RuntimeError, "super(): __class__ cell not found")
	}
	first := f.locals[0]
	if shared, ok := first.(*cell); ok {
		first = shared.v
	}
	if f.fn.def.star == 0 {
		t, _ := first.(Tuple)
		if len(t) == 0 {
			return nil, Raise(RuntimeError, "super(): no arguments")
		}
		first = t[0]
	}
	if first == nil {
		return nil, Raise(RuntimeError, "super(): arg[0] deleted")
	}
	return constructSuper(nil, &Call{In: c.In, Name: "super", Args: []Value{start, first}, caller: c.caller, pos: c.pos})
}

// newObject is object.__new__.
func newObject(c *Call) (Value, error) {
	if len(c.Args) == 0 {
		return nil, TypeErrorf("object.__new__(): not enough arguments")
	}
	cls, ok := c.Args[0].(*Class)
	if !ok {
		return nil, TypeErrorf("object.__new__(X): X is not a type object (%s)", typeName(c.Args[0]))
	}
	if nativeBase(cls) != nil {
		obj := NewInstance(cls)
		native, err := nativeBase(cls).construct(nativeBase(cls), &Call{In: c.In, Name: cls.Name, Args: c.Args[1:], caller: c.caller, pos: c.pos})
		obj.native = native
		return obj, err
	}
	if cls.IsSubclass(BaseException) {
		return newException(cls, c.Args[1:]...), nil
	}
	if cls.construct != nil {
		return nil, TypeErrorf("object.__new__(%s) is not safe", cls.Name)
	}
	return NewInstance(cls), c.In.Alloc(120)
}

// objectMethods are what every class inherits. object() itself makes an *Instance.
var objectMethods = methodTable{
	"__repr__": func(c *Call) (Value, error) { return Str("<" + typeName(c.Args[0]) + " object>"), nil },
}
