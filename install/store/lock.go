package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

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
}

func (l *locks) get(dir string) (*lock.Locker, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.locker != nil {
		return l.locker, nil
	}
	locker, err := lock.New(dir, lock.Options{OnWait: l.onWait})
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
	locker, err := s.locks.get(s.lockDir())
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

// tryLockHash takes the lock of a prefix if nobody has it; ok is false if somebody does.
func (s *Store) tryLockHash(hash string) (unlock func() error, ok bool, err error) {
	locker, err := s.locks.get(s.lockDir())
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

// lockIndex takes the lock that changes of the index need.
func (s *Store) lockIndex(ctx context.Context) (unlock func() error, err error) {
	locker, err := s.locks.get(s.lockDir())
	if err != nil {
		return nil, err
	}
	return locker.Lock(ctx, indexLock, lock.Exclusive)
}

// Use keeps what is installed from being removed until done is called: an install counts on its dependencies. The same process
// must not call it again before that.
func (s *Store) Use(ctx context.Context) (done func() error, err error) {
	locker, err := s.locks.get(s.lockDir())
	if err != nil {
		return nil, err
	}
	return locker.Lock(ctx, useLock, lock.Shared)
}

// lockUse waits until nobody counts on what is installed.
func (s *Store) lockUse(ctx context.Context) (unlock func() error, err error) {
	locker, err := s.locks.get(s.lockDir())
	if err != nil {
		return nil, err
	}
	defer s.locks.listen(useLock, func(holder string) { s.warn("waiting for %s to end: it may need what is to be removed", holder) })()
	return locker.Lock(ctx, useLock, lock.Exclusive)
}
