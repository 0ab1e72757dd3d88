package concretizer

import (
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
	"github.com/berth-hpc/berth/spec/dag"
)

// compiled is science with C libraries and runtimes.
const compiled = science + `
glibc: versions 2.43 2.40 2.36 2.31; provides libc; provides iconv
musl: versions 1.2.4; provides libc; conflicts glibc
gcc-runtime: provides fortran-rt; tag runtime
tool: versions 1; depends c types build; depends zlib; depends gcc-runtime@11:; variant new default true; conflicts +new when ^glibc@:2.36
script: versions 1; depends zlib types run
suite: versions 1; depends gcc types run; depends gcc-runtime types run
`

const (
	system  = host + "glibc: external glibc@=2.36 prefix /usr\n"
	twoGCCs = "external gcc@=13.2.0 languages=c,c++,fortran prefix /opt/gcc-13; external gcc@=12.2.0 languages=c,c++,fortran prefix /usr\n"
)

// TestRuntimes: what is compiled links to the system's C library and to its compiler's runtime libraries; nothing else does.
func TestRuntimes(t *testing.T) {
	const newer = "glibc: external glibc@=2.36 prefix /usr\ngcc: " + twoGCCs
	const gcc12, gcc13 = "gcc@12.2.0 languages=c,c++,fortran [/usr]", "gcc@13.2.0 languages=c,c++,fortran [/opt/gcc-13]"
	for _, tc := range []struct{ name, config, specs, want string }{
		{"both", system, "hwloc", gcc12 + `
gcc-runtime@12.2.0 [/usr]
glibc@2.36 [/usr]
hwloc@2.9 -> gcc=c gcc-runtime glibc=libc`},
		{"no C library is known", host, "hwloc", gcc12 + `
gcc-runtime@12.2.0 [/usr]
hwloc@2.9 -> gcc=c gcc-runtime`},
		{"where the recipe says so, too, and conditions see it", system, "tool", gcc12 + `
gcc-runtime@12.2.0 [/usr]
glibc@2.36 [/usr]
gmake@4.4 -> gcc=c gcc-runtime glibc=libc
tool@1~new -> gcc=c gcc-runtime glibc=libc zlib
zlib@1.3 -> gcc=c gcc-runtime glibc=libc gmake`},
		{"what is not compiled has none", system + "zlib: external zlib@=1.2 prefix /usr", "script ^zlib@1.2", `script@1 -> zlib
zlib@1.2 [/usr]`},
		{"a runtime is that of the compiler that is used", newer, "hwloc %gcc@12", gcc12 + `
gcc-runtime@12.2.0 [/usr]
glibc@2.36 [/usr]
hwloc@2.9 -> gcc=c gcc-runtime glibc=libc`},
		{"and of the newest, where there are two", newer, "mpich %gcc@12\nhwloc %gcc@13", gcc12 + "\n" + gcc13 + `
gcc-runtime@13.2.0 [/opt/gcc-13]
glibc@2.36 [/usr]
hwloc@2.9 -> gcc=c gcc-runtime glibc=libc
mpich@4.2~slurm -> gcc=c gcc-runtime glibc=libc`},
		{"so it can be asked for", newer, "hwloc ^gcc-runtime@12", gcc12 + `
gcc-runtime@12.2.0 [/usr]
glibc@2.36 [/usr]
hwloc@2.9 -> gcc=c gcc-runtime glibc=libc`},
		{"asked for by version and virtual", system, "hwloc ^[virtuals=libc] glibc@2.30:", gcc12 + `
gcc-runtime@12.2.0 [/usr]
glibc@2.36 [/usr]
hwloc@2.9 -> gcc=c gcc-runtime glibc=libc`},
		{"by itself", system, "gcc-runtime", "gcc-runtime@12.2.0 [/usr]"},
		{"of a compiler that compiles nothing", newer, "suite ^gcc-runtime@12", gcc12 + `
gcc-runtime@12.2.0 [/usr]
suite@1 -> gcc gcc-runtime`},
		{"of another kind", host + "musl: external musl@=1.2.5 prefix /usr", "hwloc", gcc12 + `
gcc-runtime@12.2.0 [/usr]
hwloc@2.9 -> gcc=c gcc-runtime musl=libc
musl@1.2.5 [/usr]`},
	} {
		s := mustSolve(t, request(t, mini.Parse(compiled), tc.config, tc.specs))
		want := strings.Split(tc.want, "\n")
		slices.Sort(want)
		if got, want := describe(s), strings.Join(want, "\n"); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", tc.name, got, want)
		}
	}
}

// TestIconvOfLibc: the C library is there in any case, so that it need not be built is no reason to take its iconv. Who wants it says so.
func TestIconvOfLibc(t *testing.T) {
	const repo = compiled + `
libiconv: versions 1.17; provides iconv; depends c types build
text: versions 1; depends iconv; depends c types build
`
	for _, tc := range []struct{ name, config, spec, want, costs string }{
		{"as berth orders providers", "", "text", "gcc=c gcc-runtime glibc=libc libiconv=iconv", "builds=2 reused: versions=5 nodes=5"},
		{"as configuration does", "iconv: providers iconv glibc", "text", "gcc=c gcc-runtime glibc=iconv,libc", "builds=1 reused: versions=5 nodes=4"},
		{"the other may not be built", "libiconv: not-buildable", "text", "gcc=c gcc-runtime glibc=iconv,libc", "providers=1 builds=1 reused: versions=5 nodes=4"},
		{"asked for", "", "text ^[virtuals=iconv] glibc", "gcc=c gcc-runtime glibc=iconv,libc", "providers=1 builds=1 reused: versions=5 nodes=4"},
	} {
		s := mustSolve(t, request(t, mini.Parse(repo), system+tc.config, tc.spec))
		if _, got, _ := strings.Cut(describe(s), "text@1 -> "); got != tc.want || costs(s) != tc.costs {
			t.Errorf("%s: got %q for %s, want %q for %s", tc.name, got, costs(s), tc.want, tc.costs)
		}
	}
}

