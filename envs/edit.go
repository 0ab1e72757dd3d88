package envs

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages/yamldoc"
)

// Editing env.yaml (or config.yaml) changes the text at the positions of its nodes and leaves every other byte as it was: encoding the document anew
// would move comments and reformat what people wrote. Each edit is read back and compared before it is handed out.

// listEdit edits the list of scalars under one top-level key of a YAML file.
type listEdit struct {
	file string // "env.yaml", for messages
	key  string // "specs"
}

// add returns text with a value added at the end of the list.
func (e listEdit) add(text []byte, value string) ([]byte, error) {
	before, err := e.values(text)
	if err != nil {
		return nil, err
	}
	item, err := yamlScalar(value)
	if err != nil {
		return nil, err
	}
	list, key, err := e.find(text)
	if err != nil {
		return nil, err
	}
	lines := splitLines(text)
	switch {
	case key == nil:
		lines = appendLine(lines, e.key+":\n", "- "+item+"\n")
	case list == nil || len(list.Content) == 0:
		// "key:" or "key: []": the key's line becomes the head of a block list, its comment stays.
		at := key.Line - 1
		lines[at] = blockHead(lines[at], key)
		lines = slices.Insert(lines, at+1, strings.Repeat(" ", key.Column-1)+"- "+item+"\n")
	case list.Style&yaml.FlowStyle != 0:
		last := list.Content[len(list.Content)-1]
		line, col, err := e.scalarEnd(lines, last)
		if err != nil {
			return nil, err
		}
		lines[line] = lines[line][:col] + ", " + flowScalar(value, item) + lines[line][col:]
	default:
		last := list.Content[len(list.Content)-1]
		end := itemEnd(lines, last, list.Column)
		ensureNewline(lines, end-1)
		lines = slices.Insert(lines, end, strings.Repeat(" ", list.Column-1)+"- "+item+"\n")
	}
	return e.checked(joinLines(lines), append(before, value))
}

// removeAt returns text without the list's i-th entry.
func (e listEdit) removeAt(text []byte, i int) ([]byte, error) {
	before, err := e.values(text)
	if err != nil {
		return nil, err
	}
	list, key, err := e.find(text)
	if err != nil {
		return nil, err
	}
	if list == nil || i < 0 || i >= len(list.Content) {
		return nil, fmt.Errorf("edit %s: it has no entry %d under %s", e.file, i+1, e.key)
	}
	lines := splitLines(text)
	node := list.Content[i]
	if list.Style&yaml.FlowStyle != 0 {
		if err := e.cutFromFlow(lines, list, i); err != nil {
			return nil, err
		}
	} else {
		end := itemEnd(lines, node, list.Column)
		lines = slices.Delete(lines, node.Line-1, end)
		if len(list.Content) == 1 {
			lines[key.Line-1] = blockHead(lines[key.Line-1], key)
			head := strings.TrimRight(lines[key.Line-1], "\n")
			colon := strings.Index(head, ":")
			lines[key.Line-1] = head[:colon+1] + " []" + head[colon+1:] + "\n"
		}
	}
	return e.checked(joinLines(lines), slices.Delete(slices.Clone(before), i, i+1))
}

// checked hands an edited text out only if it reads back to exactly these values.
func (e listEdit) checked(text []byte, want []string) ([]byte, error) {
	got, err := e.values(text)
	if err != nil || !slices.Equal(got, want) {
		return nil, fmt.Errorf("edit %s: its list of %s is written in a way that cannot be edited here; change it by hand", e.file, e.key)
	}
	return text, nil
}

// values lists the entries as text.
func (e listEdit) values(text []byte) ([]string, error) {
	list, _, err := e.find(text)
	if err != nil || list == nil {
		return nil, err
	}
	var values []string
	for _, n := range list.Content {
		values = append(values, strings.TrimSpace(n.Value))
	}
	return values, nil
}

// find returns the list and its key; both are nil if there is none.
func (e listEdit) find(text []byte) (list, key *yaml.Node, err error) {
	var doc yaml.Node
	if err := yamldoc.CheckLineEnds(e.file, text); err != nil {
		return nil, nil, err
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", e.file, err)
	}
	if len(doc.Content) == 0 {
		return nil, nil, nil
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		return nil, nil, fmt.Errorf("read %s: line %d: want keys and values at the top, such as `%s:`", e.file, top.Line, e.key)
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value != e.key {
			continue
		}
		value := top.Content[i+1]
		if value.Kind != yaml.SequenceNode {
			value = nil
		}
		return value, top.Content[i], nil
	}
	return nil, nil, nil
}

