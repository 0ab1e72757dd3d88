package python

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Repr gives repr(v) as far as that needs no code of the program; for messages.
func Repr(v Value) string { return repr(v) }

// Display gives str(v) as far as that needs no code of the program; for messages.
func Display(v Value) string { return display(v) }

// Str gives str(v).
func (in *Interp) Str(v Value) (string, error) { return in.str(v) }

// Repr gives repr(v).
func (in *Interp) Repr(v Value) (string, error) { return in.repr(v) }

const maxMessage = 400 // bytes of a value that a message shows

func repr(v Value) string {
	p := printer{limit: maxMessage}
	_ = p.repr(v) // without an interpreter there is no code that could fail
	return p.b.String()
}

func display(v Value) string {
	switch v := unwrap(v).(type) {
	case Str:
		return string(v)
	case *Instance:
		if v.class.IsSubclass(BaseException) {
			return exceptionText(v)
		}
	case Printer:
		return v.Str()
	}
	return repr(v)
}

func (in *Interp) repr(v Value) (string, error) {
	p := printer{in: in}
	err := p.repr(v)
	return p.b.String(), err
}

func (in *Interp) str(v Value) (string, error) {
	switch v := v.(type) {
	case Str:
		return string(v), nil
	case *Instance:
		for _, name := range [...]string{"__str__", "__repr__"} {
			if x, owner := v.class.Lookup(name); x != nil && owner != objectClass && !(v.native != nil && owner.Module == "") {
				return in.strMethod(v, x, name)
			}
		}
		if v.native != nil {
			return in.str(v.native)
		}
	case Printer:
		return v.Str(), nil
	}
	return in.repr(v)
}

func (in *Interp) strMethod(v *Instance, method Value, name string) (string, error) {
	x, err := in.call(in.top, in.bind(method, v, v.class), nil, nil)
	if err != nil {
		return "", err
	}
	s, ok := unwrap(x).(Str)
	if !ok {
		return "", TypeErrorf("%s returned non-string (type %s)", name, typeName(x))
	}
	return string(s), nil
}

// printer writes the repr of values. Without an interpreter it calls no code of the program.
type printer struct {
	in    *Interp
	b     strings.Builder
	limit int     // stop after so many bytes; 0 means no limit
	open  []Value // containers that are being written: one that contains itself is "..."
}

func (p *printer) text(s string) error {
	if p.limit > 0 && p.b.Len() > p.limit {
		return nil
	}
	if p.in != nil {
		if err := p.in.Alloc(2 * len(s)); err != nil {
			return err
		}
	}
	p.b.WriteString(s)
	return nil
}

func (p *printer) repr(v Value) error {
	switch v := v.(type) {
	case Str:
		if p.limit > 0 && len(v) > p.limit {
			v = v[:p.limit]
		}
		if p.in != nil { // quoting can make it four times as long
			if err := p.in.Alloc(4 * len(v)); err != nil {
				return err
			}
			if err := p.in.Work(len(v) / 8); err != nil {
				return err
			}
		}
		return p.text(quote(string(v)))
	case Bytes:
		return p.text(quoteBytes(string(v)))
	case Int:
		return p.text(strconv.FormatInt(int64(v), 10))
	case Bool:
		if v {
			return p.text("True")
		}
		return p.text("False")
	case NoneType:
		return p.text("None")
	case Float:
		return p.text(formatFloat(float64(v)))
	case *BigInt:
		s, err := p.in.bigText(v)
		if err != nil {
			return err
		}
		return p.text(s)
	case *List:
		return p.container(v, "[", "]", "[...]", func() error { return p.items(v.items) })
	case Tuple:
		return p.tuple(v)
	case *Dict:
		return p.dict(v)
	case *Set:
		return p.set(v)
	case *dictView:
		return p.container(v, v.Type()+"([", "])", "...", func() error {
			return p.items(v.items())
		})
	case *Instance:
		return p.instance(v)
	case Printer:
		return p.text(v.Repr())
	}
	return p.text(plainRepr(v))
}

// plainRepr is the repr of values without parts.
func plainRepr(v Value) string {
	switch v := v.(type) {
	case *Class:
		if v.Module == "" {
			return "<class '" + v.Qualname + "'>"
		}
		return "<class '" + v.Module + "." + v.Qualname + "'>"
	case *Function:
		return "<function " + v.Qualname + ">"
	case *Builtin:
		return "<built-in function " + v.Name + ">"
	case *BoundMethod:
		return "<bound method " + strings.TrimSuffix(calleeName(v.Func), "()") + ">"
	case *Module:
		return "<module '" + v.Name + "'>"
	case *Range:
		if v.Step == 1 {
			return fmt.Sprintf("range(%d, %d)", v.Start, v.Stop)
		}
		return fmt.Sprintf("range(%d, %d, %d)", v.Start, v.Stop, v.Step)
	case *Slice:
		return fmt.Sprintf("slice(%s, %s, %s)", repr(v.Start), repr(v.Stop), repr(v.Step))
	case ellipsisType:
		return "Ellipsis"
	case notImplementedType:
		return "NotImplemented"
	case nil:
		return "<nothing>"
	}
	return "<" + typeName(v) + " object>"
}

