package python

// opText is how an operator is written, opMethods what the methods of classes that compute it are called.
var (
	opText = map[kind]string{
		tPlus: "+", tMinus: "-", tStar: "*", tSlash: "/", tDoubleSlash: "//", tPercent: "%", tDoubleStar: "**", tShl: "<<", tShr: ">>",
		tAmp: "&", tPipe: "|", tCaret: "^", tAt: "@",
	}
	opMethods = map[kind]string{
		tPlus: "add", tMinus: "sub", tStar: "mul", tSlash: "truediv", tDoubleSlash: "floordiv", tPercent: "mod", tDoubleStar: "pow",
		tShl: "lshift", tShr: "rshift", tAmp: "and", tPipe: "or", tCaret: "xor", tAt: "matmul",
	}
)

// binary computes a op b.
func (in *Interp) binary(op kind, a, b Value) (Value, error) {
	v, err := in.binaryOrNot(op, a, b)
	if err == nil && v == NotImplemented {
		text := opText[op]
		if op == tDoubleStar {
			text = "** or pow()"
		}
		if _, ok := a.(Str); ok && op == tPlus {
			return nil, TypeErrorf("can only concatenate str (not \"%s\") to str", typeName(b))
		}
		if _, ok := a.(*List); ok && op == tPlus {
			return nil, TypeErrorf("can only concatenate list (not \"%s\") to list", typeName(b))
		}
		return nil, TypeErrorf("unsupported operand type(s) for %s: '%s' and '%s'", text, typeName(a), typeName(b))
	}
	return v, err
}

func (in *Interp) binaryOrNot(op kind, a, b Value) (Value, error) {
	if v, err := in.builtinOp(op, a, b); err != nil || v != NotImplemented {
		return v, err
	}
	if o, ok := a.(Operand); ok {
		if v, err := o.Binary(opText[op], b, false); err != nil || v != NotImplemented {
			return v, err
		}
	}
	if v, err := in.opMethod(a, "__"+opMethods[op]+"__", b); err != nil || v != NotImplemented {
		return v, err
	}
	if o, ok := b.(Operand); ok {
		if v, err := o.Binary(opText[op], a, true); err != nil || v != NotImplemented {
			return v, err
		}
	}
	if v, err := in.opMethod(b, "__r"+opMethods[op]+"__", a); err != nil || v != NotImplemented {
		return v, err
	}
	x, y := unwrap(a), unwrap(b)
	if _, wrapped := a.(*Instance); wrapped && x != a {
		return in.builtinOp(op, x, y)
	}
	if _, wrapped := b.(*Instance); wrapped && y != b {
		return in.builtinOp(op, x, y)
	}
	return NotImplemented, nil
}

func (in *Interp) opMethod(v Value, name string, other Value) (Value, error) {
	hook := in.special(v, name)
	if hook == nil {
		return NotImplemented, nil
	}
	return in.call(in.top, hook, []Value{other}, nil)
}

// builtinOp computes the operators of the built-in types.
func (in *Interp) builtinOp(op kind, a, b Value) (Value, error) {
	switch x := a.(type) {
	case Int, Bool, Float, *BigInt:
		if op == tStar {
			if v, err := in.repeat(b, a); err != nil || v != NotImplemented {
				return v, err
			}
		}
		return in.arithmetic2(op, a, b)
	case Str:
		return in.strOp(op, x, b)
	case Bytes:
		return in.bytesOp(op, x, b)
	case *List:
		if y, ok := b.(*List); ok && op == tPlus {
			items, err := in.concat(x.items, y.items)
			return &List{items: items}, err
		}
	case Tuple:
		if y, ok := b.(Tuple); ok && op == tPlus {
			items, err := in.concat(x, y)
			return Tuple(items), err
		}
	case *Set:
		if y := in.asSet(b); y != nil && (op == tPipe || op == tAmp || op == tMinus || op == tCaret) {
			return in.setOp(op, x, y)
		}
	case *dictView:
		if s, y := x.asSet(in), in.asSet(b); s != nil && y != nil && (op == tPipe || op == tAmp || op == tMinus || op == tCaret) {
			return in.setOp(op, s, y)
		}
	case *Dict:
		if y, ok := b.(*Dict); ok && op == tPipe {
			d, err := in.copyDict(x)
			if err != nil {
				return nil, err
			}
			return d, in.update(d, y)
		}
	}
	if op == tStar {
		return in.repeat(a, b)
	}
	return NotImplemented, nil
}

// arithmetic2 is arithmetic for operators that numbers have.
func (in *Interp) arithmetic2(op kind, a, b Value) (Value, error) {
	if op == tAt {
		return NotImplemented, nil
	}
	return in.arithmetic(op, a, b)
}

func (in *Interp) strOp(op kind, x Str, b Value) (Value, error) {
	switch op {
	case tPlus:
		if y, ok := b.(Str); ok {
			if err := in.Alloc(len(x) + len(y)); err != nil {
				return nil, err
			}
			return x + y, nil
		}
	case tPercent:
		text, err := in.percent(string(x), b)
		return Str(text), err
	case tStar:
		return in.repeat(x, b)
	}
	return NotImplemented, nil
}

func (in *Interp) bytesOp(op kind, x Bytes, b Value) (Value, error) {
	switch op {
	case tPlus:
		if y, ok := b.(Bytes); ok {
			if err := in.Alloc(len(x) + len(y)); err != nil {
				return nil, err
			}
			return x + y, nil
		}
	case tStar:
		return in.repeat(x, b)
	}
	return NotImplemented, nil
}

