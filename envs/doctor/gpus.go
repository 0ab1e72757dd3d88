package doctor

import (
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/packages/host/gpu"
)

// drivers judges NVIDIA's driver by itself.
func drivers(p *Patient) []Finding {
	var found []Finding
	n := p.GPU.Facts.NVIDIA
	if n != nil && n.Driver == "" && len(n.Devices) > 0 {
		found = append(found, Finding{"gpu-no-driver", Problem, "there is a GPU but no driver for it", []string{n.Devices[0].String(), "neither /proc/driver/nvidia/version nor libcuda.so.1 is there"},
			"tell the site: NVIDIA's driver is not loaded on this machine"})
	}
	for _, s := range p.GPU.Drivers {
		if first := p.GPU.Drivers[0]; s.Version != first.Version {
			found = append(found, Finding{"driver-halves", Problem, "the loaded driver and its libraries are of different versions: programs cannot reach the GPU until the machine starts again",
				[]string{first.From + ": " + first.Version, s.From + ": " + s.Version}, "tell the site: the driver was updated, and this machine must restart"})
			break
		}
	}
	for _, note := range p.GPU.Notes {
		if strings.Contains(note, "none that is known") {
			found = append(found, Finding{"gpu-unknown", Warning, "there is a GPU of which the architecture is not known: packages are not built for it by themselves", []string{note},
				"berth spec --gpu sm_NN SPEC, or `gpu: sm_NN` of the system in env.yaml"})
		}
	}
	return found
}

// toolkits holds CUDA toolkits against the driver.
func toolkits(p *Patient) []Finding {
	ceiling, known := p.GPU.Facts.CUDACeiling()
	if !known {
		return nil
	}
	var found []Finding
	source := "the driver is " + ceiling.Driver
	if len(p.GPU.Drivers) > 0 {
		source = p.GPU.Drivers[0].From + ": " + p.GPU.Drivers[0].Version
	}
	var over, noPTX []gpu.Toolkit
	fits := ""
	for _, t := range p.GPU.Toolkits {
		switch {
		case t.Kind != gpu.CUDA:
		case !ceiling.Allows(t.Version):
			over = append(over, t)
		default:
			if ceiling.WithoutPTX(t.Version) {
				noPTX = append(noPTX, t)
			}
			if fits == "" {
				fits = t.Version
			}
		}
	}
	if len(over) > 0 {
		level, mend := Note, "berth spec cuda@"+fits
		if fits == "" {
			level, mend = Warning, "tell the site: a driver from "+gpu.MinimumDriver(over[len(over)-1].Version)+" on, or its cuda-compat package, is needed"
		}
		found = append(found, Finding{"toolkit-too-new", level, "what some CUDA toolkits build does not run with this driver; they are not chosen", append([]string{source}, needs(over)...), mend})
	}
	if len(noPTX) > 0 {
		found = append(found, Finding{"toolkit-no-ptx", Note, "some CUDA toolkits are newer than the driver: what they build runs if it was compiled for this very GPU, since the driver translates no newer PTX",
			append([]string{fmt.Sprintf("%s, which is of CUDA %s", source, ceiling.Newest)}, needs(noPTX)...), "berth spec --gpu " + anArch(p) + " SPEC"})
	}
	for _, version := range p.GPU.UsersCUDA {
		if !ceiling.Allows(version) {
			found = append(found, Finding{"toolkit-locked", Problem, "env.lock has a CUDA toolkit with which nothing runs on this machine", []string{source, "env.lock: cuda@" + version}, "berth concretize --update cuda"})
		}
	}
	return found
}

func needs(list []gpu.Toolkit) []string {
	var lines []string
	for _, t := range list {
		lines = append(lines, fmt.Sprintf("%s: CUDA %s, for drivers from %s on", t.Prefix, t.Version, gpu.MinimumDriver(t.Version)))
	}
	return lines
}

func anArch(p *Patient) string {
	if archs := p.GPU.Facts.Archs(); len(archs) > 0 {
		return archs[0]
	}
	return "sm_NN"
}
