package config_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/config"
)

var updateSites = flag.Bool("update-sites", false, "write what the sites' configurations mean anew")

// TestSites reads configurations in the shape of real sites', as they are, and holds what they mean against want.txt beside them.
func TestSites(t *testing.T) {
	for name, value := range map[string]string{"CRAY_ROOT": "/opt/cray", "APPL": "/appl", "PROJECT_SOFTWARE": "/software/projects", "PAWSEY_PROJECT": "proj1", "HOME": "/home/ada"} {
		t.Setenv(name, value)
	}
	vars := func(name string) (string, bool) {
		if name == "user" {
			return "ada", true
		}
		return os.LookupEnv(name)
	}
	for _, site := range []string{"lumi", "pawsey", "nersc", "csc", "cscs"} {
		t.Run(site, func(t *testing.T) {
			dir := filepath.Join("testdata", "sites", site)
			l, err := config.ReadSite("site", dir, vars)
			if err != nil {
				t.Fatal(err)
			}
			below, err := config.ParseLayer("defaults", "defaults.yaml", []byte("packages: {python: {externals: [{spec: python@3.6, prefix: /usr}]}}\nupstreams: {last: {install_tree: /last}}\n"), vars)
			if err != nil {
				t.Fatal(err)
			}
			got := meaning(l, below)
			want := filepath.Join(dir, "want.txt")
			if *updateSites {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			text, err := os.ReadFile(want)
			if err != nil || got != string(text) {
				t.Errorf("it means\n%s\nwant\n%s%v", got, text, err)
			}
			checkShown(t, l, below)
		})
	}
}

// meaning tells what layers amount to, a line a fact.
func meaning(layers ...*config.Layer) string {
	var b strings.Builder
	var scopes []*config.Scope
	var upstreams []*config.Upstreams
	var toolchains []*config.Toolchains
	for _, l := range layers {
		scopes, upstreams, toolchains = append(scopes, l.Packages...), append(upstreams, l.Upstreams...), append(toolchains, l.Toolchains...)
	}
	for _, u := range config.MergeUpstreams(upstreams...) {
		fmt.Fprintf(&b, "upstream %s: %s %v (%s)\n", u.Name, u.InstallTree, u.Modules, u.Place)
	}
	cfg := config.Merge(scopes...)
	for _, r := range cfg.All.Require {
		fmt.Fprintf(&b, "all require %s (%s)\n", r.Specs[0], r.Place)
	}
	for _, virtual := range slices.Sorted(maps.Keys(cfg.All.Providers)) {
		fmt.Fprintf(&b, "%s from", virtual)
		for _, p := range cfg.All.Providers[virtual] {
			fmt.Fprintf(&b, " %s", p.Name)
		}
		b.WriteString("\n")
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Packages)) {
		p := cfg.Packages[name]
		if p.NotBuildable != nil {
			fmt.Fprintf(&b, "%s is not buildable (%s)\n", name, p.NotBuildable)
		}
		for _, x := range p.Externals {
			writeExternal(&b, x)
		}
	}
	all := config.MergeToolchains(toolchains...)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, e := range all[name].Entries {
			fmt.Fprintf(&b, "toolchain %s: %s when %v (%s)\n", name, e.Spec, e.When, e.Place)
		}
	}
	return b.String()
}

func writeExternal(b *strings.Builder, x packages.External) {
	fmt.Fprintf(b, "external %s in %q, modules %v (%s)\n", x.Spec, x.Prefix, x.Modules, x.Place)
	for _, key := range slices.Sorted(maps.Keys(x.Attributes)) {
		fmt.Fprintf(b, "  %s = %s\n", key, x.Attributes[key])
	}
	for _, d := range x.Dependencies {
		fmt.Fprintf(b, "  depends on %v %v %v\n", d.Spec, d.Types.Names(), d.Virtuals)
	}
}

// checkShown holds that what `berth config show` prints is what the typed readers found: as many externals, each where it is written.
func checkShown(t *testing.T, layers ...*config.Layer) {
	t.Helper()
	shown := map[string]bool{}
	for _, v := range config.Show("packages", layers...) {
		if len(v.Path) == 5 && v.Path[2] == "externals" && v.Path[4] == "spec" {
			shown[fmt.Sprintf("%s %s:%d", v.Path[1], v.File, v.Line)] = true
		}
	}
	found := 0
	for _, l := range layers {
		for _, v := range config.Show("packages", l) {
			if v.Line <= 0 || v.File == "" {
				t.Errorf("%s has no place", v.Key())
			}
		}
	}
	var scopes []*config.Scope
	for _, l := range layers {
		scopes = append(scopes, l.Packages...)
	}
	for name, p := range config.Merge(scopes...).Packages {
		for _, x := range p.Externals {
			if !strings.HasSuffix(x.Place.File, "compilers.yaml") {
				key := fmt.Sprintf("%s %s:%d", name, x.Place.File, x.Place.Line)
				if shown[key] {
					found++
				}
			}
		}
	}
	if found < len(shown) {
		t.Errorf("%d of the %d externals that are shown hold", found, len(shown))
	}
}
