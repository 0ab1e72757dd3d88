package stdlib

import (
	"github.com/berth-hpc/berth/packages/python"
)

func functoolsModule() *python.Module {
	return newModule("functools", map[string]function{
		"reduce":          reduce,
		"partial":         func(c *python.Call) (python.Value, error) { return newPartial(c) },
		"wraps":           wraps,
		"update_wrapper":  updateWrapper,
		"lru_cache":       lruCache,
		"cache":           func(c *python.Call) (python.Value, error) { return newCache(c, c.Args) },
		"cached_property": cachedProperty,
		"cmp_to_key":      cmpToKey,
		"total_ordering":  totalOrdering,
		"singledispatch":  unsupported("singledispatch"),
		"partialmethod":   unsupported("partialmethod"),
	}, map[string]python.Value{"WRAPPER_ASSIGNMENTS": python.Tuple{python.Str("__module__"), python.Str("__name__"), python.Str("__qualname__"), python.Str("__doc__")}})
}

func unsupported(name string) function {
	return func(*python.Call) (python.Value, error) {
		return nil, python.Raise(python.NotImplementedError, "%s is not supported", name)
	}
}

func reduce(c *python.Call) (python.Value, error) {
	a, err := c.Bind("function", "iterable", "initial=", "/")
	if err != nil {
		return nil, err
	}
	total := a[2]
	it, err := c.In.Iterate(a[1])
	if err != nil {
		return nil, err
	}
	for {
		v, ok, err := c.In.Next(it)
		if err != nil {
			return nil, err
		}
		switch {
		case !ok && total == nil:
			return nil, python.TypeErrorf("reduce() of empty iterable with no initial value")
		case !ok:
			return total, nil
		case total == nil:
			total = v
		default:
			if total, err = c.Sub(a[0], []python.Value{total, v}); err != nil {
				return nil, err
			}
		}
	}
}

// partial is functools.partial.
type partial struct {
	fn     python.Value
	args   []python.Value
	kwargs []python.Kwarg
}

func newPartial(c *python.Call) (python.Value, error) {
	if len(c.Args) == 0 || !python.IsCallable(c.In, c.Args[0]) {
		return nil, python.TypeErrorf("the first argument must be callable")
	}
	return &partial{c.Args[0], c.Args[1:], c.Kwargs}, nil
}

func (*partial) Type() string { return "functools.partial" }

func (p *partial) Call(c *python.Call) (python.Value, error) {
	args := append(append([]python.Value(nil), p.args...), c.Args...)
	var kwargs []python.Kwarg
	for _, k := range p.kwargs {
		if c.Kwarg(k.Name) == nil {
			kwargs = append(kwargs, k)
		}
	}
	return c.Sub(p.fn, args, append(kwargs, c.Kwargs...)...)
}

func (p *partial) Attr(name string) (python.Value, error) {
	switch name {
	case "func":
		return p.fn, nil
	case "args":
		return python.Tuple(p.args), nil
	case "keywords":
		d := python.NewDict()
		for _, k := range p.kwargs {
			if err := d.Set(python.Str(k.Name), k.Value); err != nil {
				return nil, err
			}
		}
		return d, nil
	}
	return nil, nil
}

func copyNames(in *python.Interp, to, from python.Value) error {
	for _, name := range []string{"__module__", "__name__", "__qualname__", "__doc__"} {
		v, err := in.GetAttr(from, name)
		if err != nil {
			continue
		}
		if err := in.SetAttr(to, name, v); err != nil {
			return nil //nolint:nilerr // what has no attributes is wrapped without
		}
	}
	_ = in.SetAttr(to, "__wrapped__", from)
	return nil
}

func wraps(c *python.Call) (python.Value, error) {
	a, err := c.Bind("wrapped", "assigned=", "updated=")
	if err != nil {
		return nil, err
	}
	return python.NewBuiltin("wraps", func(c *python.Call) (python.Value, error) {
		b, err := c.Bind("wrapper")
		if err != nil {
			return nil, err
		}
		return b[0], copyNames(c.In, b[0], a[0])
	}), nil
}

func updateWrapper(c *python.Call) (python.Value, error) {
	a, err := c.Bind("wrapper", "wrapped", "assigned=", "updated=")
	if err != nil {
		return nil, err
	}
	return a[0], copyNames(c.In, a[0], a[1])
}

// cached is a function that a cache was asked for. It remembers nothing: modules are shared between goroutines, and what a
// recipe computes is the same each time. As an attribute of a class it binds like a function.
type cached struct{ fn python.Value }

