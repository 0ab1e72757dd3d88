package upstream

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/berth-hpc/berth/install/db"
	"github.com/berth-hpc/berth/install/upstream/spackdb"
	"github.com/berth-hpc/berth/spec/dag"
)

// cacheVersion changes with what a conversion makes of the same tree.
const cacheVersion = 2

// cacheAge is how long the conversion of an old state of a tree is kept.
const cacheAge = 30 * 24 * time.Hour

// opener opens the trees of Spack of one chain, whose records may lead from one into another.
type opener struct {
	cacheDir  string
	warn      func(string)
	locations []Location
	raw       map[string]*source // by path
}

// source is what a tree says, before it is converted.
type source struct {
	db  *spackdb.Database
	err error
}

func (o *opener) open(t *Tree) error {
	path := o.cachePath(t.Path)
	if path != "" {
		if snap, err := db.Open(path); err == nil {
			t.snap = snap
			now := time.Now()
			os.Chtimes(path, now, now) // that it is in use; where this is not allowed, it is made again some day
			return nil
		}
	}
	put, err := o.convert(t)
	if err != nil {
		return err
	}
	if path != "" {
		if err := o.publish(path, put); err == nil {
			if t.snap, err = db.Open(path); err == nil {
				return nil
			}
		}
	}
	t.snap, err = db.InMemory(put) // the cache cannot be written; what it would hold serves as well
	return err
}

// cachePath names the conversion of a tree in its present state. A record of one tree may need those of another, so all states count. It
// is "" where nothing tells the state, as of a tree without an index.
func (o *opener) cachePath(tree string) string {
	if o.cacheDir == "" {
		return ""
	}
	sum := sha256.New()
	fmt.Fprintln(sum, cacheVersion, tree)
	for _, l := range o.locations {
		state, ok := stateOf(l.Path)
		if !ok {
			return ""
		}
		fmt.Fprintln(sum, l.Path, state)
	}
	return filepath.Join(o.cacheDir, hex.EncodeToString(sum.Sum(nil))[:32]+".sqlite")
}

// stateOf tells whether the index of a tree changed since it was last looked at: Spack writes a new verifier with every change, and
// where there is none, or somebody copied the tree, size and time of the index tell.
func stateOf(tree string) (string, bool) {
	info, err := os.Stat(spackdb.IndexPath(tree))
	if err != nil {
		return "", false
	}
	verifier, err := os.ReadFile(spackdb.VerifierPath(tree))
	if err != nil {
		verifier = nil
	}
	return fmt.Sprintf("%x %d %d", bytes.TrimSpace(verifier), info.Size(), info.ModTime().UnixNano()), true
}

// publish writes a conversion into the cache. Two commands that do so at once write the same.
func (o *opener) publish(path string, put func(*db.Tx) error) error {
	if err := os.MkdirAll(o.cacheDir, 0o755); err != nil {
		return err
	}
	o.sweep()
	return db.Rebuild(path, put)
}

// sweep removes conversions that nobody used for long.
func (o *opener) sweep() {
	entries, err := os.ReadDir(o.cacheDir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && filepath.Ext(e.Name()) == ".sqlite" && time.Since(info.ModTime()) > cacheAge {
			os.Remove(filepath.Join(o.cacheDir, e.Name()))
		}
	}
}

// read returns what a tree says: its index, or the prefixes themselves where the index is missing or torn.
func (o *opener) read(l Location) (*spackdb.Database, error) {
	if s := o.raw[l.Path]; s != nil {
		return s.db, s.err
	}
	s := &source{}
	o.raw[l.Path] = s
	s.db, s.err = spackdb.ReadIndex(l.Path)
	var torn *spackdb.FormatError
	if !errors.As(s.err, &torn) && !errors.Is(s.err, fs.ErrNotExist) {
		return s.db, s.err
	}
	why := s.err
	if s.db, s.err = spackdb.Scan(l.Path); s.err == nil {
		o.warn(fmt.Sprintf("upstream %s: %v; %d packages were read from their prefixes instead", l.Name, why, installedIn(s.db)))
	}
	return s.db, s.err
}

func installedIn(d *spackdb.Database) int {
	n := 0
	for _, r := range d.Records {
		if r.Installed && r.Node.External == nil {
			n++
		}
	}
	return n
}

// convert reads a tree and makes what fills its index.
func (o *opener) convert(t *Tree) (func(*db.Tx) error, error) {
	own, err := o.read(t.Location)
	if err != nil {
		return nil, err
	}
	c := newConverter(own)
	for _, l := range o.locations {
		if l.Path == t.Path {
			continue
		}
		if other, err := o.read(l); err == nil { // its own opening tells what is wrong with it
			c.add(other)
		}
	}
	entries := c.convert()
	t.Problems = c.problems
	return func(tx *db.Tx) error { return fill(tx, entries) }, nil
}

// fill puts entries with the nodes of their DAGs into an index, each node once.
func fill(tx *db.Tx, entries []entry) error {
	known := map[string]bool{}
	for _, e := range entries {
		var nodes []db.Node
		// Depth first, as far as the nodes are new.
		for todo := []*dag.Node{e.node}; len(todo) > 0; {
			n := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if known[n.Hash()] {
				continue
			}
			known[n.Hash()] = true
			doc, err := describe(n)
			if err != nil {
				return err
			}
			nodes = append(nodes, doc)
			for _, edge := range n.Edges() {
				todo = append(todo, edge.To)
			}
		}
		if err := tx.Put(e.Entry, nodes); err != nil {
			return err
		}
	}
	return nil
}

func describe(n *dag.Node) (db.Node, error) {
	doc := db.Node{Hash: n.Hash(), Doc: json.RawMessage(dag.MarshalNode(n))}
	for _, e := range n.Edges() {
		doc.Deps = append(doc.Deps, db.Dep{Hash: e.To.Hash(), Types: uint8(e.Types)})
	}
	return doc, nil
}
