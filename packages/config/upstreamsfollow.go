package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// UpstreamCycleError says that an install tree is, by way of its upstreams, built on itself.
type UpstreamCycleError struct {
	Chain []string // install trees, the first one again at the end
	Place string   // where the last step is configured: "/appl/a/upstreams.yaml:2:3"
}

func (e *UpstreamCycleError) Error() string {
	return fmt.Sprintf("upstreams lead in a circle: %s (%s)", strings.Join(e.Chain, " -> "), e.Place)
}

// Hint says what to do.
func (e *UpstreamCycleError) Hint() string {
	return "take one of them out of the upstreams.yaml of the tree before it; a tree cannot be built on what is built on it"
}

// FollowUpstreams adds to a list of upstreams those that they have themselves, each behind the one that leads to it: what a tree was built on must
// be there for what it has to run. own reads what an install tree has; a tree that stands in the list already stays where it is. Every error is about
// one step that is not taken, a *UpstreamCycleError where it leads back to a tree on the way there; root is the tree that the list is of.
func FollowUpstreams(root string, list []Upstream, own func(tree string) ([]Upstream, error)) ([]Upstream, []error) {
	f := &follower{own: own, steps: map[string][]Upstream{}, on: map[string]bool{}, listed: map[string]bool{}}
	f.steps[realPath(root)] = list
	f.visit(Upstream{InstallTree: root}, nil)
	var configured []Upstream
	for _, u := range list {
		if real := realPath(u.InstallTree); !f.listed[real] {
			f.listed[real] = true
			configured = append(configured, u)
		}
	}
	f.listed[realPath(root)] = true
	for _, u := range configured {
		f.out = append(f.out, u)
		f.add(u)
	}
	return f.out, f.errs
}

// follower follows upstreams. Trees are told apart by their paths without links.
type follower struct {
	own    func(string) ([]Upstream, error)
	steps  map[string][]Upstream // by tree: what it was built on, circles left out
	on     map[string]bool       // by tree that was visited: whether it is on the way to the one that is visited now
	listed map[string]bool
	out    []Upstream
	errs   []error
}

// visit reads what a tree and all below it were built on; chain are the trees that led to it.
func (f *follower) visit(u Upstream, chain []string) {
	real := realPath(u.InstallTree)
	chain = append(slices.Clone(chain), u.InstallTree)
	list, known := f.steps[real]
	if !known {
		var err error
		if list, err = f.own(u.InstallTree); err != nil {
			f.errs = append(f.errs, fmt.Errorf("upstreams of %s: %w", u.Name, err))
		}
	}
	f.on[real], f.steps[real] = true, nil
	for _, next := range list {
		at := realPath(next.InstallTree)
		on, visited := f.on[at]
		if on {
			i := slices.IndexFunc(chain, func(tree string) bool { return realPath(tree) == at })
			f.errs = append(f.errs, &UpstreamCycleError{append(chain[i:len(chain):len(chain)], next.InstallTree), next.Place.String()})
			continue
		}
		f.steps[real] = append(f.steps[real], next)
		if !visited {
			f.visit(next, chain)
		}
	}
	f.on[real] = false
}

// add lists what a tree was built on, and what that was, as far as it is not listed yet.
func (f *follower) add(u Upstream) {
	for _, next := range f.steps[realPath(u.InstallTree)] {
		if real := realPath(next.InstallTree); !f.listed[real] {
			f.listed[real] = true
			next.Name, next.Through = u.Name+"/"+next.Name, u.Name
			f.out = append(f.out, next)
			f.add(next)
		}
	}
}

// realPath is a path without links, or as it is where it leads nowhere.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return filepath.Clean(path)
}
