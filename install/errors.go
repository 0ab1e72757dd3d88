package install

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/install/buildlog"
	"github.com/berth-hpc/berth/install/confine"
	"github.com/berth-hpc/berth/spec/dag"
)

// BuildError says that a package could not be built. Nothing of it is installed; its stage is kept.
type BuildError struct {
	Node    *dag.Node
	Phase   string // "configure"
	Err     error
	Finding *buildlog.Finding // the first real error in the log; nil if none was recognised
	LogPath string            // "" if the build had not begun
	Denials []confine.Denial  // what the build seems to have been kept from
	Probe   *buildlog.Probe   // what configure or CMake tried last, out of its own log; nil if that is not it
	Repeat  string            // the line that repeats the command that failed; "" if none did
	Shell   string            // a script that enters the build: "/home/u/.berth/stage/.../berth-shell"
}

func (e *BuildError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "build %s: %s: %v", title(e.Node), e.Phase, e.Err)
	if e.Finding != nil {
		b.WriteString("\n\n" + indent(e.Finding.String()) + "\n")
	}
	if len(e.Denials) > 0 {
		b.WriteString("\nthe build is confined to its stage and prefix:\n")
		for _, d := range e.Denials {
			b.WriteString("    " + d.String() + "\n")
		}
	}
	if e.Probe != nil {
		fmt.Fprintf(&b, "\n%s:\n%s\n", e.Probe.File, indent(e.Probe.String()))
	}
	if e.LogPath != "" {
		b.WriteString("\nlog: " + e.LogPath)
	}
	return b.String()
}

func (e *BuildError) Unwrap() error { return e.Err }

// Hint says what usually helps against such an error, and how to look into it.
func (e *BuildError) Hint() string {
	var hints []string
	if e.Finding != nil && e.Finding.Hint() != "" && len(e.Denials) == 0 {
		hints = append(hints, e.Finding.Hint())
	}
	var inner interface{ Hint() string }
	if errors.As(e.Err, &inner) && inner.Hint() != "" {
		hints = append(hints, inner.Hint())
	}
	if len(e.Denials) > 0 {
		hints = append(hints, "`berth help confinement` tells what builds may do and how to allow more")
	}
	switch {
	case e.Repeat != "":
		hints = append(hints, "`"+e.Repeat+"` repeats what failed; without arguments berth-shell is a shell there")
	case e.Shell != "":
		hints = append(hints, e.Shell+" enters the build, with its environment")
	}
	return strings.Join(hints, "; ")
}

// IntegrityError says that what would be built is not what was locked, or that a source is not what it should be.
type IntegrityError struct {
	Node *dag.Node
	What string // "recipe builtin/fftw.yaml", "source"
	Err  error
}

func (e *IntegrityError) Error() string {
	return fmt.Sprintf("build %s: %s: %v", title(e.Node), e.What, e.Err)
}

func (e *IntegrityError) Unwrap() error { return e.Err }

// interruptedError says that something was given up because the command is to end. It is a context.Canceled, and hides why: the
// reason may be the failure of another package, which is told by itself.
type interruptedError struct {
	what  string // "build zlib@1.3.1"
	cause error
}

func (e *interruptedError) Error() string        { return e.what + ": " + e.cause.Error() }
func (e *interruptedError) Is(target error) bool { return target == context.Canceled }

func interrupted(ctx context.Context, what string) error {
	return &interruptedError{what, context.Cause(ctx)}
}

// FailedError is all that went wrong in one Install.
type FailedError struct {
	Errors  []error     // in the order in which they happened
	Skipped []*dag.Node // not built because a dependency failed
}

func (e *FailedError) Error() string {
	var b strings.Builder
	for i, err := range e.Errors {
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(err.Error())
	}
	if len(e.Skipped) > 0 {
		var names []string
		for _, n := range e.Skipped {
			names = append(names, title(n))
		}
		fmt.Fprintf(&b, "\n\nnot built, as something that they need failed: %s", strings.Join(names, ", "))
	}
	return b.String()
}

func (e *FailedError) Unwrap() []error { return e.Errors }

// Hint gives the first error's hint, as there is one line for it.
func (e *FailedError) Hint() string {
	for _, err := range e.Errors {
		if h, ok := err.(interface{ Hint() string }); ok && h.Hint() != "" {
			return h.Hint()
		}
	}
	return ""
}

// title is what an error calls a node: "zlib@1.3.1/abcdefg". Its variants would fill the line.
func title(n *dag.Node) string {
	return n.Name() + "@" + n.Version().String() + "/" + n.ShortHash()
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}
