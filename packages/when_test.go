package packages

import (
	"slices"
	"testing"

	"github.com/berth-hpc/berth/spec"
)

func TestRankOfVersions(t *testing.T) {
	decl := func(v string) *VersionDecl { return &VersionDecl{Version: spec.MustVersion(v)} }
	preferred, deprecated := decl("1.0"), decl("2.1")
	preferred.Preferred, deprecated.Deprecated = true, true
	order := []*VersionDecl{preferred, decl("2.0"), decl("git.abc=2.0"), decl("2.0rc1"), decl("develop"), deprecated}
	for i, d := range order {
		if i > 0 && d.Rank() <= order[i-1].Rank() {
			t.Errorf("%s does not come after %s", d.Version, order[i-1].Version)
		}
		if plain := i < 2; d.Unasked() == plain {
			t.Errorf("%s is for who asks for it: %t", d.Version, !plain)
		}
	}
	both := decl("main")
	both.Preferred = true
	if both.Unasked() || both.Rank() >= decl("2.0").Rank() {
		t.Error("a development version that the recipe prefers is not preferred")
	}
	shuffled := slices.Clone(order)
	slices.Reverse(shuffled)
	slices.SortFunc(shuffled, func(a, b *VersionDecl) int { return a.Rank() - b.Rank() })
	if !slices.Equal(shuffled, order) {
		t.Error("the order depends on where a version stands")
	}
}
