package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/spec/dag"
)

// A build that was killed gives its lock back at once, but what it started may go on for a moment, and write where the next build of
// the same package begins. So everything that a build starts inherits an open file with a lock on it, and the next build
// waits for that, too. Where a file system has no such locks, ending them is left to the installer (see install's guard).

const runningSuffix = ".running"

func (s *Store) runningPath(hash string) string {
	return filepath.Join(s.lockDir(), hash+runningSuffix)
}

// Running is the file that what a build starts inherits.
type Running struct{ File *os.File }

// LockRunning waits until nothing runs any more that an earlier build of n started, and locks the file for this one's commands.
// The caller holds the prefix's lock. waiting is called when it has to wait.
func (s *Store) LockRunning(ctx context.Context, n *dag.Node, waiting func()) (*Running, error) {
	path := s.runningPath(n.Hash())
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fail("write", path, err)
	}
	for told := false; ; told = true {
		if !inherited(f) {
			return &Running{f}, nil
		}
		if !told {
			waiting()
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("wait for what an interrupted build of %s left running: %w", n, context.Cause(ctx))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// inherited reports whether a process of an earlier build has the file's lock; if not, f has it now.
func inherited(f *os.File) bool {
	whole := unix.Flock_t{Type: unix.F_WRLCK}
	err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &whole)
	return errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES)
}

// Release takes the file away. The prefix's lock is still held: nobody else opens it now.
func (r *Running) Release() {
	os.Remove(r.File.Name())
	r.File.Close()
}

// orphaned reports whether processes of a killed build of that hash still run. Otherwise the file that says so is removed. The caller
// holds the prefix's lock.
func (s *Store) orphaned(hash string) bool {
	f, err := os.OpenFile(s.runningPath(hash), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	if inherited(f) {
		f.Close()
		return true
	}
	(&Running{f}).Release()
	return false
}

// sweepRunning removes the files of builds that were killed.
func (s *Store) sweepRunning() error {
	for _, path := range s.list(s.lockDir()) {
		if hash, ok := strings.CutSuffix(filepath.Base(path), runningSuffix); ok {
			if err := s.ifFree(hash, func() error { return nil }); err != nil {
				return err
			}
		}
	}
	return nil
}
