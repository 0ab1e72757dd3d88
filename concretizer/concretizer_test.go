package concretizer

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"runtime"
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
	r := Request{Repo: repo, Config: mini.Config(config), Platform: "linux", OS: "debian12", Target: target("zen3")}
	for i, line := range strings.Split(strings.TrimSpace(specs), "\n") {
		r.Roots = append(r.Roots, Root{Spec: spec.MustParse(strings.TrimSpace(line)), Place: packages.Place{File: "env.yaml", Line: i + 2}})
	}
	return r
}

func target(name string) spec.Targets { return spec.MustParse("target=" + name).Target }

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

// TestHashesDoNotDependOnTheRest: a package that is built alike is one package, whoever else needs what it depends on.
func TestHashesDoNotDependOnTheRest(t *testing.T) {
	alone := mustSolve(t, request(t, mini.Parse(science), host, "openblas"))
	together := mustSolve(t, request(t, mini.Parse(science), host, "openblas\nhdf5+cxx~mpi\nhypre"))
	for _, n := range dag.Topological(together.Roots...) {
		for _, o := range dag.Topological(alone.Roots...) {
			if n.Name() == o.Name() && n.Hash() != o.Hash() {
				t.Errorf("%s is %s alone and %s together", n, o.ShortHash(), n.ShortHash())
			}
		}
	}
}

