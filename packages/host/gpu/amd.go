package gpu

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// kfdNodes is where the kernel's compute driver describes CPUs and GPUs alike.
const kfdNodes = "/sys/class/kfd/kfd/topology/nodes"

var rocmAgent = regexp.MustCompile(`(?m)^\s*Name:\s+(gfx[0-9a-f]+)\s*$`)

func (p *probing) amd() {
	a := &AMD{Driver: p.text("/sys/module/amdgpu/version")}
	for _, node := range p.list(kfdNodes) {
		properties := p.properties(filepath.Join(kfdNodes, node, "properties"))
		version := properties["gfx_target_version"]
		if properties["simd_count"] == 0 || version == 0 {
			continue // a CPU
		}
		a.Devices = append(a.Devices, Device{Arch: gfxName(version), Name: p.text(filepath.Join(kfdNodes, node, "name")), Count: 1})
	}
	if len(a.Devices) == 0 && p.isDir("/sys/module/amdgpu") {
		p.askROCm(a)
	}
	a.Devices = gather(a.Devices)
	if len(a.Devices) == 0 {
		return // a module for a screen
	}
	p.report.Facts.AMD = a
}

// askROCm asks rocminfo, where the topology does not tell: kernels before 5.16 had no gfx_target_version.
func (p *probing) askROCm(a *AMD) {
	var dirs []string
	for _, root := range p.rocmRoots() {
		dirs = append(dirs, filepath.Join(root, "bin"))
	}
	out, ok := p.run("rocminfo", dirs)
	if !ok {
		return
	}
	for _, m := range rocmAgent.FindAllStringSubmatch(out, -1) {
		a.Devices = append(a.Devices, Device{Arch: m[1], Count: 1})
	}
}

// properties reads lines of a name and a number.
func (p *probing) properties(path string) map[string]uint64 {
	values := map[string]uint64{}
	for line := range strings.Lines(p.text(path)) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if value, err := strconv.ParseUint(text, 10, 64); err == nil {
			values[name] = value
		}
	}
	return values
}

// gfxName is how LLVM calls the kernel's number of an architecture: 90010 is gfx90a, 100300 is gfx1030. Major, minor and stepping have two decimal
// digits each there, and one hexadecimal digit here but for the major.
func gfxName(version uint64) string {
	return fmt.Sprintf("gfx%d%x%x", version/10000, version/100%100, version%100)
}
