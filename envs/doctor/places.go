package doctor

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/room"
	"github.com/berth-hpc/berth/packages/host"
)

// elsewhere is how a root is moved: for this shell and those that start from it.
const elsewhere = "export BERTH_ROOT=/path/to/a/lasting/directory"

// rootUse judges whether the root can be worked in at all.
func rootUse(p *Patient) []Finding {
	r := p.Root
	var found []Finding
	if r.Unwritable != "" {
		return []Finding{{"root-unwritable", Problem, "nothing can be written to the berth root", []string{r.Path + ": " + r.Unwritable}, elsewhere}}
	}
	if r.Locks == "" && r.NoLocks != "" {
		found = append(found, Finding{"root-no-locks", Problem, "commands that run at once cannot wait for each other: no way to lock works in the berth root",
			[]string{r.where(), r.NoLocks}, elsewhere})
	}
	if r.Locks == "mkdir" {
		found = append(found, Finding{"root-slow-locks", Note, "the file system of the berth root has no file locks; directories with a heartbeat stand in for them",
			[]string{r.where(), "commands on several machines wait longer for each other, and up to a minute for one that was killed"},
			"ask for " + r.Path + " to be mounted with locks (Lustre: flock; NFS: without nolock)"})
	}
	if r.NoExec != "" {
		found = append(found, Finding{"root-noexec", Problem, "programs in the berth root cannot be run", []string{r.where(), r.NoExec}, elsewhere})
	}
	if r.Mode&0o002 != 0 {
		found = append(found, Finding{"root-world-writable", Problem, "everybody on this machine can change the berth root, and so what you run",
			[]string{fmt.Sprintf("%s has mode %#o", r.Path, r.Mode)}, "chmod o-w " + r.Path})
	}
	if len(r.Path) > longestRoot {
		found = append(found, Finding{"root-long", Note, "the path of the berth root is long; the first lines of scripts get longer than old kernels take, and these scripts start by way of another program",
			[]string{fmt.Sprintf("%s has %d characters; up to %d there is room for the rest of a path", r.Path, len(r.Path), longestRoot)}, "export BERTH_ROOT=$HOME/.berth"})
	}
	return found
}

// longestRoot leaves room in the 127 characters of a first line, which kernels before 5.1 take, for the interpreter that most scripts have:
// #!ROOT/store/python-3.13.12-HASH/bin/python3.13.
const longestRoot = 127 - len("#!/store/python-3.13.12-/bin/python3.13") - 32

// rootFileSystem judges whether the file system of the root is fit for what has to last.
func rootFileSystem(p *Patient) []Finding {
	r := p.Root
	var found []Finding
	switch {
	case r.InMemory:
		found = append(found, Finding{"root-in-memory", Problem, "the berth root is in memory: it is lost when the machine starts again, and takes the room of what runs",
			[]string{r.where()}, elsewhere})
	case r.Variable != "" || purged(r.Path):
		evidence := []string{r.where()}
		if r.Variable != "" {
			evidence = []string{r.Path + " is below $" + r.Variable, r.where()}
		}
		found = append(found, Finding{"root-purged", Warning, "the berth root is in a scratch directory: files that nobody reads for some weeks are mostly removed there, and packages break piece by piece",
			evidence, elsewhere})
	}
	if r.CaseInsensitive {
		found = append(found, Finding{"root-case", Problem, "the file system of the berth root does not tell upper and lower case apart: packages with files that differ in that alone cannot be built",
			[]string{r.where()}, elsewhere})
	}
	if skew := math.Abs(r.SkewSeconds); skew > 2 {
		direction := "ahead of"
		if r.SkewSeconds < 0 {
			direction = "behind"
		}
		found = append(found, Finding{"root-clock", Warning, "the clocks of this machine and of the file system differ: make builds too much or too little, and locks look dead",
			[]string{fmt.Sprintf("a file written to %s is %.0f s %s this machine's clock", r.Path, skew, direction)}, "tell the site: the clock of this machine, or of the file server, is wrong (timedatectl shows this one's)"})
	}
	return found
}

// purged recognises directories that sites empty by their age.
func purged(path string) bool {
	for _, element := range strings.Split(path, "/") {
		if slices.Contains([]string{"scratch", "lscratch", "flash", "pscratch"}, element) {
			return true
		}
	}
	return strings.HasPrefix(path, "/tmp/") || strings.HasPrefix(path, "/var/tmp/") || strings.HasPrefix(path, "/dev/shm/")
}

// What a root should have left: a compiler takes 2 GiB and 20,000 files, and a small environment 5,000 files.
const (
	fewBytes = 2 << 30
	fewFiles = 20_000
)

// rootRoom judges how much can still be written.
func rootRoom(p *Patient) []Finding {
	var found []Finding
	if p.Root.Unwritable != "" {
		return nil
	}
	least := room.Least(p.Root.Limits)
	if least.Bytes < fewBytes {
		level, what := Warning, "there is little room left for packages"
		if least.Bytes <= 0 {
			level, what = Problem, "there is no room left for packages"
		}
		found = append(found, Finding{"root-full", level, what, limitsOf(p.Root, func(l room.Limit) (string, bool) {
			return size(max(0, l.Bytes)), l.Bytes < fewBytes
		}), "berth gc"})
	}
	if least.Files < fewFiles {
		level, what := Warning, "few more files can be made for packages"
		if least.Files <= 0 {
			level, what = Problem, "no more files can be made for packages"
		}
		found = append(found, Finding{"root-files", level, what, limitsOf(p.Root, func(l room.Limit) (string, bool) {
			return counted(int(max(0, l.Files)), "file", "files"), l.Files < fewFiles
		}), "berth gc"})
	}
	return found
}

func limitsOf(r Place, tell func(room.Limit) (string, bool)) []string {
	var lines []string
	for _, l := range r.Limits {
		if left, short := tell(l); short {
			lines = append(lines, fmt.Sprintf("%s leaves %s in %s", l.Of, left, r.Path))
		}
	}
	return lines
}

// stageUse judges where builds work.
func stageUse(p *Patient) []Finding {
	s := p.Stage
	if s.Path == "" || p.Root.Unwritable != "" {
		return nil
	}
	var found []Finding
	if s.Unwritable != "" {
		found = append(found, Finding{"stage-unwritable", Problem, "builds have no place to work in", []string{s.Path + ": " + s.Unwritable}, stageElsewhere(p)})
	}
	if s.NoExec != "" && p.Root.NoExec == "" {
		evidence := []string{s.where(), s.NoExec}
		if p.Process.SELinux {
			evidence = append(evidence, "SELinux is enforcing")
		}
		found = append(found, Finding{"stage-noexec", Problem, "builds cannot run what they make where they work", evidence, stageElsewhere(p)})
	}
	return found
}

// stageElsewhere says how builds get another place: where it is not below the root, the root may do.
func stageElsewhere(p *Patient) string {
	if host.Within(p.Stage.Path, p.Root.Path) {
		return elsewhere
	}
	return "write `stage: root` into " + filepath.Join(p.Root.Path, "config.yaml")
}

// where is a place with its file system: "/scratch/u/.berth is on lustre, mounted at /scratch with rw,noexec".
func (p Place) where() string {
	if p.FileSystem == "" {
		return p.Path
	}
	text := fmt.Sprintf("%s is on %s, mounted at %s", p.Path, p.FileSystem, p.Mount)
	if len(p.Options) > 0 {
		text += " with " + strings.Join(p.Options, ",")
	}
	return text
}
