package yamldoc

import (
	"bytes"
	"strings"
)

// quoteRange puts the values of a line in quotes that begin with a colon in a list: [:2.4]. YAML 1.2 has them as plain text, and so have
// Spack's files, but the parser here takes the colon for the end of an empty key. It is asked after the parser has failed, with its error, and
// deals with one line; ok tells whether something was put in quotes. Columns behind that are a few too high in messages.
func (d *Document) quoteRange(text []byte, err error) (quoted []byte, ok bool) {
	message := err.Error()
	if !strings.Contains(message, "did not find expected") {
		return nil, false
	}
	at := d.syntaxError(err).Line
	lines := splitLines(text)
	for _, n := range []int{at, at - 1} {
		if n < 1 || n > len(lines) {
			continue
		}
		if line, ok := quoteColons(lines[n-1]); ok {
			var b bytes.Buffer
			start := 0
			for _, l := range lines[:n-1] {
				start += len(l) + lineBreak(text[start+len(l):])
			}
			b.Write(text[:start])
			b.Write(line)
			b.Write(text[start+len(lines[n-1]):])
			return b.Bytes(), true
		}
	}
	return nil, false
}

// quoteColons puts in quotes what follows [ or , outside of quotes and comments and begins with a colon and more than a space.
func quoteColons(line []byte) (quoted []byte, ok bool) {
	depth, quote := 0, byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '#' && (i == 0 || line[i-1] == ' '):
			return append(quoted, line[i:]...), ok
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == ':' && depth > 0 && beginsEntry(line[:i]) && i+1 < len(line) && !strings.ContainsRune(" ,]\"'", rune(line[i+1])):
			end := i + bytes.IndexAny(line[i:], ",] ")
			if end < i {
				end = len(line)
			}
			quoted = append(append(append(quoted, '\''), line[i:end]...), '\'')
			i, ok = end-1, true
			continue
		}
		quoted = append(quoted, c)
	}
	return quoted, ok
}

// beginsEntry reports whether the next character is the first of an entry of a list.
func beginsEntry(before []byte) bool {
	before = bytes.TrimRight(before, " ")
	return len(before) > 0 && (before[len(before)-1] == '[' || before[len(before)-1] == ',')
}
