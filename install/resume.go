package install

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/install/stage"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/packages"
)

// A build that failed keeps its stage, and a note in it of how far it came; so does one that was killed. Going on there begins with the last phase before which the prefix was
// still empty, as that is emptied when a build fails: a make that failed goes on, and an install begins anew. The hash in the stage's name covers the recipe and
// the sources, so that what is there is the beginning of the same build. Where that cannot be gone on with, the build begins with a clean source.

// resumeNote is the file that says how far a build came.
type resumeNote struct {
	Source string   `json:"source"` // the source directory
	Done   []string `json:"done"`   // phases that need not be run again
}

const resumeFile = ".resume"

// filesFile is the list of the files in the stage when so many phases were done.
func filesFile(st *stage.Stage, done int) string {
	return filepath.Join(st.Dir, fmt.Sprintf(".files-%d", done))
}

// reopen takes up the stage of a build that failed, if there is one and it was laid out; else it does nothing.
func (b *build) reopen() error {
	dir := filepath.Join(b.Store.StageDir(), store.BaseName(b.node))
	st := &stage.Stage{Dir: dir}
	data, err := os.ReadFile(filepath.Join(dir, resumeFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var note resumeNote
	if err != nil || json.Unmarshal(data, &note) != nil || !within(note.Source, dir) || len(note.Done) > len(b.phases) || !slices.Equal(note.Done, names(b.phases[:len(note.Done)])) {
		return nil // from the beginning, then
	}
	if next := len(note.Done); next < len(b.phases) && b.phases[next].Once {
		b.anew = b.phases[next].Name + " changes the source, and was not done"
		return nil
	}
	var dropped int
	if st.State() == stage.Busy {
		var lost string
		if dropped, lost, err = b.dropUnfinished(st, len(note.Done)); err != nil {
			return err
		}
		if lost != "" {
			b.anew = lost + ", which was there before, may not be whole any more"
			return nil
		}
	}
	// What the environment is made of is made anew; the old log would show the old error.
	for _, made := range []string{st.WrapperDir(), st.ToolDir()} {
		if err := os.RemoveAll(made); err != nil {
			return fmt.Errorf("resume build: %w", err)
		}
	}
	if err := os.Rename(st.LogPath(), st.LogPath()+".1"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("resume build: %w", err)
	}
	if err := st.Keep(stage.Busy); err != nil {
		return err
	}
	b.stage, b.resumed, b.dropped, b.noted = st, &note, dropped, len(note.Done)
	return nil
}

// dropUnfinished takes out of the stage of a killed build what may be half there. The phase that was cut off, after so many that were done, began when the note was written.
func (b *build) dropUnfinished(st *stage.Stage, done int) (dropped int, lost string, err error) {
	info, err := os.Stat(filepath.Join(st.Dir, resumeFile))
	if err != nil {
		return 0, "", fmt.Errorf("resume build: %w", err)
	}
	known, err := readFileList(filesFile(st, done))
	if err != nil {
		return 0, "", fmt.Errorf("resume build: %w", err)
	}
	return dropUnfinished(st, cutOff{began: info.ModTime(), unsure: unsure, known: known})
}

func names(phases []packages.Phase) []string {
	list := make([]string, len(phases))
	for i, p := range phases {
		list[i] = p.Name
	}
	return list
}

// noteProgress notes that so many phases are done, unless the prefix has something in it: that will not be there the next time.
func (b *build) noteProgress(done int) error {
	if entries, err := os.ReadDir(b.root); err == nil && len(entries) > 0 {
		return nil
	}
	fail := func(path string, err error) error { return &durable.Error{Op: "write", Path: path, Err: err} }
	if done < len(b.phases) && !b.phases[done].Once { // where it is, going on begins anew anyway
		path := filesFile(b.stage, done)
		if err := writeFileList(path, b.stage); err != nil {
			return fail(path, err)
		}
	}
	data, err := json.Marshal(resumeNote{b.source, names(b.phases[:done])})
	if err != nil {
		return fmt.Errorf("note how far a build came: %w", err)
	}
	path := filepath.Join(b.stage.Dir, resumeFile)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return fail(path, err)
	}
	for i := range done {
		os.Remove(filesFile(b.stage, i)) // which no note belongs to any more
	}
	b.noted = done
	return nil
}

// forgetProgress takes the note back before a phase that must not be run twice, if going on would begin before it.
func (b *build) forgetProgress(next int) error {
	path := filepath.Join(b.stage.Dir, resumeFile)
	if !b.phases[next].Once || b.noted == next {
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return &durable.Error{Op: "remove", Path: path, Err: err}
	}
	return nil
}

// repeatFile is the script that repeats the command that failed.
const repeatFile = "failed.sh"

// writeRepeat writes that script, and returns the line that runs it in the build's environment; "" if no command failed.
func (b *build) writeRepeat(err error) string {
	var command *CommandError
	if !errors.As(err, &command) || command.Line == "" {
		return ""
	}
	path := filepath.Join(b.stage.Dir, repeatFile)
	text := fmt.Sprintf("cd %s || exit\n%s\n", packages.ShellWord(command.Dir), command.Line)
	if os.WriteFile(path, []byte(text), 0o644) != nil {
		return ""
	}
	return packages.ShellWord(b.stage.ShellPath()) + " sh " + packages.ShellWord(path)
}
