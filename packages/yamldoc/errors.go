package yamldoc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages"
)

// Error is one mistake in a file.
type Error struct {
	File    string // "env.yaml", as it was given
	Line    int    // from 1; 0 if the mistake has no line
	Col     int    // in characters, from 1; 0 if unknown
	Length  int    // characters of the offending text, at least 1 where Col is known
	Message string // `unknown key "varaints"`
	Hint    string // `did you mean "variants"?`, what to do; may be ""
	Source  string // the line as it stands in the file
	Mild    bool   // what it is about can be passed over: the rest of the file means what it says
}

// Error is one line: env.yaml:4:3: unknown key "varaints" (did you mean "variants"?).
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
		if e.Col > 0 {
			fmt.Fprintf(&b, ":%d", e.Col)
		}
	}
	b.WriteString(": " + e.Message)
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

// Excerpt is the line of the file and, below it, a caret under the offending text; "" if the mistake has no place.
func (e *Error) Excerpt() string {
	if e.Line == 0 || e.Col == 0 {
		return ""
	}
	number := fmt.Sprintf("%5d | ", e.Line)
	var pad strings.Builder
	for i, r := range []rune(e.Source) {
		if i >= e.Col-1 {
			break
		}
		if r == '\t' { // a tab stays one, so that the caret stands where the eye sees it
			pad.WriteRune('\t')
		} else {
			pad.WriteRune(' ')
		}
	}
	length := max(1, min(e.Length, utf8.RuneCountInString(e.Source)-e.Col+1))
	return number + e.Source + "\n      | " + pad.String() + "^" + strings.Repeat("~", length-1)
}

// Place is where the mistake is.
func (e *Error) Place() packages.Place { return packages.Place{File: e.File, Line: e.Line, Col: e.Col} }

// Errors is several mistakes of one file, in the order of its lines.
type Errors []*Error

// Error has a line for each mistake.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find the first mistake.
func (es Errors) Unwrap() []error {
	errs := make([]error, len(es))
	for i, e := range es {
		errs[i] = e
	}
	return errs
}

func joinErrors(errs []*Error) error {
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	}
	return Errors(inOrder(errs))
}

// inOrder sorts mistakes by their places, and tells each once.
func inOrder(errs []*Error) []*Error {
	sorted := slices.Clone(errs)
	slices.SortStableFunc(sorted, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return slices.CompactFunc(sorted, func(a, b *Error) bool { return *a == *b })
}

func (d *Document) errorAt(line, col, length int, message, hint string) *Error {
	if line > len(d.lines) { // a value that is not there stands after the end
		line, col, length = len(d.lines), 1, 1
	}
	e := &Error{File: d.file, Line: line, Col: col, Length: length, Message: message, Hint: hint}
	if line >= 1 && line <= len(d.lines) {
		e.Source = string(d.lines[line-1])
	}
	return e
}

func (d *Document) errorFor(n *yaml.Node, message, hint string) *Error {
	return d.errorAt(n.Line, n.Column, scalarWidth(n), message, hint)
}

// scalarWidth is how many characters of its line a scalar takes, quotes included; 1 for anything that is no one-line scalar.
func scalarWidth(n *yaml.Node) int {
	if n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || strings.Contains(n.Value, "\n") {
		return 1
	}
	width := utf8.RuneCountInString(n.Value)
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		width += 2
	}
	return max(1, width)
}
