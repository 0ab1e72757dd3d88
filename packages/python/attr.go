package python

import "errors"

// GetAttr gives v.name.
func (in *Interp) GetAttr(v Value, name string) (Value, error) { return in.getAttr(v, name) }

// SetAttr does v.name = x.
func (in *Interp) SetAttr(v Value, name string, x Value) error { return in.setAttr(v, name, x) }

func (in *Interp) getAttr(v Value, name string) (Value, error) {
	switch v := v.(type) {
	case *Instance:
		return in.instanceAttr(v, name)
	case *Class:
		return in.classAttr(v, name)
	case *Module:
		if x, ok := v.Get(name); ok {
			return x, nil
		}
		if name == "__dict__" {
			return in.namespaceDict(v.ns)
		}
		_ = in.Work(v.ns.len())
		return nil, AttributeErrorf("module '%s' has no attribute '%s'%s", v.Name, name, didYouMean(name, v.ns.names()))
	case *superValue:
		return in.superAttr(v, name)
	case *Function:
		if name == "__dict__" && v.attrs != nil {
			return in.namespaceDict(v.attrs)
		}
		if x, err := v.Attr(name); err != nil || x != nil {
			return x, err
		}
	case HasAttrs:
		if s, ok := v.(Sized); ok {
			_ = in.Work(s.Len() / 8)
		}
		x, err := v.Attr(name)
		if err != nil || x != nil {
			return x, err
		}
	}
	class := TypeOf(v)
	if name == "__class__" {
		return class, nil
	}
	if x, _ := in.lookup(class, name); x != nil {
		return in.get(x, v, class)
	}
	return nil, in.noAttribute(v, name)
}

// namespaceDict is what __dict__ is: a copy.
func (in *Interp) namespaceDict(ns *Namespace) (Value, error) {
	if err := in.AllocN(ns.len(), entryCost); err != nil {
		return nil, err
	}
	return ns.dict(), in.Work(ns.len())
}

func (in *Interp) noAttribute(v Value, name string) error {
	var known []string
	for _, k := range TypeOf(v).mro {
		known = append(known, k.ns.names()...)
	}
	if i, ok := v.(*Instance); ok {
		known = append(known, i.attrs.names()...)
	}
	_ = in.Work(len(known))
	return AttributeErrorf("'%s' object has no attribute '%s'%s", typeName(v), name, didYouMean(name, known))
}

func (in *Interp) instanceAttr(i *Instance, name string) (Value, error) {
	x, _ := in.lookup(i.class, name)
	if p, ok := x.(*Property); ok {
		return in.get(p, i, i.class)
	}
	if own, ok := i.attrs.own(name); ok {
		return own, nil
	}
	if x != nil {
		return in.get(x, i, i.class)
	}
	switch name {
	case "__class__":
		return i.class, nil
	case "__dict__":
		return in.namespaceDict(i.attrs)
	case "__cause__", "__context__", "__traceback__":
		if i.class.IsSubclass(BaseException) {
			return None, nil
		}
	}
	if hook, _ := in.lookup(i.class, "__getattr__"); hook != nil {
		return in.call(in.top, in.bind(hook, i, i.class), []Value{Str(name)}, nil)
	}
	return nil, in.noAttribute(i, name)
}

// get is what a class's attribute is when it is looked up through an instance, or with nil through the class.
func (in *Interp) get(x, instance Value, owner *Class) (Value, error) {
	switch d := x.(type) {
	case *Property:
		if instance == nil {
			return d, nil
		}
		if d.Get == nil {
			return nil, AttributeErrorf("property of '%s' object has no getter", owner.Name)
		}
		return in.call(in.top, d.Get, []Value{instance}, nil)
	case Descriptor:
		return d.DescriptorGet(&Call{In: in, Name: "__get__", caller: in.top}, instance, owner)
	case *Instance:
		if hook, _ := in.lookup(d.class, "__get__"); hook != nil {
			from := instance
			if from == nil {
				from = None
			}
			return in.call(in.top, in.bind(hook, d, d.class), []Value{from, owner}, nil)
		}
	}
	return in.bind(x, instance, owner), nil
}

// bind makes functions methods.
func (in *Interp) bind(x, instance Value, owner *Class) Value {
	switch d := x.(type) {
	case *Function:
		if instance != nil {
			return &BoundMethod{instance, d}
		}
	case *Builtin:
		if d.method && instance != nil {
			return &BoundMethod{instance, d}
		}
	case *ClassMethod:
		return &BoundMethod{owner, d.Func}
	case *StaticMethod:
		return d.Func
	}
	return x
}

func (in *Interp) classAttr(c *Class, name string) (Value, error) {
	switch name {
	case "__name__":
		return Str(c.Name), nil
	case "__qualname__":
		return Str(c.Qualname), nil
	case "__mro__":
		return classTuple(c.mro), nil
	case "__bases__":
		return classTuple(c.Bases), nil
	case "__dict__":
		return in.namespaceDict(c.ns)
	case "__class__":
		return typeClass, nil
	case "mro":
		return NewBuiltin("mro", func(*Call) (Value, error) { return NewList(classTuple(c.mro)...), nil }), nil
	}
	if x, _ := in.lookup(c, name); x != nil {
		return in.get(x, nil, c)
	}
	switch name {
	case "__doc__":
		return None, nil
	case "__module__":
		return Str("builtins"), nil
	}
	var known []string
	for _, k := range c.mro {
		known = append(known, k.ns.names()...)
	}
	_ = in.Work(len(known))
	return nil, AttributeErrorf("type object '%s' has no attribute '%s'%s", c.Name, name, didYouMean(name, known))
}

