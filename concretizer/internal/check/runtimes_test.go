package check_test

import (
	"context"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/check"
	"github.com/berth-hpc/berth/concretizer/internal/mini"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

const compiledRepository = `
app: versions 1; depends c types build; depends fortran types build
gcc: tag compiler; versions 13 12 7; provides c fortran
gcc-runtime: versions 13 12 7
glibc: versions 2.40 2.36; provides libc
musl: versions 1; provides libc
`

const compiledConfiguration = `
gcc: external gcc@=12 prefix /usr; external gcc@=13 prefix /opt
gcc-runtime: external gcc-runtime@=12 prefix /usr; external gcc-runtime@=13 prefix /opt
glibc: external glibc@=2.36 prefix /usr
`

// compiledApp is a program with what it was built on.
type compiledApp struct {
	gcc, runtime, libc dag.Attrs
	languages          []string
	virtual            []string
	types              spec.DepTypes // of the edges to the runtime and the C library; 0: there are none
	os                 string
}

func external(name, version, prefix string) dag.Attrs {
	a := dag.Attrs{Name: name, Namespace: "mini", Version: spec.MustVersion(version), Platform: "linux", OS: "debian12", Target: "x86_64"}
	if prefix != "" {
		a.External = &dag.External{Prefix: prefix}
	}
	return a
}

func correctApp() compiledApp {
	return compiledApp{external("gcc", "12", "/usr"), external("gcc-runtime", "12", "/usr"), external("glibc", "2.36", "/usr"), []string{"c", "fortran"}, []string{"libc"}, spec.Link, "debian12"}
}

func (p compiledApp) node(t *testing.T) *dag.Node {
	t.Helper()
	make := func(a dag.Attrs, edges ...dag.Edge) *dag.Node {
		n, err := dag.New(a, edges)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	edges := []dag.Edge{{To: make(p.gcc), Types: spec.Build, Virtuals: p.languages}}
	if p.types != 0 {
		edges = append(edges, dag.Edge{To: make(p.runtime), Types: p.types}, dag.Edge{To: make(p.libc), Types: p.types, Virtuals: p.virtual})
	}
	a := external("app", "1", "")
	a.OS = p.os
	return make(a, edges...)
}

// judgeApp checks the program as an answer, built or reused.
func judgeApp(n *dag.Node, reused bool) error {
	config := mini.Config(compiledConfiguration)
	p := &check.Problem{
		Context: context.Background(), Repo: mini.Parse(compiledRepository), Config: &config,
		Roots: []*spec.Spec{spec.MustParse("app")}, Platform: "linux", OS: "debian12", Target: spec.MustParse("target=x86_64").Target,
		Providers: func(list []string, _ string) []string { return list },
		Versions:  func(*packages.Recipe, []spec.Version) []check.Candidate { return nil },
		Reusable:  func(string) []*dag.Node { return []*dag.Node{n} },
	}
	taken := map[string]bool{}
	if reused {
		taken[n.Hash()] = true
	}
	return check.NewWorld(p, []*dag.Node{n}, taken).Check()
}

// TestRuntimesAreChecked changes one thing of what a correct answer is built on, or of what something reused was.
func TestRuntimesAreChecked(t *testing.T) {
	for _, reused := range []bool{false, true} {
		if err := judgeApp(correctApp().node(t), reused); err != nil {
			t.Fatalf("the correct answer, reused %t, is refused: %v", reused, err)
		}
	}
	version := func(a *dag.Attrs, v string) { a.Version = spec.MustVersion(v) }
	for _, tc := range []struct {
		name          string
		change        func(p *compiledApp)
		built, reused bool // it passes
	}{
		{"nothing is linked", func(p *compiledApp) { p.types = 0 }, false, true}, // as before there were such nodes
		{"they are there to run", func(p *compiledApp) { p.types |= spec.Run }, false, true},
		{"the C library provides nothing", func(p *compiledApp) { p.virtual = nil }, false, true},
		{"an older C library", func(p *compiledApp) { version(&p.libc, "2.31") }, false, true},
		{"a newer C library", func(p *compiledApp) { version(&p.libc, "2.40") }, false, false},
		{"a C library that is built", func(p *compiledApp) { p.libc.External = nil }, false, true},
		{"another C library", func(p *compiledApp) { p.libc = external("musl", "1", "") }, false, false},
		{"an older C library of another system", func(p *compiledApp) { version(&p.libc, "2.31"); p.os = "debian11" }, false, true},
		{"no C library and another system", func(p *compiledApp) { p.types = 0; p.os = "debian11" }, false, false},
		{"the runtime of another compiler", func(p *compiledApp) { p.runtime = external("gcc-runtime", "13", "/opt") }, false, true},
		{"a runtime older than the compiler", func(p *compiledApp) { p.gcc = external("gcc", "13", "/opt") }, false, true},
		{"a newer compiler with its runtime", func(p *compiledApp) {
			p.gcc, p.runtime = external("gcc", "13", "/opt"), external("gcc-runtime", "13", "/opt")
		}, true, true},
		{"a runtime that is gone", func(p *compiledApp) { p.runtime.External = &dag.External{Prefix: "/opt/old"} }, false, false},
		{"a runtime that is too old by now", func(p *compiledApp) { version(&p.runtime, "12.3") }, false, false},
		{"an older runtime in the same place", func(p *compiledApp) { version(&p.runtime, "11"); version(&p.gcc, "11") }, false, true},
		{"one with another libgfortran", func(p *compiledApp) { version(&p.runtime, "7"); version(&p.gcc, "7") }, false, false},
		{"one with another libgfortran, which is not needed", func(p *compiledApp) {
			version(&p.runtime, "7")
			version(&p.gcc, "7")
			p.languages = []string{"c"}
		}, false, true},
	} {
		p := correctApp()
		tc.change(&p)
		for _, reused := range []bool{false, true} {
			want := tc.built
			if reused {
				want = tc.reused
			}
			if err := judgeApp(p.node(t), reused); (err == nil) != want {
				t.Errorf("%s, reused %t: %v, want it to pass: %t", tc.name, reused, err, want)
			}
		}
	}
}
