package arch

import (
	"cmp"
	"strconv"
	"strings"
)

// compilerVersion is what orders compiler versions here: their leading numeric components.
type compilerVersion struct {
	parts  []uint64 // {12, 2, 0}
	newest bool     // a development branch, newer than every number
}

// developmentNames are versions that name a branch; in Spack's order they stand above every release.
var developmentNames = []string{"develop", "main", "master", "head", "trunk", "stable"}

// parseCompilerVersion reads "12.2.0", "16.0.0git", "4.8.5-rhel" (what follows the numbers is left out) or a branch
// such as "main". ok is false for anything else.
func parseCompilerVersion(text string) (v compilerVersion, ok bool) {
	for _, name := range developmentNames {
		if text == name {
			return compilerVersion{newest: true}, true
		}
	}
	for {
		end := 0
		for end < len(text) && text[end] >= '0' && text[end] <= '9' {
			end++
		}
		if end == 0 {
			return v, len(v.parts) > 0
		}
		n, err := strconv.ParseUint(text[:end], 10, 64)
		if err != nil {
			return v, false
		}
		v.parts = append(v.parts, n)
		if !strings.HasPrefix(text[end:], ".") {
			return v, true
		}
		text = text[end+1:]
	}
}

// at gives component i; missing components count as zero: 8 is 8.0.
func (v compilerVersion) at(i int) uint64 {
	if i < len(v.parts) {
		return v.parts[i]
	}
	return 0
}

// compareFirst orders v and w by their first n components.
func (v compilerVersion) compareFirst(w compilerVersion, n int) int {
	switch {
	case v.newest && w.newest:
		return 0
	case v.newest:
		return 1
	case w.newest:
		return -1
	}
	for i := range n {
		if c := cmp.Compare(v.at(i), w.at(i)); c != 0 {
			return c
		}
	}
	return 0
}

// compare orders by components: 4.9 < 4.10 < 5 = 5.0 < main.
func (v compilerVersion) compare(w compilerVersion) int {
	return v.compareFirst(w, max(len(v.parts), len(w.parts)))
}

// within tells whether v lies in a range of the table; an empty bound is open. As everywhere in the spec language the
// upper end takes its own patch releases in: 8.4.1 is within :8.4.
func (v compilerVersion) within(low, high string) bool {
	if l, ok := parseCompilerVersion(low); ok && v.compare(l) < 0 {
		return false
	}
	h, ok := parseCompilerVersion(high)
	return !ok || v.compareFirst(h, len(h.parts)) <= 0
}
