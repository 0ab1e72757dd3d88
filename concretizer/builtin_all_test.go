package concretizer

import (
	"context"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages/builtin"
)

// TestEveryBuiltinRecipeResolves: each can be had on a plain machine, with its defaults; what only a host can have, on a machine
// that has it. (A runtime comes with its compiler.)
func TestEveryBuiltinRecipeResolves(t *testing.T) {
	repo, err := builtin.Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range repo.Names() {
		recipe, err := repo.Recipe(context.Background(), name)
		if err != nil {
			t.Fatal(err)
		}
		host := debian
		if recipe.ExternalOnly != "" && len(recipe.Versions) > 0 && !strings.Contains(host, "\n"+name+":") {
			host += name + ": external " + name + "@=" + recipe.Versions[0].Version.String() + " prefix /opt/" + name + "\n"
		}
		if _, err := Concretize(context.Background(), request(t, repo, host, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestGPUsOfBuiltinRecipes: what is built for GPUs needs a toolkit that knows them, and what it is built on is for the same ones.
func TestGPUsOfBuiltinRecipes(t *testing.T) {
	repo, err := builtin.Open()
	if err != nil {
		t.Fatal(err)
	}
	const cuda12, cuda11 = "cuda: external cuda@=12.6.3 prefix /usr/local/cuda-12\n", "cuda: external cuda@=11.8.0 prefix /usr/local/cuda-11\n"
	const rocm = `
hip: external hip@=6.4.3+rocm prefix /opt/rocm
hsa-rocr-dev: external hsa-rocr-dev@=6.4.3 prefix /opt/rocm
llvm-amdgpu: external llvm-amdgpu@=6.4.3 prefix /opt/rocm/lib/llvm
rocsparse: external rocsparse@=6.4.3 prefix /opt/rocm
rocrand: external rocrand@=6.4.3 prefix /opt/rocm
rocthrust: external rocthrust@=6.4.3 prefix /opt/rocm
rocprim: external rocprim@=6.4.3 prefix /opt/rocm
`
	for _, c := range []struct{ host, specs, want string }{
		{cuda12, "hypre+cuda cuda_arch=90", "cuda@12.6.3"},
		{cuda12, "lammps+kokkos+cuda cuda_arch=90", "build_type=Release~cmake_lang+complex_align+cuda cuda_arch=90"}, // of kokkos
		{rocm, "hypre+rocm amdgpu_target=gfx90a", "rocsparse@6.4.3"},
	} {
		text := describe(mustSolve(t, request(t, repo, debian+c.host, c.specs)))
		if !strings.Contains(text, c.want) {
			t.Errorf("%s: no %s in\n%s", c.specs, c.want, text)
		}
	}
	for _, c := range []struct{ host, specs, want string }{
		{cuda11, "hypre+cuda cuda_arch=90", "cuda_arch=90"},     // which CUDA 12 is the first to know
		{cuda11, "hypre+cuda cuda_arch=80", "gcc"},              // GCC 12 is too new for it
		{cuda12, "hypre+rocm amdgpu_target=gfx90a", "external"}, // a machine without ROCm
		{rocm, "hypre+rocm", "amdgpu_target"},
	} {
		_, err := Concretize(context.Background(), request(t, repo, debian+c.host, c.specs))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, which says nothing of %s", c.specs, err, c.want)
		}
	}
}
