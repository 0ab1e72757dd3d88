package stdlib

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/python/internal/regex"
)

var (
	reError      = python.NewException("error", python.Exception)
	patternClass = sync.OnceValue(func() *python.Class {
		methods := map[string]function{}
		for name, f := range patternMethods {
			methods[name] = func(c *python.Call) (python.Value, error) {
				p, ok := c.Args[0].(*pattern)
				if !ok {
					return nil, python.TypeErrorf("%s() wants a pattern", name)
				}
				rest := *c
				rest.Args = c.Args[1:]
				return f(p, &rest)
			}
		}
		return newClass("Pattern", nil, methods, nil)
	})
)

// pattern is a compiled regular expression.
type pattern struct {
	re     *regex.Regexp
	source string
}

func (*pattern) Type() string            { return "re.Pattern" }
func (*pattern) Class() *python.Class    { return patternClass() }
func (p *pattern) Str() string           { return p.Repr() }
func (p *pattern) Repr() string          { return "re.compile(" + python.Repr(python.Str(p.source)) + ")" }
func (p *pattern) HashKey() (any, error) { return "re:" + p.source, nil }

func (p *pattern) Attr(name string) (python.Value, error) {
	switch name {
	case "pattern":
		return python.Str(p.source), nil
	case "flags":
		return python.Int(p.re.Flags), nil
	case "groups":
		return python.Int(p.re.Groups), nil
	case "groupindex":
		d := python.NewDict()
		for i := 1; i <= p.re.Groups; i++ {
			for k, n := range p.re.Names {
				if n == i {
					_ = d.Set(python.Str(k), python.Int(n))
				}
			}
		}
		return d, nil
	}
	return nil, nil
}

// patternMethods are the methods of a pattern, and the functions of the module with the pattern as their first argument.
var patternMethods map[string]func(*pattern, *python.Call) (python.Value, error)

func init() {
	patternMethods = map[string]func(*pattern, *python.Call) (python.Value, error){
		"search":    matcher(regex.Search),
		"match":     matcher(regex.Match),
		"fullmatch": matcher(regex.FullMatch),
		"findall":   findAll,
		"finditer":  findIter,
		"split":     split,
		"sub": func(p *pattern, c *python.Call) (python.Value, error) {
			text, _, err := substitute(p, c)
			return text, err
		},
		"subn": func(p *pattern, c *python.Call) (python.Value, error) {
			text, n, err := substitute(p, c)
			return python.Tuple{text, python.Int(n)}, err
		},
	}
}

var reFlags = map[string]regex.Flags{
	"I": regex.IgnoreCase, "IGNORECASE": regex.IgnoreCase, "M": regex.Multiline, "MULTILINE": regex.Multiline, "S": regex.DotAll,
	"DOTALL": regex.DotAll, "X": regex.Verbose, "VERBOSE": regex.Verbose, "A": regex.ASCII, "ASCII": regex.ASCII, "U": regex.Unicode,
	"UNICODE": regex.Unicode,
}

func reModule() *python.Module {
	functions := map[string]function{
		"compile": func(c *python.Call) (python.Value, error) {
			a, err := c.Bind("pattern", "flags=")
			if err != nil {
				return nil, err
			}
			return compile(c, a[0], a[1])
		},
		"escape": escape,
		"purge":  func(*python.Call) (python.Value, error) { return python.None, nil },
	}
	for name, f := range patternMethods {
		functions[name] = func(c *python.Call) (python.Value, error) { return withPattern(c, name, f) }
	}
	values := map[string]python.Value{"error": reError, "Pattern": patternClass(), "Match": matchClass()}
	for k, v := range reFlags {
		values[k] = python.Int(v)
	}
	return newModule("re", functions, values)
}

// withPattern calls a method of the pattern that is the first argument; flags may come last or by name.
func withPattern(c *python.Call, name string, f func(*pattern, *python.Call) (python.Value, error)) (python.Value, error) {
	most := map[string]int{"sub": 4, "subn": 4, "split": 3}[name]
	if most == 0 {
		most = 2
	}
	inner := *c
	var source, flags python.Value
	inner.Kwargs = nil
	for _, k := range c.Kwargs {
		switch k.Name {
		case "flags":
			flags = k.Value
		case "pattern":
			source = k.Value
		default:
			inner.Kwargs = append(inner.Kwargs, k)
		}
	}
	if len(inner.Args) > most && flags == nil {
		flags = inner.Args[most]
		inner.Args = inner.Args[:most]
	}
	if source == nil {
		if len(inner.Args) == 0 {
			return nil, python.TypeErrorf("%s() missing required argument: 'pattern'", name)
		}
		source, inner.Args = inner.Args[0], inner.Args[1:]
	}
	p, err := compile(c, source, flags)
	if err != nil {
		return nil, err
	}
	return f(p, &inner)
}

func compile(c *python.Call, source, flags python.Value) (*pattern, error) {
	if p, ok := source.(*pattern); ok {
		if flags != nil && flags != python.Value(python.Int(0)) {
			return nil, python.ValueErrorf("cannot process flags argument with a compiled pattern")
		}
		return p, nil
	}
	s, ok := python.Unwrap(source).(python.Str)
	if !ok {
		if _, isBytes := source.(python.Bytes); isBytes {
			return nil, python.TypeErrorf("patterns of bytes are not supported")
		}
		return nil, python.TypeErrorf("first argument must be string or compiled pattern")
	}
	f := int64(0)
	if flags != nil {
		var err error
		if f, err = c.In.Integer(flags); err != nil {
			return nil, err
		}
	}
	if err := c.In.Work(len(s)); err != nil {
		return nil, err
	}
	if err := c.In.Alloc(100*len(s) + 200); err != nil {
		return nil, err
	}
	re, err := regex.Compile(string(s), regex.Flags(f))
	if err != nil {
		return nil, python.Raise(reError, "%s", err.Error())
	}
	return &pattern{re, string(s)}, nil
}

