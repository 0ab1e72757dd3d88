package python

// dictView is what keys(), values() and items() give.
type dictView struct {
	d    *Dict
	kind string // "keys", "values", "items"
}

func (v *dictView) Type() string { return "dict_" + v.kind }

// Len is the number of elements.
func (v *dictView) Len() int { return v.d.Len() }

func (v *dictView) pick(e dictEntry) Value {
	switch v.kind {
	case "keys":
		return e.key
	case "values":
		return e.value
	}
	return Tuple{e.key, e.value}
}

func (v *dictView) items() []Value {
	items := make([]Value, 0, v.d.Len())
	for _, e := range v.d.entries {
		if e.key != nil {
			items = append(items, v.pick(e))
		}
	}
	return items
}

// asSet gives keys or items as a set; nil where that can't be.
func (v *dictView) asSet(in *Interp) *Set {
	if v.kind == "values" {
		return nil
	}
	_ = in.Work(8 * v.Len())
	s := NewSet()
	for _, x := range v.items() {
		if s.Add(x) != nil {
			return nil
		}
	}
	return s
}

// asSet gives the set that an operand of a set's operator is, or nil.
func (in *Interp) asSet(v Value) *Set {
	switch v := unwrap(v).(type) {
	case *Set:
		return v
	case *dictView:
		return v.asSet(in)
	}
	return nil
}

var dictViewMethods = methodTable{
	"isdisjoint": func(c *Call) (Value, error) {
		v, a, err := self[*dictView](c, "other")
		if err != nil {
			return nil, err
		}
		other, err := c.In.toSet(a[0])
		s := v.asSet(c.In)
		if err != nil || s == nil {
			return nil, TypeErrorf("isdisjoint() wants hashable elements")
		}
		both, err := c.In.setOp(tAmp, s, other)
		if err != nil {
			return nil, err
		}
		return Bool(both.Len() == 0), nil
	},
}

func dictViewMethod(kind string) func(*Call) (Value, error) {
	return func(c *Call) (Value, error) {
		d, _, err := self[*Dict](c)
		return &dictView{d, kind}, err
	}
}

// dictMethod makes a method that changes the dict.
func dictMethod(f func(c *Call, d *Dict, a []Value) (Value, error), params ...string) func(*Call) (Value, error) {
	return func(c *Call) (Value, error) {
		d, a, err := self[*Dict](c, params...)
		if err != nil {
			return nil, err
		}
		if err := d.mutable(); err != nil {
			return nil, err
		}
		return f(c, d, a)
	}
}

var dictMethods = methodTable{
	"keys":   dictViewMethod("keys"),
	"values": dictViewMethod("values"),
	"items":  dictViewMethod("items"),
	"get": func(c *Call) (Value, error) {
		d, a, err := self[*Dict](c, "key", "default=", "/")
		if err != nil {
			return nil, err
		}
		h, err := c.In.hash(a[0])
		if err != nil {
			return nil, err
		}
		if v, ok := d.get(h); ok {
			return v, nil
		}
		return orNone(a[1]), nil
	},
	"copy": func(c *Call) (Value, error) {
		d, _, err := self[*Dict](c)
		if err != nil {
			return nil, err
		}
		return c.In.copyDict(d)
	},
	"pop":        dictMethod(dictPop, "key", "default=", "/"),
	"popitem":    dictMethod(dictPopItem, "last="),
	"setdefault": dictMethod(dictSetDefault, "key", "default=", "/"),
	"clear":      dictMethod(func(_ *Call, d *Dict, _ []Value) (Value, error) { d.clear(); return None, nil }),
	"update": dictMethod(func(c *Call, d *Dict, a []Value) (Value, error) {
		return None, dictFill(c.In, d, a[0], a[2].(*Dict))
	}, "other=", "/", "**kwargs"),
	"move_to_end": dictMethod(dictMoveToEnd, "key", "last="),
}

func dictPop(c *Call, d *Dict, a []Value) (Value, error) {
	h, err := c.In.hash(a[0])
	if err != nil {
		return nil, err
	}
	if v, ok := d.remove(h); ok {
		return v, nil
	}
	if a[1] != nil {
		return a[1], nil
	}
	return nil, KeyErrorOf(a[0])
}

func dictPopItem(c *Call, d *Dict, a []Value) (Value, error) {
	last := true
	if a[0] != nil {
		var err error
		if last, err = c.In.truth(a[0]); err != nil {
			return nil, err
		}
	}
	if d.Len() == 0 {
		return nil, RaiseValue(KeyError, Str("popitem(): dictionary is empty"))
	}
	n, i := len(d.entries), d.first
	if last {
		for i = n - 1; d.entries[i].key == nil; {
			i--
		}
	}
	e := d.entries[i]
	d.remove(e.hash)
	if last && len(d.entries) == n { // what follows has no key; else it was compacted
		d.entries = d.entries[:i]
		d.deleted -= n - i
		d.first = min(d.first, i)
	}
	return Tuple{e.key, e.value}, nil
}

func dictSetDefault(c *Call, d *Dict, a []Value) (Value, error) {
	h, err := c.In.hash(a[0])
	if err != nil {
		return nil, err
	}
	if v, ok := d.get(h); ok {
		return v, nil
	}
	v := orNone(a[1])
	return v, c.In.dictSet(d, a[0], v)
}

func dictMoveToEnd(c *Call, d *Dict, a []Value) (Value, error) {
	h, err := c.In.hash(a[0])
	if err != nil {
		return nil, err
	}
	last := true
	if a[1] != nil {
		if last, err = c.In.truth(a[1]); err != nil {
			return nil, err
		}
	}
	v, ok := d.remove(h)
	if !ok {
		return nil, KeyErrorOf(a[0])
	}
	if last {
		d.insert(h, a[0], v)
		return None, nil
	}
	rest, err := c.In.copyDict(d)
	if err != nil {
		return nil, err
	}
	d.clear()
	d.insert(h, a[0], v)
	return None, c.In.update(d, rest)
}

// dictFill does what dict(other, **kwargs) and update do.
func dictFill(in *Interp, d *Dict, other Value, kwargs *Dict) error {
	if other != nil {
		if err := dictFrom(in, d, other); err != nil {
			return err
		}
	}
	return in.update(d, kwargs)
}

func dictFrom(in *Interp, d *Dict, other Value) error {
	if m, err := in.mapping(other); err == nil {
		return in.update(d, m)
	} else if asError(err).Exc == nil {
		return err
	}
	i := 0
	return in.each(other, func(x Value) error {
		pair, err := in.collect(x)
		if err != nil {
			return TypeErrorf("cannot convert dictionary update sequence element #%d to a sequence", i)
		}
		if len(pair) != 2 {
			return ValueErrorf("dictionary update sequence element #%d has length %d; 2 is required", i, len(pair))
		}
		i++
		return in.dictSet(d, pair[0], pair[1])
	})
}

func constructDict(_ *Class, c *Call) (Value, error) {
	a, err := c.Bind("other=", "/", "**kwargs")
	if err != nil {
		return nil, err
	}
	d := NewDict()
	return d, dictFill(c.In, d, a[0], a[2].(*Dict))
}

func dictFromKeys(c *Call) (Value, error) {
	a, err := c.Bind("cls", "keys", "value=")
	if err != nil {
		return nil, err
	}
	d := NewDict()
	return d, c.In.each(a[1], func(k Value) error { return c.In.dictSet(d, k, orNone(a[2])) })
}
