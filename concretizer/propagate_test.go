package concretizer

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// family is a package over packages of which some have a variant and some have not.
const family = `
app: versions 1; variant kind default plain values plain fancy; depends mid; depends tool types build; depends plugin when kind=fancy; depends c types build; depends cxx types build
mid: versions 1; variant debug default false; depends base; depends c types build
base: versions 1; variant debug default false; variant kind default plain values plain; depends c types build; depends fortran types build
plugin: versions 1; variant debug default false; depends base~debug
tool: tag build-tools; versions 1; variant debug default false; depends cxx types build
gcc: tag compiler; versions 14 13; external-only no; provides c cxx fortran
llvm: tag compiler; versions 19 18; external-only no; provides c cxx
`

const threeCompilers = `
gcc: external gcc@=14 prefix /usr; external gcc@=13 prefix /opt/gcc13
llvm: external llvm@=19 prefix /opt/llvm
all: providers c gcc llvm; providers cxx gcc llvm
`

// TestPropagation looks at one node after the other, so that a case reads as what the request means for each.
func TestPropagation(t *testing.T) {
	tests := []struct{ specs, want string }{
		// A package without the variant is left alone, and so is one that does not take the value; build tools are not.
		{"app", "app kind=plain; mid~debug; base~debug kind=plain; tool~debug"},
		{"app ++debug", "app kind=plain; mid+debug; base+debug kind=plain; tool+debug"},
		{"app kind==fancy", "app kind=fancy; mid~debug; base~debug kind=plain; tool~debug"},
		{"app ^mid++debug", "app kind=plain; mid+debug; base+debug kind=plain; tool~debug"},
		{"app ^base+debug", "app kind=plain; mid~debug; base+debug kind=plain; tool~debug"},
		// Flags go along what is linked or run, to what is compiled in the language, by the same compiler.
		{"app cflags=-g", "app cflags=-g kind=plain; mid~debug; base~debug kind=plain; tool~debug"},
		{"app cflags==-g", "app cflags=-g kind=plain; mid~debug cflags=-g; base~debug cflags=-g kind=plain; tool~debug"},
		{"app cxxflags==-g", "app cxxflags=-g kind=plain; mid~debug; base~debug kind=plain; tool~debug"},
		{"app ldflags==-s", "app kind=plain ldflags=-s; mid~debug ldflags=-s; base~debug kind=plain ldflags=-s; tool~debug"},
		{"app cflags==-g ^mid cflags=-O2", "app cflags=-g kind=plain; mid~debug cflags=-O2; base~debug cflags=-g kind=plain; tool~debug"},
		{"app cflags==-g %gcc ^mid %llvm", "app cflags=-g kind=plain; mid~debug; base~debug cflags=-g kind=plain; tool~debug"},
	}
	for _, test := range tests {
		s := mustSolve(t, request(t, mini.Parse(family), threeCompilers, test.specs))
		if got := attributes(s, "app", "mid", "base", "tool"); got != test.want {
			t.Errorf("%s\n is %s\nwant %s", test.specs, got, test.want)
		}
	}
}

func attributes(s *Solution, names ...string) string {
	var out []string
	for _, name := range names {
		for _, n := range dag.Topological(s.Roots...) {
			if n.Name() != name {
				continue
			}
			a := n.Attrs()
			shown := &spec.Spec{Name: name, Variants: a.Variants, Flags: a.Flags}
			out = append(out, strings.TrimSpace(shown.String()))
		}
	}
	return strings.Join(out, "; ")
}

// TestWishes shows by which compilers each package is compiled.
func TestWishes(t *testing.T) {
	tests := []struct{ specs, want string }{
		{"app", "app c,cxx=gcc@14; mid c=gcc@14; base c,fortran=gcc@14; tool cxx=gcc@14"},
		// Along what is linked or run, and only where it can be: llvm has no Fortran, and the tool is for building only.
		{"app %%llvm", "app c,cxx=llvm@19; mid c=llvm@19; base fortran=gcc@14 c=llvm@19; tool cxx=gcc@14"},
		{"app %%gcc@13", "app c,cxx=gcc@13; mid c=gcc@13; base c,fortran=gcc@13; tool cxx=gcc@13"},
		{"app %%llvm ^mid %gcc", "app c,cxx=llvm@19; mid c=gcc@14; base fortran=gcc@14 c=llvm@19; tool cxx=gcc@14"},
		// What follows from a wish is the best otherwise: compilers that are linked together are one if they can be.
		{"app %%c=llvm", "app c,cxx=llvm@19; mid c=llvm@19; base fortran=gcc@14 c=llvm@19; tool cxx=gcc@14"},
		{"app %%[when=%fortran] gcc@13", "app c,cxx=gcc@13; mid c=gcc@13; base c,fortran=gcc@13; tool cxx=gcc@13"},
	}
	for _, test := range tests {
		s := mustSolve(t, request(t, mini.Parse(family), threeCompilers, test.specs))
		var out []string
		for _, name := range []string{"app", "mid", "base", "tool"} {
			for _, n := range dag.Topological(s.Roots...) {
				if n.Name() != name {
					continue
				}
				line := name
				for _, e := range n.Edges() {
					if len(e.Virtuals) > 0 {
						line += " " + strings.Join(e.Virtuals, ",") + "=" + e.To.Name() + "@" + e.To.Version().String()
					}
				}
				out = append(out, line)
			}
		}
		if got := strings.Join(out, "; "); got != test.want {
			t.Errorf("%s\n is %s\nwant %s", test.specs, got, test.want)
		}
	}
}

func TestPropagatedVariantThatNobodyHas(t *testing.T) {
	_, err := Concretize(context.Background(), request(t, mini.Parse(family), threeCompilers, "app ++debugg"))
	var unknown *UnknownPropagatedError
	const want = "env.yaml:2: ++debugg: neither app nor anything that it may need has a variant debugg; did you mean debug?"
	if !errors.As(err, &unknown) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
