package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/packages"
)

// show prints a configuration in a few lines a person can compare.
func show(c packages.Configuration) string {
	var b strings.Builder
	showPackage(&b, "all", c.All)
	for _, name := range slices.Sorted(maps.Keys(c.Packages)) {
		showPackage(&b, name, c.Packages[name])
	}
	return b.String()
}

func showPackage(b *strings.Builder, name string, p packages.PackageConfig) {
	line := func(format string, args ...any) { fmt.Fprintf(b, name+" "+format+"\n", args...) }
	if p.NotBuildable != nil {
		line("not buildable (%s)", p.NotBuildable)
	}
	for _, list := range []struct {
		name  string
		items []packages.ConfigRequirement
	}{{"require", p.Require}, {"prefer", p.Prefer}, {"conflict", p.Conflict}} {
		for _, r := range list.items {
			var specs []string
			for _, s := range r.Specs {
				specs = append(specs, s.String())
			}
			line("%s %s policy %d when %q %q (%s)", list.name, strings.Join(specs, " | "), r.Policy, r.When, r.Message, r.Place)
		}
	}
	for _, v := range p.Versions {
		line("version %s (%s)", v.Versions, v.Place)
	}
	for _, v := range p.Variants {
		line("variants %s (%s)", v.Spec, v.Place)
	}
	for _, virtual := range slices.Sorted(maps.Keys(p.Providers)) {
		for _, n := range p.Providers[virtual] {
			line("provider of %s: %s (%s)", virtual, n.Name, n.Place)
		}
	}
	if len(p.Targets) > 0 {
		line("targets %s", p.Targets)
	}
	for _, c := range p.Compilers {
		line("compiler %s (%s)", c.Spec, c.Place)
	}
	for _, x := range p.Externals {
		line("external %s at %q modules %q %s (%s)", x.Spec, x.Prefix, x.Modules, x.ID, x.Place)
		for _, k := range slices.Sorted(maps.Keys(x.Attributes)) {
			line("  %s = %s", k, x.Attributes[k])
		}
		for _, d := range x.Dependencies {
			line("  depends on %s%v %s %v", d.ID, d.Spec, d.Types, d.Virtuals)
		}
	}
}

