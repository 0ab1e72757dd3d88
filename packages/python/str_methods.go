package python

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// selfStr gives the string that a method was called on, and the other arguments.
func selfStr(c *Call, params ...string) (string, []Value, error) {
	if len(c.Args) == 0 {
		return "", nil, TypeErrorf("unbound method str.%s() needs an argument", c.Name)
	}
	s, ok := unwrap(c.Args[0]).(Str)
	if !ok {
		return "", nil, TypeErrorf("descriptor '%s' for 'str' objects doesn't apply to a '%s' object", c.Name, typeName(c.Args[0]))
	}
	rest := *c
	rest.Args = c.Args[1:]
	args, err := rest.Bind(params...)
	if err != nil {
		return "", nil, err
	}
	return string(s), args, c.In.Work(len(s) / 16)
}

func strArg(c *Call, v Value) (string, error) {
	s, ok := unwrap(v).(Str)
	if !ok {
		return "", TypeErrorf("%s() argument must be str, not %s", c.Name, typeName(v))
	}
	return string(s), nil
}

// strMap makes a method of a function from string to string that does not make it much longer.
func strMap(f func(string) string) func(*Call) (Value, error) {
	return func(c *Call) (Value, error) {
		s, _, err := selfStr(c)
		if err != nil {
			return nil, err
		}
		if err := c.In.Alloc(3 * len(s)); err != nil {
			return nil, err
		}
		return Str(f(s)), nil
	}
}

// strTest makes a method that says whether all characters are of a kind, and there is one.
func strTest(ok func(rune) bool) func(*Call) (Value, error) {
	return func(c *Call) (Value, error) {
		s, _, err := selfStr(c)
		if err != nil || s == "" {
			return False, err
		}
		for _, r := range s {
			if !ok(r) {
				return False, nil
			}
		}
		return True, nil
	}
}

// strCase makes isupper or islower: there is a cased character, and none of the other case.
func strCase(want, other func(rune) bool) func(*Call) (Value, error) {
	return func(c *Call) (Value, error) {
		s, _, err := selfStr(c)
		found := false
		for _, r := range s {
			if other(r) || unicode.IsTitle(r) {
				return False, err
			}
			found = found || want(r)
		}
		return Bool(found), err
	}
}

var strMethods = methodTable{
	"lower":        strMap(strings.ToLower),
	"upper":        strMap(func(s string) string { return strings.ReplaceAll(strings.ToUpper(s), "ß", "SS") }),
	"casefold":     strMap(func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "ß", "ss") }),
	"swapcase":     strMap(swapCase),
	"capitalize":   strMap(capitalize),
	"title":        strMap(titleCase),
	"isdigit":      strTest(unicode.IsDigit),
	"isdecimal":    strTest(unicode.IsDigit),
	"isnumeric":    strTest(unicode.IsNumber),
	"isalpha":      strTest(unicode.IsLetter),
	"isalnum":      strTest(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }),
	"isspace":      strTest(isSpace),
	"isupper":      strCase(unicode.IsUpper, unicode.IsLower),
	"islower":      strCase(unicode.IsLower, unicode.IsUpper),
	"istitle":      strIsTitle,
	"isidentifier": strIsIdentifier,
	"isascii": func(c *Call) (Value, error) {
		s, _, err := selfStr(c)
		return Bool(isASCII(s)), err
	},
	"isprintable": func(c *Call) (Value, error) {
		s, _, err := selfStr(c)
		for _, r := range s {
			if !unicode.IsPrint(r) {
				return False, err
			}
		}
		return True, err
	},
	"split":        strSplit,
	"rsplit":       strRSplit,
	"splitlines":   strSplitLines,
	"partition":    strPartition,
	"rpartition":   strRPartition,
	"join":         strJoin,
	"replace":      strReplace,
	"strip":        strStrip(strings.TrimFunc, strings.Trim),
	"lstrip":       strStrip(strings.TrimLeftFunc, strings.TrimLeft),
	"rstrip":       strStrip(strings.TrimRightFunc, strings.TrimRight),
	"startswith":   strAffix(strings.HasPrefix),
	"endswith":     strAffix(strings.HasSuffix),
	"removeprefix": strRemove(strings.TrimPrefix),
	"removesuffix": strRemove(strings.TrimSuffix),
	"find":         strFind(strings.Index, false),
	"rfind":        strFind(strings.LastIndex, false),
	"index":        strFind(strings.Index, true),
	"rindex":       strFind(strings.LastIndex, true),
	"count":        strCount,
	"ljust":        strJustify('<'),
	"rjust":        strJustify('>'),
	"center":       strJustify('^'),
	"zfill":        strZfill,
	"expandtabs":   strExpandTabs,
	"encode":       strEncode,
	"format":       strFormat,
	"format_map":   strFormatMap,
	"translate":    strTranslate,
	"__len__":      func(c *Call) (Value, error) { s, _, err := selfStr(c); return Int(runeCount(s)), err },
	"__str__":      func(c *Call) (Value, error) { s, _, err := selfStr(c); return Str(s), err },
}

func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

func capitalize(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return strings.ToTitle(s[:size]) + strings.ToLower(s[size:])
}

func titleCase(s string) string {
	inWord := false
	return strings.Map(func(r rune) rune {
		was := inWord
		inWord = unicode.IsLetter(r)
		if was {
			return unicode.ToLower(r)
		}
		return unicode.ToTitle(r)
	}, s)
}

