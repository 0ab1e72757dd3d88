// Package gitfs reads the files of a commit out of a bare clone, without a checkout: a repository of recipes is tens of thousands of
// files, and home directories on clusters have quotas on those. A clone here is a handful.
//
// It uses the program git, which brings along what people have set up for it: credentials, proxies, ssh. It knows nothing of recipes.
//
// Read git.go (the program), clone.go (a bare clone and how a commit gets into it), fs.go (a commit as an fs.FS), cat.go (how content is read).
package gitfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// ErrNoGit is wrapped by the error of everything that needs git where there is none.
var ErrNoGit = errors.New("the program git is not found")

// Error is what git said when it failed.
type Error struct {
	Verb   string // "fetch"
	Status int
	Stderr string
}

func (e *Error) Error() string {
	text := strings.TrimSpace(e.Stderr)
	if text == "" {
		return fmt.Sprintf("git %s: exit status %d", e.Verb, e.Status)
	}
	return fmt.Sprintf("git %s: %s", e.Verb, strings.ReplaceAll(text, "\n", "\n  "))
}

// environ is git's environment: without what points it to another repository, such as a hook's GIT_DIR, never asking questions, in English.
func environ() []string {
	var env []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		switch name {
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_NAMESPACE":
		default:
			env = append(env, entry)
		}
	}
	return append(env, "GIT_TERMINAL_PROMPT=0", "LC_ALL=C", "GIT_NO_REPLACE_OBJECTS=1", "GIT_OPTIONAL_LOCKS=0")
}

// command prepares git on a repository; dir "" is none.
func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	if dir != "" {
		args = append([]string{"--git-dir=" + dir}, args...)
	}
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Env = environ()
	return cmd
}

// run runs git and returns what it printed. The error wraps ErrNoGit or *Error, or is the context's.
func run(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := command(ctx, dir, args...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		return nil, explain(ctx, verb(args), err, stderr.String())
	}
	return out.Bytes(), nil
}

// verb is the first argument that is no option: "fetch".
func verb(args []string) string {
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "-c":
			i++
		case !strings.HasPrefix(args[i], "-"):
			return args[i]
		}
	}
	return ""
}

func explain(ctx context.Context, verb string, err error, stderr string) error {
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return &missingError{}
	case errors.As(err, &exit):
		return &Error{Verb: verb, Status: exit.ExitCode(), Stderr: stderr}
	}
	return fmt.Errorf("git %s: %w", verb, err)
}

// missingError is ErrNoGit with what to do.
type missingError struct{}

func (*missingError) Error() string { return ErrNoGit.Error() }
func (*missingError) Unwrap() error { return ErrNoGit }

// Hint is what to do.
func (*missingError) Hint() string {
	return "load a module that brings it (`module load git`), or use a directory of recipes instead of a git address"
}
