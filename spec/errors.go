package spec

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// ParseError says where a spec's text cannot be read, and what would have been accepted there.
type ParseError struct {
	Text     string // the whole text
	Offset   int    // byte offset of the character that cannot be read
	Length   int    // bytes of the offending token, at least 1
	Message  string // "unexpected '^'"
	Expected string // "a package name", what would have been accepted; may be ""
}

// Error is one line. Caret gives the line with a caret under the character.
func (e *ParseError) Error() string {
	column := utf8.RuneCountInString(e.Text[:min(e.Offset, len(e.Text))]) + 1
	if e.Expected == "" {
		return fmt.Sprintf("parse spec %q: column %d: %s", e.Text, column, e.Message)
	}
	return fmt.Sprintf("parse spec %q: column %d: %s, expected %s", e.Text, column, e.Message, e.Expected)
}

// Caret is the text and, in the line below, a caret under the offending token. A text of several lines is cut to the one line
// that holds the token; control characters print as spaces, so that the caret stands where it should.
func (e *ParseError) Caret() string {
	offset := min(e.Offset, len(e.Text))
	begin := strings.LastIndexByte(e.Text[:offset], '\n') + 1
	end := len(e.Text)
	if i := strings.IndexByte(e.Text[offset:], '\n'); i >= 0 {
		end = offset + i
	}
	stop := min(max(offset+e.Length, offset), end)
	carets := max(utf8.RuneCountInString(e.Text[offset:stop]), 1)
	return printable(e.Text[begin:end]) + "\n" +
		strings.Repeat(" ", utf8.RuneCountInString(e.Text[begin:offset])) + strings.Repeat("^", carets)
}

// printable replaces what would move the cursor or is no text: one rune becomes one rune.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, line)
}

func errorAt(text string, pos, length int, message, expected string) *ParseError {
	return &ParseError{Text: text, Offset: pos, Length: max(length, 1), Message: message, Expected: expected}
}

// unexpected is the error for a character that fits nothing, or for a text that ends too early.
func unexpected(text string, pos int, expected string) *ParseError {
	if pos >= len(text) {
		return errorAt(text, len(text), 1, "unexpected end of text", expected)
	}
	r, size := utf8.DecodeRuneInString(text[pos:])
	return errorAt(text, pos, size, fmt.Sprintf("unexpected %q", r), expected)
}
