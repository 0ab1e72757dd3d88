package yamldoc

import (
	"slices"
	"strings"

	"github.com/berth-hpc/berth/spec/suggest"
)

// DidYouMean is a hint that names what a person probably meant, or, where nothing is near, what there is.
func DidYouMean(name string, known []string) string {
	if near := suggest.Nearest(name, known, 1); len(near) > 0 {
		return `did you mean "` + near[0] + `"?`
	}
	if len(known) == 0 || len(known) > 24 {
		return ""
	}
	return "known: " + strings.Join(slices.Compact(slices.Sorted(slices.Values(known))), ", ")
}
