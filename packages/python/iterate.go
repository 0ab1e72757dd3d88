package python

import (
	"unicode/utf8"
)

// Iterate gives the elements of any iterable.
func (in *Interp) Iterate(v Value) (Iterator, error) { return in.iterate(v) }

// Collect gives the elements of any iterable, all at once.
func (in *Interp) Collect(v Value) ([]Value, error) { return in.collect(v) }

// iterValue is an iterator that a program can hold.
type iterValue struct {
	what   string // "list_iterator"
	next   func() (Value, bool, error)
	frozen bool
}

func (i *iterValue) Type() string { return i.what }

func (i *iterValue) Next() (Value, bool, error) {
	if i.frozen {
		return nil, false, errFrozen(i.what)
	}
	return i.next()
}

// NewIterator makes an iterator of a Go function. what is the name of its type.
func NewIterator(what string, next func() (Value, bool, error)) Value {
	return &iterValue{what: what, next: next}
}

func (in *Interp) iterate(v Value) (Iterator, error) {
	switch v := v.(type) {
	case *List:
		i := 0
		return &iterValue{what: "list_iterator", next: func() (Value, bool, error) {
			if i >= len(v.items) {
				return nil, false, nil
			}
			i++
			return v.items[i-1], true, nil
		}}, nil
	case Tuple:
		return sliceIterator("tuple_iterator", v), nil
	case Str:
		return stringIterator(v), nil
	case Bytes:
		i := 0
		return &iterValue{what: "bytes_iterator", next: func() (Value, bool, error) {
			if i >= len(v) {
				return nil, false, nil
			}
			i++
			return Int(v[i-1]), true, nil
		}}, nil
	case *Dict:
		return v.iterator("dict_keyiterator", func(e dictEntry) Value { return e.key }), nil
	case *Set:
		return v.d.iterator("set_iterator", func(e dictEntry) Value { return e.key }), nil
	case *dictView:
		return v.d.iterator(v.Type(), v.pick), nil
	case *Range:
		i := 0
		return &iterValue{what: "range_iterator", next: func() (Value, bool, error) {
			if i >= v.Len() {
				return nil, false, nil
			}
			i++
			return v.at(i - 1), true, nil
		}}, nil
	case Iterator:
		return v, nil
	case Iterable:
		return v.Iterate(), nil
	case *Instance:
		return in.iterateInstance(v)
	case *Class:
		for _, k := range v.mro {
			if k.iterate != nil {
				return k.iterate(v)
			}
		}
	}
	return nil, TypeErrorf("'%s' object is not iterable", typeName(v))
}

func sliceIterator(what string, items []Value) Iterator {
	i := 0
	return &iterValue{what: what, next: func() (Value, bool, error) {
		if i >= len(items) {
			return nil, false, nil
		}
		i++
		return items[i-1], true, nil
	}}
}

func stringIterator(s Str) Iterator {
	i := 0
	return &iterValue{what: "str_iterator", next: func() (Value, bool, error) {
		if i >= len(s) {
			return nil, false, nil
		}
		_, size := utf8.DecodeRuneInString(string(s[i:]))
		i += size
		return s[i-size : i], true, nil
	}}
}

func (d *Dict) iterator(what string, pick func(dictEntry) Value) Iterator {
	i, size := 0, d.Len()
	return &iterValue{what: what, next: func() (Value, bool, error) {
		if size != d.Len() {
			return nil, false, Raise(RuntimeError, "%s changed size during iteration", d.noun(what))
		}
		for i = max(i, d.first); i < len(d.entries); {
			e := d.entries[i]
			i++
			if e.key != nil {
				return pick(e), true, nil
			}
		}
		return nil, false, nil
	}}
}

func (d *Dict) noun(what string) string {
	if what == "set_iterator" {
		return "Set"
	}
	return "dictionary"
}

