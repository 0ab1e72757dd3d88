package gpu

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/packages/host"
)

// Prober looks for GPUs, drivers and toolkits on a machine.
type Prober struct {
	System host.System
	// Getenv reads the user's environment: CUDA_HOME, LD_LIBRARY_PATH. nil: there is none.
	Getenv func(string) string
	// Quick runs no programs: what files alone tell is known in a few milliseconds.
	Quick bool
}

// Report is all that was found.
type Report struct {
	Facts    Facts
	Toolkits []Toolkit // of CUDA and ROCm, the newest first
	// Drivers are the versions of NVIDIA's driver by where they were read. They differ where the driver was updated and not loaded yet.
	Drivers []Source
	Notes   []string // what could not be told, and why: a line each
}

// Source is a version and where it was read.
type Source struct {
	Version string `json:"version"`
	From    string `json:"from"` // "/proc/driver/nvidia/version", "libcuda.so.550.54.15", "nvidia-smi"
}

// probing is one run of a Prober.
type probing struct {
	Prober
	ctx    context.Context
	report Report
}

// Probe looks. It never fails: what cannot be read is not there, and a program that does not answer is told in Notes.
func (p Prober) Probe(ctx context.Context) Report {
	if p.Getenv == nil {
		p.Getenv = func(string) string { return "" }
	}
	r := &probing{Prober: p, ctx: ctx}
	r.nvidia()
	r.amd()
	r.toolkits()
	return r.report
}

func (p *probing) note(text string) { p.report.Notes = append(p.report.Notes, text) }

// runTimeout is how long a program of a driver may take: nvidia-smi takes seconds where the driver sleeps.
const runTimeout = 30 * time.Second

// run runs a program that stands on PATH or in one of dirs.
func (p *probing) run(name string, dirs []string, args ...string) (string, bool) {
	if path := p.find(name, dirs); path != "" {
		return p.runPath(path, args...)
	}
	return "", false
}

// runPath runs a program in the C locale.
func (p *probing) runPath(path string, args ...string) (string, bool) {
	if p.Quick {
		return "", false
	}
	r, err := p.System.Run(p.ctx, host.Command{
		Argv: append([]string{path}, args...), Env: []string{"PATH=" + strings.Join(append(p.System.Path(), "/usr/bin", "/bin"), ":"), "LC_ALL=C"}, Timeout: runTimeout,
	})
	switch {
	case err != nil:
		p.note(err.Error())
		return "", false
	case !r.OK():
		p.note(path + " " + strings.Join(args, " ") + ": " + r.Complaint())
		return "", false
	}
	return r.Stdout, true
}

// find looks for a program on PATH and in further directories.
func (p *probing) find(name string, dirs []string) string {
	for _, dir := range append(slices.Clone(p.System.Path()), dirs...) {
		path := filepath.Join(dir, name)
		if info, err := p.System.Stat(path); err == nil && info.Exec && filepath.IsAbs(path) {
			return path
		}
	}
	return ""
}

// text reads a small file, without the blanks around it; "" if it is not there.
func (p *probing) text(path string) string {
	data, err := p.System.ReadFile(path)
	if err != nil || len(data) > 1<<20 {
		return ""
	}
	return strings.TrimSpace(string(data))
}

func (p *probing) list(dir string) []string {
	names, err := p.System.ReadDir(dir)
	if err != nil {
		return nil
	}
	return names
}

func (p *probing) isDir(path string) bool {
	info, err := p.System.Stat(path)
	return err == nil && info.Dir
}

func (p *probing) isFile(path string) bool {
	info, err := p.System.Stat(path)
	return err == nil && !info.Dir
}

// gather counts devices of one kind together, sorted by architecture and name.
func gather(devices []Device) []Device {
	var kinds []Device
	for _, d := range devices {
		i := slices.IndexFunc(kinds, func(k Device) bool { return k.Arch == d.Arch && k.Name == d.Name })
		if i < 0 {
			kinds = append(kinds, d)
		} else {
			kinds[i].Count += d.Count
		}
	}
	slices.SortFunc(kinds, func(a, b Device) int { return cmp.Or(cmp.Compare(a.Arch, b.Arch), cmp.Compare(a.Name, b.Name)) })
	return kinds
}
