package envs

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/host/gpu"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// SystemGap is what is not known of a system of the environment, and would be needed.
type SystemGap struct {
	System  string
	Sheet   string   // "systems/gpu.yaml", whether or not it is there
	Unknown bool     // nothing at all is known: there is no sheet, and this machine is none of it
	Locked  bool     // env.lock has a section for it
	Lacks   []string // facts about GPUs that neither env.yaml, nor the sheet, nor this machine has
	Wants   string   // what needs them: "petsc +cuda (env.yaml:3)"
}

// SystemGaps looks what is not known of the environment's systems; now is what this machine is.
func (e *Environment) SystemGaps(now SystemFacts) ([]SystemGap, error) {
	lock, err := e.Lock()
	if err != nil {
		lock = nil // which is told elsewhere
	}
	declared := e.Manifest.Systems
	if len(declared) == 0 {
		declared = []System{{Name: DefaultSystem}}
	}
	var gaps []SystemGap
	for _, d := range declared {
		system, err := e.Manifest.System(d.Name)
		if err != nil {
			return nil, err
		}
		sheet, err := ReadSheet(e.Dir, system.Name)
		if err != nil {
			return nil, err
		}
		g := SystemGap{System: system.Name, Sheet: filepath.Join(SheetDir, system.Name+".yaml"), Locked: lock != nil && lock.Systems[system.Name] != nil}
		facts := now
		switch {
		case sheet != nil:
			facts = sheet.SystemFacts
		case len(declared) > 1 && !system.here():
			g.Unknown, facts = true, SystemFacts{}
		}
		var section *LockedSystem
		if g.Locked {
			section = lock.Systems[system.Name]
		}
		g.Wants, g.Lacks = gpuGaps(system, section, facts.GPU)
		if g.Unknown || len(g.Lacks) > 0 {
			gaps = append(gaps, g)
		}
	}
	return gaps, nil
}

// gpuGaps tells what of a system is for GPUs, and what is not known of those.
func gpuGaps(system System, locked *LockedSystem, facts gpu.Facts) (wants string, lacks []string) {
	nvidia, amd := wantsGPUs(system, locked)
	switch {
	case nvidia != "":
		wants = nvidia
	case amd != "":
		wants = amd
	default:
		return "", nil
	}
	known := len(system.GPUs) > 0 || architectureSaid(system, locked) ||
		nvidia != "" && facts.NVIDIA != nil && len(facts.NVIDIA.Devices) > 0 || nvidia == "" && facts.AMD != nil && len(facts.AMD.Devices) > 0
	if !known {
		lacks = append(lacks, "the architecture of its GPUs")
	}
	if nvidia != "" && system.Driver == "" && (facts.NVIDIA == nil || facts.NVIDIA.Driver == "") {
		lacks = append(lacks, "the version of NVIDIA's driver")
	}
	return wants, lacks
}

// wantsGPUs names what of a system is built for GPUs of NVIDIA, and what for those of AMD: a spec of env.yaml, or a locked package.
func wantsGPUs(system System, locked *LockedSystem) (nvidia, amd string) {
	for _, s := range system.Specs {
		text := fmt.Sprintf("%s (%s)", s.Spec, s.Place)
		if switchedOn(s, "cuda") && nvidia == "" {
			nvidia = text
		}
		if switchedOn(s, "rocm") && amd == "" {
			amd = text
		}
	}
	if locked == nil {
		return nvidia, amd
	}
	for _, n := range dag.Topological(locked.RootNodes()...) {
		text := fmt.Sprintf("%s@%s (%s)", n.Name(), n.Version(), LockName)
		switch {
		case n.Name() == "cuda" && nvidia == "":
			nvidia = text
		case n.Name() == "hip" && amd == "":
			amd = text
		}
	}
	return nvidia, amd
}

// architectureSaid reports whether a spec, or what is locked, says for which GPUs.
func architectureSaid(system System, locked *LockedSystem) bool {
	says := func(s *spec.Spec) bool {
		_, cuda := s.Variant("cuda_arch")
		_, rocm := s.Variant("amdgpu_target")
		return cuda || rocm
	}
	for _, s := range system.Specs {
		if says(s.Spec) || slices.ContainsFunc(s.Spec.Deps, func(d spec.Dep) bool { return says(d.Spec) }) {
			return true
		}
	}
	return locked != nil && (len(locked.Request.GPUs) > 0 || slices.ContainsFunc(dag.Topological(locked.RootNodes()...), concretizer.ForGPUs))
}

func switchedOn(s packages.PlacedSpec, variant string) bool {
	on := func(x *spec.Spec) bool {
		v, ok := x.Variant(variant)
		return ok && v.On()
	}
	return on(s.Spec) || slices.ContainsFunc(s.Spec.Deps, func(d spec.Dep) bool { return on(d.Spec) })
}
