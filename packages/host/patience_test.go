package host

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
)

// change is a fixture with one more line behind each answer of a command: what the machine does under load.
func change(t *testing.T, text, command, behaviour string) string {
	t.Helper()
	line := "run " + command + "\n"
	if strings.Count(text, line) != 1 {
		t.Fatalf("the fixture has %q %d times", line, strings.Count(text, line))
	}
	return strings.Replace(text, line, line+behaviour+"\n", 1)
}

func readText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestUnderLoad holds what a search does when one program of a whole machine does not answer, at once or at all.
func TestUnderLoad(t *testing.T) {
	whole := readText(t, "testdata/hosts/debian12.txt")
	calm, err := Find(t.Context(), parseFake(t, whole), testRecipes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ command, lost string }{
		{"/usr/bin/g++-12 -dumpmachine", "gcc mpich openmpi"},
		{"/usr/bin/gcc-12 -E -P which.c", "gcc mpich openmpi"},
		{"/usr/bin/gfortran-12 -o probe probe.f90", "gcc mpich openmpi"},
		{"/usr/bin/mpicc.openmpi -E -P which.c", "openmpi"},
		{"/usr/bin/mpicxx.openmpi -show", "openmpi"},
		{"/usr/bin/mpifort.mpich -o probe probe.f90", "mpich"},
		{"/usr/bin/mpirun.openmpi --version", "openmpi"},
		{"/usr/bin/cmake --version", "cmake"},
	} {
		t.Run(c.command, func(t *testing.T) {
			slow, err := Find(t.Context(), parseFake(t, change(t, whole, c.command, "slow")), testRecipes(), nil)
			if err != nil || text(slow) != text(calm) {
				t.Errorf("it answers when it is asked once more, but (%v):\n%s", err, text(slow))
			}
			dead, err := Find(t.Context(), parseFake(t, change(t, whole, c.command, "hang")), testRecipes(), nil)
			if err != nil {
				t.Fatal(err)
			}
			want := slices.DeleteFunc(names(calm), func(name string) bool { return slices.Contains(strings.Fields(c.lost), name) })
			if got := names(dead); !slices.Equal(got, want) {
				t.Errorf("found %v, want %v", got, want)
			}
			told := false
			for _, f := range dead.Silent() {
				told = told || strings.Contains(f.Reason, c.command) && strings.Contains(f.Reason, "no answer within ")
			}
			if !told {
				t.Errorf("nobody tells of it:\n%s", text(dead))
			}
			for _, name := range strings.Fields(c.lost) {
				if !dead.Unsure(name) {
					t.Errorf("it is sure of %s", name)
				}
				if slices.ContainsFunc(dead.Findings, func(f Finding) bool { return f.Package == name && (f.Verdict == Found || f.Verdict == Missing) }) {
					t.Errorf("%s is found or missing:\n%s", name, text(dead))
				}
			}
			if dead.Unsure("perl") {
				t.Error("it is unsure of what has nothing to do with it")
			}
		})
	}
}

// A driver of another version that hangs does not take the whole ones with it.
func TestHangingNeighbour(t *testing.T) {
	r, err := Find(t.Context(), parseFake(t, readText(t, "testdata/hosts/debian12.txt")+"prog /usr/bin/g++-11\nrun /usr/bin/g++-11 -dumpmachine\nhang\n"), testRecipes(), []string{"gcc"})
	if err != nil || len(r.Externals) != 1 || len(r.Silent()) != 1 || r.Silent()[0].Path != "/usr/bin/g++-11" {
		t.Errorf("%v\n%s", err, text(r))
	}
}

// What never answers can be skipped, and the rest is found without it.
func TestSkip(t *testing.T) {
	sys := parseFake(t, readText(t, "testdata/hosts/hanging.txt"))
	first, err := Find(t.Context(), sys, testRecipes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	skip := first.SilentPrograms()
	want := "/usr/bin/cmake /usr/bin/gfortran /usr/lib64/mpi/gcc/mpich/bin/mpicxx /usr/lib64/mpi/gcc/openmpi4/bin/mpicc"
	if got := strings.Join(skip, " "); got != want {
		t.Errorf("silent are %s, want %s", got, want)
	}
	skip = append(skip, "/usr/lib64/mpi/gcc/mpich/bin/mpiexec")
	r, err := Finder{System: sys, Repo: testRecipes(), Skip: skip}.Find(t.Context(), nil)
	if err != nil || len(r.Silent()) > 0 {
		t.Errorf("%v\n%s", err, text(r))
	}
	var found []string
	for _, x := range r.Externals {
		found = append(found, x.Spec.String())
	}
	if got := strings.Join(found, ", "); !strings.Contains(got, "gcc@=7.5.0 languages:=c,c++") || !strings.Contains(got, "mpich@=4.1.2") {
		t.Errorf("found %s\n%s", got, text(r))
	}
}

// A program is skipped by whichever of its names, and whatever else is a link to the same launcher is not.
func TestSkipByAnyName(t *testing.T) {
	text := readText(t, "testdata/hosts/debian12.txt")
	for _, skip := range []string{"/usr/bin/g++", "/usr/bin/g++-12", "/usr/bin/../bin/g++"} {
		r, err := Finder{System: parseFake(t, text), Repo: testRecipes(), Skip: []string{skip}}.Find(t.Context(), []string{"gcc"})
		if err != nil || len(r.Externals) != 1 || r.Externals[0].Attributes["compilers.cxx"] != "" || r.Externals[0].Attributes["compilers.c"] == "" {
			t.Errorf("without %s: %v, %v", skip, r.Externals, err)
		}
	}
	r, err := Finder{System: parseFake(t, text), Repo: testRecipes(), Skip: []string{"/usr/bin"}}.Find(t.Context(), nil)
	if err != nil || slices.ContainsFunc(r.Externals, func(x packages.External) bool { return strings.HasPrefix(x.Attributes["compilers.c"], "/usr/bin/") }) {
		t.Errorf("without /usr/bin: %v, %v", r.Externals, err)
	}
}

func TestGone(t *testing.T) {
	sys := parseFake(t, "prog /opt/gcc/bin/gcc\ndir /opt/lib\n")
	x := packages.External{Prefix: "/opt/gcc", Attributes: map[string]string{
		"compilers.c": "/opt/gcc/bin/gcc", "compilers.cxx": "/opt/gcc/bin/g++", "lib_dirs": "/opt/lib:/opt/none", "flags": "-L/x -I/y", "launcher": "srun",
		"environment.set.LICENSE": "/no/such/file",
	}}
	if got := strings.Join(Gone(sys, x), " "); got != "/opt/gcc/bin/g++" {
		t.Errorf("gone: %q", got)
	}
	x.Modules = []string{"gcc/12"}
	if got := Gone(sys, x); got != nil {
		t.Errorf("behind a module: %q", got)
	}
}
