package python

func (f *frame) try(st *tryStmt) (control, error) {
	ctl, err := f.tryExcept(st)
	if st.finally == nil || err != nil && asError(err).Exc == nil {
		return ctl, err // what the program can't catch gives it no chance to go on either
	}
	ret := f.ret
	final, ferr := f.block(st.finally)
	if ferr != nil {
		return ctlNext, ferr
	}
	if final != ctlNext {
		return final, nil
	}
	f.ret = ret
	return ctl, err
}

func (f *frame) tryExcept(st *tryStmt) (control, error) {
	ctl, err := f.block(st.body)
	if err == nil {
		if ctl == ctlNext {
			return f.block(st.orelse)
		}
		return ctl, nil
	}
	e := asError(err)
	if e.Exc == nil {
		return ctl, err
	}
	for i := range st.handlers {
		h := &st.handlers[i]
		if h.typ != nil {
			typ, err := f.eval(h.typ)
			if err != nil {
				return ctlNext, err
			}
			if ok, err := catches(typ, e.Exc.class); err != nil {
				return ctlNext, f.located(err, h.pos)
			} else if !ok {
				continue
			}
		}
		return f.handle(h, e)
	}
	return ctl, err
}

// catches says whether an except clause of a class, or of a tuple of classes, is for exceptions of a class.
func catches(typ Value, class *Class) (bool, error) {
	switch t := typ.(type) {
	case *Class:
		if !t.IsSubclass(BaseException) {
			return false, TypeErrorf("catching classes that do not inherit from BaseException is not allowed")
		}
		return class.IsSubclass(t), nil
	case Tuple:
		for _, item := range t {
			if _, nested := item.(Tuple); nested {
				break
			}
			if ok, err := catches(item, class); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	}
	return false, TypeErrorf("catching classes that do not inherit from BaseException is not allowed")
}

func (f *frame) handle(h *handler, e *Error) (control, error) {
	in := f.in
	outer := len(in.handling)
	in.handling = append(in.handling, e)
	if h.name != nil {
		if err := f.store(h.name, e.Exc); err != nil {
			return ctlNext, err
		}
	}
	ctl, err := f.block(h.body)
	if h.name != nil {
		_ = f.unbind(h.name) // the body may have deleted it
	}
	if len(in.handling) > outer {
		in.handling = in.handling[:outer]
	}
	return ctl, err
}

func (f *frame) raise(st *raiseStmt) error {
	in := f.in
	if st.exc == nil {
		if len(in.handling) == 0 {
			return Raise(RuntimeError, "No active exception to reraise")
		}
		return in.handling[len(in.handling)-1]
	}
	v, err := f.eval(st.exc)
	if err != nil {
		return err
	}
	exc, err := f.exception(v)
	if err != nil {
		return err
	}
	if st.cause != nil {
		cause, err := f.eval(st.cause)
		if err != nil {
			return err
		}
		if cause != None {
			instance, err := f.exception(cause)
			if err != nil {
				return err
			}
			cause = instance
		}
		exc.Set("__cause__", cause)
	}
	if n := len(in.handling); n > 0 && in.handling[n-1].Exc != exc {
		if _, ok := exc.Get("__context__"); !ok {
			exc.Set("__context__", in.handling[n-1].Exc)
		}
	}
	return &Error{Exc: exc}
}

// exception makes an instance of what a raise statement names.
func (f *frame) exception(v Value) (*Instance, error) {
	if c, ok := v.(*Class); ok && c.IsSubclass(BaseException) {
		x, err := f.in.call(f, c, nil, nil)
		if err != nil {
			return nil, err
		}
		v = x
	}
	if e, ok := v.(*Instance); ok && e.class.IsSubclass(BaseException) {
		return e, nil
	}
	return nil, TypeErrorf("exceptions must derive from BaseException")
}

// with executes the items from the i-th on, and then the body.
func (f *frame) with(st *withStmt, i int) (control, error) {
	if i == len(st.items) {
		return f.block(st.body)
	}
	item := st.items[i]
	manager, err := f.eval(item.ctx)
	if err != nil {
		return ctlNext, err
	}
	f.pos = item.ctx.at()
	v, err := f.enterContext(manager)
	if err != nil {
		return ctlNext, f.located(err, item.ctx.at())
	}
	ctl := ctlNext
	if item.target != nil {
		err = f.assign(item.target, v)
	}
	if err == nil {
		ctl, err = f.with(st, i+1)
	}
	f.pos = item.ctx.at()
	ret := f.ret
	suppress, exitErr := f.exitContext(manager, err)
	f.ret = ret
	switch {
	case exitErr != nil:
		return ctlNext, exitErr
	case err != nil && !suppress:
		return ctlNext, err
	case err != nil:
		return ctlNext, nil
	}
	return ctl, nil
}

func (f *frame) enterContext(manager Value) (Value, error) {
	if m, ok := manager.(ContextManager); ok {
		return m.Enter(&Call{In: f.in, Name: "__enter__", caller: f, pos: f.pos})
	}
	for _, name := range [...]string{"__enter__", "__exit__"} {
		if f.in.special(manager, name) == nil {
			return nil, TypeErrorf("'%s' object does not support the context manager protocol (missed %s method)", typeName(manager), name)
		}
	}
	return f.in.call(f, f.in.special(manager, "__enter__"), nil, nil)
}

// exitContext tells a context manager how its block ended.
func (f *frame) exitContext(manager Value, err error) (suppress bool, _ error) {
	var e *Error
	if err != nil {
		e = asError(err)
	}
	if m, ok := manager.(ContextManager); ok {
		suppress, err := m.Exit(&Call{In: f.in, Name: "__exit__", caller: f, pos: f.pos}, e)
		return suppress && e != nil && e.Exc != nil, err
	}
	if e != nil && e.Exc == nil {
		return false, nil
	}
	args := []Value{None, None, None}
	if e != nil {
		args = []Value{e.Exc.class, e.Exc, None}
		f.in.handling = append(f.in.handling, e)
		defer func(n int) {
			if len(f.in.handling) > n {
				f.in.handling = f.in.handling[:n]
			}
		}(len(f.in.handling) - 1)
	}
	v, err := f.in.call(f, f.in.special(manager, "__exit__"), args, nil)
	if err != nil || e == nil {
		return false, err
	}
	return f.in.truth(v)
}
