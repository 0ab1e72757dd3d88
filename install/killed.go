package install

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/install/stage"
)

// A build that failed has ended its commands, one that was killed has not: what they were writing is half there, newer than what it is made of, so that a make that
// goes on would take it for done. Nobody knows which files these are. So all go that came to be in the phase that was cut off, and that were changed in its last
// minute, or have nothing in them, as what a command has opened and not written yet: going on makes them again. A kill of more than a minute of work costs a minute.
//
// What was there when the phase began, and was replaced in it, would not be made again: a source that sed changed, a list of dependencies that came with
// configure. Programs replace such files by whole ones. Only compilers, linkers and archivers write over what they made before; where they may have been
// interrupted in that, the build cannot be gone on with.

// unsure is how long before a build was killed it may have begun to write what it never finished.
const unsure = time.Minute

// mending are files that their program goes on with, whatever end they have: without them ninja would make everything again.
var mending = []string{".ninja_log", ".ninja_deps"}

// cutOff is the phase that a killed build was in.
type cutOff struct {
	began  time.Time
	unsure time.Duration
	known  map[string]bool // the files that were there, by their paths in the stage
}

// dropUnfinished takes out of a stage whose build was killed what may be half there. lost is a file that cannot be made again: then nothing was taken out.
func dropUnfinished(st *stage.Stage, phase cutOff) (dropped int, lost string, err error) {
	var fresh []file
	var end time.Time
	err = eachFile(st, func(path string) error {
		f, err := look(path)
		if err != nil {
			return err
		}
		if f.changed.After(end) {
			end = f.changed
		}
		// Clocks of file systems tick every few milliseconds: what is as old as the note was there before it.
		if f.born.After(phase.began) && !slices.Contains(mending, filepath.Base(path)) {
			fresh = append(fresh, f)
		}
		return nil
	})
	if err != nil {
		return 0, "", fmt.Errorf("resume build: %w", err)
	}
	if info, err := os.Stat(st.LogPath()); err == nil && info.ModTime().After(end) {
		end = info.ModTime() // it went on, and wrote nothing
	}
	var half []string
	for _, f := range fresh {
		name := strings.TrimPrefix(f.path, st.Dir+"/")
		switch {
		case f.size > 0 && f.changed.Before(end.Add(-phase.unsure)):
		case !phase.known[name]:
			half = append(half, f.path)
		case f.size == 0 || isProduct(f.path):
			return 0, name, nil
		}
	}
	for i, path := range half {
		if err := os.Remove(path); err != nil {
			return i, "", fmt.Errorf("resume build: %w", err)
		}
	}
	return len(half), "", nil
}

// isProduct reports whether a file is what compilers, linkers and archivers make. One that cannot be read may be.
func isProduct(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return true
	}
	defer f.Close()
	magic := make([]byte, 8)
	n, _ := io.ReadFull(f, magic)
	return bytes.HasPrefix(magic[:n], []byte("\x7fELF")) || bytes.HasPrefix(magic[:n], []byte("!<arch>\n")) || bytes.HasPrefix(magic[:n], []byte("!<thin>\n"))
}

// eachFile walks over the regular files of a build.
func eachFile(st *stage.Stage, visit func(path string) error) error {
	for _, dir := range []string{st.UnpackDir(), st.BuildDir()} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			return visit(path)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// writeFileList writes the paths of a build's files in the stage, each ended by a NUL.
func writeFileList(path string, st *stage.Stage) error {
	var list bytes.Buffer
	err := eachFile(st, func(file string) error {
		list.WriteString(strings.TrimPrefix(file, st.Dir+"/"))
		return list.WriteByte(0)
	})
	if err != nil {
		return err
	}
	return os.WriteFile(path, list.Bytes(), 0o644)
}

// readFileList reads that; there is none where a version of before has built.
func readFileList(path string) (map[string]bool, error) {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	known := map[string]bool{}
	for name := range strings.SplitSeq(string(data), "\x00") {
		known[name] = true
	}
	return known, nil
}

// file is what the kernel knows of one; programs can change none of these times.
type file struct {
	path          string
	size          uint64
	born, changed time.Time
}

// look asks the kernel. Where a file system does not know when a file was made, it counts as made when it was last changed.
func look(path string) (file, error) {
	var st unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &st); err != nil {
		return file{}, &fs.PathError{Op: "statx", Path: path, Err: err}
	}
	f := file{path: path, size: st.Size, changed: time.Unix(st.Ctime.Sec, int64(st.Ctime.Nsec))}
	f.born = f.changed
	if st.Mask&unix.STATX_BTIME != 0 {
		f.born = time.Unix(st.Btime.Sec, int64(st.Btime.Nsec))
	}
	return f, nil
}
