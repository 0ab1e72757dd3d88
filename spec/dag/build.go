package dag

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// builder makes nodes out of records, dependencies first, without recursion: the depth of the DAG is up to whoever wrote it.
type builder struct {
	records map[string]*record
	nodes   map[string]*Node
	open    map[string]bool // on the path
	path    []visit
}

// visit is a record whose dependencies are being built.
type visit struct {
	hash string
	next int // the dependency to look at
}

func buildAll(records map[string]*record) (map[string]*Node, error) {
	b := &builder{records: records, nodes: make(map[string]*Node, len(records)), open: map[string]bool{}}
	for _, hash := range slices.Sorted(maps.Keys(records)) {
		if b.nodes[hash] == nil {
			if err := b.build(hash); err != nil {
				return nil, err
			}
		}
	}
	return b.nodes, nil
}

func (b *builder) build(hash string) error {
	b.push(hash)
	for len(b.path) > 0 {
		top := &b.path[len(b.path)-1]
		r := b.records[top.hash]
		if top.next == len(r.Dependencies) {
			if err := b.finish(top.hash, r); err != nil {
				return err
			}
			delete(b.open, top.hash)
			b.path = b.path[:len(b.path)-1]
			continue
		}
		dep := r.Dependencies[top.next]
		top.next++
		switch {
		case b.nodes[dep.Hash] != nil:
		case b.records[dep.Hash] == nil:
			return &MissingError{r.Name, top.hash, dep.Name, dep.Hash}
		case b.open[dep.Hash]:
			return b.cycle(dep.Hash)
		default:
			b.push(dep.Hash)
		}
	}
	return nil
}

func (b *builder) push(hash string) {
	b.open[hash] = true
	b.path = append(b.path, visit{hash: hash})
}

func (b *builder) cycle(hash string) error {
	e := &CycleError{}
	begin := slices.IndexFunc(b.path, func(v visit) bool { return v.hash == hash })
	for _, v := range b.path[begin:] {
		e.Nodes = append(e.Nodes, b.records[v.hash].Name+"/"+v.hash)
	}
	return e
}

// finish makes the node of a record whose dependencies are there.
func (b *builder) finish(hash string, r *record) error {
	attrs, err := r.attrs()
	if err != nil {
		return &NodeError{hash, err}
	}
	edges := make([]Edge, len(r.Dependencies))
	for i, dep := range r.Dependencies {
		to := b.nodes[dep.Hash]
		types, err := dep.types()
		if err != nil {
			return &NodeError{hash, err}
		}
		if dep.Name != to.Name() {
			return &NodeError{hash, fmt.Errorf("it calls its dependency %s/%s %q", to.Name(), to.hash, dep.Name)}
		}
		edges[i] = Edge{To: to, Types: types, Virtuals: dep.Virtuals}
	}
	n, err := r.make(attrs, edges, hash)
	var changed *HashError
	if errors.As(err, &changed) {
		return err
	}
	if err != nil {
		return &NodeError{hash, err}
	}
	b.nodes[hash] = n
	return nil
}