// TestRuntimesOfBuiltCompilers: the runtime of a compiler that is built is the compiler itself.
func TestRuntimesOfBuiltCompilers(t *testing.T) {
	const repo = `
gcc: tag compiler; versions 14 12; provides c; depends c types build
gcc-runtime: provides fortran-rt; tag runtime
glibc: versions 2.36; provides libc
app: versions 1; depends c types build
`
	s := mustSolve(t, request(t, mini.Parse(repo), "gcc: external gcc@=12 prefix /usr\nglibc: external glibc@=2.36 prefix /usr", "app %gcc@14"))
	const want = `app@1 -> gcc=c glibc=libc
gcc-runtime@12 [/usr]
gcc@12 [/usr]
gcc@14 -> gcc=c gcc-runtime glibc=libc
glibc@2.36 [/usr]`
	if got := describe(s); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestReuseFitsRuntimes: what exists is reused where the host has a C library that is not older than the one it was built on, and its runtime libraries.
func TestReuseFitsRuntimes(t *testing.T) {
	gcc := func(version, prefix string) string {
		return "gcc: external gcc@=" + version + " languages=c,c++,fortran prefix " + prefix + "\n"
	}
	glibc := func(version string) string { return "glibc: external glibc@=" + version + " prefix /usr\n" }
	c := mustSolve(t, request(t, mini.Parse(compiled), system, "mpich"))
	fortran := mustSolve(t, request(t, mini.Parse(compiled), gcc("7.5", "/usr")+glibc("2.36"), "netlib-lapack"))
	before := mustSolve(t, request(t, mini.Parse(science), host, "mpich")) // with a berth that knew neither
	for _, tc := range []struct {
		name       string
		old        *Solution
		spec       string
		config, os string
		reused     bool
	}{
		{"the same host", c, "mpich", system, "debian12", true},
		{"a newer C library", c, "mpich", host + glibc("2.41"), "debian13", true},
		{"an older C library", c, "mpich", host + glibc("2.31"), "debian11", false},
		{"an older C library of a system of the same name", c, "mpich", host + glibc("2.35"), "debian12", false},
		{"another C library", c, "mpich", host + "musl: external musl@=1.2.5 prefix /usr", "debian12", false},
		{"a C library that is not known, on the same system", c, "mpich", host, "debian12", true},
		{"a C library that is not known, on another system", c, "mpich", host, "debian13", false},
		{"a newer compiler in the same place", c, "mpich", gcc("14.2", "/usr") + glibc("2.36"), "debian12", true},
		{"an older compiler", c, "mpich", gcc("11.4", "/usr") + glibc("2.36"), "debian12", false},
		{"its compiler stands elsewhere", c, "mpich", gcc("12.2.0", "/opt/gcc") + glibc("2.36"), "debian12", false},
		{"Fortran libraries of another name", fortran, "netlib-lapack", gcc("12.2.0", "/usr") + glibc("2.36"), "debian12", false},
		{"Fortran libraries of the same name", fortran, "netlib-lapack", gcc("7.6", "/usr") + glibc("2.36"), "debian12", true},
		{"built before, on the same system", before, "mpich", system, "debian12", true},
		{"built before, on another system", before, "mpich", host + glibc("2.41"), "debian13", false},
		{"built before, by another compiler", before, "mpich", gcc("14.2", "/usr") + glibc("2.36"), "debian12", false},
		{"for the system it was built on", c, "mpich os=debian12", host + glibc("2.41"), "debian13", true},
		{"not for the system it was built on", c, "mpich os=debian13", host + glibc("2.41"), "debian13", false},
	} {
		r := request(t, mini.Parse(compiled), tc.config, tc.spec)
		r.OS, r.Reuse = tc.os, installed(tc.old)
		s := mustSolve(t, r)
		if got := s.Reused[tc.old.Roots[0].Hash()]; got != tc.reused {
			t.Errorf("%s: reused is %t\n%s", tc.name, got, describe(s))
		}
	}
}

// TestReuseBesideRuntimes: what was built on an older C library and with an older compiler is linked by what is built now on the host's own.
func TestReuseBesideRuntimes(t *testing.T) {
	old := mustSolve(t, request(t, mini.Parse(compiled), host+"glibc: external glibc@=2.31 prefix /usr", "zlib"))
	const now = "gcc: external gcc@=14.2 languages=c,c++,fortran prefix /usr\nglibc: external glibc@=2.43 prefix /usr"
	r := request(t, mini.Parse(compiled), now, "tool")
	r.Reuse = installed(old)
	s := mustSolve(t, r)
	if !s.Reused[old.Roots[0].Hash()] {
		t.Fatalf("zlib is not reused:\n%s", describe(s))
	}
	for name, want := range map[string]string{"glibc": "2.31 2.43", "gcc-runtime": "12.2.0 14.2"} {
		var versions []string
		for _, n := range dag.Find(name, s.Roots...) {
			versions = append(versions, n.Version().String())
		}
		if got := strings.Join(versions, " "); got != want && got != strings.Join([]string{strings.Fields(want)[1], strings.Fields(want)[0]}, " ") {
			t.Errorf("%s is there as %s, want %s", name, got, want)
		}
	}
}
