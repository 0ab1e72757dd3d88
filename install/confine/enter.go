package confine

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Name is what berth is called by, as the last part of argv[0], to confine itself and become a command.
const Name = "berth-confine"

// failed is the exit code when the command could not be confined or started, as env(1) and nohup(1) have it.
const failed = 126

// init makes every program that holds this package able to be the way into confinement: berth, and the tests of what uses it.
// Go initialises it before the larger packages, so that it costs little.
func init() {
	if len(os.Args) > 0 && filepath.Base(os.Args[0]) == Name {
		os.Exit(enter(os.Args))
	}
}

// Argv is how berth has to be called to run program with argv (argv[0] included) under the policy: the arguments from the zeroth on,
// for the binary of berth. The caller's environment, directory and open files become the command's.
func (p *Policy) Argv(program string, argv []string) ([]string, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("confine %s: %w", program, err)
	}
	return append([]string{Name, string(text), program}, argv...), nil
}

// enter does not return if all goes well.
func enter(args []string) int {
	if len(args) < 4 {
		fmt.Fprintf(os.Stderr, "%s: it is for berth's own use\n", Name)
		return failed
	}
	p := &Policy{}
	if err := json.Unmarshal([]byte(args[1]), p); err != nil {
		fmt.Fprintf(os.Stderr, "%s: read the policy: %v\n", Name, err)
		return failed
	}
	// The kernel confines threads. The one that executes the command is the one that remains.
	runtime.LockOSThread()
	if err := p.apply(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", Name, err)
		return failed
	}
	err := syscall.Exec(args[2], args[3:], os.Environ())
	fmt.Fprintf(os.Stderr, "%s: run %s: %v\n", Name, args[2], err)
	return failed
}

// apply confines the calling thread. Whatever was asked for and cannot be had is an error: berth asked the kernel before.
func (p *Policy) apply() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up privileges: %w", err)
	}
	if p.Place != "" {
		if err := p.mount(); err != nil {
			return err
		}
	}
	if p.Loopback {
		if err := raiseLoopback(); err != nil {
			return err
		}
	}
	if p.namespaces() != 0 {
		if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
			return fmt.Errorf("give up the capabilities of a namespace: %w", err)
		}
	}
	if os.Geteuid() == 0 {
		dropCapabilities()
	}
	if p.Ability.Files() {
		if err := p.landlock(); err != nil {
			return err
		}
	}
	if p.NoNetwork() {
		return denySockets()
	}
	return nil
}

// rootsWays are the capabilities by which root, even confined, reads other processes' memory or gets at devices and the kernel.
var rootsWays = []uintptr{
	unix.CAP_SYS_PTRACE, unix.CAP_PERFMON, unix.CAP_BPF, unix.CAP_SYS_ADMIN, unix.CAP_SYS_MODULE, unix.CAP_SYS_RAWIO, unix.CAP_SYS_BOOT,
	unix.CAP_SYS_TIME, unix.CAP_MKNOD, unix.CAP_NET_ADMIN, unix.CAP_NET_RAW, unix.CAP_DAC_READ_SEARCH, unix.CAP_SYSLOG, unix.CAP_CHECKPOINT_RESTORE,
}

// dropCapabilities takes them from what the command will have. A kernel that does not know one has nothing to give by it.
func dropCapabilities() {
	for _, c := range rootsWays {
		unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
	}
}