func parse(t *testing.T, file, text string) *Scope {
	t.Helper()
	s, err := Parse(file, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRead(t *testing.T) {
	got := show(Merge(parse(t, "packages.yaml", `
packages:
  all:
    providers: {mpi: [openmpi, mpich], blas: [blis], zlib-api: [zlib-ng+compat, zlib]}
    target: [zen3]
    compiler: [gcc@13, clang]
    require: "%gcc@13"
  gcc:
    externals:
    - spec: gcc@12.2.0 languages:='c,c++,fortran'
      prefix: /usr
      extra_attributes:
        compilers: {c: /usr/bin/gcc-12, cxx: /usr/bin/g++-12}
        environment: {set: {A: 1.10}}
        extra_rpaths: [/a, /b]
        flags: {}
  openmpi:
    buildable: False
    externals:
    - spec: openmpi@4.1
      id: site
      modules: [openmpi/4.1]
      dependencies:
      - {spec: gcc@12, deptypes: build, virtuals: "c,cxx"}
      - {id: other, deptypes: [link, run]}
  mpi:
    buildable: false
  hdf5:
    version: [1.10, "1.14:"]
    variants: +mpi ~shared
    require:
    - one_of: [+cxx, +fortran]
      when: "@1.10"
      message: one of the two
    - any_of: ["@1.14", "@1.10"]
    - spec: +hl
    prefer: ["+szip"]
    conflict:
    - {spec: +java, message: no Java here}
  old:
    paths: {old@1.2: /opt/old}
    modules: {old@1.3: old/1.3}
`)))
	want := `all require %gcc@13 policy 0 when "" "" (packages.yaml:7)
all provider of blas: blis (packages.yaml:4)
all provider of mpi: openmpi (packages.yaml:4)
all provider of mpi: mpich (packages.yaml:4)
all provider of zlib-api: zlib-ng (packages.yaml:4)
all provider of zlib-api: zlib (packages.yaml:4)
all targets [zen3]
all compiler gcc@13 (packages.yaml:6)
all compiler clang (packages.yaml:6)
gcc external gcc@=12.2.0 languages:=c,c++,fortran at "/usr" modules []  (packages.yaml:10)
gcc   compilers.c = /usr/bin/gcc-12
gcc   compilers.cxx = /usr/bin/g++-12
gcc   environment.set.A = 1.10
gcc   extra_rpaths = /a:/b
hdf5 require +cxx | +fortran policy 2 when "@1.10" "one of the two" (packages.yaml:32)
hdf5 require @1.14 | @1.10 policy 1 when "" "" (packages.yaml:35)
hdf5 require +hl policy 0 when "" "" (packages.yaml:36)
hdf5 prefer +szip policy 0 when "" "" (packages.yaml:37)
hdf5 conflict +java policy 0 when "" "no Java here" (packages.yaml:39)
hdf5 version 1.10 (packages.yaml:29)
hdf5 version 1.14: (packages.yaml:29)
hdf5 variants +mpi~shared (packages.yaml:30)
mpi not buildable (packages.yaml:27)
old external old@=1.2 at "/opt/old" modules []  (packages.yaml:41)
old external old@=1.3 at "" modules ["old/1.3"]  (packages.yaml:42)
openmpi not buildable (packages.yaml:18)
openmpi external openmpi@=4.1 at "" modules ["openmpi/4.1"] site (packages.yaml:20)
openmpi   depends on gcc@12 build [c cxx]
openmpi   depends on other link,run []
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMerge(t *testing.T) {
	user := `
packages:
  all:
    providers: {mpi: [mpich]}
  hdf5:
    require: ["+mpi"]
    variants: +cxx
    buildable: true
  zlib::
    version: [1.3]
  fftw:
    externals::
    - {spec: fftw@3.3.10, prefix: /mine}
`
	site := `
packages:
  all:
    providers: {mpi: [openmpi], blas: [blis]}
  hdf5:
    require: ["+shared"]
    variants: +fortran
    buildable: false
  zlib:
    version: [1.2]
    buildable: false
  fftw:
    externals:
    - {spec: fftw@3.3.9, prefix: /site}
    buildable: false
`
	got := show(Merge(parse(t, "user", user), parse(t, "site", site)))
	want := `all provider of blas: blis (site:4)
all provider of mpi: mpich (user:4)
all provider of mpi: openmpi (site:4)
fftw not buildable (site:15)
fftw external fftw@=3.3.10 at "/mine" modules []  (user:13)
hdf5 require +mpi policy 0 when "" "" (user:6)
hdf5 require +shared policy 0 when "" "" (site:6)
hdf5 variants +cxx (user:7)
zlib version 1.3 (user:10)
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	hidden := show(Merge(parse(t, "user", strings.Replace(user, "packages:", "packages::", 1)), parse(t, "site", site)))
	if strings.Contains(hidden, "site") {
		t.Errorf("packages:: does not hide the scope below:\n%s", hidden)
	}
}

func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"packages:\n  hdf5: {variant: +mpi}\n":                                         `p.yaml:2:10: unknown key "variant" (did you mean "variants"?)`,
		"packages:\n  gcc:\n    externals:\n    - {spec: gcc, prefix: /usr}\n":         `p.yaml:4:14: this spec has no version (an external is one version: gcc@1.2.3)`,
		"packages:\n  gcc:\n    externals:\n    - {spec: \"gcc@12:\", prefix: /usr}\n": `p.yaml:4:14: this spec has more than one version (an external is one version: gcc@1.2.3)`,
		"packages:\n  gcc:\n    externals:\n    - {spec: clang@12, prefix: /usr}\n":    `p.yaml:4:14: this spec is not one of gcc (it belongs under clang)`,
		"packages:\n  gcc:\n    externals:\n    - {spec: gcc@12}\n":                    `p.yaml:4:7: this external has no place (give prefix, or modules that lead to it)`,
		"packages:\n  gcc:\n    externals:\n    - {spec: gcc@12, prefix: usr}\n":       `p.yaml:4:30: "usr" is not an absolute path`,
		"packages:\n  mpi: {buildable: no way}\n":                                      `p.yaml:2:20: expected true or false, found "no way"`,
		"packages:\n  mpi: {require: [{when: +x}]}\n":                                  `p.yaml:2:19: one of spec, any_of and one_of is missing`,
		"packages:\n  mpi: {}\n  mpi: {}\n":                                            `p.yaml:3:3: key "mpi" stands twice (it stands in line 2 already)`,
		"package:\n  mpi: {}\n":                                                        `p.yaml:1:1: unknown key "package" (did you mean "packages"?)`,
	} {
		_, err := Parse("p.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("packages:\n  gcc:\n    externals:\n    - {spec: gcc@12, prefix: /usr}\n")
	f.Add("packages:\n  all: {providers: {mpi: [a]}, require: x}\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse("p.yaml", []byte(text))
		if (s == nil) == (err == nil) {
			t.Fatalf("%v, %v", s, err)
		}
		if err == nil {
			Merge(s, s)
		}
	})
}
