package upstream

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/db"
	"github.com/berth-hpc/berth/install/upstream/spackdb"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// recordedBy marks the nodes whose hashes are Spack's.
const recordedBy = "spack"

// entry is a record that can be used, as the index keeps it.
type entry struct {
	db.Entry
	node *dag.Node
}

// converter makes our nodes out of Spack's records. A node has the edges that matter to whoever uses it: what it links to and runs, and
// its compilers, whose runtime libraries it may need. What else it was built with is history, and may be gone.
type converter struct {
	own      *spackdb.Database
	all      []*spackdb.Database // own first
	provides map[string][]string // by hash: the virtuals that others have from it
	done     map[string]*converted
	problems []spackdb.Problem
}

// converted is a record that was looked at: a node, or why there is none. Both are nil while that is being found out.
type converted struct {
	node *dag.Node
	err  error
}

func newConverter(own *spackdb.Database) *converter {
	c := &converter{own: own, provides: map[string][]string{}, done: map[string]*converted{}}
	c.add(own)
	return c
}

// add makes the records of another tree known, to lead to.
func (c *converter) add(d *spackdb.Database) {
	c.all = append(c.all, d)
	for _, r := range d.Records {
		for _, dep := range r.Node.Deps {
			for _, v := range append(slices.Clip(dep.Virtuals), virtualsOf(r.Node, dep)...) {
				if !slices.Contains(c.provides[dep.Hash], v) {
					c.provides[dep.Hash] = append(c.provides[dep.Hash], v)
				}
			}
		}
	}
}

// record finds a record: one's own before others', and one that stands before one that does not.
func (c *converter) record(hash string) *spackdb.Record {
	var found *spackdb.Record
	for _, d := range c.all {
		if r := d.Records[hash]; r != nil && (found == nil || r.Installed && !found.Installed) {
			found = r
		}
	}
	return found
}

// convert makes the entries of the tree itself, by hash; what cannot be used is among the problems.
func (c *converter) convert() []entry {
	c.problems = slices.Clone(c.own.Problems)
	var entries []entry
	compilers := map[string]*dag.Node{}
	for _, hash := range slices.Sorted(maps.Keys(c.own.Records)) {
		r := c.own.Records[hash]
		if !r.Installed {
			continue
		}
		n, err := c.node(hash)
		if err == nil && r.Path == "" && r.Node.External == nil {
			err = errors.New("its prefix is not known")
		}
		if err != nil {
			c.problems = append(c.problems, spackdb.Problem{What: title(r.Node), Err: err})
			continue
		}
		entries = append(entries, newEntry(n, r))
		for _, e := range n.Edges() {
			if x := e.To.External(); x != nil && e.To.Attrs().Recorded == nil {
				compilers[e.To.Hash()] = e.To
			}
		}
	}
	for _, hash := range slices.Sorted(maps.Keys(compilers)) {
		n := compilers[hash]
		entries = append(entries, entry{db.Entry{Hash: hash, Name: n.Name(), Version: n.Version().String(), External: true}, n})
	}
	return entries
}

func newEntry(n *dag.Node, r *spackdb.Record) entry {
	e := entry{db.Entry{
		Hash: n.Hash(), Name: n.Name(), Version: n.Version().String(), Prefix: r.Path, External: n.External() != nil,
		Explicit: r.Explicit, InstalledAt: r.InstalledAt,
	}, n}
	if r.Deprecated != "" {
		e.Name = "" // found by its hash, for those who link to it, and offered to nobody
	}
	return e
}

func title(n *spackdb.Node) string { return fmt.Sprintf("%s@%s/%.7s", n.Name, n.Version, n.Hash) }

// errOpen is a record that leads to itself.
var errOpen = errors.New("it depends on itself")

// node converts a record, and before it what it needs.
func (c *converter) node(hash string) (*dag.Node, error) {
	if d := c.done[hash]; d != nil {
		if d.node == nil && d.err == nil {
			return nil, errOpen
		}
		return d.node, d.err
	}
	d := &converted{}
	c.done[hash] = d
	d.node, d.err = c.make(c.record(hash))
	return d.node, d.err
}

