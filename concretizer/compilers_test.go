package concretizer

import (
	"context"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
)

// TestCompilersToBuild: a compiler is built where a root cannot do without, the preferred one; never so that a dependency can keep a default.
func TestCompilersToBuild(t *testing.T) {
	const compilers = `
gcc: tag compiler; versions 13 12; provides c; provides cxx; depends c types build
llvm: tag compiler; versions 18; provides c; provides cxx; depends c types build
`
	for _, tc := range []struct {
		name, repo, want string
		cost             int
	}{
		{"needed", "app: versions 1; depends cxx types build; conflicts %gcc@:12", "app@1 -> gcc=cxx\ngcc@12 [/usr]\ngcc@13 -> gcc=c", 1},
		{"not for a default", "app: versions 1; depends lib\nlib: versions 1; depends cxx types build; variant simd default true; conflicts +simd when %gcc@:12",
			"app@1 -> lib\ngcc@12 [/usr]\nlib@1~simd -> gcc=cxx", 0},
	} {
		s, err := Concretize(context.Background(), request(t, mini.Parse(compilers+tc.repo), "gcc: external gcc@=12 prefix /usr", "app"))
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if got := describe(s); got != tc.want || s.Costs[levelCompilerBuilds].Cost != tc.cost {
			t.Errorf("%s: compilers to build cost %d, not %d:\n%s\nwant\n%s", tc.name, s.Costs[levelCompilerBuilds].Cost, tc.cost, got, tc.want)
		}
	}
}

// TestTargetOfLaterCompiler: a compiler that comes to be encoded late, because the host's is too old for the target, and that a package runs is for the
// target of that package, as all that is run is.
func TestTargetOfLaterCompiler(t *testing.T) {
	const repo = `
app: versions 1; depends c types build; depends tool
tool: versions 1; depends c types build,run
gcc: tag compiler; versions 4.5; provides c
llvm: tag compiler; versions 18; provides c
`
	s := mustSolve(t, request(t, mini.Parse(repo), "gcc: external gcc@=4.5 prefix /usr; not-buildable", "app target=x86_64_v3"))
	const want = `app@1 target=x86_64_v3 -> llvm=c tool
llvm@18 target=x86_64_v3
tool@1 target=x86_64_v3 -> llvm=c`
	if got := describe(s); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
