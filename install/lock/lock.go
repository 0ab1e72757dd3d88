// Package lock makes processes wait for each other by files: on one machine, and
// across machines where the file system carries locks.
//
// Two methods, chosen once by a probe. Open file description locks (fcntl
// F_OFD_SETLK) vanish with their process and work over NFS with a lock service,
// Lustre with flock, and GPFS. Where a file system refuses them, a directory made
// by mkdir is the lock; its holder touches it from time to time, and one that
// nobody touches is taken over.
//
// All processes that share a directory of locks must use one method. The first
// that needs directories notes it there (see method.go), and those that come
// later, on whatever node, follow it.
//
// A shared lock may be held many times at once, also by one process; but do not
// take a second one while holding the first: a writer that came in between
// would wait for the first, and the second for the writer.
//
// Read lock.go for the interface, method.go for how the method is chosen, ofd.go and
// mkdir.go for the two methods, holder.go for who holds a lock.
package lock

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"time"

	"github.com/berth-hpc/berth/install/durable"
)

// Mode says whether others may hold the lock too.
type Mode string

const (
	Shared    Mode = "shared"
	Exclusive Mode = "exclusive"
)

// ErrLost says that a lock was taken over by another process while it was held:
// this one was stopped for longer than Options.StaleAfter. What was
// done under the lock may have met what the other did.
var ErrLost = errors.New("the lock was taken over by another process")

// Options change how a Locker works. The zero value is right for the store.
type Options struct {
	Method     Method
	StaleAfter time.Duration // mkdir: silence after which a holder counts as dead; 0: 60 s
	MaxPoll    time.Duration // longest pause between two looks at a lock; 0: 500 ms

	// OnWait is called when Lock begins to wait, and again when the holder
	// changes, from the goroutine of Lock.
	OnWait func(name string, holder Holder)

	// OnLost is called when it is found that a lock was taken over while it was held: whatever is done under it must end.
	OnLost func(name string)
}

// A Locker makes the locks of one directory.
type Locker struct {
	dir    string
	opt    Options
	method method
	self   Holder // without Mode and Since
}

// Unlock gives a lock back. A second call does nothing and returns nil.
type Unlock func() error

// A method tries to get a lock once. When it is held by others, it returns a
// nil Unlock and who they are.
type method interface {
	try(path string, mode Mode, self Holder) (Unlock, Holder, error)
}

// New returns a Locker for the locks in dir, which is made if it is missing.
func New(dir string, opt Options) (*Locker, error) {
	if opt.StaleAfter == 0 {
		opt.StaleAfter = time.Minute
	}
	if opt.MaxPoll == 0 {
		opt.MaxPoll = 500 * time.Millisecond
	}
	if err := durable.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("prepare locks: %w", err)
	}
	if opt.Method == Auto {
		var err error
		if opt.Method, err = choose(dir); err != nil {
			return nil, err
		}
	}
	l := &Locker{dir: dir, opt: opt, self: thisProcess()}
	switch opt.Method {
	case OFD:
		l.method = ofd{}
	case Mkdir:
		l.method = &mkdir{staleAfter: opt.StaleAfter, lost: opt.OnLost}
	default:
		return nil, fmt.Errorf("prepare locks: unknown method %q (use %q or %q)", opt.Method, OFD, Mkdir)
	}
	if opt.Method == Mkdir {
		l.sweep()
	}
	return l, nil
}

// Method is the method that is used, after a probe if that was left to it.
func (l *Locker) Method() Method { return l.opt.Method }

// A HeldError says that a lock could not be had, and who has it.
type HeldError struct {
	Path   string
	Mode   Mode // that was wanted
	Holder Holder
	Waited time.Duration
	Err    error // why waiting ended, e.g. context.DeadlineExceeded; nil for TryLock
}

func (e *HeldError) Error() string {
	s := fmt.Sprintf("lock %s: it is held by %s", e.Path, e.Holder)
	if e.Err != nil {
		s += fmt.Sprintf(" (waited %s: %v)", e.Waited.Round(time.Second/10), e.Err)
	}
	return s
}

func (e *HeldError) Unwrap() error { return e.Err }

// TryLock takes the lock called name, a single path element such as "db", or
// returns a *HeldError.
func (l *Locker) TryLock(name string, mode Mode) (Unlock, error) {
	path, err := l.path(name, mode)
	if err != nil {
		return nil, err
	}
	unlock, holder, err := l.method.try(path, mode, l.self)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if unlock == nil {
		holder.Stopped = holder.stopped(l.self)
		return nil, &HeldError{Path: path, Mode: mode, Holder: holder}
	}
	return unlock, nil
}

// Lock is TryLock that waits until ctx ends.
func (l *Locker) Lock(ctx context.Context, name string, mode Mode) (Unlock, error) {
	begin, pause := time.Now(), time.Millisecond
	var told Holder
	for {
		unlock, err := l.TryLock(name, mode)
		var held *HeldError
		if !errors.As(err, &held) {
			return unlock, err
		}
		if l.opt.OnWait != nil && (told == Holder{} || !told.same(held.Holder)) {
			told = held.Holder
			l.opt.OnWait(name, told)
		}
		// Waiters that began together must not stay in step.
		timer := time.NewTimer(pause/2 + rand.N(pause))
		select {
		case <-ctx.Done():
			timer.Stop()
			held.Waited, held.Err = time.Since(begin), context.Cause(ctx)
			return nil, held
		case <-timer.C:
		}
		pause = min(2*pause, l.opt.MaxPoll)
	}
}

func (l *Locker) path(name string, mode Mode) (string, error) {
	if name == "" || strings.ContainsAny(name, "/\x00") || strings.HasPrefix(name, ".") {
		return "", fmt.Errorf("lock %q: the name must be one path element", name)
	}
	if mode != Shared && mode != Exclusive {
		return "", fmt.Errorf("lock %s: unknown mode %q", name, mode)
	}
	return filepath.Join(l.dir, name), nil
}
