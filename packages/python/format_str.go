package python

import (
	"strconv"
	"strings"
)

// formatter does str.format.
type formatter struct {
	in     *Interp
	args   []Value
	kwarg  func(name string) (Value, error)
	next   int // of the automatic numbers; -1 once a number was given
	manual bool
}

// formatText replaces the fields of a template; level counts the nesting of fields in specs.
func (f *formatter) text(s string, level int) (string, error) {
	if level > 2 {
		return "", ValueErrorf("Max string recursion exceeded")
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		j := strings.IndexAny(s[i:], "{}")
		if j < 0 {
			b.WriteString(s[i:])
			break
		}
		b.WriteString(s[i : i+j])
		i += j
		if i+1 < len(s) && s[i+1] == s[i] {
			b.WriteByte(s[i])
			i += 2
			continue
		}
		if s[i] == '}' {
			return "", ValueErrorf("Single '}' encountered in format string")
		}
		end, err := fieldEnd(s, i+1)
		if err != nil {
			return "", err
		}
		text, err := f.field(s[i+1:end], level)
		if err != nil {
			return "", err
		}
		if err := f.in.Alloc(len(text)); err != nil {
			return "", err
		}
		b.WriteString(text)
		i = end + 1
	}
	return b.String(), f.in.Alloc(len(s))
}

// fieldEnd finds the '}' of the field that begins at i.
func fieldEnd(s string, i int) (int, error) {
	depth, bracket := 1, false
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c == '[' && depth == 1:
			bracket = true
		case c == ']':
			bracket = false
		case c == '{' && !bracket:
			depth++
		case c == '}' && !bracket:
			if depth--; depth == 0 {
				return i, nil
			}
		}
	}
	if depth == 1 && i > 0 && s[i-1] == '{' {
		return 0, ValueErrorf("Single '{' encountered in format string")
	}
	return 0, ValueErrorf("expected '}' before end of string")
}

// field gives the text of name!conversion:spec.
func (f *formatter) field(s string, level int) (string, error) {
	name, conversion, spec := s, byte(0), ""
	depth := 0
scan:
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '[':
			depth++
		case ']':
			depth--
		case '!', ':':
			if depth > 0 {
				continue
			}
			name = s[:i]
			rest := s[i:]
			if rest[0] == '!' {
				if len(rest) < 2 || len(rest) > 2 && rest[2] != ':' {
					return "", ValueErrorf("expected ':' after conversion specifier")
				}
				conversion, rest = rest[1], rest[2:]
				if strings.IndexByte("sra", conversion) < 0 {
					return "", ValueErrorf("Unknown conversion specifier %c", conversion)
				}
			}
			spec = strings.TrimPrefix(rest, ":")
			break scan
		}
	}
	v, err := f.value(name)
	if err != nil {
		return "", err
	}
	if v, err = f.in.convert(v, conversion); err != nil {
		return "", err
	}
	if strings.ContainsAny(spec, "{}") {
		if spec, err = f.text(spec, level+1); err != nil {
			return "", err
		}
	}
	return f.in.format(v, spec)
}

// value finds what a field's name means: an argument, and attributes and elements of it.
func (f *formatter) value(name string) (Value, error) {
	n := strings.IndexAny(name, ".[")
	if n < 0 {
		n = len(name)
	}
	v, err := f.argument(name[:n])
	if err != nil {
		return nil, err
	}
	for rest := name[n:]; rest != ""; {
		if rest[0] == '[' {
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, ValueErrorf("Missing ']' in format string")
			}
			key := Value(Str(rest[1:end]))
			if i, err := strconv.Atoi(rest[1:end]); err == nil && isDigit(rest[1]) {
				key = Int(i)
			}
			if v, err = f.in.index(v, key); err != nil {
				return nil, err
			}
			rest = rest[end+1:]
			continue
		}
		if rest[0] != '.' {
			return nil, ValueErrorf("Only '.' or '[' may follow ']' in format field specifier")
		}
		rest = rest[1:]
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		if end == 0 {
			return nil, ValueErrorf("Empty attribute in format string")
		}
		if v, err = f.in.getAttr(v, rest[:end]); err != nil {
			return nil, err
		}
		rest = rest[end:]
	}
	return v, nil
}

