package confine

import (
	"errors"
	"fmt"
	"io/fs"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Rights on files, by what they are for. See landlock(7).
const (
	readFile = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE
	readDir  = unix.LANDLOCK_ACCESS_FS_READ_DIR

	writeFile = unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	writeDir  = unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_MAKE_CHAR |
		unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO |
		unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK | unix.LANDLOCK_ACCESS_FS_MAKE_SYM | unix.LANDLOCK_ACCESS_FS_REFER

	allFiles = readFile | readDir | writeFile | writeDir
)

// rulesFor is everything that version of Landlock can deny: a right that is not handled is not denied, one that the kernel does not
// know is refused.
func rulesFor(version int, network bool) unix.LandlockRulesetAttr {
	rules := unix.LandlockRulesetAttr{Access_fs: allFiles}
	if version < 5 { // Linux 6.10
		rules.Access_fs &^= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if version < 3 { // Linux 6.2
		rules.Access_fs &^= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if version < 2 { // Linux 5.19
		rules.Access_fs &^= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if version >= 4 && !network { // Linux 6.7
		rules.Access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if version >= 6 { // Linux 6.12
		rules.Scoped = unix.LANDLOCK_SCOPE_SIGNAL | unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
	}
	return rules
}

func landlockVersion() int {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(v)
}

// landlock puts the calling thread into a domain of its own.
func (p *Policy) landlock() error {
	rules := rulesFor(p.Ability.Landlock, p.Network || p.Loopback)
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&rules)), unsafe.Sizeof(rules), 0)
	if errno != 0 {
		return fmt.Errorf("make Landlock rules: %w", errno)
	}
	defer unix.Close(int(fd))
	for _, list := range []struct {
		paths     []string
		file, dir uint64
	}{{p.Read, readFile, readDir}, {p.Write, readFile | writeFile, readDir | writeDir}} {
		for _, path := range list.paths {
			if err := addRule(int(fd), path, list.file&rules.Access_fs, list.dir&rules.Access_fs); err != nil {
				return err
			}
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0); errno != 0 {
		return fmt.Errorf("enforce Landlock rules: %w", errno)
	}
	return nil
}

// addRule allows path, and if it is a directory all below it. What is not there, or cannot be looked at, stays denied.
func addRule(ruleset int, path string, file, dir uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("allow %s: %w", path, err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("allow %s: %w", path, err)
	}
	rights := file
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		rights |= dir
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(fd)}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 && errno != unix.EBADFD { // which a link to a pipe gives: it is not in any file system
		return fmt.Errorf("allow %s: %w", path, errno)
	}
	return nil
}
