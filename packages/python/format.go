package python

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxWidth is the largest width or precision in a format.
const maxWidth = 1 << 20

// formatSpec is [[fill]align][sign][#][0][width][grouping][.precision][type].
type formatSpec struct {
	fill      string
	align     byte // 0 when it is not given
	sign      byte
	alt, zero bool
	width     int
	group     byte
	precision int // -1 when it is not given
	typ       byte
}

func parseFormatSpec(s string) (formatSpec, error) {
	spec := formatSpec{fill: " ", precision: -1}
	whole := s
	if _, size := utf8.DecodeRuneInString(s); size < len(s) && strings.IndexByte("<>=^", s[size]) >= 0 {
		spec.fill, spec.align, s = s[:size], s[size], s[size+1:]
	} else if s != "" && strings.IndexByte("<>=^", s[0]) >= 0 {
		spec.align, s = s[0], s[1:]
	}
	if s != "" && strings.IndexByte("+- ", s[0]) >= 0 {
		spec.sign, s = s[0], s[1:]
	}
	if s != "" && s[0] == '#' {
		spec.alt, s = true, s[1:]
	}
	if s != "" && s[0] == '0' {
		spec.zero, s = true, s[1:]
		if spec.align == 0 {
			spec.fill, spec.align = "0", '='
		}
	}
	var err error
	if spec.width, s, err = formatNumber(s, 0); err != nil {
		return spec, err
	}
	if s != "" && (s[0] == ',' || s[0] == '_') {
		spec.group, s = s[0], s[1:]
	}
	if s != "" && s[0] == '.' {
		if spec.precision, s, err = formatNumber(s[1:], -1); err != nil {
			return spec, err
		}
		if spec.precision < 0 {
			return spec, ValueErrorf("Format specifier missing precision")
		}
	}
	if len(s) > 1 {
		return spec, ValueErrorf("Invalid format specifier '%s'", whole)
	}
	if s != "" {
		spec.typ = s[0]
	}
	return spec, nil
}

func formatNumber(s string, missing int) (int, string, error) {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n == 0 {
		return missing, s, nil
	}
	v, err := strconv.Atoi(s[:n])
	if err != nil || v > maxWidth {
		return 0, s, ValueErrorf("Too many decimal digits in format string")
	}
	return v, s[n:], nil
}

// format is format(v, spec).
func (in *Interp) format(v Value, spec string) (string, error) {
	if i, ok := v.(*Instance); ok {
		if hook, owner := in.lookup(i.class, "__format__"); hook != nil && owner.Module != "" {
			x, err := in.call(in.top, in.bind(hook, i, i.class), []Value{Str(spec)}, nil)
			if err != nil {
				return "", err
			}
			if s, ok := x.(Str); ok {
				return string(s), nil
			}
			return "", TypeErrorf("__format__ must return a str, not %s", typeName(x))
		}
	}
	if spec == "" {
		return in.str(v)
	}
	fs, err := parseFormatSpec(spec)
	if err != nil {
		return "", err
	}
	if err := in.Alloc(fs.width + max(fs.precision, 0)); err != nil {
		return "", err
	}
	if err := in.Work(fs.precision); err != nil {
		return "", err
	}
	switch x := unwrap(v).(type) {
	case Str:
		return formatStr(fs, string(x))
	case Bool:
		if fs.typ == 0 {
			text, err := in.str(v)
			if err != nil {
				return "", err
			}
			return formatStr(fs, text)
		}
		return in.formatInt(fs, big.NewInt(boolInt(x)), "bool")
	case Int:
		return in.formatInt(fs, big.NewInt(int64(x)), "int")
	case *BigInt:
		return in.formatInt(fs, x.N, "int")
	case Float:
		return formatFloatSpec(fs, float64(x), "float")
	}
	return "", TypeErrorf("unsupported format string passed to %s.__format__", typeName(v))
}

func badCode(fs formatSpec, typ string) error {
	return ValueErrorf("Unknown format code '%c' for object of type '%s'", fs.typ, typ)
}

