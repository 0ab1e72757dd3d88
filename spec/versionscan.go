package spec

import (
	"fmt"
	"strings"
)

// ParseVersions reads what may stand after @: "1.2", "=1.2", "1.2:1.4", ":1.4", "1.2:", and lists of them with commas.
// The error is a *ParseError.
func ParseVersions(text string) (Versions, error) {
	begin := skipSpace(text, 0)
	set, end, err := scanVersions(text, begin)
	if err != nil {
		return Versions{}, err
	}
	if rest := skipSpace(text, end); rest < len(text) {
		return Versions{}, unexpectedInVersion(text, rest)
	}
	return set, nil
}

// scanVersions reads a list of versions and ranges that begins at pos, as far as it goes. Spaces may stand around commas.
func scanVersions(text string, pos int) (Versions, int, *ParseError) {
	var list []versionRange
	for {
		r, end, err := scanRange(text, pos)
		if err != nil {
			return Versions{}, 0, err
		}
		list = append(list, r)
		comma := skipSpace(text, end)
		if comma >= len(text) || text[comma] != ',' {
			return versionSet(list), end, nil
		}
		pos = skipSpace(text, comma+1)
	}
}

func skipSpace(text string, pos int) int {
	for pos < len(text) && isSpace(text[pos]) {
		pos++
	}
	return pos
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'
}

// scanRange reads one element of a list: "1.2", "=1.2", "1.2:1.4", "1.2:", ":1.4", ":", "git.main=1.2".
func scanRange(text string, pos int) (versionRange, int, *ParseError) {
	exact := pos < len(text) && text[pos] == '='
	begin := pos
	if exact {
		pos++
	}
	var low Version
	end := pos
	if exact || pos >= len(text) || text[pos] != ':' {
		var err *ParseError
		if end, err = scanVersion(text, pos); err != nil {
			return versionRange{}, 0, err
		}
		low = internVersion(text[pos:end])
	}
	if end >= len(text) || text[end] != ':' {
		if exact || low.p.git {
			return exactly(low), end, nil
		}
		return newRange(low, low), end, nil
	}
	if exact {
		return versionRange{}, 0, errorAt(text, end, 1, "an exact version cannot begin a range", "a range such as 1.2:1.4")
	}
	return scanUpper(text, begin, end+1, low)
}

// scanUpper reads what follows the ":" of a range, which began at begin.
func scanUpper(text string, begin, pos int, low Version) (versionRange, int, *ParseError) {
	if pos < len(text) && text[pos] == '=' {
		return versionRange{}, 0, errorAt(text, pos, 1, "an exact version cannot end a range", "a range such as 1.2:1.4")
	}
	var high Version
	end := pos
	if pos < len(text) && isVersionStart(text[pos]) && !startsAssignment(text, pos) {
		var err *ParseError
		if end, err = scanVersion(text, pos); err != nil {
			return versionRange{}, 0, err
		}
		high = internVersion(text[pos:end])
	}
	for _, v := range []Version{low, high} {
		if !v.IsZero() && v.p.git {
			return versionRange{}, 0, errorAt(text, begin, end-begin, "a git version cannot end a range", "an ordinary version such as 1.2")
		}
	}
	r := newRange(low, high)
	if r.isEmpty() {
		return r, 0, errorAt(text, begin, end-begin, fmt.Sprintf("the range %s is empty", text[begin:end]), "the lower version first")
	}
	return r, end, nil
}

// startsAssignment reports whether a name at pos is followed by "=", and so is a variant: "@4.2:languages=go".
func startsAssignment(text string, pos int) bool {
	for pos < len(text) && isVersionChar(text[pos]) {
		pos++
	}
	pos = skipSpace(text, pos)
	rest := text[pos:]
	return strings.HasPrefix(rest, "=") || strings.HasPrefix(rest, ":=")
}

func isVersionStart(c byte) bool { return isDigit(c) || isLetter(c) || c == '_' }
func isVersionChar(c byte) bool  { return isVersionStart(c) || c == '.' || c == '-' }

// scanVersion finds the end of the version that begins at pos: "1.2", or "git.<ref>" and 40 hexadecimal digits, which "=1.2" may follow.
func scanVersion(text string, pos int) (int, *ParseError) {
	if pos >= len(text) || !isVersionStart(text[pos]) {
		return 0, unexpectedInVersion(text, pos)
	}
	end := pos
	for end < len(text) && isVersionChar(text[end]) {
		end++
	}
	git := isCommit(text[pos:end])
	if strings.HasPrefix(text[pos:], "git.") {
		git = true
		for end < len(text) && (isVersionChar(text[end]) || text[end] == '/') {
			end++
		}
		if ref := pos + len("git."); end == ref || !isVersionStart(text[ref]) {
			return 0, errorAt(text, ref, 1, "a git version without a ref", "a branch, tag or commit, as in git.main")
		}
	}
	if git && end+1 < len(text) && text[end] == '=' && isVersionStart(text[end+1]) {
		return scanPlainVersion(text, end+1)
	}
	if git {
		return end, nil
	}
	return scanPlainVersion(text, pos)
}

// scanPlainVersion is scanVersion without git refs.
func scanPlainVersion(text string, pos int) (int, *ParseError) {
	end := pos
	meaning := false
	for end < len(text) && isVersionChar(text[end]) {
		meaning = meaning || isDigit(text[end]) || isLetter(text[end])
		end++
	}
	switch last := text[end-1]; {
	case last == '.' || last == '-':
		return 0, errorAt(text, end-1, 1, fmt.Sprintf("a version cannot end in %q", last), "a letter or digit")
	case !meaning:
		return 0, errorAt(text, pos, end-pos, "a version needs a letter or digit", "a version such as 1.2")
	case strings.HasPrefix(text[pos:end], "git."):
		return 0, errorAt(text, pos, end-pos, "a git version inside a git version", "an ordinary version such as 1.2")
	}
	return end, nil
}

func unexpectedInVersion(text string, pos int) *ParseError {
	return unexpected(text, pos, "a version such as 1.2, =1.2 or 1.2:1.4")
}
