package concretizer

import (
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
)

// gpuStack: a solver that links a portability layer, which links a library; none of them passes its architecture on.
const gpuStack = `
solver: versions 1; variant cuda default false; variant cuda_arch default none sets none 70,80,90 sticky when +cuda; depends layer+cuda when +cuda; depends layer when ~cuda; conflicts cuda_arch=none because say which when +cuda
layer: versions 1; variant cuda default false; variant cuda_arch default none sets none 70,80,90 sticky when +cuda; depends kernels; depends cuda when +cuda; depends cuda@12: when cuda_arch=90
kernels: versions 1; variant cuda default true; variant cuda_arch default none sets none 70,80 sticky when +cuda
plotter: versions 1; variant cuda_arch default none sets none 70,80; variant rocm default false; variant amdgpu_target default none sets none gfx90a,gfx942 sticky when +rocm
cuda: versions 12 11
viewer: versions 1; variant cuda default true when @2; variant cuda_arch default none sets none 70,80; depends kernels+cuda cuda_arch=70
`

func TestGPUs(t *testing.T) {
	gpus := func(names ...string) (list []GPU) {
		for _, name := range names {
			g, err := ParseGPU(name)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, g)
		}
		return list
	}
	for _, tc := range []struct {
		name, specs string
		gpus        []GPU
		want        string // of the nodes that have such a variant, sorted
	}{
		{"no GPU", "kernels", nil, "kernels=none"},
		{"the environment's", "solver+cuda", gpus("sm_80"), "kernels=80 layer=80 solver=80"},
		{"the switch is not there", "viewer", gpus("sm_70"), "kernels=70 viewer=none"},
		{"two kinds of GPU", "solver+cuda", gpus("sm_80", "sm_70"), "kernels=70,80 layer=70,80 solver=70,80"},
		{"one that a package does not know", "solver+cuda", gpus("sm_90"), "kernels=none layer=90 solver=90"},
		{"a spec says otherwise, and what it links to follows", "solver+cuda cuda_arch=70", gpus("sm_80"), "kernels=70 layer=70 solver=70"},
		{"a spec says so of a dependency", "solver+cuda ^kernels cuda_arch=70", gpus("sm_80"), "kernels=70 layer=80 solver=80"},
		{"no environment's GPU, but a spec's", "solver+cuda cuda_arch=80", nil, "kernels=80 layer=80 solver=80"},
		{"AMD's", "plotter+rocm", gpus("gfx90a"), "plotter=gfx90a plotter=none+rocm"},
		{"not built for GPUs", "plotter", gpus("sm_80", "gfx90a"), "plotter=none~rocm"},
	} {
		r := request(t, mini.Parse(gpuStack), "", tc.specs)
		r.GPUs = tc.gpus
		s := mustSolve(t, r)
		var got []string
		for _, line := range strings.Split(describe(s), "\n") {
			name, _, _ := strings.Cut(line, "@")
			for _, word := range strings.Fields(line) {
				for _, g := range gpuVariants {
					if v, ok := strings.CutPrefix(word, g.name+"="); ok {
						got = append(got, name+"="+v)
					}
				}
			}
		}
		slices.SortStableFunc(got, func(a, b string) int { return strings.Compare(a[:strings.Index(a, "=")], b[:strings.Index(b, "=")]) })
		slices.Sort(got)
		want := strings.Fields(tc.want)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %s, want %s\n%s", tc.name, got, tc.want, describe(s))
		}
	}
}

func TestParseGPU(t *testing.T) {
	for text, want := range map[string]GPU{
		"sm_80": {"cuda_arch", "80"}, "sm_90a": {"cuda_arch", "90a"}, "gfx90a": {"amdgpu_target", "gfx90a"}, "gfx90a:xnack+": {"amdgpu_target", "gfx90a:xnack+"},
	} {
		if got, err := ParseGPU(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "80", "sm80", "sm_", "gfx", "gfx90a:", "a100", "sm_80 "} {
		if got, err := ParseGPU(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