func strIsTitle(c *Call) (Value, error) {
	s, _, err := selfStr(c)
	inWord, found := false, false
	for _, r := range s {
		switch {
		case unicode.IsUpper(r) || unicode.IsTitle(r):
			if inWord {
				return False, err
			}
			inWord, found = true, true
		case unicode.IsLower(r):
			if !inWord {
				return False, err
			}
		default:
			inWord = false
		}
	}
	return Bool(found), err
}

func strIsIdentifier(c *Call) (Value, error) {
	s, _, err := selfStr(c)
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return False, err
		}
	}
	return Bool(s != ""), err
}

// strList makes a list of strings that share their text with another one.
func strList(in *Interp, parts []string) (Value, error) {
	if err := in.Alloc(32*len(parts) + 24); err != nil {
		return nil, err
	}
	items := make([]Value, len(parts))
	for i, p := range parts {
		items[i] = Str(p)
	}
	return NewList(items...), nil
}

// splitArgs reads sep and maxsplit.
func splitArgs(c *Call) (s, sep string, blank bool, most int, err error) {
	s, a, err := selfStr(c, "sep=", "maxsplit=")
	if err != nil {
		return "", "", false, 0, err
	}
	most = -1
	if a[1] != nil {
		n, err := c.In.integer(a[1])
		if err != nil {
			return "", "", false, 0, err
		}
		most = int(max(min(n, 1<<30), -1))
	}
	if a[0] == nil || a[0] == None {
		return s, "", true, most, nil
	}
	if sep, err = strArg(c, a[0]); err == nil && sep == "" {
		err = ValueErrorf("empty separator")
	}
	return s, sep, false, most, err
}

func strSplit(c *Call) (Value, error) {
	s, sep, blank, most, err := splitArgs(c)
	if err != nil {
		return nil, err
	}
	if !blank {
		if err := c.In.Alloc(16 * (strings.Count(s, sep) + 1)); err != nil {
			return nil, err
		}
		n := -1
		if most >= 0 {
			n = most + 1
		}
		return strList(c.In, strings.SplitN(s, sep, n))
	}
	var parts []string
	s = strings.TrimLeftFunc(s, isSpace)
	for s != "" {
		i := strings.IndexFunc(s, isSpace)
		if i < 0 || most == 0 {
			parts = append(parts, s)
			break
		}
		parts = append(parts, s[:i])
		s = strings.TrimLeftFunc(s[i:], isSpace)
		most--
	}
	return strList(c.In, parts)
}

func strRSplit(c *Call) (Value, error) {
	s, sep, blank, most, err := splitArgs(c)
	if err != nil {
		return nil, err
	}
	var parts []string
	if blank {
		s = strings.TrimRightFunc(s, isSpace)
	}
	for {
		var i, n int
		if blank {
			i = strings.LastIndexFunc(s, isSpace)
			if i >= 0 {
				_, n = utf8.DecodeRuneInString(s[i:])
			}
		} else {
			i, n = strings.LastIndex(s, sep), len(sep)
		}
		if i < 0 || most == 0 {
			break
		}
		parts = append(parts, s[i+n:])
		s = s[:i]
		if blank {
			s = strings.TrimRightFunc(s, isSpace)
		}
		most--
	}
	if !blank || s != "" {
		parts = append(parts, s)
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strList(c.In, parts)
}

func strSplitLines(c *Call) (Value, error) {
	s, a, err := selfStr(c, "keepends=")
	if err != nil {
		return nil, err
	}
	keep := false
	if a[0] != nil {
		if keep, err = c.In.truth(a[0]); err != nil {
			return nil, err
		}
	}
	var parts []string
	for s != "" {
		i := strings.IndexFunc(s, func(r rune) bool {
			return r >= '\n' && r <= '\r' || r >= 0x1c && r <= 0x1e || r == 0x85 || r == 0x2028 || r == 0x2029
		})
		if i < 0 {
			parts = append(parts, s)
			break
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		if strings.HasPrefix(s[i:], "\r\n") {
			n = 2
		}
		if keep {
			parts = append(parts, s[:i+n])
		} else {
			parts = append(parts, s[:i])
		}
		s = s[i+n:]
	}
	return strList(c.In, parts)
}

func strJoin(c *Call) (Value, error) {
	s, a, err := selfStr(c, "iterable")
	if err != nil {
		return nil, err
	}
	items, err := c.In.elements(a[0])
	if err != nil {
		return nil, err
	}
	parts, size := make([]string, len(items)), 0
	if err := c.In.AllocN(len(parts), slotCost); err != nil {
		return nil, err
	}
	for i, x := range items {
		text, ok := unwrap(x).(Str)
		if !ok {
			return nil, TypeErrorf("sequence item %d: expected str instance, %s found", i, typeName(x))
		}
		parts[i] = string(text)
		size += len(text)
	}
	if err := c.In.AllocN(max(0, len(parts)-1), len(s)); err != nil {
		return nil, err
	}
	if err := c.In.Alloc(size); err != nil {
		return nil, err
	}
	return Str(strings.Join(parts, s)), nil
}

func strReplace(c *Call) (Value, error) {
	s, a, err := selfStr(c, "old", "new", "count=")
	if err != nil {
		return nil, err
	}
	from, err := strArg(c, a[0])
	if err != nil {
		return nil, err
	}
	to, err := strArg(c, a[1])
	if err != nil {
		return nil, err
	}
	n := strings.Count(s, from)
	if a[2] != nil {
		most, err := c.In.integer(a[2])
		if err != nil {
			return nil, err
		}
		if most >= 0 {
			n = int(min(int64(n), most))
		}
	}
	if err := c.In.AllocN(n, len(to)); err != nil {
		return nil, err
	}
	if err := c.In.Alloc(len(s)); err != nil {
		return nil, err
	}
	return Str(strings.Replace(s, from, to, n)), nil
}
