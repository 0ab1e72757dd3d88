package python

import (
	"strings"
	"unicode/utf8"
)

func strPartition(c *Call) (Value, error) {
	s, a, err := selfStr(c, "sep")
	if err != nil {
		return nil, err
	}
	sep, err := strArg(c, a[0])
	if err != nil {
		return nil, err
	}
	if sep == "" {
		return nil, ValueErrorf("empty separator")
	}
	if before, after, ok := strings.Cut(s, sep); ok {
		return Tuple{Str(before), Str(sep), Str(after)}, nil
	}
	return Tuple{Str(s), Str(""), Str("")}, nil
}

func strRPartition(c *Call) (Value, error) {
	s, a, err := selfStr(c, "sep")
	if err != nil {
		return nil, err
	}
	sep, err := strArg(c, a[0])
	if err != nil {
		return nil, err
	}
	if sep == "" {
		return nil, ValueErrorf("empty separator")
	}
	if i := strings.LastIndex(s, sep); i >= 0 {
		return Tuple{Str(s[:i]), Str(sep), Str(s[i+len(sep):])}, nil
	}
	return Tuple{Str(""), Str(""), Str(s)}, nil
}

func strStrip(blanks func(string, func(rune) bool) string, set func(string, string) string) func(*Call) (Value, error) {
	return func(c *Call) (Value, error) {
		s, a, err := selfStr(c, "chars=")
		if err != nil {
			return nil, err
		}
		if a[0] == nil || a[0] == None {
			return Str(blanks(s, isSpace)), nil
		}
		chars, err := strArg(c, a[0])
		if err != nil {
			return nil, err
		}
		if !isASCII(chars) { // each character of s is looked for
			if err := c.In.Work(len(s) * len(chars) / 64); err != nil {
				return nil, err
			}
		}
		return Str(set(s, chars)), nil
	}
}

// within gives the part of s that start and end mean, and how many code points precede it; ok is false where start is beyond
// the end.
func within(c *Call, s string, start, end Value) (part string, offset int, ok bool, err error) {
	if start == nil && end == nil {
		return s, 0, true, nil
	}
	sl := &Slice{orNone(start), orNone(end), None}
	n := runeCount(s)
	from, _, count, err := c.In.bounds(sl, n)
	if err != nil {
		return "", 0, false, err
	}
	if start != nil && start != None {
		if i, _ := c.In.sliceIndex(start); i > int64(n) {
			return "", 0, false, nil
		}
	}
	if isASCII(s) {
		return s[from : from+count], from, true, nil
	}
	return string([]rune(s)[from : from+count]), from, true, c.In.Alloc(4 * len(s))
}

func strAffix(has func(string, string) bool) func(*Call) (Value, error) {
	return func(c *Call) (Value, error) {
		s, a, err := selfStr(c, "prefix", "start=", "end=")
		if err != nil {
			return nil, err
		}
		part, _, ok, err := within(c, s, a[1], a[2])
		if err != nil || !ok {
			return False, err
		}
		affixes, isTuple := a[0].(Tuple)
		if !isTuple {
			affixes = Tuple{a[0]}
		}
		for _, x := range affixes {
			affix, ok := unwrap(x).(Str)
			if !ok {
				return nil, TypeErrorf("%s first arg must be str or a tuple of str, not %s", c.Name, typeName(x))
			}
			if err := c.In.Scan(min(len(part), len(affix))); err != nil {
				return nil, err
			}
			if has(part, string(affix)) {
				return True, nil
			}
		}
		return False, nil
	}
}

func strRemove(f func(string, string) string) func(*Call) (Value, error) {
	return func(c *Call) (Value, error) {
		s, a, err := selfStr(c, "affix")
		if err != nil {
			return nil, err
		}
		affix, err := strArg(c, a[0])
		return Str(f(s, affix)), err
	}
}

