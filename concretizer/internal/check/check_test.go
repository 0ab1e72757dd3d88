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

const repository = `
app: versions 2 1; variant mpi default true; variant gpu default none values none 70 80; variant old default true when @1; depends mpi@3: when +mpi; depends lib@2: types link; depends tool types build; conflicts gpu=70 when @2; requires +mpi when gpu=80; depends c types build
lib: versions 3 2 1; depends c types build; variant f default none sets none a,b; variant s default x values x y sticky
mpich: versions 4 3; provides mpi@:4 when @4; provides mpi@:2 when @3; depends c types build
ompi: versions 5; provides mpi@:4; depends c types build
tool: tag build-tools; versions 2 1; depends lib
gcc: tag compiler; versions 13 12; provides c
`

const configuration = `
gcc: external gcc@=12 prefix /usr
lib: conflict @3
tool: require @2
`

// parts builds a correct answer, of which each test changes one thing.
type parts struct{ app, lib, mpi, tool, gcc dag.Attrs }

func correct() parts {
	attrs := func(name, version string, variants ...spec.Variant) dag.Attrs {
		return dag.Attrs{Name: name, Namespace: "mini", Version: spec.MustVersion(version), Variants: variants, Platform: "linux", OS: "debian12", Target: "x86_64"}
	}
	p := parts{
		app:  attrs("app", "2", spec.Bool("mpi", true), spec.Variant{Name: "gpu", Values: []string{"none"}}),
		lib:  attrs("lib", "2", spec.Variant{Name: "f", Values: []string{"none"}}, spec.Variant{Name: "s", Values: []string{"x"}}),
		mpi:  attrs("mpich", "4"),
		tool: attrs("tool", "2"),
		gcc:  attrs("gcc", "12"),
	}
	p.gcc.External = &dag.External{Prefix: "/usr"}
	return p
}

var edgeKinds = []struct{ from, to string }{
	{"app", "mpich"}, {"app", "lib"}, {"app", "tool"}, {"app", "gcc"}, {"lib", "gcc"}, {"mpich", "gcc"}, {"tool", "lib"},
}

// build joins the parts; change may alter an edge, or drop it by giving it no types.
func build(t *testing.T, p parts, change func(from string, e *dag.Edge)) *dag.Node {
	t.Helper()
	nodes := map[string]*dag.Node{}
	for _, a := range []dag.Attrs{p.gcc, p.lib, p.mpi, p.tool, p.app} {
		var edges []dag.Edge
		for _, k := range edgeKinds {
			if k.from != a.Name || nodes[k.to] == nil {
				continue
			}
			e := dag.Edge{To: nodes[k.to], Types: spec.Build | spec.Link}
			switch k.to {
			case "gcc":
				e.Types, e.Virtuals = spec.Build, []string{"c"}
			case "tool":
				e.Types = spec.Build
			case "mpich":
				e.Virtuals = []string{"mpi"}
			case "lib":
				if k.from == "app" {
					e.Types = spec.Link
				}
			}
			change(a.Name, &e)
			if e.Types != 0 {
				edges = append(edges, e)
			}
		}
		n, err := dag.New(a, edges)
		if err != nil {
			t.Fatal(err)
		}
		nodes[a.Name] = n
	}
	return nodes["app"]
}

func judge(root *dag.Node, request string) error {
	config := mini.Config(configuration)
	p := &check.Problem{
		Context: context.Background(), Repo: mini.Parse(repository), Config: &config,
		Roots: []*spec.Spec{spec.MustParse(request)}, Platform: "linux", OS: "debian12", Target: spec.MustParse("target=x86_64").Target,
		Providers: func(list []string, _ string) []string { return list },
		Versions:  func(*packages.Recipe, []spec.Version) []check.Candidate { return nil },
	}
	return check.NewWorld(p, []*dag.Node{root}, nil).Check()
}

