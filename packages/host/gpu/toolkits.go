package gpu

import (
	"cmp"
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/spec"
)

// Toolkit is a CUDA toolkit or a ROCm tree.
type Toolkit struct {
	Kind    string `json:"kind"`    // "cuda", "rocm"
	Version string `json:"version"` // "12.4.1"
	Prefix  string `json:"prefix"`  // "/usr/local/cuda-12.4", without links
}

// The kinds of toolkit.
const (
	CUDA = "cuda"
	ROCm = "rocm"
)

var (
	// "Cuda compilation tools, release 12.4, V12.4.131"
	nvccVersion = regexp.MustCompile(`release \S+, V(\d+\.\d+\.\d+)`)
	// "CUDA Version 10.2.89", in version.txt of toolkits before 11.1
	oldVersion  = regexp.MustCompile(`^CUDA Version (\d+\.\d+(?:\.\d+)?)`)
	rocmVersion = regexp.MustCompile(`^(\d+\.\d+\.\d+)`) // of "6.0.2-115"
)

// toolkitRoots lists the directories in which a CUDA toolkit may stand: those that the user names, then those of installers, distributions and NVIDIA's HPC SDK.
func (p *probing) toolkitRoots() []string {
	var roots []string
	for _, name := range []string{"CUDA_HOME", "CUDA_PATH", "CUDA_ROOT", "CUDATOOLKIT_HOME", "CRAY_CUDATOOLKIT_DIR"} {
		roots = append(roots, p.Getenv(name))
	}
	if nvcc := p.find("nvcc", nil); nvcc != "" {
		roots = append(roots, filepath.Dir(filepath.Dir(nvcc)))
	}
	for _, pattern := range []string{"/usr/local/cuda*", "/opt/cuda*", "/opt/cuda/*", "/opt/nvidia/cuda*", "/opt/nvidia/hpc_sdk/*/*/cuda/*", "/usr/lib/cuda"} {
		roots = append(roots, host.Glob(p.System, pattern)...)
	}
	var real []string
	for _, root := range roots {
		if !filepath.IsAbs(root) {
			continue
		}
		if path, err := p.System.EvalSymlinks(filepath.Clean(root)); err == nil && p.isDir(path) && !slices.Contains(real, path) {
			real = append(real, path)
		}
	}
	return real
}

func (p *probing) rocmRoots() []string {
	var real []string
	for _, root := range append([]string{p.Getenv("ROCM_PATH"), p.Getenv("ROCM_HOME")}, host.Glob(p.System, "/opt/rocm*")...) {
		if path, err := p.System.EvalSymlinks(filepath.Clean(root)); filepath.IsAbs(root) && err == nil && p.isDir(path) && !slices.Contains(real, path) {
			real = append(real, path)
		}
	}
	return real
}

func (p *probing) toolkits() {
	for _, root := range p.toolkitRoots() {
		if version := p.cudaVersion(root); version != "" {
			p.report.Toolkits = append(p.report.Toolkits, Toolkit{CUDA, version, root})
		}
	}
	for _, root := range p.rocmRoots() {
		if m := rocmVersion.FindStringSubmatch(cmp.Or(p.text(filepath.Join(root, ".info/version")), p.text(filepath.Join(root, ".info/version-dev")))); m != nil {
			p.report.Toolkits = append(p.report.Toolkits, Toolkit{ROCm, m[1], root})
		}
	}
	slices.SortStableFunc(p.report.Toolkits, func(a, b Toolkit) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), compareVersions(b.Version, a.Version), cmp.Compare(a.Prefix, b.Prefix))
	})
}

// cudaVersion tells the version of the toolkit in a directory: by version.json, by the older version.txt, by its compiler. "" is none: a
// directory without a compiler is no toolkit.
func (p *probing) cudaVersion(root string) string {
	nvcc := filepath.Join(root, "bin/nvcc")
	if !p.isFile(nvcc) {
		return ""
	}
	var file map[string]struct{ Version string }
	if json.Unmarshal([]byte(p.text(filepath.Join(root, "version.json"))), &file) == nil && versionOnly.MatchString(file["cuda"].Version) {
		return file["cuda"].Version
	}
	if m := oldVersion.FindStringSubmatch(p.text(filepath.Join(root, "version.txt"))); m != nil {
		return m[1]
	}
	if out, ok := p.runPath(nvcc, "--version"); ok {
		if m := nvccVersion.FindStringSubmatch(out); m != nil {
			return m[1]
		}
	}
	return ""
}

// component is a package of Spack's that a ROCm tree holds, and the file that shows it.
type component struct{ pkg, below, file string }

// components are the packages that recipes depend on. Each stands in the tree's own prefix but for the compiler.
var components = []component{
	{"comgr", "", "lib/libamd_comgr.so"}, {"hip", "", "bin/hipcc"}, {"hipblas", "", "lib/libhipblas.so"}, {"hipcub", "", "include/hipcub/hipcub.hpp"},
	{"hipfft", "", "lib/libhipfft.so"}, {"hiprand", "", "lib/libhiprand.so"}, {"hipsolver", "", "lib/libhipsolver.so"}, {"hipsparse", "", "lib/libhipsparse.so"},
	{"hsa-rocr-dev", "", "lib/libhsa-runtime64.so"}, {"llvm-amdgpu", "llvm", "bin/clang"}, {"rccl", "", "lib/librccl.so"}, {"rocblas", "", "lib/librocblas.so"},
	{"rocfft", "", "lib/librocfft.so"}, {"rocminfo", "", "bin/rocminfo"}, {"rocprim", "", "include/rocprim/rocprim.hpp"}, {"rocrand", "", "lib/librocrand.so"},
	{"rocsolver", "", "lib/librocsolver.so"}, {"rocsparse", "", "lib/librocsparse.so"}, {"rocthrust", "", "include/thrust/version.h"},
}

// OfROCm tells whether a package is one that ROCm trees hold.
func OfROCm(pkg string) bool {
	return slices.ContainsFunc(components, func(c component) bool { return c.pkg == pkg })
}

// Externals are the packages that the toolkits on a machine hold, in packages.yaml's terms.
func Externals(sys host.System, toolkits []Toolkit) []packages.External {
	var list []packages.External
	add := func(pkg, version, prefix string, attributes map[string]string) {
		v, err := spec.ParseVersion(version)
		if err == nil {
			list = append(list, packages.External{Spec: &spec.Spec{Name: pkg, Versions: spec.Exactly(v)}, Prefix: prefix, Attributes: attributes})
		}
	}
	for _, t := range toolkits {
		if t.Kind == CUDA {
			add("cuda", t.Version, t.Prefix, map[string]string{"executable": filepath.Join(t.Prefix, "bin/nvcc")})
			continue
		}
		for _, c := range components {
			prefix := filepath.Join(t.Prefix, c.below)
			file := filepath.Join(prefix, c.file)
			if info, err := sys.Stat(file); err == nil && !info.Dir {
				add(c.pkg, t.Version, prefix, map[string]string{"file": file})
			}
		}
	}
	return list
}
