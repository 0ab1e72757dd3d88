// Package check judges an answer of the concretizer by the recipes, the configuration and the request alone. It shares
// nothing with the encoding: it walks finished DAG nodes and evaluates each directive on them, and it computes the
// objective anew. It runs on every solve; what it finds is a bug of the concretizer, never a lock.
//
// Read world.go (the nodes of an answer, and conditions on them), check.go (the rules), node.go and edges.go (those of one node),
// cost.go (the objective).
package check

import (
	"context"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// Problem is what was asked.
type Problem struct {
	Context   context.Context
	Repo      packages.Repo
	Config    *packages.Configuration
	Roots     []*spec.Spec
	Platform  string
	OS        string
	Target    spec.Targets
	Tests     []string
	GPUs      map[string][]string                                        // values of GPU variants that the environment has
	ByDefault map[string]bool                                            // packages that the request needs by default: what they ask for costs nothing
	Reusable  func(name string) []*dag.Node                              // nil: nothing
	Providers func(providers []string, virtual string) []string          // orders by preference
	Versions  func(r *packages.Recipe, extra []spec.Version) []Candidate // in order of preference
}

// Candidate is a version with what the objective needs to know.
type Candidate struct {
	Version  spec.Version
	Declared bool
	Unasked  bool
}

// World is an answer: the nodes that the roots reach. What a reused node was built with is no part of it.
type World struct {
	p       *Problem
	roots   []*dag.Node
	reused  map[string]bool
	nodes   []*dag.Node
	byName  map[string][]*dag.Node
	recipes map[string]*packages.Recipe
	sources []source
	// virtuals lists what each node provides to somebody, by its hash.
	virtuals map[string][]string
	ranked   map[string][]string // the providers of each virtual, in the order of preference
	libcs    []string            // that the machine has
}

// NewWorld collects the nodes below the roots.
func NewWorld(p *Problem, roots []*dag.Node, reused map[string]bool) *World {
	w := &World{p: p, roots: roots, reused: reused, byName: map[string][]*dag.Node{}, recipes: map[string]*packages.Recipe{}, virtuals: map[string][]string{}, ranked: map[string][]string{}}
	seen := map[string]bool{}
	var visit func(n *dag.Node)
	visit = func(n *dag.Node) {
		if seen[n.Hash()] {
			return
		}
		seen[n.Hash()] = true
		for _, e := range w.edges(n) {
			w.virtuals[e.To.Hash()] = append(w.virtuals[e.To.Hash()], e.Virtuals...)
			visit(e.To)
		}
		w.nodes = append(w.nodes, n)
		w.byName[n.Name()] = append(w.byName[n.Name()], n)
	}
	for _, r := range roots {
		visit(r)
	}
	w.libcs = w.systemLibcs()
	w.findSources()
	return w
}

// edges are those that are part of the answer.
func (w *World) edges(n *dag.Node) []dag.Edge {
	if !w.reused[n.Hash()] {
		return n.Edges()
	}
	var out []dag.Edge
	for _, e := range n.Edges() {
		if e.Types&(spec.Link|spec.Run) != 0 && !ownAffair(e) {
			out = append(out, e)
		}
	}
	return out
}

// built tells whether berth builds the node.
func (w *World) built(n *dag.Node) bool { return n.External() == nil && !w.reused[n.Hash()] }

// recipe returns a package's recipe, nil if there is none.
func (w *World) recipe(name string) *packages.Recipe {
	r, ok := w.recipes[name]
	if !ok {
		r, _ = w.p.Repo.Recipe(w.p.Context, name)
		w.recipes[name] = r
	}
	return r
}

// When reports whether all specs of a condition hold for the node.
func (w *World) When(n *dag.Node, when packages.When) bool {
	for _, s := range when {
		if !w.Holds(n, s) {
			return false
		}
	}
	return true
}

// Holds reports whether the node is as s describes it, its name apart. ^x is met by any node of the answer.
func (w *World) Holds(n *dag.Node, s *spec.Spec) bool {
	return w.own(n, s) && w.depsHold(n, s, w.nodes)
}

// HoldsOn is Holds for a spec that may name another package or a virtual: any node of the answer is then meant.
func (w *World) HoldsOn(n *dag.Node, s *spec.Spec) bool {
	if s.Name == "" || s.Name == n.Name() {
		return w.Holds(n, s)
	}
	return w.anywhere(n, &spec.Dep{Spec: s}, w.nodes)
}

// HoldsBelow is Holds with ^x met below the node only, as a request means it: by what the node links to or runs, at any depth, and by
// what these are built with. A tool that is linked or run must itself be so: that something is built with another one is not enough.
func (w *World) HoldsBelow(n *dag.Node, s *spec.Spec) bool {
	linked := append(w.below(n, func(e dag.Edge) bool { return e.Types&(spec.Link|spec.Run) != 0 }), n)
	scope := slices.Clone(linked)
	for _, m := range linked {
		for _, e := range w.edges(m) {
			scope = append(scope, e.To)
		}
	}
	if !w.own(n, s) || !w.depsHold(n, s, scope) {
		return false
	}
	for i := range s.Deps {
		d := &s.Deps[i]
		if d.Direct || d.Propagate || d.When != nil && !w.Holds(n, d.When) {
			continue
		}
		if d.Types == 0 {
			other := func(m *dag.Node) bool {
				return m.Name() == d.Spec.Name && !same(m, n) && !w.anywhere(n, d, []*dag.Node{m})
			}
			if slices.ContainsFunc(linked, other) {
				return false
			}
			continue
		}
		if !w.anywhere(n, d, slices.DeleteFunc(slices.Clone(scope), func(m *dag.Node) bool { return !w.reachedAs(m, d.Types) })) {
			return false
		}
	}
	return true
}

// reachedAs reports whether some node of the answer has an edge of all these types to m.
func (w *World) reachedAs(m *dag.Node, types spec.DepTypes) bool {
	return slices.ContainsFunc(w.nodes, func(from *dag.Node) bool {
		return slices.ContainsFunc(w.edges(from), func(e dag.Edge) bool { return e.Types&types == types && same(e.To, m) })
	})
}

func (w *World) own(n *dag.Node, s *spec.Spec) bool {
	a := n.Attrs()
	switch {
	case !s.Versions.Contains(a.Version),
		s.Platform != "" && s.Platform != a.Platform,
		s.OS != "" && s.OS != a.OS,
		!s.Target.Contains(a.Target),
		!strings.HasPrefix(n.Hash(), s.Hash):
		return false
	}
	for _, c := range s.Variants {
		if c.Propagate {
			if !w.obeys(n, c) {
				return false
			}
			continue
		}
		v, ok := n.Variant(c.Name)
		if !ok || !meets(v.Values, c) {
			return false
		}
	}
	for _, f := range s.Flags {
		i := slices.IndexFunc(a.Flags, func(x spec.Flag) bool { return x.Type == f.Type })
		for _, word := range f.Words {
			if i < 0 || !slices.Contains(a.Flags[i].Words, word) {
				return false
			}
		}
	}
	return true
}

// meets reports whether a variant's values are as a constraint wants them.
func meets(have []string, want spec.Variant) bool {
	if slices.Equal(want.Values, []string{"*"}) {
		return true
	}
	for _, v := range want.Values {
		if !slices.Contains(have, v) {
			return false
		}
	}
	return !want.Exact || len(have) == len(want.Values)
}

func (w *World) depsHold(n *dag.Node, s *spec.Spec, scope []*dag.Node) bool {
	for i := range s.Deps {
		d := &s.Deps[i]
		if d.Propagate || d.When != nil && !w.Holds(n, d.When) {
			continue
		}
		if d.Direct && !w.direct(n, d) || !d.Direct && !w.anywhere(n, d, scope) {
			return false
		}
	}
	return true
}

// direct looks among the node's edges; those of a reused node all count, its history included.
func (w *World) direct(n *dag.Node, d *spec.Dep) bool {
	virtual := w.recipe(d.Spec.Name) == nil
	for _, e := range n.Edges() {
		named := e.To.Name() == d.Spec.Name || virtual && slices.Contains(e.Virtuals, d.Spec.Name)
		if !named || d.Types&^e.Types != 0 || !containsAll(e.Virtuals, d.Virtuals) {
			continue
		}
		if w.describes(e.To, d.Spec, virtual, isKnown) {
			return true
		}
	}
	return false
}

// isKnown and mayBe say how the version of a virtual is judged: one that a provider leaves open may be what a dependency
// needs, but no condition holds because of it.
func isKnown(provided, wanted spec.Versions) bool {
	return provided.Intersects(wanted) && (wanted.IsAny() || !provided.IsAny())
}

func mayBe(provided, wanted spec.Versions) bool { return provided.Intersects(wanted) }

// describes reports whether a node is as a spec says that may name a virtual, whose version is then meant.
func (w *World) describes(n *dag.Node, s *spec.Spec, virtual bool, fits func(provided, wanted spec.Versions) bool) bool {
	if !virtual {
		return w.Holds(n, s)
	}
	rest := *s
	rest.Versions = spec.Versions{}
	return w.canProvide(n, s.Name, s.Versions, fits) && w.Holds(n, &rest)
}

// canProvide reports whether the node provides a virtual in a version of the set.
func (w *World) canProvide(n *dag.Node, virtual string, versions spec.Versions, fits func(provided, wanted spec.Versions) bool) bool {
	r := w.recipe(n.Name())
	if r == nil {
		return false
	}
	for _, p := range r.Provides {
		for _, v := range p.Virtuals {
			if v.Name == virtual && fits(v.Versions, versions) && w.When(n, p.When) {
				return true
			}
		}
	}
	return false
}

// anywhere looks for a node in the scope, other than n itself.
func (w *World) anywhere(n *dag.Node, d *spec.Dep, scope []*dag.Node) bool {
	virtual := w.recipe(d.Spec.Name) == nil
	for _, m := range scope {
		if !virtual && (m.Name() == n.Name() || m.Name() != d.Spec.Name) {
			continue
		}
		provided := w.provided(m)
		if virtual && !slices.Contains(provided, d.Spec.Name) {
			continue
		}
		if containsAll(provided, d.Virtuals) && w.describes(m, d.Spec, virtual, isKnown) {
			return true
		}
	}
	return false
}

// provided lists the virtuals that a node provides to somebody in the answer, or as a root that names one.
func (w *World) provided(n *dag.Node) []string {
	out := slices.Clone(w.virtuals[n.Hash()])
	for i, r := range w.roots {
		if same(r, n) && i < len(w.p.Roots) && w.recipe(w.p.Roots[i].Name) == nil {
			out = append(out, w.p.Roots[i].Name)
		}
	}
	return out
}

// virtualSections lists what packages.yaml says of the virtuals that a node provides to others or to a root.
func (w *World) virtualSections(n *dag.Node) []packages.PackageConfig {
	var out []packages.PackageConfig
	names := w.provided(n)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if p, ok := w.p.Config.Packages[name]; ok && !isLanguage(name) && w.recipe(name) == nil {
			out = append(out, p)
		}
	}
	return out
}

// below lists the nodes under n, n apart, over edges that follow accepts.
func (w *World) below(n *dag.Node, follow func(dag.Edge) bool) []*dag.Node {
	var out []*dag.Node
	seen := map[string]bool{n.Hash(): true}
	var visit func(n *dag.Node)
	visit = func(n *dag.Node) {
		for _, e := range w.edges(n) {
			if follow(e) && !seen[e.To.Hash()] {
				seen[e.To.Hash()] = true
				out = append(out, e.To)
				visit(e.To)
			}
		}
	}
	visit(n)
	return out
}

// same tells whether two nodes are one: reused DAGs bring nodes of their own that are equal.
func same(a, b *dag.Node) bool { return a.Hash() == b.Hash() }

func containsAll(have, want []string) bool {
	for _, v := range want {
		if !slices.Contains(have, v) {
			return false
		}
	}
	return true
}
