package upstream

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/install/upstream/spackdb"
	"github.com/berth-hpc/berth/spec/dag"
)

// Report is what Check found of one tree.
type Report struct {
	Location
	Kind     Kind
	Version  int // of Spack's index; 0: there is none, or it is berth's
	Packages int // that stand
	External int
	Problems []spackdb.Problem // what cannot be used, and why
	Err      error             // not nil: nothing of the tree can be used
}

// Check reads a tree anew, whatever the cache has, and looks at each prefix. The others are where its records may lead.
func Check(ctx context.Context, l Location, others []Location) Report {
	r := Report{Location: l}
	if r.Kind, r.Err = KindOf(l.Path); r.Err != nil {
		return r
	}
	list := []Location{l}
	for _, o := range others {
		if kind, err := KindOf(o.Path); o.Path != l.Path && err == nil && kind == Spack && r.Kind == Spack {
			list = append(list, o)
		}
	}
	tree, err := openOne(list, &r)
	if err != nil {
		r.Err = err
		return r
	}
	defer tree.Close()
	records, err := tree.Query(store.Filter{})
	if err != nil {
		r.Err = err
		return r
	}
	r.Problems = append(r.Problems, tree.Problems...)
	gone, err := missing(ctx, tree, records)
	if err != nil {
		r.Err = err
		return r
	}
	for _, rec := range records {
		switch {
		case gone[rec.Node.Hash()]:
			r.Problems = append(r.Problems, spackdb.Problem{
				What: fmt.Sprintf("%s@%s/%s", rec.Node.Name(), rec.Node.Version(), rec.Node.ShortHash()),
				Err:  fmt.Errorf("its prefix %s is gone", rec.Prefix),
			})
		case rec.Node.External() != nil:
			r.External++
		default:
			r.Packages++
		}
	}
	slices.SortStableFunc(r.Problems, func(a, b spackdb.Problem) int { return strings.Compare(a.What, b.What) })
	return r
}

// openOne opens the first of the locations without a cache, and keeps what was said about its index.
func openOne(list []Location, r *Report) (*Tree, error) {
	if r.Kind == Berth {
		trees := Open(list, "", func(m string) {
			r.Problems = append(r.Problems, spackdb.Problem{What: "index", Err: fmt.Errorf("%s", m)})
		})
		if len(trees) == 0 {
			return nil, &NotATreeError{r.Path}
		}
		return trees[0], nil
	}
	t := &Tree{Location: list[0], Kind: Spack, nodes: map[string]*dag.Node{}}
	o := &opener{locations: list, raw: map[string]*source{}, warn: func(m string) {
		r.Problems = append(r.Problems, spackdb.Problem{What: "index", Err: fmt.Errorf("%s", m)})
	}}
	if err := o.open(t); err != nil {
		return nil, err
	}
	r.Version = o.raw[list[0].Path].db.Version
	return t, nil
}

// missing looks which prefixes are gone, many at once: they wait for a file server.
func missing(ctx context.Context, t *Tree, records []store.Record) (map[string]bool, error) {
	gone := map[string]bool{}
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(4 * runtime.GOMAXPROCS(0))
	for _, rec := range records {
		g.Go(func() error {
			if !t.Stands(rec) {
				mu.Lock()
				gone[rec.Node.Hash()] = true
				mu.Unlock()
			}
			return ctx.Err()
		})
	}
	return gone, g.Wait()
}