func classTuple(list []*Class) Tuple {
	t := make(Tuple, len(list))
	for i, c := range list {
		t[i] = c
	}
	return t
}

// superAttr looks behind one class of an MRO.
func (in *Interp) superAttr(s *superValue, name string) (Value, error) {
	found := false
	for _, k := range s.class.mro {
		if !found {
			found = k == s.start
			continue
		}
		if x, ok := k.ns.own(name); ok {
			self := s.self
			if self == Value(s.class) {
				self = nil // super() in a class method
			}
			return in.get(x, self, s.class)
		}
	}
	switch name {
	case "__init_subclass__":
		return NewBuiltin("__init_subclass__", func(c *Call) (Value, error) {
			if len(c.Args)+len(c.Kwargs) > 0 {
				return nil, TypeErrorf("%s.__init_subclass__() takes no keyword arguments", s.class.Name)
			}
			return None, nil
		}), nil
	case "__init__":
		return NewBuiltin("__init__", func(c *Call) (Value, error) {
			if i, ok := s.self.(*Instance); ok && i.native != nil {
				return None, c.fillNative(i)
			}
			if len(c.Args)+len(c.Kwargs) > 0 {
				return nil, TypeErrorf("object.__init__() takes exactly one argument (the instance to initialize)")
			}
			return None, nil
		}), nil
	case "__new__":
		return NewBuiltin("__new__", newObject), nil
	case "__setattr__":
		return NewBuiltin("__setattr__", func(c *Call) (Value, error) {
			a, err := c.Bind("name", "value")
			if err != nil {
				return nil, err
			}
			n, ok := a[0].(Str)
			i, isInstance := s.self.(*Instance)
			if !ok || !isInstance {
				return nil, TypeErrorf("attribute name must be string")
			}
			return None, in.storeAttr(i, string(n), a[1])
		}), nil
	}
	var known []string
	for _, k := range s.class.mro {
		known = append(known, k.ns.names()...)
	}
	_ = in.Work(len(known))
	return nil, AttributeErrorf("'super' object has no attribute '%s'%s", name, didYouMean(name, known))
}

// special gives a method of the value's class, such as __enter__, bound; or nil. Instances of the program's classes have
// these, and *Class for what their metaclass would have.
func (in *Interp) special(v Value, name string) Value {
	i, ok := v.(*Instance)
	if !ok {
		return nil
	}
	x, _ := in.lookup(i.class, name)
	if x == nil || x == None {
		return nil
	}
	return in.bind(x, i, i.class)
}

func (in *Interp) setAttr(v Value, name string, x Value) error {
	switch v := v.(type) {
	case *Instance:
		if hook, _ := in.lookup(v.class, "__setattr__"); hook != nil && x != nil {
			_, err := in.call(in.top, in.bind(hook, v, v.class), []Value{Str(name), x}, nil)
			return err
		}
		return in.storeAttr(v, name, x)
	case *Class:
		if v.frozen {
			return errFrozen("class")
		}
		return in.setIn(v.ns, name, x, v)
	case *Module:
		if v.ns.frozen {
			return errFrozen("module")
		}
		return in.setIn(v.ns, name, x, v)
	case *Function:
		return in.setFunctionAttr(v, name, x)
	case HasSetAttr:
		return v.SetAttr(name, x)
	}
	return in.noAttribute(v, name)
}

// setIn binds a name, or with x nil deletes it.
func (in *Interp) setIn(ns *Namespace, name string, x, owner Value) error {
	if x == nil {
		if !ns.del(name) {
			return in.noAttribute(owner, name)
		}
		return nil
	}
	if _, known := ns.index[name]; !known {
		if err := in.Alloc(nameCost); err != nil {
			return err
		}
	}
	ns.set(name, x)
	return nil
}

func (in *Interp) storeAttr(i *Instance, name string, x Value) error {
	if d, _ := in.lookup(i.class, name); d != nil {
		switch p := d.(type) {
		case *Property:
			return in.setProperty(p, i, name, x)
		case *Instance:
			if hook, _ := in.lookup(p.class, "__set__"); hook != nil && x != nil {
				_, err := in.call(in.top, in.bind(hook, p, p.class), []Value{i, x}, nil)
				return err
			}
		}
	}
	if i.frozen {
		return errFrozen("object")
	}
	return in.setIn(i.attrs, name, x, i)
}

func (in *Interp) setProperty(p *Property, i *Instance, name string, x Value) error {
	fn, args, what := p.Set, []Value{i, x}, "setter"
	if x == nil {
		fn, args, what = p.Del, []Value{i}, "deleter"
	}
	if fn == nil {
		return AttributeErrorf("property '%s' of '%s' object has no %s", name, i.class.Name, what)
	}
	_, err := in.call(in.top, fn, args, nil)
	return err
}

func (in *Interp) setFunctionAttr(f *Function, name string, x Value) error {
	if f.frozen {
		return errFrozen("function")
	}
	if s, ok := x.(Str); ok {
		switch name {
		case "__name__":
			f.Name = string(s)
			return nil
		case "__qualname__":
			f.Qualname = string(s)
			return nil
		}
	}
	if f.attrs == nil {
		f.attrs = newNamespace(1)
	}
	return in.setIn(f.attrs, name, x, f)
}

func orNone(v Value) Value {
	if v == nil {
		return None
	}
	return v
}

// dict gives the names as a dict of its own: changes don't come back.
func (n *Namespace) dict() *Dict {
	d := NewDict()
	for _, k := range n.names() {
		d.put(Str(k), n.vals[n.index[k]])
	}
	return d
}

// isAttributeError says whether an error means that an attribute is missing.
func isAttributeError(err error) bool { return errors.Is(err, AttributeError) }