func strFind(find func(string, string) int, must bool) func(*Call) (Value, error) {
	return func(c *Call) (Value, error) {
		s, a, err := selfStr(c, "sub", "start=", "end=")
		if err != nil {
			return nil, err
		}
		sub, err := strArg(c, a[0])
		if err != nil {
			return nil, err
		}
		part, offset, ok, err := within(c, s, a[1], a[2])
		if err != nil {
			return nil, err
		}
		i := -1
		if ok {
			i = find(part, sub)
		}
		if i < 0 {
			if must {
				return nil, ValueErrorf("substring not found")
			}
			return Int(-1), nil
		}
		return Int(offset + runeCount(part[:i])), nil
	}
}

func strCount(c *Call) (Value, error) {
	s, a, err := selfStr(c, "sub", "start=", "end=")
	if err != nil {
		return nil, err
	}
	sub, err := strArg(c, a[0])
	if err != nil {
		return nil, err
	}
	part, _, ok, err := within(c, s, a[1], a[2])
	if err != nil || !ok {
		return Int(0), err
	}
	return Int(strings.Count(part, sub)), nil
}

func strJustify(align byte) func(*Call) (Value, error) {
	return func(c *Call) (Value, error) {
		s, a, err := selfStr(c, "width", "fillchar=")
		if err != nil {
			return nil, err
		}
		width, err := c.In.integer(a[0])
		if err != nil {
			return nil, err
		}
		fill := " "
		if a[1] != nil {
			if fill, err = strArg(c, a[1]); err != nil {
				return nil, err
			}
			if runeCount(fill) != 1 {
				return nil, TypeErrorf("The fill character must be exactly one character long")
			}
		}
		missing := int(min(width, 1<<40)) - runeCount(s)
		if missing <= 0 {
			return Str(s), nil
		}
		if err := c.In.Alloc(len(s) + missing*len(fill)); err != nil {
			return nil, err
		}
		left := 0
		switch align {
		case '>':
			left = missing
		case '^': // the odd one goes where CPython puts it
			left = missing/2 + missing&int(width)&1
		}
		return Str(strings.Repeat(fill, left) + s + strings.Repeat(fill, missing-left)), nil
	}
}

func strZfill(c *Call) (Value, error) {
	s, a, err := selfStr(c, "width")
	if err != nil {
		return nil, err
	}
	width, err := c.In.integer(a[0])
	if err != nil {
		return nil, err
	}
	missing := int(min(width, 1<<40)) - runeCount(s)
	if missing <= 0 {
		return Str(s), nil
	}
	if err := c.In.Alloc(len(s) + missing); err != nil {
		return nil, err
	}
	sign := ""
	if s != "" && (s[0] == '+' || s[0] == '-') {
		sign, s = s[:1], s[1:]
	}
	return Str(sign + strings.Repeat("0", missing) + s), nil
}

func strExpandTabs(c *Call) (Value, error) {
	s, a, err := selfStr(c, "tabsize=")
	if err != nil {
		return nil, err
	}
	size := int64(8)
	if a[0] != nil {
		if size, err = c.In.integer(a[0]); err != nil {
			return nil, err
		}
	}
	size = max(0, min(size, maxWidth))
	if err := c.In.Alloc(len(s) + strings.Count(s, "\t")*int(size)); err != nil {
		return nil, err
	}
	var b strings.Builder
	col := 0
	for _, r := range s {
		switch r {
		case '\t':
			if size > 0 {
				n := int(size) - col%int(size)
				b.WriteString(strings.Repeat(" ", n))
				col += n
			}
			continue
		case '\n', '\r':
			col = -1
		}
		b.WriteRune(r)
		col++
	}
	return Str(b.String()), nil
}

