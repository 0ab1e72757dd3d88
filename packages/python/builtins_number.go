package python

import (
	"math"
	"math/big"
	"strconv"
	"unicode/utf8"
)

var numberBuiltins = map[string]func(*Call) (Value, error){
	"abs":   absBuiltin,
	"round": roundBuiltin,
	"divmod": func(c *Call) (Value, error) {
		a, err := c.Bind("x", "y", "/")
		if err != nil {
			return nil, err
		}
		q, err := c.In.binary(tDoubleSlash, a[0], a[1])
		if err != nil {
			return nil, err
		}
		r, err := c.In.binary(tPercent, a[0], a[1])
		return Tuple{q, r}, err
	},
	"pow": func(c *Call) (Value, error) {
		a, err := c.Bind("base", "exp", "mod=")
		if err != nil {
			return nil, err
		}
		if a[2] == nil || a[2] == None {
			return c.In.binary(tDoubleStar, a[0], a[1])
		}
		x, y, m := toBig(a[0]), toBig(a[1]), toBig(a[2])
		if x == nil || y == nil || m == nil {
			return nil, TypeErrorf("pow() 3rd argument not allowed unless all arguments are integers")
		}
		if m.Sign() <= 0 || y.Sign() < 0 || m.BitLen() > 4096 || y.BitLen() > 4096 {
			return nil, ValueErrorf("pow() wants a positive modulus and an exponent that is not negative, of 4096 bits at most")
		}
		return normalize(new(big.Int).Exp(new(big.Int).Mod(x, m), y, m)), c.In.Work(m.BitLen() * y.BitLen() / 64)
	},
	"bin": func(c *Call) (Value, error) { return inBase(c, 'b') },
	"oct": func(c *Call) (Value, error) { return inBase(c, 'o') },
	"hex": func(c *Call) (Value, error) { return inBase(c, 'x') },
	"chr": func(c *Call) (Value, error) {
		a, err := c.Bind("i", "/")
		if err != nil {
			return nil, err
		}
		n, err := c.In.integer(a[0])
		if err != nil {
			return nil, err
		}
		if n < 0 || n > utf8.MaxRune {
			return nil, ValueErrorf("chr() arg not in range(0x110000)")
		}
		if !utf8.ValidRune(rune(n)) {
			return nil, ValueErrorf("chr() of a surrogate is not supported")
		}
		return Str(string(rune(n))), nil
	},
	"ord": func(c *Call) (Value, error) {
		a, err := c.Bind("c", "/")
		if err != nil {
			return nil, err
		}
		switch s := a[0].(type) {
		case Str:
			if r, size := utf8.DecodeRuneInString(string(s)); size > 0 && size == len(s) {
				return Int(r), nil
			}
			return nil, TypeErrorf("ord() expected a character, but string of length %d found", runeCount(string(s)))
		case Bytes:
			if len(s) == 1 {
				return Int(s[0]), nil
			}
		}
		return nil, TypeErrorf("ord() expected string of length 1, but %s found", typeName(a[0]))
	},
}

func absBuiltin(c *Call) (Value, error) {
	a, err := c.Bind("x", "/")
	if err != nil {
		return nil, err
	}
	if hook := c.In.special(a[0], "__abs__"); hook != nil {
		return c.In.call(c.caller, hook, nil, nil)
	}
	x := unwrap(a[0])
	if f, ok := x.(Float); ok {
		return Float(math.Abs(float64(f))), nil
	}
	if n := toBig(x); n != nil {
		return normalize(new(big.Int).Abs(n)), nil
	}
	return nil, TypeErrorf("bad operand type for abs(): '%s'", typeName(a[0]))
}

// roundBuiltin rounds halves to even, of the number's exact value.
func roundBuiltin(c *Call) (Value, error) {
	a, err := c.Bind("number", "ndigits=")
	if err != nil {
		return nil, err
	}
	digits := int64(0)
	given := a[1] != nil && a[1] != None
	if given {
		if digits, err = c.In.integer(a[1]); err != nil {
			return nil, err
		}
	}
	x := unwrap(a[0])
	if f, ok := x.(Float); ok {
		if !given {
			return truncate(math.RoundToEven(float64(f)))
		}
		return roundFloat(float64(f), digits), nil
	}
	n := toBig(x)
	if n == nil {
		return nil, TypeErrorf("type %s doesn't define __round__ method", typeName(a[0]))
	}
	if digits >= 0 {
		return normalize(n), nil
	}
	if digits < -1000 {
		return Int(0), nil
	}
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(-digits), nil)
	q, r := new(big.Int).DivMod(n, unit, new(big.Int))
	switch twice := new(big.Int).Lsh(r, 1).Cmp(unit); {
	case twice > 0 || twice == 0 && q.Bit(0) == 1:
		q.Add(q, big.NewInt(1))
	}
	return normalize(q.Mul(q, unit)), nil
}

func roundFloat(f float64, digits int64) Value {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0) || digits > 300:
		return Float(f)
	case digits < -310:
		return Float(math.Copysign(0, f))
	case digits >= 0:
		r, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'f', int(digits), 64), 64)
		return Float(r)
	}
	unit := math.Pow(10, float64(-digits))
	return Float(math.RoundToEven(f/unit) * unit)
}

func inBase(c *Call, typ byte) (Value, error) {
	a, err := c.Bind("number", "/")
	if err != nil {
		return nil, err
	}
	n := toBig(unwrap(a[0]))
	if n == nil {
		i, err := c.In.integer(a[0])
		if err != nil {
			return nil, err
		}
		n = big.NewInt(i)
	}
	text, err := c.In.formatInt(formatSpec{fill: " ", precision: -1, alt: true, typ: typ}, n, "int")
	return Str(text), err
}
