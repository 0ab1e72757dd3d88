package corpus

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// requests are what people of the field ask for; each line is one environment.
var requests = [][]string{
	{"zlib"}, {"hdf5"}, {"hdf5+mpi ^mpich"}, {"cmake"}, {"python"}, {"py-numpy"}, {"openmpi"}, {"petsc"}, {"petsc+cuda cuda_arch=80"},
	{"trilinos"}, {"hypre"}, {"gromacs"}, {"gromacs+mpi+cuda cuda_arch=80"}, {"lammps"}, {"kokkos+cuda cuda_arch=90 +openmp"}, {"py-torch"},
	{"py-torch+cuda cuda_arch=80"}, {"paraview"}, {"visit"}, {"warpx"}, {"amrex"}, {"root"}, {"llvm"}, {"gcc"}, {"mfem"}, {"dealii"},
	{"quantum-espresso"}, {"cp2k"}, {"wrf"}, {"py-jupyterlab"}, {"r-seurat"},
	{"hdf5+mpi", "petsc", "trilinos", "py-h5py+mpi", "py-mpi4py", "netcdf-c", "netcdf-fortran", "hypre", "openmpi"},
}

// request is a request for the corpus's host.
func request(t testing.TB, specs ...string) concretizer.Request {
	t.Helper()
	c, err := Config()
	if err != nil {
		t.Fatal(err)
	}
	r := concretizer.Request{Repo: open(t), Config: c, Platform: "linux", OS: "debian12", Target: spec.MustParse("target=zen3").Target}
	for i, text := range specs {
		r.Roots = append(r.Roots, concretizer.Root{Spec: spec.MustParse(text), Place: packages.Place{File: "env.yaml", Line: i + 3}})
	}
	return r
}

// answer is all of a solution in a form to compare: every node with its hash, in order.
func answer(s *concretizer.Solution) string {
	var out []string
	for _, n := range dag.Topological(s.Roots...) {
		out = append(out, n.Hash()+" "+n.String())
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func costs(s *concretizer.Solution) string {
	var out []string
	for _, c := range s.Costs {
		if c.Cost != 0 {
			out = append(out, fmt.Sprintf("%s=%d", c.Level, c.Cost))
		}
	}
	return strings.Join(out, " ")
}

func title(specs []string) string {
	if len(specs) > 1 {
		return fmt.Sprintf("environment of %d", len(specs))
	}
	return specs[0]
}

// TestRequests: each request has an answer that the concretizer's checker accepts, and always the same one.
func TestRequests(t *testing.T) {
	for _, specs := range requests {
		t.Run(title(specs), func(t *testing.T) {
			first, err := concretizer.Concretize(context.Background(), request(t, specs...))
			if err != nil {
				t.Fatal(err)
			}
			reversed := slices.Clone(specs)
			slices.Reverse(reversed)
			second, err := concretizer.Concretize(context.Background(), request(t, reversed...))
			if err != nil {
				t.Fatalf("asked again: %v", err)
			}
			if a, b := answer(first), answer(second); a != b {
				t.Errorf("asked twice, the answers are\n%s\nand\n%s", a, b)
			}
			for i, n := range first.Roots {
				if !n.Satisfies(spec.MustParse(specs[i])) {
					t.Errorf("root %d is %s, not %s", i, n, specs[i])
				}
			}
			t.Logf("%d nodes; %s; %+v", len(dag.Topological(first.Roots...)), costs(first), first.Stats)
		})
	}
}
