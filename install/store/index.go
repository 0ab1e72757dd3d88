package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/install/db"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// Record is one installed package, or one external that is in use.
type Record struct {
	Node        *dag.Node
	Prefix      string    // "/home/u/.berth/store/zlib-1.3.1-..."
	Explicit    bool      // a person asked for it
	InstalledAt time.Time // to the second, UTC
	Bytes       int64     // 0 for externals
	Files       int64     // inodes; 0 for externals
	Upstream    string    // the name of the upstream that has it: "lumi"; "" is this store
}

// Filter chooses records; the zero value chooses all.
type Filter struct {
	Name       string
	HashPrefix string
	Explicit   *bool
	External   *bool
	Spec       *spec.Spec // the node must satisfy it
}

// ErrNotFound is wrapped by the error of a look-up that finds nothing.
var ErrNotFound = db.ErrNotFound

// AmbiguousError says that a hash prefix fits several packages.
type AmbiguousError struct {
	Prefix  string
	Records []Record
}

func (e *AmbiguousError) Error() string {
	var names []string
	for _, r := range e.Records {
		names = append(names, r.Node.Name()+"/"+r.Node.Hash())
	}
	return fmt.Sprintf("find /%s: it stands for several: %s; give more of the hash", e.Prefix, strings.Join(names, ", "))
}

// Query returns the records that f chooses, sorted by name, version and hash. It takes no lock. Packages whose prefix is gone are left out.
func (s *Store) Query(f Filter) ([]Record, error) {
	if s.unused() {
		return nil, nil
	}
	snap, err := s.snapshot()
	if err != nil {
		return nil, err
	}
	defer snap.Close()
	entries, err := snap.Query(db.Filter{Name: f.Name, HashPrefix: f.HashPrefix, Explicit: f.Explicit, External: f.External})
	if err != nil {
		return nil, err
	}
	records, err := s.records(snap, entries)
	if err != nil || f.Spec == nil {
		return records, err
	}
	var fit []Record
	for _, r := range records {
		if r.Node.Satisfies(f.Spec) {
			fit = append(fit, r)
		}
	}
	return fit, nil
}

// Get returns the record whose hash begins with hash: the error wraps ErrNotFound, or is an *AmbiguousError.
func (s *Store) Get(hash string) (Record, error) {
	records, err := s.Query(Filter{HashPrefix: hash})
	switch {
	case err != nil:
		return Record{}, err
	case len(records) == 0:
		return Record{}, fmt.Errorf("find /%s: %w", hash, ErrNotFound)
	case len(records) > 1:
		return Record{}, &AmbiguousError{Prefix: hash, Records: records}
	}
	return records[0], nil
}

// Candidates lists the installed nodes of a package, here and in upstreams, for the concretizer to reuse. What is wrong with the index is told to Warn.
func (s *Store) Candidates(name string) []*dag.Node {
	records, err := s.Query(Filter{Name: name})
	if err != nil {
		s.warn("%v; nothing installed is reused", err)
		return nil
	}
	var nodes []*dag.Node
	for _, r := range records {
		nodes = append(nodes, r.Node)
	}
	if len(s.chain.list) > 0 {
		for _, r := range s.UpstreamRecords(Filter{Name: name}) {
			if !slices.ContainsFunc(nodes, func(n *dag.Node) bool { return n.Hash() == r.Node.Hash() }) {
				nodes = append(nodes, r.Node)
			}
		}
	}
	return nodes
}

// Dependents returns the installed packages that need the node when they are linked or run.
func (s *Store) Dependents(hash string) ([]Record, error) {
	snap, err := s.snapshot()
	if err != nil {
		return nil, err
	}
	defer snap.Close()
	entries, err := snap.Dependents(hash, uint8(spec.Link|spec.Run))
	if err != nil {
		return nil, err
	}
	return s.records(snap, entries)
}