func (f *formatter) argument(name string) (Value, error) {
	i, err := strconv.Atoi(name)
	switch {
	case name == "":
		if f.manual {
			return nil, ValueErrorf("cannot switch from manual field specification to automatic field numbering")
		}
		i = f.next
		f.next++
	case err != nil || !isDigit(name[0]):
		return f.kwarg(name)
	case f.next > 0:
		return nil, ValueErrorf("cannot switch from automatic field numbering to manual field specification")
	default:
		f.manual = true
	}
	if i >= len(f.args) {
		return nil, IndexErrorf("Replacement index %d out of range for positional args tuple", i)
	}
	return f.args[i], nil
}

// percent does format % args.
func (in *Interp) percent(format string, args Value) (string, error) {
	p := percentFormatter{in: in, all: args, items: []Value{args}}
	if t, ok := args.(Tuple); ok {
		p.items = t
	}
	var b strings.Builder
	for i := 0; i < len(format); {
		j := strings.IndexByte(format[i:], '%')
		if j < 0 {
			b.WriteString(format[i:])
			break
		}
		b.WriteString(format[i : i+j])
		text, n, err := p.one(format[i+j+1:])
		if err != nil {
			return "", err
		}
		if err := in.Alloc(len(text)); err != nil {
			return "", err
		}
		b.WriteString(text)
		i += j + 1 + n
	}
	_, isMap := args.(*Dict)
	if p.used < len(p.items) && !isMap && !p.named {
		return "", TypeErrorf("not all arguments converted during string formatting")
	}
	return b.String(), in.Alloc(len(format))
}

type percentFormatter struct {
	in    *Interp
	all   Value
	items []Value
	used  int
	named bool
}

// one formats what follows a '%'; it gives the length of that.
func (p *percentFormatter) one(s string) (string, int, error) {
	named, i, err := p.key(s)
	if err != nil {
		return "", 0, err
	}
	fs, i, err := p.spec(s, i)
	if err != nil {
		return "", 0, err
	}
	if i >= len(s) {
		return "", 0, ValueErrorf("incomplete format")
	}
	if s[i] == '%' {
		return "%", i + 1, nil
	}
	v := named
	if v == nil {
		if v, err = p.take(); err != nil {
			return "", 0, err
		}
	}
	fs.typ = s[i]
	if err := p.in.Alloc(fs.width + max(fs.precision, 0)); err != nil {
		return "", 0, err
	}
	if err := p.in.Work(fs.precision); err != nil {
		return "", 0, err
	}
	text, err := p.convert(fs, v)
	return text, i + 1, err
}

// key reads the name of a value in parentheses, if there is one: the value, and where the rest begins.
func (p *percentFormatter) key(s string) (Value, int, error) {
	if !strings.HasPrefix(s, "(") {
		return nil, 0, nil
	}
	end := strings.IndexByte(s, ')')
	if end < 0 {
		return nil, 0, ValueErrorf("incomplete format key")
	}
	d, ok := unwrap(p.all).(*Dict)
	if !ok {
		return nil, 0, TypeErrorf("format requires a mapping")
	}
	p.named = true
	v, err := p.in.dictIndex(d, Str(s[1:end]))
	return v, end + 1, err
}

// spec reads flags, width, precision and what C has for sizes; it gives where the letter stands.
func (p *percentFormatter) spec(s string, i int) (fs formatSpec, _ int, err error) {
	fs = formatSpec{fill: " ", precision: -1, align: '>'}
	for ; i < len(s) && strings.IndexByte("#0- +", s[i]) >= 0; i++ {
		switch s[i] {
		case '#':
			fs.alt = true
		case '0':
			fs.zero = true
		case '-':
			fs.align = '<'
		default:
			if fs.sign != '+' {
				fs.sign = s[i]
			}
		}
	}
	if fs.width, i, err = p.size(s, i, 0); err != nil {
		return fs, i, err
	}
	if fs.width < 0 {
		fs.width, fs.align = -fs.width, '<'
	}
	if i < len(s) && s[i] == '.' {
		if fs.precision, i, err = p.size(s, i+1, 0); err != nil {
			return fs, i, err
		}
		fs.precision = max(fs.precision, 0)
	}
	for i < len(s) && strings.IndexByte("hlL", s[i]) >= 0 {
		i++
	}
	return fs, i, nil
}

