package spackdb

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReplay reads the real indexes and locks named by BERTH_SPACK_FILES (separated by colons), and computes their hashes again where
// the version tells how. What is external may have been given its hash by other rules; nothing else may differ.
func TestReplay(t *testing.T) {
	files := os.Getenv("BERTH_SPACK_FILES")
	if files == "" {
		t.Skip("BERTH_SPACK_FILES names no files")
	}
	for _, path := range filepath.SplitList(files) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		version, nodes, replayable := 0, map[string]*Node{}, false
		if strings.HasSuffix(path, "spack.lock") {
			lock, err := ParseLock(path, data)
			if err != nil {
				t.Error(err)
				continue
			}
			version, nodes, replayable = lock.Version, lock.Nodes, true
		} else {
			db, err := ParseIndex(path, data)
			if err != nil {
				t.Error(err)
				continue
			}
			for _, p := range db.Problems {
				t.Errorf("%s: %s", path, p)
			}
			for hash, r := range db.Records {
				nodes[hash] = r.Node
			}
			version, replayable = db.Version, db.Version >= 6
		}
		same := 0
		for hash, n := range nodes {
			got, err := n.ComputeHash()
			if err != nil {
				t.Error(err)
			}
			switch {
			case got == hash:
				same++
			case replayable && n.External == nil:
				t.Errorf("%s: %s@%s: computed %s, recorded %s", path, n.Name, n.Version, got, hash)
			}
		}
		t.Logf("%s: version %d: %d of %d hashes come out as recorded", path, version, same, len(nodes))
	}
}
