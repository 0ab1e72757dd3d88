package upstream_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/install/upstream"
	"github.com/berth-hpc/berth/install/upstream/spackdb"
	"github.com/berth-hpc/berth/install/upstream/spacktest"
)

// FuzzTree holds that whatever index a tree has, opening and checking it ends without a panic, and that what it lists is whole and found by its hash.
func FuzzTree(f *testing.F) {
	for _, version := range []int{5, 7, 9} {
		tree, _ := write(f, siteTree, spacktest.Options{Version: version})
		data, err := os.ReadFile(spackdb.IndexPath(tree))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	other, _ := write(f, "zlib@1.3.1", spacktest.Options{Version: 8})
	f.Fuzz(func(t *testing.T, data []byte) {
		tree := t.TempDir()
		index := spackdb.IndexPath(tree)
		if err := os.MkdirAll(filepath.Dir(index), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(index, data, 0o644); err != nil {
			t.Fatal(err)
		}
		list := []upstream.Location{{Name: "fuzzed", Path: tree}, {Name: "other", Path: other}}
		for _, opened := range upstream.Open(list, "", nil) {
			records, err := opened.Query(store.Filter{})
			if err != nil {
				t.Errorf("%s: %v", opened.Name, err)
			}
			for _, r := range records {
				n := r.Node
				if n == nil || n.Name() == "" || n.Hash() == "" || n.External() == nil && !filepath.IsAbs(r.Prefix) {
					t.Errorf("%s has %v in %q", opened.Name, n, r.Prefix)
					continue
				}
				if again, _, err := opened.Find(n.Hash()); err != nil || again.Node == nil || again.Node.Hash() != n.Hash() {
					t.Errorf("%s lists %v, but finds %v, %v", opened.Name, n, again.Node, err)
				}
			}
			opened.Close()
		}
		for _, p := range upstream.Check(t.Context(), list[0], list).Problems {
			if p.Err == nil || p.What == "" {
				t.Errorf("a problem without words: %+v", p)
			}
		}
	})
}
