package config

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// branch is extra_attributes as the file nests them: text, or a map of branches.
type branch struct {
	text string
	subs map[string]*branch
}

// tree nests flat names: "compilers.c" becomes {compilers: {c: ...}}. Where a name is both a value and a beginning of others, the
// others stay flat.
func tree(flat map[string]string) *branch {
	root := &branch{subs: map[string]*branch{}}
	for _, name := range slices.Sorted(maps.Keys(flat)) {
		at := root
		parts := strings.Split(name, ".")
		for i, part := range parts[:len(parts)-1] {
			next := at.subs[part]
			if next != nil && next.subs == nil {
				parts = append(parts[:0:0], strings.Join(parts[i:], "."))
				break
			}
			if next == nil {
				next = &branch{subs: map[string]*branch{}}
				at.subs[part] = next
			}
			at = next
		}
		at.subs[parts[len(parts)-1]] = &branch{text: flat[name]}
	}
	return root
}

func writeTree(b *branch, depth int, line func(int, string)) {
	for _, name := range slices.Sorted(maps.Keys(b.subs)) {
		sub := b.subs[name]
		if sub.subs == nil {
			line(depth, scalar(name)+": "+scalar(sub.text))
			continue
		}
		line(depth, scalar(name)+":")
		writeTree(sub, depth+2, line)
	}
}

func flowTree(b *branch) string {
	if b.subs == nil {
		return scalar(b.text)
	}
	var fields []string
	for _, name := range slices.Sorted(maps.Keys(b.subs)) {
		fields = append(fields, scalar(name)+": "+flowTree(b.subs[name]))
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

var plain = regexp.MustCompile(`^[A-Za-z0-9/_.+~][A-Za-z0-9/_.+~@=^%-]*$`)

// scalar writes text as YAML: plain where that reads back as the same text, in quotes otherwise.
func scalar(text string) string {
	if plain.MatchString(text) {
		var n yaml.Node
		if yaml.Unmarshal([]byte(text), &n) == nil && len(n.Content) == 1 && n.Content[0].Tag == "!!str" {
			return text
		}
	}
	if !strings.ContainsAny(text, "\"\\") && strconv.Quote(text) == `"`+text+`"` {
		return `"` + text + `"`
	}
	if !strings.ContainsAny(text, "\n\r\t") {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	quoted, _ := yaml.Marshal(&yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Value: text})
	return strings.TrimSpace(string(quoted))
}

func scalars(texts []string) string {
	list := make([]string, len(texts))
	for i, t := range texts {
		list[i] = scalar(t)
	}
	return strings.Join(list, ", ")
}
