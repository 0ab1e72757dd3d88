package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/install/durable"
)

// Method is how locks are made.
type Method string

const (
	Auto  Method = ""      // what is found to work
	OFD   Method = "ofd"   // fcntl locks
	Mkdir Method = "mkdir" // directories with a heartbeat
)

// noteName is the file in a directory of locks that says that they are directories. Anyone may make it, to have it so.
const noteName = ".mkdir"

const noteText = `The locks here are directories, since a node was found whose fcntl locks other nodes may not see. If that is not so any
more, remove this file while nothing uses these locks.
`

// choose decides how the locks in dir are made, as a process before has, or else as the file system allows.
func choose(dir string) (Method, error) {
	note := filepath.Join(dir, noteName)
	if _, err := os.Lstat(note); err == nil {
		return Mkdir, nil
	}
	method, err := Probe(dir)
	if err != nil || method != Mkdir {
		return method, err
	}
	f, err := os.OpenFile(note, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return Mkdir, nil
	}
	if err != nil {
		return Auto, fmt.Errorf("note how locks are made: %w", err)
	}
	f.WriteString(noteText) // for people; that the file is there is what counts
	return Mkdir, f.Close()
}

// localLocks tells why the locks that a mount grants may be unknown to other nodes; "" if they should be known. kind and options are those of
// /proc/self/mountinfo. Sources: nfs(5), mount.lustre(8), mount.cifs(8), the manuals of BeeGFS and SSHFS.
func localLocks(kind string, options []string) string {
	has := func(names ...string) string {
		for _, o := range options {
			if slices.Contains(names, o) {
				return kind + " is mounted with " + o
			}
		}
		return ""
	}
	switch kind {
	case "nfs", "nfs4":
		return has("nolock", "local_lock=all", "local_lock=posix")
	case "lustre":
		return has("localflock")
	case "cifs", "smb3":
		return has("nobrl", "nolock")
	case "beegfs", "fuse.sshfs":
		return kind + " keeps locks on each node by itself, unless it is told otherwise"
	}
	return ""
}

// mountOf finds the mount that dir is on, in the text of /proc/self/mountinfo (proc_pid_mountinfo(5)).
func mountOf(mountinfo, dir string) (kind string, options []string) {
	longest := -1
	for line := range strings.Lines(mountinfo) {
		front, back, ok := strings.Cut(line, " - ")
		fields, about := strings.Fields(front), strings.Fields(back)
		if !ok || len(fields) < 6 || len(about) < 3 {
			continue
		}
		point := unescape.Replace(fields[4])
		if point != "/" && dir != point && !strings.HasPrefix(dir, point+"/") || len(point) < longest {
			continue
		}
		longest = len(point) // of mounts over each other, the last counts
		kind, options = about[0], strings.Split(fields[5]+","+about[2], ",")
	}
	return kind, options
}

var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// mountedAlone asks localLocks about the directory's mount. What cannot be found out is left to the probe.
func mountedAlone(dir string) string {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return ""
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return ""
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return ""
	}
	return localLocks(mountOf(string(text), dir))
}

// Probe finds out which method works in dir: by what the mount says, and by locking a file there and asking whether
// a second descriptor sees it, as some file systems accept every lock.
func Probe(dir string) (Method, error) {
	if mountedAlone(dir) != "" {
		return Mkdir, nil
	}
	f, err := openProbe(filepath.Join(dir, probeName))
	if err != nil {
		return Auto, fmt.Errorf("probe locks: %w", err)
	}
	defer f.Close()
	g, err := os.OpenFile(f.Name(), os.O_RDWR, 0)
	if err != nil {
		return Auto, fmt.Errorf("probe locks: %w", err)
	}
	defer g.Close()
	// Others may probe just now: each locks a byte of its own choice, and chooses another one if somebody has that.
	for range 3 {
		at := 1 + rand.Int64N(math.MaxInt32-1)
		got, err := setRange(f, Exclusive, at, 1)
		if err != nil {
			return fallback(err)
		}
		if !got {
			continue
		}
		if got, err := setRange(g, Exclusive, at, 1); err != nil || got {
			return fallback(err)
		}
		return OFD, nil
	}
	return fallback(nil)
}

// probeName is the file that is locked to see whether that works. It stays, as making one takes room: on a full disk, too, one must be able to lock, if only to
// remove something.
const probeName = ".probe"

// cause is the system's own error.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// openProbe opens the file, or one of ours alone where it is somebody else's.
func openProbe(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if errors.Is(err, fs.ErrPermission) {
		f, err = os.OpenFile(path+"-"+strconv.Itoa(os.Getuid()), os.O_RDWR|os.O_CREATE, 0o666)
	}
	if err != nil {
		return nil, &durable.Error{Op: "write", Path: path, Err: cause(err)}
	}
	return f, nil
}

func fallback(err error) (Method, error) {
	if err == nil || unsupported(err) {
		return Mkdir, nil
	}
	return Auto, fmt.Errorf("probe locks: %w", err)
}
