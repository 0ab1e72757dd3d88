package spec

import (
	"errors"
	"strings"

	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/suggest"
)

// Targets is a set of microarchitecture targets, as target= writes it; the zero value is every target.
type Targets = arch.Set

// targetError is what is wrong with the value of target=, at an offset in it.
type targetError struct {
	offset, length    int
	message, expected string
}

// parseTargets reads the value of target=.
func parseTargets(text string) (Targets, *targetError) {
	if text == "*" {
		return Targets{}, nil
	}
	set, err := arch.ParseSet(text)
	if err == nil && set.Empty() {
		return set, &targetError{0, len(text), "no target is in " + text, expectTarget}
	}
	if err == nil {
		return set, nil
	}
	var at *arch.SetError
	if !errors.As(err, &at) {
		return set, &targetError{0, len(text), err.Error(), expectTarget}
	}
	wrong := &targetError{at.Offset, 1, at.Err.Error(), expectTarget}
	var empty *arch.EmptyRangeError
	var unknown *arch.UnknownTargetError
	switch {
	case errors.As(err, &empty):
		wrong.length = len(empty.Low) + len(":") + len(empty.High)
		if instead := empty.Instead(); instead != "" {
			wrong.expected = "a range such as " + instead
		}
	case errors.As(err, &unknown):
		wrong.length = len(unknown.Name)
		if near := suggest.Nearest(unknown.Name, arch.Names(), 3); len(near) > 0 {
			wrong.expected = strings.Join(near, " or ")
		}
	}
	return set, wrong
}

const expectTarget = "a target such as zen3, or a range such as x86_64_v3:"
