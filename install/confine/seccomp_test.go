package confine

import (
	"testing"

	"golang.org/x/sys/unix"
)

// call is what a filter sees of a system call.
type call struct {
	arch, nr, arg0 uint32
}

// answerOf runs a filter as the kernel does, for the few instructions that ours have.
func answerOf(t *testing.T, program []unix.SockFilter, c call) uint32 {
	t.Helper()
	loaded := uint32(0)
	for pc := 0; pc < len(program); pc++ {
		in := program[pc]
		holds := false
		switch in.Code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			fields := map[uint32]uint32{offsetCall: c.nr, offsetArch: c.arch, offsetArg0: c.arg0}
			value, ok := fields[in.K]
			if !ok {
				t.Fatalf("instruction %d loads from %d", pc, in.K)
			}
			loaded = value
			continue
		case unix.BPF_RET | unix.BPF_K:
			return in.K
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
			holds = loaded == in.K
		case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K:
			holds = loaded >= in.K
		default:
			t.Fatalf("instruction %d has code %#x", pc, in.Code)
		}
		if holds {
			pc += int(in.Jt)
		} else {
			pc += int(in.Jf)
		}
	}
	t.Fatal("the filter ends without an answer")
	return 0
}

func TestSocketFilters(t *testing.T) {
	const inet, inet6, packet, vsock = unix.AF_INET, unix.AF_INET6, unix.AF_PACKET, unix.AF_VSOCK
	x86, i386 := uint32(unix.AUDIT_ARCH_X86_64), uint32(unix.AUDIT_ARCH_I386)
	arm64, arm := uint32(unix.AUDIT_ARCH_AARCH64), uint32(unix.AUDIT_ARCH_ARM)
	ppc, riscv := uint32(unix.AUDIT_ARCH_PPC64LE), uint32(unix.AUDIT_ARCH_RISCV64)
	for _, c := range []struct {
		goarch string
		call   call
		want   uint32
	}{
		{"amd64", call{x86, 41, inet}, denied},
		{"amd64", call{x86, 41, inet6}, denied},
		{"amd64", call{x86, 41, packet}, denied},
		{"amd64", call{x86, 41, vsock}, denied},
		{"amd64", call{x86, 41, unix.AF_UNIX}, allow},
		{"amd64", call{x86, 41, unix.AF_NETLINK}, allow},
		{"amd64", call{x86, 53, unix.AF_UNIX}, allow}, // socketpair
		{"amd64", call{x86, 0, 2}, allow},             // read from descriptor 2, which is no family
		{"amd64", call{x86, 425, 8}, absent},
		{"amd64", call{x86, x32Bit | 41, inet}, absent},
		{"amd64", call{i386, 359, inet}, denied},
		{"amd64", call{i386, 359, unix.AF_UNIX}, allow},
		{"amd64", call{i386, 102, 1}, denied},
		{"amd64", call{i386, 41, inet}, allow}, // dup there
		{"amd64", call{arm64, 198, unix.AF_UNIX}, absent},
		{"arm64", call{arm64, 198, inet6}, denied},
		{"arm64", call{arm64, 198, unix.AF_UNIX}, allow},
		{"arm64", call{arm64, 63, inet}, allow},
		{"arm64", call{arm, 281, inet}, denied},
		{"arm64", call{arm, 425, 0}, absent},
		{"ppc64le", call{ppc, 326, inet}, denied},
		{"ppc64le", call{ppc, 326, unix.AF_NETLINK}, allow},
		{"ppc64le", call{ppc, 102, 1}, denied},
		{"riscv64", call{riscv, 198, inet}, denied},
		{"riscv64", call{riscv, 198, unix.AF_UNIX}, allow},
		{"riscv64", call{riscv, 425, 0}, absent},
	} {
		if got := answerOf(t, socketFilter(c.goarch), c.call); got != c.want {
			t.Errorf("%s: call %d of %#x with %d gets %#x, want %#x", c.goarch, c.call.nr, c.call.arch, c.call.arg0, got, c.want)
		}
	}
	if socketFilter("mips") != nil {
		t.Error("there is a filter for an architecture whose calls are in no table")
	}
}

func TestLandlockRules(t *testing.T) {
	for _, c := range []struct {
		version       int
		files         uint64 // the newest right
		tcp, signals  bool
		networkIsOpen bool
	}{
		{1, unix.LANDLOCK_ACCESS_FS_MAKE_SYM, false, false, false},
		{2, unix.LANDLOCK_ACCESS_FS_REFER, false, false, false},
		{3, unix.LANDLOCK_ACCESS_FS_TRUNCATE, false, false, false},
		{4, unix.LANDLOCK_ACCESS_FS_TRUNCATE, true, false, false},
		{4, unix.LANDLOCK_ACCESS_FS_TRUNCATE, false, false, true},
		{5, unix.LANDLOCK_ACCESS_FS_IOCTL_DEV, true, false, false},
		{6, unix.LANDLOCK_ACCESS_FS_IOCTL_DEV, true, true, false},
		{7, unix.LANDLOCK_ACCESS_FS_IOCTL_DEV, true, true, false},
		{99, unix.LANDLOCK_ACCESS_FS_IOCTL_DEV, true, true, false},
	} {
		r := rulesFor(c.version, c.networkIsOpen)
		if r.Access_fs != c.files<<1-1 {
			t.Errorf("version %d handles the rights %#x, want %#x", c.version, r.Access_fs, c.files<<1-1)
		}
		if (r.Access_net != 0) != c.tcp || (r.Scoped != 0) != c.signals {
			t.Errorf("version %d: network %#x, scopes %#x", c.version, r.Access_net, r.Scoped)
		}
	}
}
