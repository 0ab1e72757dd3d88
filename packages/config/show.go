package config

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Value is one value of a merged configuration, with where it was written.
type Value struct {
	Path  []string // packages, openmpi, externals, 0, prefix
	Text  string   // as it was written; {} and [] are what is empty
	Layer string   // "site"
	File  string
	Line  int
}

// Key is the path as people write it: "packages.openmpi.externals[0].prefix".
func (v Value) Key() string {
	var b strings.Builder
	for i, p := range v.Path {
		switch {
		case strings.HasPrefix(p, "["):
			b.WriteString(p)
		case i > 0:
			b.WriteString("." + p)
		default:
			b.WriteString(p)
		}
	}
	return b.String()
}

// Show merges a section of layers, the one that wins first, by Spack's rules: what a key maps to is merged, lists are joined with the
// winner's entries first, anything else is the winner's; a key that ends in "::" hides what the layers below say under it.
func Show(section string, layers ...*Layer) []Value {
	var merged *merged
	for _, l := range layers {
		if l == nil {
			continue
		}
		for _, p := range l.parts[section] {
			merged = merged.under(newMerged(p.value, l.Name, p.file, p.override))
		}
		if merged != nil && merged.override {
			break
		}
	}
	if merged == nil {
		return nil
	}
	return merged.values([]string{section})
}

// merged is a value that comes from one or several layers.
type merged struct {
	kind        yaml.Kind
	text        string
	layer, file string
	line        int
	override    bool
	keys        []string
	fields      map[string]*merged
	items       []*merged
}

func newMerged(n *yaml.Node, layer, file string, override bool) *merged {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	m := &merged{kind: n.Kind, text: n.Value, layer: layer, file: file, line: n.Line, override: override}
	switch n.Kind {
	case yaml.MappingNode:
		m.fields = map[string]*merged{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, hides := strings.CutSuffix(n.Content[i].Value, ":")
			if _, twice := m.fields[key]; !twice {
				m.keys = append(m.keys, key)
			}
			m.fields[key] = newMerged(n.Content[i+1], layer, file, hides)
			m.fields[key].line = max(m.fields[key].line, n.Content[i].Line)
		}
	case yaml.SequenceNode:
		for _, c := range n.Content {
			m.items = append(m.items, newMerged(c, layer, file, false))
		}
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			m.kind = 0
		}
	}
	return m
}

// under lays a value below m and returns the result.
func (m *merged) under(lower *merged) *merged {
	switch {
	case m == nil:
		return lower
	case m.override:
		return m
	case m.kind == 0 && lower.kind != 0:
		return lower
	case m.kind == yaml.MappingNode && lower.kind == yaml.MappingNode:
		for _, key := range lower.keys {
			if m.fields[key] == nil {
				m.keys = append(m.keys, key)
			}
			m.fields[key] = m.fields[key].under(lower.fields[key])
		}
		m.override = lower.override
	case m.kind == yaml.SequenceNode && lower.kind == yaml.SequenceNode:
		m.items = slices.Concat(m.items, lower.items)
		m.override = lower.override
	}
	return m
}

func (m *merged) values(path []string) []Value {
	leaf := func(text string) []Value {
		return []Value{{Path: slices.Clone(path), Text: text, Layer: m.layer, File: m.file, Line: m.line}}
	}
	var out []Value
	switch m.kind {
	case yaml.MappingNode:
		if len(m.keys) == 0 {
			return leaf("{}")
		}
		for _, key := range m.keys {
			out = append(out, m.fields[key].values(append(path[:len(path):len(path)], key))...)
		}
	case yaml.SequenceNode:
		if len(m.items) == 0 {
			return leaf("[]")
		}
		for i, item := range m.items {
			out = append(out, item.values(append(path[:len(path):len(path)], fmt.Sprintf("[%d]", i)))...)
		}
	default:
		return leaf(m.text)
	}
	return out
}
