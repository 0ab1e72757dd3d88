package python

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxSource = 2 << 20 // bytes in a file
	maxNested = 100     // brackets in brackets, blocks in blocks
)

// lexer cuts a text into tokens. Newlines within brackets are blanks; outside of them, tokens mark line ends and changes of
// the indentation.
type lexer struct {
	file     *File
	src      string
	pos, end int
	toks     []token
	indents  []indent
	brackets []Pos // where the open ones are
	inner    bool  // an expression in an f-string: as if in brackets
}

// indent is the width of a line's indentation with tabs to multiples of eight, and with tabs as one column: the two must
// agree on what is deeper, or the tabs' width would decide what the program means.
type indent struct{ wide, narrow int }

// syntaxPanic carries a SyntaxError up to Parse.
type syntaxPanic struct{ err *SyntaxError }

func (l *lexer) fail(at int, format string, args ...any) {
	panic(syntaxPanic{l.file.syntaxError(Pos(at), fmt.Sprintf(format, args...))})
}

func (l *lexer) emit(k kind, start int) {
	l.toks = append(l.toks, token{k, Pos(start), Pos(l.pos)})
}

// run fills toks.
func (l *lexer) run() {
	l.indents = append(l.indents, indent{})
	if !l.inner {
		l.indentation()
	}
	for l.next() {
	}
	if len(l.brackets) > 0 {
		at := l.brackets[len(l.brackets)-1]
		l.fail(int(at), "'%c' was never closed", l.src[at])
	}
	if n := len(l.toks); !l.inner && n > 0 && l.toks[n-1].kind != tNewline && l.toks[n-1].kind != tDedent {
		l.emit(tNewline, l.pos)
	}
	for range l.indents[1:] {
		l.emit(tDedent, l.pos)
	}
	l.emit(tEOF, l.pos)
}

// next reads one token or blank; false at the end.
func (l *lexer) next() bool {
	if l.pos >= l.end {
		return false
	}
	start := l.pos
	c := l.src[l.pos]
	switch {
	case c == ' ' || c == '\t' || c == '\f':
		l.pos++
	case c == '\n':
		l.pos++
		if len(l.brackets) == 0 && !l.inner {
			l.emit(tNewline, start)
			l.indentation()
		}
	case c == '#':
		l.comment()
	case c == '\\':
		l.continuation()
	case c == '"' || c == '\'':
		l.str(start)
	case c >= '0' && c <= '9' || c == '.' && l.pos+1 < l.end && isDigit(l.src[l.pos+1]):
		l.number(start)
	case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf:
		l.name(start)
	default:
		l.operator(start)
	}
	return true
}

func (l *lexer) comment() {
	if i := strings.IndexByte(l.src[l.pos:l.end], '\n'); i >= 0 {
		l.pos += i
	} else {
		l.pos = l.end
	}
}

func (l *lexer) continuation() {
	if l.pos+1 < l.end && l.src[l.pos+1] == '\n' {
		l.pos += 2
		return
	}
	if l.pos+1 >= l.end {
		l.fail(l.pos, "unexpected end of file after line continuation character")
	}
	l.fail(l.pos, "unexpected character after line continuation character")
}

// indentation reads the blanks at the start of a line, passing over empty lines.
func (l *lexer) indentation() {
	for {
		start := l.pos
		var in indent
		for l.pos < l.end {
			switch l.src[l.pos] {
			case ' ':
				in.wide, in.narrow = in.wide+1, in.narrow+1
			case '\t':
				in.wide, in.narrow = in.wide/8*8+8, in.narrow+1
			case '\f':
				in = indent{}
			default:
				goto text
			}
			l.pos++
		}
		return
	text:
		if l.src[l.pos] == '#' {
			l.comment()
		}
		if l.pos >= l.end {
			return
		}
		if l.src[l.pos] == '\n' {
			l.pos++
			continue
		}
		l.indentTo(in, start)
		return
	}
}

