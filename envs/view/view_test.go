package view

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/install/store"
)

type fataler interface {
	Helper()
	Fatal(...any)
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pack writes a package and lists it: paths to contents; "-> x" is a link, a path that ends with "/" an empty directory.
func pack(t fataler, base, name string, files map[string]string) Source {
	t.Helper()
	prefix := filepath.Join(base, name)
	must(t, os.MkdirAll(prefix, 0o755))
	for p, content := range files {
		at := filepath.Join(prefix, p)
		if strings.HasSuffix(p, "/") {
			must(t, os.MkdirAll(at, 0o755))
			continue
		}
		must(t, os.MkdirAll(filepath.Dir(at), 0o755))
		if link, ok := strings.CutPrefix(content, "-> "); ok {
			must(t, os.Symlink(link, at))
			continue
		}
		must(t, os.WriteFile(at, []byte(content), 0o644))
	}
	return Source{Name: name, Prefix: prefix, Files: Manifest(listed(t, prefix))}
}

// listed is what the store would know of a prefix.
func listed(t fataler, prefix string) []store.File {
	var list []store.File
	must(t, filepath.WalkDir(prefix, func(at string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(prefix, at)
		if err != nil || rel == "." {
			return err
		}
		f := store.File{Path: rel, Dir: d.IsDir()}
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			f.Link, err = os.Readlink(at)
		case !d.IsDir():
			var content []byte
			content, err = os.ReadFile(at)
			f.SHA256 = fmt.Sprintf("%x", content)
		}
		list = append(list, f)
		return err
	}))
	return list
}

// contents reads every file that can be reached below dir, over links to directories too, as long as they do not lead back up.
func contents(t fataler, dir string) map[string]string {
	files := map[string]string{}
	var walk func(at string, above []string)
	walk = func(at string, above []string) {
		real, err := filepath.EvalSymlinks(filepath.Join(dir, at))
		must(t, err)
		if slices.Contains(above, real) {
			return
		}
		entries, err := os.ReadDir(filepath.Join(dir, at))
		must(t, err)
		for _, e := range entries {
			p := path.Join(at, e.Name())
			if p == markerName {
				continue
			}
			info, err := os.Stat(filepath.Join(dir, p))
			must(t, err)
			if info.IsDir() {
				walk(p, append(slices.Clone(above), real))
				continue
			}
			content, err := os.ReadFile(filepath.Join(dir, p))
			must(t, err)
			files[p] = string(content)
		}
	}
	walk("", nil)
	return files
}

func write(t fataler, l Location, key string, kind Kind, sources ...Source) *Plan {
	t.Helper()
	plan, err := Merge(sources, kind == Symlink)
	must(t, err)
	must(t, l.Write(context.Background(), key, plan, kind))
	return plan
}

