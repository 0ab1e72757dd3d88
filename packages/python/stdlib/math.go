package stdlib

import (
	"math"
	"math/big"

	"github.com/berth-hpc/berth/packages/python"
)

// numberOf gives a number as a float.
func numberOf(v python.Value) (float64, error) {
	switch n := python.Unwrap(v).(type) {
	case python.Int:
		return float64(n), nil
	case python.Float:
		return float64(n), nil
	case python.Bool:
		if n {
			return 1, nil
		}
		return 0, nil
	case *python.BigInt:
		f, _ := new(big.Float).SetInt(n.N).Float64()
		return f, nil
	}
	return 0, python.TypeErrorf("must be real number, not %s", v.Type())
}

func mathModule() *python.Module {
	functions := map[string]function{}
	for name, f := range map[string]func(float64) float64{
		"sqrt": math.Sqrt, "exp": math.Exp, "log2": math.Log2, "log10": math.Log10, "sin": math.Sin, "cos": math.Cos, "tan": math.Tan,
		"asin": math.Asin, "acos": math.Acos, "atan": math.Atan, "fabs": math.Abs, "log1p": math.Log1p, "expm1": math.Expm1,
	} {
		functions[name] = func(c *python.Call) (python.Value, error) {
			a, err := c.Bind("x")
			if err != nil {
				return nil, err
			}
			x, err := numberOf(a[0])
			if err != nil {
				return nil, err
			}
			y := f(x)
			if math.IsNaN(y) && !math.IsNaN(x) || math.IsInf(y, 0) && !math.IsInf(x, 0) {
				return nil, python.ValueErrorf("math domain error")
			}
			return python.Float(y), nil
		}
	}
	for name, f := range map[string]func(float64) float64{"floor": math.Floor, "ceil": math.Ceil, "trunc": math.Trunc} {
		functions[name] = func(c *python.Call) (python.Value, error) { return whole(c, f) }
	}
	for name, f := range map[string]func(float64) bool{
		"isnan":    math.IsNaN,
		"isinf":    func(x float64) bool { return math.IsInf(x, 0) },
		"isfinite": func(x float64) bool { return !math.IsInf(x, 0) && !math.IsNaN(x) },
	} {
		functions[name] = func(c *python.Call) (python.Value, error) {
			a, err := c.Bind("x")
			if err != nil {
				return nil, err
			}
			x, err := numberOf(a[0])
			return python.Bool(f(x)), err
		}
	}
	functions["log"], functions["gcd"], functions["pow"] = mathLog, mathGCD, mathPow
	return newModule("math", functions, map[string]python.Value{
		"pi": python.Float(math.Pi), "e": python.Float(math.E), "inf": python.Float(math.Inf(1)), "nan": python.Float(math.NaN()),
	})
}

func whole(c *python.Call, f func(float64) float64) (python.Value, error) {
	a, err := c.Bind("x")
	if err != nil {
		return nil, err
	}
	switch n := a[0].(type) {
	case python.Int, *python.BigInt:
		return n, nil
	}
	x, err := numberOf(a[0])
	if err != nil {
		return nil, err
	}
	return c.Sub(python.BuiltinClass("int"), []python.Value{python.Float(f(x))})
}

func mathLog(c *python.Call) (python.Value, error) {
	a, err := c.Bind("x", "base=")
	if err != nil {
		return nil, err
	}
	x, err := numberOf(a[0])
	if err != nil {
		return nil, err
	}
	y := math.Log(x)
	if a[1] != nil {
		base, err := numberOf(a[1])
		if err != nil {
			return nil, err
		}
		y /= math.Log(base)
	}
	if math.IsNaN(y) || math.IsInf(y, 0) {
		return nil, python.ValueErrorf("math domain error")
	}
	return python.Float(y), nil
}

func mathPow(c *python.Call) (python.Value, error) {
	a, err := c.Bind("x", "y")
	if err != nil {
		return nil, err
	}
	x, err := numberOf(a[0])
	if err != nil {
		return nil, err
	}
	y, err := numberOf(a[1])
	if err != nil {
		return nil, err
	}
	return python.Float(math.Pow(x, y)), nil
}

func mathGCD(c *python.Call) (python.Value, error) {
	g := int64(0)
	for _, v := range c.Args {
		n, err := c.In.Integer(v)
		if err != nil {
			return nil, err
		}
		for n != 0 {
			g, n = n, g%n
		}
	}
	return python.Int(max(g, -g)), nil
}
