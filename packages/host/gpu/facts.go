package gpu

import (
	"slices"
	"strings"
)

// Facts is what a machine has for computing on GPUs. The zero value is a machine without any.
type Facts struct {
	NVIDIA *NVIDIA `json:"nvidia,omitempty" yaml:"nvidia,omitempty"`
	AMD    *AMD    `json:"amd,omitempty" yaml:"amd,omitempty"`
}

// NVIDIA is a machine's driver and GPUs of NVIDIA.
type NVIDIA struct {
	Driver string `json:"driver,omitempty" yaml:"driver,omitempty"` // "550.54.15"; "" where there are GPUs but no driver
	// CUDA is the newest version that the driver itself speaks: "12.4".
	CUDA    string   `json:"cuda,omitempty" yaml:"cuda,omitempty"`
	Devices []Device `json:"gpus,omitempty" yaml:"gpus,omitempty"`
	// Libraries are those that belong to the driver and not to any toolkit, by the name that programs ask for: "libcuda.so.1" ->
	// "/usr/lib64/libcuda.so.1". Toolkits only have stubs of them.
	Libraries map[string]string `json:"libraries,omitempty" yaml:"libraries,omitempty"`
	// Compat are the forward-compatibility packages on disk, the newest first: libcuda of a newer driver for an older kernel module.
	Compat []Compat `json:"compat,omitempty" yaml:"compat,omitempty"`
}

// AMD is a machine's driver and GPUs of AMD.
type AMD struct {
	Driver  string   `json:"driver,omitempty" yaml:"driver,omitempty"` // "6.7.0", of the module amdgpu; the kernel's own has no version
	Devices []Device `json:"gpus,omitempty" yaml:"gpus,omitempty"`
}

// Device is one kind of GPU.
type Device struct {
	Arch  string `json:"arch" yaml:"arch"`                     // "sm_80", "gfx90a"
	Name  string `json:"name,omitempty" yaml:"name,omitempty"` // "NVIDIA A100-SXM4-40GB"
	Count int    `json:"count" yaml:"count"`
}

// Compat is a directory with NVIDIA's forward-compatibility libraries.
type Compat struct {
	Dir    string `json:"dir" yaml:"dir"`       // "/usr/local/cuda-12.8/compat"
	Driver string `json:"driver" yaml:"driver"` // that its libcuda belongs to: "570.86.10"
}

// Archs lists the architectures of all GPUs, each once, as their makers call them and as env.yaml's gpu takes them: "sm_80", "gfx90a".
func (f Facts) Archs() []string {
	var archs []string
	for _, d := range f.devices() {
		archs = append(archs, d.Arch)
	}
	slices.Sort(archs)
	return slices.Compact(archs)
}

// IsZero tells that there is neither a GPU nor a driver.
func (f Facts) IsZero() bool { return f.NVIDIA == nil && f.AMD == nil }

// String is the GPUs in one line: "4 NVIDIA A100-SXM4-40GB (sm_80), driver 550.54.15 (CUDA 12.4)".
func (f Facts) String() string {
	var parts []string
	add := func(devices []Device, driver string) {
		for _, d := range devices {
			parts = append(parts, d.String())
		}
		if driver != "" {
			parts = append(parts, driver)
		}
	}
	if n := f.NVIDIA; n != nil {
		driver := ""
		if n.Driver != "" {
			driver = "driver " + n.Driver
			if n.CUDA != "" {
				driver += " (CUDA " + n.CUDA + ")"
			}
		}
		add(n.Devices, driver)
	}
	if a := f.AMD; a != nil {
		driver := ""
		if a.Driver != "" {
			driver = "driver " + a.Driver
		}
		add(a.Devices, driver)
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func (d Device) String() string {
	name := d.Name
	if name == "" {
		name = "GPU"
	}
	return counted(d.Count, name) + " (" + d.Arch + ")"
}

func (f Facts) devices() []Device {
	var all []Device
	if f.NVIDIA != nil {
		all = append(all, f.NVIDIA.Devices...)
	}
	if f.AMD != nil {
		all = append(all, f.AMD.Devices...)
	}
	return all
}
