package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/berth-hpc/berth/install/lock"
	"github.com/berth-hpc/berth/spec/dag"
)

const (
	indexLock = "index" // held while the index changes
	useLock   = "use"   // shared by those who count on what is installed; a removal needs it alone
)

// locks makes the store's locks. The locker is made on first use, as finding out how to lock writes to the root.
type locks struct {
	mu      sync.Mutex
	locker  *lock.Locker
	waiting map[string]func(holder string) // by the lock's name
	lost    map[string]func()              // by the lock's name: called when it was taken over
}

func (s *Store) locker() (*lock.Locker, error) {
	l := &s.locks
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.locker != nil {
		return l.locker, nil
	}
	locker, err := lock.New(s.lockDir(), lock.Options{StaleAfter: s.StaleAfter, OnWait: l.onWait, OnLost: l.onLost})
	if err != nil {
		return nil, err
	}
	l.locker, l.waiting = locker, map[string]func(string){}
	return locker, nil
}

func (l *locks) onWait(name string, holder lock.Holder) {
	l.mu.Lock()
	tell := l.waiting[name]
	l.mu.Unlock()
	if tell != nil {
		tell(holder.String())
	}
}

func (l *locks) onLost(name string) {
	l.mu.Lock()
	tell := l.lost[name]
	l.mu.Unlock()
	if tell != nil {
		tell()
	}
}

// listen makes waiting hear about the lock of that name until the function that it returns is called.
func (l *locks) listen(name string, waiting func(string)) (stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting[name] = waiting
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.waiting, name)
	}
}

// LockPrefix takes the lock of a node's prefix for writing, waiting for whoever has it; waiting is called with the holder's
// description when it has to. What an interrupted build left in the prefix is for the holder to remove (Clear).
func (s *Store) LockPrefix(ctx context.Context, n *dag.Node, waiting func(holder string)) (unlock func() error, err error) {
	locker, err := s.locker()
	if err != nil {
		return nil, err
	}
	if waiting != nil {
		defer s.locks.listen(n.Hash(), waiting)()
	}
	u, err := locker.Lock(ctx, n.Hash(), lock.Exclusive)
	if err != nil {
		return nil, fmt.Errorf("install %s: %w", n, err)
	}
	return u, nil
}

// WhileLocked gives a context that ends when the lock of the node's prefix, which the caller is about to take, is lost to another command;
// its cause is then lock.ErrLost. That happens where locks are directories, to a process that was stopped for long on another machine than
// that of the other command. What stands in the prefix and the stage is then the other's. release must be called once the lock is given back.
func (s *Store) WhileLocked(ctx context.Context, n *dag.Node) (locked context.Context, release func()) {
	locked, cancel := context.WithCancelCause(ctx)
	l := &s.locks
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost == nil {
		l.lost = map[string]func(){}
	}
	l.lost[n.Hash()] = func() { cancel(lock.ErrLost) }
	return locked, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.lost, n.Hash())
		cancel(nil)
	}
}

// tryLockHash takes the lock of a prefix if nobody has it; ok is false if somebody does.
func (s *Store) tryLockHash(hash string) (unlock func() error, ok bool, err error) {
	locker, err := s.locker()
	if err != nil {
		return nil, false, err
	}
	u, err := locker.TryLock(hash, lock.Exclusive)
	var held *lock.HeldError
	if errors.As(err, &held) {
		return nil, false, nil
	}
	return u, err == nil, err
}

// indexPatience is how long a change of the index may keep others waiting before they speak of it: mostly it takes milliseconds.
const indexPatience = 2 * time.Second

// lockIndex takes the lock that changes of the index need.
func (s *Store) lockIndex(ctx context.Context) (unlock func() error, err error) {
	locker, err := s.locker()
	if err != nil {
		return nil, err
	}
	var holder atomic.Value
	defer s.locks.listen(indexLock, func(h string) { holder.Store(h) })()
	timer := time.AfterFunc(indexPatience, func() {
		if h := holder.Load(); h != nil {
			s.warn("waiting for %s to have changed the index", h)
		}
	})
	defer timer.Stop()
	return locker.Lock(ctx, indexLock, lock.Exclusive)
}

// Use keeps what is installed from being removed until done is called: an install counts on its dependencies. The same process
// must not call it again before that.
func (s *Store) Use(ctx context.Context) (done func() error, err error) {
	locker, err := s.locker()
	if err != nil {
		return nil, err
	}
	return locker.Lock(ctx, useLock, lock.Shared)
}

// lockUse waits until nobody counts on what is installed.
func (s *Store) lockUse(ctx context.Context) (unlock func() error, err error) {
	locker, err := s.locker()
	if err != nil {
		return nil, err
	}
	defer s.locks.listen(useLock, func(holder string) { s.warn("waiting for %s to end: it may need what is to be removed", holder) })()
	return locker.Lock(ctx, useLock, lock.Exclusive)
}
