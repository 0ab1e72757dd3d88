package spec

import (
	"fmt"
	"strings"
)

// cursor walks over a spec's text. The language is too much alive for a list of tokens ("-" may be part of a name or turn a
// variant off, "," may go on with a version or end one), so the parser asks the cursor for what may stand here.
type cursor struct {
	text string
	pos  int
}

// peek is the character at the cursor, 0 at the end.
func (c *cursor) peek() byte { return c.at(0) }

func (c *cursor) at(ahead int) byte {
	if c.pos+ahead >= len(c.text) {
		return 0
	}
	return c.text[c.pos+ahead]
}

func (c *cursor) atEnd() bool { return c.pos >= len(c.text) }

// space skips white space and reports whether there was some.
func (c *cursor) space() bool {
	begin := c.pos
	c.pos = skipSpace(c.text, c.pos)
	return c.pos > begin
}

// accept steps over the token if the text goes on with it.
func (c *cursor) accept(token string) bool {
	if !strings.HasPrefix(c.text[c.pos:], token) {
		return false
	}
	c.pos += len(token)
	return true
}

func (c *cursor) unexpected(expected string) *ParseError {
	return unexpected(c.text, c.pos, expected)
}

// errorSince is an error about the text from begin to the cursor.
func (c *cursor) errorSince(begin int, message, expected string) *ParseError {
	return errorAt(c.text, begin, c.pos-begin, message, expected)
}

func isNameStart(b byte) bool { return isDigit(b) || isLetter(b) || b == '_' }

// isIdentifierChar: what package names and virtuals are made of. Names of variants may also have dots.
func isIdentifierChar(b byte) bool { return isNameStart(b) || b == '-' }
func isNameChar(b byte) bool       { return isIdentifierChar(b) || b == '.' }

// isValueChar: what a value may hold without quotes.
func isValueChar(b byte) bool { return isNameChar(b) || strings.IndexByte(`+*,:=%^~/\`, b) >= 0 }

// isBare reports whether a value can do without quotes.
func isBare(value string) bool {
	for i := range len(value) {
		if !isValueChar(value[i]) {
			return false
		}
	}
	return value != ""
}

// take returns the longest run of characters of a class.
func (c *cursor) take(class func(byte) bool) string {
	begin := c.pos
	for c.pos < len(c.text) && class(c.text[c.pos]) {
		c.pos++
	}
	return c.text[begin:c.pos]
}

// assignment is what stands between a name and its value: =, :=, == or :==.
type assignment struct {
	exact, propagate bool
}

// key reads a name with the assignment after it. If no assignment follows, it leaves the cursor where it was.
func (c *cursor) key() (name string, how assignment, ok bool) {
	begin := c.pos
	if !isNameStart(c.peek()) {
		return "", how, false
	}
	name = c.take(isNameChar)
	how.exact = c.peek() == ':' && c.at(1) == '='
	if how.exact {
		c.pos++
	}
	if !c.accept("=") {
		c.pos = begin
		return "", assignment{}, false
	}
	how.propagate = c.accept("=")
	return name, how, true
}

// value reads what follows an assignment to name: bare, or in quotes, where a backslash before a quote or a backslash makes it an
// ordinary character. More says which further characters a bare value may have here.
func (c *cursor) value(name, more string) (string, *ParseError) {
	if quote := c.peek(); quote == '"' || quote == '\'' {
		return c.quoted(quote)
	}
	value := c.take(func(b byte) bool { return isValueChar(b) || strings.IndexByte(more, b) >= 0 })
	if value == "" {
		return "", c.unexpected(fmt.Sprintf(`a value for %s, in quotes if it has spaces or is empty`, name))
	}
	return value, nil
}

func (c *cursor) quoted(quote byte) (string, *ParseError) {
	begin := c.pos
	var b strings.Builder
	for c.pos++; c.pos < len(c.text); c.pos++ {
		char := c.text[c.pos]
		if char == quote {
			c.pos++
			return b.String(), nil
		}
		if next := c.at(1); char == '\\' && (next == quote || next == '\\') {
			c.pos++
			char = next
		}
		b.WriteByte(char)
	}
	return "", errorAt(c.text, begin, 1, "this quote is not closed", fmt.Sprintf("a second %c after the value", quote))
}

// quoteIfNeeded writes a value so that cursor.value reads it back.
func quoteIfNeeded(value string) string {
	plain := value != "" && value[0] != '='
	for i := 0; i < len(value) && plain; i++ {
		plain = isNameChar(value[i]) || strings.IndexByte("+*,:=~/", value[i]) >= 0
	}
	if plain {
		return value
	}
	return quoted(value)
}

func quoted(value string) string { return `"` + quoteEscaper.Replace(value) + `"` }

var quoteEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
