package lock

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ofd locks the file at the lock's path. The file stays there when nobody has
// the lock: removing it would let two processes lock two files of one name.
type ofd struct{}

func (ofd) try(path string, mode Mode, self Holder) (Unlock, Holder, error) {
	for {
		// Read-write even for shared locks: NFS wants it for one mode or the other.
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, Holder{}, err
		}
		got, err := setLock(f, mode)
		if err != nil {
			f.Close()
			return nil, Holder{}, err
		}
		if !got {
			holder := whoHolds(f, mode)
			f.Close()
			return nil, holder, nil
		}
		if !stillAt(f, path) { // somebody removed the file all the same
			f.Close()
			continue
		}
		if mode == Exclusive {
			writeHolder(f, self)
		}
		return unlockFile(f, mode), Holder{}, nil
	}
}

func unlockFile(f *os.File, mode Mode) Unlock {
	var once sync.Once
	return func() (err error) {
		once.Do(func() {
			if mode == Exclusive {
				f.Truncate(0) // only for readers of the file; a failure misleads nobody for long
			}
			err = f.Close() // which releases the lock
		})
		return err
	}
}

// setLock locks the whole file; got is false if another description has it.
func setLock(f *os.File, mode Mode) (got bool, err error) { return setRange(f, mode, 0, 0) }

// setRange locks n bytes of a file, from one of them on; 0 is up to its end, wherever that comes to be.
func setRange(f *os.File, mode Mode, from, n int64) (got bool, err error) {
	l := unix.Flock_t{Type: unix.F_RDLCK, Whence: io.SeekStart, Start: from, Len: n}
	if mode == Exclusive {
		l.Type = unix.F_WRLCK
	}
	for {
		err = unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &l)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EACCES):
			return false, nil
		}
		return false, os.NewSyscallError("fcntl", err)
	}
}

// unsupported says that the file system, or the kernel (before 3.15: EINVAL),
// has no such locks, rather than that something went wrong.
func unsupported(err error) bool {
	return errors.Is(err, syscall.ENOLCK) || errors.Is(err, syscall.ENOSYS) ||
		errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.EINVAL)
}

func stillAt(f *os.File, path string) bool {
	a, err1 := f.Stat()
	b, err2 := os.Stat(path)
	return err1 == nil && err2 == nil && os.SameFile(a, b)
}

// writeHolder ignores errors: the text is for people who wait, and on a full
// disk one must still be able to lock, if only to remove something.
func writeHolder(f *os.File, self Holder) {
	self.Mode, self.Since = Exclusive, time.Now().Truncate(time.Second)
	data, err := json.Marshal(self)
	if err == nil && f.Truncate(0) == nil {
		f.WriteAt(append(data, '\n'), 0)
	}
}

// whoHolds reads what the exclusive holder wrote. Holders of shared locks do
// not write, and one that was killed leaves its text, so the kernel is asked
// first what kind of lock stands in the way.
func whoHolds(f *os.File, wanted Mode) Holder {
	l := unix.Flock_t{Type: unix.F_RDLCK, Whence: io.SeekStart}
	if wanted == Exclusive {
		l.Type = unix.F_WRLCK
	}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &l); err == nil && l.Type == unix.F_RDLCK {
		return Holder{Mode: Shared}
	}
	return readHolder(io.NewSectionReader(f, 0, maxHolder), Exclusive)
}
