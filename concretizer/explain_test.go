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
