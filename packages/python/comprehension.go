package python

// comprehension evaluates [..], {..}, {..:..} and makes the generator of (..).
func (f *frame) comprehension(x *compExpr) (Value, error) {
	first, err := f.eval(x.loops[0].iter)
	if err != nil {
		return nil, err
	}
	it, err := f.in.iterate(first)
	if err != nil {
		return nil, f.located(err, x.loops[0].iter.at())
	}
	if err := f.in.Alloc(200); err != nil {
		return nil, err
	}
	inner := &frame{
		in: f.in, file: f.file, module: f.module, parent: f, def: x.def, fn: f.fn, own: f.own,
		locals: make([]Value, x.def.nlocals), free: f.captured(x.def),
	}
	inner.makeCells(x.def)
	if x.what == tLParen {
		return f.in.generator(x.def.name, inner, func() error {
			return inner.loops(x, 0, it, func() error {
				v, err := inner.eval(x.elt)
				if err != nil {
					return err
				}
				_, err = inner.gen.yield(v)
				return err
			})
		})
	}
	f.pos = x.pos
	if err := f.in.enter(); err != nil {
		return nil, err
	}
	top := f.in.top
	f.in.top = inner
	v, err := inner.collected(x, it)
	f.in.top = top
	f.in.leave()
	return v, err
}

func (f *frame) makeCells(def *funcDef) {
	for _, slot := range def.cells {
		f.locals[slot] = &cell{v: f.locals[slot]}
	}
}

// collected runs the loops into a new list, set or dict.
func (f *frame) collected(x *compExpr, it Iterator) (Value, error) {
	switch x.what {
	case tLBracket:
		list := &List{}
		return list, f.loops(x, 0, it, func() error {
			v, err := f.eval(x.elt)
			if err != nil {
				return err
			}
			return f.in.listAppend(list, v)
		})
	case tLBrace:
		set := NewSet()
		return set, f.loops(x, 0, it, func() error {
			v, err := f.eval(x.elt)
			if err != nil {
				return err
			}
			return f.in.setAdd(set, v)
		})
	}
	dict := NewDict()
	return dict, f.loops(x, 0, it, func() error {
		key, err := f.eval(x.elt)
		if err != nil {
			return err
		}
		v, err := f.eval(x.value)
		if err != nil {
			return err
		}
		return f.in.dictSet(dict, key, v)
	})
}

// loops runs the i-th loop of a comprehension over it, and those in it; each calls body.
func (f *frame) loops(x *compExpr, i int, it Iterator, body func() error) error {
	if i == len(x.loops) {
		return body()
	}
	l := x.loops[i]
	if it == nil {
		v, err := f.eval(l.iter)
		if err != nil {
			return err
		}
		if it, err = f.in.iterate(v); err != nil {
			return f.located(err, l.iter.at())
		}
	}
next:
	for {
		item, ok, err := f.in.next(it)
		if err != nil || !ok {
			return err
		}
		if err := f.in.step(); err != nil {
			return err
		}
		if err := f.assign(l.target, item); err != nil {
			return f.located(err, l.target.at())
		}
		for _, c := range l.conds {
			yes, err := f.test(c)
			if err != nil {
				return err
			}
			if !yes {
				continue next
			}
		}
		if err := f.loops(x, i+1, nil, body); err != nil {
			return err
		}
	}
}
