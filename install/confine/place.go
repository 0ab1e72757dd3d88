package confine

import (
	"fmt"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// A package that is built anew while the old one still stands has to be built at that one's place, as its path is built into it. Its commands see another directory
// there, by a mount that nobody else sees. It takes a user namespace to make one without being root, which not every machine allows.

// namespaces are the flags for the namespaces that the policy needs, beside that of users.
func (p *Policy) namespaces() (flags uintptr) {
	if p.Loopback {
		flags |= syscall.CLONE_NEWNET
	}
	if p.Place != "" {
		flags |= syscall.CLONE_NEWNS
	}
	return flags
}

// mount puts the directory Beside at Place.
func (p *Policy) mount() error {
	// What is mounted here must not show outside; what is mounted there meanwhile may show here.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("leave the mounts of others alone: %w", err)
	}
	if err := unix.Mount(p.Beside, p.Place, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("show %s at %s: %w", p.Beside, p.Place, err)
	}
	return nil
}

// CanPlace reports whether a policy with Place can be entered on this machine. It tries, once with each binary of berth, to show a directory at its own place.
func CanPlace(berth, dir string) bool {
	if can, tried := canPlace.Load(berth); tried {
		return can.(bool)
	}
	p := &Policy{Network: true, Place: dir, Beside: dir}
	args, err := p.Argv("/bin/true", []string{"true"})
	if err != nil {
		return false
	}
	cmd := exec.Command(berth)
	cmd.Args, cmd.SysProcAttr = args, &syscall.SysProcAttr{}
	p.Attr(cmd.SysProcAttr)
	can := cmd.Run() == nil
	canPlace.Store(berth, can)
	return can
}

var canPlace sync.Map // bool, by the path of berth
