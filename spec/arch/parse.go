package arch

import (
	"errors"
	"fmt"
	"strings"
)

// SetError says where the text of a set of targets cannot be read. Err is an *UnknownTargetError, an *EmptyRangeError,
// or says what is wrong with the syntax.
type SetError struct {
	Text   string // "haswell:,zen9:"
	Offset int    // in bytes, 9
	Err    error
}

func (e *SetError) Error() string {
	return fmt.Sprintf("parse target %q at character %d: %v", e.Text, e.Offset+1, e.Err)
}

func (e *SetError) Unwrap() error { return e.Err }

// UnknownTargetError says that a range ends in a name that is not in the table, so that nothing tells what lies in it.
type UnknownTargetError struct {
	Name string // "zen9"
}

func (e *UnknownTargetError) Error() string {
	return fmt.Sprintf("unknown target %q cannot bound a range", e.Name)
}

// EmptyRangeError says that no target lies in a range.
type EmptyRangeError struct {
	Low, High string // "haswell", "zen3"
}

func (e *EmptyRangeError) Error() string {
	return fmt.Sprintf("range %s:%s is empty, because %s does not descend from %s", e.Low, e.High, e.High, e.Low)
}

// Instead is a range that was perhaps meant: with its ends in order, or from the best target that both ends descend from. It is "" if they have nothing in
// common.
func (e *EmptyRangeError) Instead() string {
	low, ok := Lookup(e.Low)
	high, ok2 := Lookup(e.High)
	if !ok || !ok2 {
		return ""
	}
	if Leq(high, low) {
		return e.High + ":" + e.Low
	}
	for _, a := range high.ancestors {
		if Leq(a, low) {
			return a.name + ":" + e.High
		}
	}
	return ""
}

// ParseSet reads a set of targets: single targets and ranges, separated by commas, without blanks. "a:b" has the
// targets that descend from a and from which b descends, both included; an end left out is open, and ":" is every
// target. "none" is the empty set. A word that stands for a target elsewhere, such as "native", must be replaced
// before. The error is a *SetError.
func ParseSet(text string) (Set, error) {
	if text == emptySetText {
		return newSet(nil), nil
	}
	var spans []span
	offset := 0
	for item := range strings.SplitSeq(text, ",") {
		sp, at, err := parseSpan(item)
		if err != nil {
			return Set{}, &SetError{Text: text, Offset: offset + at, Err: err}
		}
		spans = append(spans, sp)
		offset += len(item) + 1
	}
	return newSet(spans), nil
}

// parseSpan reads one item of a list; at is where in it the error stands.
func parseSpan(item string) (sp span, at int, err error) {
	if item == "" {
		return span{}, 0, errors.New("no target stands here")
	}
	low, high, isRange := strings.Cut(item, ":")
	for i := range len(item) {
		if !nameByte(item[i]) && (item[i] != ':' || i > len(low)) {
			return span{}, i, fmt.Errorf("unexpected %q in the name of a target", item[i])
		}
	}
	if !isRange {
		if low == emptySetText {
			return span{}, 0, fmt.Errorf("%q stands only alone", low)
		}
		return span{low: low, high: low, single: true}, 0, nil
	}
	sp = span{low: low, high: high}
	if _, ok := Lookup(low); !ok && low != "" {
		return span{}, 0, &UnknownTargetError{Name: low}
	}
	if _, ok := Lookup(high); !ok && high != "" {
		return span{}, len(low) + 1, &UnknownTargetError{Name: high}
	}
	if sp.empty() {
		return span{}, 0, &EmptyRangeError{Low: low, High: high}
	}
	return sp, 0, nil
}

// nameByte tells which characters a target's name is made of.
func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-' || c == '+'
}
