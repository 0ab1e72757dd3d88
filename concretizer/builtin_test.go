package concretizer

import (
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages/builtin"
)

// debian is what a machine of the walking skeleton has.
const debian = `
gcc: external gcc@=12.2.0 languages=c,c++,fortran prefix /usr
gmake: external gmake@=4.3 prefix /usr
perl: external perl@=5.36.0 prefix /usr
cmake: external cmake@=3.25.1 prefix /usr
openmpi: external openmpi@=4.1.4 prefix /usr/lib/x86_64-linux-gnu/openmpi
mpich: external mpich@=4.0.2 prefix /usr/lib/x86_64-linux-gnu/mpich
mpi: not-buildable
`

func TestBuiltinRecipes(t *testing.T) {
	repo, err := builtin.Open()
	if err != nil {
		t.Fatal(err)
	}
	s := mustSolve(t, request(t, repo, debian, "fftw+mpi\nhypre+mpi"))
	text := describe(s)
	for _, want := range []string{
		"openmpi@4.1.4", "gcc@12.2.0", "openblas@", "[/usr/lib/x86_64-linux-gnu/openmpi]",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if strings.Contains(text, "mpich") {
		t.Errorf("mpich in\n%s", text)
	}
	t.Logf("%s\n%s\n%+v", text, costs(s), s.Stats)
	m := mustSolve(t, request(t, repo, debian+"all: providers mpi mpich\n", "hypre+mpi\nfftw+mpi"))
	text = describe(m)
	if !strings.Contains(text, "mpich@4.0.2") || strings.Contains(text, "openmpi") {
		t.Errorf("preferring mpich gives\n%s", text)
	}
}
