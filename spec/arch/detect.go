package arch

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// UnknownMachineError says that no family of targets goes by a machine's name.
type UnknownMachineError struct {
	Machine string // "s390x"
}

func (e *UnknownMachineError) Error() string {
	return fmt.Sprintf("detect target: no targets are known for machine %q", e.Machine)
}

// Host detects the target of this machine from /proc/cpuinfo. Where that cannot be read, the family of the running
// program comes with the error, so that a caller can warn and go on.
func Host() (*Target, error) {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		family, ok := load().machines[runtime.GOARCH]
		if !ok {
			return nil, &UnknownMachineError{Machine: runtime.GOARCH}
		}
		return family, fmt.Errorf("detect target: %w", err)
	}
	defer file.Close()
	return Detect(file, runtime.GOARCH)
}

// Detect finds the best target that a machine can run, from its /proc/cpuinfo and its name as in uname -m ("x86_64",
// "ppc64le") or GOARCH ("amd64"). Only the first processor is looked at. A processor that is not recognised is its
// family, or the best generic target whose features it lists.
func Detect(cpuinfo io.Reader, machine string) (*Target, error) {
	tab := load()
	family, ok := tab.machines[machine]
	if !ok {
		return nil, &UnknownMachineError{Machine: machine}
	}
	fields, err := readCPUInfo(cpuinfo)
	if err != nil {
		return nil, fmt.Errorf("detect target: %w", err)
	}
	return tab.describe(family, fields).best(tab), nil
}

// readCPUInfo reads "key : value" lines up to the end of the first processor's.
func readCPUInfo(r io.Reader) (map[string]string, error) {
	fields := map[string]string{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20) // the flags of a processor are one long line
	for lines.Scan() {
		key, value, ok := strings.Cut(lines.Text(), ":")
		if !ok {
			if len(fields) > 0 {
				break
			}
			continue
		}
		fields[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read cpuinfo: %w", err)
	}
	return fields, nil
}

// processor is what cpuinfo says of a machine, as far as targets are told apart by it.
type processor struct {
	family     *Target
	vendor     string
	features   map[string]bool
	generation int
	part       string
	uarch      string
}

func (tab *table) describe(family *Target, fields map[string]string) processor {
	p := processor{
		family:     family,
		vendor:     fields["vendor_id"],
		features:   map[string]bool{},
		generation: powerGeneration(fields["cpu"]),
		part:       fields["CPU part"],
		uarch:      fields["uarch"],
	}
	if code, ok := fields["CPU implementer"]; ok {
		p.vendor = tab.implementers[code]
	}
	for f := range strings.FieldsSeq(fields["flags"] + " " + fields["Features"]) {
		p.features[f] = true
	}
	for _, a := range tab.aliases {
		if a.holds(family.name, func(f string) bool { return p.features[f] }) {
			p.features[a.feature] = true
		}
	}
	return p
}

// powerGeneration reads 9 out of "POWER9, altivec supported", 11 out of "Power11 (architected)", and 0 where there is
// none, as under emulation.
func powerGeneration(cpu string) int {
	_, rest, _ := strings.Cut(strings.ToUpper(cpu), "POWER")
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(rest[:end])
	if err != nil {
		return 0
	}
	return n
}

// unknownPart is the part of targets that are only for being asked for.
const unknownPart = "unknown"

// runs tells whether the processor can run code for t, going by what Linux lists.
func (p processor) runs(t *Target) bool {
	if t.family != p.family || t.generation > p.generation {
		return false
	}
	if t.uarch != "" && t.uarch != p.uarch || t.part == unknownPart {
		return false
	}
	// Arm's architecture levels have no features of their own in the table, so nothing shows that a processor is up to one.
	if t.IsGeneric() && t != p.family && len(t.features) == len(p.family.features) {
		return false
	}
	byVendor := t.generation > 0 || t.uarch != "" // those are told by other means
	if !byVendor && !t.IsGeneric() && t.vendor != p.vendor {
		return false
	}
	return !slices.ContainsFunc(t.features, func(f string) bool { return !p.features[f] })
}

// best chooses among the targets that the processor runs.
func (p processor) best(tab *table) *Target {
	var candidates []*Target
	for _, t := range tab.targets {
		if p.runs(t) {
			candidates = append(candidates, t)
		}
	}
	// A generic level says more than an old processor of the right vendor: a feature that is switched off in the
	// firmware must not throw a machine back by ten years.
	generic := p.family
	for _, t := range candidates {
		if t.IsGeneric() && closer(t, generic) < 0 {
			generic = t
		}
	}
	samePart := func(t *Target) bool { return t.part != "" && t.part == p.part }
	byPart := slices.ContainsFunc(candidates, samePart)
	best := generic
	for _, t := range candidates {
		if t != generic && Leq(generic, t) && (!byPart || samePart(t)) && (best == generic || closer(t, best) < 0) {
			best = t
		}
	}
	return best
}