// Register makes sure that the index has nodes that stand already: externals, and packages that an interrupted command left
// out. Those for which explicit holds count as asked for from now on. The error wraps ErrNotFound if one of them does not stand in the
// store. What is in order costs one look at the index for all.
func (s *Store) Register(ctx context.Context, nodes []*dag.Node, explicit func(*dag.Node) bool) ([]Record, error) {
	known, err := s.entriesByHash()
	if err != nil {
		return nil, err
	}
	var records, fresh []Record
	for _, n := range nodes {
		if r, ok := s.FromUpstream(n); ok {
			records = append(records, r) // the upstream's index has it
			continue
		}
		r, ok := s.inOrder(n, known, explicit(n))
		if !ok {
			if r, err = s.standing(n, explicit(n)); err != nil {
				return nil, err
			}
			fresh = append(fresh, r)
		}
		records = append(records, r)
	}
	if len(fresh) == 0 {
		return records, nil
	}
	return records, s.update(ctx, func(tx *db.Tx) error { return putAll(tx, fresh) })
}

func (s *Store) entriesByHash() (map[string]db.Entry, error) {
	snap, err := s.snapshot()
	if err != nil {
		return nil, err
	}
	defer snap.Close()
	entries, err := snap.Query(db.Filter{})
	if err != nil {
		return nil, err
	}
	known := make(map[string]db.Entry, len(entries))
	for _, e := range entries {
		known[e.Hash] = e
	}
	return known, nil
}

// inOrder gives the record of a node that stands and that the index has as it should be.
func (s *Store) inOrder(n *dag.Node, known map[string]db.Entry, explicit bool) (Record, bool) {
	e, ok := known[n.Hash()]
	if !ok || explicit && !e.Explicit || !e.External && (e.Prefix != s.ownPrefix(n) || !Complete(e.Prefix)) {
		return Record{}, false
	}
	return newRecord(n, e), true
}

// standing reads the record of a node from what stands, and makes it explicit if it now is.
func (s *Store) standing(n *dag.Node, explicit bool) (Record, error) {
	if n.External() != nil {
		path := s.externalPath(n)
		r, err := s.readExternal(path)
		if err != nil { // it is new, or its file is damaged
			r = Record{Node: n, Prefix: s.Prefix(n), InstalledAt: time.Now().UTC().Truncate(time.Second)}
		} else if r.Explicit || !explicit {
			return r, nil
		}
		r.Explicit = explicit
		return r, s.writeExternal(r)
	}
	prefix := s.ownPrefix(n)
	if !Complete(prefix) {
		return Record{}, fmt.Errorf("find %s/%s: %w", n.Name(), n.ShortHash(), ErrNotFound)
	}
	r, err := s.readPrefix(prefix)
	if err != nil || r.Explicit || !explicit {
		return r, err
	}
	r.Explicit = true
	return r, writeExplicit(r)
}

func (s *Store) externalPath(n *dag.Node) string {
	return filepath.Join(s.externalsDir(), n.Hash()+".json")
}

func (s *Store) writeExternal(r Record) error {
	had, err := readExternalFile(s.externalPath(r.Node))
	if err != nil && s.Fingerprint != nil { // it is new
		had.Fingerprint = s.Fingerprint(r.Node)
	}
	return s.writeExternalAs(r, had.Fingerprint)
}

func (s *Store) writeExternalAs(r Record, fingerprint string) error {
	return writeJSON(s.externalPath(r.Node), external{state{Explicit: r.Explicit, InstalledAt: r.InstalledAt}, fingerprint, dag.MarshalTree(r.Node)})
}

// writeExplicit changes the mark in an installed prefix.
func writeExplicit(r Record) error {
	st, err := readState(r.Prefix)
	if err != nil { // damaged: what the index knows of it is better than nothing
		st = state{InstalledAt: r.InstalledAt, Bytes: r.Bytes, Files: r.Files}
	}
	st.Explicit = r.Explicit
	return writeJSON(filepath.Join(r.Prefix, stateFile), st)
}

