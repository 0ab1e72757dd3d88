package envs

import (
	"slices"
	"testing"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/builtin"
	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// TestRuntimesStayOut: the runtime libraries of a compiler are found by who needs them; an environment does not bring the compiler beside them.
func TestRuntimesStayOut(t *testing.T) {
	runtime, tool := node(t, "gcc-runtime", "13.2", "/opt/gcc-13"), node(t, "cuda", "12.4", "/opt/cuda")
	app, err := dag.New(dag.Attrs{Name: "app", Version: spec.MustVersion("1"), Platform: "linux", OS: "debian12", Target: "x86_64"},
		[]dag.Edge{{To: runtime, Types: spec.Link}, {To: tool, Types: spec.Link}})
	if err != nil {
		t.Fatal(err)
	}
	used := useOrder([]*dag.Node{app})
	if !slices.Contains(used, app) || !slices.Contains(used, tool) || slices.Contains(used, runtime) {
		t.Errorf("an environment of app has %v", used)
	}
}

// TestWithLibc: the system's C library is an external, unless configuration describes one or nothing is known of it.
func TestWithLibc(t *testing.T) {
	repo, err := builtin.Open()
	if err != nil {
		t.Fatal(err)
	}
	described := func(version string) packages.Configuration {
		return packages.Configuration{Packages: map[string]packages.PackageConfig{"glibc": {Externals: []packages.External{{Spec: spec.MustParse("glibc@=" + version), Prefix: "/opt"}}}}}
	}
	for _, tc := range []struct {
		name   string
		config packages.Configuration
		libc   host.Libc
		want   string
	}{
		{"found", packages.Configuration{}, host.Libc{Name: "glibc", Version: "2.36"}, "glibc@=2.36"},
		{"of another kind", packages.Configuration{}, host.Libc{Name: "musl", Version: "1.2.5"}, "musl@=1.2.5"},
		{"described", described("2.28"), host.Libc{Name: "glibc", Version: "2.36"}, "glibc@=2.28"},
		{"not known", packages.Configuration{}, host.Libc{}, ""},
		{"not known to the recipes", packages.Configuration{}, host.Libc{Name: "dietlibc", Version: "0.34"}, ""},
	} {
		if err := withLibc(t.Context(), &tc.config, repo, tc.libc, packages.Place{File: "this host"}); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		got := ""
		for _, name := range []string{"glibc", "musl", "dietlibc"} {
			for _, x := range tc.config.Packages[name].Externals {
				got += x.Spec.String()
			}
		}
		if got != tc.want {
			t.Errorf("%s: the C library is %q, want %q", tc.name, got, tc.want)
		}
	}
}
