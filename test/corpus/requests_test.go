package corpus

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
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
	r, err := makeRequest(specs...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func makeRequest(specs ...string) (concretizer.Request, error) {
	repo, err := Open()
	if err != nil {
		return concretizer.Request{}, err
	}
	c, err := Config()
	if err != nil {
		return concretizer.Request{}, err
	}
	r := concretizer.Request{Repo: repo, Config: c, Platform: "linux", OS: "debian12", Target: spec.MustParse("target=zen3").Target}
	for i, text := range specs {
		r.Roots = append(r.Roots, concretizer.Root{Spec: spec.MustParse(text), Place: packages.Place{File: "env.yaml", Line: i + 3}})
	}
	return r, nil
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

// TestRequests: each request has an answer that the concretizer's checker accepts, and always the same one, byte for byte: asked again, by another number of
// processors, and in whatever order.
func TestRequests(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, specs := range requests {
		t.Run(title(specs), func(t *testing.T) {
			runtime.GOMAXPROCS(1)
			first, err := concretizer.Concretize(context.Background(), request(t, specs...))
			if err != nil {
				t.Fatal(err)
			}
			runtime.GOMAXPROCS(16)
			for _, order := range orders(specs) {
				again, err := concretizer.Concretize(context.Background(), request(t, order...))
				if err != nil {
					t.Fatalf("asked again, in the order %q: %v", order, err)
				}
				if a, b := answer(first), answer(again); a != b {
					t.Errorf("asked twice, the second time in the order %q, the answers are\n%s\nand\n%s", order, a, b)
				}
				if a, b := costs(first), costs(again); a != b {
					t.Errorf("asked twice, the second time in the order %q, the answers cost %s and %s", order, a, b)
				}
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

// orders are ways to ask for the same: one spec again, several backwards and shuffled.
func orders(specs []string) [][]string {
	backwards := slices.Clone(specs)
	slices.Reverse(backwards)
	out := [][]string{backwards}
	if len(specs) > 1 {
		rng := rand.New(rand.NewPCG(1, 1))
		for range 3 {
			mixed := slices.Clone(specs)
			rng.Shuffle(len(mixed), func(i, k int) { mixed[i], mixed[k] = mixed[k], mixed[i] })
			out = append(out, mixed)
		}
	}
	return out
}

// TestImpossible: requests of full size without an answer end in an explanation that names the reason.
func TestImpossible(t *testing.T) {
	for _, tc := range []struct {
		specs []string
		says  []string
	}{
		{[]string{"zlib ^openmpi"}, []string{"nothing here needs openmpi"}},
		{[]string{"trilinos@16:+kokkos ^openblas+ilp64 ^kokkos@3"}, []string{"trilinos needs kokkos@=5.1.1", "^kokkos@3 is asked for"}},
		{[]string{"py-numpy@1.26 ^python@3.13"}, []string{"py-numpy needs python@3.9:3.12", "^python@3.13 is asked for"}},
		{[]string{"kokkos+cuda cuda_arch=90 ^cuda@11.0"}, []string{"kokkos needs cuda@12.0:, when cuda_arch=90"}},
	} {
		_, err := concretizer.Concretize(context.Background(), request(t, tc.specs...))
		var conflict *concretizer.Conflict
		if !errors.As(err, &conflict) {
			t.Errorf("%s: error %v", tc.specs, err)
			continue
		}
		for _, says := range tc.says {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%s: no %q in\n%v", tc.specs, says, err)
			}
		}
	}
}

// TestUnexpectedAnswer: `trilinos ^openblas+ilp64 ^kokkos@3` looks impossible, as every Trilinos from 14.4 on pins a later Kokkos. It is not: without
// its own Kokkos, Trilinos can have ADIOS2, which takes Kokkos 3.
func TestUnexpectedAnswer(t *testing.T) {
	s, err := concretizer.Concretize(context.Background(), request(t, "trilinos ^openblas+ilp64 ^kokkos@3"))
	if err != nil {
		t.Fatal(err)
	}
	adios, ok := s.Roots[0].Dep("adios2")
	if !ok {
		t.Fatalf("%s does not depend on ADIOS2", s.Roots[0])
	}
	kokkos, ok := adios.Dep("kokkos")
	if !ok || !kokkos.Satisfies(spec.MustParse("kokkos@3")) {
		t.Errorf("%s depends on %s", adios, kokkos)
	}
	if _, direct := s.Roots[0].Dep("kokkos"); direct || !s.Roots[0].Satisfies(spec.MustParse("trilinos~kokkos")) {
		t.Errorf("%s depends on Kokkos itself", s.Roots[0])
	}
}
