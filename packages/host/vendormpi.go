package host

import (
	"context"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/spec"
)

// The vendors' MPIs are relatives of Open MPI and MPICH: their mpi.h often says no more than that, and where they stand, or their launcher,
// tells the rest.

// hydra is the launcher of MPICH and its relatives, each with a version of its own.
var hydra = regexp.MustCompile(`(?s)(?:HYDRA build details|MVAPICH|Intel\(R\) MPI Library).*?[Vv]ersion:?\s+([0-9][0-9A-Za-z.]*)`)

func noVariants(context.Context, *search, *mpi) []spec.Variant { return nil }

// vendorFlavours are the rest of mpiFlavours.
var vendorFlavours = map[string]mpiFlavour{
	"cray-mpich": {
		pkg: "cray-mpich", launchers: []string{"mpiexec*", "mpirun*"}, banner: hydra, anyBanner: true,
		foreign: regexp.MustCompile(`^(?:mpi_.*|open-rte|open-pal)$`), variants: noVariants,
	},
	"intel-oneapi-mpi": {
		pkg: "intel-oneapi-mpi", launchers: []string{"mpiexec.hydra", "mpirun"}, banner: hydra, anyBanner: true,
		foreign: regexp.MustCompile(`^(?:mpi_.*|open-rte|open-pal)$`), variants: noVariants,
	},
	"mvapich": {
		pkg: "mvapich", launchers: []string{"mpiexec.hydra", "mpiexec*", "mpirun*"}, banner: hydra, anyBanner: true,
		foreign: regexp.MustCompile(`^(?:mpi_.*|open-rte|open-pal)$`), variants: noVariants,
	},
	"mvapich2": {
		pkg: "mvapich2", launchers: []string{"mpiexec.hydra", "mpiexec*", "mpirun*", "mpirun_rsh"}, banner: hydra, anyBanner: true,
		foreign: regexp.MustCompile(`^(?:mpi_.*|open-rte|open-pal)$`), variants: noVariants,
	},
	"spectrum-mpi": {
		pkg: "spectrum-mpi", launchers: []string{"mpirun*", "mpiexec*"}, banner: spectrumBanner,
		foreign: regexp.MustCompile(`^(?:mpich|mpichcxx|mpichfort)$`), variants: noVariants,
	},
}

var (
	spectrumBanner = regexp.MustCompile(`\(IBM Spectrum MPI\) ([0-9][0-9.]*)`)
	crayTree       = regexp.MustCompile(`/cray/(?:pe/)?mpich/([0-9][0-9.]*)/`)
	intelTree      = regexp.MustCompile(`/mpi/(20[0-9]{2}\.[0-9.]+)/`)
)

// vendor tells whose an MPI really is that its mpi.h calls by the name of what it derives from.
func (s *search) vendor(ctx context.Context, m *mpi, pkg, version string) (string, string) {
	switch pkg {
	case "mpich", "cray-mpich":
		if tree := crayTree.FindStringSubmatch(m.program.last); tree != nil {
			return "cray-mpich", tree[1]
		}
	case "intel-oneapi-mpi":
		if tree := intelTree.FindStringSubmatch(m.program.last); tree != nil && !startsWithNumber.MatchString(version) {
			return pkg, tree[1]
		}
	case "openmpi":
		if !strings.Contains(m.program.last, "spectrum") {
			return pkg, version // the launcher is asked later, and once
		}
		path := filepath.Join(m.program.home, "mpirun"+m.suffix)
		if info, err := s.sys.Stat(path); err != nil || !info.Exec {
			return pkg, version
		}
		if r, err := s.ask(ctx, path, "--version"); err == nil {
			if banner := spectrumBanner.FindStringSubmatch(r.Both()); banner != nil {
				return "spectrum-mpi", banner[1]
			}
		}
	}
	return pkg, version
}

// abiOf is the family of MPIs whose libraries may stand in for each other at run time: the MPICH ABI initiative, or Open MPI.
func abiOf(pkg string) string {
	switch pkg {
	case "openmpi", "spectrum-mpi":
		return "openmpi"
	}
	return "mpich"
}

// mpiFacts are what else is told of an MPI, by attribute: which modules its Fortran has, which GPUs' memory it takes, how it is wired up.
func (s *search) mpiFacts(ctx context.Context, m *mpi) map[string]string {
	facts := map[string]string{"abi": abiOf(m.flavour.pkg)}
	if m.wrappers[Fortran] != "" {
		modules := []string{"mpi"} // which was proven
		if s.prove(ctx, m.wrappers[Fortran], probe{"probe.f90", "program probe\n  use mpi_f08\n  implicit none\n  call MPI_Init()\n  call MPI_Finalize()\nend program\n"}) == nil {
			modules = append(modules, "mpi_f08")
		}
		facts["fortran_modules"] = strings.Join(modules, " ")
	}
	var gpus, pmi []string
	switch m.flavour.pkg {
	case "openmpi", "spectrum-mpi":
		gpus, pmi = s.openmpiFacts(ctx, m)
	case "cray-mpich":
		pmi = []string{"cray"}
		gpus = s.gtlLibraries(m)
	case "intel-oneapi-mpi":
		pmi = []string{"pmi2"}
	default:
		gpus, pmi = s.mpichFacts(ctx, m)
	}
	if len(gpus) > 0 {
		facts["gpu"] = strings.Join(gpus, " ")
	}
	if len(pmi) > 0 {
		facts["pmi"] = strings.Join(pmi, " ")
	}
	return facts
}

