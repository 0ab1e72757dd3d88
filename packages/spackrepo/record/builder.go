package record

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// ErrMethods is wrapped by the error of a build that would need a recipe's build methods, which are not run yet.
var ErrMethods = errors.New("berth does not run the build methods of Spack recipes yet")

// Builder is the build of a Spack recipe, as far as it is known: what it would have to run. It refuses every build, before
// anything is fetched. The fields are exported for those who store recipes.
type Builder struct {
	Package string
	System  string // "cmake": the build system unless another is asked for
	Digest  string // of the recipe and all it inherits: packages.Recipe.ContentHash
	Needs   []Need // in the recipe's order; empty if the build system's own methods are all there is to run
}

// Need is a method that a build runs.
type Need struct {
	Method string // "install", or "CMakeBuilder.cmake_args"
	Place  packages.Place
}

var (
	_ packages.Builder  = (*Builder)(nil)
	_ packages.Refusing = (*Builder)(nil)
)

// NewBuilder describes the build of a record.
func NewBuilder(p *Package, digest string) *Builder {
	b := &Builder{Package: p.Name, System: p.BuildSystem.Default, Digest: digest}
	for _, m := range p.Methods {
		if !runsInBuild(m.Name) {
			continue
		}
		name := m.Name
		if m.Class != p.Class {
			name = m.Class + "." + m.Name
		}
		b.Needs = append(b.Needs, Need{Method: name, Place: m.Place})
	}
	return b
}

// runsInBuild reports whether a method of that name matters to a build: those that recognise a host's own copy, find versions or are
// tests of an installed package do not.
func runsInBuild(name string) bool {
	return !strings.HasPrefix(name, "determine_") && !strings.HasPrefix(name, "test_") && name != "test" && name != "filter_detected_exes" &&
		name != "validate_detected_spec"
}

// Canonical implements packages.Builder. Any change of the recipe is a change of what is built, as nothing here knows better.
func (b *Builder) Canonical(*dag.Node) ([]byte, error) {
	return fmt.Appendf(nil, "spack recipe %s %s\n", b.Package, b.Digest), nil
}

// Phases implements packages.Builder: it refuses, and says which method is needed where.
func (b *Builder) Phases(*dag.Node) ([]packages.Phase, error) {
	return nil, fmt.Errorf("%w: %s %s", ErrMethods, b.Package, b.because())
}

// Refusals implements packages.Refusing.
func (b *Builder) Refusals() []packages.Refusal {
	r := packages.Refusal{Because: ErrMethods.Error() + ": it " + b.because()}
	if n := b.first(); n != nil {
		r.Place = n.Place
	}
	return []packages.Refusal{r}
}

func (b *Builder) because() string {
	n := b.first()
	if n == nil {
		return fmt.Sprintf("needs those of the build system %s", b.System)
	}
	text := fmt.Sprintf("needs its method %s() at %s", n.Method, n.Place)
	if others := len(b.Needs) - 1; others == 1 {
		text += " and one more"
	} else if others > 1 {
		text += fmt.Sprintf(" and %d more", others)
	}
	return text
}

// telling lists the methods that say most about how a package is built, the most telling first.
var telling = []string{"install", "build", "configure", "cmake_args", "configure_args", "meson_args", "edit", "configuration", "patch"}

// first is the method to name: a phase of the build rather than one that changes its environment.
func (b *Builder) first() *Need {
	for _, name := range telling {
		i := slices.IndexFunc(b.Needs, func(n Need) bool { return n.Method == name || strings.HasSuffix(n.Method, "."+name) })
		if i >= 0 {
			return &b.Needs[i]
		}
	}
	if len(b.Needs) == 0 {
		return nil
	}
	return &b.Needs[0]
}
