package config

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"
)

// editor inserts text into a YAML file at the positions of its nodes, so that every other byte stays. (Encoding the nodes again
// would move comments.)
type editor struct {
	text []byte
}

// insert puts s before the byte at offset.
func (e editor) insert(offset int, s string) []byte {
	return bytes.Join([][]byte{e.text[:offset], []byte(s), e.text[offset:]}, nil)
}

// appendLines adds lines at the end of the file.
func (e editor) appendLines(lines string) []byte { return e.insertLine(len(e.text), lines) }

// insertLine puts whole lines at an offset that is the beginning of a line or the end of the file.
func (e editor) insertLine(offset int, lines string) []byte {
	if offset == len(e.text) && !endsWithNewline(e.text) {
		lines = "\n" + strings.TrimSuffix(lines, "\n")
	}
	return e.insert(offset, lines)
}

// offset is where a line (from 1) and column (from 1, in characters) begin.
func (e editor) offset(line, col int) int {
	at := e.lineStart(line)
	for col--; col > 0 && at < len(e.text); at++ {
		if at+1 == len(e.text) || e.text[at+1]&0xC0 != 0x80 { // not inside a character
			col--
		}
	}
	return at
}

func (e editor) lineStart(line int) int {
	at := 0
	for ; line > 1; line-- {
		next := bytes.IndexByte(e.text[at:], '\n')
		if next < 0 {
			return len(e.text)
		}
		at += next + 1
	}
	return at
}

// replaceEmpty gives a key without a value (or with null, {} or []) the block below.
func (e editor) replaceEmpty(p pair, block string) []byte {
	start := e.offset(p.key.Line, p.key.Column) + len(p.key.Value)
	if p.key.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		start += 2
	}
	end := start
	for end < len(e.text) && e.text[end] != '\n' && e.text[end] != '#' {
		end++
	}
	line := end
	for line < len(e.text) && e.text[line] != '\n' {
		line++
	}
	value := e.text[start:end]
	space := len(value) - len(bytes.TrimRight(value, " "))
	tail := append(bytes.Repeat([]byte(" "), space), e.text[end:line]...) // the comment keeps its distance
	rest := e.text[min(line+1, len(e.text)):]
	return bytes.Join([][]byte{e.text[:start], []byte(":"), bytes.TrimRight(tail, " "), []byte("\n" + block), rest}, nil)
}

// addToMap adds a key: in a block map with the block below it, in a flow map with its value in the line.
func (e editor) addToMap(m *yaml.Node, key, block, flow string) []byte {
	if m.Style&yaml.FlowStyle != 0 {
		return e.addToFlow(m, "}", scalar(key)+": "+flow)
	}
	indent := strings.Repeat(" ", m.Content[0].Column-1)
	return e.insertLine(e.blockEnd(m), indent+scalar(key)+":\n"+indentLines(block, indent+"  "))
}

// addToList adds an element to a list.
func (e editor) addToList(list *yaml.Node, block, flow string) []byte {
	if list.Style&yaml.FlowStyle != 0 {
		return e.addToFlow(list, "]", flow)
	}
	return e.insertLine(e.blockEnd(list), block)
}

func indentLines(block, indent string) string {
	lines := strings.SplitAfter(block, "\n")
	for i, l := range lines {
		if l != "" {
			lines[i] = indent + l
		}
	}
	return strings.Join(lines, "")
}

// addToFlow puts an element before the bracket that closes a flow collection.
func (e editor) addToFlow(n *yaml.Node, closing, element string) []byte {
	at := e.flowEnd(e.offset(n.Line, n.Column))
	if at < 0 || e.text[at] != closing[0] {
		return e.text
	}
	for at > 0 && strings.IndexByte(" \t\r\n", e.text[at-1]) >= 0 {
		at--
	}
	if e.text[at-1] == ',' {
		return e.insert(at, " "+element)
	}
	return e.insert(at, ", "+element)
}

// flowEnd finds the bracket that closes the one at offset.
func (e editor) flowEnd(offset int) int {
	depth := 0
	for i := offset; i < len(e.text); i++ {
		switch c := e.text[i]; c {
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return i
			}
		case '\'', '"':
			if strings.IndexByte(" [{,:\n", e.text[i-1]) < 0 {
				continue // inside a plain scalar
			}
			for i++; i < len(e.text) && e.text[i] != c; i++ {
				if c == '"' && e.text[i] == '\\' {
					i++
				}
			}
		case '#':
			if e.text[i-1] == ' ' || e.text[i-1] == '\n' {
				for i < len(e.text) && e.text[i] != '\n' {
					i++
				}
			}
		}
	}
	return -1
}

// blockEnd is the beginning of the line after the last line of a block collection: comments and blank lines that follow are
// not its own.
func (e editor) blockEnd(n *yaml.Node) int {
	last := n
	for len(last.Content) > 0 {
		last = last.Content[len(last.Content)-1]
	}
	line := last.Line
	if last.Kind == yaml.ScalarNode {
		line += strings.Count(strings.TrimRight(last.Value, "\n"), "\n")
		if last.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			line = e.literalEnd(last)
		}
	}
	if top := flowTop(n, last); top != nil {
		if end := e.flowEnd(e.offset(top.Line, top.Column)); end >= 0 {
			line = 1 + bytes.Count(e.text[:end], []byte("\n"))
		}
	}
	return e.lineStart(line + 1)
}

// flowTop is the outermost flow collection on the way from n to its last descendant, or nil.
func flowTop(n, last *yaml.Node) *yaml.Node {
	for n != last {
		if n.Style&yaml.FlowStyle != 0 {
			return n
		}
		n = n.Content[len(n.Content)-1]
	}
	if n.Kind != yaml.ScalarNode && n.Style&yaml.FlowStyle != 0 {
		return n
	}
	return nil
}

// literalEnd is the last line of a block scalar: the lines below its indicator that are indented further than the line of the key.
func (e editor) literalEnd(n *yaml.Node) int {
	lines := bytes.Split(e.text, []byte("\n"))
	indent := func(l []byte) int { return len(l) - len(bytes.TrimLeft(l, " ")) }
	end := n.Line
	for i := n.Line; i < len(lines); i++ {
		if len(bytes.TrimSpace(lines[i])) == 0 {
			continue
		}
		if indent(lines[i]) <= indent(lines[n.Line-1]) {
			break
		}
		end = i + 1
	}
	return end
}
