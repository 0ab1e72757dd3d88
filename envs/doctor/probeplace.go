package doctor

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/berth-hpc/berth/install/lock"
	"github.com/berth-hpc/berth/install/room"
	"github.com/berth-hpc/berth/packages/host"
)

// scratchVariables name directories that sites empty by age, or after a job.
var scratchVariables = []string{"SCRATCH", "PSCRATCH", "CSCRATCH", "MYSCRATCH", "SLURM_TMPDIR", "TMPDIR"}

// probePlace looks at a directory, or where it is not there yet at the nearest one above: what is made in it to find out is taken away again.
func probePlace(ctx context.Context, path string, getenv func(string) string) Place {
	p := Place{Path: path, Limits: room.Limits(ctx, path), Shared: room.Shared(path) != "", InMemory: room.InMemory(path)}
	dir := path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		p.Exists, p.Mode = true, uint32(info.Mode().Perm())
	}
	for !isDir(dir) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		mounts, _ := os.ReadFile("/proc/self/mountinfo")
		p.FileSystem, p.Mount, p.Options = mountOf(string(mounts), real)
	}
	for _, name := range scratchVariables {
		if value := getenv(name); p.Variable == "" && len(value) > 1 && filepath.IsAbs(value) && host.Within(path, filepath.Clean(value)) {
			p.Variable = name
		}
	}
	temp, err := os.MkdirTemp(dir, ".berth-doctor-")
	if err != nil {
		p.Unwritable = err.Error()
		return p
	}
	defer os.RemoveAll(temp)
	p.tryIn(ctx, temp)
	return p
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// tryIn tries in an empty directory what builds and the store do.
func (p *Place) tryIn(ctx context.Context, dir string) {
	before := time.Now()
	script := filepath.Join(dir, "Probe")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nexit 0\n"), 0o755); err != nil {
		p.Unwritable = err.Error()
		return
	}
	after := time.Now()
	if info, err := os.Stat(script); err == nil {
		switch made := info.ModTime(); {
		case made.Before(before):
			p.SkewSeconds = made.Sub(before).Seconds()
		case made.After(after):
			p.SkewSeconds = made.Sub(after).Seconds()
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "pROBE")); err == nil {
		p.CaseInsensitive = true
	}
	if err := exec.CommandContext(ctx, script).Run(); err != nil && ctx.Err() == nil {
		p.NoExec = strings.ReplaceAll(err.Error(), dir, p.Path)
	}
	method, err := lock.Probe(dir)
	if err != nil {
		p.NoLocks = err.Error()
		return
	}
	p.Locks = string(method)
}

// mountOf finds the mount that a path without links is on, in the text of /proc/self/mountinfo (see proc_pid_mountinfo(5)).
func mountOf(mountinfo, path string) (fileSystem, mount string, options []string) {
	for line := range strings.Lines(mountinfo) {
		front, back, found := strings.Cut(strings.TrimSpace(line), " - ")
		fields, after := strings.Fields(front), strings.Fields(back)
		if !found || len(fields) < 6 || len(after) < 1 {
			continue
		}
		point := unescape(fields[4])
		if !host.Within(path, point) || len(point) < len(mount) { // a later one of equal length covers the earlier
			continue
		}
		fileSystem, mount, options = after[0], point, strings.Split(fields[5], ",")
		if len(after) > 2 {
			options = append(options, notable(after[2])...)
		}
	}
	return fileSystem, mount, options
}

// notable are the options of a file system, beside those of the mount, that locks and names depend on.
func notable(options string) []string {
	var found []string
	for o := range strings.SplitSeq(options, ",") {
		switch o {
		case "flock", "localflock", "noflock", "nolock", "local_lock=none", "local_lock=all", "nocase", "case_sensitive":
			found = append(found, o)
		}
	}
	return found
}

// unescape replaces \040 and the like, by which mountinfo writes blanks.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
