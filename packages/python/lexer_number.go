package python

import (
	"math/big"
	"strconv"
	"strings"
)

// number reads a number; its value is computed by numberValue.
func (l *lexer) number(start int) {
	digits := func(ok func(byte) bool) {
		for l.pos < l.end && (ok(l.src[l.pos]) || l.src[l.pos] == '_') {
			l.pos++
		}
	}
	if prefix := l.radix(); prefix != nil {
		l.pos += 2
		digits(prefix)
	} else {
		digits(isDigit)
		if l.pos < l.end && l.src[l.pos] == '.' {
			l.pos++
			digits(isDigit)
		}
		if l.pos < l.end && (l.src[l.pos] == 'e' || l.src[l.pos] == 'E') && l.exponentFollows() {
			l.pos += 2
			digits(isDigit)
		}
	}
	if l.pos < l.end && (l.src[l.pos] == 'j' || l.src[l.pos] == 'J') {
		l.fail(start, "complex numbers are not supported")
	}
	if l.pos < l.end && (isLetter(l.src[l.pos]) || l.src[l.pos] == '_' || isDigit(l.src[l.pos])) && !l.keywordFollows() {
		l.fail(start, "invalid decimal literal")
	}
	if text := l.src[start:l.pos]; len(text) > 1 && strings.Trim(text, "01234567_") == "" && text[0] == '0' && strings.Trim(text, "0_") != "" {
		l.fail(start, "leading zeros in decimal integer literals are not permitted; octal numbers begin with 0o")
	}
	if _, ok := numberValue(l.src[start:l.pos]); !ok {
		l.fail(start, "invalid number %q", l.src[start:l.pos])
	}
	l.emit(tNumber, start)
}

// radix says which digits follow 0x, 0o or 0b, or nil.
func (l *lexer) radix() func(byte) bool {
	if l.src[l.pos] != '0' || l.pos+1 >= l.end {
		return nil
	}
	switch l.src[l.pos+1] {
	case 'x', 'X':
		return func(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
	case 'o', 'O':
		return func(c byte) bool { return c >= '0' && c <= '7' }
	case 'b', 'B':
		return func(c byte) bool { return c == '0' || c == '1' }
	}
	return nil
}

func (l *lexer) exponentFollows() bool {
	rest := l.src[l.pos+1 : l.end]
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	if rest == "" || !isDigit(rest[0]) {
		return false
	}
	return true
}

// keywordFollows allows "1if x else 2", which is legal.
func (l *lexer) keywordFollows() bool {
	rest := l.src[l.pos:l.end]
	for _, k := range [...]string{"and", "else", "for", "if", "in", "is", "or", "not"} {
		if strings.HasPrefix(rest, k) {
			return true
		}
	}
	return false
}

// numberValue gives a literal's value; false for one that is not well-formed.
func numberValue(text string) (Value, bool) {
	if text[len(text)-1] == '_' || strings.Contains(text, "__") || strings.Contains(text, "_.") || strings.Contains(text, "._") {
		return nil, false
	}
	clean := strings.ReplaceAll(text, "_", "")
	base := 10
	if len(clean) > 1 && clean[0] == '0' && isLetter(clean[1]) && clean[1] != 'e' && clean[1] != 'E' {
		base = map[byte]int{'x': 16, 'o': 8, 'b': 2}[clean[1]|0x20]
		clean = clean[2:]
	} else if strings.ContainsAny(clean, ".eE") {
		f, err := strconv.ParseFloat(clean, 64)
		if err != nil && f == 0 {
			return nil, false
		}
		return Float(f), true
	} else if clean[0] == '0' && strings.Trim(clean, "0") != "" {
		return nil, false // 0777 was octal once
	}
	if i, err := strconv.ParseInt(clean, base, 64); err == nil {
		return Int(i), true
	}
	if len(clean) > 4300 { // CPython's limit for decimal conversions, which take quadratic time
		return nil, false
	}
	n, ok := new(big.Int).SetString(clean, base)
	if !ok {
		return nil, false
	}
	return normalize(n), true
}
