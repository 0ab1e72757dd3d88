package lock

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test binary is also the other process: TestMain runs what childEnv says.
const childEnv = "LOCK_TEST_CHILD" // "METHOD DIR VERB"

func TestMain(m *testing.M) {
	if job := os.Getenv(childEnv); job != "" {
		if err := child(strings.Fields(job)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(job []string) error {
	l, err := New(job[1], Options{Method: Method(job[0]), MaxPoll: 5 * time.Millisecond})
	if err != nil {
		return err
	}
	switch job[2] {
	case "hold-exclusive", "hold-shared": // until killed
		if _, err := l.Lock(context.Background(), "db", Mode(strings.TrimPrefix(job[2], "hold-"))); err != nil {
			return err
		}
		fmt.Println("held")
		time.Sleep(time.Hour)
	case "count": // a lost update shows if two are inside at once
		for range 50 {
			unlock, err := l.Lock(context.Background(), "db", Exclusive)
			if err != nil {
				return err
			}
			path := filepath.Join(job[1], "counter")
			data, _ := os.ReadFile(path)
			n, _ := strconv.Atoi(string(data))
			if err := os.WriteFile(path, []byte(strconv.Itoa(n+1)), 0o644); err != nil {
				return err
			}
			if err := unlock(); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("no verb %s", job[2])
}

func start(t *testing.T, method Method, dir, verb string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s", childEnv, method, dir, verb))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	if strings.HasPrefix(verb, "hold") {
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
			t.Fatalf("child says %q, %v", line, err)
		}
	}
	return cmd
}

func eachMethod(t *testing.T, test func(t *testing.T, method Method)) {
	for _, m := range []Method{OFD, Mkdir} {
		t.Run(string(m), func(t *testing.T) { test(t, m) })
	}
}

func open(t *testing.T, method Method, dir string) *Locker {
	t.Helper()
	l, err := New(dir, Options{Method: method, MaxPoll: 5 * time.Millisecond, StaleAfter: 300 * time.Millisecond})
	must(t, err)
	return l
}

func TestModesInOneProcess(t *testing.T) {
	eachMethod(t, func(t *testing.T, method Method) {
		l := open(t, method, t.TempDir())
		for _, tt := range []struct {
			first, second Mode
			both          bool
		}{{Exclusive, Exclusive, false}, {Exclusive, Shared, false}, {Shared, Exclusive, false}, {Shared, Shared, true}} {
			unlock, err := l.TryLock("db", tt.first)
			must(t, err)
			second, err := l.TryLock("db", tt.second)
			var held *HeldError
			if tt.both != (err == nil) || !tt.both && !errors.As(err, &held) {
				t.Errorf("%s then %s: %v", tt.first, tt.second, err)
			}
			if second != nil {
				must(t, second())
			}
			if other, err := l.TryLock("other", Exclusive); err != nil {
				t.Errorf("another name: %v", err)
			} else {
				must(t, other())
			}
			must(t, unlock())
			must(t, unlock()) // a second call does nothing
		}
		unlock, err := l.TryLock("db", Exclusive)
		must(t, err)
		must(t, unlock())
	})
}

func TestHolderIsNamedAndDeathReleases(t *testing.T) {
	eachMethod(t, func(t *testing.T, method Method) {
		dir := t.TempDir()
		cmd := start(t, method, dir, "hold-exclusive")
		l := open(t, method, dir)
		_, err := l.TryLock("db", Shared)
		var held *HeldError
		if !errors.As(err, &held) {
			t.Fatalf("error %v, want held", err)
		}
		host, _ := os.Hostname()
		h := held.Holder
		if h.PID != cmd.Process.Pid || h.Host != host || !strings.Contains(h.Command, "lock.test") || time.Since(h.Since) > time.Minute {
			t.Errorf("holder %+v, want process %d", h, cmd.Process.Pid)
		}
		if !strings.Contains(err.Error(), fmt.Sprintf("process %d on %s", cmd.Process.Pid, host)) {
			t.Errorf("error %v does not name the holder", err)
		}
		must(t, cmd.Process.Kill())
		cmd.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		unlock, err := l.Lock(ctx, "db", Exclusive)
		must(t, err)
		must(t, unlock())
	})
}

func TestDeadReadersDoNotStayInTheWay(t *testing.T) {
	eachMethod(t, func(t *testing.T, method Method) {
		dir := t.TempDir()
		cmd := start(t, method, dir, "hold-shared")
		l := open(t, method, dir)
		_, err := l.TryLock("db", Exclusive)
		var held *HeldError
		if !errors.As(err, &held) || held.Holder.Mode != Shared {
			t.Fatalf("error %v, want held for reading", err)
		}
		must(t, cmd.Process.Kill())
		cmd.Wait()
		unlock, err := l.TryLock("db", Exclusive)
		must(t, err)
		must(t, unlock())
	})
}

func TestProcessesExcludeEachOther(t *testing.T) {
	eachMethod(t, func(t *testing.T, method Method) {
		dir := t.TempDir()
		var cmds []*exec.Cmd
		for range 4 {
			cmds = append(cmds, start(t, method, dir, "count"))
		}
		for _, c := range cmds {
			must(t, c.Wait())
		}
		if data, _ := os.ReadFile(filepath.Join(dir, "counter")); string(data) != "200" {
			t.Errorf("counter is %s, want 200", data)
		}
	})
}

func TestLockWaitsTellsAndEndsWithContext(t *testing.T) {
	eachMethod(t, func(t *testing.T, method Method) {
		dir := t.TempDir()
		told := 0
		l, err := New(dir, Options{Method: method, MaxPoll: 5 * time.Millisecond, OnWait: func(string, Holder) { told++ }})
		must(t, err)
		unlock, err := l.Lock(t.Context(), "db", Exclusive)
		must(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		_, err = l.Lock(ctx, "db", Exclusive)
		var held *HeldError
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &held) || held.Holder.PID != os.Getpid() {
			t.Errorf("error %v", err)
		}
		if told != 1 {
			t.Errorf("told %d times of one holder", told)
		}
		must(t, unlock())
	})
}

func TestOFDLockSurvivesRemovalOfItsFile(t *testing.T) {
	dir := t.TempDir()
	l := open(t, OFD, dir)
	unlock, err := l.TryLock("db", Exclusive)
	must(t, err)
	must(t, os.Remove(filepath.Join(dir, "db")))
	must(t, unlock())
	unlock, err = l.TryLock("db", Exclusive)
	must(t, err)
	if _, err := l.TryLock("db", Exclusive); err == nil {
		t.Error("two locks of one name")
	}
	must(t, unlock())
}

func TestUsedAgainPIDIsDead(t *testing.T) {
	self := thisProcess()
	h := self
	if h.dead(self) {
		t.Error("this process is dead")
	}
	h.Start = "1"
	if !h.dead(self) {
		t.Error("a process of another start time is alive")
	}
	for name, change := range map[string]func(*Holder){
		"host": func(h *Holder) { h.Host = "x" }, "boot": func(h *Holder) { h.Boot = "x" }, "namespace": func(h *Holder) { h.NS = "x" },
	} {
		h := h
		change(&h)
		if h.dead(self) {
			t.Errorf("judged a process of another %s", name)
		}
	}
}

func TestNamesAndDirectories(t *testing.T) {
	dir := t.TempDir()
	l, err := New(filepath.Join(dir, "a", "locks"), Options{})
	must(t, err)
	if m := l.Method(); m != OFD && m != Mkdir {
		t.Errorf("probe found %q", m)
	}
	for _, name := range []string{"", "a/b", "..", ".x"} {
		if _, err := l.TryLock(name, Exclusive); err == nil {
			t.Errorf("name %q was accepted", name)
		}
	}
	if _, err := l.TryLock("x", ""); err == nil {
		t.Error("a lock without a mode")
	}
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, nil, 0o644))
	if _, err := New(filepath.Join(file, "locks"), Options{}); err == nil {
		t.Error("locks below a file")
	}
	entries, _ := os.ReadDir(filepath.Join(dir, "a", "locks"))
	if len(entries) != 1 || entries[0].Name() != probeName {
		t.Errorf("the probe left %v", entries)
	}
}

func BenchmarkLock(b *testing.B) {
	for _, m := range []Method{OFD, Mkdir} {
		for _, mode := range []Mode{Exclusive, Shared} {
			b.Run(fmt.Sprint(m, "-", mode), func(b *testing.B) {
				l, err := New(b.TempDir(), Options{Method: m})
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					unlock, err := l.TryLock("db", mode)
					if err != nil {
						b.Fatal(err)
					}
					if err := unlock(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFallbackFollowsTheError(t *testing.T) {
	for _, err := range []error{nil, syscall.ENOLCK, syscall.ENOSYS, syscall.EOPNOTSUPP, syscall.EINVAL} {
		if m, got := fallback(err); m != Mkdir || got != nil {
			t.Errorf("%v: %q, %v", err, m, got)
		}
	}
	if m, err := fallback(os.NewSyscallError("fcntl", syscall.EIO)); m != Auto || !errors.Is(err, syscall.EIO) {
		t.Errorf("an I/O error became %q, %v", m, err)
	}
}
