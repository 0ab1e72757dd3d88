package upstream

import (
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/upstream/spackdb"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/dag"
)

// languages are the virtuals that compilers provide.
var languages = []string{"c", "cxx", "fortran"}

func isLanguage(virtual string) bool { return slices.Contains(languages, virtual) }

// compilerPackages maps the names that Spack had for compilers before they were packages.
var compilerPackages = map[string]string{
	"clang": "llvm", "intel": "intel-oneapi-compilers-classic", "oneapi": "intel-oneapi-compilers", "rocmcc": "llvm-amdgpu", "dpcpp": "intel-oneapi-compilers",
	"arm": "acfl",
}

// compilerNode makes a node of a compiler that is only known by name and version, as Spack had them up to 0.23. Where it stands is not
// written down; nil if the name or version is none.
func compilerNode(n *spackdb.Node) *dag.Node {
	name, version, _ := strings.Cut(n.Compiler, "@")
	if p := compilerPackages[name]; p != "" {
		name = p
	}
	v, err := spec.ParseVersion(strings.TrimPrefix(version, "="))
	if err != nil {
		return nil
	}
	target := n.Target
	if t, ok := arch.Lookup(target); ok {
		target = t.Family().Name()
	}
	c, err := dag.New(dag.Attrs{
		Name: name, Version: v, Platform: n.Platform, OS: n.OS, Target: target, External: &dag.External{}, Provides: languages,
	}, nil)
	if err != nil {
		return nil
	}
	return c
}

// oldVirtuals are the virtuals that packages provide in trees that do not say (up to version 6 of the index), for the packages that
// others link to by such a name.
var oldVirtuals = map[string][]string{
	"openmpi": {"mpi"}, "mpich": {"mpi"}, "cray-mpich": {"mpi"}, "mvapich": {"mpi"}, "mvapich2": {"mpi"}, "intel-mpi": {"mpi"},
	"intel-oneapi-mpi": {"mpi"}, "spectrum-mpi": {"mpi"}, "hpcx-mpi": {"mpi"}, "mpt": {"mpi"}, "fujitsu-mpi": {"mpi"},
	"openblas": {"blas", "lapack"}, "netlib-lapack": {"blas", "lapack"}, "blis": {"blas"}, "amdblis": {"blas"}, "libflame": {"lapack"},
	"amdlibflame": {"lapack"}, "intel-mkl": {"blas", "lapack", "scalapack"}, "intel-oneapi-mkl": {"blas", "lapack", "scalapack"},
	"cray-libsci": {"blas", "lapack", "scalapack"}, "netlib-scalapack": {"scalapack"}, "amdscalapack": {"scalapack"},
	"fftw": {"fftw-api"}, "cray-fftw": {"fftw-api"}, "amdfftw": {"fftw-api"}, "zlib": {"zlib-api"}, "zlib-ng": {"zlib-api"},
	"pkgconf": {"pkgconfig"}, "pkg-config": {"pkgconfig"}, "libjpeg-turbo": {"jpeg"}, "libjpeg": {"jpeg"}, "libiconv": {"iconv"},
}

// virtualsOf is what an edge of an old node provides, which does not say so.
func virtualsOf(n *spackdb.Node, dep spackdb.Dep) []string {
	if n.EdgesSayVirtuals {
		return nil
	}
	return oldVirtuals[dep.Name]
}
