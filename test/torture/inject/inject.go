package inject

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Decide is shown every change before it happens, one after the other, whichever process makes it. 0 lets it happen; anything else
// is the error that the caller gets in its place.
type Decide func(Call) unix.Errno

// A Session is a command that is watched.
type Session struct {
	cmd      *exec.Cmd
	socket   *os.File
	decide   Decide
	listener int
	watching sync.WaitGroup
	err      error // of the watching
}

// notification is struct seccomp_notif.
type notification struct {
	ID    uint64
	PID   uint32
	Flags uint32
	Data  struct {
		NR      int32
		Arch    uint32
		Pointer uint64
		Args    [6]uint64
	}
}

// response is struct seccomp_notif_resp.
type response struct {
	ID    uint64
	Val   int64
	Error int32
	Flags uint32
}

// Start starts cmd, as cmd.Start does, so that decide sees all its changes. launcher is a file that runs Main.
func Start(cmd *exec.Cmd, launcher string, decide Decide) (*Session, error) {
	if len(cmd.ExtraFiles) > 0 {
		return nil, errors.New("inject: the command must have no extra files")
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socketpair", err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "socket")
	defer theirs.Close()
	s := &Session{cmd: cmd, socket: os.NewFile(uintptr(pair[0]), "socket"), decide: decide, listener: -1}
	defer s.socket.Close()
	through(cmd, launcher, notify)
	cmd.ExtraFiles = []*os.File{theirs}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	theirs.Close()
	if s.listener, err = receive(pair[0]); err != nil {
		return nil, errors.Join(fmt.Errorf("inject: %w", err), cmd.Wait())
	}
	s.watching.Go(s.watch)
	return s, nil
}

// receive gets the listener from the launcher.
func receive(socket int) (int, error) {
	oob := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(socket, make([]byte, 1), oob, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return 0, os.NewSyscallError("recvmsg", err)
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil || len(messages) != 1 {
		return 0, errors.New("the launcher sent no listener")
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return 0, errors.New("the launcher sent no listener")
	}
	return fds[0], nil
}

// PID is the command's.
func (s *Session) PID() int { return s.cmd.Process.Pid }

// Kill ends the command at once, as kill -9 does; what it started goes on.
func (s *Session) Kill() { unix.Kill(s.PID(), unix.SIGKILL) }

// Wait waits for the command, and then for everything that it started. The error is that of cmd.Wait.
func (s *Session) Wait() error {
	err := s.cmd.Wait()
	s.watching.Wait()
	if s.err != nil {
		return fmt.Errorf("inject: %w", s.err)
	}
	return err
}

// watch answers until no process is under the filter any more.
func (s *Session) watch() {
	defer unix.Close(s.listener)
	for {
		ready := []unix.PollFd{{Fd: int32(s.listener), Events: unix.POLLIN}}
		_, err := unix.Poll(ready, -1)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			s.err = os.NewSyscallError("poll", err)
			return
		}
		if ready[0].Revents&unix.POLLIN == 0 {
			return // the last process is gone
		}
		if err := s.answer(); err != nil {
			s.err = err
			return
		}
	}
}

func (s *Session) answer() error {
	var n notification
	switch err := ioctl(s.listener, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n)); {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EINTR): // who asked was killed
		return nil
	case err != nil:
		return os.NewSyscallError("seccomp notification", err)
	}
	r := response{ID: n.ID, Flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
	if call, ok := describe(&n); ok {
		if errno := s.decide(call); errno != 0 {
			r.Flags, r.Error = 0, -int32(errno)
		}
	}
	if err := ioctl(s.listener, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&r)); err != nil && !errors.Is(err, unix.ENOENT) {
		return os.NewSyscallError("seccomp answer", err)
	}
	return nil
}

func ioctl(fd int, request uintptr, arg unsafe.Pointer) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg)); errno != 0 {
		return errno
	}
	return nil
}
