package confine

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Programs of MPI talk to each other through the loopback device, even when there is only one of them. No filter can tell that device
// from others, but a network namespace has no other. It takes a user namespace to make one without being root, which not every machine allows.

// Attr adds to attr what a process needs that is to enter this policy.
func (p *Policy) Attr(attr *syscall.SysProcAttr) {
	flags := p.namespaces()
	if flags == 0 {
		return
	}
	attr.Cloneflags |= syscall.CLONE_NEWUSER | flags
	if p.Loopback {
		attr.AmbientCaps = append(attr.AmbientCaps, unix.CAP_NET_ADMIN) // in the new namespace alone, for raiseLoopback
	}
	if p.Place != "" {
		attr.AmbientCaps = append(attr.AmbientCaps, unix.CAP_SYS_ADMIN) // likewise, for mount
	}
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}}
}

// CanLoopback reports whether a policy with Loopback can be entered on this machine. It tries, once, with the binary of berth.
func CanLoopback(berth string) bool {
	loopbackOnce.Do(func() {
		p := &Policy{Loopback: true}
		args, err := p.Argv("/bin/true", []string{"true"})
		if err != nil {
			return
		}
		cmd := exec.Command(berth)
		cmd.Args, cmd.SysProcAttr = args, &syscall.SysProcAttr{}
		p.Attr(cmd.SysProcAttr)
		canLoopback = cmd.Run() == nil
	})
	return canLoopback
}

var (
	loopbackOnce sync.Once
	canLoopback  bool
)

// raiseLoopback makes the loopback device of a new network namespace work.
func raiseLoopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("raise the loopback device: %w", err)
	}
	defer unix.Close(fd)
	request := struct {
		name  [unix.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{flags: unix.IFF_UP | unix.IFF_RUNNING}
	copy(request.name[:], "lo")
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return fmt.Errorf("raise the loopback device: %w", errno)
	}
	return nil
}