func (in *Interp) concat(a, b []Value) ([]Value, error) {
	if err := in.Alloc(16*(len(a)+len(b)) + 24); err != nil {
		return nil, err
	}
	return append(append(make([]Value, 0, len(a)+len(b)), a...), b...), nil
}

// repeat computes sequence * count.
func (in *Interp) repeat(seq, count Value) (Value, error) {
	n, ok := smallInt(unwrap(count))
	if !ok {
		if _, big := count.(*BigInt); !big {
			return NotImplemented, nil
		}
		n = 1 << 60
	}
	n = max(n, 0)
	times := func(size int) error {
		if size > 0 && n > int64(1<<60)/int64(size) {
			n = 1 << 60 / int64(size)
		}
		return in.Alloc(int(n) * size)
	}
	switch s := seq.(type) {
	case Str:
		if err := times(len(s)); err != nil || len(s) == 0 {
			return Str(""), err
		}
		return Str(repeatText(string(s), int(n))), nil
	case Bytes:
		if err := times(len(s)); err != nil || len(s) == 0 {
			return Bytes(""), err
		}
		return Bytes(repeatText(string(s), int(n))), nil
	case *List:
		items, err := repeatItems(s.items, &n, times)
		return &List{items: items}, err
	case Tuple:
		items, err := repeatItems(s, &n, times)
		return Tuple(items), err
	}
	return NotImplemented, nil
}

func repeatText(s string, n int) string {
	out := make([]byte, 0, len(s)*n)
	for range n {
		out = append(out, s...)
	}
	return string(out)
}

func repeatItems(items []Value, n *int64, times func(int) error) ([]Value, error) {
	if len(items) == 0 {
		return nil, nil
	}
	if err := times(16 * len(items)); err != nil {
		return nil, err
	}
	out := make([]Value, 0, len(items)*int(*n))
	for range *n {
		out = append(out, items...)
	}
	return out, nil
}

// inplace computes a op= b: in place for mutable values.
func (in *Interp) inplace(op kind, a, b Value) (Value, error) {
	switch x := a.(type) {
	case *List:
		if op == tPlus {
			if err := x.mutable(); err != nil {
				return nil, err
			}
			items, err := in.collect(b)
			if err != nil {
				return nil, err
			}
			x.items = append(x.items, items...)
			return x, nil
		}
	case *Set:
		if y := in.asSet(b); y != nil && !x.immutable && (op == tPipe || op == tAmp || op == tMinus || op == tCaret) {
			if err := x.d.mutable(); err != nil {
				return nil, err
			}
			s, err := in.setOp(op, x, y)
			if err != nil {
				return nil, err
			}
			x.d = s.d
			return x, nil
		}
	case *Dict:
		if y, ok := b.(*Dict); ok && op == tPipe {
			return x, in.update(x, y)
		}
	case *Instance:
		v, err := in.opMethod(x, "__i"+opMethods[op]+"__", b)
		if err != nil || v != NotImplemented {
			return v, err
		}
	}
	return in.binary(op, a, b)
}

// truth is bool(v).
func (in *Interp) truth(v Value) (bool, error) {
	switch v := v.(type) {
	case Bool:
		return bool(v), nil
	case NoneType:
		return false, nil
	case Str:
		return v != "", nil
	case Int:
		return v != 0, nil
	case *List:
		return len(v.items) > 0, nil
	case Tuple:
		return len(v) > 0, nil
	case *Dict:
		return v.Len() > 0, nil
	case *Set:
		return v.Len() > 0, nil
	case Float:
		return v != 0, nil
	case Bytes:
		return v != "", nil
	case *Instance:
		return in.instanceTruth(v)
	case Truther:
		return v.Truth(), nil
	case TruthOrError:
		return v.Truth()
	case Sized:
		return v.Len() > 0, nil
	}
	return true, nil
}

func (in *Interp) instanceTruth(v *Instance) (bool, error) {
	if hook := in.special(v, "__bool__"); hook != nil {
		x, err := in.call(in.top, hook, nil, nil)
		if err != nil {
			return false, err
		}
		if b, ok := x.(Bool); ok {
			return bool(b), nil
		}
		return false, TypeErrorf("__bool__ should return bool, returned %s", typeName(x))
	}
	if hook := in.special(v, "__len__"); hook != nil {
		n, err := in.length(v)
		return n > 0, err
	}
	if v.native != nil {
		return in.truth(v.native)
	}
	return true, nil
}

// length is len(v).
func (in *Interp) length(v Value) (int, error) {
	switch v := v.(type) {
	case Str:
		return runeCount(string(v)), in.Scan(len(v))
	case Bytes:
		return len(v), nil
	case Tuple:
		return len(v), nil
	case *Instance:
		if hook := in.special(v, "__len__"); hook != nil {
			x, err := in.call(in.top, hook, nil, nil)
			if err != nil {
				return 0, err
			}
			n, err := in.integer(x)
			if err == nil && n < 0 {
				return 0, ValueErrorf("__len__() should return >= 0")
			}
			return int(n), err
		}
		if v.native != nil {
			return in.length(v.native)
		}
	case Sized:
		return v.Len(), nil
	}
	return 0, TypeErrorf("object of type '%s' has no len()", typeName(v))
}
