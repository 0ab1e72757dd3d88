package python

var sequenceBuiltins = map[string]func(*Call) (Value, error){
	"len": func(c *Call) (Value, error) {
		a, err := c.Bind("object", "/")
		if err != nil {
			return nil, err
		}
		n, err := c.In.length(a[0])
		return Int(n), err
	},
	"iter": iterBuiltin,
	"next": nextBuiltin,
	"enumerate": func(c *Call) (Value, error) {
		a, err := c.Bind("iterable", "start=")
		if err != nil {
			return nil, err
		}
		n := int64(0)
		if a[1] != nil {
			if n, err = c.In.integer(a[1]); err != nil {
				return nil, err
			}
		}
		it, err := c.In.iterate(a[0])
		if err != nil {
			return nil, err
		}
		return NewIterator("enumerate", func() (Value, bool, error) {
			v, ok, err := c.In.next(it)
			if err != nil || !ok {
				return nil, false, err
			}
			n++
			return Tuple{Int(n - 1), v}, true, c.In.Alloc(48)
		}), nil
	},
	"zip":      zipBuiltin,
	"map":      mapBuiltin,
	"filter":   filterBuiltin,
	"reversed": reversedBuiltin,
	"sorted": func(c *Call) (Value, error) {
		a, err := c.Bind("iterable", "/", "*", "key=", "reverse=")
		if err != nil {
			return nil, err
		}
		items, err := c.In.collect(a[0])
		if err != nil {
			return nil, err
		}
		items, err = sorted(c.In, items, a[3], a[4])
		return &List{items: items}, err
	},
	"any": func(c *Call) (Value, error) { return quantified(c, true) },
	"all": func(c *Call) (Value, error) { return quantified(c, false) },
	"sum": sumBuiltin,
	"min": func(c *Call) (Value, error) { return extreme(c, false) },
	"max": func(c *Call) (Value, error) { return extreme(c, true) },
}

func iterBuiltin(c *Call) (Value, error) {
	a, err := c.Bind("object", "sentinel=", "/")
	if err != nil {
		return nil, err
	}
	if a[1] != nil {
		return NewIterator("callable_iterator", func() (Value, bool, error) {
			v, err := c.In.call(c.In.top, a[0], nil, nil)
			if err != nil {
				return nil, false, err
			}
			end, err := c.In.equal(v, a[1])
			return v, !end, err
		}), nil
	}
	it, err := c.In.iterate(a[0])
	if err != nil {
		return nil, err
	}
	if v, ok := it.(Value); ok {
		return v, nil
	}
	return NewIterator("iterator", it.Next), nil
}

func nextBuiltin(c *Call) (Value, error) {
	a, err := c.Bind("iterator", "default=", "/")
	if err != nil {
		return nil, err
	}
	var v Value
	switch it := a[0].(type) {
	case *Generator:
		v, err = it.result(None, nil)
	case Iterator:
		var ok bool
		if v, ok, err = c.In.next(it); err == nil && !ok {
			err = RaiseValue(StopIteration)
		}
	default:
		hook := c.In.special(it, "__next__")
		if hook == nil {
			return nil, TypeErrorf("'%s' object is not an iterator", typeName(it))
		}
		v, err = c.In.call(c.caller, hook, nil, nil)
	}
	if e, ok := err.(*Error); ok && a[1] != nil && e.Exc != nil && e.Exc.class.IsSubclass(StopIteration) {
		return a[1], nil
	}
	return v, err
}

func zipBuiltin(c *Call) (Value, error) {
	a, err := c.Bind("*iterables", "strict=")
	if err != nil {
		return nil, err
	}
	strict := false
	if a[1] != nil {
		if strict, err = c.In.truth(a[1]); err != nil {
			return nil, err
		}
	}
	var its []Iterator
	for _, x := range a[0].(Tuple) {
		it, err := c.In.iterate(x)
		if err != nil {
			return nil, err
		}
		its = append(its, it)
	}
	return NewIterator("zip", func() (Value, bool, error) {
		if err := c.In.Alloc(16 * len(its)); err != nil {
			return nil, false, err
		}
		t := make(Tuple, len(its))
		for i, it := range its {
			v, ok, err := c.In.next(it)
			if err != nil {
				return nil, false, err
			}
			if !ok {
				return nil, false, zipEnd(c.In, its, i, strict)
			}
			t[i] = v
		}
		return t, len(its) > 0, nil
	}), nil
}

// zipEnd complains about iterables of unequal length.
func zipEnd(in *Interp, its []Iterator, i int, strict bool) error {
	if !strict {
		return nil
	}
	if i > 0 {
		return ValueErrorf("zip() argument %d is shorter than argument %d", i+1, i)
	}
	for j, it := range its[1:] {
		if _, ok, err := in.next(it); err != nil || ok {
			if err == nil {
				err = ValueErrorf("zip() argument %d is longer than argument 1", j+2)
			}
			return err
		}
	}
	return nil
}

