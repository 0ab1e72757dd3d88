package host

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Machine is the System that berth runs on.
type Machine struct{}

// Path is $PATH, split.
func (Machine) Path() []string { return filepath.SplitList(os.Getenv("PATH")) }

// Home is $HOME. The user database is not asked: a static binary cannot see the users of LDAP or SSSD.
func (Machine) Home() string { return os.Getenv("HOME") }

// Uname asks the kernel.
func (Machine) Uname() (Uname, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return Uname{}, fmt.Errorf("ask the kernel its name: %w", err)
	}
	return Uname{Machine: unix.ByteSliceToString(u.Machine[:]), Release: unix.ByteSliceToString(u.Release[:])}, nil
}

// Stat follows links.
func (Machine) Stat(path string) (FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return FileInfo{}, err
	}
	fi := FileInfo{
		Size: info.Size(), MTime: info.ModTime().UnixNano(), Dir: info.IsDir(),
		Exec: info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0,
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		fi.Device, fi.Inode = uint64(st.Dev), st.Ino
	}
	return fi, nil
}

// Readlink reads one link.
func (Machine) Readlink(path string) (string, error) { return os.Readlink(path) }

// EvalSymlinks resolves every link.
func (Machine) EvalSymlinks(path string) (string, error) { return filepath.EvalSymlinks(path) }

// ReadDir lists a directory.
func (Machine) ReadDir(path string) ([]string, error) {
	entries, err := os.ReadDir(path)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

// ReadFile reads a file.
func (Machine) ReadFile(path string) ([]byte, error) { return os.ReadFile(path) }

const (
	outputLimit = 1 << 20         // bytes of each stream that are kept; a broken program may write for ever
	madeBytes   = 20              // enough of an ELF header to see class, type and machine
	killGrace   = 1 * time.Second // how long pipes stay open that a stopped command's children still hold
)

// Run runs c in a process group of its own, so that a wrapper that hangs is stopped with all its children.
func (Machine) Run(ctx context.Context, c Command) (Result, error) {
	dir, err := os.MkdirTemp("", "berth-host-")
	if err != nil {
		return Result{}, fmt.Errorf("make a directory for a probe: %w", err)
	}
	defer os.RemoveAll(dir)
	for name, text := range c.Files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return Result{}, fmt.Errorf("write a probe: %w", err)
		}
	}
	limited, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()

	var stdout, stderr head
	cmd := exec.CommandContext(limited, c.Argv[0], c.Argv[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = append(append([]string{}, c.Env...), "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = killGrace
	err = cmd.Run()

	result := Result{Stdout: only(stdout.String(), c.Only), Stderr: stderr.String(), Made: made(dir, c.Output)}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return Result{}, ctx.Err()
	case limited.Err() != nil:
		return Result{}, &TimeoutError{Argv: c.Argv, After: c.Timeout}
	case errors.As(err, &exit):
		if result.Exit = exit.ExitCode(); result.Exit < 0 { // ended by a signal
			result.Exit = 128 + int(exit.Sys().(syscall.WaitStatus).Signal())
		}
		return result, nil
	case errors.Is(err, exec.ErrWaitDelay): // it ended well, a child of it did not
		return result, nil
	case err != nil:
		return Result{}, fmt.Errorf("run %s: %w", c.Argv[0], err)
	}
	return result, nil
}

func made(dir, name string) string {
	if name == "" {
		return ""
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	defer f.Close()
	buf := make([]byte, madeBytes)
	n, _ := f.Read(buf) // what cannot be read was not made
	return hex.EncodeToString(buf[:n])
}

// only keeps the lines that begin with prefix.
func only(text, prefix string) string {
	if prefix == "" {
		return text
	}
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// head keeps the first bytes that are written to it and swallows the others.
type head struct{ kept bytes.Buffer }

func (h *head) Write(p []byte) (int, error) {
	if room := outputLimit - h.kept.Len(); room > 0 {
		h.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (h *head) String() string { return h.kept.String() }
