// Package hosttest makes machines for tests: a directory tree that is laid out like the real thing, seen as a host.System. Programs in it are shell scripts
// that say what the real ones say, and are really run.
//
// A machine is a txtar archive: a file for each file of it. One that begins with #! is a program. Three names are the archive's own: "@path" is PATH, "@env" the user's
// environment, a NAME=value a line, and "@links" has a symbolic link a line: "/usr/local/cuda -> cuda-12.4".
package hosttest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/berth-hpc/berth/packages/host"
)

// Machine is a machine below a directory.
type Machine struct {
	Dir  string // where its / is
	path []string
	env  map[string]string
}

// New unpacks a machine that is described in a file.
func New(t testing.TB, file string) *Machine {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return unpack(t, archive)
}

// Parse unpacks a machine that is described by a text.
func Parse(t testing.TB, text string) *Machine {
	t.Helper()
	return unpack(t, txtar.Parse([]byte(text)))
}

func unpack(t testing.TB, archive *txtar.Archive) *Machine {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	m := &Machine{Dir: dir, env: map[string]string{}}
	for _, f := range archive.Files {
		text := string(f.Data)
		switch f.Name {
		case "@path":
			m.path = filepath.SplitList(strings.TrimSpace(text))
		case "@env":
			for line := range strings.Lines(text) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				m.env[name] = value
			}
		case "@links":
			for line := range strings.Lines(text) {
				link, target, _ := strings.Cut(strings.TrimSpace(line), " -> ")
				m.link(t, link, target)
			}
		default:
			m.Write(t, f.Name, text)
		}
	}
	return m
}

// Write puts a file on the machine.
func (m *Machine) Write(t testing.TB, path, text string) {
	t.Helper()
	mode := os.FileMode(0o644)
	if strings.HasPrefix(text, "#!") {
		mode = 0o755
	}
	full := m.at(path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// link makes a link; one to an absolute path leads to that path of the machine.
func (m *Machine) link(t testing.TB, link, target string) {
	t.Helper()
	if filepath.IsAbs(target) {
		target = m.at(target)
	}
	if err := os.MkdirAll(filepath.Dir(m.at(link)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, m.at(link)); err != nil {
		t.Fatal(err)
	}
}

func (m *Machine) at(path string) string { return filepath.Join(m.Dir, path) }

// Getenv reads the user's environment there.
func (m *Machine) Getenv(name string) string { return m.env[name] }

// Path is the user's PATH there.
func (m *Machine) Path() []string { return m.path }

// Home is the user's home directory there.
func (m *Machine) Home() string { return m.env["HOME"] }

// Uname is that of an ordinary machine.
func (m *Machine) Uname() (host.Uname, error) {
	return host.Uname{Machine: "x86_64", Release: "6.1.0-18-amd64"}, nil
}

// Stat follows links.
func (m *Machine) Stat(path string) (host.FileInfo, error) { return host.Machine{}.Stat(m.at(path)) }

// Readlink reads a link.
func (m *Machine) Readlink(path string) (string, error) {
	target, err := os.Readlink(m.at(path))
	if rest, ok := strings.CutPrefix(target, m.Dir+"/"); ok {
		target = "/" + rest
	}
	return target, err
}

// EvalSymlinks resolves links.
func (m *Machine) EvalSymlinks(path string) (string, error) {
	real, err := filepath.EvalSymlinks(m.at(path))
	if err != nil {
		return "", err
	}
	rest, ok := strings.CutPrefix(real, m.Dir)
	if !ok {
		return "", fmt.Errorf("%s leads out of the machine, to %s", path, real)
	}
	return filepath.Join("/", rest), nil
}

// ReadDir lists a directory.
func (m *Machine) ReadDir(path string) ([]string, error) { return host.Machine{}.ReadDir(m.at(path)) }

// ReadFile reads a file.
func (m *Machine) ReadFile(path string) ([]byte, error) { return os.ReadFile(m.at(path)) }

// Run runs a script of the machine.
func (m *Machine) Run(ctx context.Context, c host.Command) (host.Result, error) {
	if !slices.Contains(c.Env, "LC_ALL=C") {
		return host.Result{}, fmt.Errorf("run %s: not in the C locale", c.Argv[0])
	}
	c.Argv = append([]string{m.at(c.Argv[0])}, c.Argv[1:]...)
	if _, err := exec.LookPath(c.Argv[0]); err != nil {
		return host.Result{}, err
	}
	return host.Machine{}.Run(ctx, c)
}
