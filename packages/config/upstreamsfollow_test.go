package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages"
)

// TestFollowUpstreams draws trees as "a: b c", each built on the following, and lists in which order they are searched from the first line's root.
func TestFollowUpstreams(t *testing.T) {
	for _, c := range []struct{ name, trees, want, circles string }{
		{"none", "root:", "", ""},
		{"each behind the one that leads to it", "root: site other\nsite: vendor\nvendor: base", "site site/vendor site/vendor/base other", ""},
		{"once, by the first way", "root: a b\na: base\nb: base", "a a/base b", ""},
		{"what is configured stays where it is", "root: site vendor\nsite: vendor", "site vendor", ""},
		{"to itself", "root: a\na: a", "a", "/a -> /a"},
		{"to each other", "root: a\na: b\nb: c a", "a a/b a/b/c", "/a -> /b -> /a"},
		{"back to the root", "root: a\na: b\nb: root", "a a/b", "/root -> /a -> /b -> /root"},
		{"a circle off the way", "root: a\na: b\nb: c\nc: b", "a a/b a/b/c", "/b -> /c -> /b"},
		{"a circle from either end", "root: a b\na: b\nb: a", "a b", "/a -> /b -> /a"},
		{"unreadable", "root: a bad b\na: x", "a a/x bad b", "upstreams of bad: torn"},
	} {
		trees := map[string][]Upstream{}
		for line := range strings.Lines(c.trees) {
			tree, on, _ := strings.Cut(strings.TrimSpace(line), ":")
			for _, name := range strings.Fields(on) {
				trees["/"+tree] = append(trees["/"+tree], Upstream{Name: name, InstallTree: "/" + name, Place: packages.Place{File: tree, Line: 1}})
			}
		}
		list, errs := FollowUpstreams("/root", trees["/root"], func(tree string) ([]Upstream, error) {
			if tree == "/bad" {
				return nil, errors.New("torn")
			}
			return trees[tree], nil
		})
		var names, circles []string
		for _, u := range list {
			names = append(names, u.Name)
			if u.Through != "" && !strings.HasPrefix(u.Name, u.Through+"/") {
				t.Errorf("%s: %s is reached through %s", c.name, u.Name, u.Through)
			}
		}
		for _, err := range errs {
			var circle *UpstreamCycleError
			if !errors.As(err, &circle) {
				circles = append(circles, err.Error())
				continue
			}
			circles = append(circles, strings.Join(circle.Chain, " -> "))
			if circle.Hint() == "" || circle.Place == "" {
				t.Errorf("%s: %+v", c.name, circle)
			}
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if got := strings.Join(circles, ", "); got != c.circles {
			t.Errorf("%s: told %q, want %q", c.name, got, c.circles)
		}
	}
}

// FuzzFollowUpstreams holds that following comes to an end, whatever leads where, and lists no tree twice.
func FuzzFollowUpstreams(f *testing.F) {
	f.Add([]byte{0, 1, 1, 2, 2, 0})
	f.Add([]byte{0, 1, 0, 2, 1, 3, 2, 3, 3, 1, 4, 4})
	f.Fuzz(func(t *testing.T, edges []byte) {
		trees := map[string][]Upstream{}
		for i := 0; i+1 < len(edges) && i < 40; i += 2 {
			from, to := fmt.Sprintf("/t%d", edges[i]%8), fmt.Sprintf("t%d", edges[i+1]%8)
			trees[from] = append(trees[from], Upstream{Name: to, InstallTree: "/" + to})
		}
		list, _ := FollowUpstreams("/t0", trees["/t0"], func(tree string) ([]Upstream, error) { return trees[tree], nil })
		var seen []string
		for _, u := range list {
			if slices.Contains(seen, u.InstallTree) {
				t.Errorf("%s comes twice in %v", u.InstallTree, list)
			}
			seen = append(seen, u.InstallTree)
		}
	})
}