func strEncode(c *Call) (Value, error) {
	s, a, err := selfStr(c, "encoding=", "errors=")
	if err != nil {
		return nil, err
	}
	encoding := "utf-8"
	if a[0] != nil {
		if encoding, err = strArg(c, a[0]); err != nil {
			return nil, err
		}
	}
	limit := rune(utf8.MaxRune)
	switch strings.ReplaceAll(strings.ToLower(encoding), "_", "-") {
	case "utf-8", "utf8":
		return Bytes(s), nil
	case "ascii", "us-ascii":
		limit = 0x7f
	case "latin-1", "latin1", "iso-8859-1":
		limit = 0xff
	default:
		return nil, Raise(LookupError, "unknown encoding: %s", encoding)
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r <= limit:
			b.WriteByte(byte(r))
		case a[1] == Value(Str("ignore")):
		case a[1] == Value(Str("replace")):
			b.WriteByte('?')
		default:
			return nil, Raise(UnicodeEncodeError, "'%s' codec can't encode character %s: ordinal not in range", encoding, ascii(quote(string(r))))
		}
	}
	return Bytes(b.String()), nil
}

func strFormat(c *Call) (Value, error) {
	if len(c.Args) == 0 {
		return nil, TypeErrorf("unbound method str.format() needs an argument")
	}
	s, ok := unwrap(c.Args[0]).(Str)
	if !ok {
		return nil, TypeErrorf("descriptor 'format' for 'str' objects doesn't apply to a '%s' object", typeName(c.Args[0]))
	}
	f := formatter{in: c.In, args: c.Args[1:], kwarg: func(name string) (Value, error) {
		if v := c.Kwarg(name); v != nil {
			return v, nil
		}
		return nil, KeyErrorOf(Str(name))
	}}
	text, err := f.text(string(s), 0)
	return Str(text), err
}

func strFormatMap(c *Call) (Value, error) {
	s, a, err := selfStr(c, "mapping")
	if err != nil {
		return nil, err
	}
	f := formatter{in: c.In, kwarg: func(name string) (Value, error) { return c.In.index(a[0], Str(name)) }}
	text, err := f.text(s, 0)
	return Str(text), err
}

func strMakeTrans(c *Call) (Value, error) {
	a, err := c.Bind("x", "y=", "z=")
	if err != nil {
		return nil, err
	}
	d := NewDict()
	if from, ok := a[0].(*Dict); ok && a[1] == nil {
		for k, v := range from.All() {
			if s, ok := k.(Str); ok {
				r, size := utf8.DecodeRuneInString(string(s))
				if size == 0 || size != len(s) {
					return nil, ValueErrorf("string keys in translate table must be of length 1")
				}
				k = Int(r)
			}
			if err := c.In.dictSet(d, k, v); err != nil {
				return nil, err
			}
		}
		return d, nil
	}
	x, ok1 := a[0].(Str)
	y, ok2 := a[1].(Str)
	if !ok1 || !ok2 {
		return nil, TypeErrorf("maketrans() arguments must be str")
	}
	from, to := []rune(string(x)), []rune(string(y))
	if len(from) != len(to) {
		return nil, ValueErrorf("the first two maketrans arguments must have equal length")
	}
	for i, r := range from {
		d.put(Int(r), Int(to[i]))
	}
	if gone, ok := a[2].(Str); ok {
		for _, r := range string(gone) {
			d.put(Int(r), None)
		}
	}
	return d, c.In.AllocN(len(from), entryCost)
}

func strTranslate(c *Call) (Value, error) {
	s, a, err := selfStr(c, "table")
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, r := range s {
		v, err := c.In.index(a[0], Int(r))
		if e, ok := err.(*Error); ok && e.Exc != nil && e.Exc.class.IsSubclass(LookupError) {
			v, err = Int(r), nil
		}
		if err != nil {
			return nil, err
		}
		switch v := v.(type) {
		case NoneType:
		case Int:
			if v < 0 || v > utf8.MaxRune {
				return nil, ValueErrorf("character mapping must be in range(0x110000)")
			}
			b.WriteRune(rune(v))
		case Str:
			if err := c.In.Alloc(len(v)); err != nil {
				return nil, err
			}
			b.WriteString(string(v))
		default:
			return nil, TypeErrorf("character mapping must return integer, None or str")
		}
	}
	return Str(b.String()), c.In.Alloc(2 * len(s))
}