// TestAnswers holds named requests, each of which once needed a rule of its own.
func TestAnswers(t *testing.T) {
	for _, tc := range []struct{ name, repo, config, specs, want, costs string }{
		{
			"a package and its compiler", science, host, "hwloc",
			"gcc@12.2.0 languages=c,c++,fortran [/usr]\nhwloc@2.9 -> gcc=c", "",
		},
		{
			"what a request names provides", science, host, "fftw ^mpich",
			"fftw@3.3.10+mpi -> gcc=c mpich=mpi\ngcc@12.2.0 languages=c,c++,fortran [/usr]\nmpich@4.2~slurm -> gcc=c", "",
		},
		{
			"an external is preferred to building the preferred provider", science, host + "mpich: external mpich@=4.0 prefix /opt/mpich", "fftw",
			"fftw@3.3.10+mpi -> gcc=c mpich=mpi\ngcc@12.2.0 languages=c,c++,fortran [/usr]\nmpich@4.0~slurm [/opt/mpich]", "",
		},
		{
			"the preferred of two externals", science, host + "mpich: external mpich@=4.0 prefix /opt/mpich\nopenmpi: external openmpi@=4.1 prefix /opt/ompi\nall: providers mpi mpich", "fftw",
			"fftw@3.3.10+mpi -> gcc=c mpich=mpi\ngcc@12.2.0 languages=c,c++,fortran [/usr]\nmpich@4.0~slurm [/opt/mpich]", "",
		},
		{
			"one provider for what is provided together", science, host, "hypre~mpi ^netlib-lapack",
			"gcc@12.2.0 languages=c,c++,fortran [/usr]\nhypre@2.26~mpi -> gcc=c,fortran netlib-lapack=blas,lapack\nnetlib-lapack@3.12 -> gcc=fortran", "",
		},
		{
			"a lower target spreads to what is linked", science, host, "hypre~mpi target=x86_64_v3",
			"gcc@12.2.0 languages=c,c++,fortran [/usr]\nhypre@2.26~mpi target=x86_64_v3 -> gcc=c,fortran openblas=blas,lapack\nopenblas@0.3 target=x86_64_v3 -> gcc=c,fortran", "",
		},
		{
			"a preferred target is for what is built, not for what the host has", science, host + "mpich: external mpich@=4.0 prefix /opt/mpich\nall: targets sapphirerapids x86_64_v3\nhwloc: targets zen", "fftw ^mpich\nhwloc",
			"fftw@3.3.10+mpi target=x86_64_v3 -> gcc=c mpich=mpi\ngcc@12.2.0 languages=c,c++,fortran [/usr]\nhwloc@2.9 target=zen -> gcc=c\nmpich@4.0~slurm [/opt/mpich]", "",
		},
		{
			"so is one that configuration requires of all packages, or prefers", science, host + "mpich: external mpich@=4.0 prefix /opt/mpich\nall: require target=x86_64_v3; prefer os=debian12", "fftw",
			"fftw@3.3.10+mpi target=x86_64_v3 -> gcc=c mpich=mpi\ngcc@12.2.0 languages=c,c++,fortran [/usr]\nmpich@4.0~slurm [/opt/mpich]", "",
		},
		{
			"a target that a spec asks for is none that only is preferred", science, host + "all: targets x86_64_v3", "hwloc target=zen2",
			"gcc@12.2.0 languages=c,c++,fortran [/usr]\nhwloc@2.9 target=zen2 -> gcc=c", "",
		},
		{
			"a compiler limits the target", science, "gcc: external gcc@=4.9 languages=c,c++,fortran prefix /usr", "hwloc",
			"gcc@4.9 languages=c,c++,fortran [/usr]\nhwloc@2.9 target=x86_64_v3 -> gcc=c", "",
		},
		{
			"two compilers where one will not do for all", "k: versions 1; depends n; depends c types build\nn: versions 4; depends cxx types build\ncc: versions 2 1; provides c; provides cxx when @2",
			"cc: external cc@=1 prefix /usr\nall: prefer %cc@1", "k",
			"cc@1 [/usr]\ncc@2\nk@1 -> cc=c n\nn@4 -> cc=cxx", "",
		},
		{
			"two configurations of a build tool", "a: versions 1; depends b; depends tool@1 types build\nb: versions 1; depends tool@2 types build\ntool: tag build-tools; versions 2 1", "", "a",
			"a@1 -> b tool\nb@1 -> tool\ntool@1\ntool@2", "",
		},
		{
			"a circle of possible dependencies", "a: versions 1; variant x default true; depends b when +x\nb: versions 2 1; depends a when @2", "", "a",
			"a@1+x -> b\nb@1", "",
		},
		{
			"a sticky variant moves for a dependent", "a: versions 1; depends b gpu=7\nb: versions 1; variant gpu default none values none 7 8 sticky", "", "a",
			"a@1 -> b\nb@1 gpu=7", "",
		},
		{
			"a compiler is only built with where nothing asks to run it", "app: versions 1; variant cli default false; depends c types build; depends c types run when +cli\n" +
				"gcc: tag compiler; versions 13; provides c", "gcc: external gcc@=13 prefix /usr", "app",
			"app@1~cli -> gcc=c\ngcc@13 [/usr]", "",
		},
		{
			"the last declaration of a version counts", "a: versions 2:deprecated 1 2", "", "a",
			"a@2", "",
		},
		{
			"the last definition of a variant wins", "a: versions 2 1; variant x default false; variant x default true when @2", "", "a",
			"a@2+x", "",
		},
		{
			"tests only where asked for", "a: versions 1; depends t types test\nt: versions 1", "", "a",
			"a@1", "",
		},
		{
			"conflicts and requirements of a recipe are not for externals", "a: versions 1; depends lib; depends other\nlib: versions 2 1; conflicts @1\nother: versions 2 1; requires @2", "lib: external lib@=1 prefix /opt/lib\nother: external other@=1 prefix /opt/other", "a",
			"a@1 -> lib other\nlib@1 [/opt/lib]\nother@1 [/opt/other]", "",
		},
		{
			"a tool links to one configuration of each package, in its second configuration, too",
			"a: versions 1; depends m types build\nm: versions 1; variant w default true; depends t types build when +w\nt: versions 1; tag build-tools; depends x@1; depends y\ny: versions 1; tag build-tools; depends x@2\nx: versions 2 1; tag build-tools", "", "a",
			"a@1 -> m\nm@1~w", "",
		},
		{
			"a virtual as a root", science, host, "blas",
			"gcc@12.2.0 languages=c,c++,fortran [/usr]\nopenblas@0.3 -> gcc=c,fortran", "",
		},
		{
			"^ hangs below the root that asks for it", "a: versions 1; variant x default false; depends c1 when +x\nb: versions 1; depends c1\nc1: versions 1", "", "a ^c1\nb",
			"a@1+x -> c1\nb@1 -> c1\nc1@1", "",
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

func TestTestDependenciesOnRequest(t *testing.T) {
	r := request(t, mini.Parse("a: versions 1; depends t types test\nt: versions 1"), "", "a")
	r.Tests = []string{"a"}
	if got := describe(mustSolve(t, r)); got != "a@1 -> t\nt@1" {
		t.Errorf("got\n%s", got)
	}
}

// TestAnswerIsTheSameEachTime: the order of roots and the number of processors change nothing.
func TestAnswerIsTheSameEachTime(t *testing.T) {
	roots := []string{"hypre", "fftw", "hdf5~mpi", "zlib", "cmake"}
	var want string
	for round := range 12 {
		runtime.GOMAXPROCS(1 + 3*(round%2))
		rand.New(rand.NewSource(int64(round))).Shuffle(len(roots), func(i, j int) { roots[i], roots[j] = roots[j], roots[i] })
		s := mustSolve(t, request(t, mini.Parse(science), host, strings.Join(roots, "\n")))
		var hashes []string
		for i, n := range s.Roots {
			if n.Name() != spec.MustParse(roots[i]).Name {
				t.Fatalf("root %d is %s, want %s", i, n.Name(), roots[i])
			}
			hashes = append(hashes, n.Hash())
		}
		slices.Sort(hashes)
		if got := strings.Join(hashes, " "); want == "" {
			want = got
		} else if got != want {
			t.Fatalf("round %d: another answer", round)
		}
	}
	runtime.GOMAXPROCS(runtime.NumCPU())
}

func TestUnknownNames(t *testing.T) {
	for _, tc := range []struct{ config, specs, want string }{
		{host, "hdf6", "env.yaml:2: no package is called hdf6; did you mean hdf5?"},
		{host, "hdf5 ^openmp", "env.yaml:2: no package is called openmp; did you mean openmpi?"},
		{host, "hdf5+mpl", "env.yaml:2: hdf5 has no variant mpl; did you mean mpi?"},
		{host, "hdf5+quantum", "env.yaml:2: hdf5 has no variant quantum; it has cxx and mpi"},
		{host, "openmpi fabrics=ofi", "env.yaml:2: variant fabrics of openmpi cannot be ofi; it takes none, psm or ucx"},
		{host, "hdf5@9", "env.yaml:2: no version of hdf5 is in @9; there are 1.14, 1.12 and 1.10"},
		{host, "openmpi fabrics=UCX", "env.yaml:2: variant fabrics of openmpi cannot be UCX; it takes none, psm or ucx; did you mean ucx?"},
		{host, "hdf5-1.14", "env.yaml:2: no package is called hdf5-1.14; did you mean hdf5@1.14?"},
		{host, "other.hdf5", "env.yaml:2: the recipe of hdf5 is taken from the repository mini, not from other"},
		{host, "hdf5 os=rhel8", "env.yaml:2: hdf5: this system is debian12, so nothing is built for os=rhel8"},
		{host, "hdf5 ^fftw platform=cray", "env.yaml:2: fftw: this system is linux, so nothing is built for platform=cray"},
		{host, "hdf5 ^blas,mpi=mpich", "env.yaml:2: mpich does not provide blas; it provides mpi"},
		{"mpich: external mpich prefix /usr", "fftw ^mpich", "packages.yaml:1: external mpich: mpich does not name one version; write mpich@=VERSION"},
		{"mpich: external mpich@=4+slrum prefix /usr", "fftw ^mpich", "packages.yaml:1: external mpich: the recipe has no variant slrum; did you mean slurm?"},
	} {
		_, err := Concretize(context.Background(), request(t, mini.Parse(science), tc.config, tc.specs))
		if err == nil || err.Error() != tc.want {
			t.Errorf("%s: error %v, want %s", tc.specs, err, tc.want)
		}
	}
	_, err := Concretize(context.Background(), request(t, mini.Parse(science), host, "hdf6"))
	if !errors.Is(err, packages.ErrUnknownPackage) {
		t.Errorf("%v does not wrap ErrUnknownPackage", err)
	}
}

// TestAdvice is about the hints to write a thing otherwise.
func TestAdvice(t *testing.T) {
	for _, tc := range []struct{ specs, want string }{
		{"hdf5 %gcc +mpi", "what follows gcc is said of gcc: write hdf5+mpi before it"},
		{"hdf5 cflags=-O3 -g", `several flags need quotes: cflags="-O3 -g"`},
		{"hdf5 commit=abcdef", "a commit is a version: hdf5@git.abcdef=1.2, compared as 1.2"},
		{"hdf5 dev_path=/home/me/hdf5", "berth does not build sources of your own yet"},
		{"hdf5+quantum", ""},
	} {
		_, err := Concretize(context.Background(), request(t, mini.Parse(science), host, tc.specs))
		var unknown *UnknownVariantError
		if !errors.As(err, &unknown) || unknown.Hint() != tc.want {
			t.Errorf("%s: %v with the hint %q, want %q", tc.specs, err, unknown.Hint(), tc.want)
		}
	}
}

// TestUnconcernedDependency: a dependency that is not needed, or is only wished for, need not be possible.
func TestUnconcernedDependency(t *testing.T) {
	for _, specs := range []string{"hwloc %[when=%fortran] fortran=zlib", "hwloc %[when=%fortran virtuals=fortran] hwloc", "zlib %%fortran=hwloc"} {
		var refused *NotProvidedError
		if _, err := Concretize(context.Background(), request(t, mini.Parse(science), host, specs)); errors.As(err, &refused) {
			t.Errorf("%s: %v", specs, err)
		}
	}
}

func TestCancelledRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Concretize(ctx, request(t, mini.Parse(science), host, "hdf5")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}
