package envs

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/spec/dag"
)

// Description is what a paper's appendix needs to say of an environment, so that somebody else can have the same.
type Description struct {
	Lock    string // sha256 of env.lock
	Recipes string // one digest for all recipes that the packages are built by
	// Repositories are those that were searched, in order.
	Repositories []LockedRepo
	System       string      // of env.yaml: "default"
	Platform     string      // "linux"
	OS           string      // "debian12"
	Target       string      // what the packages were built for: "zen3"
	Host         SystemFacts // its GPUs only where something is built for them
	Roots        []DescribedRoot
	Providers    map[string][]*dag.Node // by virtual: who provides it in the environment
	Nodes        []*dag.Node            // all, sorted by name and hash
}

// DescribedRoot is a spec of env.yaml with the package that meets it.
type DescribedRoot struct {
	Asked string
	Node  *dag.Node
}

// Describe describes a system of the lock as it stands on the disk.
func (e *Environment) Describe(lock *Lock, system string) (*Description, error) {
	text, err := os.ReadFile(e.LockPath())
	if err != nil {
		return nil, fmt.Errorf("describe environment: %w", err)
	}
	locked := lock.Systems[system]
	d := &Description{
		Lock: digest(text), Recipes: recipesDigest(lock, locked), Repositories: lock.Repositories, System: system,
		Platform: locked.Request.Platform, OS: locked.Request.OS, Target: locked.Request.Target, Providers: map[string][]*dag.Node{},
	}
	if found := lock.Host[system]; found != nil {
		if err := json.Unmarshal(found.Facts, &d.Host); err != nil {
			return nil, fmt.Errorf("describe environment: %w", &LockError{Path: e.LockPath(), Err: describeJSON(found.Facts, err)})
		}
	}
	for _, asked := range slices.Sorted(maps.Keys(locked.Roots)) {
		n, _ := locked.Node(locked.Roots[asked])
		d.Roots = append(d.Roots, DescribedRoot{asked, n})
	}
	d.Nodes = dag.Topological(locked.RootNodes()...)
	slices.SortFunc(d.Nodes, func(a, b *dag.Node) int { return strings.Compare(a.Name()+" "+a.Hash(), b.Name()+" "+b.Hash()) })
	for _, n := range d.Nodes {
		for _, edge := range n.Edges() {
			for _, virtual := range edge.Virtuals {
				if !slices.Contains(d.Providers[virtual], edge.To) {
					d.Providers[virtual] = append(d.Providers[virtual], edge.To)
				}
			}
		}
	}
	return d, nil
}

// recipesDigest is one checksum of the recipes that a system's packages are built by: equal where all of them are.
func recipesDigest(lock *Lock, system *LockedSystem) string {
	var lines []string
	for _, n := range system.graph {
		if recipe := lock.Recipes[recipeKey(n)]; recipe != nil {
			lines = append(lines, recipeKey(n)+" "+recipe.Digest)
		}
	}
	slices.Sort(lines)
	return digest([]byte(strings.Join(slices.Compact(lines), "\n")))
}
