package python

// control says how a statement ended.
type control uint8

const (
	ctlNext control = iota
	ctlBreak
	ctlContinue
	ctlReturn
)

func (f *frame) block(list []stmt) (control, error) {
	for _, st := range list {
		if ctl, err := f.exec(st); err != nil {
			return ctlNext, f.located(err, st.at())
		} else if ctl != ctlNext {
			return ctl, nil
		}
	}
	return ctlNext, nil
}

func (f *frame) exec(st stmt) (control, error) {
	if err := f.in.step(); err != nil {
		return ctlNext, err
	}
	switch st := st.(type) {
	case *exprStmt:
		_, err := f.eval(st.x)
		return ctlNext, err
	case *assignStmt:
		return ctlNext, f.assignStatement(st)
	case *augAssignStmt:
		return ctlNext, f.augAssign(st)
	case *annAssignStmt:
		if st.value == nil {
			return ctlNext, nil
		}
		v, err := f.eval(st.value)
		if err != nil {
			return ctlNext, err
		}
		return ctlNext, f.assign(st.target, v)
	case *ifStmt:
		return f.ifStatement(st)
	case *withStmt:
		return f.with(st, 0)
	case *forStmt:
		return f.forLoop(st)
	case *whileStmt:
		return f.whileLoop(st)
	case *tryStmt:
		return f.try(st)
	case *returnStmt:
		f.ret = None
		if st.x != nil {
			v, err := f.eval(st.x)
			if err != nil {
				return ctlNext, err
			}
			f.ret = v
		}
		return ctlReturn, nil
	case *funcStmt:
		return ctlNext, f.defineFunction(st)
	case *classStmt:
		return ctlNext, f.defineClass(st)
	case *importStmt:
		return ctlNext, f.importModules(st)
	case *importFromStmt:
		return ctlNext, f.importFrom(st)
	case *raiseStmt:
		return ctlNext, f.raise(st)
	case *assertStmt:
		return ctlNext, f.assert(st)
	case *delStmt:
		for _, t := range st.targets {
			if err := f.del(t); err != nil {
				return ctlNext, err
			}
		}
	case *breakStmt:
		return ctlBreak, nil
	case *continueStmt:
		return ctlContinue, nil
	}
	return ctlNext, nil // pass, global, nonlocal
}

func (f *frame) assignStatement(st *assignStmt) error {
	v, err := f.eval(st.value)
	if err != nil {
		return err
	}
	for _, t := range st.targets {
		if err := f.assign(t, v); err != nil {
			return err
		}
	}
	return nil
}

// assign binds v to a target: a name, an attribute, an element, or several.
func (f *frame) assign(target expr, v Value) error {
	switch t := target.(type) {
	case *nameExpr:
		return f.store(t, v)
	case *attrExpr:
		x, err := f.eval(t.x)
		if err != nil {
			return err
		}
		return f.in.setAttr(x, t.name, v)
	case *indexExpr:
		x, err := f.eval(t.x)
		if err != nil {
			return err
		}
		key, err := f.eval(t.key)
		if err != nil {
			return err
		}
		return f.in.setIndex(x, key, v)
	case *tupleExpr:
		return f.unpack(t.elts, v)
	case *listExpr:
		return f.unpack(t.elts, v)
	}
	return TypeErrorf("cannot assign to %s", describe(target))
}

