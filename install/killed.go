package install

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/install/stage"
)

// A build that failed has ended its commands, one that was killed has not: what they were writing is half there, newer than what it is made of, so that a make that
// goes on would take it for done. Nobody knows which files these are. So all go that came to be in the phase that was cut off, and that were changed in its last
// minute, or have nothing in them, as what a command has opened and not written yet: going on makes them again. A kill of more than a minute of work costs a minute.

// unsure is how long before a build was killed it may have begun to write what it never finished.
const unsure = time.Minute

// dropUnfinished takes out of a stage whose build was killed what may be half there. since is when the phase began that was cut off.
func dropUnfinished(st *stage.Stage, since time.Time, unsure time.Duration) (dropped int, err error) {
	var fresh []file
	var end time.Time
	for _, dir := range []string{st.UnpackDir(), st.BuildDir()} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			f, err := look(path)
			if err != nil {
				return err
			}
			if f.changed.After(end) {
				end = f.changed
			}
			if f.born.After(since) { // clocks of file systems tick every few milliseconds: what is as old as the note was there before it
				fresh = append(fresh, f)
			}
			return nil
		})
		if err != nil {
			return dropped, fmt.Errorf("resume build: %w", err)
		}
	}
	if info, err := os.Stat(st.LogPath()); err == nil && info.ModTime().After(end) {
		end = info.ModTime() // it went on, and wrote nothing
	}
	for _, f := range fresh {
		if f.size > 0 && f.changed.Before(end.Add(-unsure)) {
			continue
		}
		if err := os.Remove(f.path); err != nil {
			return dropped, fmt.Errorf("resume build: %w", err)
		}
		dropped++
	}
	return dropped, nil
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
