package stdlib

import (
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/berth-hpc/berth/packages/python"
)

// match is what a pattern found.
type match struct {
	in       *python.Interp
	p        *pattern
	text     string
	groups   []int // byte offsets, two for each group
	pos, end int
}

var matchClass = sync.OnceValue(func() *python.Class {
	methods := map[string]function{}
	for name, f := range map[string]func(*match, *python.Call) (python.Value, error){
		"group": matchGroup, "groups": matchGroups, "groupdict": matchGroupDict, "expand": matchExpand,
		"start": func(m *match, c *python.Call) (python.Value, error) { return m.position(c, 0) },
		"end":   func(m *match, c *python.Call) (python.Value, error) { return m.position(c, 1) },
		"span": func(m *match, c *python.Call) (python.Value, error) {
			from, err := m.position(c, 0)
			if err != nil {
				return nil, err
			}
			to, err := m.position(c, 1)
			return python.Tuple{from, to}, err
		},
	} {
		methods[name] = func(c *python.Call) (python.Value, error) {
			m, ok := c.Args[0].(*match)
			if !ok {
				return nil, python.TypeErrorf("%s() wants a match", name)
			}
			rest := *c
			rest.Args = c.Args[1:]
			return f(m, &rest)
		}
	}
	return newClass("Match", nil, methods, nil)
})

func (*match) Type() string         { return "re.Match" }
func (*match) Class() *python.Class { return matchClass() }
func (m *match) Str() string        { return m.Repr() }
func (m *match) Repr() string {
	return "<re.Match object; span=(" + strconv.Itoa(m.runes(m.groups[0])) + ", " + strconv.Itoa(m.runes(m.groups[1])) + "), match=" +
		python.Repr(m.group(0, python.None)) + ">"
}

// runes turns an offset in bytes into a number of code points.
func (m *match) runes(offset int) int {
	_ = m.in.Scan(offset)
	return utf8.RuneCountInString(m.text[:offset])
}

// group gives what a group matched, or missing.
func (m *match) group(i int, missing python.Value) python.Value {
	if m.groups[2*i] < 0 || m.groups[2*i+1] < 0 {
		return missing
	}
	return python.Str(m.text[m.groups[2*i]:m.groups[2*i+1]])
}

// number gives the number of a group that is named by a number or a name.
func (m *match) number(c *python.Interp, v python.Value) (int, error) {
	if s, ok := v.(python.Str); ok {
		if n, ok := m.p.re.Names[string(s)]; ok {
			return n, nil
		}
		return 0, python.IndexErrorf("no such group")
	}
	n, ok := v.(python.Int)
	if !ok || n < 0 || int(n) > m.p.re.Groups {
		return 0, python.IndexErrorf("no such group")
	}
	return int(n), nil
}

func (m *match) Index(key python.Value) (python.Value, error) {
	n, err := m.number(nil, key)
	if err != nil {
		return nil, err
	}
	return m.group(n, python.None), nil
}

func (m *match) Attr(name string) (python.Value, error) {
	switch name {
	case "string":
		return python.Str(m.text), nil
	case "re":
		return m.p, nil
	case "pos":
		return python.Int(m.runes(m.pos)), nil
	case "endpos":
		return python.Int(m.runes(m.end)), nil
	case "lastindex", "lastgroup":
		return m.last(name == "lastgroup"), nil
	}
	return nil, nil
}

// last gives the group that was closed last.
func (m *match) last(name bool) python.Value {
	best := 0
	for i := 1; i <= m.p.re.Groups; i++ {
		if m.groups[2*i+1] >= 0 && (best == 0 || m.groups[2*i+1] > m.groups[2*best+1]) {
			best = i
		}
	}
	if best == 0 {
		return python.None
	}
	if !name {
		return python.Int(best)
	}
	for k, n := range m.p.re.Names {
		if n == best {
			return python.Str(k)
		}
	}
	return python.None
}

func matchGroup(m *match, c *python.Call) (python.Value, error) {
	if len(c.Args) == 0 {
		return m.group(0, python.None), nil
	}
	t := make(python.Tuple, len(c.Args))
	for i, a := range c.Args {
		n, err := m.number(c.In, a)
		if err != nil {
			return nil, err
		}
		t[i] = m.group(n, python.None)
	}
	if len(t) == 1 {
		return t[0], nil
	}
	return t, nil
}

func orNone(v python.Value) python.Value {
	if v == nil {
		return python.None
	}
	return v
}

func matchGroups(m *match, c *python.Call) (python.Value, error) {
	a, err := c.Bind("default=")
	if err != nil {
		return nil, err
	}
	t := make(python.Tuple, m.p.re.Groups)
	for i := range t {
		t[i] = m.group(i+1, orNone(a[0]))
	}
	return t, nil
}

