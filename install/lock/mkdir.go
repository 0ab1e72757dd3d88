package lock

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/install/durable"
)

// mkdir makes locks of what every file system can do atomically.
//
//	NAME.gate/           whoever puts it there has the exclusive lock
//	NAME.gate/holder     who that is; its mtime is the heartbeat
//	NAME.gate/claim-1    made by the one process that may take over a dead gate
//	NAME.readers/TOKEN   one file for each shared lock, with its own heartbeat
//
// A gate is made beside, with its holder's name in it, and put in place by rename,
// which fails where one stands. So no gate is ever without a name: whose process was
// killed before it had written its name could not be known to be dead.
//
// A shared lock is taken by making the gate for a moment, in which the reader
// adds its file. An exclusive one keeps the gate, if there are no readers.
//
// Clocks are never compared: a holder is dead when it is a process of this
// machine that has ended, or when its heartbeat has not moved while we watched
// for staleAfter. One that is known to be there is waited for, be it stopped.
// On another machine the two cannot be told apart: a holder that was stopped
// there for so long finds, when it goes on, that it has lost the lock.
type mkdir struct {
	staleAfter time.Duration
	lost       func(name string) // may be nil

	mu      sync.Mutex
	watched map[string]sighting // by path of a gate or a reader's file
}

// A sighting is what a holder's signs of life looked like, since when, and until when.
type sighting struct {
	signs       string
	since, last time.Time
}

// settle is how long a gate is waited for that readers make for a moment.
const settle = 100 * time.Millisecond

// longPause is between two looks of a waiting process only if something kept it from looking.
const longPause = 2 * time.Second

func (m *mkdir) try(path string, mode Mode, self Holder) (Unlock, Holder, error) {
	self.Mode, self.Since, self.Token = mode, time.Now().Truncate(time.Second), rand.Text()
	gate, readers := path+".gate", path+".readers"
	if err := os.MkdirAll(readers, 0o777); err != nil {
		return nil, Holder{}, err
	}
	holder, err := m.enter(gate, self)
	if err != nil || holder != nil {
		return nil, deref(holder), err
	}
	if mode == Shared {
		unlock, err := m.read(path, self)
		if leaveErr := leave(gate, self); leaveErr != nil && err == nil {
			unlock()
			return nil, Holder{}, leaveErr
		}
		return unlock, Holder{}, err
	}
	reader, err := m.reader(readers, self)
	if err != nil || reader != nil {
		return nil, deref(reader), errors.Join(err, leave(gate, self))
	}
	stop := m.keepAlive(path, filepath.Join(gate, "holder"), self)
	return once(func() error {
		stop()
		return leave(gate, self)
	}), Holder{}, nil
}

// enter makes the gate, or takes over a dead one. It returns the living holder
// when there is one.
func (m *mkdir) enter(gate string, self Holder) (*Holder, error) {
	ready, err := prepareGate(gate, self)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(ready) // nothing is there once it is the gate
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		placed, err := placeGate(ready, gate, self)
		if placed || err != nil {
			return nil, err
		}
		holder := readHolderFile(filepath.Join(gate, "holder"), Exclusive)
		if claims, dead := m.isDead(gate, holder, self); dead {
			taken, err := m.takeOver(gate, claims, holder, self)
			if taken || err != nil {
				return nil, err
			}
		}
		if holder.Token != "" && holder.Mode == Exclusive || time.Since(begin) > settle {
			return &holder, nil
		}
	}
}

// prepareGate makes a gate beside the place where it is going to stand.
func prepareGate(gate string, self Holder) (ready string, err error) {
	ready = durable.TempName(strings.TrimSuffix(gate, ".gate"))
	if err := os.Mkdir(ready, 0o777); err != nil {
		return "", err
	}
	if err := writeNew(filepath.Join(ready, "holder"), self); err != nil {
		os.RemoveAll(ready)
		return "", err
	}
	return ready, nil
}

// placeGate puts it there, unless one stands there already. An empty directory is none: older versions made the gate first.
func placeGate(ready, gate string, self Holder) (placed bool, err error) {
	for { // os.Rename looks for itself, before it asks the file system
		if err = unix.Rename(ready, gate); err != unix.EINTR {
			break
		}
	}
	if err == nil {
		return true, nil
	}
	if readHolderFile(filepath.Join(gate, "holder"), Exclusive).Token == self.Token {
		return true, nil // it was done, and the answer was lost on its way
	}
	if errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if info, statErr := os.Lstat(gate); statErr == nil && info.IsDir() {
		return false, nil // some servers have one error for everything
	}
	return false, &os.LinkError{Op: "rename", Old: ready, New: gate, Err: err}
}

