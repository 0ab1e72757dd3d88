package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages/yamldoc"
)

// EditError says that a file is laid out in a way that is left to people.
type EditError struct {
	Path string
	Line int
}

func (e *EditError) Error() string {
	return fmt.Sprintf("edit %s:%d: it is written in a way that berth does not change", e.Path, e.Line)
}

// Hint says what to do.
func (e *EditError) Hint() string {
	return "edit it by hand: NAME: {install_tree: PATH} below upstreams"
}

// AddUpstream writes an upstream into an upstreams.yaml, after the others, or before them if it is to be searched first. Every other byte
// of the file stays.
func AddUpstream(path, name, tree string, first bool) error {
	return editUpstreams(path, adding(name, tree, first))
}

// linesEdit changes the lines of a file; instead of them, it returns the line that it cannot change.
type linesEdit func(doc *yaml.Node, lines []string) ([]string, int)

func adding(name, tree string, first bool) linesEdit {
	return func(doc *yaml.Node, lines []string) ([]string, int) {
		entry := func(indent string) []string {
			return []string{indent + scalar(name) + ":", indent + "  install_tree: " + scalar(tree)}
		}
		key, mapping := upstreamsOf(doc)
		switch {
		case key == nil:
			return append(lines, append([]string{"upstreams:"}, entry("  ")...)...), 0
		case mapping.Kind == yaml.ScalarNode && mapping.Tag == "!!null", mapping.Kind == yaml.MappingNode && len(mapping.Content) == 0:
			lines[key.Line-1] = lines[key.Line-1][:key.Column-1] + key.Value + ":"
			return slices.Insert(lines, key.Line, entry(strings.Repeat(" ", key.Column+1))...), 0
		case mapping.Kind != yaml.MappingNode || mapping.Style&yaml.FlowStyle != 0:
			return nil, key.Line
		}
		at := mapping.Content[0].Line - 1
		if !first {
			at = lastLine(mapping)
		}
		return slices.Insert(lines, at, entry(strings.Repeat(" ", mapping.Content[0].Column-1))...), 0
	}
}

// RemoveUpstream takes an upstream out of an upstreams.yaml; found is false if it is not there.
func RemoveUpstream(path, name string) (found bool, err error) {
	err = editUpstreams(path, removing(name, &found))
	return found, err
}

func removing(name string, found *bool) linesEdit {
	return func(doc *yaml.Node, lines []string) ([]string, int) {
		key, mapping := upstreamsOf(doc)
		if key == nil || mapping.Kind != yaml.MappingNode {
			return lines, 0
		}
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			k := mapping.Content[i]
			if strings.TrimSuffix(k.Value, ":") != name {
				continue
			}
			if mapping.Style&yaml.FlowStyle != 0 {
				return nil, k.Line
			}
			*found = true
			lines = slices.Delete(lines, k.Line-1, lastLine(mapping.Content[i+1]))
			if len(mapping.Content) == 2 {
				lines[key.Line-1] += " {}"
			}
			return lines, 0
		}
		return lines, 0
	}
}

// editUpstreams changes a file, which is replaced at once or not at all.
func editUpstreams(path string, edit linesEdit) error {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("edit upstreams: %w", err)
	}
	after, err := editedUpstreams(path, text, edit)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("edit upstreams: %w", err)
	}
	if err := replaceFile(path, after, 0o644); err != nil {
		return fmt.Errorf("edit upstreams: %w", err)
	}
	return nil
}

// editedUpstreams is editUpstreams on the text of a file.
func editedUpstreams(path string, text []byte, edit linesEdit) ([]byte, error) {
	before, err := ParseUpstreams(path, text, anyVariable)
	if err == nil {
		err = yamldoc.CheckLineEnds(path, text)
	}
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("edit upstreams: %w", err)
	}
	var lines []string
	if len(text) > 0 {
		lines = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
	lines, line := edit(&doc, lines)
	if line > 0 {
		return nil, &EditError{path, line}
	}
	after := []byte(strings.Join(lines, "\n") + "\n")
	now, err := ParseUpstreams(path, after, anyVariable)
	if err != nil || len(now.List) < len(before.List)-1 {
		return nil, &EditError{path, 1}
	}
	return after, nil
}

// anyVariable lets a file be read for its layout.
func anyVariable(string) (string, bool) { return "/", true }

// upstreamsOf finds the key upstreams and its value.
func upstreamsOf(doc *yaml.Node) (key, value *yaml.Node) {
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, nil
	}
	top := doc.Content[0]
	for i := 0; i+1 < len(top.Content); i += 2 {
		if strings.TrimSuffix(top.Content[i].Value, ":") == "upstreams" {
			return top.Content[i], top.Content[i+1]
		}
	}
	return nil, nil
}

// lastLine is the last line that a value takes, comments behind it not counted.
func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, lastLine(c))
	}
	return last
}
