package lock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/install/durable"
)

// A holder on another machine cannot be asked; only its heartbeat speaks for it.
func foreign(t *testing.T, dir string) Holder {
	h := thisProcess()
	h.Host, h.Token, h.Mode, h.PID = "login7.example.org", "foreign", Exclusive, 1
	gate := filepath.Join(dir, "db.gate")
	must(t, os.Mkdir(gate, 0o755))
	must(t, writeNew(filepath.Join(gate, "holder"), h))
	return h
}

func TestSilentHolderIsTakenOverByOne(t *testing.T) {
	for _, claims := range []int{0, 2} { // those of earlier processes that died over it
		dir := t.TempDir()
		foreign(t, dir)
		for i := range claims {
			must(t, os.Mkdir(filepath.Join(dir, "db.gate", fmt.Sprintf("claim-%d", i+1)), 0o755))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		got := make(chan Unlock, 8)
		for range cap(got) {
			other := open(t, Mkdir, dir) // with an own memory of what it has seen
			go func() {
				unlock, _ := other.Lock(ctx, "db", Exclusive)
				cancel() // one has it: the others need not wait until that one looks dead
				got <- unlock
			}()
		}
		var winners []Unlock
		for range cap(got) {
			if u := <-got; u != nil {
				winners = append(winners, u)
			}
		}
		if len(winners) != 1 {
			t.Fatalf("%d processes took over from one (claims %d)", len(winners), claims)
		}
		must(t, winners[0]())
		unlock, err := open(t, Mkdir, dir).TryLock("db", Exclusive)
		must(t, err)
		must(t, unlock())
	}
}

// Time is moved by hand here: on a busy machine a short heartbeat may be late.
func TestHolderIsDeadOnlyWhenItsSignsStandStill(t *testing.T) {
	dir := t.TempDir()
	h, self := foreign(t, dir), thisProcess()
	gate := filepath.Join(dir, "db.gate")
	m := &mkdir{staleAfter: time.Hour}
	look := func(want bool, when string) {
		t.Helper()
		if _, dead := m.isDead(gate, h, self); dead != want {
			t.Errorf("%s: dead %v, want %v", when, dead, want)
		}
	}
	hoursPass := func() {
		s := m.watched[gate]
		m.watched[gate] = sighting{s.signs, s.since.Add(-2 * time.Hour), s.last}
	}
	look(false, "seen for the first time")
	look(false, "seen again at once")
	hoursPass()
	must(t, os.Chtimes(filepath.Join(gate, "holder"), time.Time{}, time.Now().Add(time.Second)))
	look(false, "after a heartbeat")
	hoursPass()
	must(t, os.Mkdir(filepath.Join(gate, "claim-1"), 0o755))
	look(false, "after a claim")
	hoursPass()
	look(true, "after silence")
	s := m.watched[gate]
	m.watched[gate] = sighting{s.signs, s.since, s.last.Add(-time.Hour)}
	look(false, "after we did not look for long")
}

func TestHoldersHaveAHeartbeat(t *testing.T) {
	for _, mode := range []Mode{Exclusive, Shared} {
		dir := t.TempDir()
		unlock, err := open(t, Mkdir, dir).TryLock("db", mode)
		must(t, err)
		path := filepath.Join(dir, "db.gate", "holder")
		if mode == Shared {
			files, _ := filepath.Glob(filepath.Join(dir, "db.readers", "*"))
			if len(files) != 1 {
				t.Fatalf("readers: %q", files)
			}
			path = files[0]
		}
		before, err := os.Stat(path)
		must(t, err)
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			now, err := os.Stat(path)
			must(t, err)
			if now.ModTime().After(before.ModTime()) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("the %s lock has no heartbeat", mode)
			}
		}
		must(t, unlock())
	}
}

func TestLostLockIsReported(t *testing.T) {
	dir := t.TempDir()
	cmd := start(t, Mkdir, dir, "hold-exclusive")
	must(t, cmd.Process.Signal(syscall.SIGSTOP))
	other := open(t, Mkdir, dir)
	other.self.Host = "another"
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	unlock, err := other.Lock(ctx, "db", Exclusive)
	must(t, err)
	must(t, unlock())

	lost := make(chan string, 1)
	l, err := New(dir, Options{Method: Mkdir, StaleAfter: 300 * time.Millisecond, OnLost: func(name string) { lost <- name }})
	must(t, err)
	unlock, err = l.TryLock("db", Exclusive)
	must(t, err)
	must(t, os.RemoveAll(filepath.Join(dir, "db.gate")))
	select {
	case name := <-lost:
		if name != "db" {
			t.Errorf("lost %q", name)
		}
	case <-ctx.Done():
		t.Error("nobody was told that the lock is lost")
	}
	if err := unlock(); !errors.Is(err, ErrLost) {
		t.Errorf("unlock says %v, want that the lock was lost", err)
	}
}

