package confine

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// callTable is how the calls that make sockets are numbered in one of the ways into a kernel.
type callTable struct {
	arch       uint32 // AUDIT_ARCH_...
	socket     uint32
	socketcall uint32 // the old call for all of them, whose family no filter can see; 0 if there is none
}

const (
	ioUringSetup = 425 // everywhere. It opens sockets, too, past every filter
	x32Bit       = 0x40000000
)

// callTables holds per GOARCH its own numbers first, then those of the 32-bit programs that its kernels run. They are from the kernel's
// system call tables.
var callTables = map[string][]callTable{
	"amd64":   {{unix.AUDIT_ARCH_X86_64, 41, 0}, {unix.AUDIT_ARCH_I386, 359, 102}},
	"arm64":   {{unix.AUDIT_ARCH_AARCH64, 198, 0}, {unix.AUDIT_ARCH_ARM, 281, 102}},
	"ppc64le": {{unix.AUDIT_ARCH_PPC64LE, 326, 102}},
	"riscv64": {{unix.AUDIT_ARCH_RISCV64, 198, 0}},
}

// families that a confined command may open: within the machine. AF_NETLINK lists devices and routes, for which MPIs ask.
var families = []uint32{unix.AF_UNSPEC, unix.AF_UNIX, unix.AF_NETLINK}

// Offsets in struct seccomp_data. The low half of an argument comes first on all of the above.
const (
	offsetCall = 0
	offsetArch = 4
	offsetArg0 = 16
)

// What the filter answers. A program that may not open a socket is told what a firewall would tell it; io_uring is as if the kernel
// had none, which all that use it expect.
const (
	allow  = unix.SECCOMP_RET_ALLOW
	denied = unix.SECCOMP_RET_ERRNO | uint32(unix.EACCES)
	absent = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
)

// socketFilter is the program that the kernel runs for each system call; nil for an architecture that is not known. Programs of an
// architecture that is in no table can call nothing.
func socketFilter(goarch string) []unix.SockFilter {
	tables := callTables[goarch]
	if tables == nil {
		return nil
	}
	program := []unix.SockFilter{load(offsetArch)}
	for _, t := range tables {
		block := t.filter()
		program = append(program, unless(t.arch, len(block)))
		program = append(program, block...)
	}
	return append(program, answer(absent))
}

// filter is the part for one table: it ends with an answer.
func (t callTable) filter() []unix.SockFilter {
	program := []unix.SockFilter{load(offsetCall)}
	if t.arch == unix.AUDIT_ARCH_X86_64 { // x32 has the same calls under other numbers
		program = append(program, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, K: x32Bit, Jf: 1}, answer(absent))
	}
	program = append(program, unless(ioUringSetup, 1), answer(absent))
	if t.socketcall != 0 {
		program = append(program, unless(t.socketcall, 1), answer(denied))
	}
	check := []unix.SockFilter{load(offsetArg0)}
	for _, f := range families {
		check = append(check, unless(f, 1), answer(allow))
	}
	check = append(check, answer(denied))
	program = append(program, unless(t.socket, len(check)))
	program = append(program, check...)
	return append(program, answer(allow))
}

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

// unless skips that many instructions if what was loaded is not k.
func unless(k uint32, skip int) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: k, Jf: uint8(skip)}
}

func answer(what uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: what}
}

func hasSeccomp() bool {
	action := uint32(unix.SECCOMP_RET_ERRNO)
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action)))
	return errno == 0 && callTables[runtime.GOARCH] != nil
}

// denySockets puts the filter on the calling thread.
func denySockets() error {
	program := socketFilter(runtime.GOARCH)
	if program == nil {
		return fmt.Errorf("deny the network: the system calls of %s are not known", runtime.GOARCH)
	}
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	// Without the flag, kernels before 5.16 slow a filtered process down as if it were hostile to its own memory.
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW, uintptr(unsafe.Pointer(&prog)))
	if errno == unix.EINVAL {
		_, _, errno = unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&prog)))
	}
	if errno != 0 {
		return fmt.Errorf("deny the network: %w", errno)
	}
	return nil
}
