package python

import (
	"slices"
)

// self gives the list, tuple... that a method was called on, and binds the other arguments.
func self[T Value](c *Call, params ...string) (T, []Value, error) {
	var none T
	if len(c.Args) == 0 {
		return none, nil, TypeErrorf("unbound method %s() needs an argument", c.Name)
	}
	x, ok := unwrap(c.Args[0]).(T)
	if !ok {
		return none, nil, TypeErrorf("descriptor '%s' doesn't apply to a '%s' object", c.Name, typeName(c.Args[0]))
	}
	rest := *c
	rest.Args = c.Args[1:]
	args, err := rest.Bind(params...)
	return x, args, err
}

var listMethods = methodTable{
	"append": listMethod(func(c *Call, l *List, a []Value) (Value, error) { return None, c.In.listAppend(l, a[0]) }, "item"),
	"extend": listMethod(listExtend, "iterable"),
	"insert": listMethod(listInsert, "index", "item"),
	"pop":    listMethod(listPop, "index="),
	"remove": listMethod(listRemove, "value"),
	"clear":  listMethod(func(_ *Call, l *List, _ []Value) (Value, error) { l.items = nil; return None, nil }),
	"reverse": listMethod(func(c *Call, l *List, _ []Value) (Value, error) {
		slices.Reverse(l.items)
		return None, c.In.Work(len(l.items) / 64)
	}),
	"sort": listMethod(func(c *Call, l *List, a []Value) (Value, error) {
		items, err := sorted(c.In, l.items, a[1], a[2])
		if err == nil {
			l.items = items
		}
		return None, err
	}, "*", "key=", "reverse="),
	"copy": func(c *Call) (Value, error) {
		l, _, err := self[*List](c)
		if err != nil {
			return nil, err
		}
		items, err := c.In.collect(l)
		return &List{items: items}, err
	},
	"index": func(c *Call) (Value, error) {
		l, a, err := self[*List](c, "value", "start=", "stop=")
		if err != nil {
			return nil, err
		}
		return itemIndex(c, l.items, a)
	},
	"count": func(c *Call) (Value, error) {
		l, a, err := self[*List](c, "value")
		if err != nil {
			return nil, err
		}
		return itemCount(c, l.items, a[0])
	},
}

var tupleMethods = methodTable{
	"index": func(c *Call) (Value, error) {
		t, a, err := self[Tuple](c, "value", "start=", "stop=")
		if err != nil {
			return nil, err
		}
		return itemIndex(c, t, a)
	},
	"count": func(c *Call) (Value, error) {
		t, a, err := self[Tuple](c, "value")
		if err != nil {
			return nil, err
		}
		return itemCount(c, t, a[0])
	},
}

var rangeMethods = methodTable{}

// listMethod makes a method that changes the list.
func listMethod(f func(c *Call, l *List, a []Value) (Value, error), params ...string) func(*Call) (Value, error) {
	return func(c *Call) (Value, error) {
		l, a, err := self[*List](c, params...)
		if err != nil {
			return nil, err
		}
		if err := l.mutable(); err != nil {
			return nil, err
		}
		return f(c, l, a)
	}
}

func listExtend(c *Call, l *List, a []Value) (Value, error) {
	more, err := c.In.elements(a[0])
	if err != nil {
		return nil, err
	}
	items, err := c.In.grow(l.items, len(more))
	if err == nil {
		l.items = append(items, more...)
	}
	return None, err
}

func listInsert(c *Call, l *List, a []Value) (Value, error) {
	i, err := c.In.integer(a[0])
	if err != nil {
		return nil, err
	}
	n := int64(len(l.items))
	if i < 0 {
		i += n
	}
	if err := c.In.Work(len(l.items) / 64); err != nil {
		return nil, err
	}
	items, err := c.In.grow(l.items, 1)
	if err != nil {
		return nil, err
	}
	l.items = slices.Insert(items, int(max(0, min(i, n))), a[1])
	return None, nil
}

func listPop(c *Call, l *List, a []Value) (Value, error) {
	if len(l.items) == 0 {
		return nil, IndexErrorf("pop from empty list")
	}
	i := len(l.items) - 1
	if a[0] != nil {
		k, err := c.In.integer(a[0])
		if err != nil {
			return nil, err
		}
		if k < 0 {
			k += int64(len(l.items))
		}
		if k < 0 || k >= int64(len(l.items)) {
			return nil, IndexErrorf("pop index out of range")
		}
		i = int(k)
	}
	v := l.items[i]
	l.items = slices.Delete(l.items, i, i+1)
	return v, c.In.Work((len(l.items) - i) / 64)
}

