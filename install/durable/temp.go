package durable

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A temporary name says whose it is: ".env.lock.tmp-<machine>.<pid>-<random>". What a killed process left can so be removed by
// the next one on the same machine at once, and by others when it is old.
const tempMark = ".tmp-"

// staleAfter is how old another machine's temporary file must be to count as left behind: no write takes that long.
const staleAfter = 24 * time.Hour

// TempName is a name beside path for what is to become path. Sweep finds it if this process does not get so far.
func TempName(path string) string {
	dir, base := filepath.Split(filepath.Clean(path))
	return filepath.Join(dir, "."+base+tempMark+machine()+"."+strconv.Itoa(os.Getpid())+"-"+randomName())
}

// IsTemp reports whether a file's name is one that TempName gives.
func IsTemp(name string) bool {
	return strings.HasPrefix(name, ".") && strings.Contains(name, tempMark)
}

// machine tells apart the machines, and the containers on them, in which process numbers mean different processes.
var machine = sync.OnceValue(func() string {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	space, _ := os.Readlink("/proc/self/ns/pid")
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %s", boot, space)
	return fmt.Sprintf("%08x", h.Sum32())
})

// Sweep removes what killed processes left in dir of writing the file called base, or any file if base is empty. What cannot be
// removed is left for the next one: it harms nobody.
func Sweep(dir, base string) {
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	defer d.Close()
	names, _ := d.Readdirnames(-1)
	for _, name := range names {
		if !IsTemp(name) || base != "" && !strings.HasPrefix(name, "."+base+tempMark) {
			continue
		}
		if path := filepath.Join(dir, name); left(path) {
			os.RemoveAll(path)
		}
	}
}

// tempOwner is how a temporary name ends.
var tempOwner = regexp.MustCompile(`\.tmp-([0-9a-f]{8})\.([0-9]{1,10})-[A-Z2-7]{12}$`)

// left reports whether the process that made the temporary file is known to have ended, or must have. What has another name is somebody else's.
func left(path string) bool {
	m := tempOwner.FindStringSubmatch(filepath.Base(path))
	if m == nil {
		return false
	}
	if pid, err := strconv.Atoi(m[2]); err == nil && pid > 0 && m[1] == machine() {
		return pid != os.Getpid() && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	}
	info, err := os.Lstat(path)
	return err == nil && time.Since(info.ModTime()) > staleAfter
}
