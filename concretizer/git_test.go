package concretizer

import (
	"context"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
)

// library has a repository, and a patch of its interface in version 2.
const library = `
app: versions 1; depends lib; depends old when ^lib@:1; depends new when ^lib@2:
lib: git https://example.org/lib.git; versions 2.1 2.0 1.9; variant fast default true when @2:
old: versions 1
new: versions 1
plain: versions 2.1
`

func TestGitVersions(t *testing.T) {
	tests := []struct{ specs, config, want string }{
		{"lib", "", "lib@2.1+fast"},
		{"lib@git.main=2.5", "", "lib@git.main=2.5+fast"},
		{"lib@git.v1=1.5", "", "lib@git.v1=1.5"},
		{"lib@git.main", "", "lib@git.main+fast"}, // newer than everything where nothing else is said
		{"app ^lib@git.v1=1.5", "", "app@1 -> lib old\nlib@git.v1=1.5\nold@1"},
		{"app ^lib@git.main=2.5", "", "app@1 -> lib new\nlib@git.main=2.5+fast\nnew@1"},
		{"app", "lib: require @git.main=2.5", "app@1 -> lib new\nlib@git.main=2.5+fast\nnew@1"},
		{"lib@0123456789012345678901234567890123456789=2.5", "", "lib@0123456789012345678901234567890123456789=2.5+fast"},
		{"lib@git.main=2.5,2.0", "", "lib@2.0+fast"}, // a release, where that will do
		{"lib@2.0:\napp", "", "app@1 -> lib new\nlib@2.1+fast\nnew@1"},
	}
	for _, test := range tests {
		s, err := Concretize(context.Background(), request(t, mini.Parse(library), test.config, test.specs))
		if err != nil {
			t.Errorf("%s: %v", test.specs, err)
			continue
		}
		if got := describe(s); got != test.want {
			t.Errorf("%s\n is %s\nwant %s", test.specs, got, test.want)
		}
	}
	_, err := Concretize(context.Background(), request(t, mini.Parse(library), "", "plain@git.main"))
	const want = "env.yaml:2: the recipe of plain tells no git repository, so there is no plain@git.main"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