// What a killed process held is given back by the next that uses any lock there; what another machine's process holds is not.
func TestLocksOfTheDeadAreSwept(t *testing.T) {
	dir := t.TempDir()
	foreign(t, dir)
	h := thisProcess()
	h.Start, h.Token, h.Mode = "1", "dead", Exclusive // the PID was used again
	for _, gate := range []string{"other.gate", "third.gate.TOKEN"} {
		must(t, os.Mkdir(filepath.Join(dir, gate), 0o755))
		must(t, writeNew(filepath.Join(dir, gate, "holder"), h))
	}
	open(t, Mkdir, dir)
	for name, want := range map[string]bool{"db.gate": true, "other.gate": false, "third.gate.TOKEN": false} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A stopped holder on this machine is there to be seen: it keeps its lock, whoever waits is told, and nothing hangs that would not end
// with its context.
func TestStoppedHolderIsNamedAndNotRobbed(t *testing.T) {
	eachMethod(t, func(t *testing.T, method Method) {
		dir := t.TempDir()
		cmd := start(t, method, dir, "hold-exclusive")
		must(t, cmd.Process.Signal(syscall.SIGSTOP))
		told := make(chan Holder, 100)
		l, err := New(dir, Options{
			Method: method, MaxPoll: 5 * time.Millisecond, StaleAfter: 100 * time.Millisecond,
			OnWait: func(_ string, h Holder) { told <- h },
		})
		must(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second) // ten times as long as a silent holder has elsewhere
		defer cancel()
		var held *HeldError
		if _, err := l.Lock(ctx, "db", Exclusive); !errors.As(err, &held) || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v, want that it is held", err)
		}
		var last Holder
		for len(told) > 0 {
			last = <-told
		}
		want := fmt.Sprintf("kill -CONT %d", cmd.Process.Pid)
		if !last.Stopped || !strings.Contains(last.String(), want) {
			t.Errorf("was told of %s, want %q", last, want)
		}
		must(t, cmd.Process.Kill())
		cmd.Wait()
		unlock, err := l.Lock(t.Context(), "db", Exclusive)
		must(t, err)
		must(t, unlock())
	})
}

// A claim says that another process is about to take over. It is believed for
// StaleAfter, even where the holder is known to be dead.
func TestClaimOfAnotherIsRespected(t *testing.T) {
	dir := t.TempDir()
	l := open(t, Mkdir, dir)
	h := thisProcess()
	h.Start, h.Token, h.Mode = "1", "dead", Exclusive // the PID was used again
	gate := filepath.Join(dir, "db.gate")
	must(t, os.MkdirAll(filepath.Join(gate, "claim-1"), 0o755))
	must(t, writeNew(filepath.Join(gate, "holder"), h))
	if _, err := l.TryLock("db", Exclusive); err == nil {
		t.Error("took over beside another that is about to")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	unlock, err := l.Lock(ctx, "db", Exclusive) // the claimant never comes back
	must(t, err)
	must(t, unlock())
}

// A process that is killed while it takes a lock must not leave something that others can only watch until it counts as dead.
func TestWhatIsTakenHalfIsInNobodysWay(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "db.gate"), 0o755)) // as versions did that made the gate first
	ended := exec.Command("true")
	must(t, ended.Run())
	killed := func(name string) string { // what a process that has ended would have called it
		mine := fmt.Sprintf(".%d-", os.Getpid())
		return strings.Replace(durable.TempName(filepath.Join(dir, name)), mine, fmt.Sprintf(".%d-", ended.Process.Pid), 1)
	}
	must(t, os.Mkdir(killed("db"), 0o755))
	must(t, os.Mkdir(filepath.Join(dir, "db.readers"), 0o755))
	for _, name := range []string{"db.readers/TOKEN", "db.readers/mark"} {
		must(t, os.WriteFile(killed(name), nil, 0o644))
	}
	unlock, err := open(t, Mkdir, dir).TryLock("db", Exclusive)
	must(t, err)
	must(t, unlock())
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if durable.IsTemp(d.Name()) || strings.Contains(d.Name(), "gate") {
			t.Errorf("left: %s", path)
		}
		return err
	})
}

// Where there is no room for a lock, what was made of it goes.
func TestALockThatCannotBeWrittenLeavesNothing(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("NOT TESTED: root may write everywhere")
	}
	dir := t.TempDir()
	l := open(t, Mkdir, dir)
	must(t, os.Mkdir(filepath.Join(dir, "db.readers"), 0o755))
	must(t, os.Chmod(dir, 0o555))
	if _, err := l.TryLock("db", Exclusive); !errors.Is(err, os.ErrPermission) {
		t.Errorf("got %v", err)
	}
	must(t, os.Chmod(dir, 0o755))
	must(t, os.Chmod(filepath.Join(dir, "db.readers"), 0o555))
	for _, mode := range []Mode{Exclusive, Shared} {
		if _, err := l.TryLock("db", mode); !errors.Is(err, os.ErrPermission) {
			t.Errorf("%s: got %v", mode, err)
		}
	}
	must(t, os.Chmod(filepath.Join(dir, "db.readers"), 0o755))
	unlock, err := l.TryLock("db", Exclusive)
	must(t, err)
	must(t, unlock())
}
