package install

import (
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/install/internal/testdag"
	"github.com/berth-hpc/berth/spec/dag"
)

func TestPlan(t *testing.T) {
	const graph = `
		gcc@12 [/usr]
		perl@5 gcc:build
		tool@1 perl:run gcc:build
		lib@1 tool:build gcc:build
		app@1 lib:link tool:build gcc:build`
	for _, c := range []struct {
		name, roots, standing string
		build, there          string
	}{
		{"everything", "app", "", "perl tool lib app", "gcc"},
		{"a library that stands needs no tool", "app", "lib tool perl", "app", "gcc lib perl tool"},
		{"nothing to build needs no build dependency", "app", "app lib", "", "app lib"},
		{"tools alone", "tool", "", "perl tool", "gcc"},
		{"a tool that stands, without what it needs to run", "lib", "tool", "perl lib", "gcc tool"},
		{"a link dependency that is gone comes back", "app", "app", "perl tool lib", "app gcc"},
		{"twice the same root", "perl perl", "", "perl", "gcc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			nodes := testdag.Parse(t, graph)
			var roots []*dag.Node
			for _, r := range strings.Fields(c.roots) {
				roots = append(roots, nodes[r])
			}
			p := newPlan(roots, func(n *dag.Node) bool { return slices.Contains(strings.Fields(c.standing), n.Name()) })
			s := p.summary(Estimate{})
			if got := namesOf(s.Build); got != c.build {
				t.Errorf("builds %q, want %q", got, c.build)
			}
			for _, name := range strings.Fields(c.there) {
				if !slices.Contains(strings.Fields(namesOf(s.Standing)), name) {
					t.Errorf("%s is not among what stands: %q", name, namesOf(s.Standing))
				}
			}
			if len(s.Standing) != len(strings.Fields(c.there)) {
				t.Errorf("stands %q, want %q", namesOf(s.Standing), c.there)
			}
		})
	}
}

// TestPlanWaitsForWhatAStandingToolNeeds: lib is built with a tool that stands, but whose perl must be built first.
func TestPlanWaitsForWhatAStandingToolNeeds(t *testing.T) {
	nodes := testdag.Parse(t, "perl@5\ntool@1 perl:run\nlib@1 tool:build")
	p := newPlan([]*dag.Node{nodes["lib"]}, func(n *dag.Node) bool { return n.Name() == "tool" })
	for _, task := range p.tasks {
		if task.node.Name() == "lib" && task.waitsFor != 1 {
			t.Errorf("lib waits for %d tasks", task.waitsFor)
		}
	}
}

func namesOf(nodes []*dag.Node) string {
	var names []string
	for _, n := range nodes {
		names = append(names, n.Name())
	}
	return strings.Join(names, " ")
}
