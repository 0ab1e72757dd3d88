package concretizer

import (
	"context"
	"errors"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
)

// tools is a package that links to one library, and builds with another and runs it.
const tools = `
app: versions 1; variant fancy default false; depends lib types build,link; depends lib types run when +fancy; depends gen types build; depends mpi when +fancy
lib: versions 2 1
gen: tag build-tools; versions 2 1; depends lib types run
ompi: versions 5 4; provides mpi
mpich: versions 4; provides mpi
all: versions 1; depends app
`

// TestEdgeProperties: what stands in brackets behind ^ or % says of the dependency what it is for, what it provides, and when it is wanted.
func TestEdgeProperties(t *testing.T) {
	tests := []struct{ specs, want string }{
		{"app %[deptypes=build,link] lib", "app@1~fancy -> gen lib\ngen@2 -> lib\nlib@2"},
		{"app %[deptypes=link,run] lib", "app@1+fancy -> gen lib mpich=mpi\ngen@2 -> lib\nlib@2\nmpich@4"},
		{"all ^[deptypes=build] gen@1", "all@1 -> app\napp@1~fancy -> gen lib\ngen@1 -> lib\nlib@2"},
		{"all ^[deptypes=link,run] lib", "all@1 -> app\napp@1+fancy -> gen lib mpich=mpi\ngen@2 -> lib\nlib@2\nmpich@4"},
		{"app ^[when=+fancy virtuals=mpi] ompi@4", "app@1~fancy -> gen lib\ngen@2 -> lib\nlib@2"},
		{"app+fancy ^[when=+fancy virtuals=mpi] ompi@4", "app@1+fancy -> gen lib ompi=mpi\ngen@2 -> lib\nlib@2\nompi@4"},
		{"app ^[virtuals=mpi deptypes=link] ompi", "app@1+fancy -> gen lib ompi=mpi\ngen@2 -> lib\nlib@2\nompi@5"},
		{"app ^[deptypes=link] mpi", "app@1+fancy -> gen lib mpich=mpi\ngen@2 -> lib\nlib@2\nmpich@4"},
	}
	for _, test := range tests {
		s, err := Concretize(context.Background(), request(t, mini.Parse(tools), "", test.specs))
		if err != nil {
			t.Errorf("%s: %v", test.specs, err)
			continue
		}
		if got := describe(s); got != test.want {
			t.Errorf("%s\n is %s\nwant %s", test.specs, got, test.want)
		}
	}
	for _, impossible := range []string{"app %[deptypes=run] gen", "all ^[deptypes=link] gen", "all ^[deptypes=run] mpi"} {
		_, err := Concretize(context.Background(), request(t, mini.Parse(tools), "", impossible))
		if conflict := new(Conflict); !errors.As(err, &conflict) {
			t.Errorf("%s: %v", impossible, err)
		}
	}
}

// TestLinkedToolIsAsAsked: what a ^ names is so where the root runs it; that something is built with another configuration of it does not do, unless
// that is what was asked for.
func TestLinkedToolIsAsAsked(t *testing.T) {
	repo := mini.Parse(`
app: versions 1; depends lib types link; depends py@1 types build,run
lib: versions 1; depends py@2 types build
py: tag build-tools; versions 2 1
`)
	for _, specs := range []string{"app ^py@1", "app ^[deptypes=build] py@2"} {
		s, err := Concretize(context.Background(), request(t, repo, "", specs))
		if err != nil {
			t.Errorf("%s: %v", specs, err)
			continue
		}
		if got, want := describe(s), "app@1 -> lib py\nlib@1 -> py\npy@1\npy@2"; got != want {
			t.Errorf("%s\n is %s\nwant %s", specs, got, want)
		}
	}
	_, err := Concretize(context.Background(), request(t, repo, "", "app ^py@2"))
	if conflict := new(Conflict); !errors.As(err, &conflict) {
		t.Errorf("app ^py@2: %v", err)
	}
}

// TestExtensionsShareWhatTheyExtend: what a module is built with must run on the Python of the module, though it could have a newer one to itself.
func TestExtensionsShareWhatTheyExtend(t *testing.T) {
	for _, tc := range []struct{ extends, want string }{
		{"extends py", "app@1 -> py tools\npy@1\ntools@1 -> py"},
		{"depends py@2 types build,run", "app@1 -> py tools\npy@1\npy@2\ntools@1 -> py"},
	} {
		repo := mini.Parse("app: versions 1; extends py; depends py@1 types build,run; depends tools types build\n" +
			"tools: tag build-tools; versions 1; " + tc.extends + "\npy: tag build-tools; versions 2 1")
		s, err := Concretize(context.Background(), request(t, repo, "", "app"))
		if err != nil {
			t.Errorf("%s: %v", tc.extends, err)
			continue
		}
		if got := describe(s); got != tc.want {
			t.Errorf("%s\n is %s\nwant %s", tc.extends, got, tc.want)
		}
	}
}