func matchGroupDict(m *match, c *python.Call) (python.Value, error) {
	a, err := c.Bind("default=")
	if err != nil {
		return nil, err
	}
	d := python.NewDict()
	for i := 1; i <= m.p.re.Groups; i++ {
		for k, n := range m.p.re.Names {
			if n == i {
				if err := d.Set(python.Str(k), m.group(n, orNone(a[0]))); err != nil {
					return nil, err
				}
			}
		}
	}
	return d, nil
}

// position gives where a group begins (0) or ends (1).
func (m *match) position(c *python.Call, side int) (python.Value, error) {
	a, err := c.Bind("group=")
	if err != nil {
		return nil, err
	}
	n := 0
	if a[0] != nil {
		if n, err = m.number(c.In, a[0]); err != nil {
			return nil, err
		}
	}
	if m.groups[2*n+side] < 0 {
		return python.Int(-1), nil
	}
	return python.Int(m.runes(m.groups[2*n+side])), nil
}

func matchExpand(m *match, c *python.Call) (python.Value, error) {
	a, err := c.Bind("template")
	if err != nil {
		return nil, err
	}
	template, err := textArg(a[0])
	if err != nil {
		return nil, err
	}
	text, err := m.expand(c.In, template)
	return python.Str(text), err
}

// expand replaces \1, \g<name> and escapes in a template.
func (m *match) expand(in *python.Interp, template string) (string, error) {
	if err := in.Scan(len(template)); err != nil {
		return "", err
	}
	if !strings.Contains(template, `\`) {
		return template, nil
	}
	if err := in.Alloc(2 * len(template)); err != nil {
		return "", err
	}
	var b strings.Builder
	for i := 0; i < len(template); i++ {
		if template[i] != '\\' || i+1 >= len(template) {
			b.WriteByte(template[i])
			continue
		}
		i++
		c := template[i]
		switch {
		case c == 'g':
			end := strings.IndexByte(template[i:], '>')
			if i+1 >= len(template) || template[i+1] != '<' || end < 0 {
				return "", python.Raise(reError, "missing <")
			}
			name := template[i+2 : i+end]
			n, err := strconv.Atoi(name)
			if err != nil {
				var ok bool
				if n, ok = m.p.re.Names[name]; !ok {
					return "", python.IndexErrorf("unknown group name '%s'", name)
				}
			}
			if err := m.writeGroup(in, &b, n); err != nil {
				return "", err
			}
			i += end
		case c >= '1' && c <= '9':
			n := int(c - '0')
			if i+1 < len(template) && template[i+1] >= '0' && template[i+1] <= '9' {
				i++
				n = n*10 + int(template[i]-'0')
			}
			if err := m.writeGroup(in, &b, n); err != nil {
				return "", err
			}
		default:
			if err := templateEscape(&b, c); err != nil {
				return "", err
			}
		}
	}
	return b.String(), nil
}

func (m *match) writeGroup(in *python.Interp, b *strings.Builder, n int) error {
	if n < 0 || n > m.p.re.Groups {
		return python.Raise(reError, "invalid group reference %d", n)
	}
	text := string(m.group(n, python.Str("")).(python.Str))
	if err := in.Alloc(2 * len(text)); err != nil {
		return err
	}
	b.WriteString(text)
	return nil
}

func templateEscape(b *strings.Builder, c byte) error {
	if r, ok := map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'f': '\f', 'v': '\v', 'a': '\a', 'b': '\b', '0': 0, '\\': '\\'}[c]; ok {
		b.WriteByte(r)
		return nil
	}
	if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
		return python.Raise(reError, "bad escape \\%c", c)
	}
	b.WriteByte('\\')
	b.WriteByte(c)
	return nil
}

// substitute does sub and subn.
func substitute(p *pattern, c *python.Call) (python.Value, int, error) {
	a, err := c.Bind("repl", "string", "count=")
	if err != nil {
		return nil, 0, err
	}
	text, err := textArg(a[1])
	if err != nil {
		return nil, 0, err
	}
	most := int64(0)
	if a[2] != nil {
		if most, err = c.In.Integer(a[2]); err != nil {
			return nil, 0, err
		}
	}
	var parts []string // joined at last, when it is known to be not too much
	n, last := 0, 0
	err = p.all(c, text, func(m *match) (bool, error) {
		replacement, err := m.replacement(c, a[0])
		if err != nil {
			return false, err
		}
		parts = append(parts, text[last:m.groups[0]], replacement)
		last = m.groups[1]
		n++
		return int64(n) != most, c.In.Alloc(len(replacement) + 64)
	})
	if err != nil {
		return nil, 0, err
	}
	if err := c.In.Alloc(len(text)); err != nil {
		return nil, 0, err
	}
	return python.Str(strings.Join(append(parts, text[last:]), "")), n, nil
}

func (m *match) replacement(c *python.Call, repl python.Value) (string, error) {
	if s, ok := python.Unwrap(repl).(python.Str); ok {
		return m.expand(c.In, string(s))
	}
	v, err := c.Sub(repl, []python.Value{m})
	if err != nil {
		return "", err
	}
	return textArg(v)
}
