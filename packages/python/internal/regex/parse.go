// Package regex matches regular expressions as Python's re does: by backtracking, with lookaround, back references and
// non-greedy and possessive repetition, which Go's regexp has not. Backtracking can take exponential time, so every step is
// reported to the caller, who can end a match.
//
// Read parse.go (text to tree), compile.go (tree to program), match.go (the machine).
package regex

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Flags change what a pattern means. The numbers are those of Python.
type Flags int

// The flags of re.
const (
	IgnoreCase Flags = 2
	Multiline  Flags = 8
	DotAll     Flags = 16
	Unicode    Flags = 32
	Verbose    Flags = 64
	ASCII      Flags = 256
)

const (
	maxNested  = 100       // groups in groups
	maxRepeat  = 1000      // the largest number in {m,n}
	maxProgram = 50_000    // instructions
	maxStack   = 1_000_000 // positions that the machine may have to come back to
)

// Error is a pattern that is none.
type Error struct {
	Msg string
	Pos int // in code points
}

func (e *Error) Error() string { return fmt.Sprintf("%s at position %d", e.Msg, e.Pos) }

// node is a part of a pattern.
type node interface{}

type (
	charNode struct {
		r    rune
		fold bool
	}
	anyNode struct{ newline bool }
	setNode struct {
		set  *charSet
		fold bool
	}
	assertNode struct{ op opcode }
	seqNode    struct{ parts []node }
	altNode    struct{ alts []node }
	groupNode  struct {
		index int // 0 for (?:...)
		x     node
	}
	repeatNode struct {
		x          node
		min, max   int // max -1: no limit
		lazy       bool
		possessive bool
	}
	lookNode struct {
		x              node
		behind, negate bool
	}
	atomicNode  struct{ x node }
	backrefNode struct {
		group int
		fold  bool
	}
	condNode struct {
		group    int
		yes, no_ node
	}
)

type parser struct {
	src    string
	pos    int
	flags  Flags
	groups int
	names  map[string]int
	open   []bool // groups that are not closed yet
	depth  int
}

// bail carries an Error up to Compile.
type bail struct{ err *Error }

func (p *parser) fail(format string, args ...any) {
	panic(bail{&Error{fmt.Sprintf(format, args...), utf8.RuneCountInString(p.src[:min(p.pos, len(p.src))])}})
}

func (p *parser) more() bool { return p.pos < len(p.src) }

func (p *parser) peek() rune {
	if !p.more() {
		return -1
	}
	r, _ := utf8.DecodeRuneInString(p.src[p.pos:])
	return r
}

func (p *parser) next() rune {
	if !p.more() {
		p.fail("unexpected end of pattern")
	}
	r, n := utf8.DecodeRuneInString(p.src[p.pos:])
	p.pos += n
	return r
}

func (p *parser) accept(s string) bool {
	if strings.HasPrefix(p.src[p.pos:], s) {
		p.pos += len(s)
		return true
	}
	return false
}

func (p *parser) alternatives() node {
	p.depth++
	if p.depth > maxNested {
		p.fail("the pattern is nested too deeply")
	}
	alts := []node{p.sequence()}
	for p.accept("|") {
		alts = append(alts, p.sequence())
	}
	p.depth--
	if len(alts) == 1 {
		return alts[0]
	}
	return &altNode{alts}
}

func (p *parser) sequence() node {
	seq := &seqNode{}
	for p.more() && p.peek() != '|' && p.peek() != ')' {
		if p.flags&Verbose != 0 && p.blank() {
			continue
		}
		start := p.pos
		x := p.atom()
		if x == nil {
			continue // a comment, or flags
		}
		seq.parts = append(seq.parts, p.repeat(x, start))
	}
	return seq
}

// blank passes over what a verbose pattern ignores.
func (p *parser) blank() bool {
	switch c := p.src[p.pos]; {
	case strings.IndexByte(" \t\n\r\f\v", c) >= 0:
		p.pos++
		return true
	case c == '#':
		if i := strings.IndexByte(p.src[p.pos:], '\n'); i >= 0 {
			p.pos += i + 1
		} else {
			p.pos = len(p.src)
		}
		return true
	}
	return false
}

// repeat reads the quantifiers behind x.
func (p *parser) repeat(x node, start int) node {
	repeated := false
	for {
		for p.flags&Verbose != 0 && p.more() && p.blank() {
		}
		at := p.pos
		low, high, ok := p.quantifier()
		if !ok {
			return x
		}
		if repeated {
			p.pos = at
			p.fail("multiple repeat")
		}
		if _, isAssert := x.(*assertNode); isAssert {
			p.pos = start
			p.fail("nothing to repeat")
		}
		r := &repeatNode{x: x, min: low, max: high}
		if p.accept("?") {
			r.lazy = true
		} else if p.accept("+") {
			r.possessive = true
		}
		x, repeated = r, true
	}
}

func (p *parser) quantifier() (low, high int, ok bool) {
	switch p.peek() {
	case '*':
		p.pos++
		return 0, -1, true
	case '+':
		p.pos++
		return 1, -1, true
	case '?':
		p.pos++
		return 0, 1, true
	case '{':
		return p.counted()
	}
	return 0, 0, false
}