// TestUnion is the property: a view has exactly what its packages have, the first one's where they differ, whatever the kind.
func TestUnion(t *testing.T) {
	dirs := []string{"bin", "lib", "lib/x", "lib/x/y", "share/doc"}
	rapid.Check(t, func(t *rapid.T) {
		base, err := os.MkdirTemp("", "berth-view-")
		must(t, err)
		defer os.RemoveAll(base)
		var sources []Source
		want := map[string]string{}
		conflicts := map[string]bool{}
		for i := range rapid.IntRange(1, 4).Draw(t, "packages") {
			files := map[string]string{}
			for range rapid.IntRange(0, 6).Draw(t, "files") {
				p := rapid.SampledFrom(dirs).Draw(t, "dir") + "/" + rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name")
				files[p] = rapid.SampledFrom([]string{"one", "two"}).Draw(t, "content")
			}
			for p, content := range files {
				if had, ok := want[p]; !ok {
					want[p] = content
				} else if had != content {
					conflicts[p] = true
				}
			}
			s := pack(t, base, fmt.Sprint("p", i), files)
			if rapid.Bool().Draw(t, "external") {
				s.Files = Directory(s.Prefix)
			}
			sources = append(sources, s)
		}
		kind := rapid.SampledFrom([]Kind{Symlink, Hardlink, Copy}).Draw(t, "kind")
		l := Location{filepath.Join(base, "view"), base}
		plan := write(t, l, "key", kind, sources...)
		if diff := cmp.Diff(want, contents(t, l.Path)); diff != "" {
			t.Fatal(diff)
		}
		found := map[string]bool{}
		for _, c := range plan.Conflicts {
			found[c.Path] = true
		}
		if diff := cmp.Diff(conflicts, found); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestMerge(t *testing.T) {
	tests := []struct {
		name      string
		packages  []map[string]string
		links     string // path of each link
		conflicts string
	}{
		{"a directory that one package has is one link",
			[]map[string]string{{"include/boost/a.hpp": "1", "lib/libb.so": "1"}, {"lib/libz.so": "2"}},
			"include lib/libb.so lib/libz.so", ""},
		{"descriptions and indexes stay out",
			[]map[string]string{{".berth/spec.json": "1", "share/info/dir": "1", "share/info/a": "1", "lib/perl5/5.36/perllocal.pod": "1"}, {".berth/spec.json": "2", "share/info/dir": "2", "lib/perl5/5.36/perllocal.pod": "2"}},
			"share/info/a", ""},
		{"equal files are no conflict",
			[]map[string]string{{"bin/a": "1"}, {"bin/a": "1"}},
			"bin/a", ""},
		{"a file against a directory",
			[]map[string]string{{"lib/x": "1"}, {"lib/x/y": "2"}},
			"lib/x", "lib/x"},
		{"a directory against a file keeps the directories together",
			[]map[string]string{{"lib/x/y": "1"}, {"lib/x": "2"}, {"lib/x/z": "3"}},
			"lib/x/y lib/x/z", "lib/x"},
		{"a link to a directory is that directory",
			[]map[string]string{{"lib/a": "1", "lib64": "-> lib"}, {"lib64/b": "2"}},
			"lib lib64/a lib64/b", ""},
		{"links that lead back up end",
			[]map[string]string{{"lib/up": "-> ..", "lib/a": "1"}, {"lib/up": "-> ..", "lib/b": "2"}},
			"lib/a lib/b lib/up", ""},
		{"links in a circle end",
			[]map[string]string{{"a/x": "-> ../b", "b/y": "-> ../a"}, {"a/x": "-> ../b", "b/y": "-> ../a"}},
			"a/x/y b/y/x", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			base := t.TempDir()
			for _, how := range []string{"manifest", "disk"} {
				var sources []Source
				for i, files := range tt.packages {
					s := pack(t, filepath.Join(base, how), fmt.Sprint("p", i), files)
					if how == "disk" {
						s.Files = Directory(s.Prefix)
					}
					sources = append(sources, s)
				}
				plan, err := Merge(sources, true)
				must(t, err)
				var links, conflicts []string
				for _, l := range plan.Links {
					links = append(links, l.Path)
				}
				for _, c := range plan.Conflicts {
					conflicts = append(conflicts, c.Path)
				}
				if got := strings.Join(links, " "); got != tt.links {
					t.Errorf("%s: links %q, want %q", how, got, tt.links)
				}
				if got := strings.Join(conflicts, " "); got != tt.conflicts {
					t.Errorf("%s: conflicts %q, want %q", how, got, tt.conflicts)
				}
			}
		})
	}
}

// TestLinksOfPackages shows that links in a package mean the same in a view without links to directories.
func TestLinksOfPackages(t *testing.T) {
	base := t.TempDir()
	a := pack(t, base, "a", map[string]string{"lib/liba.so": "-> liba.so.1", "lib/liba.so.1": "A", "lib64": "-> lib", "share/b": "-> ../../b/share/x"})
	b := pack(t, base, "b", map[string]string{"share/x": "X"})
	for _, kind := range []Kind{Hardlink, Copy} {
		l := Location{filepath.Join(base, string(kind), "view"), base}
		write(t, l, "key", kind, a, b)
		want := map[string]string{"lib/liba.so": "A", "lib/liba.so.1": "A", "lib64/liba.so": "A", "lib64/liba.so.1": "A", "share/b": "X", "share/x": "X"}
		if diff := cmp.Diff(want, contents(t, l.Path)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestSwitch(t *testing.T) {
	base := t.TempDir()
	a, b := pack(t, base, "a", map[string]string{"bin/a": "1"}), pack(t, base, "b", map[string]string{"bin/b": "2"})
	l := Location{filepath.Join(base, "project", ".berth", "view"), filepath.Join(base, "project")}
	must(t, l.Check())
	write(t, l, "one", Symlink, a)
	killed := filepath.Join(filepath.Dir(l.Path), ".view-123") // of a command that was killed before the switch
	must(t, os.Mkdir(killed, 0o755))
	must(t, l.writeMarker(killed, "zero", &Plan{}))
	if !l.Is("one") || l.Is("two") {
		t.Error("the key does not tell what was made")
	}
	write(t, l, "two", Symlink, b)
	if got := contents(t, l.Path); len(got) != 1 || got["bin/b"] != "2" {
		t.Errorf("after the switch: %v", got)
	}
	entries, err := os.ReadDir(filepath.Dir(l.Path))
	must(t, err)
	if len(entries) != 2 {
		t.Errorf("beside the view stands more than its tree: %v", entries)
	}
	// A plan that cannot be carried out leaves what was there.
	bad := &Plan{Links: []Link{{Path: "no/such/dir", Prefix: a.Prefix, File: "bin"}}}
	if err := l.Write(context.Background(), "three", bad, Symlink); err == nil || !l.Is("two") {
		t.Errorf("got %v", err)
	}
	must(t, l.Remove())
	if entries, _ := os.ReadDir(filepath.Dir(l.Path)); len(entries) != 0 {
		t.Errorf("after removal: %v", entries)
	}
}

// TestWhatIsNotOurs holds that nothing that berth did not make is replaced or removed.
func TestWhatIsNotOurs(t *testing.T) {
	other := Location{}
	makers := map[string]func(t *testing.T, at string){
		"a directory":    func(t *testing.T, at string) { must(t, os.Mkdir(at, 0o755)) },
		"a file":         func(t *testing.T, at string) { must(t, os.WriteFile(at, nil, 0o644)) },
		"a link":         func(t *testing.T, at string) { must(t, os.Symlink("/usr", at)) },
		"a link nowhere": func(t *testing.T, at string) { must(t, os.Symlink("nowhere", at)) },
		"a likely link": func(t *testing.T, at string) {
			must(t, os.Mkdir(filepath.Join(filepath.Dir(at), ".view-12"), 0o755))
			must(t, os.Symlink(".view-12", at))
		},
		"another's view": func(t *testing.T, at string) { other = Location{at, "/"}; write(t, other, "key", Symlink) },
	}
	for name, make := range makers {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := Location{filepath.Join(dir, "view"), filepath.Join(dir, "env")}
			make(t, l.Path)
			before, err := os.Lstat(l.Path)
			must(t, err)
			var occupied *OccupiedError
			if err := l.Write(context.Background(), "key", &Plan{}, Symlink); !errors.As(err, &occupied) {
				t.Errorf("got %v", err)
			}
			must(t, l.Remove())
			if after, err := os.Lstat(l.Path); err != nil || !os.SameFile(before, after) {
				t.Errorf("it was replaced: %v", err)
			}
		})
	}
	t.Run("a neighbour", func(t *testing.T) {
		dir := t.TempDir()
		neighbour := Location{filepath.Join(dir, "view-1"), "/"}
		write(t, neighbour, "key", Symlink)
		must(t, os.Mkdir(filepath.Join(dir, ".view-7"), 0o755))
		l := Location{filepath.Join(dir, "view"), filepath.Join(dir, "env")}
		write(t, l, "key", Symlink)
		must(t, l.Remove())
		if !neighbour.Is("key") || !exists(filepath.Join(dir, ".view-7")) {
			t.Error("what stood beside the view is gone")
		}
	})
}

// TestMovedProject is a project that was moved with its view.
func TestMovedProject(t *testing.T) {
	base := t.TempDir()
	a := pack(t, base, "a", map[string]string{"bin/a": "1"})
	old := Location{filepath.Join(base, "old", "view"), filepath.Join(base, "old")}
	write(t, old, "key", Symlink, a)
	must(t, os.Rename(filepath.Join(base, "old"), filepath.Join(base, "new")))
	l := Location{filepath.Join(base, "new", "view"), filepath.Join(base, "new")}
	if l.Is("key") {
		t.Error("a view that moved counts as up to date")
	}
	write(t, l, "key", Symlink, a)
	if !l.Is("key") {
		t.Error("a view that moved cannot be made anew")
	}
}

// BenchmarkMerge plans a view of 100 packages with 1,000 files each, of which a tenth stands in directories that all have.
func BenchmarkMerge(b *testing.B) {
	var sources []Source
	for i := range 100 {
		files := []store.File{{Path: "bin", Dir: true}, {Path: "include", Dir: true}, {Path: "lib", Dir: true}}
		own := fmt.Sprintf("include/p%d", i)
		files = append(files, store.File{Path: own, Dir: true})
		for j := range 1000 {
			dir := own
			if j%10 == 0 {
				dir = "lib"
			}
			files = append(files, store.File{Path: fmt.Sprintf("%s/f%d-%d", dir, i, j), SHA256: "x"})
		}
		sources = append(sources, Source{Name: fmt.Sprint("p", i), Prefix: fmt.Sprint("/p", i), Files: Manifest(files)})
	}
	for b.Loop() {
		if _, err := Merge(sources, true); err != nil {
			b.Fatal(err)
		}
	}
}