// SetExplicit records whether a person asked for the package.
func (s *Store) SetExplicit(ctx context.Context, r Record, explicit bool) error {
	if r.Explicit == explicit {
		return nil
	}
	r.Explicit = explicit
	write := writeExplicit
	if r.Node.External() != nil {
		write = s.writeExternal
	}
	if err := write(r); err != nil {
		return err
	}
	return s.update(ctx, func(tx *db.Tx) error { return tx.SetExplicit(r.Node.Hash(), explicit) })
}

// update changes the index under its lock. An index that is damaged or missing is first rebuilt from the prefixes.
func (s *Store) update(ctx context.Context, fn func(*db.Tx) error) error {
	unlock, err := s.lockIndex(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if snap, err := db.Open(s.indexPath()); err == nil {
		snap.Close()
	} else if lost(err) {
		if err := s.rebuild(ctx, err); err != nil {
			return err
		}
	}
	err = db.Update(s.indexPath(), fn)
	if !lost(err) {
		return err
	}
	if err := s.rebuild(ctx, err); err != nil {
		return err
	}
	return db.Update(s.indexPath(), fn)
}

// lost reports whether the index has to be rebuilt.
func lost(err error) bool {
	var corrupt *db.CorruptError
	var missing *db.MissingError
	return errors.As(err, &corrupt) || errors.As(err, &missing)
}

func newRecord(n *dag.Node, e db.Entry) Record {
	return Record{Node: n, Prefix: e.Prefix, Explicit: e.Explicit, InstalledAt: e.InstalledAt, Bytes: e.Bytes, Files: e.Files}
}

func (r Record) entry() db.Entry {
	return db.Entry{
		Hash: r.Node.Hash(), Name: r.Node.Name(), Version: r.Node.Version().String(), Prefix: r.Prefix,
		External: r.Node.External() != nil, Explicit: r.Explicit, InstalledAt: r.InstalledAt, Bytes: r.Bytes, Files: r.Files,
	}
}

// records turns entries into records. Entries whose prefix is gone are left out: it was removed, and whoever did that was
// killed before the index knew.
func (s *Store) records(snap *db.Snapshot, entries []db.Entry) ([]Record, error) {
	var there []db.Entry
	for _, e := range entries {
		if e.External || Complete(e.Prefix) {
			there = append(there, e)
		}
	}
	if err := s.load(snap, there); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var records []Record
	for _, e := range there {
		records = append(records, newRecord(s.nodes[e.Hash], e))
	}
	return records, nil
}

// load brings the nodes of the entries into s.nodes. Nodes that were read once are shared by all records.
func (s *Store) load(snap *db.Snapshot, entries []db.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var missing []string
	for _, e := range entries {
		if s.nodes[e.Hash] == nil {
			missing = append(missing, e.Hash)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	docs, err := snap.Nodes(missing...)
	if err != nil {
		return err
	}
	nodes, err := DecodeNodes(docs)
	if err != nil {
		return &db.CorruptError{Path: s.indexPath(), Err: err}
	}
	for h, n := range nodes {
		if s.nodes[h] == nil {
			s.nodes[h] = n
		}
	}
	return nil
}

// unused reports whether nothing was ever installed. Making an index in memory, to find nothing in it, would take a quarter of what resolving a
// small package takes.
func (s *Store) unused() bool {
	_, err := os.Lstat(s.indexPath())
	return errors.Is(err, fs.ErrNotExist) && len(s.list(s.Dir())) == 0 && len(s.list(s.externalsDir())) == 0
}

// snapshot opens the index for reading. One that is lost is replaced by what a scan of the prefixes gives, in memory: a reader
// neither waits for a lock nor writes. The next change of the index mends the file.
func (s *Store) snapshot() (*db.Snapshot, error) {
	snap, err := db.Open(s.indexPath())
	if err == nil || !lost(err) {
		return snap, err
	}
	found := s.scan()
	if len(found) > 0 {
		s.warn("%v; until then, what is installed is read from the %d packages themselves", err, len(found))
	}
	return db.InMemory(func(tx *db.Tx) error { return putAll(tx, found) })
}