// counted reads {m}, {m,}, {,n} or {m,n}; any other brace is a character.
func (p *parser) counted() (low, high int, ok bool) {
	end := strings.IndexByte(p.src[p.pos:], '}')
	if end < 0 {
		return 0, 0, false
	}
	inner := p.src[p.pos+1 : p.pos+end]
	a, b, two := strings.Cut(inner, ",")
	if !two {
		b = a
	}
	number := func(s string, missing int) int {
		if s == "" {
			return missing
		}
		n, err := strconv.Atoi(s)
		if err != nil || s[0] == '+' || s[0] == '-' {
			return -2
		}
		return n
	}
	low, high = number(a, 0), number(b, -1)
	if low == -2 || high == -2 || inner == "" {
		return 0, 0, false
	}
	p.pos += end + 1
	if high >= 0 && low > high {
		p.fail("min repeat greater than max repeat")
	}
	if low > maxRepeat || high > maxRepeat {
		p.fail("a repetition of more than %d is not supported", maxRepeat)
	}
	return low, high, true
}

func (p *parser) char(r rune) node { return &charNode{r, p.flags&IgnoreCase != 0} }

func (p *parser) atom() node {
	switch r := p.next(); r {
	case '.':
		return &anyNode{p.flags&DotAll != 0}
	case '^':
		if p.flags&Multiline != 0 {
			return &assertNode{opLineStart}
		}
		return &assertNode{opTextStart}
	case '$':
		if p.flags&Multiline != 0 {
			return &assertNode{opLineEnd}
		}
		return &assertNode{opTextEndOrNewline}
	case '[':
		return p.set()
	case '(':
		return p.group()
	case '\\':
		return p.escape()
	case '*', '+', '?':
		p.pos--
		p.fail("nothing to repeat")
		return nil
	default:
		return p.char(r)
	}
}

func (p *parser) escape() node {
	at := p.pos - 1
	switch r := p.next(); r {
	case 'A':
		return &assertNode{opTextStart}
	case 'Z':
		return &assertNode{opTextEnd}
	case 'b':
		return &assertNode{opWordBoundary}
	case 'B':
		return &assertNode{opNotWordBoundary}
	case 'd', 'D', 's', 'S', 'w', 'W':
		set := &charSet{}
		set.class(r, p.flags&ASCII != 0)
		return &setNode{set, false}
	default:
		if r >= '1' && r <= '9' {
			return p.backref(r, at)
		}
		p.pos = at
		return p.char(p.escapedChar())
	}
}

func (p *parser) backref(first rune, at int) node {
	n := int(first - '0')
	if d := p.peek(); d >= '0' && d <= '9' {
		if p.pos+1 < len(p.src) && first <= '3' && isOctal(byte(first)) && isOctal(p.src[p.pos]) && isOctal(p.src[p.pos+1]) {
			p.pos = at
			return p.char(p.escapedChar())
		}
		n = n*10 + int(d-'0')
		p.pos++
	}
	return p.groupRef(n, at)
}

func (p *parser) groupRef(n, at int) node {
	if n > p.groups {
		p.pos = at + 1
		p.fail("invalid group reference %d", n)
	}
	if p.open[n] {
		p.pos = at
		p.fail("cannot refer to an open group")
	}
	return &backrefNode{n, p.flags&IgnoreCase != 0}
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

var controlEscapes = map[rune]rune{'a': '\a', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// escapedChar reads an escape that stands for one character.
func (p *parser) escapedChar() rune {
	at := p.pos
	p.pos++
	r := p.next()
	if c, ok := controlEscapes[r]; ok {
		return c
	}
	digits := map[rune]int{'x': 2, 'u': 4, 'U': 8}[r]
	switch {
	case digits > 0:
		if p.pos+digits <= len(p.src) {
			if n, err := strconv.ParseUint(p.src[p.pos:p.pos+digits], 16, 32); err == nil && utf8.ValidRune(rune(n)) {
				p.pos += digits
				return rune(n)
			}
		}
		p.pos = at
		p.fail("incomplete escape \\%c", r)
	case r >= '0' && r <= '7':
		n := 0
		p.pos--
		for i := 0; i < 3 && p.more() && isOctal(p.src[p.pos]); i++ {
			n = n*8 + int(p.src[p.pos]-'0')
			p.pos++
		}
		if n > 0o377 {
			p.pos = at
			p.fail("octal escape value outside of range 0-0o377")
		}
		return rune(n)
	case r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'):
		p.pos = at
		p.fail("bad escape \\%c", r)
	}
	return r
}

// set reads a character class behind its bracket.
func (p *parser) set() node {
	at := p.pos - 1
	set := &charSet{negate: p.accept("^")}
	for first := true; ; first = false {
		if !p.more() {
			p.pos = at
			p.fail("unterminated character set")
		}
		if !first && p.accept("]") {
			return &setNode{set, p.flags&IgnoreCase != 0}
		}
		low, isClass := p.setChar(set)
		if !strings.HasPrefix(p.src[p.pos:], "-") || strings.HasPrefix(p.src[p.pos:], "-]") || p.pos+1 >= len(p.src) {
			if !isClass {
				set.add(low, low)
			}
			continue
		}
		p.pos++
		high, highClass := p.setChar(set)
		if isClass || highClass || high < low {
			p.pos = at
			p.fail("bad character range")
		}
		set.add(low, high)
	}
}

// setChar reads one member of a class. A class in it is added at once.
func (p *parser) setChar(set *charSet) (r rune, isClass bool) {
	r = p.next()
	if r != '\\' {
		return r, false
	}
	switch c := p.peek(); c {
	case 'd', 'D', 's', 'S', 'w', 'W':
		p.pos++
		set.class(c, p.flags&ASCII != 0)
		return 0, true
	case 'b':
		p.pos++
		return '\b', false
	}
	p.pos--
	return p.escapedChar(), false
}