// itemEnd is the index of the first line behind a block list's item: lines that are indented deeper than its dash belong to it.
func itemEnd(lines []string, item *yaml.Node, dashColumn int) int {
	end := item.Line
	for end < len(lines) {
		line := lines[end]
		trimmed := strings.TrimLeft(line, " ")
		indent := len(line) - len(trimmed)
		if strings.TrimSpace(line) == "" || indent < dashColumn || strings.HasPrefix(trimmed, "#") || strings.HasPrefix(trimmed, "- ") && indent <= dashColumn-1 {
			break
		}
		end++
	}
	return end
}

// scalarEnd is where the text of a scalar in a flow list ends: line index, byte column. It must end on the line it begins on.
func (e listEdit) scalarEnd(lines []string, n *yaml.Node) (line, col int, err error) {
	line = n.Line - 1
	text := lines[line]
	start := byteColumn(text, n.Column)
	switch quote := text[start]; quote {
	case '"', '\'':
		for i := start + 1; i < len(text); i++ {
			switch {
			case quote == '"' && text[i] == '\\':
				i++
			case text[i] == quote && quote == '\'' && i+1 < len(text) && text[i+1] == quote:
				i++
			case text[i] == quote:
				return line, i + 1, nil
			}
		}
	default:
		if stop := strings.IndexAny(text[start:], ",]\n"); stop >= 0 {
			return line, start + len(strings.TrimRight(text[start:start+stop], " ")), nil
		}
	}
	return 0, 0, fmt.Errorf("edit %s: line %d: the list of %s is written over several lines in brackets; change it by hand", e.file, n.Line, e.key)
}

// cutFromFlow removes the i-th entry of a list in brackets, with one comma.
func (e listEdit) cutFromFlow(lines []string, list *yaml.Node, i int) error {
	node := list.Content[i]
	line, end, err := e.scalarEnd(lines, node)
	if err != nil {
		return err
	}
	start := byteColumn(lines[line], node.Column)
	text := lines[line]
	switch {
	case i+1 < len(list.Content) && list.Content[i+1].Line == node.Line:
		end = byteColumn(text, list.Content[i+1].Column)
	case i > 0 && list.Content[i-1].Line == node.Line:
		_, start, err = e.scalarEnd(lines, list.Content[i-1])
		if err != nil {
			return err
		}
	}
	lines[line] = text[:start] + text[end:]
	return nil
}

// blockHead is the key's line with nothing between its colon and a comment.
func blockHead(line string, key *yaml.Node) string {
	start := byteColumn(line, key.Column)
	colon := start + strings.Index(line[start:], ":") + 1
	rest := strings.TrimRight(line[colon:], "\n")
	comment := ""
	if at := strings.Index(rest, " #"); at >= 0 {
		comment = rest[at:]
	}
	return line[:colon] + comment + "\n"
}

// byteColumn turns yaml's column (characters, from 1) into a byte offset.
func byteColumn(line string, column int) int {
	for offset := range line {
		column--
		if column == 0 {
			return offset
		}
	}
	return len(line)
}

// yamlScalar writes a value as a YAML scalar, quoted only where it must be.
func yamlScalar(value string) (string, error) {
	if strings.ContainsAny(value, "\n\r") {
		return "", fmt.Errorf("%q has a line break", value)
	}
	out, err := yaml.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("write %q: %w", value, err)
	}
	item := strings.TrimSuffix(string(out), "\n")
	if strings.Contains(item, "\n") {
		item = "'" + strings.ReplaceAll(value, "'", "''") + "'"
	}
	return item, nil
}

// flowScalar quotes what has a meaning of its own inside brackets.
func flowScalar(value, item string) string {
	if item == value && strings.ContainsAny(value, ",[]{}") {
		return "'" + strings.ReplaceAll(value, "'", "''") + "'"
	}
	return item
}

func splitLines(text []byte) []string { return strings.SplitAfter(string(text), "\n") }

func joinLines(lines []string) []byte { return []byte(strings.Join(lines, "")) }

func ensureNewline(lines []string, i int) {
	if !strings.HasSuffix(lines[i], "\n") {
		lines[i] += "\n"
	}
}

// appendLine adds lines at the end of the text.
func appendLine(lines []string, more ...string) []string {
	if n := len(lines); n > 0 && lines[n-1] == "" {
		lines = lines[:n-1]
	}
	if len(lines) > 0 {
		ensureNewline(lines, len(lines)-1)
	}
	return append(lines, more...)
}
