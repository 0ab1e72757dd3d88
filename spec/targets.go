package spec

import (
	"errors"

	"github.com/berth-hpc/berth/spec/arch"
)

// Targets is a set of microarchitecture targets, as target= writes it; the zero value is every target.
type Targets = arch.Set

// parseTargets reads the value of target=. The error is the reason alone, without the text.
func parseTargets(text string) (Targets, error) {
	if text == "*" {
		return Targets{}, nil
	}
	set, err := arch.ParseSet(text)
	var setError *arch.SetError
	if errors.As(err, &setError) {
		return set, setError.Err
	}
	if err == nil && set.Empty() {
		return set, errors.New("no target is in " + text)
	}
	return set, err
}
