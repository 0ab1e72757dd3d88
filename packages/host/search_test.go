package host

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

func names(r Report) []string {
	var names []string
	for _, e := range r.Externals {
		names = append(names, e.Spec.Name)
	}
	return names
}

func TestNames(t *testing.T) {
	sys := loadFake(t, "testdata/hosts/debian12.txt")
	for _, c := range []struct{ ask, want string }{
		{"gcc", "gcc"},
		{"openmpi", "openmpi"},
		{"mpi", "mpich openmpi"},
		{"cmake perl", "cmake perl"},
		{"llvm", ""},
	} {
		r, err := Find(t.Context(), sys, testRecipes(), strings.Fields(c.ask))
		if got := strings.Join(names(r), " "); err != nil || got != c.want {
			t.Errorf("find %s: got %q, %v; want %q", c.ask, got, err, c.want)
		}
		for _, f := range r.Findings {
			if f.Package != "" && f.Package != "mpi" && !slices.Contains(strings.Fields(c.want+" "+c.ask), f.Package) {
				t.Errorf("find %s tells of %+v", c.ask, f)
			}
		}
	}
}

func TestNamesThatCannotBeFound(t *testing.T) {
	sys := loadFake(t, "testdata/hosts/debian12.txt")
	_, err := Find(t.Context(), sys, testRecipes(), []string{"gcc", "hdf6"})
	if !errors.Is(err, packages.ErrUnknownPackage) || !strings.Contains(err.Error(), "hdf6") {
		t.Errorf("unknown package: %v", err)
	}
	var not *NotDetectableError
	if _, err = Find(t.Context(), sys, testRecipes(), []string{"zlib"}); !errors.As(err, &not) || not.Package != "zlib" {
		t.Errorf("no detection: %v", err)
	}
}

