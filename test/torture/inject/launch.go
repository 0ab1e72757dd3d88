package inject

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Launcher is the name under which a test binary has to run Main.
const Launcher = "berth-inject"

// mode says what the launcher asks the kernel for.
type mode string

const (
	notify  mode = "notify"   // every change is shown to the test
	noLocks mode = "no-locks" // fcntl locks fail with ENOLCK, as on a file system without them
	noFlags mode = "no-flags" // renameat2 with flags fails with EINVAL, as on NFS and older Lustre
)

// socketFD is where the launcher finds its socket to the session.
const socketFD = 3

// Main is the launcher: Launcher MODE PROGRAM ARGUMENT... It puts the filter over itself and becomes the program.
func Main() {
	err := launch(os.Args[1:])
	fmt.Fprintln(os.Stderr, Launcher+":", err)
	os.Exit(125)
}

func launch(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: MODE PROGRAM [ARGUMENT]")
	}
	program, err := exec.LookPath(args[1])
	if err != nil {
		return err
	}
	// The filter is this thread's alone, and so is what becomes of it by exec.
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl", err)
	}
	switch mode(args[0]) {
	case noLocks:
		if _, err := install(lockFilter(), 0); err != nil {
			return err
		}
	case noFlags:
		if _, err := install(renameFilter(), 0); err != nil {
			return err
		}
	case notify:
		listener, err := install(changeFilter(), unix.SECCOMP_FILTER_FLAG_NEW_LISTENER)
		if err != nil {
			return err
		}
		if err := unix.Sendmsg(socketFD, []byte{0}, unix.UnixRights(listener), nil, 0); err != nil {
			return os.NewSyscallError("sendmsg", err)
		}
		unix.Close(listener)
		unix.Close(socketFD)
	default:
		return fmt.Errorf("unknown mode %q", args[0])
	}
	return os.NewSyscallError("exec", syscall.Exec(program, args[1:], os.Environ()))
}

func install(filter []unix.SockFilter, flags uintptr) (fd int, err error) {
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	r, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return 0, os.NewSyscallError("seccomp", errno)
	}
	return int(r), nil
}

// Offsets in struct seccomp_data.
const (
	offNumber = 0
	offArg1   = 16 + 8 // the low half, on little-endian machines
	offArg4   = 16 + 4*8
)

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

func verdict(k uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k} }

// unless jumps over the next instruction if the accumulator is not k.
func unless(k uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: k, Jf: 1}
}

// changeFilter shows the calls in watched to the session.
func changeFilter() []unix.SockFilter {
	f := []unix.SockFilter{load(offNumber)}
	for nr := range watched {
		f = append(f, unless(uint32(nr)), verdict(unix.SECCOMP_RET_USER_NOTIF))
	}
	return append(f, verdict(unix.SECCOMP_RET_ALLOW))
}

// lockFilter makes fcntl's locks, those of processes and those of open files, fail with ENOLCK.
func lockFilter() []unix.SockFilter {
	noLock := verdict(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOLCK))
	allow := verdict(unix.SECCOMP_RET_ALLOW)
	f := []unix.SockFilter{load(offNumber), unless(unix.SYS_FCNTL)}
	f = append(f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JA, K: 1}, allow, load(offArg1))
	for _, cmd := range []uint32{unix.F_GETLK, unix.F_SETLK, unix.F_SETLKW, unix.F_OFD_GETLK, unix.F_OFD_SETLK, unix.F_OFD_SETLKW} {
		f = append(f, unless(cmd), noLock)
	}
	return append(f, allow)
}

// renameFilter makes renameat2 fail with EINVAL if it is given any flags: what it can do beyond rename.
func renameFilter() []unix.SockFilter {
	return []unix.SockFilter{
		load(offNumber), unless(unix.SYS_RENAMEAT2), {Code: unix.BPF_JMP | unix.BPF_JA, K: 1}, verdict(unix.SECCOMP_RET_ALLOW),
		load(offArg4), unless(0), verdict(unix.SECCOMP_RET_ALLOW), verdict(unix.SECCOMP_RET_ERRNO | uint32(unix.EINVAL)),
	}
}

// WithoutRenameFlags changes cmd, which is not started yet, so that no file system can exchange two directories, or rename only if nothing is there. launcher is a file that runs Main.
func WithoutRenameFlags(cmd *exec.Cmd, launcher string) { through(cmd, launcher, noFlags) }

// WithoutLocks changes cmd, which is not started yet, so that it finds no fcntl locks on any file system. launcher is a file that runs Main.
func WithoutLocks(cmd *exec.Cmd, launcher string) { through(cmd, launcher, noLocks) }

// through puts the launcher before the command.
func through(cmd *exec.Cmd, launcher string, m mode) {
	program := cmd.Path
	cmd.Args = append([]string{Launcher, string(m), program}, cmd.Args[1:]...)
	cmd.Path = launcher
}

// Supported tells why commands cannot be watched here; nil if they can.
func Supported() error {
	if b := []byte{1, 0}; binary.NativeEndian.Uint16(b) != 1 {
		return errors.New("the filter is written for little-endian machines")
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return err
	}
	release := unix.ByteSliceToString(u.Release[:])
	var major, minor int
	fmt.Sscanf(release, "%d.%d", &major, &minor)
	if major < 5 || major == 5 && minor < 5 {
		return fmt.Errorf("the kernel, Linux %s, is older than 5.5", release)
	}
	actions, err := os.ReadFile("/proc/sys/kernel/seccomp/actions_avail")
	if err != nil || !strings.Contains(string(actions), "user_notif") {
		return fmt.Errorf("seccomp's user notification is missing (%s)", strconv.Quote(strings.TrimSpace(string(actions))))
	}
	return nil
}
