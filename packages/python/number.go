package python

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// maxDigits is CPython's limit for conversions between numbers and decimal text, which take quadratic time.
const maxDigits = 4300

// maxBits limits how large a number can get: multiplying takes more than linear time.
const maxBits = 1 << 20

// normalize makes a number an Int if it fits.
func normalize(n *big.Int) Value {
	if n.IsInt64() {
		return Int(n.Int64())
	}
	return &BigInt{n}
}

// toBig gives an integer value as a big one; nil for other values.
func toBig(v Value) *big.Int {
	switch v := v.(type) {
	case Int:
		return big.NewInt(int64(v))
	case Bool:
		return big.NewInt(boolInt(v))
	case *BigInt:
		return v.N
	}
	return nil
}

// toFloat gives a number as a float.
func toFloat(v Value) (float64, bool) {
	switch v := v.(type) {
	case Float:
		return float64(v), true
	case Int:
		return float64(v), true
	case Bool:
		return float64(boolInt(v)), true
	case *BigInt:
		f, _ := new(big.Float).SetInt(v.N).Float64()
		return f, true
	}
	return 0, false
}

// smallInt gives a Bool or an Int as a number.
func smallInt(v Value) (int64, bool) {
	switch v := v.(type) {
	case Int:
		return int64(v), true
	case Bool:
		return boolInt(v), true
	}
	return 0, false
}

func (in *Interp) bigText(v *BigInt) (string, error) {
	if v.N.BitLen() > maxDigits*4 {
		if in == nil {
			return "<a very large int>", nil
		}
		return "", ValueErrorf("Exceeds the limit (%d digits) for integer string conversion", maxDigits)
	}
	return v.N.String(), nil
}

// arithmetic computes a binary operator of two numbers; NotImplemented if they aren't.
func (in *Interp) arithmetic(op kind, a, b Value) (Value, error) {
	x, ok1 := smallInt(a)
	y, ok2 := smallInt(b)
	if ok1 && ok2 {
		if v, done, err := smallArithmetic(op, x, y); done || err != nil {
			return boolResult(op, a, b, v), err
		}
	}
	_, f1 := a.(Float)
	_, f2 := b.(Float)
	if f1 || f2 {
		x, ok1 := toFloat(a)
		y, ok2 := toFloat(b)
		if !ok1 || !ok2 {
			return NotImplemented, nil
		}
		return floatArithmetic(op, x, y)
	}
	m, n := toBig(a), toBig(b)
	if m == nil || n == nil {
		return NotImplemented, nil
	}
	return in.bigArithmetic(op, m, n)
}

// boolResult makes & | ^ of two bools a bool.
func boolResult(op kind, a, b, v Value) Value {
	_, ok1 := a.(Bool)
	_, ok2 := b.(Bool)
	if ok1 && ok2 && (op == tAmp || op == tPipe || op == tCaret) {
		return Bool(v == Value(Int(1)))
	}
	return v
}

// smallArithmetic computes what stays within 64 bits; done is false for what may not.
func smallArithmetic(op kind, x, y int64) (v Value, done bool, err error) {
	switch op {
	case tPlus:
		if s := x + y; (s > x) == (y > 0) {
			return Int(s), true, nil
		}
	case tMinus:
		if d := x - y; (d < x) == (y > 0) {
			return Int(d), true, nil
		}
	case tStar:
		if hi, lo := bits.Mul64(magnitude(x), magnitude(y)); hi == 0 && lo < 1<<63 {
			return Int(x * y), true, nil
		}
	case tSlash:
		if y == 0 {
			return nil, true, Raise(ZeroDivisionError, "division by zero")
		}
		if magnitude(x) < 1<<53 && magnitude(y) < 1<<53 {
			return Float(float64(x) / float64(y)), true, nil
		}
	case tDoubleSlash, tPercent:
		if y == 0 {
			return nil, true, zeroDivision(op)
		}
		if y == -1 {
			return nil, false, nil
		}
		q, r := x/y, x%y
		if r != 0 && (r < 0) != (y < 0) {
			q, r = q-1, r+y
		}
		if op == tPercent {
			return Int(r), true, nil
		}
		return Int(q), true, nil
	case tAmp:
		return Int(x & y), true, nil
	case tPipe:
		return Int(x | y), true, nil
	case tCaret:
		return Int(x ^ y), true, nil
	case tShl:
		if y >= 0 && y < 63 && magnitude(x)>>(63-y) == 0 {
			return Int(x << y), true, nil
		}
	case tShr:
		if y >= 0 {
			return Int(x >> min(uint64(y), 63)), true, nil
		}
	}
	return nil, false, nil
}

