// Package stage is the working directory of one build: the source unpacked and patched in it, a home of its own, the log,
// and a script by which a person enters the build when it failed.
//
// A stage belongs to whoever holds the lock of the prefix that is being built. One that is there already is an earlier,
// failed build's, and makes room.
//
// Read stage.go (layout), source.go (unpack and patch), enter.go (the script).
package stage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/install/durable"
)

// Stage is the directory of one build.
type Stage struct {
	Dir string // "/home/u/.berth/stage/zlib-1.3.1-<hash>"
}

// New makes an empty stage below root, in place of the one that has that name.
func New(root, name string) (*Stage, error) {
	s := &Stage{Dir: filepath.Join(root, name)}
	if err := s.Remove(); err != nil {
		return nil, err
	}
	for _, dir := range []string{s.UnpackDir(), s.BuildDir(), s.HomeDir(), s.TmpDir()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fail("create stage", s.Dir, err)
		}
	}
	return s, nil
}

// UnpackDir is where the source is unpacked.
func (s *Stage) UnpackDir() string { return filepath.Join(s.Dir, "src") }

// BuildDir is for builds outside of the source.
func (s *Stage) BuildDir() string { return filepath.Join(s.Dir, "build") }

// HomeDir is HOME in the build.
func (s *Stage) HomeDir() string { return filepath.Join(s.Dir, "home") }

// TmpDir is TMPDIR in the build.
func (s *Stage) TmpDir() string { return filepath.Join(s.Dir, "tmp") }

// WrapperDir holds the compiler wrappers.
func (s *Stage) WrapperDir() string { return filepath.Join(s.Dir, "wrap") }

// ToolDir holds the MPI wrappers of the MPI that the package uses.
func (s *Stage) ToolDir() string { return filepath.Join(s.Dir, "tools") }

// LogPath is the build's log.
func (s *Stage) LogPath() string { return filepath.Join(s.Dir, "build.log") }

// CommandsPath is the shell script of all commands that the build ran, without what berth did itself in between.
func (s *Stage) CommandsPath() string { return filepath.Join(s.Dir, "commands.sh") }

// NoteCommand adds a command, a line for a shell, to that script.
func (s *Stage) NoteCommand(dir, line string) error {
	f, err := os.OpenFile(s.CommandsPath(), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err == nil {
		_, err = fmt.Fprintf(f, "cd %s && %s || exit\n", Quote(dir), line)
		err = errors.Join(err, f.Close())
	}
	return fail("write", s.CommandsPath(), err)
}

// Remove deletes the stage.
func (s *Stage) Remove() error {
	err := os.RemoveAll(s.Dir)
	if errors.Is(err, fs.ErrPermission) { // sources and builds make directories read-only
		filepath.WalkDir(s.Dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				os.Chmod(path, 0o755)
			}
			return nil
		})
		err = os.RemoveAll(s.Dir)
	}
	return fail("remove stage", s.Dir, err)
}

func fail(op, path string, err error) error {
	if err == nil {
		return nil
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return &durable.Error{Op: op, Path: path, Err: err}
}

// keptFile marks a stage that stays for a person; it holds the State.
const keptFile = ".kept"

// State is why a stage is there.
type State string

const (
	Busy   State = ""       // it is worked in, or was when its build was killed
	Failed State = "failed" // the build failed, and a person may want to look into it
	Asked  State = "asked"  // it was to be kept
)

// Keep makes the stage stay.
func (s *Stage) Keep(why State) error {
	path := filepath.Join(s.Dir, keptFile)
	return fail("write", path, os.WriteFile(path, []byte(why), 0o644))
}

// State is why the stage is there.
func (s *Stage) State() State {
	why, _ := os.ReadFile(filepath.Join(s.Dir, keptFile)) // what cannot be read was not kept
	return State(why)
}

// List gives the stages below root by their names.
func List(root string) (map[string]State, error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fail("read", root, err)
	}
	stages := map[string]State{}
	for _, e := range entries {
		stages[e.Name()] = (&Stage{Dir: filepath.Join(root, e.Name())}).State()
	}
	return stages, nil
}