// isDead watches what stands at path, and tells how many claims there were when
// the watch began. A holder that is known to have ended needs no watch, unless
// somebody is about to take over from it.
func (m *mkdir) isDead(path string, holder, self Holder) (claims int, dead bool) {
	signs, claims := signsOfLife(path)
	if claims == 0 && holder.Token != "" && holder.dead(self) {
		return 0, true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.watched == nil {
		m.watched = make(map[string]sighting)
	}
	seen, ok := m.watched[path]
	now := time.Now()
	// After a pause in the watch it begins anew: what kept us, a file server that was away, say, may have kept the holder as well.
	if !ok || seen.signs != signs || now.Sub(seen.last) > max(m.staleAfter/2, longPause) {
		seen = sighting{signs: signs, since: now}
	}
	seen.last = now
	m.watched[path] = seen
	if claims == 0 && holder.Token != "" && holder.alive(self) {
		return claims, false
	}
	return claims, now.Sub(seen.since) > m.staleAfter
}

// signsOfLife changes with every heartbeat and every claim.
func signsOfLife(path string) (signs string, claims int) {
	var b strings.Builder
	for _, p := range []string{path, filepath.Join(path, "holder")} {
		if fi, err := os.Lstat(p); err == nil {
			fmt.Fprintf(&b, "%s %d %d;", fi.Name(), fi.ModTime().UnixNano(), fi.Size())
		}
	}
	names, _ := filepath.Glob(filepath.Join(path, "claim-*"))
	return b.String() + strings.Join(names, ";"), len(names)
}

// takeOver makes a dead gate ours. The gate stays where it is all the time, so
// that nobody can make a new one meanwhile. All that found it dead with the same
// number of claims try to make the same next one, and one of them succeeds. If it
// dies before it is done, the others find the gate dead with one claim more.
func (m *mkdir) takeOver(gate string, claims int, dead, self Holder) (bool, error) {
	root, err := os.OpenRoot(gate)
	if err != nil {
		return false, ignoreGone(err)
	}
	defer root.Close()
	claim := fmt.Sprintf("claim-%d", claims+1)
	if err := root.Mkdir(claim, 0o777); err != nil {
		return false, ignoreGone(err)
	}
	now := readHolderFile(filepath.Join(gate, "holder"), Exclusive)
	if now.Token != dead.Token || !sameDir(root, gate) {
		root.Remove(claim) // somebody was faster
		return false, nil
	}
	tmp := "holder." + self.Token
	data, err := json.Marshal(self)
	if err == nil {
		err = root.WriteFile(tmp, data, 0o666)
	}
	if err == nil {
		err = root.Rename(tmp, "holder")
	}
	if err != nil {
		root.Remove(tmp)
		return false, ignoreGone(err)
	}
	for i := range claims + 1 {
		root.Remove(fmt.Sprintf("claim-%d", i+1))
	}
	return sameDir(root, gate), nil
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

func sameDir(root *os.Root, path string) bool {
	a, err1 := root.Stat(".")
	b, err2 := os.Stat(path)
	return err1 == nil && err2 == nil && os.SameFile(a, b)
}

// leave removes the gate in one step, by renaming it first: a gate that is
// half removed would look dead.
func leave(gate string, self Holder) error {
	if readHolderFile(filepath.Join(gate, "holder"), Exclusive).Token != self.Token {
		return ErrLost
	}
	gone := gate + "." + self.Token
	if err := os.Rename(gate, gone); err != nil {
		return err
	}
	return os.RemoveAll(gone)
}

// sweep removes what killed processes left: gates that they gave back but did not get to remove, those that they did not get to put in place, and
// those of processes of this machine that nobody may ever ask for again. What cannot be removed harms nobody.
func (l *Locker) sweep() {
	durable.Sweep(l.dir, "")
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		path := filepath.Join(l.dir, e.Name())
		if strings.Contains(e.Name(), ".gate.") {
			os.RemoveAll(path)
			continue
		}
		name, ok := strings.CutSuffix(e.Name(), ".gate")
		if !ok || !readHolderFile(filepath.Join(path, "holder"), Exclusive).dead(l.self) {
			continue
		}
		if unlock, err := l.TryLock(name, Exclusive); err == nil {
			unlock()
		}
	}
}

// read adds a reader; the caller has the gate.
func (m *mkdir) read(lock string, self Holder) (Unlock, error) {
	path := filepath.Join(lock+".readers", self.Token)
	temp := durable.TempName(path) // with its name in it from the beginning, as a gate
	err := writeNew(temp, self)
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		os.Remove(temp)
		return nil, err
	}
	stop := m.keepAlive(lock, path, self)
	return once(func() error {
		stop()
		err := os.Remove(path)
		if errors.Is(err, fs.ErrNotExist) {
			return ErrLost
		}
		return err
	}), nil
}

// reader returns a living reader, if there is one, and removes the dead ones;
// the caller has the gate. NFS clients cache what a directory contains until
// they change it themselves, hence the file that comes and goes.
func (m *mkdir) reader(readers string, self Holder) (*Holder, error) {
	mark := durable.TempName(filepath.Join(readers, "mark"))
	err := writeNew(mark, self)
	if removeErr := os.Remove(mark); err != nil || removeErr != nil {
		return nil, errors.Join(err, removeErr)
	}
	durable.Sweep(readers, "")
	entries, err := os.ReadDir(readers)
	if err != nil {
		return nil, err
	}
	var living *Holder
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		path := filepath.Join(readers, e.Name())
		holder := readHolderFile(path, Shared)
		if _, dead := m.isDead(path, holder, self); dead {
			os.Remove(path)
		} else if living == nil {
			living = &holder
		}
	}
	return living, nil
}

// keepAlive touches path until stop is called, or until the lock is lost.
func (m *mkdir) keepAlive(lock, path string, self Holder) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(m.staleAfter / 6)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			if m.gone(path, self) {
				if m.lost != nil {
					m.lost(filepath.Base(lock))
				}
				return // Unlock will say so, too
			}
			touch(path)
		}
	}()
	return func() { close(done); <-ended }
}

// gone reports whether the description at path is another's, or is missing: a file server that is away says neither.
func (m *mkdir) gone(path string, self Holder) bool {
	data, err := os.ReadFile(path)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	h := readHolder(bytes.NewReader(data), self.Mode)
	return h.Token != "" && h.Token != self.Token
}

func writeNew(path string, h Holder) error {
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func readHolderFile(path string, mode Mode) Holder {
	data, err := os.ReadFile(path)
	if err != nil {
		return Holder{Mode: mode}
	}
	return readHolder(bytes.NewReader(data), mode)
}

func once(f func() error) Unlock {
	var o sync.Once
	return func() (err error) {
		o.Do(func() { err = f() })
		return err
	}
}

func deref(h *Holder) Holder {
	if h == nil {
		return Holder{}
	}
	return *h
}