func mapBuiltin(c *Call) (Value, error) {
	a, err := c.Bind("function", "iterable", "*more")
	if err != nil {
		return nil, err
	}
	var its []Iterator
	for _, x := range append([]Value{a[1]}, a[2].(Tuple)...) {
		it, err := c.In.iterate(x)
		if err != nil {
			return nil, err
		}
		its = append(its, it)
	}
	return NewIterator("map", func() (Value, bool, error) {
		args := make([]Value, len(its))
		for i, it := range its {
			v, ok, err := c.In.next(it)
			if err != nil || !ok {
				return nil, false, err
			}
			args[i] = v
		}
		v, err := c.In.call(c.In.top, a[0], args, nil)
		return v, err == nil, err
	}), nil
}

func filterBuiltin(c *Call) (Value, error) {
	a, err := c.Bind("function", "iterable")
	if err != nil {
		return nil, err
	}
	it, err := c.In.iterate(a[1])
	if err != nil {
		return nil, err
	}
	return NewIterator("filter", func() (Value, bool, error) {
		for {
			v, ok, err := c.In.next(it)
			if err != nil || !ok {
				return nil, false, err
			}
			test := v
			if a[0] != None {
				if test, err = c.In.call(c.In.top, a[0], []Value{v}, nil); err != nil {
					return nil, false, err
				}
			}
			if yes, err := c.In.truth(test); err != nil || yes {
				return v, err == nil, err
			}
		}
	}), nil
}

func reversedBuiltin(c *Call) (Value, error) {
	a, err := c.Bind("sequence", "/")
	if err != nil {
		return nil, err
	}
	if hook := c.In.special(a[0], "__reversed__"); hook != nil {
		return c.In.call(c.caller, hook, nil, nil)
	}
	switch v := unwrap(a[0]).(type) {
	case *Set, Iterator, *Instance, NoneType, Int, Float:
		return nil, TypeErrorf("'%s' object is not reversible", typeName(v))
	}
	items, err := c.In.collect(a[0])
	if err != nil {
		return nil, err
	}
	i := len(items)
	return NewIterator("reversed", func() (Value, bool, error) {
		if i == 0 {
			return nil, false, nil
		}
		i--
		return items[i], true, nil
	}), nil
}

// quantified is any (until one is true) or all (until one is false).
func quantified(c *Call, until bool) (Value, error) {
	a, err := c.Bind("iterable", "/")
	if err != nil {
		return nil, err
	}
	it, err := c.In.iterate(a[0])
	if err != nil {
		return nil, err
	}
	for {
		v, ok, err := c.In.next(it)
		if err != nil || !ok {
			return Bool(!until), err
		}
		yes, err := c.In.truth(v)
		if err != nil || yes == until {
			return Bool(until), err
		}
	}
}

func sumBuiltin(c *Call) (Value, error) {
	a, err := c.Bind("iterable", "start=")
	if err != nil {
		return nil, err
	}
	total := a[1]
	if total == nil {
		total = Int(0)
	}
	if _, ok := total.(Str); ok {
		return nil, TypeErrorf("sum() can't sum strings [use ''.join(seq) instead]")
	}
	err = c.In.each(a[0], func(v Value) (err error) {
		total, err = c.In.binary(tPlus, total, v)
		return err
	})
	return total, err
}

// extreme is min or max.
func extreme(c *Call, largest bool) (Value, error) {
	a, err := c.Bind("*args", "key=", "default=")
	if err != nil {
		return nil, err
	}
	args := a[0].(Tuple)
	if len(args) == 0 {
		return nil, TypeErrorf("%s expected at least 1 argument, got 0", c.Name)
	}
	items := []Value(args)
	if len(args) == 1 {
		if items, err = c.In.collect(args[0]); err != nil {
			return nil, err
		}
	}
	if len(items) == 0 {
		if a[2] != nil {
			return a[2], nil
		}
		return nil, ValueErrorf("%s() arg is an empty sequence", c.Name)
	}
	var best, bestKey Value
	for _, v := range items {
		k := v
		if a[1] != nil && a[1] != None {
			if k, err = c.In.call(c.caller, a[1], []Value{v}, nil); err != nil {
				return nil, err
			}
		}
		if err := c.In.step(); err != nil {
			return nil, err
		}
		better := best == nil
		if !better {
			x, y := k, bestKey
			if largest {
				x, y = y, x
			}
			if better, err = c.In.less(x, y); err != nil {
				return nil, err
			}
		}
		if better {
			best, bestKey = v, k
		}
	}
	return best, nil
}
