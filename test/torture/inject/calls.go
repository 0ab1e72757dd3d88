package inject

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Kind is what a call does to the file system.
type Kind string

const (
	Create Kind = "create" // a file that was not there, a directory, a link
	Open   Kind = "open"   // for writing, of a file that is there
	Write  Kind = "write"
	Sync   Kind = "sync"
	Rename Kind = "rename"
	Remove Kind = "remove"
	Change Kind = "change" // mode, times
)

// A Call is one system call that is about to be made.
type Call struct {
	Name string // "openat"
	Kind Kind
	PID  int    // of the thread that makes it
	Path string // what it changes: absolute; "" if that cannot be found out
	From string // of a rename
}

// A shape says where a call's arguments are: their indexes, or none.
type shape struct {
	name  string
	kind  Kind
	fd    int // of an open file
	dirFD int // that path is relative to
	path  int
	from  int // of a rename: its path; fromDir is its directory
	fromD int
	flags int // of open
}

const none = -1

func byFD(name string, kind Kind, fd int) shape {
	return shape{name: name, kind: kind, fd: fd, dirFD: none, path: none, from: none, fromD: none, flags: none}
}

func byPath(name string, kind Kind, dirFD, path int) shape {
	return shape{name: name, kind: kind, fd: none, dirFD: dirFD, path: path, from: none, fromD: none, flags: none}
}

func (s shape) withFlags(arg int) shape        { s.flags = arg; return s }
func (s shape) withFrom(dirFD, path int) shape { s.from, s.fromD = path, dirFD; return s }

// watched are the calls that change files, by number. What a file's mapping changes is not seen, nor is io_uring: neither
// berth nor the tools in the tests' builds change files so.
var watched = func() map[uintptr]shape {
	m := map[uintptr]shape{
		unix.SYS_OPENAT:          byPath("openat", Open, 0, 1).withFlags(2),
		unix.SYS_WRITE:           byFD("write", Write, 0),
		unix.SYS_WRITEV:          byFD("writev", Write, 0),
		unix.SYS_PWRITE64:        byFD("pwrite64", Write, 0),
		unix.SYS_PWRITEV:         byFD("pwritev", Write, 0),
		unix.SYS_FTRUNCATE:       byFD("ftruncate", Write, 0),
		unix.SYS_FALLOCATE:       byFD("fallocate", Write, 0),
		unix.SYS_SENDFILE:        byFD("sendfile", Write, 0),
		unix.SYS_COPY_FILE_RANGE: byFD("copy_file_range", Write, 2),
		unix.SYS_SPLICE:          byFD("splice", Write, 2),
		unix.SYS_FSYNC:           byFD("fsync", Sync, 0),
		unix.SYS_FDATASYNC:       byFD("fdatasync", Sync, 0),
		unix.SYS_MKDIRAT:         byPath("mkdirat", Create, 0, 1),
		unix.SYS_SYMLINKAT:       byPath("symlinkat", Create, 1, 2),
		unix.SYS_LINKAT:          byPath("linkat", Create, 2, 3),
		unix.SYS_MKNODAT:         byPath("mknodat", Create, 0, 1),
		unix.SYS_RENAMEAT2:       byPath("renameat2", Rename, 2, 3).withFrom(0, 1),
		unix.SYS_RENAMEAT:        byPath("renameat", Rename, 2, 3).withFrom(0, 1),
		unix.SYS_UNLINKAT:        byPath("unlinkat", Remove, 0, 1),
		unix.SYS_FCHMODAT:        byPath("fchmodat", Change, 0, 1),
		unix.SYS_FCHMOD:          byFD("fchmod", Change, 0),
		unix.SYS_UTIMENSAT:       byPath("utimensat", Change, 0, 1),
	}
	for nr, s := range legacy {
		m[nr] = s
	}
	return m
}()

// describe tells what the call that the notification is about would do; ok is false for one that changes nothing that has a path.
func describe(n *notification) (c Call, ok bool) {
	s := watched[uintptr(n.Data.NR)]
	c = Call{Name: s.name, Kind: s.kind, PID: int(n.PID)}
	arg := func(i int) uint64 { return n.Data.Args[i] }
	if s.fd != none {
		c.Path = fdPath(c.PID, int32(arg(s.fd)))
		return c, filepath.IsAbs(c.Path)
	}
	at := func(dir, path int) string {
		if dir == none {
			return pathAt(c.PID, unix.AT_FDCWD, arg(path))
		}
		return pathAt(c.PID, int32(arg(dir)), arg(path))
	}
	c.Path = at(s.dirFD, s.path)
	if s.from != none {
		c.From = at(s.fromD, s.from)
	}
	if s.kind == Create {
		_, err := os.Lstat(c.Path)
		return c, err != nil && filepath.IsAbs(c.Path) // else it is there, which the caller will be told
	}
	if s.kind == Open {
		flags := uint64(unix.O_WRONLY | unix.O_CREAT | unix.O_TRUNC)
		if s.flags != none {
			flags = arg(s.flags)
		}
		if flags&(unix.O_WRONLY|unix.O_RDWR|unix.O_CREAT|unix.O_TRUNC) == 0 {
			return c, false
		}
		if _, err := os.Lstat(c.Path); err != nil && flags&unix.O_CREAT != 0 {
			c.Kind = Create
		}
	}
	return c, filepath.IsAbs(c.Path)
}

// fdPath is the path of an open file; of pipes and sockets it is something that is not absolute.
func fdPath(pid int, fd int32) string {
	path, _ := os.Readlink("/proc/" + strconv.Itoa(pid) + "/fd/" + strconv.Itoa(int(fd)))
	return path
}

func pathAt(pid int, dirFD int32, address uint64) string {
	path, ok := readText(pid, uintptr(address))
	if !ok || path == "" && dirFD < 0 {
		return ""
	}
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	dir := "/proc/" + strconv.Itoa(pid) + "/cwd"
	if dirFD != unix.AT_FDCWD {
		dir = "/proc/" + strconv.Itoa(pid) + "/fd/" + strconv.Itoa(int(dirFD))
	}
	base, err := os.Readlink(dir)
	if err != nil {
		return ""
	}
	return filepath.Join(base, path)
}

// readText reads a C string from a process, page by page: the next page may not be mapped.
func readText(pid int, address uintptr) (string, bool) {
	const page = 4096
	var text []byte
	buf := make([]byte, page)
	for len(text) <= unix.PathMax {
		want := page - int(address%page)
		local := []unix.Iovec{{Base: &buf[0]}}
		local[0].SetLen(want)
		n, err := unix.ProcessVMReadv(pid, local, []unix.RemoteIovec{{Base: address, Len: want}}, 0)
		if err != nil || n == 0 {
			return "", false
		}
		if end := bytes.IndexByte(buf[:n], 0); end >= 0 {
			return string(append(text, buf[:end]...)), true
		}
		text = append(text, buf[:n]...)
		address += uintptr(n)
	}
	return "", false
}
