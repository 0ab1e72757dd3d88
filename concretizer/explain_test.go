package concretizer

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
)

var update = flag.Bool("update", false, "rewrite the golden explanations")

// impossible are requests without an answer; what is said about each stands in testdata/explain/NAME.txt.
var impossible = []struct{ name, repo, config, specs string }{
	{"nothing-needs", science, host, "zlib ^openmpi"},
	{"conflict", science, host, "hdf5+mpi+cxx"},
	{"two-requests", science, host, "hdf5 ^zlib@1.2\nhwloc\nzlib@1.3"},
	{"version-of-dependency", science, host, "openmpi ^hwloc@1.11"},
	{"virtual-version", science, host, "hdf5 ^mpi@4.1: ^mpich"},
	{"external-does-not-fit", science, host + "openmpi: external openmpi@=4.1 prefix /opt/mpi; not-buildable", "hdf5 ^openmpi@5"},
	{"no-external", science, host + "mpi: not-buildable", "hdf5+mpi"},
	{"no-compiler", science, "", "hwloc"},
	{"compiler-version", science, host, "hwloc %gcc@13"},
	{"config-requires", science, host + "hdf5: require ~mpi", "hdf5+mpi"},
	{"config-conflict", science, host + "zlib: conflict @1.3", "zlib@1.3"},
	{"config-requires-version", science, host + "mpi: require mpich@2\nopenmpi: not-buildable", "hdf5+mpi"},
	{"config-requires-variant", science, host + "hdf5: require +mpii", "hdf5"},
	{"config-provider", science, host + "mpi: require mpich", "hdf5 ^openmpi"},
	{"target", science, "gcc: external gcc@=4.9 languages=c,c++,fortran prefix /usr", "hwloc target=zen3"},
	{"fortran", science, "gcc: external gcc@=12.2.0 languages=c,c++ prefix /usr", "netlib-lapack"},
	{"license", "a: versions 1; license GPL-3.0-only", "licenses: deny GPL-3.0-only", "a"},
	{"license-allow", "a: versions 1; license MIT; depends b\nb: versions 1; license GPL-3.0-only OR LGPL-3.0-only", "licenses: allow MIT BSD-*", "a"},
	{"license-unknown", "a: versions 1", "licenses: allow MIT BSD-*", "a"},
	{"requires", "a: versions 2 1; variant x default true; requires ~x when @2", "", "a@2+x"},
	{"conditional-variant", "a: versions 2 1; variant x default true when @2", "", "a@1+x"},
	{"conditional-value", "a: versions 2 1; variant x default u values u v?@2", "", "a@1 x=v"},
	{"cycle", "egg: versions 1; depends hen\nhen: versions 1; depends chick\nchick: versions 1; depends egg", "", "egg"},
	{"diamond", "app: versions 1; depends left; depends right\nleft: versions 1; depends base@1\nright: versions 1; depends base@2\nbase: versions 2 1", "", "app"},
	{"dependency-version-unknown", "a: versions 1; depends b@9:\nb: versions 2 1", "", "a"},
	{"dependency-unknown", "a: versions 1; depends nowhere when @1", "", "a"},
	{"together", "a: versions 1; depends blas; depends lapack\nmkl: versions 1; provides blas lapack\nnet: versions 1; provides lapack; provides blas", "", "a ^[virtuals=blas] mkl ^[virtuals=lapack] net"},
	{"propagated", family, threeCompilers, "app ++debug kind=fancy"},
	{"propagated-external", family, threeCompilers + "base: external base@=1~debug prefix /opt; not-buildable", "app ++debug"},
	{"two-mpis", science, host, "hdf5 ^mpich\nfftw ^openmpi"},
	{"mpi-of-another-request", science, host, "hdf5 ^mpich\nfftw %mpi=openmpi"},
	{"two-variants", science, host, "hdf5+mpi\nhdf5~mpi"},
	{"not-needed-here", science, host, "hdf5~mpi ^openmpi"},
	{"no-provider-of-that-version", science, host, "hdf5 ^mpi@5:"},
	{"provider-lacks-version", "app: versions 1; depends mpi@5:\nmpich: versions 4; provides mpi@:4\nopenmpi: versions 5; provides mpi@:4", "", "app"},
	{"provider-only-when", "app: versions 1; depends fft\nmkl: versions 1; variant wrapper default false; provides fft when +wrapper", "mkl: require ~wrapper", "app"},
	{"cuda-arch", gpuStack, "", "layer+cuda cuda_arch=90 ^cuda@11"},
	{"cuda-external", gpuStack, "cuda: external cuda@=11 prefix /usr/local/cuda; not-buildable", "layer+cuda cuda_arch=90"},
	{"cuda-arch-missing", gpuStack, "", "solver+cuda"},
	{"conflict-with-dependency", "app: versions 1; depends net; conflicts ^tls@:2 because old ones are unsafe\nnet: versions 1; depends tls\ntls: versions 2 1", "", "app"},
	{"conflict-with-package", "app: versions 1; depends z; conflicts zng\nz: versions 1; depends zng\nzng: versions 1", "", "app"},
	{"conflict-with-compiler", "app: versions 1; depends c types build; conflicts %gcc@:12 because it miscompiles this\ngcc: tag compiler; versions 13; external-only the host brings it; provides c", "gcc: external gcc@=12.2 prefix /usr", "app"},
	{"conflict-with-target", "app: versions 1; conflicts target=x86_64:", "", "app"},
	{"other-platform", "app: versions 1; requires platform=darwin", "", "app"},
	{"requires-one-of", "app: versions 1; variant a default false; variant b default false; requires one +a, +b", "", "app+a+b"},
	{"requires-any-of", "app: versions 1; variant a default false; variant b default false; requires any +a, +b", "", "app~a~b"},
	{"requires-compiler", "app: versions 1; depends cxx types build; requires %llvm\ngcc: tag compiler; versions 13; provides c; provides cxx\nllvm: tag compiler; versions 18; external-only the host brings it; provides cxx", "gcc: external gcc@=13 prefix /usr", "app"},
	{"config-one-of", science, host + "mpich: require one @4.2, +slurm", "fftw ^mpich@3.4~slurm"},
	{"config-all-compilers", science, host + "all: require %gcc@13", "hwloc"},
	{"config-when", science, host + "hdf5: require ~cxx when @1.14", "hdf5@1.14+cxx~mpi"},
	{"config-conflict-virtual", science, host + "mpi: conflict openmpi", "fftw ^openmpi"},
	{"external-variant", science, host + "openmpi: external openmpi@=5.0 fabrics=psm prefix /opt/mpi; not-buildable", "fftw ^openmpi fabrics=ucx"},
	{"nothing-may-be-built", science, host + "all: not-buildable", "zlib"},
	{"external-of-dependency", science, host + "hwloc: external hwloc@=1.11 prefix /usr; not-buildable", "openmpi"},
	{"no-version", "app: versions 1; depends dead\ndead: license MIT", "", "app"},
	{"conditional-version", "app: versions 2 1; versions 3 when +next; variant next default false", "", "app@3~next"},
	{"sticky", "app: versions 1; depends lib\nlib: versions 1; variant ssl default true sticky; conflicts +ssl when @1", "", "app"},
	{"sticky-any", "app: versions 1; variant mode default fast any sticky; depends lib; conflicts ^lib when mode=fast; conflicts @99 when mode=safe\nlib: versions 1", "", "app"},
	{"three-tools", "app: versions 1; depends a; depends b; depends c1\na: versions 1; depends make@1 types build\nb: versions 1; depends make@2 types build\nc1: versions 1; depends make@3 types build\nmake: tag build-tools; versions 3 2 1", "", "app"},
	{"tool-linked", "app: versions 1; depends a; depends b\na: versions 1; depends gen@1 types link\nb: versions 1; depends gen@2 types run\ngen: tag build-tools; versions 2 1", "", "app"},
	{"tool-linked-and-built-with", "app: versions 1; depends lib; depends gen; depends gen@1 types build\nlib: versions 1; depends gen@2 types link\ngen: tag build-tools; versions 2 1", "", "app"},
	{"deep-diamond", "app: versions 1; depends left; depends right@2\nleft: versions 2 1; depends mid\nmid: versions 1; depends base@:1\nright: versions 2 1; depends base@2: when @2\nbase: versions 2 1", "", "app"},
	{"self-hosted", "go: versions 2 1; depends go types build", "", "go"},
	{"license-when", "a: versions 2; license Proprietary when +extra; variant extra default false", "licenses: deny Proprietary", "a+extra"},
	{"virtual-root", science, host + "mpi: not-buildable", "mpi"},
	{"target-of-dependency", science, "gcc: external gcc@=4.9 languages=c,c++,fortran prefix /usr", "fftw ^mpich target=zen3"},
	{"extension", "app: versions 1; extends py; depends py@1 types build,run; depends tools types build\ntools: tag build-tools; versions 1; extends py; depends py@2 types build,run\npy: tag build-tools; versions 2 1", "", "app"},
	{"tool-asked", "app: versions 1; depends lib; depends py@1 types build,run\nlib: versions 1; depends py types build\npy: tag build-tools; versions 2 1", "", "app ^py@2"},
	{"libc-newer", compiled, system, "zlib ^glibc@2.40"},
	{"libc-of-another-kind", compiled, system, "zlib ^musl"},
	{"libc-needed", compiled + "driver: versions 1; depends glibc@2.38: types link when @1", system, "driver"},
	{"runtime-older", compiled, system + "gcc: " + twoGCCs, "hwloc %gcc@13 ^gcc-runtime@12"},
	{"dependency-variant-unknown", "a: versions 1; depends b+x mode=w\nb: versions 1; variant mode default u values u v", "", "a"},
	{"target-of-the-compiler", science, host, "hwloc %gcc@12: target=x86_64_v3"},
	{"conditional-values", "a: versions 2 1; variant x default u values u v when @2", "", "a@1 x=v"},
	{"external-of-another-system", science, "gcc: external gcc@=12.2.0 os=rhel8 languages=c,c++,fortran prefix /usr", "hwloc"},
	{"sets", "a: versions 1; variant f default none sets none ucx,psm", "", "a f=none,ucx"},
}

func TestExplanations(t *testing.T) {
	for _, tc := range impossible {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Concretize(context.Background(), request(t, mini.Parse(tc.repo), tc.config, tc.specs))
			if err == nil {
				t.Fatal("there is an answer")
			}
			got := err.Error() + "\n"
			file := filepath.Join("testdata", "explain", tc.name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if strings.Contains(got, "#1") || strings.Contains(got, "internal error") {
				t.Errorf("an internal name:\n%s", got)
			}
		})
	}
}
