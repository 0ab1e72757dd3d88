package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/berth-hpc/berth/install/db"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// Upstream is an install tree of somebody else, whose packages are used where they stand. It is read, and never written or locked.
type Upstream interface {
	// Title is its name: "lumi". Root is where it stands.
	Title() string
	Root() string
	// Query lists what it has, whether or not that can still be used.
	Query(Filter) ([]Record, error)
	// Find returns the record with that whole hash; ok is false if its prefix is not there.
	Find(hash string) (r Record, ok bool, err error)
	// Names lists its packages; it costs little, whatever it has.
	Names() ([]string, error)
}

// chain is the upstreams of a store, with what was found of them.
type chain struct {
	list []Upstream

	mu     sync.Mutex
	found  map[string]Record // by hash; the zero Record is none
	usable map[string]error  // by hash; nil is usable
	warned map[string]bool   // upstreams that were complained of
}

// Chain puts a store on top of upstreams; the first that has a package wins, and the store's own packages win over all. It is called
// before the store is used.
func (s *Store) Chain(list ...Upstream) {
	s.chain = chain{list: list, found: map[string]Record{}, usable: map[string]error{}, warned: map[string]bool{}}
}

// Upstreams lists what the store was put on top of.
func (s *Store) Upstreams() []Upstream { return s.chain.list }

// Stands reports whether the package of a node can be used: it is external, or installed here or in an upstream.
func (s *Store) Stands(n *dag.Node) bool {
	if n.External() != nil || Complete(s.ownPrefix(n)) {
		return true
	}
	_, ok := s.upstreamRecord(n.Hash())
	return ok
}

// FromUpstream returns the record of a node that an upstream has, and not this store.
func (s *Store) FromUpstream(n *dag.Node) (Record, bool) {
	if len(s.chain.list) == 0 || n.External() != nil || Complete(s.ownPrefix(n)) {
		return Record{}, false
	}
	return s.upstreamRecord(n.Hash())
}

// OwnPrefix is where n stands in this store or would, whatever upstreams have.
func (s *Store) OwnPrefix(n *dag.Node) string { return s.ownPrefix(n) }

// ownPrefix is where n would stand in this store.
func (s *Store) ownPrefix(n *dag.Node) string { return filepath.Join(s.Dir(), BaseName(n)) }

// upstreamRecord finds what an upstream has under a hash.
func (s *Store) upstreamRecord(hash string) (Record, bool) {
	c := &s.chain
	if len(c.list) == 0 {
		return Record{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return s.lookUp(hash)
}

// lookUp is upstreamRecord for whoever holds the chain's lock.
func (s *Store) lookUp(hash string) (Record, bool) {
	c := &s.chain
	if r, known := c.found[hash]; known {
		return r, r.Node != nil
	}
	for _, u := range c.list {
		r, ok, err := u.Find(hash)
		if err != nil {
			s.complain(u, err)
		}
		if ok {
			c.found[hash] = r
			return r, true
		}
	}
	c.found[hash] = Record{}
	return Record{}, false
}

// complain says once that an upstream cannot be read.
func (s *Store) complain(u Upstream, err error) {
	if !s.chain.warned[u.Title()] {
		s.chain.warned[u.Title()] = true
		s.warn("upstream %s: %v; it is passed over", u.Title(), err)
	}
}

// InUpstream returns what the upstreams have under a hash, whether or not this store has it, too.
func (s *Store) InUpstream(hash string) (Record, bool) { return s.upstreamRecord(hash) }

// UpstreamNodes lists the nodes of a package that upstreams have and that can be used.
func (s *Store) UpstreamNodes(name string) []*dag.Node {
	var nodes []*dag.Node
	for _, r := range s.UpstreamRecords(Filter{Name: name}) {
		nodes = append(nodes, r.Node)
	}
	return nodes
}

// UpstreamRecords lists what upstreams have and what can be used of it: its prefix is there, and all that it links to and runs. What an
// upstream before has, too, is left out.
func (s *Store) UpstreamRecords(f Filter) []Record {
	c := &s.chain
	c.mu.Lock()
	defer c.mu.Unlock()
	var records []Record
	seen := map[string]bool{}
	for _, u := range c.list {
		list, err := u.Query(f)
		if err != nil {
			s.complain(u, err)
		}
		for _, r := range list {
			hash := r.Node.Hash()
			if !seen[hash] && s.whyUnusable(r.Node) == nil {
				seen[hash] = true
				records = append(records, r)
			}
		}
	}
	return records
}

// UpstreamNames lists the packages that upstreams have, sorted.
func (s *Store) UpstreamNames() []string {
	c := &s.chain
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for _, u := range c.list {
		list, err := u.Names()
		if err != nil {
			s.complain(u, err)
		}
		names = append(names, list...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Names lists the packages that are installed here, from the index alone.
func (s *Store) Names() ([]string, error) {
	snap, err := s.snapshot()
	if err != nil {
		return nil, err
	}
	defer snap.Close()
	entries, err := snap.Query(db.Filter{})
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return slices.Compact(names), err
}

// whyUnusable tells what is missing of a node or of what it needs; the caller holds the chain's lock.
func (s *Store) whyUnusable(n *dag.Node) error {
	c := &s.chain
	if err, known := c.usable[n.Hash()]; known {
		return err
	}
	var err error
	switch x := n.External(); {
	case x != nil:
		if _, gone := os.Stat(x.Prefix); x.Prefix != "" && gone != nil {
			err = fmt.Errorf("%s is gone", x.Prefix)
		}
	case Complete(s.ownPrefix(n)):
	default:
		if _, ok := s.lookUp(n.Hash()); !ok {
			err = fmt.Errorf("%s/%s is in no upstream", n.Name(), n.ShortHash())
		}
	}
	for _, e := range n.Edges() {
		if err == nil && e.Types&(spec.Link|spec.Run) != 0 {
			err = s.whyUnusable(e.To)
		}
	}
	c.usable[n.Hash()] = err
	return err
}
