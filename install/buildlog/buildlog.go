// Package buildlog finds the first real error in the output of a build.
//
// What a person wants to see of a failed build is mostly ten lines, and seldom
// the last ones: make's "Error 2" stands far below the compiler's message, which
// in a parallel build is followed by the output of the other jobs. On the other
// hand a log is full of harmless errors: configure's probes fail by design, and
// sources and options have names like error.c and -Werror.
//
// So the package looks for lines of known shapes (rules.go) and prefers those
// near the place where make, ninja, configure or cmake gave up (scan.go). It
// reads a stream once, in constant memory.
package buildlog

import (
	"fmt"
	"io"
	"strings"
)

// Kind is what sort of error was found.
type Kind string

const (
	Compile    Kind = "compile"
	Link       Kind = "link"
	Configure  Kind = "configure"
	CMake      Kind = "cmake"
	Make       Kind = "make"       // no rule for a target, a broken makefile
	Python     Kind = "python"     // a traceback
	Patch      Kind = "patch"      // a hunk that does not apply
	Command    Kind = "command"    // a program that is missing, or cannot run
	Permission Kind = "permission" // EACCES
	NoSpace    Kind = "no space"   // ENOSPC or a quota
	NoMemory   Kind = "no memory"  // the compiler was killed or could not allocate
	Other      Kind = "other"      // only that something failed is known
)

// A Line is one line of the log, without colours and control characters.
type Line struct {
	Number int // from 1
	Text   string
}

// A Finding is the first real error.
type Finding struct {
	Kind    Kind
	Line    int    // of Message
	Message string // "heat.c:12:10: fatal error: fftw3.h: No such file or directory"
	Excerpt []Line // some lines around it, numbered one after the other
}

// Hint says what usually helps against errors of the finding's kind, or "".
func (f *Finding) Hint() string {
	switch f.Kind {
	case NoSpace:
		return "free space or quota where the build runs, or build on another file system"
	case NoMemory:
		return "the compiler ran out of memory: build with fewer jobs, or on a node with more memory"
	case Permission:
		return "something is written or run where you may not; /tmp and $HOME may be mounted noexec"
	case Patch:
		return "the patch does not fit this version of the source"
	}
	return ""
}

// String shows the excerpt with line numbers and a mark at the error.
func (f *Finding) String() string {
	width := 1
	if n := len(f.Excerpt); n > 0 {
		width = len(fmt.Sprint(f.Excerpt[n-1].Number))
	}
	var b strings.Builder
	for _, l := range f.Excerpt {
		mark := ' '
		if l.Number == f.Line {
			mark = '>'
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("%c %*d  %s", mark, width, l.Number, l.Text), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// First returns the first real error of a log, or nil if there is none that it
// knows. The error is the reader's.
func First(r io.Reader) (*Finding, error) {
	s := newScanner()
	if err := s.readAll(r); err != nil {
		return nil, fmt.Errorf("read build log: %w", err)
	}
	return s.result(), nil
}
