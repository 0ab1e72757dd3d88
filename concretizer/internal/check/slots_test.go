package check_test

import (
	"context"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/check"
	"github.com/berth-hpc/berth/concretizer/internal/mini"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// graph makes an answer from lines "NAME@VERSION: DEPENDENCY@VERSION TYPES, ...", what is depended on first; the last one is the root.
func graph(t *testing.T, text string) *dag.Node {
	t.Helper()
	nodes := map[string]*dag.Node{}
	var last *dag.Node
	for line := range strings.Lines(strings.TrimSpace(text)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		var edges []dag.Edge
		for _, dep := range strings.Split(rest, ",") {
			to, types, ok := strings.Cut(strings.TrimSpace(dep), " ")
			if !ok {
				continue
			}
			e := dag.Edge{To: nodes[to]}
			for _, one := range strings.Split(types, "+") {
				d, ok := spec.ParseDepType(one)
				if !ok || e.To == nil {
					t.Fatalf("graph %q", line)
				}
				e.Types |= d
			}
			edges = append(edges, e)
		}
		pkg, version, _ := strings.Cut(name, "@")
		n, err := dag.New(dag.Attrs{Name: pkg, Namespace: "mini", Version: spec.MustVersion(version), Platform: "linux", OS: "debian12", Target: "x86_64"}, edges)
		if err != nil {
			t.Fatal(err)
		}
		nodes[name], last = n, n
	}
	return last
}

func problems(repo, request string, root *dag.Node) error {
	p := &check.Problem{
		Context: context.Background(), Repo: mini.Parse(repo), Config: &packages.Configuration{},
		Roots: []*spec.Spec{spec.MustParse(request)}, Platform: "linux", OS: "debian12", Target: spec.MustParse("target=x86_64").Target,
		Providers: func(list []string, _ string) []string { return list },
		Versions:  func(*packages.Recipe, []spec.Version) []check.Candidate { return nil },
	}
	w := check.NewWorld(p, []*dag.Node{root}, nil)
	err := w.Check()
	if w.Accepts() != (err == nil) {
		panic("Check and Accepts do not agree")
	}
	return err
}

// TestSecondConfigurations: what is no second configuration of a tool links to and runs the first one of each package, also where it is only built with.
func TestSecondConfigurations(t *testing.T) {
	const tools = `
app: versions 1; depends helper types build; depends tool@2 types build
root: versions 1; depends user types build; depends tool@2
user: versions 1; depends tool@1
helper: versions 1; depends tool@1 types build
made: versions 1; depends other@1 types build; depends tool@2
other: tag build-tools; versions 2 1; depends tool@1
tool: tag build-tools; versions 2 1
`
	for _, tc := range []struct{ name, request, answer, says string }{
		{"two packages are built with different ones", "app", "tool@1:\ntool@2:\nhelper@1: tool@1 build\napp@1: helper@1 build, tool@2 build", ""},
		{"a second configuration links to another one", "made", "tool@1:\ntool@2:\nother@1: tool@1 build+link\nmade@1: other@1 build, tool@2 build+link", ""},
		{"what is built with links to another one", "root", "tool@1:\ntool@2:\nuser@1: tool@1 build+link\nroot@1: user@1 build, tool@2 build+link", "tool@"},
	} {
		err := problems(tools, tc.request, graph(t, tc.answer))
		if tc.says == "" && err != nil {
			t.Errorf("%s: refused: %v", tc.name, err)
		}
		if tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), "besides another configuration")) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

// TestLastDeclaration: of several declarations of a version the last one says when there is that version.
func TestLastDeclaration(t *testing.T) {
	const repo = "app: versions 1; versions 4; versions 4 when target=aarch64:"
	if err := problems(repo, "app", graph(t, "app@4:")); err == nil {
		t.Error("the first declaration counts")
	}
	if err := problems(repo, "app", graph(t, "app@1:")); err != nil {
		t.Error(err)
	}
}
