package envs

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

	"github.com/berth-hpc/berth/envs/view"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// CollectOptions says what counts as garbage.
type CollectOptions struct {
	KeepBuild bool // what live packages were built with stays, too
	BuildOnly bool // only what live packages were built with goes, of all that nothing needs
	Stale     bool // environments that are gone need nothing any more, and are forgotten
	// Stages and Sources are how old kept stages and fetched sources are when they go.
	Stages, Sources time.Duration
}

// Garbage is what nothing needs any more.
type Garbage struct {
	Packages []store.Record  // dependents before what they need
	Built    map[string]bool // hashes of those packages that live ones were built with
	Stages   []store.Leftover
	Sources  []store.Leftover
	// Gone are the directories of environments that cannot be found; what was installed for them stays, unless Stale.
	Gone []string

	forget []string // registry entries
}

// UnknownNeedsError says that it cannot be known what an environment needs, so that nothing is garbage for sure.
type UnknownNeedsError struct {
	Dir string
	Err error
}

func (e *UnknownNeedsError) Error() string {
	return fmt.Sprintf("collect garbage: what the environment %s needs is not known: %v", e.Dir, e.Err)
}

func (e *UnknownNeedsError) Unwrap() error { return e.Err }

// Hint says how to go on.
func (e *UnknownNeedsError) Hint() string {
	return "`berth install` there notes it; `berth gc --stale` takes it that environments which cannot be read need nothing"
}

// Garbage finds what nothing needs. Roots are what a person asked for by name, what environments ask for by their env.lock or were last installed
// with, and what their views show; with all that these need to be linked and run.
func (s *Session) Garbage(ctx context.Context, o CollectOptions) (*Garbage, error) {
	st, err := s.Store()
	if err != nil {
		return nil, err
	}
	records, err := st.Query(store.Filter{})
	if err != nil {
		return nil, err
	}
	records = slices.DeleteFunc(records, func(r store.Record) bool { return r.Node.External() == nil && r.Prefix != st.OwnPrefix(r.Node) }) // another's
	l := &liveness{store: st, options: o, records: records, nodes: map[string]*dag.Node{}, live: map[string]bool{}, build: map[string]bool{}}
	g := &Garbage{Built: map[string]bool{}}
	if err := l.fromEnvironments(s, g); err != nil {
		return nil, err
	}
	for _, r := range records {
		if r.Explicit {
			l.mark(r.Node)
		}
	}
	l.markBuilt()
	for _, r := range l.garbage() {
		g.Packages = append(g.Packages, r)
		g.Built[r.Node.Hash()] = l.build[r.Node.Hash()]
	}
	if o.BuildOnly {
		return g, nil
	}
	if g.Stages, err = st.Stages(); err == nil {
		g.Sources, err = st.Sources()
	}
	now := time.Now()
	g.Stages = olderThan(g.Stages, now.Add(-o.Stages))
	g.Sources = olderThan(g.Sources, now.Add(-o.Sources))
	return g, err
}

func olderThan(list []store.Leftover, when time.Time) []store.Leftover {
	return slices.DeleteFunc(list, func(l store.Leftover) bool { return l.Used.After(when) })
}

// Collect deletes what Garbage finds, once no install runs any more, and tells of each thing. The garbage that it returns is what it found.
func (s *Session) Collect(ctx context.Context, o CollectOptions, removed func(store.Record), swept func(store.Leftover)) (*Garbage, error) {
	st, err := s.Store()
	if err != nil {
		return nil, err
	}
	done, err := st.Alone(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	g, err := s.Garbage(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := st.Discard(ctx, g.Packages, removed); err != nil {
		return g, err
	}
	for _, l := range g.Stages {
		if err := st.RemoveStage(l.Path); err != nil {
			return g, err
		}
		swept(l)
	}
	for _, l := range g.Sources {
		if err := st.RemoveSource(l.Path); err != nil {
			return g, err
		}
		swept(l)
	}
	for _, file := range g.forget {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return g, fmt.Errorf("forget environment: %w", err)
		}
	}
	return g, st.Sweep()
}

// liveness finds what is needed.
type liveness struct {
	store   *store.Store
	options CollectOptions
	records []store.Record
	nodes   map[string]*dag.Node // of the records, by hash, on first use
	live    map[string]bool
	build   map[string]bool // needed to build what is live
}

// fromEnvironments marks what registered environments need.
func (l *liveness) fromEnvironments(s *Session, g *Garbage) error {
	entries, err := s.registered()
	if err != nil {
		return err
	}
	for _, r := range l.records {
		l.nodes[r.Node.Hash()] = r.Node
	}
	for _, e := range entries {
		gone := e.gone()
		if gone {
			g.Gone = append(g.Gone, e.dir)
			if l.options.Stale {
				g.forget = append(g.forget, e.file)
				continue
			}
		}
		for _, hash := range e.roots {
			if n := l.nodes[hash]; n != nil {
				l.mark(n)
			}
		}
		lock, err := ReadLock(filepath.Join(e.dir, LockName))
		switch {
		case err == nil:
			for _, system := range lock.Systems {
				for _, n := range system.RootNodes() {
					l.mark(n)
				}
			}
		case len(e.roots) == 0 && !l.options.Stale:
			return &UnknownNeedsError{e.dir, err}
		case !gone:
			s.warn("of the environment %s stays what was last installed for it: %v", e.dir, err)
		}
		if !gone {
			if err := l.shown(e.dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// shown marks what an environment's views show.
func (l *liveness) shown(dir string) error {
	paths, err := (&Environment{Dir: dir}).recordedViews()
	if err != nil {
		return err
	}
	for _, path := range paths {
		location := view.Location{Path: path, Owner: dir}
		for _, r := range l.records {
			if !l.live[r.Node.Hash()] && location.Shows(r.Prefix) {
				l.mark(r.Node)
			}
		}
	}
	return nil
}

// mark makes a node live with all that it needs to be linked and run, and to be built, where that is still to be done.
func (l *liveness) mark(n *dag.Node) {
	if l.live[n.Hash()] {
		return
	}
	l.live[n.Hash()] = true
	follow := spec.Link | spec.Run
	if l.options.KeepBuild || n.External() == nil && !l.store.Stands(n) {
		follow |= spec.Build | spec.Test
	}
	for _, d := range n.DepsOf(follow) {
		l.mark(d)
	}
}

// markBuilt finds what the live nodes were built with, and what that needs.
func (l *liveness) markBuilt() {
	for _, r := range l.records {
		if !l.live[r.Node.Hash()] {
			continue
		}
		for _, n := range dag.Topological(r.Node) {
			l.build[n.Hash()] = true
		}
	}
}

// garbage lists what is not live. What the host has, and of which only a record is kept, stays while something live was built with it.
func (l *liveness) garbage() []store.Record {
	byHash := map[string]store.Record{}
	var nodes []*dag.Node
	for _, r := range l.records {
		hash := r.Node.Hash()
		built := l.build[hash]
		if l.live[hash] || r.Node.External() != nil && built || l.options.BuildOnly && !built {
			continue
		}
		byHash[hash] = r
		nodes = append(nodes, r.Node)
	}
	slices.SortFunc(nodes, func(a, b *dag.Node) int { return strings.Compare(a.Name()+a.Hash(), b.Name()+b.Hash()) })
	var ordered []store.Record
	for _, n := range slices.Backward(dag.Topological(nodes...)) {
		if r, ok := byHash[n.Hash()]; ok {
			ordered = append(ordered, r)
		}
	}
	return ordered
}
