// Package yamldoc reads YAML files that people write, strictly: every value knows its file, line and column, unknown and
// repeated keys are errors that name what was probably meant, and a scalar keeps the text it was written with (the version 1.10
// stays 1.10). Recipes, packages.yaml and env.yaml are read with it.
//
// It writes no YAML, and it knows no format: which keys there are is the caller's.
//
// A reader takes the document apart with the typed methods of Node; what is wrong is collected, with its place, and Document.Err
// returns it at the end, so that a person sees every mistake of a file at once.
//
// Read doc.go (text to document), node.go (typed values), specs.go (specs and versions in values), errors.go.
package yamldoc

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages"
)

// Limits on what is read: far above what people write, far below what hurts.
const (
	maxSize   = 8 << 20 // bytes of a file
	maxDepth  = 100     // of nesting, aliases followed
	maxValues = 500_000 // of a file, each use of an alias counted
)

// Document is one YAML file. It is not safe for concurrent use while it is being taken apart.
type Document struct {
	file  string
	lines [][]byte
	root  *yaml.Node
	errs  []*Error
}

// Parse reads the text of a file; file is the name that errors show. An empty text is a document whose root is null. The
// error is an *Error.
func Parse(file string, text []byte) (*Document, error) {
	d := &Document{file: file, lines: splitLines(text)}
	if len(text) > maxSize {
		return nil, d.errorAt(0, 0, 0, fmt.Sprintf("file is larger than %d MiB", maxSize>>20), "")
	}
	if err := d.checkText(); err != nil {
		return nil, err
	}
	root, err := d.decode(text)
	if err != nil {
		return nil, err
	}
	d.root = root
	budget := maxValues
	if err := d.checkTree(root, 0, &budget, make(map[*yaml.Node]bool)); err != nil {
		return nil, err
	}
	return d, nil
}

// Again gives the document without the mistakes that were found in it: to be taken apart once more, also while others do.
func (d *Document) Again() *Document {
	fresh := *d
	fresh.errs = nil
	return &fresh
}

// File is the name that Parse was given.
func (d *Document) File() string { return d.file }

// Root is the document's value.
func (d *Document) Root() Node { return Node{doc: d, n: d.root} }

// Err returns what was found wrong so far: nil, an *Error, or an Errors in the order of the lines.
func (d *Document) Err() error { return joinErrors(d.errs) }

// Sorted is Err for files that other programs read, too, and that their readers cannot mend: what can be passed over stands apart.
func (d *Document) Sorted() (mild []*Error, err error) {
	var serious []*Error
	for _, e := range d.errs {
		if e.Mild {
			mild = append(mild, e)
		} else {
			serious = append(serious, e)
		}
	}
	return inOrder(mild), joinErrors(serious)
}

func splitLines(text []byte) [][]byte {
	lines := make([][]byte, 0, bytes.Count(text, []byte("\n"))+1)
	start := 0
	for i := 0; i < len(text); {
		n := lineBreak(text[i:])
		if n == 0 {
			i++
			continue
		}
		lines = append(lines, text[start:i])
		i += n
		start = i
	}
	return append(lines, text[start:])
}

// lineBreak is how many bytes end a line here in YAML, 0 if it does not end: also a lone carriage return, and the breaks of Unicode.
func lineBreak(text []byte) int {
	switch {
	case text[0] == '\n':
		return 1
	case text[0] == '\r' && len(text) > 1 && text[1] == '\n':
		return 2
	case text[0] == '\r':
		return 1
	case text[0] < 0x80:
		return 0
	}
	if r, n := utf8.DecodeRune(text); r == '\u0085' || r == '\u2028' || r == '\u2029' {
		return n
	}
	return 0
}

// checkText finds what YAML forbids in any file and reports badly: tabs as indentation and bytes that are not UTF-8.
func (d *Document) checkText() *Error {
	for i, line := range d.lines {
		if !utf8.Valid(line) {
			col := 1
			for rest := line; len(rest) > 0; col++ {
				r, size := utf8.DecodeRune(rest)
				if r == utf8.RuneError && size == 1 {
					break
				}
				rest = rest[size:]
			}
			return d.errorAt(i+1, col, 1, "this is not UTF-8 text", "")
		}
	}
	return nil
}

// decode runs the YAML parser, which reports its errors as text and some of them by panicking.
func (d *Document) decode(text []byte) (root *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, d.errorAt(0, 0, 0, "this cannot be read as YAML", "")
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	if e := dec.Decode(&doc); e != nil {
		if quoted, ok := d.quoteRange(text, e); ok {
			return d.decode(quoted)
		}
		if e.Error() == "EOF" {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: 1, Column: 1}, nil
		}
		return nil, d.syntaxError(e)
	}
	var second yaml.Node
	if e := dec.Decode(&second); e == nil {
		return nil, d.errorAt(second.Line, second.Column, 3, "a second document begins here", "one file holds one document: remove the line ---")
	} else if e.Error() != "EOF" {
		return nil, d.syntaxError(e)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, d.errorAt(0, 0, 0, "this cannot be read as YAML", "")
	}
	return doc.Content[0], nil
}

var yamlErrorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntaxError gives the parser's error its place and a hint at the usual causes.
func (d *Document) syntaxError(err error) *Error {
	message, line := err.Error(), 0
	if m := yamlErrorLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = message[len(m[0]):]
	}
	if at := ConflictLine(d.lines); at > 0 {
		return d.errorAt(at, 1, 7, "a merge left two versions of what follows", "keep what is right of both, and take out the lines that begin with <<<<<<<, ======= and >>>>>>>")
	}
	line = d.trueLine(line, message)
	for _, l := range []int{line, line + 1, line - 1} {
		if l < 1 || l > len(d.lines) {
			continue
		}
		if col := tabIndent(d.lines[l-1]); col > 0 {
			return d.errorAt(l, col, 1, "a tab indents this line", "YAML is indented with spaces")
		}
		if strings.Contains(message, "cannot start any token") {
			if col := forbiddenStart(d.lines[l-1]); col > 0 {
				c := d.lines[l-1][col-1]
				return d.errorAt(l, col, 1, fmt.Sprintf("a value cannot begin with %q", c), "put it in quotes")
			}
		}
	}
	hint := ""
	switch {
	case strings.Contains(message, "mapping values are not allowed"):
		hint = "put a value that contains ': ' or ends in ':' in quotes, and check the indentation"
	case strings.Contains(message, "did not find expected ',' or"):
		hint = "put a value that contains , : [ ] { or } in quotes"
	case strings.Contains(message, "did not find expected key"), strings.Contains(message, "did not find expected '-' indicator"):
		hint = "check the indentation of this line and of the one before"
	}
	col := 0
	if line > 0 {
		col = 1 + len(d.lines[line-1]) - len(bytes.TrimLeft(d.lines[line-1], " \t"))
	}
	return d.errorAt(line, col, 1, message, hint)
}

var (
	grammarError  = regexp.MustCompile(`^did not find expected (',' or|key|'-' indicator|<document start>|node content)`)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
)

// trueLine mends the parser's line: its grammar counts from 0, and an error in the first line, or of an anchor, has none.
func (d *Document) trueLine(line int, message string) int {
	if m := unknownAnchor.FindStringSubmatch(message); m != nil {
		for i, l := range d.lines {
			if bytes.Contains(l, []byte("*"+m[1])) {
				return i + 1
			}
		}
	}
	if grammarError.MatchString(message) {
		line++
	}
	return min(max(line, 1), len(d.lines))
}

// tabIndent returns the column of a tab among the white space that a line begins with, or 0.
func tabIndent(line []byte) int {
	for i, c := range line {
		if c == '\t' && len(bytes.TrimSpace(line)) > 0 {
			return i + 1
		}
		if c != ' ' && c != '-' {
			return 0
		}
	}
	return 0
}

// forbiddenStart returns the column of an unquoted value that begins with a character that YAML reserves, or 0.
func forbiddenStart(line []byte) int {
	for i := 0; i < len(line); i++ {
		if c := line[i]; (c == '@' || c == '%' || c == '`') && (i == 0 || strings.IndexByte(" [{,", line[i-1]) >= 0) {
			return i + 1
		}
	}
	return 0
}

// checkTree bounds depth and size with aliases followed, and finds repeated keys and keys that are no plain text.
func (d *Document) checkTree(n *yaml.Node, depth int, budget *int, open map[*yaml.Node]bool) *Error {
	*budget--
	switch {
	case *budget < 0:
		return d.errorFor(n, fmt.Sprintf("the file has more than %d values once its aliases are followed", maxValues), "write them out instead of nesting aliases")
	case depth > maxDepth:
		return d.errorFor(n, fmt.Sprintf("values are nested more than %d deep", maxDepth), "")
	case open[n]:
		return d.errorFor(n, "this value contains itself", "")
	}
	open[n] = true
	defer delete(open, n)
	if n.Kind == yaml.AliasNode {
		return d.checkTree(n.Alias, depth+1, budget, open)
	}
	if n.Kind == yaml.MappingNode {
		if err := d.checkKeys(n); err != nil {
			return err
		}
	}
	for _, c := range n.Content {
		if err := d.checkTree(c, depth+1, budget, open); err != nil {
			return err
		}
	}
	return nil
}

func (d *Document) checkKeys(n *yaml.Node) *Error {
	seen := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := resolve(n.Content[i])
		if key.Kind != yaml.ScalarNode {
			return d.errorFor(n.Content[i], "a key must be plain text", "put text that begins with [ or { in quotes")
		}
		if first, ok := seen[key.Value]; ok {
			return d.errorFor(key, fmt.Sprintf("key %q stands twice", key.Value), fmt.Sprintf("it stands in line %d already", first.Line))
		}
		seen[key.Value] = key
	}
	return nil
}

func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// place is where n begins.
func (d *Document) place(n *yaml.Node) packages.Place {
	return packages.Place{File: d.file, Line: n.Line, Col: n.Column}
}
