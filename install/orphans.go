package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/spec/dag"
)

// A build that was killed gives its lock back at once, but what it started may go on for a moment, and write where the next build of
// the same package begins. So everything that a build starts inherits an open file with a lock on it, and the next build
// waits for that, too. Where a file system has no such locks, the guard alone has to do.

// runningPath is that file, beside the locks.
func (r *run) runningPath(n *dag.Node) string {
	return filepath.Join(r.Store.Root(), "locks", n.Hash()+".running")
}

// awaitOrphans waits until nothing runs that an earlier build of n started, and returns the file for this one's commands.
func (r *run) awaitOrphans(ctx context.Context, n *dag.Node) (*os.File, error) {
	path := r.runningPath(n)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, &durable.Error{Op: "write", Path: path, Err: err}
	}
	for told := false; ; told = true {
		whole := unix.Flock_t{Type: unix.F_WRLCK}
		err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &whole)
		if err == nil || !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EACCES) {
			return f, nil
		}
		if !told {
			r.reporter.Waiting(n, "what an interrupted build left running")
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("wait for what an interrupted build of %s left running: %w", n, context.Cause(ctx))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// releaseRunning takes the file away again; nobody else opens it while we hold the prefix's lock.
func (r *run) releaseRunning(f *os.File) {
	os.Remove(f.Name())
	f.Close()
}