func (in *Interp) iterateInstance(i *Instance) (Iterator, error) {
	hook := in.special(i, "__iter__")
	if hook == nil {
		if i.native != nil {
			return in.iterate(i.native)
		}
		if next := in.special(i, "__next__"); next != nil {
			return nil, TypeErrorf("'%s' object is not iterable: it has __next__ and no __iter__", typeName(i))
		}
		return nil, TypeErrorf("'%s' object is not iterable", typeName(i))
	}
	v, err := in.call(in.top, hook, nil, nil)
	if err != nil {
		return nil, err
	}
	if it, ok := v.(Iterator); ok {
		return it, nil
	}
	obj, ok := v.(*Instance)
	if !ok || in.special(obj, "__next__") == nil {
		return nil, TypeErrorf("iter() returned non-iterator of type '%s'", typeName(v))
	}
	return &iterValue{what: obj.class.Name, next: func() (Value, bool, error) {
		v, err := in.call(in.top, in.special(obj, "__next__"), nil, nil)
		if e, ok := err.(*Error); ok && e.Exc != nil && e.Exc.class.IsSubclass(StopIteration) {
			return nil, false, nil
		}
		return v, err == nil, err
	}}, nil
}

// next continues an iterator. It counts a step, and a level, since iterators can be built of iterators without end.
func (in *Interp) next(it Iterator) (Value, bool, error) {
	if err := in.step(); err != nil {
		return nil, false, err
	}
	if err := in.enter(); err != nil {
		return nil, false, err
	}
	v, ok, err := it.Next()
	in.leave()
	return v, ok, err
}

// each calls f with every element.
func (in *Interp) each(v Value, f func(Value) error) error {
	it, err := in.iterate(v)
	if err != nil {
		return err
	}
	for {
		x, ok, err := in.next(it)
		if err != nil || !ok {
			return err
		}
		if err := f(x); err != nil {
			return err
		}
	}
}

// collect gives the elements of any iterable in a slice of their own.
func (in *Interp) collect(v Value) ([]Value, error) {
	if items, ok := fixed(v); ok {
		if err := in.AllocN(len(items), slotCost); err != nil {
			return nil, err
		}
		return append([]Value(nil), items...), nil
	}
	n := 0
	switch v := v.(type) {
	case *Range:
		n = v.Len()
	case *Dict:
		n = v.Len()
	case *Set:
		n = v.Len()
	}
	items, err := in.grow(nil, n)
	if err != nil {
		return nil, err
	}
	err = in.each(v, func(x Value) (err error) {
		items, err = in.grow(items, 1)
		items = append(items, x)
		return err
	})
	return items, err
}

// elements is collect where the slice is only read, before any code of the program runs.
func (in *Interp) elements(v Value) ([]Value, error) {
	if items, ok := fixed(v); ok {
		return items, in.Work(len(items) / 8)
	}
	return in.collect(v)
}

// fixed gives the elements of a list or a tuple without copying.
func fixed(v Value) ([]Value, bool) {
	switch v := v.(type) {
	case *List:
		return v.items, true
	case Tuple:
		return v, true
	}
	return nil, false
}

// sequence is fixed for a value that is known to be one; nil for others.
func sequence(v Value) []Value {
	items, _ := fixed(v)
	return items
}

// mapping gives the dict that a value is, or makes one of what has keys().
func (in *Interp) mapping(v Value) (*Dict, error) {
	switch m := v.(type) {
	case *Dict:
		return m, nil
	case *Instance:
		if d, ok := m.native.(*Dict); ok {
			return d, nil
		}
	}
	keys, err := in.getAttr(v, "keys")
	if err != nil {
		return nil, TypeErrorf("'%s' object is not a mapping", typeName(v))
	}
	list, err := in.call(in.top, keys, nil, nil)
	if err != nil {
		return nil, err
	}
	d := NewDict()
	return d, in.each(list, func(k Value) error {
		x, err := in.index(v, k)
		if err != nil {
			return err
		}
		return in.dictSet(d, k, x)
	})
}

func (in *Interp) listAppend(l *List, v Value) error {
	if err := l.mutable(); err != nil {
		return err
	}
	items, err := in.grow(l.items, 1)
	if err == nil {
		l.items = append(items, v)
	}
	return err
}
