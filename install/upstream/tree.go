package upstream

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/berth-hpc/berth/install/db"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/install/upstream/spackdb"
	"github.com/berth-hpc/berth/spec/dag"
)

// Kind says who made a tree.
type Kind string

// The kinds of trees.
const (
	Berth Kind = "berth" // a berth root
	Spack Kind = "spack" // an install tree of Spack
)

// Location is an upstream as configuration names it.
type Location struct {
	Name string // "lumi"
	Path string // "/appl/lumi/spack"
}

// Tree is an upstream that was opened. It is safe for concurrent use.
type Tree struct {
	Location
	Kind Kind
	// Problems is what could not be read when the tree was converted; nothing where the cache had it already.
	Problems []spackdb.Problem

	own  *store.Store // of a berth root
	snap *db.Snapshot // of a tree of Spack

	mu    sync.Mutex
	nodes map[string]*dag.Node
}

// NotATreeError says that there is no install tree at a path.
type NotATreeError struct{ Path string }

func (e *NotATreeError) Error() string {
	return fmt.Sprintf("open upstream %s: there is neither a berth root nor an install tree of Spack", e.Path)
}

// Hint says what would be one.
func (e *NotATreeError) Hint() string {
	return "a berth root has a directory store, a tree of Spack .spack-db/index.json or prefixes with .spack/spec.json"
}

// KindOf looks what stands at a path. The error is a *NotATreeError if it is none of both, and wraps the system's if it cannot be read.
func KindOf(path string) (Kind, error) {
	if info, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("open upstream: %w", err)
	} else if !info.IsDir() {
		return "", &NotATreeError{path}
	}
	if isDir(filepath.Join(path, ".spack-db")) {
		return Spack, nil
	}
	if isDir(filepath.Join(path, "store")) {
		return Berth, nil
	}
	if scanned, err := spackdb.Scan(path); err == nil && len(scanned.Records) > 0 {
		return Spack, nil
	}
	return "", &NotATreeError{path}
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// Open opens the trees, in the order in which they are searched. What cannot be opened is told to warn and left out: the others are as
// good as before. Conversions are kept in cacheDir, which is made when it is needed; "" keeps none.
func Open(list []Location, cacheDir string, warn func(message string)) []*Tree {
	if warn == nil {
		warn = func(string) {}
	}
	var trees []*Tree
	var locations []Location
	for _, l := range list {
		kind, err := KindOf(l.Path)
		if err == nil && kind == Berth {
			var own *store.Store
			if own, err = store.Open(l.Path); err == nil {
				own.Warn = func(m string) { warn("upstream " + l.Name + ": " + m) }
				trees = append(trees, &Tree{Location: l, Kind: Berth, own: own})
				continue
			}
		}
		if err != nil {
			warn(fmt.Sprintf("upstream %s: %v; nothing of it is used", l.Name, err))
			continue
		}
		locations = append(locations, l)
		trees = append(trees, &Tree{Location: l, Kind: Spack, nodes: map[string]*dag.Node{}})
	}
	o := &opener{cacheDir: cacheDir, warn: warn, locations: locations, raw: map[string]*source{}}
	return slices.DeleteFunc(trees, func(t *Tree) bool {
		if t.Kind != Spack {
			return false
		}
		err := o.open(t)
		if err != nil {
			warn(fmt.Sprintf("upstream %s: %v; nothing of it is used", t.Name, err))
		}
		return err != nil
	})
}

// Close releases what is open.
func (t *Tree) Close() error {
	if t.snap != nil {
		return t.snap.Close()
	}
	return nil
}

// Title is what people call the tree: its name.
func (t *Tree) Title() string { return t.Name }

// Root is where it stands.
func (t *Tree) Root() string { return t.Path }

// Query lists what the tree has. Whether that can be used is for the caller to find out, of all but the prefix itself.
func (t *Tree) Query(f store.Filter) ([]store.Record, error) {
	if t.own != nil {
		records, err := t.own.Query(f)
		for i := range records {
			records[i].Upstream = t.Name
		}
		return records, err
	}
	entries, err := t.snap.Query(db.Filter{Name: f.Name, HashPrefix: f.HashPrefix, Explicit: f.Explicit, External: f.External})
	if err != nil {
		return nil, err
	}
	var hashes []string
	for _, e := range entries {
		hashes = append(hashes, e.Hash)
	}
	nodes, err := t.load(hashes)
	if err != nil {
		return nil, err
	}
	var records []store.Record
	for _, e := range entries {
		n := nodes[e.Hash]
		if f.Spec == nil || n.Satisfies(f.Spec) {
			records = append(records, store.Record{
				Node: n, Prefix: e.Prefix, Explicit: e.Explicit, InstalledAt: e.InstalledAt, Upstream: t.Name,
			})
		}
	}
	return records, nil
}

// Names lists the packages that the tree has.
func (t *Tree) Names() ([]string, error) {
	if t.own != nil {
		return t.own.Names()
	}
	entries, err := t.snap.Query(db.Filter{})
	var names []string
	for _, e := range entries {
		if e.Name != "" {
			names = append(names, e.Name)
		}
	}
	return slices.Compact(names), err
}

var _ store.Upstream = (*Tree)(nil)

// load returns nodes with these hashes. What was read once is shared.
func (t *Tree) load(hashes []string) (map[string]*dag.Node, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var missing []string
	for _, h := range hashes {
		if t.nodes[h] == nil {
			missing = append(missing, h)
		}
	}
	if len(missing) > 0 {
		docs, err := t.snap.Nodes(missing...)
		if err != nil {
			return nil, err
		}
		nodes, err := store.DecodeNodes(docs)
		if err != nil {
			return nil, fmt.Errorf("read the cached index of upstream %s: %w", t.Name, err)
		}
		for h, n := range nodes {
			if t.nodes[h] == nil {
				t.nodes[h] = n
			}
		}
	}
	found := make(map[string]*dag.Node, len(hashes))
	for _, h := range hashes {
		found[h] = t.nodes[h]
	}
	return found, nil
}

// Find returns the record with that hash, if the tree has it and its prefix is there.
func (t *Tree) Find(hash string) (store.Record, bool, error) {
	if t.own != nil {
		records, err := t.Query(store.Filter{HashPrefix: hash})
		if err != nil || len(records) != 1 || records[0].Node.Hash() != hash {
			return store.Record{}, false, err
		}
		return records[0], t.Stands(records[0]), nil
	}
	e, err := t.snap.Get(hash) // by the key: a beginning of a hash is looked for in every row
	if errors.Is(err, store.ErrNotFound) {
		return store.Record{}, false, nil
	}
	if err != nil {
		return store.Record{}, false, err
	}
	nodes, err := t.load([]string{hash})
	if err != nil {
		return store.Record{}, false, err
	}
	r := store.Record{Node: nodes[hash], Prefix: e.Prefix, Explicit: e.Explicit, InstalledAt: e.InstalledAt, Upstream: t.Name}
	return r, t.Stands(r), nil
}

// Stands looks whether the prefix of a record is there and still what the record says.
func (t *Tree) Stands(r store.Record) bool {
	if r.Node.External() != nil {
		return r.Prefix == "" || isDir(r.Prefix)
	}
	if t.own != nil {
		return store.Complete(r.Prefix)
	}
	if _, err := os.Lstat(filepath.Join(r.Prefix, ".spack", "spec.json")); err == nil {
		return true
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	// What was installed by Spack 0.16 and before has spec.yaml; what was deprecated has none of its own.
	return isDir(filepath.Join(r.Prefix, ".spack"))
}
