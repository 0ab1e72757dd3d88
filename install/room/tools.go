package room

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// toolTime is how long a program that is asked for a quota may take: its server may be down.
const toolTime = 5 * time.Second

// tools asks the programs of network file systems.
type tools struct {
	run    func(ctx context.Context, argv ...string) (string, error)
	shared string // "Lustre", "NFS"; "" to look
}

func runTool(ctx context.Context, argv ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, toolTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	return string(out), err // quota(1) ends with 1 when a quota is exceeded, and prints it all the same
}

func (t tools) quotas(ctx context.Context, path string) []Limit {
	shared := t.shared
	if shared == "" {
		shared = Shared(path)
	}
	var limits []Limit
	add := func(of string, argv ...string) {
		out, _ := t.run(ctx, argv...)
		for _, u := range parseQuota(out) {
			if l, ok := u.limit(of); ok {
				limits = append(limits, l)
			}
		}
	}
	uid, gid := strconv.Itoa(os.Getuid()), os.Getgid()
	switch shared {
	case "Lustre":
		add("your quota", "lfs", "quota", "-q", "-u", uid, path)
		add("the quota of your group "+groupName(gid), "lfs", "quota", "-q", "-g", strconv.Itoa(gid), path)
	case "NFS":
		add("your quota", "quota", "-w", "-p", "-f", path)
	}
	return limits
}

// parseQuota reads the lines of lfs quota and quota(1): a file system, then what is used, the quota, the limit and the grace time, of kibibytes and then of
// files. A name that is long stands on a line of its own. What is exceeded has a star.
func parseQuota(text string) []use {
	var found []use
	for _, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 9 {
			fields = fields[1:]
		}
		if len(fields) != 8 {
			continue
		}
		var n [8]int64
		ok := true
		for i, f := range fields {
			if i%4 == 3 { // the grace time: "-", "6d23h59m", "none"
				continue
			}
			var err error
			n[i], err = strconv.ParseInt(strings.TrimSuffix(f, "*"), 10, 64)
			ok = ok && err == nil
		}
		if ok {
			const kibi = 1024
			found = append(found, use{
				bytes: n[0] * kibi, softBytes: n[1] * kibi, hardBytes: n[2] * kibi,
				files: n[4], softFiles: n[5], hardFiles: n[6],
			})
		}
	}
	return found
}