// container writes what stands between two brackets.
func (p *printer) container(v Value, left, right, again string, inner func() error) error {
	for _, o := range p.open {
		if o == v {
			return p.text(again)
		}
	}
	if len(p.open) > 50 && p.in == nil {
		return p.text("...")
	}
	if p.in != nil {
		if err := p.in.enter(); err != nil {
			return err
		}
		defer p.in.leave()
	}
	p.open = append(p.open, v)
	if err := p.text(left); err != nil {
		return err
	}
	if err := inner(); err != nil {
		return err
	}
	p.open = p.open[:len(p.open)-1]
	return p.text(right)
}

func (p *printer) items(items []Value) error {
	for i, x := range items {
		if p.limit > 0 && p.b.Len() > p.limit {
			p.b.WriteString("...")
			return nil
		}
		if i > 0 {
			if err := p.text(", "); err != nil {
				return err
			}
		}
		if err := p.repr(x); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) tuple(t Tuple) error {
	right := ")"
	if len(t) == 1 {
		right = ",)"
	}
	key := &t // a tuple can't contain itself, but the nesting counts
	return p.container((*tupleMark)(key), "(", right, "(...)", func() error { return p.items(t) })
}

// tupleMark stands for a tuple, which can't be compared, among the open containers.
type tupleMark Tuple

func (*tupleMark) Type() string { return "tuple" }

func (p *printer) dict(d *Dict) error {
	left, right := "{", "}"
	if d.class != nil {
		left, right = d.class.Name+"({", "})"
	}
	return p.container(d, left, right, "{...}", func() error {
		first := true
		for k, v := range d.All() {
			if p.limit > 0 && p.b.Len() > p.limit {
				p.b.WriteString("...")
				return nil
			}
			if !first {
				if err := p.text(", "); err != nil {
					return err
				}
			}
			first = false
			if err := p.repr(k); err != nil {
				return err
			}
			if err := p.text(": "); err != nil {
				return err
			}
			if err := p.repr(v); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *printer) set(s *Set) error {
	left, right := "{", "}"
	if s.immutable {
		left, right = "frozenset({", "})"
	}
	if s.Len() == 0 {
		return p.text(s.Type() + "()")
	}
	return p.container(s, left, right, "...", func() error { return p.items(s.Items()) })
}

func (p *printer) instance(v *Instance) error {
	x, owner := v.class.Lookup("__repr__")
	if p.in == nil {
		if v.class.IsSubclass(BaseException) {
			return p.text(v.class.Name + "(" + quote(exceptionText(v)) + ")")
		}
		x = nil
	}
	if x != nil && owner != objectClass && !(v.native != nil && owner.Module == "") {
		s, err := p.in.strMethod(v, x, "__repr__")
		if err != nil {
			return err
		}
		return p.text(s)
	}
	if v.native != nil {
		return p.repr(v.native)
	}
	name := v.class.Qualname
	if v.class.Module != "" {
		name = v.class.Module + "." + name
	}
	return p.text("<" + name + " object>")
}

const hexDigits = "0123456789abcdef"

// quote gives the repr of a string.
func quote(s string) string {
	q := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = '"'
	}
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte(q)
	for _, r := range s {
		switch {
		case r == rune(q) || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			b.WriteString(`\x`)
			b.WriteByte(hexDigits[r>>4])
			b.WriteByte(hexDigits[r&15])
		case r < utf8.RuneSelf || unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte(q)
	return b.String()
}

func quoteBytes(s string) string {
	q := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = '"'
	}
	var b strings.Builder
	b.WriteByte('b')
	b.WriteByte(q)
	for i := range len(s) {
		switch c := s[i]; {
		case c == q || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(q)
	return b.String()
}

// ascii escapes what quote left because it is printable.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// formatFloat gives the repr of a float: the shortest text that reads back as the same number.
func formatFloat(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case math.IsNaN(f):
		return "nan"
	}
	if abs := math.Abs(f); abs != 0 && (abs < 1e-4 || abs >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func itoa(n int) string { return strconv.Itoa(n) }
