package spec

import (
	"errors"
	"testing"
)

// testToolchains are the ones that the tests below use. mixed is Spack's usual example.
var testToolchains = Toolchains{
	"mixed": {Name: "mixed", Place: "toolchains.yaml:2", Entries: []ToolchainEntry{
		{Spec: MustParse("cflags=-O3"), Place: "toolchains.yaml:3"},
		{Spec: MustParse("%c=clang"), When: MustParse("%c"), Place: "toolchains.yaml:4"},
		{Spec: MustParse("%fortran=gcc@13"), When: MustParse("%fortran"), Place: "toolchains.yaml:6"},
	}},
	"new":  {Name: "new", Entries: []ToolchainEntry{{Spec: MustParse("%gcc@15")}}},
	"both": {Name: "both", Entries: []ToolchainEntry{{Spec: MustParse("%c,cxx=gcc@13 %mpi=mpich@4")}}},
}

func TestToolchainsExpand(t *testing.T) {
	tests := []struct{ text, want string }{
		{"x", "x"},
		{"x %gcc", "x %gcc"},
		{"x %new", "x %gcc@15"},
		{"x %new %gcc+binutils", "x %gcc@15+binutils"},
		{"%both", "%c,cxx=gcc@13 %mpi=mpich@4"},
		{"x %mixed", "x cflags=-O3 %[virtuals=fortran when=\"%fortran\"] gcc@13 %[virtuals=c when=\"%c\"] llvm"},
		{"x cflags=-g %mixed ^y %new ^z", `x cflags="-g -O3" %[virtuals=fortran when="%fortran"] gcc@13 %[virtuals=c when="%c"] llvm ^y %gcc@15 ^z`},
		{"x ^y %mixed", "x ^y cflags=-O3 %[virtuals=fortran when=\"%fortran\"] gcc@13 %[virtuals=c when=\"%c\"] llvm"},
		{"x %%new", "x %%gcc@15"},
		{"x %%mixed", "x cflags=-O3 %%[virtuals=fortran when=\"%fortran\"] gcc@13 %%[virtuals=c when=\"%c\"] llvm"},
		{"x %[when=+mpi] both", `x %[virtuals=c,cxx when=+mpi] gcc@13 %[virtuals=mpi when=+mpi] mpich@4`},
		{"x ^new", "x ^new"}, // a package of that name, if there is one
	}
	for _, test := range tests {
		s := MustParse(test.text)
		got, err := testToolchains.Expand(s)
		if err != nil || got.String() != test.want {
			t.Errorf("%s\n is %s, %v\nwant %s", test.text, got, err, test.want)
			continue
		}
		if s.String() != MustParse(test.text).String() {
			t.Errorf("%s was changed to %s", test.text, s)
		}
		if again, err := Parse(got.String()); err != nil || !again.Equal(got) {
			t.Errorf("%s reads back as %s, %v", got, again, err)
		}
	}
}

func TestToolchainsSayWhereTheyAreFrom(t *testing.T) {
	s, err := testToolchains.Expand(MustParse("x %mixed %cmake"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"cmake": "", "llvm": "toolchain mixed (toolchains.yaml:4)", "gcc": "toolchain mixed (toolchains.yaml:6)"}
	for _, d := range s.Deps {
		if d.From != want[d.Spec.Name] {
			t.Errorf("%s is from %q", d, d.From)
		}
	}
}

func TestToolchainsAreUsedWrongly(t *testing.T) {
	tests := []struct{ text, want string }{
		{"x %mixed@13", "toolchain mixed (toolchains.yaml:2): it takes no attributes of its own, so @13 cannot follow it"},
		{"x %new+a", "toolchain new: it takes no attributes of its own, so +a cannot follow it"},
		{"x %c=new", "toolchain new: it says itself what provides what, so c= cannot stand before it"},
		{"x %[deptypes=build] new", "toolchain new: deptypes=build cannot be said of it"},
		{"x %[when=+a] mixed", "toolchain mixed (toolchains.yaml:2): cflags=-O3 cannot have a condition, so when=+a cannot be said of it"},
		{"x %new %gcc@13", "toolchain new: version of gcc: @13 contradicts @15"},
		{"x ^[when=%new] y", "toolchain new: it cannot stand in a condition (when=)"},
		{"x ^y %[when=%new] z", "toolchain new: it cannot stand in a condition (when=)"},
		{"x %both %c=llvm", "toolchain both: virtual c: llvm contradicts gcc"},
	}
	for _, test := range tests {
		_, err := testToolchains.Expand(MustParse(test.text))
		var wrong *ToolchainError
		if !errors.As(err, &wrong) || err.Error() != test.want {
			t.Errorf("%s\n gives %v\nwant %s", test.text, err, test.want)
		}
	}
}

func TestToolchainsAreDefinedWrongly(t *testing.T) {
	tests := []struct{ name, spec, when, want string }{
		{"clang", "%gcc", "", "toolchain clang (f:1): %clang means the package llvm: give it another name"},
		{"t", "gcc@13", "", "toolchain t (f:2): gcc@13 names a package, but it is for any: begin with % or an attribute"},
		{"t", "", "", "toolchain t (f:2): an entry says nothing"},
		{"t", "cflags=-O3 %gcc", "%c", "toolchain t (f:2): cflags=-O3 cannot have a condition: only dependencies (%) can"},
		{"t", "^mpich", "", "toolchain t (f:2): ^mpich: only direct dependencies (%) can be part of a toolchain"},
		{"t", "%new", "", "toolchain t (f:2): it uses the toolchain new, and toolchains cannot be nested"},
		{"t", "%gcc cflags=-O3", "%c", ""},
	}
	for _, test := range tests {
		e := ToolchainEntry{Spec: MustParse(test.spec), Place: "f:2"}
		if test.when != "" {
			e.When = MustParse(test.when)
		}
		err := Toolchain{Name: test.name, Place: "f:1", Entries: []ToolchainEntry{e}}.Check(testToolchains)
		if got := errorText(err); got != test.want {
			t.Errorf("%s: %s\n gives %s\nwant %s", test.name, test.spec, got, test.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
