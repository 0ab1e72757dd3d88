package concretizer

import (
	"slices"

	"github.com/berth-hpc/berth/packages"
)

// defaultProviders is the order in which virtuals are provided where configuration says nothing: the usual choice of
// an HPC site first, which is also what Spack ships. A package that is not listed comes after those that are, by name.
var defaultProviders = map[string][]string{
	"c":                     {"gcc", "llvm", "apple-clang"},
	"cxx":                   {"gcc", "llvm", "apple-clang"},
	"fortran":               {"gcc", "llvm"},
	"armci":                 {"armcimpi"},
	"awk":                   {"gawk"},
	"blas":                  {"openblas", "netlib-lapack", "blis"},
	"d":                     {"ldc"},
	"daal":                  {"intel-oneapi-daal"},
	"elf":                   {"elfutils", "libelf"},
	"fftw-api":              {"fftw"},
	"flame":                 {"libflame", "amdlibflame"},
	"fortran-rt":            {"gcc-runtime", "intel-oneapi-runtime"},
	"fuse":                  {"libfuse"},
	"gl":                    {"glx", "osmesa"},
	"glu":                   {"mesa-glu", "openglu"},
	"glx":                   {"mesa"},
	"go-or-gccgo-bootstrap": {"go-bootstrap", "gcc"},
	"golang":                {"go", "gcc"},
	"iconv":                 {"libiconv"},
	"ipp":                   {"intel-oneapi-ipp"},
	"java":                  {"openjdk", "jdk"},
	"jpeg":                  {"libjpeg-turbo", "libjpeg"},
	"lapack":                {"openblas", "netlib-lapack"},
	"libc":                  {"glibc", "musl"},
	"libgfortran":           {"gcc-runtime"},
	"libglx":                {"mesa"},
	"libllvm":               {"llvm"},
	"lua-lang":              {"lua", "lua-luajit-openresty", "lua-luajit"},
	"luajit":                {"lua-luajit-openresty", "lua-luajit"},
	"mariadb-client":        {"mariadb-c-client", "mariadb"},
	"mkl":                   {"intel-oneapi-mkl"},
	"mpe":                   {"mpe2"},
	"mpi":                   {"openmpi", "mpich"},
	"mysql-client":          {"mysql", "mariadb-c-client"},
	"onedal":                {"intel-oneapi-dal"},
	"opencl":                {"pocl"},
	"pbs":                   {"openpbs", "torque"},
	"pil":                   {"py-pillow"},
	"pkgconfig":             {"pkgconf", "pkg-config"},
	"qmake":                 {"qt-base", "qt"},
	"rpc":                   {"libtirpc"},
	"scalapack":             {"netlib-scalapack"},
	"sycl":                  {"hipsycl"},
	"szip":                  {"libaec", "libszip"},
	"tbb":                   {"intel-tbb"},
	"unwind":                {"libunwind"},
	"uuid":                  {"util-linux-uuid", "libuuid"},
	"wasi-sdk":              {"wasi-sdk-prebuilt"},
	"xkbdata-api":           {"xkeyboard-config", "xkbdata"},
	"xxd":                   {"xxd-standalone", "vim"},
	"yacc":                  {"bison", "byacc"},
	"ziglang":               {"zig"},
	"zlib-api":              {"zlib-ng", "zlib"},
}

// orderProviders sorts providers by preference: configuration for the virtual, then for all packages, then the defaults, then by name.
func orderProviders(providers []string, virtual string, c *packages.Configuration) []string {
	var order []string
	for _, list := range [][]packages.PlacedName{c.Packages[virtual].Providers[virtual], c.All.Providers[virtual]} {
		for _, p := range list {
			order = append(order, p.Name)
		}
	}
	order = append(order, defaultProviders[virtual]...)
	var out []string
	for _, name := range order {
		if slices.Contains(providers, name) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	rest := slices.Clone(providers)
	slices.Sort(rest)
	for _, name := range rest {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
