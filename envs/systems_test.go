package envs

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/packages/host/gpu"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// node is a package of that version; in a prefix if it is the host's.
func node(t *testing.T, name, version, prefix string) *dag.Node {
	t.Helper()
	a := dag.Attrs{Name: name, Namespace: "builtin", Version: spec.MustVersion(version), Platform: "linux", OS: "debian12", Target: "x86_64"}
	if prefix != "" {
		a.External = &dag.External{Prefix: prefix}
	}
	n, err := dag.New(a, nil)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDriverLinks(t *testing.T) {
	facts := gpu.Facts{NVIDIA: &gpu.NVIDIA{
		Driver: "535.161.08", Devices: []gpu.Device{{Arch: "sm_90", Name: "NVIDIA H100", Count: 1}},
		Libraries: map[string]string{"libcuda.so.1": "/usr/lib64/libcuda.so.1", "libnvidia-ml.so.1": "/usr/lib64/libnvidia-ml.so.1"},
		Compat:    []gpu.Compat{{Dir: "/usr/local/cuda-13.0/compat", Driver: "580.65.06"}},
	}}
	plain := node(t, "zlib", "1.3", "")
	cudaNode := func(version string) *dag.Node { return node(t, "cuda", version, "/opt/cuda") }
	for _, c := range []struct {
		name  string
		nodes []*dag.Node
		facts gpu.Facts
		op    packages.EnvOp
		links map[string]string // nil: no directory
	}{
		{"no GPU package", []*dag.Node{plain}, facts, 0, nil},
		{"no driver known", []*dag.Node{cudaNode("12.4.1")}, gpu.Facts{}, 0, nil},
		{"a toolkit that the driver runs", []*dag.Node{plain, cudaNode("12.4.1")}, facts, packages.EnvAppend,
			map[string]string{"libcuda.so.1": "/usr/lib64/libcuda.so.1", "libnvidia-ml.so.1": "/usr/lib64/libnvidia-ml.so.1"}},
		{"one that needs forward compatibility", []*dag.Node{cudaNode("13.0.2")}, facts, packages.EnvPrepend, map[string]string{
			"libcuda.so.1": "/usr/local/cuda-13.0/compat/libcuda.so.1", "libcudadebugger.so.1": "/usr/local/cuda-13.0/compat/libcudadebugger.so.1",
			"libnvidia-nvvm.so.4": "/usr/local/cuda-13.0/compat/libnvidia-nvvm.so.4", "libnvidia-ptxjitcompiler.so.1": "/usr/local/cuda-13.0/compat/libnvidia-ptxjitcompiler.so.1",
			"libnvidia-ml.so.1": "/usr/lib64/libnvidia-ml.so.1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			below := t.TempDir()
			mods, err := driverMods(c.nodes, c.facts, below)
			if err != nil {
				t.Fatal(err)
			}
			again, err := driverMods(c.nodes, c.facts, below)
			if err != nil || !cmp.Equal(mods, again) {
				t.Errorf("the second time: %v, %v", again, err)
			}
			if c.links == nil {
				if len(mods) > 0 {
					t.Errorf("got %v", mods)
				}
				return
			}
			if len(mods) != 1 || mods[0].Op != c.op || mods[0].Name != "LD_LIBRARY_PATH" {
				t.Fatalf("got %v", mods)
			}
			got := map[string]string{}
			entries, err := os.ReadDir(mods[0].Value)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if got[e.Name()], err = os.Readlink(filepath.Join(mods[0].Value, e.Name())); err != nil {
					t.Error(err)
				}
			}
			if diff := cmp.Diff(c.links, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := linkDirectory(filepath.Join(t.TempDir(), "x"), map[string]string{"../escape": "/etc"}); err == nil {
		t.Error("a link outside of the directory was made")
	}
}

// TestSheet writes a sheet and reads it again.
func TestSheet(t *testing.T) {
	s := &Sheet{
		SystemFacts: SystemFacts{
			Facts: host.Facts{Platform: "linux", OS: "sles15", Target: "zen3", Libc: host.Libc{Name: "glibc", Version: "2.31", Loader: "/lib64/ld-linux-x86-64.so.2"}},
			GPU: gpu.Facts{
				NVIDIA: &gpu.NVIDIA{Driver: "550.54.15", CUDA: "12.10", Devices: []gpu.Device{{Arch: "sm_80", Name: "NVIDIA A100: 40 GB", Count: 4}},
					Libraries: map[string]string{"libcuda.so.1": "/usr/lib64/libcuda.so.1"}, Compat: []gpu.Compat{{Dir: "/c", Driver: "580.65.06"}}},
				AMD: &gpu.AMD{Devices: []gpu.Device{{Arch: "gfx90a", Count: 2}}},
			},
		},
		Host: "nid000001", Probe: `srun -p "gpu"`,
	}
	x := packages.External{Spec: spec.MustParse("cuda@=12.4"), Prefix: "/opt/cuda", Attributes: map[string]string{"executable": "/opt/cuda/bin/nvcc"}}
	text, err := s.Text("gpu", []packages.External{x})
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseSheet("systems/gpu.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.SystemFacts, got.SystemFacts); diff != "" {
		t.Error(diff)
	}
	if got.Host != s.Host || got.Probe != s.Probe || got.Packages == nil || got.Packages.Names()[0] != "cuda" {
		t.Errorf("got %+v of\n%s", got, text)
	}
	if err := (&Environment{Dir: t.TempDir()}).WriteSheet("../x", s, nil); err == nil {
		t.Error("a sheet was written outside of the directory")
	}
}

func FuzzSheet(f *testing.F) {
	f.Add("berth-system: 1\nplatform: linux\nos: debian12\ntarget: zen3\nnvidia: {driver: 550.54, gpus: [{arch: sm_80}], libraries: {a: /b}, compat: [{dir: /c, driver: 1.2}]}\n")
	f.Add("berth-system: 1\nplatform: linux\nos: x\ntarget: x86_64\namd: {gpus: [{arch: gfx90a, count: 2}]}\npackages: {zlib: {externals: [{spec: zlib@1, prefix: /z}]}}\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSheet("systems/x.yaml", []byte(text))
		if err != nil {
			if !strings.Contains(err.Error(), "systems/x.yaml") {
				t.Errorf("an error without its file: %v", err)
			}
			return
		}
		again, err := s.Text("x", nil)
		if err != nil {
			t.Fatalf("it reads but cannot be written: %v", err)
		}
		if read, err := ParseSheet("systems/x.yaml", again); err != nil || !reflect.DeepEqual(read.SystemFacts, s.SystemFacts) || read.Host != s.Host || read.Probe != s.Probe {
			t.Errorf("%+v became %+v: %v", s, read, err)
		}
	})
}

// TestSystemGaps holds what is said to be missing of systems that this machine is none of, or of which nobody knows the GPUs.
func TestSystemGaps(t *testing.T) {
	a100 := gpu.Facts{NVIDIA: &gpu.NVIDIA{Driver: "535.161.08", Devices: []gpu.Device{{Arch: "sm_80", Count: 1}}}}
	for _, c := range []struct {
		name, manifest string
		sheets         map[string]string
		now            gpu.Facts
		want           string
	}{
		{"one machine", "specs: [zlib]", nil, gpu.Facts{}, ""},
		{"one machine, for GPUs", "specs: [petsc +cuda]", nil, gpu.Facts{}, "default: the architecture of its GPUs, the version of NVIDIA's driver for petsc+cuda (env.yaml:2)"},
		{"one machine, with its GPU", "specs: [petsc +cuda]", nil, a100, ""},
		{"one machine, the GPU said in the spec", "specs: [petsc +cuda cuda_arch=80]", nil, gpu.Facts{}, "default: the version of NVIDIA's driver for petsc+cuda cuda_arch=80 (env.yaml:2)"},
		{"below the root", "specs: [petsc ^hypre+rocm]", nil, a100, "default: the architecture of its GPUs for petsc ^hypre+rocm (env.yaml:2)"},
		{"turned off", "specs: [petsc ~cuda]", nil, gpu.Facts{}, ""},
		{"machines elsewhere", "specs: [zlib]\nsystems: {cpu: {}, gpu: {specs: [petsc +cuda]}}", map[string]string{"cpu": ""}, a100,
			"gpu unknown: the architecture of its GPUs, the version of NVIDIA's driver for petsc+cuda (env.yaml:3)"},
		{"declared", "systems: {cpu: {}, gpu: {gpu: sm_80, driver: 550.54, specs: [petsc +cuda]}}", map[string]string{"cpu": "", "gpu": ""}, gpu.Facts{}, ""},
		{"the sheet of a login node", "systems: {cpu: {}, gpu: {specs: [petsc +cuda]}}", map[string]string{"cpu": "", "gpu": ""}, a100,
			"gpu: the architecture of its GPUs, the version of NVIDIA's driver for petsc+cuda (env.yaml:2)"},
		{"the sheet of a compute node", "systems: {cpu: {}, gpu: {specs: [petsc +cuda]}}", map[string]string{"cpu": "", "gpu": "nvidia: {driver: 550.54, gpus: [{arch: sm_80}]}\n"}, gpu.Facts{}, ""},
	} {
		dir := t.TempDir()
		must(t, os.MkdirAll(filepath.Join(dir, SheetDir), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, ManifestName), []byte("berth: 1\n"+c.manifest+"\n"), 0o644))
		for name, more := range c.sheets {
			must(t, os.WriteFile(filepath.Join(dir, SheetDir, name+".yaml"), []byte("berth-system: 1\nplatform: linux\nos: sles15\ntarget: zen3\n"+more), 0o644))
		}
		e, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		gaps, err := e.SystemGaps(SystemFacts{GPU: c.now})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, g := range gaps {
			text := g.System
			if g.Unknown {
				text += " unknown"
			}
			got = append(got, text+": "+strings.Join(g.Lacks, ", ")+" for "+g.Wants)
		}
		if text := strings.ReplaceAll(strings.Join(got, "; "), dir+"/", ""); text != c.want {
			t.Errorf("%s: got %q, want %q", c.name, text, c.want)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
