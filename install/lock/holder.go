package lock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxHolder bounds what is read of a holder's description.
const maxHolder = 4096

// A Holder is a process that has a lock. What is not known is empty.
type Holder struct {
	Mode    Mode      `json:"mode,omitempty"`
	Host    string    `json:"host,omitempty"`    // "login2"
	PID     int       `json:"pid,omitempty"`     // 4711
	Command string    `json:"command,omitempty"` // "berth install"
	Since   time.Time `json:"since,omitzero"`

	// Which run of the kernel and which namespace the PID belongs to, and when
	// the process started: numbers are used again.
	Boot  string `json:"boot,omitempty"`
	NS    string `json:"ns,omitempty"`
	Start string `json:"start,omitempty"`

	Token string `json:"token,omitempty"` // tells this lock from others of the process

	Stopped bool `json:"-"` // the process is known to be stopped, as by ^Z
}

func (h Holder) String() string {
	if h.PID == 0 {
		if h.Mode == Shared {
			return "other processes that read"
		}
		return "another process"
	}
	s := fmt.Sprintf("process %d on %s", h.PID, h.Host)
	if h.Command != "" {
		s = fmt.Sprintf("%q, ", h.Command) + s
	}
	if !h.Since.IsZero() {
		s += ", since " + h.Since.Local().Format("2006-01-02 15:04:05")
	}
	if h.Stopped {
		s += fmt.Sprintf(" (it is stopped: `kill -CONT %d` lets it go on)", h.PID)
	}
	return s
}

// same reports whether two looks saw the same lock of the same process.
func (h Holder) same(o Holder) bool {
	return h.Mode == o.Mode && h.Host == o.Host && h.PID == o.PID && h.Start == o.Start &&
		h.Token == o.Token && h.Since.Equal(o.Since) && h.Stopped == o.Stopped
}

func thisProcess() Holder {
	host, _ := os.Hostname()
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	ns, _ := os.Readlink("/proc/self/ns/pid")
	args := append([]string{filepath.Base(os.Args[0])}, os.Args[1:]...)
	command := strings.ToValidUTF8(strings.Join(args, " "), "?")
	if len(command) > 200 {
		command = command[:200] + "…"
	}
	return Holder{Host: host, PID: os.Getpid(), Command: command,
		Boot: strings.TrimSpace(string(boot)), NS: ns, Start: startOf(os.Getpid())}
}

// statOf gives a process's state, a letter, and its start time in clock ticks
// after boot: fields 3 and 22 of proc_pid_stat(5), counted behind the command's
// closing parenthesis.
func statOf(pid int) (state, start string) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", ""
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) < 20 {
		return "", ""
	}
	return fields[0], fields[19]
}

func startOf(pid int) string {
	_, start := statOf(pid)
	return start
}

// neighbour reports whether the holder can be judged: only a process of this
// very kernel and PID namespace can. Host names do not tell machines apart,
// containers share them.
func (h Holder) neighbour(self Holder) bool {
	return h.PID > 0 && h.Host == self.Host && h.Boot != "" && h.Boot == self.Boot && h.NS != "" && h.NS == self.NS
}

// dead reports whether the holder is known to have ended.
func (h Holder) dead(self Holder) bool {
	if !h.neighbour(self) {
		return false
	}
	if errors.Is(syscall.Kill(h.PID, 0), syscall.ESRCH) {
		return true
	}
	state, start := statOf(h.PID)
	return state == "Z" || state == "X" || h.Start != "" && start != "" && start != h.Start
}

// alive reports whether the holder is known to be there still, be it stopped.
func (h Holder) alive(self Holder) bool {
	if !h.neighbour(self) || h.Start == "" {
		return false
	}
	state, start := statOf(h.PID)
	return state != "" && state != "Z" && state != "X" && start == h.Start
}

// stopped reports whether the holder is known to be stopped, by a signal or a debugger.
func (h Holder) stopped(self Holder) bool {
	state, _ := statOf(h.PID)
	return h.alive(self) && (state == "T" || state == "t")
}

// readHolder reads a description. One that cannot be read is that of a holder
// of whom only the mode is known.
func readHolder(r io.Reader, mode Mode) Holder {
	var h Holder
	if err := json.NewDecoder(io.LimitReader(r, maxHolder)).Decode(&h); err != nil {
		return Holder{Mode: mode}
	}
	return h
}

// touch sets a file's time to that of the machine that keeps the file.
func touch(path string) error {
	now := unix.Timespec{Nsec: unix.UTIME_NOW}
	return unix.UtimesNanoAt(unix.AT_FDCWD, path, []unix.Timespec{now, now}, 0)
}
