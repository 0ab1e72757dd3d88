package corpus

import (
	"errors"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// builder stands for build methods that the corpus does not have. What a node is says all that there is to say of its build.
type builder struct{}

// Canonical implements packages.Builder.
func (builder) Canonical(n *dag.Node) ([]byte, error) {
	return []byte("corpus " + n.Name() + "\n"), nil
}

// Phases implements packages.Builder.
func (builder) Phases(*dag.Node) ([]packages.Phase, error) {
	return nil, errors.New("the corpus has no build methods")
}
