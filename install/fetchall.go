package install

import (
	"context"
	"slices"

	"github.com/berth-hpc/berth/install/fetch"
	"github.com/berth-hpc/berth/spec/dag"
)

// Fetched is what the build of a node needs from outside.
type Fetched struct {
	Node  *dag.Node
	Files []string // in the cache; none for a package without a source
}

// Fetch brings the sources of all that the roots need to be built into the cache, but of what is skipped, and builds nothing. What cannot be had is told
// at once, after everything else is there. Nodes come in the order of the DAG.
func (in *Installer) Fetch(ctx context.Context, roots []*dag.Node, skip func(*dag.Node) bool) ([]Fetched, error) {
	r := &run{Installer: in, plan: &plan{roots: roots}, reporter: in.Reporter}
	if r.reporter == nil {
		r.reporter = nobody{}
	}
	for _, n := range dag.Topological(roots...) {
		if n.External() == nil && n.Attrs().Recorded == nil && (skip == nil || !skip(n)) {
			r.plan.tasks = append(r.plan.tasks, &task{node: n})
		}
	}
	if err := r.prepareAll(ctx); err != nil {
		return nil, err
	}
	r.fetchAll(ctx)
	if err := ctx.Err(); err != nil {
		return nil, interrupted(ctx, "fetch")
	}
	var list []Fetched
	var errs []error
	for _, t := range r.plan.tasks {
		if err := t.prepared.srcErr; err != nil {
			errs = append(errs, sourceError(t.node, err))
			continue
		}
		list = append(list, Fetched{Node: t.node, Files: t.prepared.sources.files})
	}
	return list, together(errs)
}

// fetchOffline fetches for all tasks before anything is built, and tells at once what is missing: nobody wants to hear of the last one after
// hours of building.
func (r *run) fetchOffline(ctx context.Context) error {
	r.fetchAll(ctx)
	var errs []error
	for _, t := range r.plan.tasks {
		if t.prepared.srcErr != nil && len(missing(t.prepared.srcErr)) > 0 {
			errs = append(errs, t.prepared.srcErr)
		}
	}
	return together(errs)
}

// together makes one error of several: what is missing without the network is one list.
func together(errs []error) error {
	var lacking []string
	var others []error
	for _, err := range errs {
		if list := missing(err); len(list) > 0 {
			lacking = append(lacking, list...)
		} else {
			others = append(others, err)
		}
	}
	if len(lacking) > 0 {
		slices.Sort(lacking)
		others = append(others, &fetch.OfflineError{Missing: slices.Compact(lacking)})
	}
	switch len(others) {
	case 0:
		return nil
	case 1:
		return others[0]
	}
	return &FailedError{Errors: others}
}

// missing lists what an error says that could not be had without the network.
func missing(err error) []string {
	var list []string
	var walk func(error)
	walk = func(err error) {
		switch e := err.(type) {
		case *fetch.OfflineError:
			list = append(list, e.Missing...)
			return
		case *fetch.FetchError:
			if e.Offline() {
				list = append(list, e.Source.String()+e.Source.Origin())
			}
			return
		}
		switch e := err.(type) {
		case interface{ Unwrap() []error }:
			for _, inner := range e.Unwrap() {
				walk(inner)
			}
		case interface{ Unwrap() error }:
			if inner := e.Unwrap(); inner != nil {
				walk(inner)
			}
		}
	}
	walk(err)
	return list
}
