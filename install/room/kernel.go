package room

import (
	"bufio"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Which quotas there are, and how the kernel is asked: quotactl(2), linux/quota.h.
const (
	userQuota    = 0
	groupQuota   = 1
	projectQuota = 2
	getQuota     = 0x800007 // Q_GETQUOTA
	quotaBlock   = 1024     // bytes of a limit's unit
)

// dqblk is struct if_dqblk of linux/quota.h.
type dqblk struct {
	hardBlocks, softBlocks, usedBytes uint64
	hardFiles, softFiles, usedFiles   uint64
	_, _                              uint64 // grace times
	_                                 uint32
}

// kernelQuotas asks for the user's quota, their group's, and that of the directory's project.
func kernelQuotas(path string) []Limit {
	type subject struct {
		kind, id int
		of       string
	}
	subjects := []subject{
		{userQuota, os.Getuid(), "your quota"},
		{groupQuota, os.Getgid(), "the quota of your group " + groupName(os.Getgid())},
	}
	if id, ok := projectOf(path); ok {
		subjects = append(subjects, subject{projectQuota, id, fmt.Sprintf("the quota of project %d", id)})
	}
	var limits []Limit
	for _, s := range subjects {
		if u, err := askKernel(path, s.kind, s.id); err == nil {
			if l, ok := u.limit(s.of); ok {
				limits = append(limits, l)
			}
		}
	}
	return limits
}

func askKernel(path string, kind, id int) (use, error) {
	var q dqblk
	command := uintptr(getQuota<<8 | kind)
	err := quotactlFD(path, command, id, &q)
	if err == unix.ENOSYS { // before Linux 5.14
		err = quotactl(path, command, id, &q)
	}
	return use{
		bytes: int64(q.usedBytes), softBytes: int64(q.softBlocks) * quotaBlock, hardBytes: int64(q.hardBlocks) * quotaBlock,
		files: int64(q.usedFiles), softFiles: int64(q.softFiles), hardFiles: int64(q.hardFiles),
	}, err
}

func quotactlFD(path string, command uintptr, id int, q *dqblk) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if _, _, errno := unix.Syscall6(unix.SYS_QUOTACTL_FD, uintptr(fd), command, uintptr(id), uintptr(unsafe.Pointer(q)), 0, 0); errno != 0 {
		return errno
	}
	return nil
}

func quotactl(path string, command uintptr, id int, q *dqblk) error {
	device, err := deviceOf(path)
	if err != nil {
		return err
	}
	name, err := unix.BytePtrFromString(device)
	if err != nil {
		return err
	}
	if _, _, errno := unix.Syscall6(unix.SYS_QUOTACTL, command, uintptr(unsafe.Pointer(name)), uintptr(id), uintptr(unsafe.Pointer(q)), 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// deviceOf is the block device of the file system that a path is on.
func deviceOf(path string) (string, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return "", err
	}
	want := fmt.Sprintf("%d:%d", unix.Major(st.Dev), unix.Minor(st.Dev))
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		before, after, ok := strings.Cut(lines.Text(), " - ")
		fields, source := strings.Fields(before), strings.Fields(after)
		if ok && len(fields) > 2 && fields[2] == want && len(source) > 1 && strings.HasPrefix(source[1], "/") {
			return source[1], nil
		}
	}
	return "", unix.ENODEV
}

// projectOf is the project that a directory's quota is counted for (FS_IOC_FSGETXATTR of linux/fs.h).
func projectOf(path string) (int, bool) {
	const fsGetXAttr = 0x801c581f
	var attributes struct {
		_, _, _, project, _ uint32
		_                   [8]byte
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, false
	}
	defer unix.Close(fd)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), fsGetXAttr, uintptr(unsafe.Pointer(&attributes)))
	return int(attributes.project), errno == 0 && attributes.project != 0
}

// groupName is a group's name, or its number where that cannot be had: a static binary sees no LDAP.
func groupName(id int) string {
	if g, err := user.LookupGroupId(strconv.Itoa(id)); err == nil {
		return g.Name
	}
	return strconv.Itoa(id)
}
