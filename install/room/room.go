// Package room finds out how much a person may still write at some place: what the file system has free, and what quotas of bytes and of files
// leave. It changes nothing, and what cannot be found out counts as no limit.
//
// Quotas are asked of the kernel (ext4, XFS), of lfs where the file system is Lustre, and of quota(1) where it is NFS.
//
// Read room.go, kernel.go (quotactl), tools.go (lfs, quota), kind.go (which file system it is).
package room

import (
	"context"
	"math"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Unlimited is how much is left where there is no limit.
const Unlimited = math.MaxInt64

// A Limit is one bound on what can be written at a place.
type Limit struct {
	Of    string // "the file system", "your quota", "the quota of your group hpc"
	Bytes int64  // that are left; negative if it is exceeded already
	Files int64  // inodes that are left
}

// Limits lists what bounds how much can be written at a path: the file system first. A path that is not there yet counts as the nearest directory above.
func Limits(ctx context.Context, path string) []Limit {
	path = existing(path)
	limits := []Limit{free(path)}
	if quotas := kernelQuotas(path); len(quotas) > 0 {
		return append(limits, quotas...)
	}
	return append(limits, tools{run: runTool}.quotas(ctx, path)...)
}

// Least is the tightest bounds of several limits together.
func Least(limits []Limit) Limit {
	least := Limit{Bytes: Unlimited, Files: Unlimited}
	for _, l := range limits {
		least.Bytes, least.Files = min(least.Bytes, l.Bytes), min(least.Files, l.Files)
	}
	return least
}

// Same reports whether two places share their room: they are on one file system.
func Same(a, b string) bool {
	var x, y unix.Stat_t
	return unix.Stat(existing(a), &x) == nil && unix.Stat(existing(b), &y) == nil && x.Dev == y.Dev
}

// free is what the file system has for people who are not the superuser.
func free(path string) Limit {
	l := Limit{Of: "the file system", Bytes: Unlimited, Files: Unlimited}
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return l
	}
	if st.Blocks > 0 {
		l.Bytes = int64(st.Bavail) * max(int64(st.Frsize), 1)
	}
	if st.Files > 0 { // Btrfs and many network file systems count none
		l.Files = int64(st.Ffree)
	}
	return l
}

func existing(path string) string {
	for path != "/" && path != "." {
		if _, err := os.Stat(path); err == nil {
			return path
		}
		path = filepath.Dir(path)
	}
	return path
}

// use is how much is used of a quota; 0 is no limit.
type use struct {
	bytes, softBytes, hardBytes int64
	files, softFiles, hardFiles int64
}

// limit is what a quota leaves; ok is false if it limits nothing. The soft limit counts where there is one: beyond it time runs.
func (u use) limit(of string) (l Limit, ok bool) {
	l = Limit{Of: of, Bytes: Unlimited, Files: Unlimited}
	if most := tighter(u.softBytes, u.hardBytes); most > 0 {
		l.Bytes, ok = most-u.bytes, true
	}
	if most := tighter(u.softFiles, u.hardFiles); most > 0 {
		l.Files, ok = most-u.files, true
	}
	return l, ok
}

func tighter(soft, hard int64) int64 {
	if soft > 0 && (hard <= 0 || soft < hard) {
		return soft
	}
	return hard
}