func (l *lexer) indentTo(in indent, start int) {
	top := l.indents[len(l.indents)-1]
	if in == top {
		return
	}
	if in.wide > top.wide {
		if in.narrow <= top.narrow {
			l.fail(l.pos, "inconsistent use of tabs and spaces in indentation")
		}
		if len(l.indents) > maxNested {
			l.fail(l.pos, "too many levels of indentation")
		}
		l.indents = append(l.indents, in)
		l.emit(tIndent, start)
		return
	}
	for in.wide < top.wide {
		l.indents = l.indents[:len(l.indents)-1]
		l.emit(tDedent, l.pos)
		top = l.indents[len(l.indents)-1]
	}
	if in.wide != top.wide {
		l.fail(l.pos, "unindent does not match any outer indentation level")
	}
	if in != top {
		l.fail(l.pos, "inconsistent use of tabs and spaces in indentation")
	}
}

func (l *lexer) name(start int) {
	for l.pos < l.end {
		c := l.src[l.pos]
		if c < utf8.RuneSelf {
			if c != '_' && !isDigit(c) && !isLetter(c) {
				break
			}
			l.pos++
			continue
		}
		r, size := utf8.DecodeRuneInString(l.src[l.pos:])
		if !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Mc, r) && !unicode.IsDigit(r) {
			if l.pos == start {
				l.fail(l.pos, "invalid character '%c' (U+%04X)", r, r)
			}
			break
		}
		l.pos += size
	}
	text := l.src[start:l.pos]
	if l.pos < l.end && (l.src[l.pos] == '"' || l.src[l.pos] == '\'') && len(text) <= 2 && isStringPrefix(text) {
		l.str(start)
		return
	}
	k, ok := keywords[text]
	if !ok {
		k = tName
	}
	l.emit(k, start)
}

func isStringPrefix(s string) bool {
	switch strings.ToLower(s) {
	case "r", "b", "f", "u", "rb", "br", "rf", "fr":
		return true
	}
	return false
}

// str reads a string whose prefix began at start and whose quote is next.
func (l *lexer) str(start int) {
	quote := l.src[l.pos : l.pos+1]
	if strings.HasPrefix(l.src[l.pos:l.end], quote+quote+quote) {
		quote = quote + quote + quote
	}
	open := l.pos
	l.pos += len(quote)
	for l.pos < l.end {
		switch c := l.src[l.pos]; {
		case c == '\\':
			l.pos += 2
			continue
		case c == '\n' && len(quote) == 1:
			l.fail(open, "unterminated string literal")
		case c == quote[0] && strings.HasPrefix(l.src[l.pos:l.end], quote):
			l.pos += len(quote)
			l.emit(tString, start)
			return
		}
		l.pos++
	}
	l.pos = l.end
	if len(quote) == 3 {
		l.fail(open, "unterminated triple-quoted string literal")
	}
	l.fail(open, "unterminated string literal")
}

func (l *lexer) operator(start int) {
	for i, ops := range operators {
		n := 3 - i
		if l.pos+n <= l.end {
			if k, ok := ops[l.src[l.pos:l.pos+n]]; ok {
				l.pos += n
				l.emit(k, start)
				return
			}
		}
	}
	c := l.src[l.pos]
	if singleOperators[c] == tEOF || c == '!' && !l.inner {
		l.fail(l.pos, "invalid character %q", rune(c))
	}
	l.pos++
	l.emit(singleOperators[c], start)
	switch c {
	case '(', '[', '{':
		if len(l.brackets) >= maxNested {
			l.fail(start, "too many nested parentheses")
		}
		l.brackets = append(l.brackets, Pos(start))
	case ')', ']', '}':
		l.closeBracket(start, c)
	}
}

func (l *lexer) closeBracket(at int, c byte) {
	if len(l.brackets) == 0 {
		l.fail(at, "unmatched '%c'", c)
	}
	open := l.brackets[len(l.brackets)-1]
	want := map[byte]byte{'(': ')', '[': ']', '{': '}'}[l.src[open]]
	if c != want {
		l.fail(at, "closing parenthesis '%c' does not match opening parenthesis '%c' on line %d", c, l.src[open], l.file.place(open).Line)
	}
	l.brackets = l.brackets[:len(l.brackets)-1]
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
