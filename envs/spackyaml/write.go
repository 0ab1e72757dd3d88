package spackyaml

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages/yamldoc"
)

// order is how sections follow each other in the text.
var order = []string{"repos", "packages", "toolchains", "upstreams", "concretizer", "env_vars", "view"}

// write makes the text, leaving out what check refuses.
func (c *converter) write() (*Result, error) {
	specs, err := c.expandSpecs()
	if err != nil {
		return nil, err
	}
	c.noteDefaultRepos()
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, s := range specs {
		list.Content = append(list.Content, scalar(s))
	}
	text := []byte("berth: 1\n")
	text = append(text, bytes.TrimPrefix(render("specs", list), []byte("berth: 1\n"))...)
	for _, name := range order {
		s := c.sections[name]
		if s == nil || len(s.value.Content) == 0 && s.value.Kind != yaml.ScalarNode {
			continue
		}
		alone := render(name, s.value)
		if err := c.check(alone); err != nil {
			c.notes = append(c.notes, Note{s.place, fmt.Sprintf("%s: %s", name, reason(err))})
			continue
		}
		text = append(text, bytes.TrimPrefix(alone, []byte("berth: 1\n"))...)
	}
	c.noteMistakes()
	slices.SortStableFunc(c.notes, func(a, b Note) int {
		if a.Place.File != b.Place.File {
			return 0 // files stay in the order in which they were read
		}
		return a.Place.Line - b.Place.Line
	})
	return &Result{Text: text, Specs: len(specs), Notes: c.notes}, c.check(text)
}

// noteDefaultRepos tells what stands below the repositories that were listed: in Spack its own recipes; in an env.yaml berth's, and no others that it does not name.
func (c *converter) noteDefaultRepos() {
	s := c.sections["repos"]
	if s == nil || len(s.value.Content) == 0 {
		return
	}
	spack := slices.ContainsFunc(s.value.Content, func(n *yaml.Node) bool { return n.Kind == yaml.MappingNode && find(n, "spack") != nil })
	if !spack {
		c.notes = append(c.notes, Note{s.place, "repos: Spack's own recipes, which Spack has below these: `berth repo add spack ADDRESS` gets them, and `- spack` at the end of repos names them"})
	}
}

// render is an env.yaml with one section.
func render(key string, value *yaml.Node) []byte {
	var b bytes.Buffer
	b.WriteString("berth: 1\n")
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(mapping(key, value)), encoder.Close()); err != nil {
		panic(fmt.Sprintf("spackyaml: %v", err)) // the nodes were made here
	}
	return b.Bytes()
}

// reason is what check has against a text that no person has seen: without its place.
func reason(err error) string {
	var first *yamldoc.Error
	if !errors.As(err, &first) {
		return err.Error()
	}
	if first.Hint != "" {
		return first.Message + " (" + first.Hint + ")"
	}
	return first.Message
}

func scalar(text string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(text)
	if text == "true" || text == "false" {
		n.Tag, n.Style = "!!bool", 0
	}
	return n
}

func mapping(key string, value *yaml.Node) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	put(n, key, value)
	return n
}

func put(m *yaml.Node, key string, value *yaml.Node) {
	m.Content = append(m.Content, scalar(key), value)
}

// putCopy is put with the comments that the key had.
func putCopy(m *yaml.Node, key yamldoc.Node, value *yaml.Node) {
	m.Content = append(m.Content, copyOf(key), value)
}

// copyOf is a value with its comments and style, merged keys written out and without anchors.
func copyOf(n yamldoc.Node) *yaml.Node {
	raw := n.Raw()
	if raw == nil {
		return nil
	}
	out := &yaml.Node{Kind: raw.Kind, Style: raw.Style, HeadComment: raw.HeadComment, LineComment: raw.LineComment, FootComment: raw.FootComment}
	switch {
	case n.IsMap():
		out.Kind = yaml.MappingNode
		for _, e := range n.Map() {
			out.Content = append(out.Content, copyOf(e.Key), copyOf(e.Value))
		}
	case n.IsList():
		out.Kind = yaml.SequenceNode
		for _, item := range n.List() {
			out.Content = append(out.Content, copyOf(item))
		}
	default:
		for raw.Kind == yaml.AliasNode {
			raw = raw.Alias
		}
		out.Kind, out.Style, out.Tag, out.Value = yaml.ScalarNode, raw.Style, raw.Tag, raw.Value
	}
	return out
}

// merge lays a value under another, as Spack lays configuration scopes: maps are merged, lists joined, and of anything else the
// upper one stays.
func merge(upper, lower *yaml.Node) {
	switch {
	case upper.Kind == yaml.SequenceNode && lower.Kind == yaml.SequenceNode:
		upper.Content = append(upper.Content, lower.Content...)
	case upper.Kind == yaml.MappingNode && lower.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(lower.Content); i += 2 {
			if have := find(upper, lower.Content[i].Value); have != nil {
				merge(have, lower.Content[i+1])
			} else if find(upper, strings.TrimSuffix(lower.Content[i].Value, ":")+":") == nil { // which hides it
				upper.Content = append(upper.Content, lower.Content[i], lower.Content[i+1])
			}
		}
	}
}

func find(m *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i+1]
		}
	}
	return nil
}
