package python

func constructSet(cls *Class, c *Call) (Value, error) {
	a, err := c.Bind("iterable=", "/")
	if err != nil {
		return nil, err
	}
	s := NewSet()
	if a[0] != nil {
		if s, err = c.In.toSet(a[0]); err != nil {
			return nil, err
		}
		if _, isSet := a[0].(*Set); isSet {
			if s, err = c.In.copySet(s); err != nil {
				return nil, err
			}
		}
	}
	s.immutable = cls == frozensetClass
	return s, nil
}

// setMethod makes a method that changes the set.
func setMethod(f func(c *Call, s *Set, a []Value) error, params ...string) func(*Call) (Value, error) {
	return func(c *Call) (Value, error) {
		s, a, err := self[*Set](c, params...)
		if err != nil {
			return nil, err
		}
		if err := s.d.mutable(); err != nil {
			return nil, err
		}
		return None, f(c, s, a)
	}
}

// setCombine makes union and the like: a new set of this one and any number of iterables.
func setCombine(op kind) func(*Call) (Value, error) {
	return func(c *Call) (Value, error) {
		s, a, err := self[*Set](c, "*others")
		if err != nil {
			return nil, err
		}
		result, err := c.In.copySet(s)
		if err != nil {
			return nil, err
		}
		for _, x := range a[0].(Tuple) {
			other, err := c.In.toSet(x)
			if err != nil {
				return nil, err
			}
			if result, err = c.In.setOp(op, result, other); err != nil {
				return nil, err
			}
		}
		return result, nil
	}
}

// setChange makes update and the like.
func setChange(op kind) func(*Call) (Value, error) {
	return setMethod(func(c *Call, s *Set, a []Value) error {
		for _, x := range a[0].(Tuple) {
			other, err := c.In.toSet(x)
			if err != nil {
				return err
			}
			result, err := c.In.setOp(op, s, other)
			if err != nil {
				return err
			}
			s.d = result.d
		}
		return nil
	}, "*others")
}

// setTest makes issubset and the like.
func setTest(test func(s, other *Set) bool) func(*Call) (Value, error) {
	return func(c *Call) (Value, error) {
		s, a, err := self[*Set](c, "other")
		if err != nil {
			return nil, err
		}
		other, err := c.In.toSet(a[0])
		if err != nil {
			return nil, err
		}
		return Bool(test(s, other)), c.In.Work((s.Len() + other.Len()) / 4)
	}
}

func disjoint(s, other *Set) bool {
	for _, e := range s.d.entries {
		if _, ok := other.d.index[e.hash]; ok && e.key != nil {
			return false
		}
	}
	return true
}

var frozensetMethods = methodTable{
	"union":                setCombine(tPipe),
	"intersection":         setCombine(tAmp),
	"difference":           setCombine(tMinus),
	"symmetric_difference": setCombine(tCaret),
	"issubset":             setTest(func(s, other *Set) bool { return s.subsetOf(other) }),
	"issuperset":           setTest(func(s, other *Set) bool { return other.subsetOf(s) }),
	"isdisjoint":           setTest(disjoint),
	"copy": func(c *Call) (Value, error) {
		s, _, err := self[*Set](c)
		if err != nil {
			return nil, err
		}
		return c.In.copySet(s)
	},
}

var setMethods = func() methodTable {
	methods := methodTable{
		"add":                         setMethod(func(c *Call, s *Set, a []Value) error { return c.In.setAdd(s, a[0]) }, "item"),
		"clear":                       setMethod(func(_ *Call, s *Set, _ []Value) error { s.d.clear(); return nil }),
		"update":                      setChange(tPipe),
		"intersection_update":         setChange(tAmp),
		"difference_update":           setChange(tMinus),
		"symmetric_difference_update": setChange(tCaret),
		"discard": setMethod(func(c *Call, s *Set, a []Value) error {
			h, err := c.In.hash(a[0])
			if err == nil {
				s.d.remove(h)
			}
			return err
		}, "item"),
		"remove": setMethod(func(c *Call, s *Set, a []Value) error {
			h, err := c.In.hash(a[0])
			if err != nil {
				return err
			}
			if _, ok := s.d.remove(h); !ok {
				return KeyErrorOf(a[0])
			}
			return nil
		}, "item"),
		"pop": func(c *Call) (Value, error) {
			s, _, err := self[*Set](c)
			if err != nil {
				return nil, err
			}
			if err := s.d.mutable(); err != nil {
				return nil, err
			}
			for k := range s.d.All() {
				h, err := c.In.hash(k)
				s.d.remove(h)
				return k, err
			}
			return nil, RaiseValue(KeyError, Str("pop from an empty set"))
		},
	}
	for name, f := range frozensetMethods {
		methods[name] = f
	}
	return methods
}()

var iteratorMethods = methodTable{
	"__next__": func(c *Call) (Value, error) {
		it, ok := c.Args[0].(Iterator)
		if !ok {
			return nil, TypeErrorf("'%s' object is not an iterator", typeName(c.Args[0]))
		}
		v, more, err := c.In.next(it)
		if err == nil && !more {
			err = RaiseValue(StopIteration)
		}
		return v, err
	},
	"__iter__": func(c *Call) (Value, error) { return c.Args[0], nil },
}
