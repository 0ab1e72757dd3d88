package yamldoc

import (
	"bytes"
	"regexp"
	"slices"
)

// otherBreaks are what ends lines for YAML beside "\n" and "\r\n": a carriage return alone, NEL, and Unicode's separators of lines and paragraphs.
var otherBreaks = regexp.MustCompile("\r(?:[^\n]|$)|\u0085|\u2028|\u2029")

// CheckLineEnds is for whoever edits a file by the lines and columns of its nodes: they are not where they are looked for if a line ends otherwise than
// with a line feed. The error is an *Error with the line.
func CheckLineEnds(file string, text []byte) error {
	at := otherBreaks.FindIndex(text)
	if at == nil {
		return nil
	}
	return &Error{
		File: file, Line: 1 + bytes.Count(text[:at[0]], []byte("\n")),
		Message: "a line ends with another character than a line feed, and so cannot be edited", Hint: "write the file anew with line feeds, or edit it by hand",
	}
}

// ConflictLine is the first line that git marked as the begin of a merge conflict; 0 if there is none. Lines are without their ends.
func ConflictLine(lines [][]byte) int {
	return 1 + slices.IndexFunc(lines, func(line []byte) bool { return bytes.HasPrefix(line, []byte("<<<<<<< ")) })
}
