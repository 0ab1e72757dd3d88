package envs

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages/builtin"
)

// reposEdit edits the lines of a repos.yaml at the positions of its nodes. Whoever uses it reads the result back and compares.
type reposEdit struct {
	doc   yaml.Node // of the lines as they were
	lines []string
}

// repos is the mapping under repos and its key; nil for what is missing.
func (e *reposEdit) repos() (mapping, key *yaml.Node) {
	if len(e.doc.Content) == 0 || e.doc.Content[0].Kind != yaml.MappingNode {
		return nil, nil
	}
	top := e.doc.Content[0]
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value == "repos" {
			return top.Content[i+1], top.Content[i]
		}
	}
	return nil, nil
}

// isBlock reports whether a mapping is written with a line for each key, and has one.
func isBlock(n *yaml.Node) bool {
	return n != nil && n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0
}

// insert adds a repository before the others.
func (e *reposEdit) insert(ref RepoRef) error {
	mapping, key := e.repos()
	switch {
	case key == nil:
		e.lines = appendLine(e.lines, "repos:\n", "  "+strings.Join(entryLines(ref), "  "))
	case isBlock(mapping):
		first := mapping.Content[0]
		indent := strings.Repeat(" ", first.Column-1)
		e.lines = slices.Insert(e.lines, key.Line, indent+strings.Join(entryLines(ref), indent))
	case mapping.Kind != yaml.SequenceNode && len(mapping.Content) == 0 && mapping.Value == "" || mapping.Tag == "!!null":
		e.lines[key.Line-1] = blockHead(e.lines[key.Line-1], key)
		e.lines = slices.Insert(e.lines, key.Line, "  "+strings.Join(entryLines(ref), "  "))
	default:
		return errByHand
	}
	return nil
}

// entryLines is a repository as repos.yaml has it.
func entryLines(ref RepoRef) []string {
	scalar := func(text string) string {
		if quoted, err := yamlScalar(text); err == nil {
			return quoted
		}
		return text
	}
	if ref.URL == "" {
		return []string{ref.Name + ": " + scalar(ref.Dir) + "\n"}
	}
	lines := []string{ref.Name + ":\n", "  git: " + scalar(ref.URL) + "\n"}
	if ref.Branch != "" {
		lines = append(lines, "  branch: "+scalar(ref.Branch)+"\n")
	}
	return append(lines, "  commit: "+scalar(ref.Commit)+"\n")
}

// find is where a repository stands among the keys and values of the mapping.
func (e *reposEdit) find(name string) (mapping *yaml.Node, i int, err error) {
	mapping, _ = e.repos()
	if !isBlock(mapping) {
		return nil, 0, errByHand
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if key := mapping.Content[i].Value; key == name || key == builtin.Name && name == "spack" {
			return mapping, i, nil
		}
	}
	return nil, 0, errByHand
}

// remove takes a repository's lines out, and the comment above them.
func (e *reposEdit) remove(name string) error {
	mapping, i, err := e.find(name)
	if err != nil {
		return err
	}
	key := mapping.Content[i]
	end := len(e.lines)
	if i+2 < len(mapping.Content) {
		end = mapping.Content[i+2].Line - 1
	}
	// Comments before what follows belong to it, and so does what stands further left.
	last := key.Line
	for n := key.Line; n < end; n++ {
		line := strings.TrimRight(e.lines[n], "\r\n")
		trimmed := strings.TrimLeft(line, " ")
		if trimmed == "" {
			continue
		}
		if len(line)-len(trimmed) < key.Column {
			break
		}
		last = n + 1
	}
	begin := key.Line - 1
	for begin > 0 && strings.HasPrefix(e.lines[begin-1], strings.Repeat(" ", key.Column-1)+"#") {
		begin--
	}
	e.lines = slices.Delete(e.lines, begin, last)
	if len(mapping.Content) == 2 {
		_, head := e.repos()
		e.lines[head.Line-1] = strings.Replace(e.lines[head.Line-1], "repos:", "repos: {}", 1)
	}
	return nil
}

// setCommit changes the commit of a git repository, or adds one.
func (e *reposEdit) setCommit(name, commit string) error {
	mapping, i, err := e.find(name)
	if err != nil {
		return err
	}
	value := mapping.Content[i+1]
	if !isBlock(value) {
		return errByHand
	}
	for k := 0; k+1 < len(value.Content); k += 2 {
		at := value.Content[k+1]
		if value.Content[k].Value != "commit" || at.Line < 1 {
			continue
		}
		line := e.lines[at.Line-1]
		begin := byteColumn(line, at.Column)
		end := begin + len(at.Value)
		if at.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			end += 2
		}
		if end > len(line) || !strings.Contains(line[begin:end], at.Value) {
			return errByHand
		}
		// Quotes are needed where all digits happen to be decimal.
		now, err := yamlScalar(commit)
		if err != nil {
			return err
		}
		e.lines[at.Line-1] = line[:begin] + now + line[end:]
		return nil
	}
	first := value.Content[0]
	e.lines = slices.Insert(e.lines, first.Line-1, strings.Repeat(" ", first.Column-1)+"commit: "+commit+"\n")
	return nil
}
