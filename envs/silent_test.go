package envs

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages/builtin"
	"github.com/berth-hpc/berth/packages/host"
)

// onlyHere is this machine with nothing on it but what stands in a directory; one of its programs does not answer.
type onlyHere struct {
	host.Machine
	dir, silent string
}

func (m onlyHere) Path() []string { return []string{m.dir} }

func (m onlyHere) ReadDir(path string) ([]string, error) {
	if !host.Within(path, m.dir) {
		return nil, &fs.PathError{Op: "readdir", Path: path, Err: fs.ErrNotExist}
	}
	return m.Machine.ReadDir(path)
}

func (m onlyHere) Stat(path string) (host.FileInfo, error) {
	if strings.HasPrefix(path, "/usr") || strings.HasPrefix(path, "/opt") || strings.HasPrefix(path, "/bin") {
		return host.FileInfo{}, &fs.PathError{Op: "stat", Path: path, Err: fs.ErrNotExist}
	}
	return m.Machine.Stat(path)
}

func (m onlyHere) Run(ctx context.Context, c host.Command) (host.Result, error) {
	if filepath.Base(c.Argv[0]) == m.silent {
		return host.Result{}, &host.TimeoutError{Argv: c.Argv, After: c.Timeout}
	}
	return m.Machine.Run(ctx, c)
}

// A first search that did not get all answers serves the command that began it, and is not written down: that would be taken for all there is from then on.
func TestFirstSearchWithoutAllAnswers(t *testing.T) {
	m := onlyHere{dir: t.TempDir(), silent: "cmake"}
	for name, text := range map[string]string{"cmake": "exit 1", "ninja": "echo 1.11.1"} {
		if err := os.WriteFile(filepath.Join(m.dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var warnings, notes []string
	s := &Session{Root: t.TempDir(), Machine: m, Warn: func(m string) { warnings = append(warnings, m) },
		Note: func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }}
	repo, err := builtin.Open()
	if err != nil {
		t.Fatal(err)
	}
	path, err := s.discover(t.Context(), repo)
	if err != nil {
		t.Fatal(err)
	}
	if path == s.PackagesPath() {
		t.Error("it was written down")
	} else {
		defer os.Remove(path)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), "ninja@=1.11.1") || strings.Contains(string(text), "cmake") {
		t.Errorf("for this command there is: %v\n%s", err, text)
	}
	said := strings.Join(warnings, "\n")
	if !strings.Contains(said, filepath.Join(m.dir, "cmake")) || !strings.Contains(said, "no answer within 30s") {
		t.Errorf("it warns: %s", said)
	}
	if said := strings.Join(notes, "\n"); !strings.Contains(said, "not every program answered") || !strings.Contains(said, "searched again next time") ||
		!strings.Contains(said, "`berth external find --skip "+filepath.Join(m.dir, "cmake")+"`") {
		t.Errorf("it says: %s", said)
	}
	without, err := s.FindExternalsWith(t.Context(), repo, nil, FindOptions{Skip: []string{filepath.Join(m.dir, "cmake")}})
	if err != nil || len(without.Silent()) > 0 || len(without.Externals) == 0 {
		t.Errorf("without it: %+v, %v", without, err)
	}
	m.silent = ""
	s.Machine = m
	if path, err = s.discover(t.Context(), repo); err != nil || path != s.PackagesPath() {
		t.Errorf("when all answer: %s, %v", path, err)
	}
}
