package python

import (
	"sync"
)

// builtinNamespace gives the names that are known everywhere; those of the caller win.
func builtinNamespace(extra map[string]Value) *Namespace {
	base := baseBuiltins()
	if len(extra) == 0 {
		return base
	}
	ns := base.copy()
	for _, k := range sortedKeys(extra) {
		ns.set(k, extra[k])
	}
	return ns
}

var baseBuiltins = sync.OnceValue(func() *Namespace {
	ns := newNamespace(160)
	for _, c := range []*Class{
		objectClass, typeClass, intClass, boolClass, floatClass, strClass, bytesClass, listClass, tupleClass, dictClass, setClass,
		frozensetClass, rangeClass, sliceClass, propertyClass, staticClass, classClass, superClass,
	} {
		ns.set(c.Name, c)
	}
	for _, c := range exceptionClasses {
		ns.set(c.Name, c)
	}
	ns.set("IOError", OSError)
	ns.set("EnvironmentError", OSError)
	ns.set("NotImplemented", NotImplemented)
	ns.set("Ellipsis", Ellipsis)
	ns.set("__debug__", True)
	for _, table := range []map[string]func(*Call) (Value, error){objectBuiltins, sequenceBuiltins, numberBuiltins} {
		for _, name := range sortedKeys(table) {
			ns.set(name, NewBuiltin(name, table[name]))
		}
	}
	ns.frozen = true
	return ns
})

var objectBuiltins = map[string]func(*Call) (Value, error){
	"isinstance": func(c *Call) (Value, error) {
		a, err := c.Bind("object", "classinfo", "/")
		if err != nil {
			return nil, err
		}
		yes, err := isSubclassOf(c.In, TypeOf(a[0]), a[0], a[1], "isinstance() arg 2 must be a type, a tuple of types, or a union")
		return Bool(yes), err
	},
	"issubclass": func(c *Call) (Value, error) {
		a, err := c.Bind("class", "classinfo", "/")
		if err != nil {
			return nil, err
		}
		cls, ok := a[0].(*Class)
		if !ok {
			return nil, TypeErrorf("issubclass() arg 1 must be a class")
		}
		yes, err := isSubclassOf(c.In, cls, nil, a[1], "issubclass() arg 2 must be a class, a tuple of classes, or a union")
		return Bool(yes), err
	},
	"callable": func(c *Call) (Value, error) {
		a, err := c.Bind("object", "/")
		if err != nil {
			return nil, err
		}
		return Bool(IsCallable(c.In, a[0])), nil
	},
	"hasattr": func(c *Call) (Value, error) {
		a, err := c.Bind("object", "name", "/")
		if err != nil {
			return nil, err
		}
		name, err := attrName(a[1])
		if err != nil {
			return nil, err
		}
		_, err = c.In.getAttr(a[0], name)
		if err != nil && !isAttributeError(err) {
			return nil, err
		}
		return Bool(err == nil), nil
	},
	"getattr": func(c *Call) (Value, error) {
		a, err := c.Bind("object", "name", "default=", "/")
		if err != nil {
			return nil, err
		}
		name, err := attrName(a[1])
		if err != nil {
			return nil, err
		}
		v, err := c.In.getAttr(a[0], name)
		if err != nil && a[2] != nil && isAttributeError(err) {
			return a[2], nil
		}
		return v, err
	},
	"setattr": func(c *Call) (Value, error) {
		a, err := c.Bind("object", "name", "value", "/")
		if err != nil {
			return nil, err
		}
		name, err := attrName(a[1])
		if err != nil {
			return nil, err
		}
		return None, c.In.setAttr(a[0], name, a[2])
	},
	"delattr": func(c *Call) (Value, error) {
		a, err := c.Bind("object", "name", "/")
		if err != nil {
			return nil, err
		}
		name, err := attrName(a[1])
		if err != nil {
			return nil, err
		}
		return None, c.In.setAttr(a[0], name, nil)
	},
	"repr": func(c *Call) (Value, error) {
		a, err := c.Bind("object", "/")
		if err != nil {
			return nil, err
		}
		return c.In.convert(a[0], 'r')
	},
	"ascii": func(c *Call) (Value, error) {
		a, err := c.Bind("object", "/")
		if err != nil {
			return nil, err
		}
		return c.In.convert(a[0], 'a')
	},
	"format": func(c *Call) (Value, error) {
		a, err := c.Bind("value", "spec=", "/")
		if err != nil {
			return nil, err
		}
		spec, ok := orStr(a[1])
		if !ok {
			return nil, TypeErrorf("format() argument 2 must be str, not %s", typeName(a[1]))
		}
		text, err := c.In.format(a[0], spec)
		return Str(text), err
	},
	"hash": func(c *Call) (Value, error) {
		a, err := c.Bind("object", "/")
		if err != nil {
			return nil, err
		}
		return hashNumber(c.In, a[0])
	},
	"id": func(c *Call) (Value, error) {
		return nil, Raise(NotImplementedError, "id() is not supported: it is another number in each run")
	},
	"vars":    varsBuiltin,
	"dir":     dirBuiltin,
	"print":   printBuiltin,
	"globals": globalsBuiltin,
	"locals":  localsBuiltin,
}

