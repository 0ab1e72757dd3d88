package inject

import "golang.org/x/sys/unix"

// legacy are the calls that only this architecture still has.
var legacy = map[uintptr]shape{
	unix.SYS_OPEN:      byPath("open", Open, none, 0).withFlags(1),
	unix.SYS_CREAT:     byPath("creat", Open, none, 0),
	unix.SYS_MKDIR:     byPath("mkdir", Create, none, 0),
	unix.SYS_SYMLINK:   byPath("symlink", Create, none, 1),
	unix.SYS_LINK:      byPath("link", Create, none, 1),
	unix.SYS_MKNOD:     byPath("mknod", Create, none, 0),
	unix.SYS_RENAME:    byPath("rename", Rename, none, 1).withFrom(none, 0),
	unix.SYS_UNLINK:    byPath("unlink", Remove, none, 0),
	unix.SYS_RMDIR:     byPath("rmdir", Remove, none, 0),
	unix.SYS_TRUNCATE:  byPath("truncate", Write, none, 0),
	unix.SYS_CHMOD:     byPath("chmod", Change, none, 0),
	unix.SYS_FUTIMESAT: byPath("futimesat", Change, 0, 1),
}