func (p *percentFormatter) take() (Value, error) {
	if p.used >= len(p.items) {
		return nil, TypeErrorf("not enough arguments for format string")
	}
	p.used++
	return p.items[p.used-1], nil
}

// size reads a width or a precision, which "*" takes from the arguments.
func (p *percentFormatter) size(s string, i, missing int) (int, int, error) {
	if i < len(s) && s[i] == '*' {
		v, err := p.take()
		if err != nil {
			return 0, i, err
		}
		n, ok := smallInt(v)
		if !ok {
			return 0, i, TypeErrorf("* wants int")
		}
		if n > maxWidth || n < -maxWidth {
			return 0, i, ValueErrorf("width too big")
		}
		return int(n), i + 1, nil
	}
	n, rest, err := formatNumber(s[i:], missing)
	if err != nil {
		return 0, i, ValueErrorf("width too big")
	}
	return n, len(s) - len(rest), nil
}

func (p *percentFormatter) convert(fs formatSpec, v Value) (string, error) {
	switch fs.typ {
	case 's', 'r', 'a':
		x, err := p.in.convert(v, fs.typ)
		if err != nil {
			return "", err
		}
		s := string(x.(Str))
		if fs.precision >= 0 {
			s = firstRunes(s, fs.precision)
		}
		return pad(fs, "", s), nil
	case 'c':
		if s, ok := v.(Str); ok {
			if runeCount(string(s)) != 1 {
				return "", TypeErrorf("%%c requires int or char")
			}
			return pad(fs, "", string(s)), nil
		}
		n := toBig(v)
		if n == nil {
			return "", TypeErrorf("%%c requires int or char")
		}
		return p.in.formatInt(fs, n, "int")
	case 'd', 'i', 'u', 'o', 'x', 'X':
		return p.integer(fs, v)
	case 'e', 'E', 'f', 'F', 'g', 'G':
		f, ok := toFloat(unwrap(v))
		if !ok {
			return "", TypeErrorf("must be real number, not %s", typeName(v))
		}
		fs.zeroFill()
		return formatFloatSpec(fs, f, "float")
	}
	return "", ValueErrorf("unsupported format character '%c' (0x%x)", fs.typ, fs.typ)
}

func (fs *formatSpec) zeroFill() {
	if fs.zero && fs.align != '<' {
		fs.fill, fs.align = "0", '='
	}
}

func (p *percentFormatter) integer(fs formatSpec, v Value) (string, error) {
	n := toBig(unwrap(v))
	if f, ok := unwrap(v).(Float); ok && strings.IndexByte("diu", fs.typ) >= 0 {
		whole, err := truncate(float64(f))
		if err != nil {
			return "", err
		}
		n = toBig(whole)
	}
	if n == nil {
		if strings.IndexByte("diu", fs.typ) >= 0 {
			return "", TypeErrorf("%%%c format: a real number is required, not %s", fs.typ, typeName(v))
		}
		return "", TypeErrorf("%%%c format: an integer is required, not %s", fs.typ, typeName(v))
	}
	if fs.typ == 'i' || fs.typ == 'u' {
		fs.typ = 'd'
	}
	fs.zeroFill()
	if fs.precision > 0 {
		fs2 := fs
		fs2.width, fs2.fill, fs2.align, fs2.precision = 0, " ", '>', -1
		body, err := p.in.formatInt(fs2, n, "int")
		if err != nil {
			return "", err
		}
		sign := ""
		if body != "" && !isDigit(body[0]) && !isLetter(body[0]) {
			sign, body = body[:1], body[1:]
		}
		return pad(fs, sign, strings.Repeat("0", max(fs.precision-len(body), 0))+body), nil
	}
	fs.precision = -1
	return p.in.formatInt(fs, n, "int")
}
