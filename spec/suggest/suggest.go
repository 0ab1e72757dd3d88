// Package suggest finds the names that somebody may have meant: "openmpi" for "opnempi". It knows nothing of what the names are.
package suggest

import (
	"cmp"
	"slices"
	"strings"
)

// Nearest returns at most max of the known names that word may be a slip of the finger for, the nearest first. The distance counts letters
// put in, left out, changed, and neighbours swapped, once each, without regard to case, and with - and _ taken as one. What is more than
// about a third of the word away is no suggestion; but a name that has all parts of the word is, and is as far as it has further ones: "py-numpy" for
// "numpy", "intel-oneapi-mpi" for "intel-mpi".
func Nearest(word string, known []string, max int) []string {
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	target := fold(word)
	limit := cutOff(len(target))
	for _, name := range slices.Compact(slices.Sorted(slices.Values(known))) {
		if name == word {
			continue
		}
		folded := fold(name)
		d := limit + 1
		if abs(len(folded)-len(target)) <= limit {
			d = distance(target, folded, limit)
		}
		if more, ok := furtherParts(folded, target); ok {
			d = min(d, more)
		} else if d > limit {
			continue
		}
		found = append(found, candidate{name, d})
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		// Of names that are equally far, those that begin as the word does are likelier.
		return cmp.Or(cmp.Compare(a.distance, b.distance), -cmp.Compare(common(a.name, word), common(b.name, word)), cmp.Compare(len(a.name), len(b.name)))
	})
	names := make([]string, 0, max)
	for _, c := range found[:min(len(found), max)] {
		names = append(names, c.name)
	}
	return names
}

var folder = strings.NewReplacer("_", "-")

func fold(name string) string { return folder.Replace(strings.ToLower(name)) }

// cutOff is the greatest distance of a suggestion: none for a single letter, 1 up to 4, then about a third, at most 4.
func cutOff(length int) int {
	switch {
	case length < 2:
		return 0
	case length <= 4:
		return 1
	}
	return min(length/3+1, 4)
}

// furtherParts tells how many parts between hyphens a name has beyond those of word, of at least 3 letters, if it has all of these in their order.
func furtherParts(name, word string) (more int, ok bool) {
	if len(word) < 3 {
		return 0, false
	}
	wanted := strings.Split(word, "-")
	for _, part := range strings.Split(name, "-") {
		if len(wanted) > 0 && part == wanted[0] {
			wanted = wanted[1:]
		} else {
			more++
		}
	}
	return more, len(wanted) == 0
}

// common is the length of the common beginning.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func abs(n int) int { return max(n, -n) }

// distance is the Damerau-Levenshtein distance (optimal string alignment: no part is edited twice) in bytes, or something
// above limit as soon as it is known to be above.
func distance(a, b string, limit int) int {
	before := make([]int, len(b)+1) // the row two above
	above := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := row[0]
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit+1 { // a swap reaches back two rows, but gains no more than one
			return limit + 1
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
