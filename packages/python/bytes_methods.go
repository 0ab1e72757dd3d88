package python

import (
	"encoding/hex"
	"math/big"
	"strings"
	"unicode/utf8"
)

var bytesMethods methodTable

// bytesAsStr makes a method of bytes out of the method of str. Bytes are taken for the characters of the same number, so
// that no byte sequence is invalid, and results are taken back.
func bytesAsStr(name string) func(*Call) (Value, error) {
	return func(c *Call) (Value, error) {
		inner := *c
		inner.Args = make([]Value, len(c.Args))
		for i, a := range c.Args {
			v, err := toLatin(c, a)
			if err != nil {
				return nil, err
			}
			inner.Args[i] = v
		}
		v, err := strMethods[name](&inner)
		if err != nil {
			return nil, err
		}
		return fromLatin(v), nil
	}
}

func toLatin(c *Call, v Value) (Value, error) {
	switch v := v.(type) {
	case Bytes:
		if isASCII(string(v)) {
			return Str(v), nil
		}
		runes := make([]rune, len(v))
		for i := range len(v) {
			runes[i] = rune(v[i])
		}
		return Str(runes), c.In.Alloc(2 * len(v))
	case Str:
		return nil, TypeErrorf("a bytes-like object is required, not 'str'")
	case Tuple:
		out := make(Tuple, len(v))
		for i, x := range v {
			if b, ok := x.(Bytes); ok {
				y, err := toLatin(c, b)
				if err != nil {
					return nil, err
				}
				out[i] = y
			} else {
				out[i] = x
			}
		}
		return out, nil
	case *List:
		out, err := toLatin(c, Tuple(v.items))
		return out, err
	}
	return v, nil
}

func fromLatin(v Value) Value {
	switch v := v.(type) {
	case Str:
		var b strings.Builder
		for _, r := range string(v) {
			b.WriteByte(byte(r))
		}
		return Bytes(b.String())
	case Tuple:
		for i, x := range v {
			v[i] = fromLatin(x)
		}
	case *List:
		for i, x := range v.items {
			v.items[i] = fromLatin(x)
		}
	}
	return v
}

func init() {
	bytesMethods = methodTable{
		"decode": bytesDecode,
		"hex": func(c *Call) (Value, error) {
			b, ok := unwrap(c.Args[0]).(Bytes)
			if !ok {
				return nil, TypeErrorf("descriptor 'hex' requires bytes")
			}
			return Str(hex.EncodeToString([]byte(b))), c.In.Alloc(2 * len(b))
		},
	}
	for _, name := range []string{
		"split", "rsplit", "splitlines", "partition", "rpartition", "join", "replace", "strip", "lstrip", "rstrip", "startswith",
		"endswith", "removeprefix", "removesuffix", "find", "rfind", "index", "rindex", "count", "ljust", "rjust", "center", "zfill",
		"lower", "upper", "isdigit", "isalpha", "isspace", "title", "capitalize",
	} {
		bytesMethods[name] = bytesAsStr(name)
	}
}

func bytesDecode(c *Call) (Value, error) {
	a, err := c.Bind("self", "encoding=", "errors=")
	if err != nil {
		return nil, err
	}
	b, ok := unwrap(a[0]).(Bytes)
	if !ok {
		return nil, TypeErrorf("descriptor 'decode' requires bytes")
	}
	encoding := Str("utf-8")
	if s, ok := a[1].(Str); ok {
		encoding = s
	}
	if err := c.In.Alloc(2 * len(b)); err != nil {
		return nil, err
	}
	switch strings.ReplaceAll(strings.ToLower(string(encoding)), "_", "-") {
	case "utf-8", "utf8":
		return decodeText(b, a[2], utf8.ValidString(string(b)), "utf-8")
	case "ascii", "us-ascii":
		return decodeText(b, a[2], isASCII(string(b)), "ascii")
	case "latin-1", "latin1", "iso-8859-1":
		return toLatin(c, b)
	}
	return nil, Raise(LookupError, "unknown encoding: %s", string(encoding))
}

func decodeText(b Bytes, errors Value, valid bool, encoding string) (Value, error) {
	if valid {
		return Str(b), nil
	}
	replacement := ""
	switch errors {
	case Value(Str("ignore")):
	case Value(Str("replace")):
		replacement = "\ufffd"
	default:
		return nil, Raise(UnicodeDecodeError, "'%s' codec can't decode the bytes", encoding)
	}
	if encoding == "utf-8" {
		return Str(strings.ToValidUTF8(string(b), replacement)), nil
	}
	var out strings.Builder
	for i := range len(b) {
		if b[i] < utf8.RuneSelf {
			out.WriteByte(b[i])
		} else {
			out.WriteString(replacement)
		}
	}
	return Str(out.String()), nil
}

func constructBytes(_ *Class, c *Call) (Value, error) {
	a, err := c.Bind("source=", "encoding=", "errors=")
	if err != nil {
		return nil, err
	}
	switch x := unwrap(orNone(a[0])).(type) {
	case NoneType:
		if a[0] == nil {
			return Bytes(""), nil
		}
	case Bytes:
		return x, nil
	case Str:
		if a[1] == nil {
			return nil, TypeErrorf("string argument without an encoding")
		}
		return strEncode(&Call{In: c.In, Name: "encode", Args: []Value{x, a[1]}, caller: c.caller, pos: c.pos})
	case Int:
		if x < 0 {
			return nil, ValueErrorf("negative count")
		}
		if err := c.In.Alloc(int(min(x, 1<<40))); err != nil {
			return nil, err
		}
		return Bytes(make([]byte, x)), nil
	}
	var out []byte
	err = c.In.each(orNone(a[0]), func(v Value) error {
		n, err := c.In.integer(v)
		if err != nil {
			return err
		}
		if n < 0 || n > 255 {
			return ValueErrorf("bytes must be in range(0, 256)")
		}
		out = append(out, byte(n))
		return c.In.Alloc(1)
	})
	return Bytes(out), err
}

var intMethods = methodTable{
	"bit_length": func(c *Call) (Value, error) {
		n := toBig(unwrap(c.Args[0]))
		if n == nil {
			return nil, TypeErrorf("descriptor 'bit_length' requires an int")
		}
		return Int(n.BitLen()), nil
	},
	"to_bytes": func(c *Call) (Value, error) {
		a, err := c.Bind("self", "length=", "byteorder=")
		if err != nil {
			return nil, err
		}
		n, size := toBig(unwrap(a[0])), Int(1)
		if s, ok := a[1].(Int); ok {
			size = s
		}
		if n == nil || n.Sign() < 0 || size < 0 || n.BitLen() > int(min(size, maxBits))*8 {
			return nil, Raise(OverflowError, "int too big to convert")
		}
		if err := c.In.Alloc(int(size)); err != nil {
			return nil, err
		}
		out := n.FillBytes(make([]byte, size))
		if a[2] == Value(Str("little")) {
			for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
				out[i], out[j] = out[j], out[i]
			}
		}
		return Bytes(out), nil
	},
}

var floatMethods = methodTable{
	"is_integer": func(c *Call) (Value, error) {
		f, ok := unwrap(c.Args[0]).(Float)
		if !ok {
			return nil, TypeErrorf("descriptor 'is_integer' requires a float")
		}
		n, acc := big.NewFloat(float64(f)).Int(nil)
		return Bool(n != nil && acc == big.Exact), nil
	},
}
