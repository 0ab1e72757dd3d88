package python

// Freeze makes a value and all that it can reach immutable, so that interpreters and goroutines may share it. Go values of the
// caller are left as they are: it must see to those itself. Classes' Data are the caller's, too.
func Freeze(v Value) {
	todo := []Value{v}
	seen := map[any]bool{}
	for len(todo) > 0 {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if key := unmarked(v); key != nil {
			if seen[key] {
				continue
			}
			seen[key] = true
		}
		todo = append(todo, freezeOne(v)...)
	}
}

type unmarkedTuple struct {
	first *Value
	len   int
}

// unmarked tells apart values that have parts and no mark that they are frozen; nil for others. A value can be part of another in more ways
// than anyone could follow.
func unmarked(v Value) any {
	switch v := v.(type) {
	case Tuple:
		if len(v) > 0 {
			return unmarkedTuple{&v[0], len(v)}
		}
	case *BoundMethod, *Property, *StaticMethod, *ClassMethod:
		return v
	}
	return nil
}

// freezeOne freezes one value and gives those that it refers to; nothing for one that is frozen already.
func freezeOne(v Value) []Value {
	switch v := v.(type) {
	case *List:
		if !v.frozen {
			v.frozen = true
			return v.items
		}
	case Tuple:
		return v
	case *Dict:
		return freezeDict(v)
	case *Set:
		return freezeDict(v.d)
	case *Module:
		return freezeNamespace(v.ns)
	case *Class:
		return freezeClass(v)
	case *Instance:
		if !v.frozen {
			v.frozen = true
			return append(freezeNamespace(v.attrs), Value(v.class), v.native)
		}
	case *Function:
		return freezeFunction(v)
	case *BoundMethod:
		return []Value{v.Self, v.Func}
	case *Property:
		return []Value{v.Get, v.Set, v.Del}
	case *StaticMethod:
		return []Value{v.Func}
	case *ClassMethod:
		return []Value{v.Func}
	case *Generator:
		v.state.frozen = true // it would have one state in all interpreters
	case *iterValue:
		v.frozen = true
	case *cell:
		if !v.frozen {
			v.frozen = true
			return []Value{v.v}
		}
	}
	return nil
}

func freezeDict(d *Dict) []Value {
	if d.frozen {
		return nil
	}
	d.frozen = true
	var refs []Value
	for _, e := range d.entries {
		refs = append(refs, e.key, e.value)
	}
	return refs
}

func freezeNamespace(ns *Namespace) []Value {
	if ns.frozen {
		return nil
	}
	ns.frozen = true
	refs := append([]Value(nil), ns.vals...)
	for _, star := range ns.stars {
		refs = append(refs, freezeNamespace(star)...)
	}
	return refs
}

func freezeClass(c *Class) []Value {
	if c.frozen {
		return nil
	}
	c.frozen = true
	refs := freezeNamespace(c.ns)
	for _, b := range c.Bases {
		refs = append(refs, b)
	}
	return refs
}

func freezeFunction(f *Function) []Value {
	if f.frozen {
		return nil
	}
	f.frozen = true
	refs := append(append([]Value(nil), f.defaults...), f.kwonly...)
	for _, c := range f.free {
		refs = append(refs, c)
	}
	if f.class != nil {
		refs = append(refs, f.class)
	}
	if f.attrs != nil {
		refs = append(refs, freezeNamespace(f.attrs)...)
	}
	return append(refs, f.module)
}
