package python

// frame is one activation of a piece of code.
type frame struct {
	in     *Interp
	file   *File
	module *Module
	parent *frame // who called
	fn     *Function
	def    *funcDef
	class  *Namespace // of a class body, else nil
	locals []Value
	free   []*cell
	own    *cell // what __class__ means in the functions made here
	pos    Pos   // of the call that is being made
	ret    Value
	gen    *generatorState
	qual   string // prefix of the qualified names made here, "Outer."
}

// funcName is what messages call the code.
func (f *frame) funcName() string {
	if f.fn != nil {
		return f.fn.Qualname
	}
	if f.def != nil && f.class != nil {
		return f.def.name
	}
	return "<module>"
}

func (f *frame) place(pos Pos) Place {
	p := f.file.place(pos)
	p.Func = f.funcName()
	return p
}

// located notes where an error passed through the frame: at its innermost expression.
func (f *frame) located(err error, pos Pos) error {
	e := asError(err)
	if e.seen == f {
		return e
	}
	e.seen = f
	p := f.place(pos)
	if len(e.Places) == 0 {
		e.line = f.file.line(p.Line)
	}
	if len(e.Places) < 200 {
		e.Places = append(e.Places, p)
	}
	return e
}

// call runs code to its end in the frame.
func (f *frame) call(def *funcDef) (Value, error) {
	f.def = def
	in := f.in
	if err := in.enter(); err != nil {
		return nil, err
	}
	top := in.top
	in.top = f
	var err error
	if def.x != nil {
		f.ret, err = f.eval(def.x)
	} else {
		_, err = f.block(def.body)
	}
	in.top = top
	in.leave()
	if err != nil {
		return nil, err
	}
	if f.ret == nil {
		return None, nil
	}
	return f.ret, nil
}

// captured gives the cells that code made in this frame shares with it.
func (f *frame) captured(def *funcDef) []*cell {
	if len(def.captures) == 0 {
		return nil
	}
	cells := make([]*cell, len(def.captures))
	for i, c := range def.captures {
		if c.free {
			cells[i] = f.free[c.idx]
		} else {
			cells[i] = f.locals[c.idx].(*cell)
		}
	}
	return cells
}

// load gives the value of a variable.
func (f *frame) load(n *nameExpr) (Value, error) {
	switch n.kind {
	case nameLocal:
		if v := f.locals[n.idx]; v != nil {
			return v, nil
		}
		return nil, unboundLocal(n.id)
	case nameCell:
		if v := f.locals[n.idx].(*cell).v; v != nil {
			return v, nil
		}
		return nil, unboundLocal(n.id)
	case nameFree:
		return f.loadFree(n)
	case nameClass, nameClassFree:
		if v, ok := f.class.get(n.id); ok {
			return v, nil
		}
		if n.kind == nameClassFree {
			return f.loadFree(n)
		}
	case nameOwnClass:
		if f.own == nil || f.own.v == nil {
			return nil, NameErrorf("name '__class__' is not defined")
		}
		return f.own.v, nil
	}
	if v, ok := f.module.ns.get(n.id); ok {
		return v, nil
	}
	if v, ok := f.in.builtins.get(n.id); ok {
		return v, nil
	}
	return nil, f.unknownName(n.id)
}

func (f *frame) loadFree(n *nameExpr) (Value, error) {
	if v := f.free[n.idx].v; v != nil {
		return v, nil
	}
	return nil, NameErrorf("cannot access free variable '%s' where it is not associated with a value in enclosing scope", n.id)
}

func unboundLocal(name string) error {
	return Raise(UnboundLocalError, "cannot access local variable '%s' where it is not associated with a value", name)
}

func (f *frame) unknownName(name string) error {
	var known []string
	known = append(known, f.module.ns.names()...)
	for _, star := range f.module.ns.stars {
		known = append(known, star.names()...)
	}
	known = append(known, f.in.builtins.names()...)
	if f.class != nil {
		known = append(known, f.class.names()...)
	}
	if f.def != nil {
		known = append(known, f.def.locals...)
	}
	_ = f.in.Work(len(known))
	return NameErrorf("name '%s' is not defined%s", name, didYouMean(name, known))
}

// store binds a variable.
func (f *frame) store(n *nameExpr, v Value) error {
	switch n.kind {
	case nameLocal:
		f.locals[n.idx] = v
	case nameCell:
		f.locals[n.idx].(*cell).v = v
	case nameFree:
		if f.free[n.idx].frozen {
			return errFrozen("variable")
		}
		f.free[n.idx].v = v
	case nameClass, nameClassFree:
		f.class.set(n.id, v)
	default:
		if f.module.ns.frozen {
			return errFrozen("module")
		}
		if _, known := f.module.ns.index[n.id]; !known {
			if err := f.in.Alloc(nameCost); err != nil {
				return err
			}
		}
		f.module.ns.set(n.id, v)
	}
	return nil
}

// unbind is del of a variable.
func (f *frame) unbind(n *nameExpr) error {
	ok := true
	switch n.kind {
	case nameLocal:
		ok = f.locals[n.idx] != nil
		f.locals[n.idx] = nil
	case nameCell:
		c := f.locals[n.idx].(*cell)
		ok = c.v != nil
		c.v = nil
	case nameFree:
		if f.free[n.idx].frozen {
			return errFrozen("variable")
		}
		ok = f.free[n.idx].v != nil
		f.free[n.idx].v = nil
	case nameClass, nameClassFree:
		ok = f.class.del(n.id)
	default:
		if f.module.ns.frozen {
			return errFrozen("module")
		}
		ok = f.module.ns.del(n.id)
	}
	if !ok {
		if n.kind == nameLocal || n.kind == nameCell {
			return unboundLocal(n.id)
		}
		return NameErrorf("name '%s' is not defined", n.id)
	}
	return nil
}

// didYouMean suggests the name that is nearest to an unknown one.
func didYouMean(name string, known []string) string {
	if len(name) < 3 {
		return ""
	}
	best, bestDistance := "", 1+len(name)/4
	for _, k := range known {
		if d := editDistance(name, k, bestDistance); d < bestDistance || d == bestDistance && best == "" {
			if d > 0 {
				best, bestDistance = k, d
			}
		}
	}
	if best == "" {
		return ""
	}
	return ". Did you mean: '" + best + "'?"
}

// editDistance is the number of changed characters between two names, or more than most if it is more than that.
func editDistance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most || len(a) > 64 || len(b) > 64 {
		return most + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
