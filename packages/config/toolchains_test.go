package config

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/spec"
)

func TestMergeToolchains(t *testing.T) {
	read := func(file, text string) *Toolchains {
		t.Helper()
		scope, err := ParseToolchains(file, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return scope
	}
	user := read("user", "toolchains:\n  a: ['%c=gcc@13']\n  b: '%gcc'\n  'c:': ['%gcc@14']\n  d:\n  - spec: '%mpi=openmpi'\n    when: '%mpi'\n")
	site := read("site", "toolchains:\n  a: ['%cxx=gcc@13', cflags=-g]\n  b: ['%llvm']\n  c: ['%llvm']\n  e: '%nvhpc'\n")
	var b strings.Builder
	all := MergeToolchains(nil, user, site)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "%s %s:", name, all[name].Place)
		for _, e := range all[name].Entries {
			fmt.Fprintf(&b, " %s when %q %s;", e.Spec, e.When, e.Place)
		}
		b.WriteByte('\n')
	}
	want := `a user:2: %c=gcc@13 when "" user:2; %cxx=gcc@13 when "" site:2; cflags=-g when "" site:2;
b user:3: %gcc when "" user:3;
c user:4: %gcc@14 when "" user:4;
d user:5: %mpi=openmpi when "%mpi" user:6;
e site:5: %nvhpc when "" site:5;
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	if all := MergeToolchains(read("top", "toolchains::\n  z: '%gcc'\n"), user); len(all) != 1 {
		t.Errorf("toolchains:: leaves %v", all)
	}
}

func TestConfigurationExpandsToolchains(t *testing.T) {
	scope, err := Parse("p.yaml", []byte("packages:\n  all:\n    require: ['%one']\n  x:\n    prefer: ['%one+a']\n"))
	if err != nil {
		t.Fatal(err)
	}
	tools, err := ParseToolchains("t.yaml", []byte("toolchains:\n  one: '%gcc@13'\n"))
	if err != nil {
		t.Fatal(err)
	}
	cfg := Merge(scope)
	_, err = cfg.ExpandToolchains(MergeToolchains(tools))
	const want = "p.yaml:5: toolchain one (t.yaml:2): it takes no attributes of its own, so +a cannot follow it"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	delete(cfg.Packages, "x")
	expanded, err := cfg.ExpandToolchains(MergeToolchains(tools))
	if err != nil || expanded.All.Require[0].Specs[0].String() != "%gcc@13" {
		t.Errorf("got %v, %v", expanded.All.Require, err)
	}
	if cfg.All.Require[0].Specs[0].String() != "%one" {
		t.Error("the configuration that was given was changed")
	}
}

func FuzzParseToolchains(f *testing.F) {
	f.Add("toolchains:\n  a: ['%c=gcc@13']\n  b: '%gcc'\n  'c:': ['%gcc@14']\n  d:\n  - spec: '%mpi=openmpi'\n    when: '%mpi'\n")
	f.Add("toolchains::\n  a: [{spec: cflags=-O3, when: x}]\n  a: {}\n")
	f.Fuzz(func(t *testing.T, text string) {
		scope, err := ParseToolchains("t.yaml", []byte(text))
		if err != nil {
			return
		}
		all := MergeToolchains(scope)
		for name, toolchain := range all {
			if err := toolchain.Check(all); err != nil {
				t.Errorf("%q is read, but %s: %v", text, name, err)
			}
		}
	})
}

// TestDocumentedToolchains reads what docs/spec-language.md shows, and expands what it says of it.
func TestDocumentedToolchains(t *testing.T) {
	text, err := os.ReadFile("../../docs/spec-language.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(text), "```yaml\n")
	block, _, closed := strings.Cut(block, "```")
	if !found || !closed {
		t.Fatal("there is no example")
	}
	scope, err := ParseToolchains("toolchains.yaml", []byte(block))
	if err != nil {
		t.Fatal(err)
	}
	s, err := MergeToolchains(scope).Expand(spec.MustParse("hdf5 +fortran %llvm_gfortran ^mpich %newest"))
	const want = `hdf5+fortran cflags=-O3 %[virtuals=fortran when="%fortran"] gcc %[virtuals=c when="%c"] llvm %[virtuals=cxx when="%cxx"] llvm ^mpich %gcc@15`
	if err != nil || s.String() != want {
		t.Errorf("it is %s, %v", s, err)
	}
}