func TestDetectable(t *testing.T) {
	got, err := Detectable(t.Context(), testRecipes())
	want := "aocc cce cmake cray-mpich gcc gmake intel-oneapi-compilers intel-oneapi-mpi llvm llvm-amdgpu mpich mvapich2 nvhpc openmpi perl python spectrum-mpi tar"
	if err != nil || strings.Join(got, " ") != want {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestBrokenDetection(t *testing.T) {
	sys := loadFake(t, "testdata/hosts/debian12.txt")
	repo := testRecipes()
	repo["tar"].Place = packages.Place{File: "tar.yaml", Line: 3}
	for _, c := range []struct{ executable, version, want string }{
		{"^tar(", `(\S+)`, "tar.yaml:3: read detection of tar: executables: error parsing regexp"},
		{"^tar$", `tar [`, "tar.yaml:3: read detection of tar: version: error parsing regexp"},
		{"^tar$", `tar \S+`, "has no group for the version"},
	} {
		repo["tar"].Detection = &packages.Detection{Executables: []string{c.executable}, VersionExpr: c.version}
		if _, err := Find(t.Context(), sys, repo, []string{"tar"}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("asked for: got %v, want %q", err, c.want)
		}
		r, err := Find(t.Context(), sys, repo, nil)
		if err != nil || !strings.Contains(text(r), c.want) || !slices.Contains(names(r), "cmake") {
			t.Errorf("among all, %q is not told: %v", c.want, err)
		}
	}
}

func TestFindIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Find(ctx, loadFake(t, "testdata/hosts/debian12.txt"), testRecipes(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// An external claims only what its recipe has, at its version.
func TestClaims(t *testing.T) {
	at := func(text string) packages.When { return packages.When{mustParse(t, text)} }
	repo := testRecipes()
	repo["openmpi"].Variants = []packages.VariantDecl{
		{Name: "fortran", Kind: packages.BoolVariant, When: at("@5:")},
		{Name: "cxx", Kind: packages.BoolVariant, When: at("@:4")},
	}
	repo["mpich"].Variants = []packages.VariantDecl{
		valued("device", packages.SingleVariant, "ch3"),
		{Name: "netmod", Kind: packages.SingleVariant, Any: true},
	}
	repo["gcc"].Variants = nil
	repo["cmake"].Detection.Variants = map[string]string{"ownlibs": "false", "doc": "true"}
	repo["cmake"].Variants = []packages.VariantDecl{boolVariant("ownlibs")}
	r, err := Find(t.Context(), loadFake(t, "testdata/hosts/debian12.txt"), repo, []string{"gcc", "mpi", "cmake"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range r.Externals {
		got = append(got, e.Spec.String())
	}
	want := "cmake@=3.25.1~ownlibs gcc@=12.2.0 mpich@=4.0.2 netmod=ucx openmpi@=4.1.4+cxx"
	if strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, " "), want)
	}
}

// A package that others link to is there when its development files are, and not with its program alone.
func TestLibrariesBesidePrograms(t *testing.T) {
	repo := recipes{"bzip2": tool("bzip2", `^bzip2$`, `Version (\d[\d.]*\d)`, "--help")}
	repo["bzip2"].Detection.Libraries = []string{`^libbz2\.so$`}
	host := "uname x86_64 6\npath /usr/bin\nprog /usr/bin/bzip2\nrun /usr/bin/bzip2 --help\n2> bzip2, a block-sorting file compressor.  Version 1.0.8, 13-Jul-2019.\n" +
		"data /usr/lib/x86_64-linux-gnu/libbz2.so.1.0\n"
	r, err := Find(t.Context(), parseFake(t, host), repo, []string{"bzip2"})
	if err != nil || len(r.Externals) != 0 || !strings.Contains(text(r), "its development files are not installed") {
		t.Errorf("without development files: %v\n%s", err, text(r))
	}
	r, err = Find(t.Context(), parseFake(t, host+"data /usr/lib/x86_64-linux-gnu/libbz2.so\n"), repo, []string{"bzip2"})
	if err != nil || len(r.Externals) != 1 || r.Externals[0].Spec.String() != "bzip2@=1.0.8" {
		t.Errorf("with them: %v\n%s", err, text(r))
	}
}

// Debian's alternatives lead from /usr/bin through a directory that is no place to take a program from, to a name that does not fit.
func TestAlternatives(t *testing.T) {
	repo := recipes{"automake": tool("automake", `^automake$`, `GNU automake\) (\d\S*)`)}
	sys := parseFake(t, `uname x86_64 6
link /usr/bin/automake /etc/alternatives/automake
link /etc/alternatives/automake /usr/bin/automake-1.16
prog /usr/bin/automake-1.16
run /usr/bin/automake --version
> automake (GNU automake) 1.16.5
`)
	r, err := Find(t.Context(), sys, repo, nil)
	if err != nil || len(r.Externals) != 1 || r.Externals[0].Prefix != "/usr" || r.Externals[0].Attributes["executable"] != "/usr/bin/automake" {
		t.Errorf("%v\n%s", err, text(r))
	}
}

func mustParse(t *testing.T, text string) *spec.Spec {
	t.Helper()
	s, err := spec.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFingerprintSeesDrift(t *testing.T) {
	find := func(change func(sys *fakeSystem)) string {
		sys := loadFake(t, "testdata/hosts/debian12.txt")
		r, err := Find(t.Context(), sys, testRecipes(), []string{"openmpi"})
		if err != nil || len(r.Externals) != 1 {
			t.Fatal(err)
		}
		change(sys)
		return fingerprint(sys, r.Externals[0])
	}
	plain := find(func(*fakeSystem) {})
	if again := find(func(*fakeSystem) {}); again != plain || !strings.HasPrefix(plain, "sha256:") {
		t.Errorf("%s, then %s", plain, again)
	}
	if touched := find(func(sys *fakeSystem) { sys.nodes["/usr/bin/opal_wrapper"].info.MTime++ }); touched != plain {
		t.Error("a new time alone is taken for drift")
	}
	for what, change := range map[string]func(sys *fakeSystem){
		"wrapper replaced": func(sys *fakeSystem) { sys.nodes["/usr/bin/opal_wrapper"].text = "other" },
		"launcher gone":    func(sys *fakeSystem) { delete(sys.nodes, "/usr/bin/orterun") },
		"library updated":  func(sys *fakeSystem) { sys.nodes["/usr/lib/x86_64-linux-gnu/libmpi.so.40.30.4"].text = "other" },
	} {
		if find(change) == plain {
			t.Errorf("%s: not seen", what)
		}
	}
}

func TestOSName(t *testing.T) {
	for _, c := range []struct{ release, want string }{
		{"ID=debian\nVERSION_ID=\"12\"\n", "debian12"},
		{"ID=ubuntu\nVERSION_ID='22.04'\n", "ubuntu22.04"},
		{"ID=\"rhel\"\nVERSION_ID=\"8.9\"\n", "rhel8"},
		{"ID=rocky\nVERSION_ID=9.3\n", "rocky9"},
		{"ID=\"sles\"\nVERSION_ID=\"15.5\"\n", "sles15"},
		{"ID=opensuse-leap\nVERSION_ID=15.6\n", "opensuse15"},
		{"ID=ol\nVERSION_ID=8.8\n", "oracle8"},
		{"ID=centos\nVERSION_ID=7", "centos7"},
		{"ID=alpine\nVERSION_ID=3.20.1\n", "alpine3"},
		{"ID=fedora\nVERSION_ID=40\n", "fedora40"},
		{"ID=amzn\nVERSION_ID=\"2\"\n", "amzn2"},
		{"ID=arch\nBUILD_ID=rolling\n", "archrolling"},
		{"# ID=commented\nNAME=x\n", "linux"},
		{"ID=\"odd name\"\nVERSION_ID=\"@%\"\n", "oddname"},
	} {
		sys := parseFake(t, "uname x86_64 6\ntext /usr/lib/os-release\n| "+strings.ReplaceAll(c.release, "\n", "\n| ")+"\n")
		if got, err := OSName(sys); err != nil || got != c.want {
			t.Errorf("%q: got %q, %v; want %q", c.release, got, err, c.want)
		}
	}
	sid := parseFake(t, "text /etc/os-release\n| ID=debian\ntext /etc/debian_version\n| trixie/sid\n")
	if got, err := OSName(sid); err != nil || got != "debiantrixie" {
		t.Errorf("Debian testing: %q, %v", got, err)
	}
	if _, err := OSName(parseFake(t, "")); err == nil {
		t.Error("no os-release at all is no error")
	}
}

func TestTwoLibcs(t *testing.T) {
	both := "uname x86_64 6\nprog /lib64/ld-linux-x86-64.so.2\nprog /lib/ld-musl-x86_64.so.1\n" +
		"text /lib64/libc.so.6\n| GNU C Library (GNU libc) stable release version 2.31.\nrun /lib/ld-musl-x86_64.so.1\n2> Version 1.2.3\nexit 1\n"
	if l, err := FindLibc(t.Context(), parseFake(t, both)); err != nil || l.Name != "glibc" || l.Version != "2.31" {
		t.Errorf("without /bin/sh: %+v, %v", l, err)
	}
	if _, err := FindLibc(t.Context(), parseFake(t, "uname vax 1\n")); !errors.Is(err, ErrNoLibc) {
		t.Errorf("unknown machine: %v", err)
	}
}

func TestSplitWords(t *testing.T) {
	for line, want := range map[string]string{
		`gcc -I/a  -L/b`:         "gcc|-I/a|-L/b",
		`gcc "-I/a b" '-DX="y"'`: `gcc|-I/a b|-DX="y"`,
		`a\ b "c\"d" ''`:         `a b|c"d|`,
		"  \t\n":                 "",
		`open "quote`:            "open|quote",
	} {
		if got := strings.Join(splitWords(line), "|"); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

func TestPreferredName(t *testing.T) {
	for list, want := range map[string]string{
		"gcc gcc-12 x86_64-linux-gnu-gcc x86_64-linux-gnu-gcc-12": "gcc-12",
		"x86_64-redhat-linux-gcc gcc x86_64-redhat-linux-gcc-8":   "gcc",
		"x86_64-linux-gnu-gcc x86_64-linux-gnu-gcc-12":            "x86_64-linux-gnu-gcc-12",
		"g++ g++-11": "g++-11",
	} {
		if got := preferredName(strings.Fields(list)); got != want {
			t.Errorf("of %s: %s, want %s", list, got, want)
		}
	}
}
