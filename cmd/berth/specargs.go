package main

import (
	"slices"
	"strings"

	"github.com/berth-hpc/berth/spec"
)

// joinSpecArgs puts a space between arguments. The shell has taken the quotes out of cflags="-O3 -g"; they are put back, or the
// value would end at its first space. Only compiler flags have values with spaces.
func joinSpecArgs(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = quoteValue(arg)
	}
	return strings.Join(quoted, " ")
}

func quoteValue(arg string) string {
	key, value, _ := strings.Cut(arg, "=")
	if !slices.Contains(spec.FlagTypes[:], key) || !strings.ContainsAny(value, " \t") || strings.ContainsAny(value, `"'`) {
		return arg
	}
	equals := len(value) - len(strings.TrimPrefix(value, "=")) // of "=="
	return key + "=" + value[:equals] + `"` + value[equals:] + `"`
}
