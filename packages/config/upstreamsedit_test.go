package config

import (
	"slices"
	"strings"
	"testing"
)

// FuzzEditUpstreams holds that adding an upstream keeps the others, and that removing it gives them back.
func FuzzEditUpstreams(f *testing.F) {
	for _, seed := range []string{
		"", "upstreams:\n", "upstreams: {}\n", "upstreams:: {} # none\n", "# ours\nupstreams:\n  a: # first\n    install_tree: /a\n\n  b: {install_tree: /b}\n# end\n",
		"upstreams:\n  a: {install_tree: /a,\n    modules: {tcl: /m}\n  }\n", "{upstreams: {a: {install_tree: /a}}}", "upstreams:\n- /a\n- /b\n",
		"other: é\nupstreams:\n    \"a:\":\n        install_tree: >\n          /a\n", "---\nupstreams: &x\n  a: {install_tree: /a}\n",
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	names := func(text []byte) []string {
		u, err := ParseUpstreams("u.yaml", text, anyVariable)
		if err != nil {
			return nil
		}
		var list []string
		for _, x := range u.List {
			list = append(list, x.Name+" "+x.InstallTree)
		}
		slices.Sort(list)
		return list
	}
	f.Fuzz(func(t *testing.T, text string, first bool) {
		before := names([]byte(text))
		if slices.ContainsFunc(before, func(x string) bool { return strings.HasPrefix(x, "new ") }) {
			return
		}
		added, err := editedUpstreams("u.yaml", []byte(text), adding("new", "/new", first))
		if err != nil {
			return // it says so
		}
		if want := append(slices.Clone(before), "new /new"); !slices.Equal(names(added), slices.Sorted(slices.Values(want))) {
			t.Fatalf("there are %q, want %q, in\n%s", names(added), want, added)
		}
		found := false
		removed, err := editedUpstreams("u.yaml", added, removing("new", &found))
		if err != nil || !found {
			t.Fatalf("what was added cannot be removed: %v, from\n%s", err, added)
		}
		if !slices.Equal(names(removed), before) {
			t.Fatalf("there are %q, want %q, in\n%s", names(removed), before, removed)
		}
	})
}
