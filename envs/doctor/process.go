package doctor

import (
	"fmt"
	"maps"
	"slices"
)

// least are the soft limits below which builds fail, and what sets them. Linkers of large libraries open a thousand files; parallel builds have some hundred
// processes; debug information fills files of gigabytes.
var least = []struct {
	name string
	min  uint64
	mend string
}{
	{"open files", 1024, "ulimit -n 4096"},
	{"processes", 256, "ulimit -u 4096"},
	{"file size", 4 << 30, "ulimit -f unlimited"},
	{"memory", 4 << 30, "ulimit -v unlimited"},
	{"stack", 1 << 20, "ulimit -s 8192"},
}

// disturbing are variables that change what programs do that berth installed. Builds do not see them.
var disturbing = map[string]string{
	"LD_PRELOAD":  "it is loaded into every program, before the libraries that the program was built with",
	"PYTHONHOME":  "every Python looks for its library there, also those of environments",
	"PYTHONPATH":  "every Python takes modules from there first, also those of environments",
	"LD_RUN_PATH": "whatever you link by hand gets it as its RPATH",
}

func process(p *Patient) []Finding {
	var found []Finding
	switch mask := p.Process.Umask; {
	case mask&0o002 == 0 && mask >= 0:
		found = append(found, Finding{"umask-open", Warning, "everybody can change the files that you make, those of packages too", []string{fmt.Sprintf("umask is %04o", mask)}, "umask 022"})
	case mask&0o700 != 0:
		found = append(found, Finding{"umask-own", Problem, "you cannot use the files that you make yourself", []string{fmt.Sprintf("umask is %04o", mask)}, "umask 022"})
	}
	for _, l := range least {
		if have, set := p.Process.Limits[l.name]; set && have < l.min {
			found = append(found, Finding{"limit-" + dashed(l.name), Warning, "large builds need more than the limit of this shell allows",
				[]string{fmt.Sprintf("%s: %s, builds want %s", l.name, amount(l.name, have), amount(l.name, l.min))}, l.mend})
		}
	}
	if p.Process.Jobs == 1 && p.Process.CPUs > 1 {
		found = append(found, Finding{"jobs-one", Note, "builds run one command at a time here: there is memory, or a share of the processors, for no more",
			[]string{fmt.Sprintf("1 job, although %d processors may be used", p.Process.CPUs)}, "srun -c 8 --mem=16G berth install"})
	}
	for _, name := range slices.Sorted(maps.Keys(p.Process.Variables)) {
		if why, known := disturbing[name]; known && p.Process.Variables[name] != "" {
			found = append(found, Finding{"variable-" + lower(name), Warning, name + " changes what installed programs do: " + why,
				[]string{name + "=" + p.Process.Variables[name]}, "unset " + name})
		}
	}
	return found
}

// amount is a limit for people: bytes where it is one of bytes.
func amount(name string, n uint64) string {
	switch name {
	case "file size", "memory", "stack":
		return size(int64(min(n, 1<<62)))
	}
	return fmt.Sprint(n)
}

// neededTools are programs of the host that berth runs, and what for.
var neededTools = []struct {
	name  string
	level Level
	why   string
	mend  string
}{
	{"patch", Problem, "recipes that change sources cannot be built: patch is missing", "module load patch"},
	{"git", Warning, "repositories of recipes and sources in git cannot be fetched: git is missing", "module load git"},
	{"make", Note, "there is no make; where a build wants one, it is built first", "module load make && berth external find gmake"},
}

func tools(p *Patient) []Finding {
	var found []Finding
	for _, t := range neededTools {
		if path, looked := p.Tools[t.name]; looked && path == "" {
			found = append(found, Finding{"tool-" + t.name, t.level, t.why, []string{"no " + t.name + " in PATH"}, t.mend})
		}
	}
	return found
}
