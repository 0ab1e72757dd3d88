package install

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// phasedBuilder runs one shell command a phase; each appends to the file tally beside the store.
type phasedBuilder struct{ phases [][2]string }

// Those called edit cannot be run twice.

func (phasedBuilder) Canonical(*dag.Node) ([]byte, error) { return []byte("phases"), nil }

func (f phasedBuilder) Phases(*dag.Node) ([]packages.Phase, error) {
	var list []packages.Phase
	for _, p := range f.phases {
		list = append(list, packages.Phase{Name: p[0], Once: p[0] == "edit", Run: func(ctx context.Context, b packages.Build) error {
			mods := []packages.EnvMod{{Op: packages.EnvSet, Name: "P", Value: b.Prefix()}}
			return b.Run(ctx, "", mods, "sh", "-e", "-c", "echo "+p[0]+" >>tally; "+p[1])
		}})
	}
	return list, nil
}

func TestResume(t *testing.T) {
	for _, c := range []struct {
		name   string
		phases [][2]string
		ruin   func(stage string) error
		want   string
	}{
		{"what is done is not done again",
			[][2]string{{"configure", ":"}, {"build", "[ -e go ]"}, {"install", "mkdir $P/share; cp tally $P/share"}}, nil,
			"configure\nbuild\nbuild\ninstall\n"},
		{"what went into the prefix is",
			[][2]string{{"configure", ":"}, {"early", "mkdir $P/early"}, {"build", "[ -e go ]"}, {"install", "mkdir $P/share; cp tally $P/share; [ -d $P/early ]"}}, nil,
			"configure\nearly\nbuild\nearly\nbuild\ninstall\n"},
		{"a note that cannot be read is none",
			[][2]string{{"configure", ":"}, {"build", "[ -e $P/../../go ]"}, {"install", "mkdir $P/share; cp tally $P/share"}},
			func(stage string) error { return os.WriteFile(filepath.Join(stage, resumeFile), []byte("{"), 0o644) },
			"configure\nbuild\ninstall\n"},
		{"an edit that is done is not done again",
			[][2]string{{"edit", "[ ! -e edited ]; touch edited"}, {"build", "[ -e go ]"}, {"install", "mkdir $P/share; cp tally $P/share"}}, nil,
			"edit\nbuild\nbuild\ninstall\n"},
		{"an edit that failed begins with a clean source",
			[][2]string{{"configure", ":"}, {"edit", "[ ! -e edited ]; touch edited; [ -e $P/../../go ]"}, {"install", "mkdir $P/share; cp tally $P/share"}}, nil,
			"configure\nedit\ninstall\n"},
		{"an edit after something is in the prefix begins with a clean source",
			[][2]string{{"early", "mkdir $P/early"}, {"edit", "[ ! -e edited ]; touch edited"}, {"build", "[ -e $P/../../go ]"}, {"install", "mkdir $P/share; cp tally $P/share"}}, nil,
			"early\nedit\nbuild\ninstall\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, t.TempDir(), "app@1 gcc:build:c", map[string]string{"app": "phases"})
			recipes := w.Recipes
			w.Recipes = func(ctx context.Context, n *dag.Node) (*packages.Recipe, error) {
				r, err := recipes(ctx, n)
				if err != nil || r == nil || r.Builder == nil {
					return r, err
				}
				own := *r
				own.Builder = phasedBuilder{c.phases}
				return &own, nil
			}
			if _, err := w.install("app"); err == nil {
				t.Fatal("it was built")
			}
			dir := filepath.Join(w.Store.StageDir(), store.BaseName(w.nodes["app"]))
			sources, err := filepath.Glob(filepath.Join(dir, "src/*"))
			must(t, err)
			if len(sources) != 1 {
				t.Fatalf("sources: %q", sources)
			}
			must(t, os.WriteFile(filepath.Join(sources[0], "go"), nil, 0o644))
			must(t, os.WriteFile(filepath.Join(w.Store.Root(), "go"), nil, 0o644))
			if c.ruin != nil {
				must(t, c.ruin(dir))
			}
			w.Resume = true
			var warned []string
			w.Warn = func(message string) { warned = append(warned, message) }
			_, err = w.install("app")
			must(t, err)
			got, err := os.ReadFile(filepath.Join(w.Store.Prefix(w.nodes["app"]), "share/tally"))
			must(t, err)
			if clean := strings.Contains(c.name, "clean source") && !strings.Contains(c.name, "in the prefix"); clean != strings.Contains(strings.Join(warned, "\n"), "begun with a clean source: edit") {
				t.Errorf("was told %q", warned)
			}
			if string(got) != c.want {
				t.Errorf("ran %q, want %q", got, c.want)
			}
			if left, _ := os.ReadDir(w.Store.StageDir()); len(left) != 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}
