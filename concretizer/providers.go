package concretizer

import (
	"slices"

	"github.com/berth-hpc/berth/packages"
)

// defaultProviders is the order in which virtuals are provided where configuration says nothing: the usual choice of
// an HPC site first. A package that is not listed comes after those that are, by name.
var defaultProviders = map[string][]string{
	"c":            {"gcc", "llvm", "apple-clang"},
	"cxx":          {"gcc", "llvm", "apple-clang"},
	"fortran":      {"gcc", "llvm"},
	"mpi":          {"openmpi", "mpich"},
	"blas":         {"openblas", "netlib-lapack", "blis"},
	"lapack":       {"openblas", "netlib-lapack"},
	"scalapack":    {"netlib-scalapack"},
	"fftw-api":     {"fftw"},
	"zlib-api":     {"zlib-ng", "zlib"},
	"gl":           {"glx", "osmesa"},
	"glx":          {"mesa+glx", "mesa"},
	"glu":          {"mesa-glu", "openglu"},
	"jpeg":         {"libjpeg-turbo", "libjpeg"},
	"pkgconfig":    {"pkgconf", "pkg-config"},
	"iconv":        {"libiconv"},
	"java":         {"openjdk", "jdk"},
	"elf":          {"elfutils", "libelf"},
	"libc":         {"glibc", "musl"},
	"libglx":       {"mesa"},
	"libllvm":      {"llvm"},
	"lua-lang":     {"lua", "lua-luajit-openresty", "lua-luajit"},
	"mkl":          {"intel-oneapi-mkl"},
	"mysql-client": {"mysql", "mariadb-c-client"},
	"opencl":       {"pocl"},
	"pil":          {"py-pillow"},
	"rpc":          {"libtirpc"},
	"tbb":          {"intel-tbb"},
	"unwind":       {"libunwind"},
	"uuid":         {"util-linux-uuid", "libuuid"},
	"xxd":          {"xxd-standalone", "vim"},
	"yacc":         {"bison", "byacc"},
	"ziglang":      {"zig"},
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
