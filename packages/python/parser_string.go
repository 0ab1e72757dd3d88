package python

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// literal is a string token taken apart.
type literal struct {
	pos              Pos
	raw, bytes, f    bool
	bodyPos, bodyEnd int // what is between the quotes
}

func (p *parser) literal() literal {
	t := p.toks[p.i]
	lit := literal{pos: t.pos}
	i := int(t.pos)
	for ; p.src[i] != '"' && p.src[i] != '\''; i++ {
		switch p.src[i] | 0x20 {
		case 'r':
			lit.raw = true
		case 'b':
			lit.bytes = true
		case 'f':
			lit.f = true
		}
	}
	quotes := 1
	if int(t.end)-i >= 6 && p.src[i+1] == p.src[i] && p.src[i+2] == p.src[i] {
		quotes = 3
	}
	lit.bodyPos, lit.bodyEnd = i+quotes, int(t.end)-quotes
	return lit
}

// strings reads adjacent string literals, which are one string.
func (p *parser) strings() expr {
	n := node{p.pos()}
	var text strings.Builder
	var parts []expr
	first := p.literal()
	for p.kind() == tString {
		lit := p.literal()
		if lit.bytes != first.bytes {
			p.failAt(lit.pos, "cannot mix bytes and nonbytes literals")
		}
		p.i++
		if !lit.f {
			text.WriteString(p.unescape(lit, lit.bodyPos, lit.bodyEnd))
			continue
		}
		f := fstring{p: p, lit: lit, pos: lit.bodyPos, end: lit.bodyEnd, text: &text, parts: parts}
		f.read(0)
		parts = f.parts
	}
	if first.bytes {
		return &constExpr{n, Bytes(text.String())}
	}
	if parts == nil {
		return &constExpr{n, Str(text.String())}
	}
	if text.Len() > 0 {
		parts = append(parts, &constExpr{n, Str(text.String())})
	}
	return &joinedExpr{n, parts}
}

// fstring reads the body of an f-string, or a format spec in one. Text gathers in text until an expression comes.
type fstring struct {
	p        *parser
	lit      literal
	pos, end int
	text     *strings.Builder
	parts    []expr
}

// read stops at the end, or in a spec (level > 0) at the '}' that ends it.
func (f *fstring) read(level int) {
	src := f.p.src
	start := f.pos
	flush := func() {
		f.text.WriteString(f.p.unescape(f.lit, start, f.pos))
	}
	for f.pos < f.end {
		switch c := src[f.pos]; {
		case c == '\\' && !f.lit.raw && f.pos+1 < f.end:
			if src[f.pos+1] == 'N' {
				f.p.failAt(Pos(f.pos), "\\N{...} is not supported")
			}
			if src[f.pos+1] != '{' && src[f.pos+1] != '}' {
				f.pos++
			}
		case c == '{' && f.pos+1 < f.end && src[f.pos+1] == '{' && level == 0:
			f.pos++
			flush()
			start = f.pos + 1
		case c == '}' && level > 0:
			flush()
			return
		case c == '}':
			if f.pos+1 >= f.end || src[f.pos+1] != '}' {
				f.p.failAt(Pos(f.pos), "f-string: single '}' is not allowed")
			}
			f.pos++
			flush()
			start = f.pos + 1
		case c == '{':
			flush()
			f.replacement(level)
			start = f.pos
			continue
		}
		f.pos++
	}
	if level > 0 {
		f.p.failAt(Pos(min(f.end, len(src))), "f-string: expecting '}'")
	}
	flush()
}

// replacement reads {expression=!conversion:spec}.
func (f *fstring) replacement(level int) {
	open := f.pos
	if level >= 2 {
		f.p.failAt(Pos(open), "f-string: expressions nested too deeply")
	}
	f.pos++
	exprStart, exprEnd, debug := f.expressionEnd(open)
	x := f.p.sub(f.pos, exprEnd, Pos(open))
	f.pos = exprEnd
	if debug {
		f.pos++
		for f.pos < f.end && f.p.src[f.pos] == ' ' {
			f.pos++
		}
		f.text.WriteString(f.p.src[exprStart:f.pos])
	}
	if f.text.Len() > 0 {
		f.parts = append(f.parts, &constExpr{node{Pos(open)}, Str(f.text.String())})
		f.text.Reset()
	}
	fe := &formatExpr{node: node{Pos(open)}, value: x}
	f.parts = append(f.parts, fe)
	f.conversion(fe)
	if f.pos < f.end && f.p.src[f.pos] == ':' {
		f.spec(fe, level)
	} else if debug && fe.conversion == 0 {
		fe.conversion = 'r'
	}
	if f.pos >= f.end || f.p.src[f.pos] != '}' {
		f.p.failAt(Pos(min(f.pos, f.end)), "f-string: expecting '}'")
	}
	f.pos++
}

func (f *fstring) conversion(fe *formatExpr) {
	if f.pos >= f.end || f.p.src[f.pos] != '!' {
		return
	}
	f.pos++
	if f.pos < f.end {
		fe.conversion = f.p.src[f.pos]
	}
	switch fe.conversion {
	case 's', 'r', 'a':
	default:
		f.p.failAt(Pos(f.pos), "f-string: invalid conversion character: expected 's', 'r', or 'a'")
	}
	f.pos++
}

