package python

import (
	"math"
	"math/big"
	"strings"
	"unicode/utf8"
)

func runeCount(s string) int { return utf8.RuneCountInString(s) }

// Equal is a == b.
func (in *Interp) Equal(a, b Value) (bool, error) { return in.equal(a, b) }

func (in *Interp) compareValues(op compareOp, a, b Value) (Value, error) {
	switch op {
	case opIs:
		return Bool(same(a, b)), nil
	case opIsNot:
		return Bool(!same(a, b)), nil
	case opIn, opNotIn:
		yes, err := in.contains(b, a)
		return Bool(yes == (op == opIn)), err
	}
	return in.richCompare(op, a, b)
}

// same is a is b. Values that Go keeps by value are the same if they are equal.
func same(a, b Value) bool {
	x, ok1 := a.(Tuple)
	y, ok2 := b.(Tuple)
	if ok1 || ok2 {
		return ok1 && ok2 && len(x) == len(y) && (len(x) == 0 || &x[0] == &y[0])
	}
	return comparable_(a) && comparable_(b) && a == b
}

// comparable_ says that Go's == does not panic: a caller's Value may be a struct with a slice in it.
func comparable_(v Value) (ok bool) {
	switch v.(type) {
	case Str, Int, Bool, NoneType, *Instance, *Class, *Function, *List, *Dict:
		return true
	}
	defer func() { ok = recover() == nil }()
	return v == v || true
}

func (in *Interp) richCompare(op compareOp, a, b Value) (Value, error) {
	if x, ok := a.(Str); ok {
		if y, ok := b.(Str); ok {
			return Bool(ordered(op, strings.Compare(string(x), string(y)))), in.Scan(min(len(x), len(y)))
		}
	}
	if err := in.enter(); err != nil {
		return nil, err
	}
	v, err := in.compareAny(op, a, b)
	in.leave()
	return v, err
}

var reflected = [...]compareOp{opEq: opEq, opNe: opNe, opLt: opGt, opLe: opGe, opGt: opLt, opGe: opLe}

