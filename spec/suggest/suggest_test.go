package suggest

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var packages = strings.Fields(`openmpi mpich hdf5 netcdf-c netcdf-fortran cmake gmake py-numpy py-scipy hypre petsc fftw zlib zlib-ng
	libevent numactl ninja perl lz4 bzip2 gcc llvm intel-oneapi-mpi openblas netlib-lapack hpcc c`)

func TestNearest(t *testing.T) {
	tests := []struct{ word, want string }{
		{"opnempi", "openmpi"},
		{"OpenMPI", "openmpi"},
		{"openmp", "openmpi"},
		{"mpihc", "mpich"},
		{"hfd5", "hdf5"},
		{"netcdf_c", "netcdf-c"},
		{"numpy", "py-numpy"},
		{"lapack", "netlib-lapack"},
		{"netcdf", "netcdf-c netcdf-fortran"},
		{"intel-mpi", "intel-oneapi-mpi"},
		{"zlb", "zlib"},
		{"zlib", "zlib-ng"}, // known names do not suggest themselves
		{"gc", "gcc c"},
		{"cmak", "cmake"},
		{"x", ""},
		{"", ""},
		{"tensorflow", ""},
		{"abcdefghijkl", ""},
	}
	for _, test := range tests {
		if got := strings.Join(Nearest(test.word, packages, 2), " "); got != test.want {
			t.Errorf("%s suggests %q, want %q", test.word, got, test.want)
		}
	}
	if got := Nearest("cmake", []string{"gmake", "qmake", "gmake"}, 5); !slices.Equal(got, []string{"gmake", "qmake"}) {
		t.Errorf("got %v", got)
	}
	if got := Nearest("numpy", []string{"numap", "jump", "py-numpy-quaternion", "py-numpy"}, 2); !slices.Equal(got, []string{"py-numpy", "numap"}) {
		t.Errorf("got %v", got)
	}
	if got := Nearest("cmak", packages, 0); len(got) != 0 {
		t.Errorf("none were asked for, got %v", got)
	}
}

// slow is the definition of the distance.
func slow(a, b string) int {
	switch {
	case a == "":
		return len(b)
	case b == "":
		return len(a)
	}
	change := 1
	if a[0] == b[0] {
		change = 0
	}
	d := min(slow(a[1:], b)+1, slow(a, b[1:])+1, slow(a[1:], b[1:])+change)
	if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
		d = min(d, slow(a[2:], b[2:])+1)
	}
	return d
}

func TestDistance(t *testing.T) {
	word := rapid.StringMatching(`[abc]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, limit := word.Draw(t, "a"), word.Draw(t, "b"), rapid.IntRange(0, 5).Draw(t, "limit")
		want, got := slow(a, b), distance(a, b, limit)
		if got != want && (want <= limit || got <= limit) {
			t.Errorf("%q to %q is %d within %d, want %d", a, b, got, limit, want)
		}
	})
}

func BenchmarkNearest(b *testing.B) {
	var known []string
	for i := range 9000 {
		known = append(known, packages[i%len(packages)]+string(rune('a'+i%26)))
	}
	for b.Loop() {
		Nearest("netlib-lapcak", known, 3)
	}
}
