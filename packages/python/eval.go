package python

import (
	"slices"
	"strings"
)

// eval gives the value of an expression.
func (f *frame) eval(x expr) (Value, error) {
	switch x := x.(type) {
	case *constExpr:
		return x.value, nil
	case *nameExpr:
		v, err := f.load(x)
		if err != nil {
			return nil, f.located(err, x.pos)
		}
		return v, nil
	}
	if err := f.in.step(); err != nil {
		return nil, f.located(err, x.at())
	}
	if f.in.nested++; f.in.nested > maxEval {
		f.in.nested--
		return nil, f.located(f.in.tooDeep(), x.at())
	}
	v, err := f.compute(x)
	f.in.nested--
	if err != nil {
		return nil, f.located(err, x.at())
	}
	return v, nil
}

func (f *frame) compute(x expr) (Value, error) {
	switch x := x.(type) {
	case *callExpr:
		return f.callExpr(x)
	case *attrExpr:
		v, err := f.eval(x.x)
		if err != nil {
			return nil, err
		}
		return f.in.getAttr(v, x.name)
	case *listExpr:
		items, err := f.evalArgs(x.elts)
		if err != nil {
			return nil, err
		}
		return &List{items: items}, f.in.Alloc(24)
	case *tupleExpr:
		items, err := f.evalArgs(x.elts)
		if err != nil {
			return nil, err
		}
		return Tuple(items), nil
	case *binaryExpr:
		return f.binary(x)
	case *compareExpr:
		return f.compare(x)
	case *boolExpr:
		return f.boolean(x)
	case *unaryExpr:
		return f.unary(x)
	case *condExpr:
		yes, err := f.test(x.cond)
		if err != nil {
			return nil, err
		}
		if yes {
			return f.eval(x.then)
		}
		return f.eval(x.els)
	case *joinedExpr:
		return f.joined(x)
	case *indexExpr:
		return f.indexExpr(x)
	case *sliceExpr:
		return f.slice(x)
	case *dictExpr:
		return f.dict(x)
	case *setExpr:
		return f.set(x)
	case *compExpr:
		return f.comprehension(x)
	case *lambdaExpr:
		return f.function(x.def)
	case *namedExpr:
		v, err := f.eval(x.value)
		if err != nil {
			return nil, err
		}
		return v, f.store(x.target, v)
	case *yieldExpr:
		return f.yield(x)
	case *formatExpr:
		return f.formatted(x)
	}
	return nil, TypeErrorf("cannot evaluate %s here", describe(x))
}

// evalAll gives the values of expressions without stars.
func (f *frame) evalAll(list []expr) ([]Value, error) {
	if len(list) == 0 {
		return nil, nil
	}
	vals := make([]Value, len(list))
	for i, x := range list {
		v, err := f.eval(x)
		if err != nil {
			return nil, err
		}
		vals[i] = v
	}
	return vals, nil
}

// evalArgs gives the values of expressions some of which may be *iterable.
func (f *frame) evalArgs(list []expr) ([]Value, error) {
	if len(list) == 0 {
		return nil, nil
	}
	if err := f.in.Alloc(16 * len(list)); err != nil {
		return nil, err
	}
	vals := make([]Value, 0, len(list))
	for _, x := range list {
		star, ok := x.(*starExpr)
		if !ok {
			v, err := f.eval(x)
			if err != nil {
				return nil, err
			}
			vals = append(vals, v)
			continue
		}
		v, err := f.eval(star.x)
		if err != nil {
			return nil, err
		}
		more, err := f.in.collect(v)
		if err != nil {
			return nil, f.located(err, star.pos)
		}
		vals = append(vals, more...)
	}
	return vals, nil
}

func (f *frame) evalKwargs(list []keyword, callee string) ([]Kwarg, error) {
	if len(list) == 0 {
		return nil, nil
	}
	kwargs := make([]Kwarg, 0, len(list))
	for _, k := range list {
		v, err := f.eval(k.value)
		if err != nil {
			return nil, err
		}
		if k.name != "" {
			kwargs = append(kwargs, Kwarg{k.name, v})
			continue
		}
		if kwargs, err = f.spread(kwargs, v, callee); err != nil {
			return nil, f.located(err, k.pos)
		}
	}
	if len(kwargs) > len(list) || len(kwargs) > 8 {
		seen := map[string]bool{}
		for _, k := range kwargs {
			if seen[k.Name] {
				return nil, TypeErrorf("%s got multiple values for keyword argument '%s'", callee, k.Name)
			}
			seen[k.Name] = true
		}
	}
	return kwargs, f.in.Alloc(32 * len(kwargs))
}

// spread appends the items of **mapping.
func (f *frame) spread(kwargs []Kwarg, v Value, callee string) ([]Kwarg, error) {
	d, err := f.in.mapping(v)
	if err != nil {
		return nil, TypeErrorf("%s argument after ** must be a mapping, not %s", callee, typeName(v))
	}
	if err := f.in.AllocN(d.Len(), 100); err != nil {
		return nil, err
	}
	if err := f.in.Work(d.Len()); err != nil {
		return nil, err
	}
	for key, value := range d.All() {
		name, ok := key.(Str)
		if !ok {
			return nil, TypeErrorf("keywords must be strings")
		}
		if len(kwargs) <= 8 && slices.ContainsFunc(kwargs, func(k Kwarg) bool { return k.Name == string(name) }) {
			return nil, TypeErrorf("%s got multiple values for keyword argument '%s'", callee, name)
		}
		kwargs = append(kwargs, Kwarg{string(name), value})
	}
	return kwargs, nil
}

