package python

// Attr gives the attributes of a function.
func (f *Function) Attr(name string) (Value, error) {
	if f.attrs != nil {
		if v, ok := f.attrs.own(name); ok {
			return v, nil
		}
	}
	switch name {
	case "__name__":
		return Str(f.Name), nil
	case "__qualname__":
		return Str(f.Qualname), nil
	case "__module__":
		return Str(f.Module), nil
	case "__doc__":
		if doc := f.Doc(); doc != "" {
			return Str(doc), nil
		}
		return None, nil
	case "__dict__":
		if f.attrs == nil {
			return NewDict(), nil
		}
		return f.attrs.dict(), nil
	case "__defaults__":
		if f.defaults == nil {
			return None, nil
		}
		return Tuple(f.defaults), nil
	}
	return nil, nil
}

// Attr gives the attributes of a built-in function.
func (b *Builtin) Attr(name string) (Value, error) {
	switch name {
	case "__name__", "__qualname__":
		return Str(b.Name), nil
	case "__doc__":
		return None, nil
	}
	return nil, nil
}

// Attr gives the attributes of a method, which are those of its function beside its own.
func (m *BoundMethod) Attr(name string) (Value, error) {
	switch name {
	case "__self__":
		return m.Self, nil
	case "__func__":
		return m.Func, nil
	}
	if a, ok := m.Func.(HasAttrs); ok {
		return a.Attr(name)
	}
	return nil, nil
}

// Attr gives the attributes of a property: among them setter, getter and deleter, which are decorators.
func (p *Property) Attr(name string) (Value, error) {
	with := func(change func(q *Property, fn Value)) (Value, error) {
		return NewBuiltin(name, func(c *Call) (Value, error) {
			a, err := c.Bind("function")
			if err != nil {
				return nil, err
			}
			q := *p
			change(&q, a[0])
			return &q, nil
		}), nil
	}
	switch name {
	case "getter":
		return with(func(q *Property, fn Value) { q.Get = fn })
	case "setter":
		return with(func(q *Property, fn Value) { q.Set = fn })
	case "deleter":
		return with(func(q *Property, fn Value) { q.Del = fn })
	case "fget":
		return orNone(p.Get), nil
	case "fset":
		return orNone(p.Set), nil
	case "__doc__":
		if a, ok := p.Get.(HasAttrs); ok {
			return a.Attr("__doc__")
		}
		return None, nil
	}
	return nil, nil
}

// Attr gives the function of a static method.
func (s *StaticMethod) Attr(name string) (Value, error) { return wrapped(s.Func, name) }

// Attr gives the function of a class method.
func (s *ClassMethod) Attr(name string) (Value, error) { return wrapped(s.Func, name) }

func wrapped(fn Value, name string) (Value, error) {
	if name == "__func__" || name == "__wrapped__" {
		return fn, nil
	}
	if a, ok := fn.(HasAttrs); ok {
		return a.Attr(name)
	}
	return nil, nil
}

// Attr gives the parts of a slice.
func (s *Slice) Attr(name string) (Value, error) {
	switch name {
	case "start":
		return s.Start, nil
	case "stop":
		return s.Stop, nil
	case "step":
		return s.Step, nil
	}
	return nil, nil
}

// Attr gives the parts of a range.
func (r *Range) Attr(name string) (Value, error) {
	switch name {
	case "start":
		return Int(r.Start), nil
	case "stop":
		return Int(r.Stop), nil
	case "step":
		return Int(r.Step), nil
	}
	return nil, nil
}