func orStr(v Value) (string, bool) {
	if v == nil {
		return "", true
	}
	s, ok := v.(Str)
	return string(s), ok
}

func attrName(v Value) (string, error) {
	s, ok := unwrap(v).(Str)
	if !ok {
		return "", TypeErrorf("attribute name must be string, not '%s'", typeName(v))
	}
	return string(s), nil
}

// isSubclassOf compares with a class or with tuples of classes. v is an instance of cls, or nil.
func isSubclassOf(in *Interp, cls *Class, v, info Value, msg string) (bool, error) {
	switch k := info.(type) {
	case *Class:
		if v != nil && k.instance != nil && !cls.IsSubclass(k) {
			return k.instance(in, v), nil
		}
		return cls.IsSubclass(k), nil
	case Tuple:
		if err := in.enter(); err != nil {
			return false, err
		}
		defer in.leave()
		if err := in.Work(len(k) / 4); err != nil {
			return false, err
		}
		for _, x := range k {
			if yes, err := isSubclassOf(in, cls, v, x, msg); err != nil || yes {
				return yes, err
			}
		}
		return false, nil
	}
	return false, TypeErrorf("%s", msg)
}

// hashNumber gives equal values equal numbers. They aren't CPython's.
func hashNumber(in *Interp, v Value) (Value, error) {
	h, err := in.hash(v)
	if err != nil {
		return nil, err
	}
	switch h := h.(type) {
	case Int:
		return h, nil
	case userKey:
		return Int(h.hash), nil
	case tupleKey:
		return fnv(string(h)), nil
	case Value:
		if _, plain := h.(Str); !plain {
			return fnv(identity(h)), nil
		}
		return fnv(repr(h)), nil
	}
	return fnv(identity(h)), nil
}

func fnv(s string) Int {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return Int(h >> 2)
}

func varsBuiltin(c *Call) (Value, error) {
	if len(c.Args) == 0 {
		return localsBuiltin(c)
	}
	return c.In.getAttr(c.Args[0], "__dict__")
}

func dirBuiltin(c *Call) (Value, error) {
	a, err := c.Bind("object=", "/")
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	add := func(ns *Namespace) {
		for _, k := range ns.names() {
			names[k] = true
		}
	}
	var mro []*Class
	switch v := a[0].(type) {
	case nil:
		d, err := localsBuiltin(c)
		if err != nil {
			return nil, err
		}
		for k := range d.(*Dict).All() {
			names[display(k)] = true
		}
	case *Class:
		mro = v.mro
	case *Module:
		add(v.ns)
	case *Instance:
		add(v.attrs)
		mro = v.class.mro
	default:
		mro = TypeOf(v).mro
	}
	for _, k := range mro {
		add(k.ns)
	}
	if err := c.In.Alloc(100 * len(names)); err != nil {
		return nil, err
	}
	return strList(c.In, sortedKeys(names))
}

func printBuiltin(c *Call) (Value, error) {
	a, err := c.Bind("*args", "sep=", "end=", "file=", "flush=")
	if err != nil {
		return nil, err
	}
	sep, end := " ", "\n"
	if s, ok := a[1].(Str); ok {
		sep = string(s)
	}
	if s, ok := a[2].(Str); ok {
		end = string(s)
	}
	text := ""
	for i, v := range a[0].(Tuple) {
		s, err := c.In.str(v)
		if err != nil {
			return nil, err
		}
		if err := c.In.Alloc(len(text) + len(s) + len(sep)); err != nil {
			return nil, err
		}
		if i > 0 {
			text += sep
		}
		text += s
	}
	if c.In.opts.Print != nil {
		c.In.opts.Print(text + end)
	}
	return None, nil
}

func globalsBuiltin(c *Call) (Value, error) {
	if c.caller == nil {
		return NewDict(), nil
	}
	return c.In.namespaceDict(c.caller.module.ns)
}

func localsBuiltin(c *Call) (Value, error) {
	f := c.caller
	switch {
	case f == nil:
		return NewDict(), nil
	case f.class != nil:
		return c.In.namespaceDict(f.class)
	case f.fn == nil:
		return globalsBuiltin(c)
	}
	d := NewDict()
	for i, name := range f.def.locals {
		v := f.locals[i]
		if shared, ok := v.(*cell); ok {
			v = shared.v
		}
		if v != nil {
			d.put(Str(name), v)
		}
	}
	return d, c.In.AllocN(d.Len(), entryCost)
}

func init() {
	// What could reach the machine says so, instead of being unknown.
	for _, name := range []string{"open", "input", "eval", "exec", "compile", "breakpoint", "__import__"} {
		objectBuiltins[name] = func(*Call) (Value, error) {
			return nil, Raise(RuntimeError, "%s() is not available: this program has no access to the machine", name)
		}
	}
}
