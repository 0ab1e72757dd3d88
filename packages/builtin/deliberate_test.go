package builtin

import "strings"

// deliberate lists where a builtin recipe differs from Spack's on purpose: package, then the reason, then what differs, as
// TestMeansTheSameAsSpack calls it.
var deliberate = map[string]map[string][]string{
	"blis": {otherVersions: lacks("scalapack")},
	"cmake": {
		noRecipe: lacks("doc qtgui"),
		"only the bundled libraries can be had, so nothing may turn it off": {"variant ownlibs: sticky"},
	},
	"curl": {
		noRecipe:      lacks("gssapi ldap librtmp libssh libssh2"),
		otherPlatform: append(lacks("static-crt unicode"), "no value tls=secure_transport,sspi"),
	},
	"expat": {
		autotoolsAlone:                       lacks("shared"),
		"the kernel gives it random numbers": lacks("libbsd"),
	},
	"fftw": {otherPatches: lacks("pfft_patches")},
	"gcc": {
		buildOnly:                    lacks("libsanitizer mold profiled"),
		"no builtin recipe needs Go": {"provides go-or-gccgo-bootstrap there", "provides golang there"},
	},
	"glpk":       {noRecipe: lacks("gmp")},
	"gmake":      {noRecipe: lacks("guile")},
	"googletest": {noRecipe: lacks("absl")},
	"gromacs": {
		noRecipe:                              lacks("cp2k cufftmp heffte itt plumed sycl intel-data-center-gpu-max"),
		otherVersions:                         lacks("mdrun_only relaxed_double_precision"),
		"berth has no compilers of this kind": lacks("intel_provided_gcc"),
	},
	"gsl":  {otherPatches: lacks("external-cblas")},
	"hpcc": {noRecipe: {"no value fft=mkl"}},
	"hwloc": {
		noRecipe: lacks("cairo gl libudev netloc level_zero"),
		noROCm:   lacks("rocm amdgpu_target"),
	},
	"hipblas":   {buildOnly: lacks("cuda_arch")},
	"hipcub":    {buildOnly: lacks("cuda_arch")},
	"hipfft":    {buildOnly: lacks("cuda_arch")},
	"hipsolver": {buildOnly: lacks("cuda_arch")},
	"hipsparse": {buildOnly: lacks("cuda_arch")},
	"hypre": {
		noRecipe:      lacks("caliper magma superlu-dist sycl umpire"),
		otherPatches:  lacks("gptune"),
		otherVersions: append(lacks("cxxstd gpu-aware-mpi gpu-profiling internal-superlu unified-memory"), "no value precision=mixed"),
	},
	"intel-oneapi-compilers": {buildOnly: lacks("fix_rt_linkage")},
	"kokkos": {
		noRecipe:      lacks("hpx hpx_async_dispatch memkind sycl sycl_relocatable_device_code intel_gpu_arch"),
		otherVersions: lacks("compiler_warnings numactl openmptarget"),
	},
	"jsoncpp": {otherVersions: lacks("cxxstd")},
	"lammps": {
		noRecipe: lacks(`adios compress curl ffmpeg heffte jpeg kim latte machdyn mdi ml-hdnnp ml-iap ml-pace mliap molfile opencl plumed
			png python scafacos voronoi vtk`),
		otherVersions: lacks(`cg-sdk exceptions mpiio reax snap user-adios user-atc user-awpmd user-bocs user-brownian user-cgsdk
			user-colvars user-diffraction user-dpd user-drude user-eff user-fep user-h5md user-hdnnp user-intel user-lb user-manifold
			user-meamc user-mesodpd user-mesont user-mgpt user-misc user-mofff user-molfile user-netcdf user-omp user-phonon user-plumed
			user-ptm user-qtb user-rann user-reaction user-reaxc user-sdpd user-smd user-smtbq user-sph user-tally user-uef user-vtk
			user-yaff`),
		"nobody has asked for it yet": lacks("atc awpmd cuda_mps fft_kokkos gpu_precision h5md intel mesont netcdf rheo"),
	},
	"libfabric": {noRecipe: lacks("cuda_dlopen gdrcopy gdrcopy_dlopen")},
	"libtree":   {"it is built by make alone": lacks("chrpath strip")},
	"libxml2":   {"Python modules come with its recipe": lacks("python")},
	"llvm": {
		buildOnly: lacks(`code_signing compiler-rt gold libcxx libomp_tsan libomptarget libomptarget_debug libunwind lua openmp
			shlib_symbol_version split_dwarf utils version_suffix z3`),
	},
	"lua":           {"it chooses what LuaRocks downloads with, and LuaRocks is not part of Lua": lacks("fetcher")},
	"m4":            {"it uses no libsigsegv": lacks("sigsegv")},
	"meson":         {debian: {"no version 1.0.1 there"}},
	"metis":         {"it is built by CMake alone": lacks("debug")},
	"mumps":         {"nobody has asked for it yet": lacks("incfort pkgconfig")},
	"netcdf-c":      {noRecipe: lacks("hdf4")},
	"netlib-lapack": {noRecipe: lacks("xblas")},
	"ninja":         {"the parsers that re2c would write come with it": lacks("re2c")},
	"nlopt":         {noRecipe: lacks("guile matlab octave python")},
	"openmpi":       {otherVersions: lacks("sqlite3 thread_multiple")},
	"openssl": {
		"the host's own certificates are those that its administrators keep": {"variant certs is mozilla by default there"},
		otherPlatform: lacks("dynamic"),
	},
	"osu-micro-benchmarks": {noRecipe: lacks("graphing papi")},
	"perl":                 {"CPAN's installer is not part of Perl": lacks("cpanm")},
	"petsc": {
		noRecipe: lacks(`cgns exodusii giflib hpddm jpeg libpng libyaml memkind ml mmg moab mpfr p4est parmmg random123 saws strumpack
			suite-sparse sycl tetgen valgrind zoltan`),
		"its kernels for Kokkos need Kokkos Kernels, of which there is no builtin recipe": lacks("kokkos"),
	},
	"pmix":                  {noRecipe: lacks("munge restful"), buildOnly: lacks("docs python")},
	"py-flit-core":          {tagged: {"another sha256 of 3.8.0"}},
	"py-mpi4py":             {debian: {"another sha256 of 3.1.4"}},
	"py-poetry-core":        {debian: {"no version 1.4.0 there"}},
	"py-pyproject-metadata": {debian: {"another sha256 of 0.6.1"}},
	"py-setuptools":         {tagged: {"no version 66.1.1 there"}},
	"py-wheel":              {tagged: {"no version 0.38.4 there"}},
	"python": {
		debian:                               {"no version 3.11.2 there"},
		"these modules are left out":         lacks("crypt tix zstd"),
		"only the interpreter with the lock": lacks("freethreading"),
	},
	"rocsparse": {buildOnly: lacks("test")},
	"scotch":    {otherVersions: lacks("link_error_lib")},
	"ucx":       {otherVersions: lacks("cm numa")},
}

// Reasons that several recipes share.
const (
	noRecipe      = "needs a package of which there is no builtin recipe"
	noROCm        = "needs a part of ROCm of which there is no builtin recipe"
	otherVersions = "belongs to versions that the builtin recipe does not have"
	otherPlatform = "is for another platform"
	otherPatches  = "needs patches that are part of Spack's repository and not of the package"
	// Spack has wheels, or archives made for an index, of which Debian carries none.
	tagged         = "the archive that upstream's forge makes of the tag, so that what everything else is built with has one source without a Python index"
	debian         = "upstream's archive of the release as Debian carries it, so that it can be built where no Python index can be reached"
	autotoolsAlone = "it is built by configure alone"
	buildOnly      = "only matters where the package is built, which its builtin recipe does not do"
)

// lacks are variants that Spack's recipe has and ours has not.
func lacks(names string) []string {
	var list []string
	for _, name := range strings.Fields(names) {
		list = append(list, "no variant "+name)
	}
	return list
}
