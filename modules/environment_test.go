package modules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// TestView shows what stands in a view's place: its directories come once, where its first package stands, and roots stay where they are.
func TestView(t *testing.T) {
	base := t.TempDir()
	var list []Package
	for _, name := range []string{"own", "app", "lib", "other"} {
		n, err := dag.New(dag.Attrs{Name: name, Namespace: "t", Version: spec.MustVersion("1"), Platform: "linux", OS: "o", Target: "x86_64"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(base, name, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		list = append(list, Package{Node: n, Prefix: filepath.Join(base, name), Root: name == "app"})
	}
	view := filepath.Join(base, "view")
	if err := os.MkdirAll(filepath.Join(view, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	list[1].View, list[2].View = view, view
	list[2].RunEnv = []packages.EnvMod{{Op: packages.EnvSet, Name: "LIB_DATA", Value: "{prefix}/data"}}
	want := map[string]string{
		"PATH":              "/own/bin:/view/bin:/other/bin",
		"CMAKE_PREFIX_PATH": "/own:/view:/other",
		"APP_ROOT":          "/app",
		"LIB_DATA":          "/lib/data",
	}
	for _, entry := range packages.ApplyEnv(nil, Environment(list)) {
		name, value, _ := strings.Cut(entry, "=")
		if got := strings.ReplaceAll(value, base, ""); got != want[name] {
			t.Errorf("%s=%s, want %s", name, got, want[name])
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}
