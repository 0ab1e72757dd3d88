package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/spec"
)

// parseSpecs reads the specs of a command line, joined as in Spack: `hdf5+mpi ^mpich` is one spec and `hdf5 zlib` two. The error wraps
// a *spec.ParseError and shows the place.
func parseSpecs(args []string) ([]*spec.Spec, error) {
	list, err := spec.ParseArgs(args)
	var unreadable *spec.ParseError
	if errors.As(err, &unreadable) {
		return nil, fmt.Errorf("%w\n  %s", err, strings.ReplaceAll(unreadable.Caret(), "\n", "\n  "))
	}
	return list, err
}