func textArg(v python.Value) (string, error) {
	s, ok := python.Unwrap(v).(python.Str)
	if !ok {
		return "", python.TypeErrorf("expected string or bytes-like object, got '%s'", v.Type())
	}
	return string(s), nil
}

// offset turns a number of code points into one of bytes.
func offset(text string, n int64) int {
	for i := range text {
		if n <= 0 {
			return i
		}
		n--
	}
	return len(text)
}

func matcher(mode regex.Mode) func(*pattern, *python.Call) (python.Value, error) {
	return func(p *pattern, c *python.Call) (python.Value, error) {
		a, err := c.Bind("string", "pos=", "endpos=")
		if err != nil {
			return nil, err
		}
		text, err := textArg(a[0])
		if err != nil {
			return nil, err
		}
		pos, end := 0, len(text)
		if a[1] != nil {
			n, err := c.In.Integer(a[1])
			if err != nil {
				return nil, err
			}
			pos = offset(text, n)
		}
		if a[2] != nil {
			n, err := c.In.Integer(a[2])
			if err != nil {
				return nil, err
			}
			end = offset(text, n)
		}
		if pos > end {
			return python.None, nil
		}
		groups, err := p.re.Run(text, pos, end, mode, false, c.In.Work)
		if err != nil || groups == nil {
			return python.None, err
		}
		return &match{c.In, p, text, groups, pos, end}, nil
	}
}

// all calls f with each match, one behind the other.
func (p *pattern) all(c *python.Call, text string, f func(m *match) (more bool, err error)) error {
	pos, advance := 0, false
	for pos <= len(text) {
		groups, err := p.re.Run(text, pos, len(text), regex.Search, advance, c.In.Work)
		if err != nil || groups == nil {
			return err
		}
		if err := c.In.Alloc(16*len(groups) + 64); err != nil {
			return err
		}
		more, err := f(&match{c.In, p, text, groups, 0, len(text)})
		if err != nil || !more {
			return err
		}
		pos, advance = groups[1], groups[0] == groups[1]
	}
	return nil
}

func findAll(p *pattern, c *python.Call) (python.Value, error) {
	a, err := c.Bind("string")
	if err != nil {
		return nil, err
	}
	text, err := textArg(a[0])
	if err != nil {
		return nil, err
	}
	list := python.NewList()
	err = p.all(c, text, func(m *match) (bool, error) {
		switch p.re.Groups {
		case 0:
			list.Append(m.group(0, python.Str("")))
		case 1:
			list.Append(m.group(1, python.Str("")))
		default:
			t := make(python.Tuple, p.re.Groups)
			for i := range t {
				t[i] = m.group(i+1, python.Str(""))
			}
			list.Append(t)
		}
		return true, nil
	})
	return list, err
}

func findIter(p *pattern, c *python.Call) (python.Value, error) {
	a, err := c.Bind("string")
	if err != nil {
		return nil, err
	}
	text, err := textArg(a[0])
	if err != nil {
		return nil, err
	}
	pos, advance := 0, false
	return python.NewIterator("callable_iterator", func() (python.Value, bool, error) {
		if pos > len(text) {
			return nil, false, nil
		}
		groups, err := p.re.Run(text, pos, len(text), regex.Search, advance, c.In.Work)
		if err != nil || groups == nil {
			pos = len(text) + 1
			return nil, false, err
		}
		pos, advance = groups[1], groups[0] == groups[1]
		return &match{c.In, p, text, groups, 0, len(text)}, true, c.In.Alloc(16*len(groups) + 64)
	}), nil
}

func split(p *pattern, c *python.Call) (python.Value, error) {
	a, err := c.Bind("string", "maxsplit=")
	if err != nil {
		return nil, err
	}
	text, err := textArg(a[0])
	if err != nil {
		return nil, err
	}
	most := int64(0)
	if a[1] != nil {
		if most, err = c.In.Integer(a[1]); err != nil {
			return nil, err
		}
	}
	list, last := python.NewList(), 0
	n := int64(0)
	err = p.all(c, text, func(m *match) (bool, error) {
		list.Append(python.Str(text[last:m.groups[0]]))
		for i := 1; i <= p.re.Groups; i++ {
			list.Append(m.group(i, python.None))
		}
		last = m.groups[1]
		n++
		return n != most, nil
	})
	list.Append(python.Str(text[last:]))
	return list, err
}

func escape(c *python.Call) (python.Value, error) {
	a, err := c.Bind("pattern")
	if err != nil {
		return nil, err
	}
	text, err := textArg(a[0])
	if err != nil {
		return nil, err
	}
	if err := c.In.Alloc(2 * len(text)); err != nil {
		return nil, err
	}
	if err := c.In.Work(len(text) / 8); err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, r := range text {
		if r < utf8.RuneSelf && strings.ContainsRune("()[]{}?*+-|^$\\.&~# \t\n\r\v\f", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return python.Str(b.String()), nil
}