func listRemove(c *Call, l *List, a []Value) (Value, error) {
	for i, x := range l.items {
		if err := c.In.step(); err != nil {
			return nil, err
		}
		equal, err := c.In.equal(x, a[0])
		if err != nil {
			return nil, err
		}
		if equal && i < len(l.items) {
			l.items = slices.Delete(l.items, i, i+1)
			return None, c.In.Work((len(l.items) - i) / 64)
		}
	}
	return nil, ValueErrorf("list.remove(x): x not in list")
}

func itemIndex(c *Call, items []Value, a []Value) (Value, error) {
	start, _, n, err := c.In.bounds(&Slice{orNone(a[1]), orNone(a[2]), None}, len(items))
	if err != nil {
		return nil, err
	}
	for i := start; i < start+n && i < len(items); i++ {
		if err := c.In.step(); err != nil {
			return nil, err
		}
		if equal, err := c.In.equal(items[i], a[0]); err != nil || equal {
			return Int(i), err
		}
	}
	return nil, ValueErrorf("%s is not in list", repr(a[0]))
}

func itemCount(c *Call, items []Value, x Value) (Value, error) {
	n := 0
	for _, item := range items {
		if err := c.In.step(); err != nil {
			return nil, err
		}
		equal, err := c.In.equal(item, x)
		if err != nil {
			return nil, err
		}
		if equal {
			n++
		}
	}
	return Int(n), nil
}

// sorted gives the items in order; the sort is stable.
func sorted(in *Interp, items []Value, key, reverse Value) ([]Value, error) {
	type pair struct{ key, item Value }
	if err := in.Alloc(64 * len(items)); err != nil {
		return nil, err
	}
	pairs := make([]pair, len(items))
	for i, x := range items {
		pairs[i] = pair{x, x}
		if key != nil && key != None {
			k, err := in.call(in.top, key, []Value{x}, nil)
			if err != nil {
				return nil, err
			}
			pairs[i].key = k
		}
	}
	backwards := false
	if reverse != nil {
		var err error
		if backwards, err = in.truth(reverse); err != nil {
			return nil, err
		}
	}
	var failed error
	slices.SortStableFunc(pairs, func(a, b pair) int {
		if failed != nil {
			return 0
		}
		sign, err := in.order(a.key, b.key)
		failed = err
		if backwards {
			return -sign
		}
		return sign
	})
	if failed != nil {
		return nil, failed
	}
	out := make([]Value, len(items))
	for i, p := range pairs {
		out[i] = p.item
	}
	return out, nil
}

// order compares by < alone, as sorting does.
func (in *Interp) order(a, b Value) (int, error) {
	if err := in.step(); err != nil {
		return 0, err
	}
	less, err := in.less(a, b)
	if err != nil || less {
		return -1, err
	}
	more, err := in.less(b, a)
	if err != nil || !more {
		return 0, err
	}
	return 1, nil
}

func (in *Interp) less(a, b Value) (bool, error) {
	v, err := in.richCompare(opLt, a, b)
	if err != nil {
		return false, err
	}
	return in.truth(v)
}

func constructList(_ *Class, c *Call) (Value, error) {
	a, err := c.Bind("iterable=", "/")
	if err != nil || a[0] == nil {
		return NewList(), err
	}
	items, err := c.In.collect(a[0])
	return &List{items: items}, err
}

func constructTuple(_ *Class, c *Call) (Value, error) {
	a, err := c.Bind("iterable=", "/")
	if err != nil || a[0] == nil {
		return Tuple(nil), err
	}
	if t, ok := a[0].(Tuple); ok {
		return t, nil
	}
	items, err := c.In.collect(a[0])
	return Tuple(items), err
}

func constructRange(_ *Class, c *Call) (Value, error) {
	a, err := c.Bind("start", "stop=", "step=", "/")
	if err != nil {
		return nil, err
	}
	n := [3]int64{0, 0, 1}
	for i, v := range a[:3] {
		if v != nil {
			if n[i], err = c.In.integer(v); err != nil {
				return nil, err
			}
			if n[i] > 1<<61 || n[i] < -1<<61 {
				return nil, Raise(OverflowError, "range argument is too large")
			}
		}
	}
	if a[1] == nil {
		n[0], n[1] = 0, n[0]
	}
	if n[2] == 0 {
		return nil, ValueErrorf("range() arg 3 must not be zero")
	}
	return &Range{n[0], n[1], n[2]}, nil
}

func constructSlice(_ *Class, c *Call) (Value, error) {
	a, err := c.Bind("start", "stop=", "step=", "/")
	if err != nil {
		return nil, err
	}
	if a[1] == nil {
		return &Slice{None, a[0], None}, nil
	}
	return &Slice{a[0], a[1], orNone(a[2])}, nil
}
