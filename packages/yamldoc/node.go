package yamldoc

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages"
)

// Node is one value of a document. Its methods read the value as one type; what does not fit is recorded in the document
// and reads as the zero value. The zero Node is a value that is not there.
type Node struct {
	doc *Document
	n   *yaml.Node
}

// Exists reports whether there is a value (null is one).
func (n Node) Exists() bool { return n.n != nil }

// Place is where the value begins.
func (n Node) Place() packages.Place {
	if n.n == nil {
		return packages.Place{}
	}
	return n.doc.place(n.n)
}

// IsNull reports whether the value is missing, empty or null.
func (n Node) IsNull() bool {
	return n.n == nil || resolve(n.n).Kind == yaml.ScalarNode && resolve(n.n).Tag == "!!null"
}

// IsMap reports whether the value is a mapping.
func (n Node) IsMap() bool { return n.n != nil && resolve(n.n).Kind == yaml.MappingNode }

// IsList reports whether the value is a sequence.
func (n Node) IsList() bool { return n.n != nil && resolve(n.n).Kind == yaml.SequenceNode }

// IsScalar reports whether the value is text, a number, true or false, and not null.
func (n Node) IsScalar() bool {
	return n.n != nil && resolve(n.n).Kind == yaml.ScalarNode && !n.IsNull()
}

// IsBool reports whether the value is true or false without quotes.
func (n Node) IsBool() bool { return n.IsScalar() && resolve(n.n).Tag == "!!bool" }

// Raw is the YAML parser's own node, for code that edits a file at the positions of its values.
func (n Node) Raw() *yaml.Node { return n.n }

// Errorf records a mistake at the value.
func (n Node) Errorf(format string, args ...any) { n.Fail(fmt.Sprintf(format, args...), "") }

// Fail records a mistake at the value, with a hint at what to do.
func (n Node) Fail(message, hint string) {
	if n.n != nil {
		n.doc.errs = append(n.doc.errs, n.doc.errorFor(n.n, message, hint))
	}
}

// Mild records a mistake at the value that can be passed over, see Document.Sorted.
func (n Node) Mild(message, hint string) {
	if n.n != nil {
		e := n.doc.errorFor(n.n, message, hint)
		e.Mild = true
		n.doc.errs = append(n.doc.errs, e)
	}
}

// FailAt records a mistake inside the text of a scalar: length bytes from offset on, both in bytes of Text.
func (n Node) FailAt(offset, length int, message, hint string) {
	if n.n == nil {
		return
	}
	raw := resolve(n.n)
	line, col, width := n.n.Line, n.n.Column, max(1, length)
	switch {
	case n.n.Kind == yaml.AliasNode:
	case raw.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		line, col = n.blockPosition(raw, offset)
	default:
		if raw.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			col++
		}
		offset = min(max(offset, 0), len(raw.Value))
		col += len([]rune(raw.Value[:offset]))
	}
	n.doc.errs = append(n.doc.errs, n.doc.errorAt(line, col, width, message, hint))
}

// blockPosition finds the line and column of an offset in a block scalar, whose text begins in the line after the indicator.
func (n Node) blockPosition(raw *yaml.Node, offset int) (line, col int) {
	before := raw.Value[:min(max(offset, 0), len(raw.Value))]
	if raw.Style&yaml.FoldedStyle != 0 {
		return raw.Line, raw.Column // folding loses the lines
	}
	line = raw.Line + 1 + strings.Count(before, "\n")
	start := strings.LastIndexByte(before, '\n') + 1
	text, _, _ := strings.Cut(raw.Value[start:], "\n")
	if line > len(n.doc.lines) {
		return raw.Line, raw.Column
	}
	indent := strings.Index(string(n.doc.lines[line-1]), text)
	return line, 1 + max(0, indent) + len([]rune(before[start:]))
}

// Text is the scalar as it was written: 1.10 is "1.10", true is "true". Null and anything that is no scalar is a mistake.
func (n Node) Text() string {
	if n.n == nil {
		return ""
	}
	if !n.IsScalar() {
		n.Errorf("expected text, found %s", n.kind())
		return ""
	}
	return resolve(n.n).Value
}

// Line is Text without line breaks and surrounding space, as a summary or a name is.
func (n Node) Line() string {
	text := n.Text()
	if strings.Contains(strings.TrimSpace(text), "\n") {
		n.Errorf("expected one line of text")
	}
	return strings.TrimSpace(text)
}

// Bool is true or false.
func (n Node) Bool() bool {
	if n.n == nil {
		return false
	}
	if raw := resolve(n.n); n.IsBool() {
		return strings.EqualFold(raw.Value, "true")
	}
	n.Errorf("expected true or false, found %s", n.kind())
	return false
}

