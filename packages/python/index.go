package python

import "slices"

// index gives v[key].
func (in *Interp) index(v, key Value) (Value, error) {
	switch v := v.(type) {
	case *List:
		if s, ok := key.(*Slice); ok {
			items, err := in.sliced(v.items, s)
			return &List{items: items}, err
		}
		i, err := in.position(key, len(v.items), "list")
		if err != nil {
			return nil, err
		}
		return v.items[i], nil
	case Tuple:
		if s, ok := key.(*Slice); ok {
			items, err := in.sliced(v, s)
			return Tuple(items), err
		}
		i, err := in.position(key, len(v), "tuple")
		if err != nil {
			return nil, err
		}
		return v[i], nil
	case *Dict:
		return in.dictIndex(v, key)
	case Str:
		return in.indexStr(v, key)
	case Bytes:
		return in.indexBytes(v, key)
	case *Range:
		return in.indexRange(v, key)
	case Indexable:
		return v.Index(key)
	case *Instance:
		if hook := in.special(v, "__getitem__"); hook != nil {
			return in.call(in.top, hook, []Value{key}, nil)
		}
		if v.native != nil {
			return in.indexNative(v, key)
		}
	case *Class:
		return in.indexClass(v, key)
	}
	return nil, TypeErrorf("'%s' object is not subscriptable", typeName(v))
}

// indexNative is v[key] of an instance of a subclass of dict, list, str...
func (in *Interp) indexNative(v *Instance, key Value) (Value, error) {
	if d, ok := v.native.(*Dict); ok {
		if missing := in.special(v, "__missing__"); missing != nil {
			h, err := in.hash(key)
			if err != nil {
				return nil, err
			}
			if x, ok := d.get(h); ok {
				return x, nil
			}
			return in.call(in.top, missing, []Value{key}, nil)
		}
	}
	return in.index(v.native, key)
}

// indexClass is C[key]: a member of an enumeration, a generic alias such as List[str] (which is the class itself), or
// __class_getitem__.
func (in *Interp) indexClass(c *Class, key Value) (Value, error) {
	if hook, _ := in.lookup(c, "__class_getitem__"); hook != nil {
		if _, ok := hook.(*Function); ok {
			hook = &ClassMethod{hook}
		}
		return in.call(in.top, in.bind(hook, nil, c), []Value{key}, nil)
	}
	for _, k := range c.mro {
		if k.member != nil {
			return k.member(c, key)
		}
	}
	switch c {
	case listClass, dictClass, tupleClass, setClass, frozensetClass, typeClass:
		return c, nil
	}
	return nil, TypeErrorf("type '%s' is not subscriptable", c.Name)
}

func (in *Interp) dictIndex(d *Dict, key Value) (Value, error) {
	h, err := in.hash(key)
	if err != nil {
		return nil, err
	}
	if v, ok := d.get(h); ok {
		return v, nil
	}
	if d.fallback != nil {
		return d.fallback(in, d, key)
	}
	return nil, KeyErrorOf(key)
}

// position turns a subscript into an offset.
func (in *Interp) position(key Value, size int, what string) (int, error) {
	i, err := in.integer(key)
	if err != nil {
		return 0, TypeErrorf("%s indices must be integers or slices, not %s", what, typeName(key))
	}
	if i < 0 {
		i += int64(size)
	}
	if i < 0 || i >= int64(size) {
		return 0, IndexErrorf("%s index out of range", what)
	}
	return int(i), nil
}

// integer gives the number of a value that can be used as a subscript.
func (in *Interp) integer(v Value) (int64, error) {
	switch v := v.(type) {
	case Int:
		return int64(v), nil
	case Bool:
		return boolInt(v), nil
	case *BigInt:
		return 0, IndexErrorf("cannot fit 'int' into an index-sized integer")
	case *Instance:
		if i, ok := v.native.(Int); ok {
			return int64(i), nil
		}
		if hook := in.special(v, "__index__"); hook != nil {
			x, err := in.call(in.top, hook, nil, nil)
			if err != nil {
				return 0, err
			}
			if i, ok := x.(Int); ok {
				return int64(i), nil
			}
		}
	}
	return 0, TypeErrorf("'%s' object cannot be interpreted as an integer", typeName(v))
}

// bounds gives the first offset, the step and the number of elements that a slice means.
func (in *Interp) bounds(s *Slice, size int) (start, step, n int, err error) {
	step = 1
	if s.Step != None {
		k, err := in.sliceIndex(s.Step)
		if err != nil {
			return 0, 0, 0, err
		}
		if k == 0 {
			return 0, 0, 0, ValueErrorf("slice step cannot be zero")
		}
		step = int(max(min(k, 1<<40), -1<<40))
	}
	low, high := 0, size
	if step < 0 {
		low, high = -1, size-1
	}
	clamp := func(v Value, missing int) (int, error) {
		if v == None {
			return missing, nil
		}
		k, err := in.sliceIndex(v)
		if err != nil {
			return 0, err
		}
		if k < 0 {
			k += int64(size)
		}
		return int(min(max(k, int64(low)), int64(high))), nil
	}
	first, last := low, high
	if step < 0 {
		first, last = high, low
	}
	if start, err = clamp(s.Start, first); err != nil {
		return 0, 0, 0, err
	}
	stop, err := clamp(s.Stop, last)
	if err != nil {
		return 0, 0, 0, err
	}
	switch {
	case step > 0 && start < stop:
		n = (stop-start-1)/step + 1
	case step < 0 && start > stop:
		n = (start-stop-1)/(-step) + 1
	}
	return start, step, n, nil
}