func (f *frame) callExpr(x *callExpr) (Value, error) {
	fn, err := f.eval(x.fn)
	if err != nil {
		return nil, err
	}
	var args []Value
	if x.plain {
		if err := f.in.Alloc(16 * len(x.args)); err != nil {
			return nil, err
		}
		args, err = f.evalAll(x.args)
	} else {
		args, err = f.evalArgs(x.args)
	}
	if err != nil {
		return nil, err
	}
	var kwargs []Kwarg
	if len(x.kwargs) > 0 {
		if kwargs, err = f.evalKwargs(x.kwargs, calleeName(fn)); err != nil {
			return nil, err
		}
	}
	f.pos = x.pos
	return f.in.call(f, fn, args, kwargs)
}

func (f *frame) binary(x *binaryExpr) (Value, error) {
	a, err := f.eval(x.x)
	if err != nil {
		return nil, err
	}
	b, err := f.eval(x.y)
	if err != nil {
		return nil, err
	}
	f.pos = x.pos
	return f.in.binary(x.op, a, b)
}

func (f *frame) compare(x *compareExpr) (Value, error) {
	a, err := f.eval(x.x)
	if err != nil {
		return nil, err
	}
	for i, op := range x.ops {
		b, err := f.eval(x.ys[i])
		if err != nil {
			return nil, err
		}
		f.pos = x.pos
		v, err := f.in.compareValues(op, a, b)
		if err != nil {
			return nil, err
		}
		if i == len(x.ops)-1 {
			return v, nil
		}
		if yes, err := f.in.truth(v); err != nil || !yes {
			return v, err
		}
		a = b
	}
	return None, nil
}

func (f *frame) boolean(x *boolExpr) (Value, error) {
	for i, operand := range x.xs {
		v, err := f.eval(operand)
		if err != nil || i == len(x.xs)-1 {
			return v, err
		}
		yes, err := f.in.truth(v)
		if err != nil {
			return nil, err
		}
		if yes == (x.op == tOr) {
			return v, nil
		}
	}
	return None, nil
}

func (f *frame) unary(x *unaryExpr) (Value, error) {
	v, err := f.eval(x.x)
	if err != nil {
		return nil, err
	}
	if x.op == tNot {
		yes, err := f.in.truth(v)
		return Bool(!yes), err
	}
	return f.in.unary(x.op, v)
}

func (f *frame) joined(x *joinedExpr) (Value, error) {
	var b strings.Builder
	for _, part := range x.parts {
		v, err := f.eval(part)
		if err != nil {
			return nil, err
		}
		s, _ := v.(Str)
		if err := f.in.Alloc(len(s)); err != nil {
			return nil, err
		}
		b.WriteString(string(s))
	}
	return Str(b.String()), nil
}

// formatted gives the text of {value!conversion:spec}.
func (f *frame) formatted(x *formatExpr) (Value, error) {
	v, err := f.eval(x.value)
	if err != nil {
		return nil, err
	}
	if v, err = f.in.convert(v, x.conversion); err != nil {
		return nil, err
	}
	spec := ""
	if x.spec != nil {
		s, err := f.eval(x.spec)
		if err != nil {
			return nil, err
		}
		spec = string(s.(Str))
	}
	text, err := f.in.format(v, spec)
	return Str(text), err
}

func (f *frame) indexExpr(x *indexExpr) (Value, error) {
	v, err := f.eval(x.x)
	if err != nil {
		return nil, err
	}
	key, err := f.eval(x.key)
	if err != nil {
		return nil, err
	}
	f.pos = x.pos
	return f.in.index(v, key)
}

func (f *frame) slice(x *sliceExpr) (Value, error) {
	s := &Slice{None, None, None}
	for _, part := range [...]struct {
		x  expr
		to *Value
	}{{x.lo, &s.Start}, {x.hi, &s.Stop}, {x.step, &s.Step}} {
		if part.x == nil {
			continue
		}
		v, err := f.eval(part.x)
		if err != nil {
			return nil, err
		}
		*part.to = v
	}
	return s, nil
}

func (f *frame) dict(x *dictExpr) (Value, error) {
	d := NewDict()
	for i, k := range x.keys {
		if k == nil {
			v, err := f.eval(x.values[i])
			if err != nil {
				return nil, err
			}
			more, err := f.in.mapping(v)
			if err != nil {
				return nil, TypeErrorf("'%s' object is not a mapping", typeName(v))
			}
			if err := f.in.update(d, more); err != nil {
				return nil, err
			}
			continue
		}
		key, err := f.eval(k)
		if err != nil {
			return nil, err
		}
		v, err := f.eval(x.values[i])
		if err != nil {
			return nil, err
		}
		if err := f.in.dictSet(d, key, v); err != nil {
			return nil, f.located(err, k.at())
		}
	}
	return d, nil
}

func (f *frame) set(x *setExpr) (Value, error) {
	items, err := f.evalArgs(x.elts)
	if err != nil {
		return nil, err
	}
	s := NewSet()
	for _, v := range items {
		if err := f.in.setAdd(s, v); err != nil {
			return nil, err
		}
	}
	return s, nil
}