// Int is a whole number from low to high.
func (n Node) Int(low, high int) int {
	if n.n == nil {
		return 0
	}
	i, err := strconv.Atoi(resolve(n.n).Value)
	if !n.IsScalar() || err != nil {
		n.Errorf("expected a whole number, found %s", n.kind())
		return 0
	}
	if i < low || i > high {
		n.Errorf("expected a number from %d to %d, found %d", low, high, i)
		return 0
	}
	return i
}

// List is the elements of a sequence; null is an empty one.
func (n Node) List() []Node {
	if n.IsNull() {
		return nil
	}
	if !n.IsList() {
		n.Errorf("expected a list, found %s", n.kind())
		return nil
	}
	return n.elements()
}

// ListOrOne is the elements of a sequence, or the value itself as the only one.
func (n Node) ListOrOne() []Node {
	if n.IsNull() {
		return nil
	}
	if n.IsList() {
		return n.elements()
	}
	return []Node{n}
}

func (n Node) elements() []Node {
	content := resolve(n.n).Content
	list := make([]Node, len(content))
	for i, c := range content {
		list[i] = Node{doc: n.doc, n: c}
	}
	return list
}

// Texts is a list of texts, or one.
func (n Node) Texts() []string {
	var texts []string
	for _, e := range n.ListOrOne() {
		texts = append(texts, e.Text())
	}
	return texts
}

// Entry is a key with its value.
type Entry struct {
	Key   Node
	Value Node
}

// Name is the key's text.
func (e Entry) Name() string { return resolve(e.Key.n).Value }

// Map is the entries of a mapping in the order in which they stand; null is an empty one. Merged keys (<<) come last and do
// not replace those that are written out.
func (n Node) Map() []Entry {
	if n.IsNull() {
		return nil
	}
	if !n.IsMap() {
		n.Errorf("expected keys with values, found %s", n.kind())
		return nil
	}
	return n.entries(0)
}

func (n Node) entries(depth int) []Entry {
	content := resolve(n.n).Content
	own := make([]Entry, 0, len(content)/2)
	var merged []Entry
	for i := 0; i+1 < len(content); i += 2 {
		key, value := Node{n.doc, content[i]}, Node{n.doc, content[i+1]}
		if content[i].Tag != "!!merge" {
			own = append(own, Entry{key, value})
			continue
		}
		for _, from := range value.ListOrOne() {
			if !from.IsMap() || depth > maxDepth {
				from.Errorf("expected keys with values to merge, found %s", from.kind())
				continue
			}
			merged = append(merged, from.entries(depth+1)...)
		}
	}
	for _, m := range merged {
		if !slices.ContainsFunc(own, func(e Entry) bool { return e.Name() == m.Name() }) {
			own = append(own, m)
		}
	}
	return own
}

// Fields is a mapping whose keys are known.
type Fields struct {
	node   Node
	values map[string]Node
	keys   map[string]Node
}

// Fields reads a mapping that may have these keys and no others; an unknown one is a mistake that names the nearest, and can be passed over.
func (n Node) Fields(known ...string) Fields {
	f := Fields{node: n, values: map[string]Node{}, keys: map[string]Node{}}
	for _, e := range n.Map() {
		if !slices.Contains(known, e.Name()) {
			e.Key.Mild(unknown("key", e.Name()), DidYouMean(e.Name(), known))
			continue
		}
		f.values[e.Name()], f.keys[e.Name()] = e.Value, e.Key
	}
	return f
}

// Get is the value of a key, the zero Node if it is not there.
func (f Fields) Get(key string) Node { return f.values[key] }

// Has reports whether the key is there.
func (f Fields) Has(key string) bool { _, ok := f.values[key]; return ok }

// Key is the key itself, for its place.
func (f Fields) Key(key string) Node { return f.keys[key] }

// Node is the mapping itself.
func (f Fields) Node() Node { return f.node }

// Need is Get for a key that must be there.
func (f Fields) Need(key string) Node {
	v, ok := f.values[key]
	if !ok && f.node.IsMap() {
		f.node.Errorf("key %q is missing", key)
	}
	return v
}

// OneOf checks that at most one of these keys is there, and returns which; "" if none is.
func (f Fields) OneOf(keys ...string) string {
	found := ""
	for _, k := range keys {
		switch {
		case !f.Has(k):
		case found == "":
			found = k
		default:
			f.keys[k].Errorf("keys %q and %q exclude each other", found, k)
		}
	}
	return found
}

// kind names what the value is, for messages.
func (n Node) kind() string {
	raw := resolve(n.n)
	switch {
	case raw.Kind == yaml.MappingNode:
		return "keys with values"
	case raw.Kind == yaml.SequenceNode:
		return "a list"
	case raw.Tag == "!!null":
		return "nothing"
	}
	return strconv.Quote(clip(raw.Value))
}

func clip(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "..."
	}
	return text
}