func (in *Interp) sliceIndex(v Value) (int64, error) {
	if b, ok := v.(*BigInt); ok {
		return int64(b.N.Sign()) << 40, nil
	}
	i, err := in.integer(v)
	if err != nil {
		return 0, TypeErrorf("slice indices must be integers or None or have an __index__ method")
	}
	return i, nil
}

func (in *Interp) sliced(items []Value, s *Slice) ([]Value, error) {
	start, step, n, err := in.bounds(s, len(items))
	if err != nil {
		return nil, err
	}
	if err := in.Alloc(16*n + 24); err != nil {
		return nil, err
	}
	out := make([]Value, n)
	for i := range out {
		out[i] = items[start+i*step]
	}
	return out, nil
}

func (in *Interp) indexStr(s Str, key Value) (Value, error) {
	sl, isSlice := key.(*Slice)
	if err := in.Scan(len(s)); err != nil {
		return nil, err
	}
	if isASCII(string(s)) {
		if !isSlice {
			i, err := in.position(key, len(s), "string")
			if err != nil {
				return nil, err
			}
			return s[i : i+1], nil
		}
		start, step, n, err := in.bounds(sl, len(s))
		if err != nil {
			return nil, err
		}
		if step == 1 {
			return s[start : start+n], nil
		}
		if err := in.Alloc(n); err != nil {
			return nil, err
		}
		out := make([]byte, n)
		for i := range out {
			out[i] = s[start+i*step]
		}
		return Str(out), nil
	}
	if err := in.Alloc(4 * len(s)); err != nil {
		return nil, err
	}
	if err := in.Work(len(s) / 16); err != nil {
		return nil, err
	}
	runes := []rune(string(s))
	if !isSlice {
		i, err := in.position(key, len(runes), "string")
		if err != nil {
			return nil, err
		}
		return Str(runes[i : i+1]), nil
	}
	start, step, n, err := in.bounds(sl, len(runes))
	if err != nil {
		return nil, err
	}
	out := make([]rune, n)
	for i := range out {
		out[i] = runes[start+i*step]
	}
	return Str(out), nil
}

func (in *Interp) indexBytes(b Bytes, key Value) (Value, error) {
	sl, ok := key.(*Slice)
	if !ok {
		i, err := in.position(key, len(b), "index")
		if err != nil {
			return nil, err
		}
		return Int(b[i]), nil
	}
	start, step, n, err := in.bounds(sl, len(b))
	if err != nil {
		return nil, err
	}
	if err := in.Alloc(n); err != nil {
		return nil, err
	}
	out := make([]byte, n)
	for i := range out {
		out[i] = b[start+i*step]
	}
	return Bytes(out), nil
}

func (in *Interp) indexRange(r *Range, key Value) (Value, error) {
	sl, ok := key.(*Slice)
	if !ok {
		i, err := in.position(key, r.Len(), "range object")
		if err != nil {
			return nil, err
		}
		return r.at(i), nil
	}
	start, step, n, err := in.bounds(sl, r.Len())
	if err != nil {
		return nil, err
	}
	first := r.Start + int64(start)*r.Step
	stride := r.Step * int64(step)
	return &Range{first, first + int64(n)*stride, stride}, nil
}

// setIndex does v[key] = x, and with x nil del v[key].
func (in *Interp) setIndex(v, key, x Value) error {
	switch v := v.(type) {
	case *List:
		return in.setListIndex(v, key, x)
	case *Dict:
		if x != nil {
			return in.dictSet(v, key, x)
		}
		if err := v.mutable(); err != nil {
			return err
		}
		h, err := in.hash(key)
		if err != nil {
			return err
		}
		if _, ok := v.remove(h); !ok {
			return KeyErrorOf(key)
		}
		return nil
	case HasSetIndex:
		return v.SetIndex(key, x)
	case *Instance:
		name, args := "__setitem__", []Value{key, x}
		if x == nil {
			name, args = "__delitem__", args[:1]
		}
		if hook := in.special(v, name); hook != nil {
			_, err := in.call(in.top, hook, args, nil)
			return err
		}
		if v.native != nil {
			return in.setIndex(v.native, key, x)
		}
	}
	if x == nil {
		return TypeErrorf("'%s' object doesn't support item deletion", typeName(v))
	}
	return TypeErrorf("'%s' object does not support item assignment", typeName(v))
}

func (in *Interp) setListIndex(l *List, key, x Value) error {
	if err := l.mutable(); err != nil {
		return err
	}
	s, ok := key.(*Slice)
	if !ok {
		i, err := in.position(key, len(l.items), "list assignment")
		if err != nil {
			return err
		}
		if x == nil {
			l.items = append(l.items[:i], l.items[i+1:]...)
			return in.Work((len(l.items) - i) / 64)
		}
		l.items[i] = x
		return nil
	}
	start, step, n, err := in.bounds(s, len(l.items))
	if err != nil {
		return err
	}
	var items []Value
	if x != nil {
		if items, err = in.collect(x); err != nil {
			return err
		}
	}
	if err := in.Alloc(16 * (len(l.items) + len(items))); err != nil {
		return err
	}
	switch {
	case step == 1:
		rest := l.items[start+n:]
		l.items = slices.Concat(l.items[:start], items, rest)
	case x == nil:
		gone := map[int]bool{}
		for i := range n {
			gone[start+i*step] = true
		}
		var kept []Value
		for i, v := range l.items {
			if !gone[i] {
				kept = append(kept, v)
			}
		}
		l.items = kept
	case len(items) != n:
		return ValueErrorf("attempt to assign sequence of size %d to extended slice of size %d", len(items), n)
	default:
		for i, v := range items {
			l.items[start+i*step] = v
		}
	}
	return nil
}
