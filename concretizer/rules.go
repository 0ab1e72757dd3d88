package concretizer

import (
	"fmt"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// Causes that nobody wrote: rules of the concretizer itself, tables, what exists.

// unwritten is what causes have in common that nobody wrote.
type unwritten struct{}

// Place is unknown.
func (unwritten) Place() packages.Place { return packages.Place{} }

// ReuseCause is what a node is that exists already.
type ReuseCause struct {
	unwritten
	Node *dag.Node
}

func (c *ReuseCause) String() string { return "what exists already is " + c.Node.String() }

// OneProviderCause: a virtual has one provider.
type OneProviderCause struct {
	unwritten
	Virtual string
}

func (c *OneProviderCause) String() string {
	return fmt.Sprintf("only one package can provide %s to all that run together", c.Virtual)
}

// AskedProviderCause: a provider that a request names must provide.
type AskedProviderCause struct {
	unwritten
	Package, Virtual string
}

func (c *AskedProviderCause) String() string {
	return fmt.Sprintf("%s is asked for by name, so it must provide %s", c.Package, c.Virtual)
}

// TargetCause is a target that a compiler cannot generate code for.
type TargetCause struct {
	unwritten
	Package, Compiler string
	Version           spec.Version
	Target            string
}

func (c *TargetCause) String() string {
	return fmt.Sprintf("%s %s, which would compile %s, cannot generate code for %s", c.Compiler, c.Version, c.Package, c.Target)
}

// NeedCause: every node is a root or a dependency.
type NeedCause struct {
	unwritten
	Package string
}

func (c *NeedCause) String() string { return "nothing here needs " + c.Package }

func supportCause(n *node) Cause { return &NeedCause{Package: n.name} }

// CycleCause: dependencies run in no circle.
type CycleCause struct{ unwritten }

func (c *CycleCause) String() string { return "dependencies may not run in a circle" }

// SingleCause: what runs together has one configuration of each package. Explanations add it where two causes ask different things of one
// package.
type SingleCause struct {
	unwritten
	Package string
	Tool    bool // it is a build tool, which may have a second configuration where it is only built with
}

func (c *SingleCause) String() string {
	if c.Tool {
		return fmt.Sprintf("there are at most %d configurations of %s to build with", maxSlots, c.Package)
	}
	return fmt.Sprintf("only one configuration of %s can be linked and run together", c.Package)
}

// LinkCause: what is compiled links to a C library and to its compiler's runtime libraries.
type LinkCause struct {
	unwritten
	Package, To string
	Compiler    string // "": it is the C library
}

func (c *LinkCause) String() string {
	if c.Compiler == "" {
		return fmt.Sprintf("%s is compiled, so it links to the C library", c.Package)
	}
	return fmt.Sprintf("what %s compiles for %s links to %s", c.Compiler, c.Package, c.To)
}

// RuntimeCause: a runtime has the version of the newest of its compilers that is used.
type RuntimeCause struct {
	unwritten
	Runtime, Compiler string
}

func (c *RuntimeCause) String() string {
	return fmt.Sprintf("%s is that of the newest %s that anything here is compiled with", c.Runtime, c.Compiler)
}