var (
	ompiCUDA = regexp.MustCompile(`(?m)^mca:mpi:base:param:mpi_built_with_cuda_support:value:true$`)
	ompiROCm = regexp.MustCompile(`(?m)^mca:accelerator:rocm:`)
	ompiPMIx = regexp.MustCompile(`(?m)^mca:pmix:([a-z0-9]+):version`)
)

// openmpiFacts asks ompi_info, if it is installed.
func (s *search) openmpiFacts(ctx context.Context, m *mpi) (gpus, pmi []string) {
	said := s.tellIfThere(ctx, m, []string{"ompi_info"}, "--all", "--parsable")
	if ompiCUDA.MatchString(said) {
		gpus = append(gpus, "cuda")
	}
	if ompiROCm.MatchString(said) {
		gpus = append(gpus, "rocm")
	}
	for _, found := range ompiPMIx.FindAllStringSubmatch(said, -1) {
		name := "pmix"
		if strings.HasPrefix(found[1], "s") {
			name = "pmi2" // s1 and s2 are Slurm's own
		}
		if !slices.Contains(pmi, name) {
			pmi = append(pmi, name)
		}
	}
	slices.Sort(pmi)
	return gpus, pmi
}

// mpichFacts reads with what MPICH or a relative was configured, if one of its programs tells.
func (s *search) mpichFacts(ctx context.Context, m *mpi) (gpus, pmi []string) {
	said := s.tellIfThere(ctx, m, []string{"mpichversion"})
	if said == "" {
		said = s.tellIfThere(ctx, m, []string{"mpiname"}, "-a")
	}
	for option, gpu := range map[string]string{"--with-cuda": "cuda", "--enable-cuda": "cuda", "--with-hip": "rocm", "--enable-rocm": "rocm"} {
		if strings.Contains(said, option) && !strings.Contains(said, option+"=no") && !slices.Contains(gpus, gpu) {
			gpus = append(gpus, gpu)
		}
	}
	slices.Sort(gpus)
	switch {
	case strings.Contains(said, "--with-pmix"):
		pmi = []string{"pmix"}
	case strings.Contains(said, "pmi2"):
		pmi = []string{"pmi2"}
	case said != "":
		pmi = []string{"pmi1"}
	}
	return gpus, pmi
}

// tellIfThere runs the first of these programs that stands beside the wrappers.
func (s *search) tellIfThere(ctx context.Context, m *mpi, names []string, args ...string) string {
	for _, name := range names {
		for _, name := range []string{name + m.suffix, name} {
			path := filepath.Join(m.program.home, name)
			if info, err := s.sys.Stat(path); err != nil || !info.Exec {
				continue
			}
			if r, err := s.ask(ctx, path, args...); err == nil && r.OK() {
				return r.Stdout
			}
		}
	}
	return ""
}

// gtlLibraries looks for the libraries that let Cray MPICH take GPUs' memory: they stand once beside the trees of all compilers.
func (s *search) gtlLibraries(m *mpi) []string {
	at := crayTree.FindStringSubmatchIndex(m.program.last)
	if at == nil {
		return nil
	}
	var gpus []string
	for _, l := range []struct{ library, gpu string }{{"libmpi_gtl_cuda.so", "cuda"}, {"libmpi_gtl_hsa.so", "rocm"}} {
		if _, err := s.sys.Stat(filepath.Join(m.program.last[:at[1]], "gtl", "lib", l.library)); err == nil {
			gpus = append(gpus, l.gpu)
		}
	}
	return gpus
}

// mpiRun is compiled and started with two ranks, where that was asked for.
const mpiRun = `#include <mpi.h>
#include <stdio.h>
int main(int argc, char **argv) {
  int size, rank;
  MPI_Init(&argc, &argv);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 0) printf("berth_host ranks %d\n", size);
  MPI_Finalize();
  return 0;
}
`

// anywhere lets two ranks start on a machine of one core, and in a container, whose only user is root: it is a probe, in a directory of its own.
// The first ones are Open MPI's up to 4, the last one is that of 5.
const anywhere = "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none " +
	"PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe"

// start runs two ranks of a probe, and tells what came of it.
func (s *search) start(ctx context.Context, m *mpi) {
	launcher := m.launcher
	if launcher == "" {
		s.note(m.flavour.pkg, m.wrappers[C], "no launcher stands beside it, so that no program was started")
		return
	}
	now := s.in(s.always)
	now.cache = openCache("", now) // whether jobs may be started changes from hour to hour
	r, err := now.runOnce(ctx, m.wrappers[C], Command{
		Argv:  []string{"/bin/sh", "-c", `"$0" -o probe probe.c && ` + anywhere + ` "$1" -n 2 ./probe`, m.wrappers[C], launcher},
		Files: map[string]string{"probe.c": mpiRun}, Timeout: probeTimeout,
	})
	switch answers := parseMarked(r.Stdout); {
	case err != nil:
		s.note(m.flavour.pkg, launcher, "does not start a probe: "+err.Error())
	case len(answers["ranks"]) == 1 && answers["ranks"][0] == "2" && r.OK():
		s.note(m.flavour.pkg, launcher, "started a probe with 2 ranks")
	default:
		s.note(m.flavour.pkg, launcher, "does not start a probe with 2 ranks: "+r.Complaint())
	}
}
