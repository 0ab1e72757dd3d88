package host

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// text is a report for a person to review: the externals with all they say, then what came of every candidate.
func text(r Report) string {
	var b strings.Builder
	for _, e := range r.Externals {
		fmt.Fprintf(&b, "%s in %s\n", e.Spec, e.Prefix)
		if e.ID != "" {
			fmt.Fprintf(&b, "    id: %s\n", e.ID)
		}
		for _, key := range slices.Sorted(maps.Keys(e.Attributes)) {
			fmt.Fprintf(&b, "    %s: %s\n", key, e.Attributes[key])
		}
		for _, d := range e.Dependencies {
			on := d.ID
			if d.Spec != nil {
				on = d.Spec.String()
			}
			fmt.Fprintf(&b, "    needs %s (%s) for %s\n", on, d.Types, strings.Join(d.Virtuals, ","))
		}
	}
	b.WriteString("\n")
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s %s %s: %s\n", f.Verdict, f.Package, f.Path, f.Reason)
	}
	fmt.Fprintf(&b, "searched %s\n", strings.Join(r.Searched, " "))
	return b.String()
}

// facts is what the machine is, or why that cannot be told.
func facts(t *testing.T, sys System) string {
	f, err := GatherFacts(t.Context(), sys)
	if err != nil {
		return fmt.Sprintf("facts: error: %v\n", err)
	}
	return fmt.Sprintf("facts: %s %s %s, kernel %s, %s %s by %s\n", f.Platform, f.OS, f.Target, f.Kernel, f.Libc.Name, f.Libc.Version, f.Libc.Loader)
}

// TestHosts searches each machine of testdata/hosts and holds the report against the reviewed one beside it.
func TestHosts(t *testing.T) {
	files, err := filepath.Glob("testdata/hosts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			sys := loadFake(t, file)
			f := Finder{System: sys, Repo: testRecipes(), Exclude: []string{"/home/ada/.berth"}}
			r, err := f.Find(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			got := facts(t, sys) + "\n" + text(r)
			golden := strings.TrimSuffix(file, ".txt") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("report differs from %s (-want +got):\n%s", golden, diff)
			}
			for range 3 { // commands end in any order, the report has one
				again, err := f.Find(t.Context(), nil)
				if err != nil || text(again) != text(r) {
					t.Fatalf("a second search reports otherwise (%v):\n%s", err, cmp.Diff(text(r), text(again)))
				}
			}
		})
	}
}