func (f *fstring) spec(fe *formatExpr, level int) {
	var text strings.Builder
	s := fstring{p: f.p, lit: f.lit, pos: f.pos + 1, end: f.end, text: &text}
	s.read(level + 1)
	f.pos = s.pos
	if text.Len() > 0 || s.parts == nil {
		s.parts = append(s.parts, &constExpr{fe.node, Str(text.String())})
	}
	fe.spec = &joinedExpr{fe.node, s.parts}
}

// expressionEnd finds where the expression behind f.pos ends: at a '}', ':', '!' or debugging '=' that is in no bracket and no
// string.
func (f *fstring) expressionEnd(open int) (start, end int, debug bool) {
	src, depth := f.p.src, 0
	for i := f.pos; i < f.end; i++ {
		c := src[i]
		next := byte(0)
		if i+1 < f.end {
			next = src[i+1]
		}
		switch c {
		case '\'', '"':
			i = skipString(src, i, f.end)
		case '\\':
			f.p.failAt(Pos(i), "f-string expression part cannot include a backslash")
		case '#':
			f.p.failAt(Pos(i), "f-string expression part cannot include '#'")
		case '(', '[', '{':
			depth++
		case ')', ']':
			depth--
		case '}':
			if depth--; depth < 0 {
				return f.pos, i, false
			}
		case ':':
			if depth == 0 {
				return f.pos, i, false
			}
		case '!', '<', '>', '=':
			if next == '=' {
				i++
			} else if depth == 0 && (c == '!' || c == '=') {
				return f.pos, i, c == '='
			}
		}
	}
	f.p.failAt(Pos(open), "f-string: expecting '}'")
	return 0, 0, false
}

// skipString gives the offset of the last quote of the string that begins at i.
func skipString(src string, i, end int) int {
	quote := src[i : i+1]
	if i+2 < end && src[i+1] == src[i] && src[i+2] == src[i] {
		quote = src[i : i+3]
	}
	if j := strings.Index(src[i+len(quote):end], quote); j >= 0 {
		return i + len(quote) + j + len(quote) - 1
	}
	return end
}

// sub reads the expression between two offsets.
func (p *parser) sub(start, end int, open Pos) expr {
	if strings.TrimSpace(p.src[start:end]) == "" {
		p.failAt(open, "f-string: empty expression not allowed")
	}
	l := lexer{file: p.file, src: p.src, pos: start, end: end, inner: true}
	l.run()
	inner := &parser{file: p.file, src: p.src, toks: l.toks, depth: p.depth, fn: p.fn}
	inner.nest()
	x := inner.starListOrYield()
	if inner.kind() != tEOF {
		inner.unexpected("")
	}
	return x
}

// unescape gives what a piece of a literal stands for.
func (p *parser) unescape(lit literal, start, end int) string {
	s := p.src[start:end]
	if lit.bytes {
		for i := range len(s) {
			if s[i] >= utf8.RuneSelf {
				p.failAt(Pos(start+i), "bytes can only contain ASCII literal characters")
			}
		}
	}
	if lit.raw || strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '\\' || i+1 >= len(s) {
			b.WriteByte(s[i])
			i++
			continue
		}
		i += p.escape(&b, lit, s[i:], Pos(start+i))
	}
	return b.String()
}

var simpleEscapes = map[byte]string{
	'\n': "", '\\': "\\", '\'': "'", '"': "\"", 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

// escape writes what the escape sequence at the start of s stands for, and gives its length.
func (p *parser) escape(b *strings.Builder, lit literal, s string, pos Pos) int {
	if text, ok := simpleEscapes[s[1]]; ok {
		b.WriteString(text)
		return 2
	}
	put := func(r uint64) {
		if lit.bytes {
			b.WriteByte(byte(r))
		} else {
			b.WriteRune(rune(r))
		}
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[1]]
	switch {
	case s[1] >= '0' && s[1] <= '7':
		n := 2
		for n < 4 && n < len(s) && s[n] >= '0' && s[n] <= '7' {
			n++
		}
		r, _ := strconv.ParseUint(s[1:n], 8, 32)
		put(r)
		return n
	case digits > 0 && (s[1] == 'x' || !lit.bytes):
		if len(s) < 2+digits {
			p.failAt(pos, "truncated \\%c escape", s[1])
		}
		r, err := strconv.ParseUint(s[2:2+digits], 16, 32)
		if err != nil {
			p.failAt(pos, "truncated \\%c escape", s[1])
		}
		if s[1] != 'x' && !utf8.ValidRune(rune(r)) {
			p.failAt(pos, "illegal character in a \\%c escape", s[1])
		}
		put(r)
		return 2 + digits
	case s[1] == 'N' && !lit.bytes:
		p.failAt(pos, "\\N{...} is not supported")
	}
	b.WriteByte('\\') // an escape that means nothing stays
	return 1
}