func formatStr(fs formatSpec, s string) (string, error) {
	switch {
	case fs.typ != 0 && fs.typ != 's':
		return "", badCode(fs, "str")
	case fs.sign != 0:
		return "", ValueErrorf("Sign not allowed in string format specifier")
	case fs.alt:
		return "", ValueErrorf("Alternate form (#) not allowed in string format specifier")
	case fs.group != 0:
		return "", ValueErrorf("Cannot specify '%c' with 's'.", fs.group)
	case fs.align == '=' && !fs.zero:
		return "", ValueErrorf("'=' alignment not allowed in string format specifier")
	}
	if fs.precision >= 0 {
		s = firstRunes(s, fs.precision)
	}
	if fs.align == 0 || fs.align == '=' {
		fs.align = '<'
	}
	return pad(fs, "", s), nil
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// pad fills up to the width; sign stays in front of the filling for '='.
func pad(fs formatSpec, sign, body string) string {
	missing := fs.width - runeCount(sign) - runeCount(body)
	if missing <= 0 {
		return sign + body
	}
	fill := func(n int) string { return strings.Repeat(fs.fill, n) }
	switch fs.align {
	case '<':
		return sign + body + fill(missing)
	case '^':
		return fill(missing/2) + sign + body + fill(missing-missing/2)
	case '=':
		return sign + fill(missing) + body
	}
	return fill(missing) + sign + body
}

func (fs formatSpec) signOf(negative bool) string {
	switch {
	case negative:
		return "-"
	case fs.sign == '+' || fs.sign == ' ':
		return string(fs.sign)
	}
	return ""
}

func (in *Interp) formatInt(fs formatSpec, n *big.Int, typ string) (string, error) {
	base, prefix := 10, ""
	switch fs.typ {
	case 0, 'd', 'n':
	case 'b':
		base, prefix = 2, "0b"
	case 'o':
		base, prefix = 8, "0o"
	case 'x':
		base, prefix = 16, "0x"
	case 'X':
		base, prefix = 16, "0X"
	case 'c':
		if !n.IsInt64() || n.Int64() < 0 || n.Int64() > utf8.MaxRune {
			return "", Raise(OverflowError, "%%c arg not in range(0x110000)")
		}
		if fs.align == 0 {
			fs.align = '<'
		}
		return pad(fs, "", string(rune(n.Int64()))), nil
	case 'e', 'E', 'f', 'F', 'g', 'G', '%':
		f, _ := new(big.Float).SetInt(n).Float64()
		return formatFloatSpec(fs, f, typ)
	default:
		return "", badCode(fs, typ)
	}
	if fs.precision >= 0 {
		return "", ValueErrorf("Precision not allowed in integer format specifier")
	}
	if base == 10 && n.BitLen() > maxDigits*4 {
		return "", ValueErrorf("Exceeds the limit (%d digits) for integer string conversion", maxDigits)
	}
	digits := new(big.Int).Abs(n).Text(base)
	if fs.typ == 'X' {
		digits = strings.ToUpper(digits)
	}
	if !fs.alt {
		prefix = ""
	}
	every := 3
	if base != 10 {
		every = 4
	}
	return fs.number(fs.signOf(n.Sign() < 0)+prefix, digits, "", every), nil
}

// number groups the digits, zero padding included, and fills up to the width.
func (fs formatSpec) number(sign, digits, rest string, every int) string {
	if fs.group != 0 {
		if fs.zero && fs.align == '=' {
			for groupedLen(len(digits), every)+len(sign)+len(rest) < fs.width {
				digits = "0" + digits
			}
		}
		digits = groupDigits(digits, string(fs.group), every)
	}
	if fs.align == 0 {
		fs.align = '>'
	}
	return pad(fs, sign, digits+rest)
}

func groupedLen(n, every int) int { return n + (n-1)/every }

func groupDigits(digits, sep string, every int) string {
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%every == 0 {
			b.WriteString(sep)
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

func formatFloatSpec(fs formatSpec, f float64, typ string) (string, error) {
	negative := math.Signbit(f) && !math.IsNaN(f)
	abs := math.Abs(f)
	var text string
	switch fs.typ {
	case 0:
		text = floatDefault(fs, abs)
	case 'e', 'E', 'f', 'F', 'g', 'G', 'n':
		text = floatText(abs, fs.typ, fs.precision, fs.alt)
	case '%':
		text = floatText(abs*100, 'f', fs.precision, fs.alt) + "%"
	default:
		return "", badCode(fs, typ)
	}
	end := 0
	for end < len(text) && isDigit(text[end]) {
		end++
	}
	return fs.number(fs.signOf(negative), text[:end], text[end:], 3), nil
}

// floatDefault is what no type means: as repr, or as g with at least one digit behind the point.
func floatDefault(fs formatSpec, abs float64) string {
	if fs.precision < 0 {
		return formatFloat(abs)
	}
	text := floatText(abs, 'g', fs.precision, false)
	if !strings.ContainsAny(text, ".en") {
		text += ".0"
	}
	return text
}

// floatText formats a number that is not negative, by one of e f g and their capitals.
func floatText(abs float64, typ byte, precision int, alt bool) string {
	upper := typ >= 'A' && typ <= 'Z'
	lower := typ | 0x20
	if precision < 0 {
		precision = 6
	}
	var text string
	switch {
	case math.IsInf(abs, 0):
		text = "inf"
	case math.IsNaN(abs):
		text = "nan"
	case lower == 'g' || lower == 'n':
		text = generalFloat(abs, max(precision, 1), alt)
	default:
		text = strconv.FormatFloat(abs, lower, precision, 64)
		if alt && precision == 0 {
			text += "."
		}
	}
	if upper {
		text = strings.ToUpper(text)
	}
	return text
}

// generalFloat is C's %g, which Go's differs from in when it takes an exponent.
func generalFloat(abs float64, precision int, alt bool) string {
	exponential := strconv.FormatFloat(abs, 'e', precision-1, 64)
	mantissa, exp, _ := strings.Cut(exponential, "e")
	x, _ := strconv.Atoi(exp)
	if x < -4 || x >= precision {
		if !alt && strings.Contains(mantissa, ".") {
			mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
		}
		return mantissa + "e" + exp
	}
	text := strconv.FormatFloat(abs, 'f', precision-1-x, 64)
	if !alt && strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// convert applies !s, !r or !a.
func (in *Interp) convert(v Value, conversion byte) (Value, error) {
	switch conversion {
	case 's':
		s, err := in.str(v)
		return Str(s), err
	case 'r', 'a':
		s, err := in.repr(v)
		if conversion == 'a' {
			s = ascii(s)
		}
		return Str(s), err
	}
	return v, nil
}
