// Package sitemodules finds out what the site's environment modules change: `module load cray-mpich/8.1` in a shell that has nothing
// loaded, as a list of changes to variables. Lmod and Environment Modules are asked by their own means, in a bash.
//
// It writes no module files; that is package modules. It loads nothing into this process.
//
// Read sitemodules.go (asking), command.go (where the module command is), diff.go (what two environments differ in).
package sitemodules

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"

	"github.com/berth-hpc/berth/packages"
)

// Loader asks, and remembers the answers. It may be used by several goroutines.
type Loader struct {
	Env []string // the user's environment, which says where modules are: os.Environ()
	// Inits are start files of module systems that are looked for when the environment names none; nil: where they usually are.
	Inits []string

	mu     sync.Mutex
	loaded map[string]*answer
}

type answer struct {
	once sync.Once
	mods []packages.EnvMod
	err  error
}

// LoadError says that modules cannot be loaded.
type LoadError struct {
	Modules []string
	Said    string // what the module command said; "" if there is none
	Err     error
}

func (e *LoadError) Error() string {
	text := "load modules " + strings.Join(e.Modules, " ") + ": " + e.Err.Error()
	if e.Said != "" {
		text += "\n  " + strings.ReplaceAll(e.Said, "\n", "\n  ")
	}
	return text
}

func (e *LoadError) Unwrap() error { return e.Err }

// Hint says what may be the matter.
func (e *LoadError) Hint() string {
	if errors.Is(e.Err, errNoCommand) {
		return "run berth in a shell that has the module command, or take `modules` out of the external's entry in packages.yaml"
	}
	return "`module avail` in a login shell shows what there is; the names stand under `modules` in packages.yaml"
}

var errNoCommand = errors.New("there is no module command here")

// Load is what loading these modules, in this order, changes. An error is a *LoadError, or the context's.
func (l *Loader) Load(ctx context.Context, names []string) ([]packages.EnvMod, error) {
	if len(names) == 0 {
		return nil, nil
	}
	for _, name := range names {
		if name == "" || strings.HasPrefix(name, "-") || strings.ContainsAny(name, " \t\n\x00") {
			return nil, &LoadError{Modules: names, Err: fmt.Errorf("%q is no name of a module", name)}
		}
	}
	l.mu.Lock()
	key := strings.Join(names, "\n")
	if l.loaded == nil {
		l.loaded = map[string]*answer{}
	}
	a := l.loaded[key]
	if a == nil {
		a = &answer{}
		l.loaded[key] = a
	}
	l.mu.Unlock()
	a.once.Do(func() { a.mods, a.err = l.ask(ctx, names) })
	return slices.Clone(a.mods), a.err
}

// script loads the modules that are its arguments. It prints the environment before and after, and in between what was loaded of each.
const script = `
if ! command -v module >/dev/null 2>&1 && ! command -v _module_raw >/dev/null 2>&1; then exit 97; fi
printf '\0\0'; env -0
for m in "$@"; do
  before="${LOADEDMODULES-}"
  module load "$m" >&2 || exit 98
  case ":${LOADEDMODULES-}:" in
  *":$m:"* | *":$m/"*) ;;
  *) if [ "$before" = "${LOADEDMODULES-}" ]; then exit 98; fi ;; # old releases fail with the status 0
  esac
done
printf '\0\0'; env -0
`

// separator stands before each of the two environments; an empty entry is in none.
const separator = "\x00\x00"

func (l *Loader) ask(ctx context.Context, names []string) ([]packages.EnvMod, error) {
	fail := func(said string, err error) ([]packages.EnvMod, error) { return nil, &LoadError{names, said, err} }
	bash, err := exec.LookPath("bash")
	if err != nil {
		return fail("", errors.New("the module command needs bash, which is not here"))
	}
	home, err := os.MkdirTemp("", "berth-modules-")
	if err != nil {
		return fail("", err)
	}
	defer os.RemoveAll(home)
	cmd := exec.CommandContext(ctx, bash, append([]string{"--norc", "--noprofile", "-c", l.define() + script, "bash"}, names...)...)
	cmd.Env, cmd.Dir = l.environ(home), home
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &exit) && exit.ExitCode() == 97:
		return fail("", errNoCommand)
	case errors.As(err, &exit):
		return fail(strings.TrimSpace(said.String()), errors.New("the module command failed"))
	case err != nil:
		return fail("", err)
	}
	parts := strings.Split(out.String(), separator)
	if len(parts) < 3 {
		return fail(strings.TrimSpace(said.String()), errors.New("its environment cannot be read"))
	}
	return difference(entries(parts[len(parts)-2]), entries(parts[len(parts)-1])), nil
}

// entries reads what env -0 printed.
func entries(text string) map[string]string {
	values := map[string]string{}
	for entry := range strings.SplitSeq(text, "\x00") {
		if name, value, ok := strings.Cut(entry, "="); ok {
			values[name] = value
		}
	}
	return values
}