// TestEachRuleIsChecked changes one thing of a correct answer at a time: none may pass.
func TestEachRuleIsChecked(t *testing.T) {
	keep := func(string, *dag.Edge) {}
	good := correct()
	if err := judge(build(t, good, keep), "app"); err != nil {
		t.Fatalf("the correct answer is refused: %v", err)
	}
	set := func(a *dag.Attrs, name string, values ...string) {
		for i := range a.Variants {
			if a.Variants[i].Name == name {
				a.Variants = append([]spec.Variant(nil), a.Variants...)
				a.Variants[i] = spec.Variant{Name: name, Values: values}
			}
		}
	}
	version := func(a *dag.Attrs, v string) { a.Version = spec.MustVersion(v) }
	for name, change := range map[string]func(p *parts){
		"a version that nobody declares":     func(p *parts) { version(&p.app, "3") },
		"a dependency's version":             func(p *parts) { version(&p.lib, "1") },
		"a version configuration forbids":    func(p *parts) { version(&p.lib, "3") },
		"a version configuration requires":   func(p *parts) { version(&p.tool, "1") },
		"a provider that does not provide":   func(p *parts) { version(&p.mpi, "3") },
		"another provider's edge missing":    func(p *parts) { p.mpi.Name = "ompi"; version(&p.mpi, "5") },
		"an external that is not described":  func(p *parts) { version(&p.gcc, "13") },
		"an external elsewhere":              func(p *parts) { p.gcc.External = &dag.External{Prefix: "/opt"} },
		"a variant's value":                  func(p *parts) { set(&p.app, "gpu", "90") },
		"two values of a single one":         func(p *parts) { set(&p.app, "gpu", "none", "80") },
		"a conflict":                         func(p *parts) { set(&p.app, "gpu", "70") },
		"a requirement":                      func(p *parts) { set(&p.app, "gpu", "80"); set(&p.app, "mpi", "false") },
		"values of two sets":                 func(p *parts) { set(&p.lib, "f", "none", "a") },
		"a sticky variant":                   func(p *parts) { set(&p.lib, "s", "y") },
		"a variant too few":                  func(p *parts) { p.app.Variants = p.app.Variants[:1] },
		"a variant too many":                 func(p *parts) { p.mpi.Variants = []spec.Variant{spec.Bool("x", true)} },
		"a variant of another version":       func(p *parts) { p.app.Variants = append([]spec.Variant{spec.Bool("old", true)}, p.app.Variants...) },
		"an edge without its condition":      func(p *parts) { set(&p.app, "mpi", "false") },
		"another target":                     func(p *parts) { p.app.Target = "zen3" },
		"another operating system":           func(p *parts) { p.lib.OS = "rhel8" },
		"another platform":                   func(p *parts) { p.lib.Platform = "darwin" },
		"a package without a recipe":         func(p *parts) { p.tool.Name = "hammer" },
		"an external that ought to be built": func(p *parts) { p.lib.External = &dag.External{Prefix: "/usr"} },
	} {
		p := correct()
		change(&p)
		if err := judge(build(t, p, keep), "app"); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, k := range edgeKinds {
		for name, change := range map[string]func(e *dag.Edge){
			"missing":        func(e *dag.Edge) { e.Types = 0 },
			"of more types":  func(e *dag.Edge) { e.Types |= spec.Run },
			"of other types": func(e *dag.Edge) { e.Types = spec.Test },
			"more virtuals":  func(e *dag.Edge) { e.Virtuals = append(e.Virtuals, "blas") },
		} {
			p := correct()
			root := build(t, p, func(from string, e *dag.Edge) {
				if from == k.from && e.To.Name() == k.to {
					change(e)
				}
			})
			if err := judge(root, "app"); err == nil {
				t.Errorf("edge from %s to %s %s: accepted", k.from, k.to, name)
			}
		}
	}
	for _, request := range []string{"app@1", "app~mpi", "app gpu=80", "app ^lib@3", "app ^ompi", "app %gcc@13", "app target=zen3", "lib", "app cflags=-O3"} {
		p := correct()
		if err := judge(build(t, p, keep), request); err == nil {
			t.Errorf("request %s: accepted", request)
		}
	}
}