func (f *frame) unpack(targets []expr, v Value) error {
	star := -1
	for i, t := range targets {
		if _, ok := t.(*starExpr); ok {
			star = i
		}
	}
	items, err := f.unpackItems(v, len(targets), star)
	if err != nil {
		return err
	}
	for i, t := range targets {
		switch {
		case i == star:
			rest := items[star : len(items)-(len(targets)-1-star)]
			err = f.assign(t.(*starExpr).x, NewList(append([]Value(nil), rest...)...))
		case star >= 0 && i > star:
			err = f.assign(t, items[len(items)-len(targets)+i])
		default:
			err = f.assign(t, items[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unpackItems reads as many elements as there are targets, or at least those beside a starred one.
func (f *frame) unpackItems(v Value, want, star int) ([]Value, error) {
	it, err := f.in.iterate(v)
	if err != nil {
		return nil, TypeErrorf("cannot unpack non-iterable %s object", typeName(v))
	}
	var items []Value
	for star >= 0 || len(items) <= want {
		x, ok, err := f.in.next(it)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if err := f.in.Alloc(16); err != nil {
			return nil, err
		}
		items = append(items, x)
	}
	switch {
	case star >= 0 && len(items) < want-1:
		return nil, ValueErrorf("not enough values to unpack (expected at least %d, got %d)", want-1, len(items))
	case star < 0 && len(items) < want:
		return nil, ValueErrorf("not enough values to unpack (expected %d, got %d)", want, len(items))
	case star < 0 && len(items) > want:
		return nil, ValueErrorf("too many values to unpack (expected %d)", want)
	}
	return items, nil
}

func (f *frame) augAssign(st *augAssignStmt) error {
	apply := func(old Value) (Value, error) {
		v, err := f.eval(st.value)
		if err != nil {
			return nil, err
		}
		return f.in.inplace(st.op, old, v)
	}
	switch t := st.target.(type) {
	case *nameExpr:
		old, err := f.eval(t)
		if err != nil {
			return err
		}
		v, err := apply(old)
		if err != nil {
			return err
		}
		return f.store(t, v)
	case *attrExpr:
		x, err := f.eval(t.x)
		if err != nil {
			return err
		}
		old, err := f.in.getAttr(x, t.name)
		if err != nil {
			return err
		}
		v, err := apply(old)
		if err != nil {
			return err
		}
		return f.in.setAttr(x, t.name, v)
	case *indexExpr:
		x, err := f.eval(t.x)
		if err != nil {
			return err
		}
		key, err := f.eval(t.key)
		if err != nil {
			return err
		}
		old, err := f.in.index(x, key)
		if err != nil {
			return err
		}
		v, err := apply(old)
		if err != nil {
			return err
		}
		return f.in.setIndex(x, key, v)
	}
	return nil
}

func (f *frame) del(target expr) error {
	switch t := target.(type) {
	case *nameExpr:
		return f.unbind(t)
	case *attrExpr:
		x, err := f.eval(t.x)
		if err != nil {
			return err
		}
		return f.in.setAttr(x, t.name, nil)
	case *indexExpr:
		x, err := f.eval(t.x)
		if err != nil {
			return err
		}
		key, err := f.eval(t.key)
		if err != nil {
			return err
		}
		return f.in.setIndex(x, key, nil)
	}
	return nil
}

func (f *frame) ifStatement(st *ifStmt) (control, error) {
	for i, c := range st.conds {
		yes, err := f.test(c)
		if err != nil {
			return ctlNext, err
		}
		if yes {
			return f.block(st.bodies[i])
		}
	}
	return f.block(st.orelse)
}

// test evaluates a condition.
func (f *frame) test(x expr) (bool, error) {
	v, err := f.eval(x)
	if err != nil {
		return false, err
	}
	return f.in.truth(v)
}

func (f *frame) forLoop(st *forStmt) (control, error) {
	v, err := f.eval(st.iter)
	if err != nil {
		return ctlNext, err
	}
	it, err := f.in.iterate(v)
	if err != nil {
		return ctlNext, f.located(err, st.iter.at())
	}
	for {
		item, ok, err := f.in.next(it)
		if err != nil {
			return ctlNext, err
		}
		if !ok {
			return f.block(st.orelse)
		}
		if err := f.assign(st.target, item); err != nil {
			return ctlNext, err
		}
		ctl, err := f.block(st.body)
		if err != nil {
			return ctlNext, err
		}
		if ctl == ctlBreak {
			return ctlNext, nil
		}
		if ctl == ctlReturn {
			return ctl, nil
		}
	}
}

func (f *frame) whileLoop(st *whileStmt) (control, error) {
	for {
		yes, err := f.test(st.cond)
		if err != nil {
			return ctlNext, err
		}
		if !yes {
			return f.block(st.orelse)
		}
		ctl, err := f.block(st.body)
		if err != nil {
			return ctlNext, err
		}
		if ctl == ctlBreak {
			return ctlNext, nil
		}
		if ctl == ctlReturn {
			return ctl, nil
		}
	}
}

func (f *frame) assert(st *assertStmt) error {
	yes, err := f.test(st.cond)
	if err != nil || yes {
		return err
	}
	if st.msg == nil {
		return RaiseValue(AssertionError)
	}
	msg, err := f.eval(st.msg)
	if err != nil {
		return err
	}
	return RaiseValue(AssertionError, msg)
}
