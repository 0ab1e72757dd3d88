package concretizer

import (
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
	"github.com/berth-hpc/berth/spec/dag"
)

// installed is a store with what answers build.
func installed(answers ...*Solution) store {
	have := store{}
	for _, s := range answers {
		for _, n := range dag.Topological(s.Roots...) {
			if n.External() == nil {
				have[n.Name()] = append(have[n.Name()], n)
			}
		}
	}
	return have
}

// TestReuse: what exists is taken where it satisfies the request, with the very dependencies it has.
func TestReuse(t *testing.T) {
	old := mustSolve(t, request(t, mini.Parse(science), host, "fftw ^mpich@3.4"))
	r := request(t, mini.Parse(science), host, "fftw\nhypre")
	r.Reuse = installed(old)
	s := mustSolve(t, r)
	if s.Roots[0].Hash() != old.Roots[0].Hash() || !s.Reused[old.Roots[0].Hash()] {
		t.Errorf("fftw is not reused:\n%s", describe(s))
	}
	if mpi, ok := s.Roots[1].Dep("mpi"); !ok || mpi.Version().String() != "3.4" {
		t.Errorf("hypre has another MPI than fftw:\n%s", describe(s))
	}
	r = request(t, mini.Parse(science), host, "fftw ^openmpi")
	r.Reuse = installed(old)
	if s := mustSolve(t, r); len(s.Reused) != 0 {
		t.Errorf("reused against the request:\n%s", describe(s))
	}
}

// TestReuseOnOpenExternal: whether an external has a variant may be decided by what needs it, which is reused together with it.
func TestReuseOnOpenExternal(t *testing.T) {
	repo := mini.Parse("k: versions 2 1; depends m\nm: versions 1; variant cuda default false when ^k@1")
	const config = "m: external m@=1 prefix /opt/m\n"
	for _, version := range []string{"k@1", "k@2"} {
		old := mustSolve(t, request(t, repo, config, version))
		r := request(t, repo, config, version)
		r.Reuse = installed(old)
		if s := mustSolve(t, r); s.Roots[0].Hash() != old.Roots[0].Hash() || !s.Reused[old.Roots[0].Hash()] {
			t.Errorf("%s is not reused:\n%s", version, describe(s))
		}
	}
}

// TestReuseOfFormerVariants: what was built by an older recipe has variants that the recipe lacks by now; directives still see them.
func TestReuseOfFormerVariants(t *testing.T) {
	old := mustSolve(t, request(t, mini.Parse("lib: versions 1; variant old default true"), "", "lib"))
	for _, tc := range []struct {
		app    string
		reused bool
	}{
		{"depends lib", true},
		{"depends lib+old", true},
		{"depends lib; conflicts ^lib+old", false},
		{"depends lib; conflicts ^lib~old", true},
	} {
		r := request(t, mini.Parse("app: versions 1; "+tc.app+"\nlib: versions 1"), "", "app")
		r.Reuse = installed(old)
		if s := mustSolve(t, r); s.Reused[old.Roots[0].Hash()] != tc.reused {
			t.Errorf("%s: reused is %t\n%s", tc.app, !tc.reused, describe(s))
		}
	}
}

// TestReuseFits: what exists is reused only where what it was built against is still the host's.
func TestReuseFits(t *testing.T) {
	const mpi = host + "openmpi: external openmpi@=4.1 prefix /opt/mpi; not-buildable\n"
	old := mustSolve(t, request(t, mini.Parse(science), mpi, "fftw"))
	for _, tc := range []struct {
		name, config, target string
		reused               bool
	}{
		{"the same host", mpi, "zen3", true},
		{"its MPI stands elsewhere now", host + "openmpi: external openmpi@=4.1 prefix /opt/mpi-4; not-buildable", "zen3", false},
		{"its MPI is another version now", host + "openmpi: external openmpi@=5.0 prefix /opt/mpi; not-buildable", "zen3", false},
		{"its MPI has other variants now", host + "openmpi: external openmpi@=4.1 fabrics=ucx prefix /opt/mpi; not-buildable", "zen3", false},
		{"its compiler is another one now", "gcc: external gcc@=13.2 languages=c,c++,fortran prefix /usr\nopenmpi: external openmpi@=4.1 prefix /opt/mpi; not-buildable", "zen3", false},
		{"a newer machine", mpi, "zen4", true},
		{"an older machine", mpi, "zen2", false},
	} {
		r := request(t, mini.Parse(science), tc.config, "fftw")
		r.Target = target(tc.target)
		r.Reuse = installed(old)
		s := mustSolve(t, r)
		if got := s.Reused[old.Roots[0].Hash()]; got != tc.reused {
			t.Errorf("%s: reused is %t\n%s", tc.name, got, describe(s))
		}
	}
	r := request(t, mini.Parse(science), mpi, "fftw")
	r.OS = "debian13"
	r.Reuse = installed(old)
	if s := mustSolve(t, r); len(s.Reused) > 0 {
		t.Errorf("reused with another C library:\n%s", describe(s))
	}
}
