package packages

import (
	"context"
	"errors"
)

// ErrUnknownPackage is wrapped by the error that a Repo gives for a name it does not have.
var ErrUnknownPackage = errors.New("unknown package")

// Repo is where recipes come from. Implementations are safe for concurrent use and answer the same question the same way each time.
type Repo interface {
	// Namespace is the repository's name: "builtin".
	Namespace() string
	// Identity pins the repository's content in env.lock: "builtin", "dir:sha256:...", "git:<commit>".
	Identity() string
	// Names lists every package, sorted.
	Names() []string
	// Recipe returns the recipe of that package. The error wraps ErrUnknownPackage, or tells file, line and column of a recipe that cannot be read.
	Recipe(ctx context.Context, name string) (*Recipe, error)
	// Providers lists the packages that can provide a virtual under some condition, sorted; empty if name is no virtual.
	Providers(virtual string) []string
	// Virtuals lists the names that some package provides, sorted.
	Virtuals() []string
}
