package gpu

import (
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 ..." and, of the open module, "... Open Kernel Module for x86_64  560.35.03  Release Build ..."
	kernelModule = regexp.MustCompile(`(?m)^NVRM version:.*Kernel Module.*?\s(\d+\.\d+(?:\.\d+)?)\s`)
	versionOnly  = regexp.MustCompile(`^\d+\.\d+(\.\d+)?$`)
	libcudaFile  = regexp.MustCompile(`^libcuda\.so\.(\d+\.\d+(?:\.\d+)?)$`)
	smiCUDA      = regexp.MustCompile(`CUDA Version\s*:\s*(\d+\.\d+)`)
	smiCap       = regexp.MustCompile(`^(\d+)\.(\d+)$`)
)

// smiDirs are where nvidia-smi stands off the PATH: WSL has it beside its libraries.
var smiDirs = []string{"/usr/bin", "/usr/local/bin", "/opt/bin", "/usr/lib/wsl/lib"}

// driverLibraries are the names by which programs ask for the libraries of NVIDIA's driver. The headless ones alone: what draws on screens is not
// what an HPC environment takes from the host.
var driverLibraries = []string{
	"libcuda.so.1", "libcudadebugger.so.1", "libnvidia-ml.so.1", "libnvidia-ptxjitcompiler.so.1", "libnvidia-nvvm.so.4", "libnvidia-nvvm70.so.4",
	"libnvidia-gpucomp.so", "libnvidia-opencl.so.1", "libnvidia-cfg.so.1", "libnvcuvid.so.1", "libnvidia-encode.so.1", "libnvidia-opticalflow.so.1", "libnvoptix.so.1",
}

func (p *probing) nvidia() {
	n := &NVIDIA{}
	p.driverVersions(n)
	p.nvidiaDevices(n)
	if n.Driver == "" && len(n.Devices) == 0 {
		return
	}
	if n.CUDA == "" && n.Driver != "" {
		n.CUDA = NewestCUDA(n.Driver)
	}
	n.Libraries = p.driverLibraryFiles()
	n.Compat = p.compat()
	p.report.Facts.NVIDIA = n
}

// driverVersions reads the driver's version wherever it is told. The loaded kernel module decides.
func (p *probing) driverVersions(n *NVIDIA) {
	add := func(version, from string) {
		if version != "" {
			p.report.Drivers = append(p.report.Drivers, Source{version, from})
		}
	}
	const proc, module = "/proc/driver/nvidia/version", "/sys/module/nvidia/version"
	if m := kernelModule.FindStringSubmatch(p.text(proc) + "\n"); m != nil {
		add(m[1], proc)
	}
	if v := p.text(module); versionOnly.MatchString(v) {
		add(v, module)
	}
	if path := p.library("libcuda.so.1"); path != "" {
		real, err := p.System.EvalSymlinks(path)
		if m := libcudaFile.FindStringSubmatch(filepath.Base(real)); err == nil && m != nil {
			add(m[1], real)
		}
	}
	if len(p.report.Drivers) > 0 || p.find("nvidia-smi", smiDirs) != "" {
		p.askSMI(n, add)
	}
	if len(p.report.Drivers) > 0 {
		n.Driver = p.report.Drivers[0].Version
	}
}

// askSMI asks the driver's own program for its version, its CUDA and the GPUs.
func (p *probing) askSMI(n *NVIDIA, add func(version, from string)) {
	told := len(p.report.Notes)
	out, ok := p.run("nvidia-smi", smiDirs, "--query-gpu=name,compute_cap,driver_version", "--format=csv,noheader")
	if !ok {
		// Older ones do not know compute_cap.
		if out, ok = p.run("nvidia-smi", smiDirs, "--query-gpu=name,driver_version", "--format=csv,noheader"); !ok {
			return
		}
		p.report.Notes = p.report.Notes[:told]
	}
	driver := ""
	for line := range strings.Lines(out) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		if last := fields[len(fields)-1]; versionOnly.MatchString(last) {
			driver = last
		}
		if len(fields) < 3 {
			continue
		}
		// The name may have commas; the two after it have none.
		m := smiCap.FindStringSubmatch(fields[len(fields)-2])
		if m == nil {
			continue
		}
		n.Devices = append(n.Devices, Device{Arch: "sm_" + m[1] + m[2], Name: strings.Join(fields[:len(fields)-2], ", "), Count: 1})
	}
	add(driver, "nvidia-smi")
	if out, ok := p.run("nvidia-smi", smiDirs); ok {
		if m := smiCUDA.FindStringSubmatch(out); m != nil {
			n.CUDA = m[1]
		}
	}
}

// nvidiaDevices finds the GPUs on the PCI bus where the driver did not tell them.
func (p *probing) nvidiaDevices(n *NVIDIA) {
	if len(n.Devices) > 0 {
		n.Devices = gather(n.Devices)
		return
	}
	const bus = "/sys/bus/pci/devices"
	for _, slot := range p.list(bus) {
		dir := filepath.Join(bus, slot)
		if p.text(filepath.Join(dir, "vendor")) != "0x10de" || !strings.HasPrefix(p.text(filepath.Join(dir, "class")), "0x03") {
			continue // audio, USB and NVSwitches have other classes
		}
		text := p.text(filepath.Join(dir, "device"))
		id, err := strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 16)
		if err != nil {
			continue
		}
		arch := nvidiaArch(uint16(id))
		if arch == "" {
			p.note("the GPU in PCI slot " + slot + " (10de:" + strings.TrimPrefix(text, "0x") + ") is none that is known: say gpu: sm_NN for this system")
			continue
		}
		n.Devices = append(n.Devices, Device{Arch: arch, Name: p.nvidiaModel(slot), Count: 1})
	}
	n.Devices = gather(n.Devices)
}

// nvidiaModel is what the driver calls the GPU in a slot: "NVIDIA A100-SXM4-40GB".
func (p *probing) nvidiaModel(slot string) string {
	for line := range strings.Lines(p.text("/proc/driver/nvidia/gpus/" + slot + "/information")) {
		if key, value, ok := strings.Cut(line, ":"); ok && key == "Model" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// driverLibraryFiles are the driver's libraries that the machine has, by name.
func (p *probing) driverLibraryFiles() map[string]string {
	files := map[string]string{}
	for _, name := range driverLibraries {
		if path := p.library(name); path != "" {
			files[name] = path
		}
	}
	if len(files) == 0 {
		return nil
	}
	return files
}

// compat finds the forward-compatibility packages, the newest first: cuda-compat-12-8 installs /usr/local/cuda-12.8/compat.
func (p *probing) compat() []Compat {
	var found []Compat
	for _, root := range p.toolkitRoots() {
		dir := filepath.Join(root, "compat")
		for _, name := range p.list(dir) {
			if m := libcudaFile.FindStringSubmatch(name); m != nil {
				found = append(found, Compat{Dir: dir, Driver: m[1]})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Compat) int { return compareVersions(b.Driver, a.Driver) })
	return found
}