func (*cached) Type() string { return "functools._lru_cache_wrapper" }

func (f *cached) Call(c *python.Call) (python.Value, error) { return c.Sub(f.fn, c.Args, c.Kwargs...) }

func (f *cached) Attr(name string) (python.Value, error) {
	switch name {
	case "__wrapped__":
		return f.fn, nil
	case "cache_clear":
		return python.NewBuiltin(name, func(*python.Call) (python.Value, error) { return nil, nil }), nil
	}
	if a, ok := f.fn.(python.HasAttrs); ok {
		return a.Attr(name)
	}
	return nil, nil
}

// DescriptorGet binds a cached method.
func (f *cached) DescriptorGet(_ *python.Call, instance python.Value, _ *python.Class) (python.Value, error) {
	if instance == nil {
		return f, nil
	}
	return &python.BoundMethod{Self: instance, Func: f.fn}, nil
}

func newCache(c *python.Call, args []python.Value) (python.Value, error) {
	if len(args) != 1 || !python.IsCallable(c.In, args[0]) {
		return nil, python.TypeErrorf("%s() wants a function", c.Name)
	}
	return &cached{args[0]}, nil
}

func lruCache(c *python.Call) (python.Value, error) {
	a, err := c.Bind("maxsize=", "typed=")
	if err != nil {
		return nil, err
	}
	if a[0] != nil && python.IsCallable(c.In, a[0]) {
		return newCache(c, a[:1])
	}
	return python.NewBuiltin("lru_cache", func(c *python.Call) (python.Value, error) { return newCache(c, c.Args) }), nil
}

func cachedProperty(c *python.Call) (python.Value, error) {
	a, err := c.Bind("function")
	if err != nil {
		return nil, err
	}
	return &python.Property{Get: a[0]}, nil
}

// ordered is a key of cmp_to_key.
type ordered struct {
	c     *python.Call
	cmp   python.Value
	value python.Value
}

func (*ordered) Type() string { return "functools.KeyWrapper" }

func (k *ordered) Compare(op string, other python.Value) (python.Value, error) {
	o, ok := other.(*ordered)
	if !ok {
		return python.NotImplemented, nil
	}
	r, err := k.c.Sub(k.cmp, []python.Value{k.value, o.value})
	if err != nil {
		return nil, err
	}
	n, err := k.c.In.Integer(r)
	if err != nil {
		return nil, err
	}
	yes := map[string]bool{"<": n < 0, "<=": n <= 0, ">": n > 0, ">=": n >= 0, "==": n == 0, "!=": n != 0}[op]
	return python.Bool(yes), nil
}

func cmpToKey(c *python.Call) (python.Value, error) {
	a, err := c.Bind("mycmp")
	if err != nil {
		return nil, err
	}
	return python.NewBuiltin("cmp_to_key", func(c *python.Call) (python.Value, error) {
		b, err := c.Bind("obj")
		if err != nil {
			return nil, err
		}
		return &ordered{c, a[0], b[0]}, nil
	}), nil
}

// totalOrdering derives the comparisons that a class lacks from one that it has and ==.
func totalOrdering(c *python.Call) (python.Value, error) {
	a, err := c.Bind("cls")
	if err != nil {
		return nil, err
	}
	cls, ok := a[0].(*python.Class)
	if !ok {
		return nil, python.TypeErrorf("total_ordering wants a class")
	}
	less, _ := cls.Lookup("__lt__")
	if less == nil {
		return nil, python.ValueErrorf("total_ordering is supported for classes that define __lt__")
	}
	derive := func(name string, f func(in *python.Interp, x, y python.Value) (bool, error)) {
		if v, _ := cls.Lookup(name); v == nil {
			cls.Set(name, python.NewMethod(name, func(c *python.Call) (python.Value, error) {
				b, err := c.Bind("self", "other")
				if err != nil {
					return nil, err
				}
				yes, err := f(c.In, b[0], b[1])
				return python.Bool(yes), err
			}))
		}
	}
	derive("__gt__", func(in *python.Interp, x, y python.Value) (bool, error) { return in.Less(y, x) })
	derive("__le__", func(in *python.Interp, x, y python.Value) (bool, error) {
		more, err := in.Less(y, x)
		return !more, err
	})
	derive("__ge__", func(in *python.Interp, x, y python.Value) (bool, error) {
		fewer, err := in.Less(x, y)
		return !fewer, err
	})
	return cls, nil
}
