package concretizer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// request makes a request for specs, one a line, on a small machine.
func request(t testing.TB, repo packages.Repo, config, specs string) Request {
	t.Helper()
	target := spec.MustParse("target=zen3").Target
	r := Request{Repo: repo, Config: mini.Config(config), Platform: "linux", OS: "debian12", Target: target}
	for i, line := range strings.Split(strings.TrimSpace(specs), "\n") {
		r.Roots = append(r.Roots, Root{Spec: spec.MustParse(strings.TrimSpace(line)), Place: packages.Place{File: "env.yaml", Line: i + 2}})
	}
	return r
}

// describe prints an answer: one node a line, with its edges.
func describe(s *Solution) string {
	var out []string
	for _, n := range dag.Topological(s.Roots...) {
		line := n.Name() + "@" + n.Version().String()
		for _, v := range n.Attrs().Variants {
			if v.IsBool() {
				line += v.String()
			} else {
				line += " " + v.String()
			}
		}
		if t := n.Attrs().Target; t != "zen3" && n.External() == nil {
			line += " target=" + t
		}
		if x := n.External(); x != nil {
			line += " [" + x.Prefix + "]"
		}
		if s.Reused[n.Hash()] {
			line += " [reused]"
		}
		var deps []string
		for _, e := range n.Edges() {
			dep := e.To.Name()
			if len(e.Virtuals) > 0 {
				dep += "=" + strings.Join(e.Virtuals, ",")
			}
			deps = append(deps, dep)
		}
		if len(deps) > 0 {
			line += " -> " + strings.Join(deps, " ")
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func costs(s *Solution) string {
	var out []string
	for _, c := range s.Costs {
		if c.Cost != 0 {
			out = append(out, fmt.Sprintf("%s=%d", c.Level, c.Cost))
		}
	}
	return strings.Join(out, " ")
}

const science = `
hdf5: versions 1.14 1.12 1.10; variant mpi default true; variant cxx default false; depends mpi when +mpi; depends zlib-api; depends c types build; depends cxx types build when +cxx; conflicts +cxx because the two do not mix when +mpi; depends cmake@3.18: types build
openmpi: versions 5.0 4.1; provides mpi@:3.1 when @:4; provides mpi@:4 when @5:; depends hwloc@2: ; depends c types build; variant fabrics default none sets none ucx,psm
mpich: versions 4.2 3.4; provides mpi@:4.0; depends c types build; variant slurm default false
hwloc: versions 2.9 1.11; depends c types build
zlib: versions 1.3 1.2; provides zlib-api; depends c types build; depends gmake types build
zlib-ng: versions 2.1; provides zlib-api; depends cmake types build; depends c types build; variant compat default true; conflicts ~compat
cmake: tag build-tools; versions 3.30 3.26 3.10; depends cxx types build; depends c types build
gmake: tag build-tools; versions 4.4; depends c types build
gcc: tag compiler; versions 14.2 13.2 12.3; external-only berth does not build it; variant languages default c,c++,fortran values c c++ fortran go multi; provides c cxx when languages=c,c++; provides fortran when languages=fortran
netlib-lapack: versions 3.12; provides blas lapack; depends fortran types build
openblas: versions 0.3; provides blas lapack; depends c types build; depends fortran types build
blis: versions 1.0; provides blas; depends c types build
hypre: versions 2.26 2.25; variant mpi default true; depends mpi when +mpi; depends blas; depends lapack; depends c types build; depends fortran types build
fftw: versions 3.3.10; variant mpi default true; depends mpi when +mpi; depends c types build
`

const host = `
gcc: external gcc@=12.2.0 languages=c,c++,fortran prefix /usr
`

func mustSolve(t *testing.T, r Request) *Solution {
	t.Helper()
	s, err := Concretize(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAnswers(t *testing.T) {
	for _, tc := range []struct{ name, repo, config, specs, want, costs string }{
		{
			"a package and its compiler", science, host, "hwloc",
			"gcc@12.2.0 languages=c,c++,fortran [/usr]\nhwloc@2.9 -> gcc=c", "",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := mustSolve(t, request(t, mini.Parse(tc.repo), tc.config, tc.specs))
			if got := describe(s); got != strings.TrimSpace(tc.want) {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
			if got := costs(s); tc.costs != "" && got != tc.costs {
				t.Errorf("costs %s, want %s", got, tc.costs)
			}
		})
	}
}