var compareMethods = [...]string{"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}

func (in *Interp) compareAny(op compareOp, a, b Value) (Value, error) {
	if v, err := in.compareBuiltin(op, a, b); err != nil || v != NotImplemented {
		return v, err
	}
	if v, err := in.compareWith(op, a, b); err != nil || v != NotImplemented {
		return v, err
	}
	if v, err := in.compareWith(reflected[op], b, a); err != nil || v != NotImplemented {
		return v, err
	}
	x, y := unwrap(a), unwrap(b)
	if _, ok := a.(*Instance); ok && !same(x, a) || !same(y, b) {
		if v, err := in.compareBuiltin(op, x, y); err != nil || v != NotImplemented {
			return v, err
		}
	}
	switch op {
	case opEq:
		return Bool(same(a, b)), nil
	case opNe:
		return Bool(!same(a, b)), nil
	}
	return nil, TypeErrorf("'%s' not supported between instances of '%s' and '%s'", compareNames[op], typeName(a), typeName(b))
}

// compareWith asks a for the comparison.
func (in *Interp) compareWith(op compareOp, a, b Value) (Value, error) {
	if c, ok := a.(Comparer); ok {
		v, err := c.Compare(compareNames[op], b)
		if v == nil && err == nil {
			v = NotImplemented
		}
		return v, err
	}
	v, err := in.opMethod(a, compareMethods[op], b)
	if err != nil || v != NotImplemented || op != opNe {
		return v, err
	}
	if v, err = in.opMethod(a, "__eq__", b); err != nil || v == NotImplemented {
		return v, err
	}
	yes, err := in.truth(v)
	return Bool(!yes), err
}

func (in *Interp) compareBuiltin(op compareOp, a, b Value) (Value, error) {
	switch x := a.(type) {
	case Str:
		if y, ok := b.(Str); ok {
			return Bool(ordered(op, strings.Compare(string(x), string(y)))), nil
		}
	case Bytes:
		if y, ok := b.(Bytes); ok {
			return Bool(ordered(op, strings.Compare(string(x), string(y)))), in.Scan(min(len(x), len(y)))
		}
	case Int, Bool, Float, *BigInt:
		return compareNumbers(op, a, b), nil
	case Tuple:
		if y, ok := b.(Tuple); ok {
			return in.compareSequences(op, x, y)
		}
	case *List:
		if y, ok := b.(*List); ok {
			return in.compareSequences(op, x.items, y.items)
		}
	case *Set:
		if y := in.asSet(b); y != nil {
			return compareSets(op, x, y), in.Work((x.Len() + y.Len()) / 4)
		}
	case *dictView:
		if s, y := x.asSet(in), in.asSet(b); s != nil && y != nil {
			return compareSets(op, s, y), in.Work(s.Len() + y.Len())
		}
	case *Dict:
		if y, ok := b.(*Dict); ok && (op == opEq || op == opNe) {
			equal, err := in.equalDicts(x, y)
			return Bool(equal == (op == opEq)), err
		}
	case *Range:
		if y, ok := b.(*Range); ok && (op == opEq || op == opNe) {
			n := x.Len()
			equal := n == y.Len() && (n == 0 || x.Start == y.Start && (n == 1 || x.Step == y.Step))
			return Bool(equal == (op == opEq)), nil
		}
	case *BoundMethod:
		if y, ok := b.(*BoundMethod); ok && (op == opEq || op == opNe) {
			return Bool((same(x.Self, y.Self) && same(x.Func, y.Func)) == (op == opEq)), nil
		}
	}
	return NotImplemented, nil
}

func ordered(op compareOp, sign int) bool {
	switch op {
	case opEq:
		return sign == 0
	case opNe:
		return sign != 0
	case opLt:
		return sign < 0
	case opLe:
		return sign <= 0
	case opGt:
		return sign > 0
	}
	return sign >= 0
}

func compareNumbers(op compareOp, a, b Value) Value {
	x, ok1 := smallInt(a)
	y, ok2 := smallInt(b)
	if ok1 && ok2 {
		switch {
		case x < y:
			return Bool(ordered(op, -1))
		case x > y:
			return Bool(ordered(op, 1))
		}
		return Bool(ordered(op, 0))
	}
	m, n := toBig(a), toBig(b)
	if m != nil && n != nil {
		return Bool(ordered(op, m.Cmp(n)))
	}
	f, ok1 := toFloat(a)
	g, ok2 := toFloat(b)
	if !ok1 || !ok2 {
		return NotImplemented
	}
	if math.Abs(f) < 1<<53 && math.Abs(g) < 1<<53 {
		m, n = nil, nil // integers of this size are floats, too
	}
	if f != f || g != g { // a NaN is unequal to all
		return Bool(op == opNe)
	}
	sign := 0
	switch {
	case m != nil || n != nil: // an integer and a float: no digit may get lost
		sign = bigFloat(a).Cmp(bigFloat(b))
	case f < g:
		sign = -1
	case f > g:
		sign = 1
	}
	return Bool(ordered(op, sign))
}

func bigFloat(v Value) *big.Float {
	if f, ok := v.(Float); ok {
		return big.NewFloat(float64(f))
	}
	return new(big.Float).SetInt(toBig(v))
}

func (in *Interp) compareSequences(op compareOp, a, b []Value) (Value, error) {
	if (op == opEq || op == opNe) && len(a) != len(b) {
		return Bool(op == opNe), nil
	}
	for i := range min(len(a), len(b)) {
		if err := in.step(); err != nil {
			return nil, err
		}
		equal, err := in.equal(a[i], b[i])
		if err != nil {
			return nil, err
		}
		if !equal {
			if op == opEq || op == opNe {
				return Bool(op == opNe), nil
			}
			return in.richCompare(op, a[i], b[i])
		}
	}
	return Bool(ordered(op, len(a)-len(b))), nil
}

func compareSets(op compareOp, a, b *Set) Value {
	switch op {
	case opEq, opNe:
		return Bool((a.Len() == b.Len() && a.subsetOf(b)) == (op == opEq))
	case opLe:
		return Bool(a.subsetOf(b))
	case opLt:
		return Bool(a.Len() < b.Len() && a.subsetOf(b))
	case opGe:
		return Bool(b.subsetOf(a))
	}
	return Bool(b.Len() < a.Len() && b.subsetOf(a))
}

func (in *Interp) equalDicts(a, b *Dict) (bool, error) {
	if a.Len() != b.Len() {
		return false, nil
	}
	for _, e := range a.entries {
		if e.key == nil {
			continue
		}
		if err := in.step(); err != nil {
			return false, err
		}
		v, ok := b.get(e.hash)
		if !ok {
			return false, nil
		}
		if equal, err := in.equal(e.value, v); err != nil || !equal {
			return false, err
		}
	}
	return true, nil
}

// equal is a == b, where identical values are equal, as containers have it.
func (in *Interp) equal(a, b Value) (bool, error) {
	if x, ok := a.(Str); ok {
		if y, ok := b.(Str); ok {
			return x == y, in.Scan(min(len(x), len(y)))
		}
	}
	if same(a, b) {
		return true, nil
	}
	v, err := in.richCompare(opEq, a, b)
	if err != nil {
		return false, err
	}
	return in.truth(v)
}

// contains is x in v.
func (in *Interp) contains(v, x Value) (bool, error) {
	switch c := v.(type) {
	case Str:
		s, ok := unwrap(x).(Str)
		if !ok {
			return false, TypeErrorf("'in <string>' requires string as left operand, not %s", typeName(x))
		}
		return strings.Contains(string(c), string(s)), in.Work(len(c) / 64)
	case Bytes:
		switch s := x.(type) {
		case Bytes:
			return strings.Contains(string(c), string(s)), in.Work(len(c) / 64)
		case Int:
			return s >= 0 && s < 256 && strings.IndexByte(string(c), byte(s)) >= 0, in.Scan(len(c))
		}
		return false, TypeErrorf("a bytes-like object is required, not '%s'", typeName(x))
	case *Dict:
		return in.hasKey(c, x)
	case *Set:
		return in.hasKey(c.d, x)
	case *dictView:
		if c.kind == "keys" {
			return in.hasKey(c.d, x)
		}
	case *Range:
		if i, ok := smallInt(x); ok {
			n := c.Len()
			offset := i - c.Start
			return n > 0 && offset%c.Step == 0 && offset/c.Step >= 0 && offset/c.Step < int64(n), nil
		}
	case Container:
		return c.Contains(x)
	case *Instance:
		if hook := in.special(c, "__contains__"); hook != nil {
			r, err := in.call(in.top, hook, []Value{x}, nil)
			if err != nil {
				return false, err
			}
			return in.truth(r)
		}
		if c.native != nil && in.special(c, "__iter__") == nil {
			return in.contains(c.native, x)
		}
	}
	return in.search(v, x)
}

func (in *Interp) hasKey(d *Dict, x Value) (bool, error) {
	h, err := in.hash(x)
	if err != nil {
		return false, err
	}
	_, ok := d.get(h)
	return ok, nil
}

// search looks through the elements.
func (in *Interp) search(v, x Value) (bool, error) {
	it, err := in.iterate(v)
	if err != nil {
		return false, TypeErrorf("argument of type '%s' is not iterable", typeName(v))
	}
	for {
		item, ok, err := in.next(it)
		if err != nil || !ok {
			return false, err
		}
		if equal, err := in.equal(item, x); err != nil || equal {
			return equal, err
		}
	}
}