func zeroDivision(op kind) error {
	if op == tPercent {
		return Raise(ZeroDivisionError, "integer modulo by zero")
	}
	return Raise(ZeroDivisionError, "integer division or modulo by zero")
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

func floatArithmetic(op kind, x, y float64) (Value, error) {
	switch op {
	case tPlus:
		return Float(x + y), nil
	case tMinus:
		return Float(x - y), nil
	case tStar:
		return Float(x * y), nil
	case tSlash:
		if y == 0 {
			return nil, Raise(ZeroDivisionError, "float division by zero")
		}
		return Float(x / y), nil
	case tDoubleSlash, tPercent:
		if y == 0 {
			if op == tPercent {
				return nil, Raise(ZeroDivisionError, "float modulo")
			}
			return nil, Raise(ZeroDivisionError, "float floor division by zero")
		}
		r := math.Mod(x, y)
		q := (x - r) / y
		if r != 0 && (r < 0) != (y < 0) {
			r, q = r+y, q-1
		} else if r == 0 {
			r = math.Copysign(0, y)
		}
		if op == tPercent {
			return Float(r), nil
		}
		return Float(roundedQuotient(q, x, y)), nil
	case tDoubleStar:
		if x == 0 && y < 0 {
			return nil, Raise(ZeroDivisionError, "0.0 cannot be raised to a negative power")
		}
		if x < 0 && y != math.Trunc(y) && !math.IsInf(y, 0) {
			return nil, ValueErrorf("negative number cannot be raised to a fractional power")
		}
		z := math.Pow(x, y)
		if math.IsInf(z, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
			return nil, Raise(OverflowError, "Numerical result out of range")
		}
		return Float(z), nil
	}
	return NotImplemented, nil
}

// roundedQuotient corrects a quotient that is not quite whole.
func roundedQuotient(q, x, y float64) float64 {
	if q == 0 {
		return math.Copysign(0, x/y)
	}
	f := math.Floor(q)
	if q-f > 0.5 {
		f++
	}
	return f
}

func (in *Interp) bigArithmetic(op kind, x, y *big.Int) (Value, error) {
	size := x.BitLen() + y.BitLen()
	if err := in.Alloc(size / 4); err != nil {
		return nil, err
	}
	if size > maxBits {
		return nil, Raise(OverflowError, "the number is too large")
	}
	if err := in.Work(size / 64 * (size / 4096)); err != nil {
		return nil, err
	}
	z := new(big.Int)
	switch op {
	case tPlus:
		return normalize(z.Add(x, y)), nil
	case tMinus:
		return normalize(z.Sub(x, y)), nil
	case tStar:
		return normalize(z.Mul(x, y)), nil
	case tSlash:
		return bigQuotient(x, y)
	case tDoubleSlash, tPercent:
		if y.Sign() == 0 {
			return nil, zeroDivision(op)
		}
		r := new(big.Int)
		z.QuoRem(x, y, r)
		if r.Sign() != 0 && r.Sign() != y.Sign() {
			z.Sub(z, big.NewInt(1))
			r.Add(r, y)
		}
		if op == tPercent {
			return normalize(r), nil
		}
		return normalize(z), nil
	case tDoubleStar:
		return in.power(x, y)
	case tAmp:
		return normalize(z.And(x, y)), nil
	case tPipe:
		return normalize(z.Or(x, y)), nil
	case tCaret:
		return normalize(z.Xor(x, y)), nil
	case tShl, tShr:
		return in.shift(op, x, y)
	}
	return NotImplemented, nil
}

func bigQuotient(x, y *big.Int) (Value, error) {
	if y.Sign() == 0 {
		return nil, Raise(ZeroDivisionError, "division by zero")
	}
	f, _ := new(big.Rat).SetFrac(x, y).Float64()
	if math.IsInf(f, 0) {
		return nil, Raise(OverflowError, "integer division result too large for a float")
	}
	return Float(f), nil
}

func (in *Interp) power(x, y *big.Int) (Value, error) {
	if y.Sign() < 0 {
		a, _ := new(big.Float).SetInt(x).Float64()
		b, _ := new(big.Float).SetInt(y).Float64()
		return floatArithmetic(tDoubleStar, a, b)
	}
	if x.BitLen() <= 1 { // 0, 1, -1
		return normalize(new(big.Int).Mul(powerSign(x, y), absPower(x, y))), nil
	}
	if !y.IsInt64() || y.Int64() > maxBits || int64(x.BitLen())*y.Int64() > maxBits {
		return nil, Raise(OverflowError, "the number is too large")
	}
	size := x.BitLen() * int(y.Int64())
	if err := in.Work(size / 64 * (size / 4096)); err != nil {
		return nil, err
	}
	return normalize(new(big.Int).Exp(x, y, nil)), in.Alloc(size / 8)
}

// powerSign and absPower give 0, 1 or -1 to any power.
func powerSign(x, y *big.Int) *big.Int {
	if x.Sign() < 0 && y.Bit(0) == 1 {
		return big.NewInt(-1)
	}
	return big.NewInt(1)
}

func absPower(x, y *big.Int) *big.Int {
	if x.Sign() == 0 && y.Sign() != 0 {
		return big.NewInt(0)
	}
	return big.NewInt(1)
}

func (in *Interp) shift(op kind, x, y *big.Int) (Value, error) {
	if y.Sign() < 0 {
		return nil, ValueErrorf("negative shift count")
	}
	if op == tShr {
		if !y.IsInt64() || y.Int64() > maxBits {
			return Int(min(x.Sign(), 0)), nil
		}
		return normalize(new(big.Int).Rsh(x, uint(y.Int64()))), nil
	}
	if x.Sign() == 0 {
		return Int(0), nil
	}
	if !y.IsInt64() || y.Int64()+int64(x.BitLen()) > maxBits {
		return nil, Raise(OverflowError, "the number is too large")
	}
	return normalize(new(big.Int).Lsh(x, uint(y.Int64()))), in.Alloc(int(y.Int64()) / 8)
}

// unary computes -v, +v and ~v.
func (in *Interp) unary(op kind, v Value) (Value, error) {
	switch x := v.(type) {
	case Float:
		switch op {
		case tMinus:
			return -x, nil
		case tPlus:
			return x, nil
		}
	case *Instance:
		name := map[kind]string{tMinus: "__neg__", tPlus: "__pos__", tTilde: "__invert__"}[op]
		if hook := in.special(x, name); hook != nil {
			return in.call(in.top, hook, nil, nil)
		}
		if x.native != nil {
			return in.unary(op, x.native)
		}
	}
	if n := toBig(v); n != nil {
		switch op {
		case tMinus:
			return normalize(new(big.Int).Neg(n)), nil
		case tPlus:
			return normalize(n), nil
		}
		return normalize(new(big.Int).Not(n)), nil
	}
	sign := map[kind]string{tMinus: "-", tPlus: "+", tTilde: "~"}[op]
	return nil, TypeErrorf("bad operand type for unary %s: '%s'", sign, typeName(v))
}

// parseInt reads an integer as int(text, base) does.
func parseInt(text string, base int) (Value, error) {
	bad := ValueErrorf("invalid literal for int() with base %d: %s", base, repr(Str(text)))
	s := strings.TrimSpace(text)
	sign := ""
	if s != "" && (s[0] == '+' || s[0] == '-') {
		sign, s = s[:1], s[1:]
	}
	if len(s) > 1 && s[0] == '0' {
		prefix := map[byte]int{'x': 16, 'o': 8, 'b': 2}[s[1]|0x20]
		if prefix != 0 && (base == prefix || base == 0) {
			s, base = strings.TrimPrefix(s[2:], "_"), prefix
		} else if base == 0 && strings.Trim(s, "0_") != "" {
			return nil, bad
		}
	}
	if base == 0 {
		base = 10
	}
	if s == "" || s[0] == '_' || s[len(s)-1] == '_' || strings.Contains(s, "__") {
		return nil, bad
	}
	s = strings.ReplaceAll(s, "_", "")
	if s == "" || s[0] == '+' || s[0] == '-' {
		return nil, bad
	}
	if i, err := strconv.ParseInt(sign+s, base, 64); err == nil {
		return Int(i), nil
	}
	if len(s) > maxDigits {
		return nil, ValueErrorf("Exceeds the limit (%d digits) for integer string conversion: value has %d digits", maxDigits, len(s))
	}
	n, ok := new(big.Int).SetString(sign+s, base)
	if !ok {
		return nil, bad
	}
	return normalize(n), nil
}

// parseFloat reads a float as float(text) does.
func parseFloat(text string) (Value, error) {
	s := strings.ToLower(strings.TrimSpace(text))
	bare := strings.TrimLeft(s, "+-")
	hex := strings.ContainsAny(s, "xp")
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	if hex || strings.HasPrefix(bare, "_") || strings.HasSuffix(s, "_") || err != nil && !math.IsInf(f, 0) {
		return nil, ValueErrorf("could not convert string to float: %s", repr(Str(text)))
	}
	return Float(f), nil
}