func (c *converter) make(r *spackdb.Record) (*dag.Node, error) {
	edges, err := c.edges(r.Node)
	if err != nil {
		return nil, err
	}
	a, err := c.attrs(r)
	if err != nil {
		return nil, err
	}
	return dag.NewRecorded(a, edges, r.Node.Hash, recordedBy)
}

// edges converts what the node links to and runs, which must stand, and its compilers, which need not be known.
func (c *converter) edges(n *spackdb.Node) ([]dag.Edge, error) {
	var edges []dag.Edge
	language := false
	for _, dep := range n.Deps {
		types := dep.Types & (spec.Link | spec.Run)
		compiles := slices.ContainsFunc(dep.Virtuals, isLanguage)
		if types == 0 && !compiles {
			continue // history
		}
		to, err := c.dependency(dep, types != 0 && !isLibc(dep))
		if err != nil {
			return nil, err
		}
		if to == nil {
			continue
		}
		language = language || compiles
		edges = join(edges, dag.Edge{To: to, Types: dep.Types, Virtuals: append(slices.Clip(dep.Virtuals), virtualsOf(n, dep)...)})
	}
	if !language && n.Compiler != "" {
		if to := compilerNode(n); to != nil {
			edges = join(edges, dag.Edge{To: to, Types: spec.Build, Virtuals: languages})
		}
	}
	return edges, nil
}

// dependency converts what an edge leads to; nil without an error is a compiler that cannot be converted.
func (c *converter) dependency(dep spackdb.Dep, needed bool) (*dag.Node, error) {
	r := c.record(dep.Hash)
	name := fmt.Sprintf("%s/%.7s", dep.Name, dep.Hash)
	switch {
	case r == nil && needed:
		return nil, fmt.Errorf("it needs %s, which is in no upstream", name)
	case r == nil:
		return nil, nil
	case !r.Installed && needed:
		return nil, fmt.Errorf("it needs %s, which is not installed any more", name)
	case r.Node.Name != dep.Name:
		return nil, fmt.Errorf("it calls what it needs %s, and that is %s", name, title(r.Node))
	}
	to, err := c.node(dep.Hash)
	switch {
	case err == nil:
		return to, nil
	case !needed:
		return nil, nil
	case errors.Is(err, errOpen):
		return nil, fmt.Errorf("it needs %s: %w", name, err)
	}
	return nil, fmt.Errorf("it needs %s, which cannot be used: %w", name, err)
}

// join adds an edge, to the one that leads to the same node if there is one.
func join(edges []dag.Edge, e dag.Edge) []dag.Edge {
	for i := range edges {
		if edges[i].To.Hash() == e.To.Hash() {
			edges[i].Types |= e.Types
			edges[i].Virtuals = append(slices.Clip(edges[i].Virtuals), e.Virtuals...)
			return edges
		}
	}
	return append(edges, e)
}

func (c *converter) attrs(r *spackdb.Record) (dag.Attrs, error) {
	n := r.Node
	v, err := spec.ParseVersion(n.Version)
	if err != nil {
		return dag.Attrs{}, err
	}
	provides := append(slices.Clone(n.Provides), c.provides[n.Hash]...)
	a := dag.Attrs{
		Name: n.Name, Namespace: n.Namespace, Version: v, Variants: n.Variants, Flags: n.Flags, Platform: n.Platform, OS: n.OS,
		Target: n.Target, Patches: n.Patches, PackageHash: n.PackageHash, Provides: provides,
	}
	if i := strings.LastIndexByte(a.Namespace, '.'); i >= 0 {
		a.Namespace = a.Namespace[i+1:] // spack_repo.builtin
	}
	if x := n.External; x != nil {
		prefix := x.Path
		if prefix == "" {
			prefix = r.Path
		}
		a.External = &dag.External{Prefix: prefix, Modules: x.Modules, Attributes: x.Attributes}
		a.PackageHash = ""
	}
	return a, nil
}

// isLibc tells an edge to the operating system's C library, which every machine has of its own: it says what the node was built on.
func isLibc(dep spackdb.Dep) bool {
	return slices.Contains(dep.Virtuals, "libc") || dep.Name == "glibc" || dep.Name == "musl"
}
