package envs

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Editing env.yaml changes the text at the positions of its nodes and leaves every other byte as it was: encoding the document anew
// would move comments and reformat what people wrote. Each edit is read back and compared before it is handed out.

// addSpec returns text with a spec added at the end of the list under specs.
func addSpec(text []byte, spec string) ([]byte, error) {
	before, err := specTexts(text)
	if err != nil {
		return nil, err
	}
	item, err := yamlScalar(spec)
	if err != nil {
		return nil, err
	}
	list, key, err := specsNode(text)
	if err != nil {
		return nil, err
	}
	lines := splitLines(text)
	switch {
	case key == nil:
		lines = appendLine(lines, "specs:\n", "- "+item+"\n")
	case list == nil || len(list.Content) == 0:
		// "specs:" or "specs: []": the key's line becomes the head of a block list, its comment stays.
		at := key.Line - 1
		lines[at] = blockHead(lines[at], key)
		lines = slices.Insert(lines, at+1, strings.Repeat(" ", key.Column-1)+"- "+item+"\n")
	case list.Style&yaml.FlowStyle != 0:
		last := list.Content[len(list.Content)-1]
		line, col, err := scalarEnd(lines, last)
		if err != nil {
			return nil, err
		}
		lines[line] = lines[line][:col] + ", " + flowScalar(spec, item) + lines[line][col:]
	default:
		last := list.Content[len(list.Content)-1]
		end := itemEnd(lines, last, list.Column)
		ensureNewline(lines, end-1)
		lines = slices.Insert(lines, end, strings.Repeat(" ", list.Column-1)+"- "+item+"\n")
	}
	return checked(joinLines(lines), append(before, spec))
}

// removeSpecAt returns text without the i-th entry under specs.
func removeSpecAt(text []byte, i int) ([]byte, error) {
	before, err := specTexts(text)
	if err != nil {
		return nil, err
	}
	list, key, err := specsNode(text)
	if err != nil {
		return nil, err
	}
	if list == nil || i < 0 || i >= len(list.Content) {
		return nil, fmt.Errorf("remove spec: env.yaml has no entry %d under specs", i+1)
	}
	lines := splitLines(text)
	node := list.Content[i]
	if list.Style&yaml.FlowStyle != 0 {
		if err := cutFromFlow(lines, list, i); err != nil {
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
	return checked(joinLines(lines), slices.Delete(slices.Clone(before), i, i+1))
}

// checked hands an edited text out only if it reads back to exactly these specs.
func checked(text []byte, want []string) ([]byte, error) {
	got, err := specTexts(text)
	if err != nil || !slices.Equal(got, want) {
		return nil, fmt.Errorf("edit env.yaml: its list of specs is written in a way that cannot be edited here; change it by hand")
	}
	return text, nil
}

// specTexts lists the entries under specs as text.
func specTexts(text []byte) ([]string, error) {
	list, _, err := specsNode(text)
	if err != nil || list == nil {
		return nil, err
	}
	var specs []string
	for _, n := range list.Content {
		specs = append(specs, strings.TrimSpace(n.Value))
	}
	return specs, nil
}

// specsNode finds the list under the top-level key specs, and the key; both are nil if there is none.
func specsNode(text []byte) (list, key *yaml.Node, err error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, nil, fmt.Errorf("read env.yaml: %w", err)
	}
	if len(doc.Content) == 0 {
		return nil, nil, nil
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		return nil, nil, fmt.Errorf("read env.yaml: line %d: want keys and values at the top, such as `berth: 1`", top.Line)
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value != "specs" {
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
func scalarEnd(lines []string, n *yaml.Node) (line, col int, err error) {
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
	return 0, 0, fmt.Errorf("edit env.yaml: line %d: the list of specs is written over several lines in brackets; change it by hand", n.Line)
}

// cutFromFlow removes the i-th entry of a list in brackets, with one comma.
func cutFromFlow(lines []string, list *yaml.Node, i int) error {
	node := list.Content[i]
	line, end, err := scalarEnd(lines, node)
	if err != nil {
		return err
	}
	start := byteColumn(lines[line], node.Column)
	text := lines[line]
	switch {
	case i+1 < len(list.Content) && list.Content[i+1].Line == node.Line:
		end = byteColumn(text, list.Content[i+1].Column)
	case i > 0 && list.Content[i-1].Line == node.Line:
		_, start, err = scalarEnd(lines, list.Content[i-1])
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

// yamlScalar writes a spec as a YAML scalar, quoted only where it must be.
func yamlScalar(spec string) (string, error) {
	if strings.ContainsAny(spec, "\n\r") {
		return "", fmt.Errorf("add spec: it has a line break")
	}
	out, err := yaml.Marshal(spec)
	if err != nil {
		return "", fmt.Errorf("add spec: %w", err)
	}
	item := strings.TrimSuffix(string(out), "\n")
	if strings.Contains(item, "\n") {
		item = "'" + strings.ReplaceAll(spec, "'", "''") + "'"
	}
	return item, nil
}

// flowScalar quotes what has a meaning of its own inside brackets.
func flowScalar(spec, item string) string {
	if item == spec && strings.ContainsAny(spec, ",[]{}") {
		return "'" + strings.ReplaceAll(spec, "'", "''") + "'"
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
