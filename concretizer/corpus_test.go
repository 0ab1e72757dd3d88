package concretizer

import (
	"context"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/concretizer/internal/corpus"
)

var corpusRoots = flag.Int("corpus-roots", 0, "how many recipes of the corpus to resolve as roots; -1 is all")

// requests are those by which speed is measured.
var requests = []string{
	"zlib", "hdf5", "hdf5+mpi ^mpich", "cmake", "python", "py-numpy", "openmpi", "petsc", "petsc+cuda cuda_arch=80", "trilinos", "hypre",
	"gromacs", "gromacs+mpi+cuda cuda_arch=80", "lammps", "kokkos+cuda cuda_arch=90 +openmp", "py-torch", "py-torch+cuda cuda_arch=80", "paraview",
	"visit", "warpx", "amrex", "root", "llvm", "gcc", "mfem", "dealii", "quantum-espresso", "cp2k", "wrf", "py-jupyterlab", "r-seurat",
}

const corpusHost = `
gcc: external gcc@=12.2.0 languages=c,c++,fortran prefix /usr
`

func openCorpus(t testing.TB) *corpus.Repo {
	repo, err := corpus.Open()
	if errors.Is(err, corpus.ErrAbsent) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	return repo
}

// TestCorpus resolves well-known requests; the checker judges every answer.
func TestCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("needs the recipe corpus in memory")
	}
	repo := openCorpus(t)
	list := requests
	if only := os.Getenv("BERTH_REQUEST"); only != "" {
		list = []string{only}
	}
	for _, specs := range list {
		begin := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		s, err := Concretize(ctx, request(t, repo, corpusHost, specs))
		cancel()
		if err != nil {
			t.Errorf("%s: after %v: %v", specs, time.Since(begin), err)
			continue
		}
		t.Logf("%-35s %4d nodes of %4d, %6d variables %7d clauses %4d expansions, encode %v solve %v check %v: %s", specs, len(strings.Split(describe(s), "\n")), s.Stats.Packages,
			s.Stats.Variables, s.Stats.Clauses, s.Stats.Expansions, s.Stats.Encode.Round(time.Millisecond), s.Stats.Solve.Round(time.Millisecond), s.Stats.Check.Round(time.Millisecond), costs(s))
		if len(list) == 1 {
			t.Logf("\n%s", describe(s))
		}
	}
}

// TestCorpusRoots resolves many recipes, each as a root: every one ends in an answer that the checker accepts or in an explanation.
func TestCorpusRoots(t *testing.T) {
	if *corpusRoots == 0 {
		t.Skip("use -corpus-roots")
	}
	repo := openCorpus(t)
	names := slices.Clone(repo.Names())
	if n := *corpusRoots; n > 0 && n < len(names) {
		step := len(names) / n
		for i := range n {
			names[i] = names[i*step]
		}
		names = names[:n]
	}
	var worst time.Duration
	unsat := 0
	for _, name := range names {
		begin := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		_, err := Concretize(ctx, request(t, repo, corpusHost, name))
		cancel()
		took := time.Since(begin)
		if took > worst {
			worst = took
			t.Logf("%s: %v", name, took)
		}
		var conflict *Conflict
		switch {
		case errors.As(err, &conflict):
			unsat++
			t.Logf("%s: %v", name, err)
		case err != nil:
			t.Errorf("%s: after %v: %v", name, took, err)
		}
	}
	t.Logf("%d roots, %d without an answer, at worst %v", len(names), unsat, worst)
}
