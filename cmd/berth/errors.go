package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/install/fetch"
	"github.com/berth-hpc/berth/spec/dag"
)

// The exit codes, as `berth help exit-codes` documents them.
const (
	exitOK            = 0
	exitFailed        = 1
	exitUsage         = 2
	exitUnsatisfiable = 3
	exitBuild         = 4
	exitIntegrity     = 5
	exitInterrupted   = 130 // 128 + SIGINT, as shells have it
)

// exitCodes is what they mean, for `berth help exit-codes` and the manual pages; docs/exit-codes.md has the same with examples.
var exitCodes = []struct {
	code    int
	meaning string
}{
	{exitOK, "done"},
	{exitFailed, "it failed: a bad spec, an unknown package, a file that cannot be read, a source that cannot be had"},
	{exitUsage, "unknown verb or flag"},
	{exitUnsatisfiable, "unsatisfiable: no concrete environment meets the request"},
	{exitBuild, "a build failed"},
	{exitIntegrity, "integrity: a checksum, a signature, or a lock that drifted under --locked"},
	{exitInterrupted, "interrupted"},
}

// usageError is a command line that cannot be understood.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// hinted is an error with what the user can do about it.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }
func (h hinted) Hint() string  { return h.hint }

func withHint(err error, format string, args ...any) error {
	return hinted{err, fmt.Sprintf(format, args...)}
}

// hintsOf collects the hints of an error and of all that it wraps, outermost first.
func hintsOf(err error) []string {
	var hints []string
	for err != nil {
		if h, ok := err.(interface{ Hint() string }); ok && h.Hint() != "" {
			hints = append(hints, h.Hint())
		}
		err = errors.Unwrap(err)
	}
	return hints
}

// exitCode is the one place where an error becomes a number.
func exitCode(err error) int {
	var usage *usageError
	var conflict *concretizer.Conflict
	var build *install.BuildError
	var status interface{ ExitStatus() int } // of a command that `berth run` ran
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &conflict):
		return exitUnsatisfiable
	case isIntegrity(err):
		return exitIntegrity
	case errors.As(err, &build) && build.Phase != "fetch": // without its source, no build has begun
		return exitBuild
	case errors.As(err, &status):
		return status.ExitStatus()
	}
	return exitFailed
}

// isIntegrity reports whether something is not what its checksum, its hash or the lock says.
func isIntegrity(err error) bool {
	var damaged *damagedError
	var unrepaired *unrepairedError
	var drift *envs.DriftError
	var hash *dag.HashError
	var node *install.IntegrityError
	var fetched *fetch.FetchError
	return errors.As(err, &damaged) || errors.As(err, &unrepaired) || errors.As(err, &drift) || errors.As(err, &hash) || errors.As(err, &node) ||
		errors.As(err, &fetched) && fetched.Integrity()
}
