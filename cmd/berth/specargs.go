package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/spec"
)

// parseSpecs reads the specs of a command line: the arguments are joined, then parsed, as in Spack, so that `hdf5+mpi ^mpich` is one
// spec and `hdf5 zlib` two. The error wraps a *spec.ParseError and shows the place.
func parseSpecs(args []string) ([]*spec.Spec, error) {
	list, err := spec.ParseAll(joinSpecArgs(args))
	var unreadable *spec.ParseError
	if errors.As(err, &unreadable) {
		return nil, fmt.Errorf("%w\n  %s", err, strings.ReplaceAll(unreadable.Caret(), "\n", "\n  "))
	}
	return list, err
}

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
