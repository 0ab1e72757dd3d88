package concretizer

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/check"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/dag"
)

// oracle finds the optimum of a small request by trying everything: from the roots down, every way to have each package that
// is needed, every choice of a provider or a second configuration. What it tries is judged and priced by the checker, which
// the search shares nothing with.
type oracle struct {
	t       *testing.T
	req     *Request
	budget  int
	best    []int
	count   int  // answers seen
	any     bool // one answer is enough: it is only asked whether there is any
	problem *check.Problem

	chosen    map[string][]*trial
	providers map[string]string
	interned  map[string]*dag.Node
	known     map[string][]*trial // the options of each package
	spoken    map[string]bool     // "x=true": what somebody says of variants, whoever it is
	built     map[made]*dag.Node
	libcs     []string // that the host has
}

// trial is one node of an attempt.
type trial struct {
	name     string
	version  spec.Version
	variants []spec.Variant
	flags    []spec.Flag
	target   string
	external *packages.External
	reused   *dag.Node
	fixed    *dag.Node // of an external: as something reused was built against it
	edges    []trialEdge
	like     *trial // of a second configuration: the option that it is
	ready    *dag.Node
	busy     bool
}

// made is what a node was made of: an option and what it depends on.
type made struct {
	option *trial
	to     [6]*dag.Node
	rest   string // how, and on what else
}

type trialEdge struct {
	to      *trial
	types   spec.DepTypes
	virtual string
}

// job is something that an attempt has still to decide: one dependency of a node, or what a root is.
type job struct {
	from  *trial
	dep   *packages.Dependency // of a built node
	reuse *dag.Edge            // of a reused one
	ext   *packages.ExternalDependency
	root  *spec.Spec
}

func (o *oracle) run() {
	o.chosen, o.providers = map[string][]*trial{}, map[string]string{}
	o.spoken = spokenOf(o.req)
	o.interned, o.known, o.built = map[string]*dag.Node{}, map[string][]*trial{}, map[made]*dag.Node{}
	byDefault, err := neededByDefault(context.Background(), o.req)
	if err != nil {
		o.t.Log(err) // made smaller, it speaks of what is not there any more
		o.budget = -1
		return
	}
	o.problem = newProblem(context.Background(), o.req, byDefault)
	for _, name := range o.req.Repo.Providers(packages.Libc) {
		if len(o.problem.Config.Packages[name].Externals) > 0 {
			o.libcs = append(o.libcs, name)
		}
	}
	var jobs []job
	for i := range o.req.Roots {
		jobs = append(jobs, job{root: o.req.Roots[i].Spec})
	}
	o.step(jobs, nil)
}

func (o *oracle) recipe(name string) *packages.Recipe {
	r, _ := o.req.Repo.Recipe(context.Background(), name)
	return r
}

// step decides the first job in every way and goes on with the others.
func (o *oracle) step(jobs []job, roots []*trial) {
	if o.budget--; o.budget < 0 || o.any && o.best != nil {
		return
	}
	if len(jobs) == 0 {
		o.judge(roots)
		return
	}
	j, rest := nextJob(jobs)
	switch {
	case j.root != nil:
		for _, name := range o.names(j.root.Name) {
			o.use(name, true, func(t *trial, more []job) {
				if name == j.root.Name && !ownHolds(t, j.root) {
					return
				}
				o.step(append(slices.Clone(rest), more...), append(slices.Clone(roots), t))
			})
		}
	case j.reuse != nil:
		o.use(j.reuse.To.Name(), j.reuse.Types&(spec.Link|spec.Run) != 0, func(t *trial, more []job) {
			if t.reused != nil && t.reused.Hash() == j.reuse.To.Hash() {
				o.step(append(slices.Clone(rest), more...), roots)
			} else if t.is(j.reuse.To) {
				before := t.fixed
				t.fixed = j.reuse.To
				o.step(append(slices.Clone(rest), more...), roots)
				t.fixed = before
			}
		})
	case j.ext != nil:
		o.use(j.ext.Spec.Name, false, func(t *trial, more []job) {
			if t.external != nil {
				o.link(j.from, trialEdge{t, j.ext.Types, ""}, func() { o.step(append(slices.Clone(rest), more...), roots) })
			}
		})
	default:
		o.depend(j, rest, roots)
	}
}

// is tells whether an external is the one that something reused was built against.
func (t *trial) is(n *dag.Node) bool {
	if t.external == nil || n.External() == nil || t.fixed != nil && t.fixed.Hash() != n.Hash() {
		return false
	}
	a := n.Attrs()
	return t.external.Prefix == a.External.Prefix && t.version == a.Version && t.target == a.Target && len(t.variants) == len(a.Variants) &&
		!slices.ContainsFunc(t.variants, func(v spec.Variant) bool {
			have, ok := n.Variant(v.Name)
			return !ok || !slices.Equal(have.Values, v.Values)
		})
}

// names lists the packages that a name stands for.
func (o *oracle) names(name string) []string {
	if o.recipe(name) != nil {
		return []string{name}
	}
	return o.req.Repo.Providers(name)
}

// depend decides a dependency of a built node: whether it holds, where that hangs on the rest of the answer, and on what.
func (o *oracle) depend(j job, rest []job, roots []*trial) {
	types := j.dep.Types
	if !slices.Contains(o.req.Tests, j.from.name) && !slices.Contains(o.req.Tests, "*") {
		types &^= spec.Test
	}
	holds, known := o.whenSoFar(j.from, j.dep.When)
	if !known || !holds || types == 0 {
		o.step(rest, roots)
		if known && !holds || types == 0 {
			return
		}
	}
	virtual := o.recipe(j.dep.Spec.Name) == nil
	for _, name := range o.names(j.dep.Spec.Name) {
		if virtual && !isLanguage(j.dep.Spec.Name) {
			if p := o.providers[j.dep.Spec.Name]; p != "" && p != name {
				continue
			}
		}
		before := o.providers[j.dep.Spec.Name]
		edge := trialEdge{types: types}
		if virtual {
			o.providers[j.dep.Spec.Name] = name
			edge.virtual = j.dep.Spec.Name
		}
		o.use(name, types&(spec.Link|spec.Run) != 0, func(t *trial, more []job) {
			if t == j.from || !virtual && !ownHolds(t, j.dep.Spec) {
				return
			}
			if isLanguage(edge.virtual) {
				if target, known := arch.Lookup(j.from.target); known && !target.Supports(t.name, t.version.String()) {
					return
				}
				more = append(more, o.implied(j.from, t)...)
			}
			edge.to = t
			o.link(j.from, edge, func() { o.step(append(slices.Clone(rest), more...), roots) })
		})
		o.providers[j.dep.Spec.Name] = before
	}
}

// implied lists what a package that is compiled links to though its recipe does not say so: the C library of the host, and what stands beside its compiler.
func (o *oracle) implied(from, compiler *trial) []job {
	var jobs []job
	add := func(text string) {
		jobs = append(jobs, job{from: from, dep: &packages.Dependency{Spec: spec.MustParse(text), Types: spec.Link}})
	}
	if len(o.libcs) > 0 && !slices.Contains(o.names(packages.Libc), from.name) {
		add(packages.Libc)
	}
	runtime := packages.RuntimeOf(compiler.name)
	if compiler.external != nil && compiler.external.Prefix != "" && runtime != "" && runtime != from.name && o.recipe(runtime) != nil {
		add(runtime + "@" + compiler.version.String() + ":") // not older than the compiler
	}
	return jobs
}

// isHistory tells of something reused what it was built on, which is no part of the answer.
func isHistory(e *dag.Edge) bool {
	return packages.IsRuntime(e.To.Name()) || packages.IsLibc(e.To.Name()) || slices.Contains(e.Virtuals, packages.Libc)
}

func (o *oracle) link(from *trial, e trialEdge, then func()) {
	from.edges = append(from.edges, e)
	then()
	from.edges = from.edges[:len(from.edges)-1]
}

// ownHolds evaluates what a spec says of the node itself.
func ownHolds(t *trial, s *spec.Spec) bool {
	if !s.Versions.Contains(t.version) || !s.Target.Contains(t.target) {
		return false
	}
	for _, c := range s.Variants {
		if c.Propagate {
			continue // for the checker to say
		}
		i := slices.IndexFunc(t.variants, func(v spec.Variant) bool { return v.Name == c.Name })
		if i < 0 || !valuesFit(t.variants[i].Values, c) {
			return false
		}
	}
	return true
}

// use offers every node that a package may be: one that is chosen already, or a new one.
func (o *oracle) use(name string, linked bool, then func(*trial, []job)) {
	r := o.recipe(name)
	if r == nil {
		return
	}
	for _, t := range slices.Clone(o.chosen[name]) {
		then(t, nil)
	}
	limit := 1
	if mayRepeat(r) {
		limit = maxSlots
	}
	if len(o.chosen[name]) >= limit {
		return
	}
	if o.known[name] == nil {
		o.known[name] = slices.DeleteFunc(o.options(r), func(t *trial) bool { return !o.acceptable(t, r) })
	}
	for _, t := range o.known[name] {
		if slices.Contains(o.chosen[name], t) {
			second := *t
			second.edges, second.like = nil, t
			t = &second // alike, but perhaps with other dependencies
		}
		same := slices.ContainsFunc(o.chosen[name], func(c *trial) bool {
			return c.external == t.external && c.reused == t.reused && (t.external != nil || t.reused != nil)
		})
		if same {
			continue
		}
		o.chosen[name] = append(o.chosen[name], t)
		then(t, o.jobsOf(t, r))
		o.chosen[name] = o.chosen[name][:len(o.chosen[name])-1]
	}
}

func (o *oracle) jobsOf(t *trial, r *packages.Recipe) []job {
	var jobs []job
	switch {
	case t.reused != nil:
		for _, e := range t.reused.Edges() {
			if e.Types&(spec.Link|spec.Run) != 0 && !isHistory(&e) {
				jobs = append(jobs, job{from: t, reuse: &e})
			}
		}
	case t.external != nil:
		for i := range t.external.Dependencies {
			jobs = append(jobs, job{from: t, ext: &t.external.Dependencies[i]})
		}
	default:
		for _, d := range dependsOrExtends(r) {
			jobs = append(jobs, job{from: t, dep: &d})
		}
	}
	return jobs
}

// dependsOrExtends lists what a recipe depends on. To extend a package is to be built with it and to run it.
func dependsOrExtends(r *packages.Recipe) []packages.Dependency {
	out := slices.Clone(r.Depends)
	for _, x := range r.Extends {
		out = append(out, packages.Dependency{Spec: x.Spec, Types: cmp.Or(x.Types, spec.Build|spec.Run), When: x.When})
	}
	return out
}

// judge builds the nodes of an attempt and prices it if the checker accepts it.
func (o *oracle) judge(roots []*trial) {
	reused := map[string]bool{}
	defer o.fixBelow()()
	for _, list := range o.chosen {
		for _, t := range list {
			t.ready, t.busy = nil, false
		}
	}
	var nodes []*dag.Node
	for _, t := range roots {
		n := o.build(t, reused)
		if n == nil {
			return
		}
		nodes = append(nodes, n)
	}
	for _, list := range o.chosen {
		for _, t := range list {
			if o.build(t, reused) == nil { // below a reused node
				return
			}
		}
	}
	w := check.NewWorld(o.problem, nodes, reused)
	if !w.Accepts() {
		return
	}
	o.count++
	if c := w.Costs(); o.best == nil || slices.Compare(c, o.best) < 0 {
		o.best = c
	}
}

// fixBelow makes what externals depend on, that something reused was built against, the very nodes that it was built against, too. It returns what undoes that.
func (o *oracle) fixBelow() (undo func()) {
	var fixed []*trial
	for done := false; !done; {
		done = true
		for _, list := range o.chosen {
			for _, t := range list {
				for _, e := range t.edges {
					if t.fixed == nil || e.to.fixed != nil {
						continue
					}
					if n, ok := t.fixed.Dep(e.to.name); ok && e.to.is(n) {
						e.to.fixed = n
						fixed = append(fixed, e.to)
						done = false
					}
				}
			}
		}
	}
	return func() {
		for _, t := range fixed {
			t.fixed = nil
		}
	}
}

// build makes the concrete node, nil where dependencies run in a circle.
func (o *oracle) build(t *trial, reused map[string]bool) *dag.Node {
	if t.ready != nil || t.busy {
		return t.ready
	}
	t.busy = true
	if t.fixed != nil {
		t.ready = t.fixed
		return t.ready
	}
	if t.reused != nil {
		t.ready = t.reused
		reused[t.reused.Hash()] = true
		return t.ready
	}
	var edges []dag.Edge
	for _, e := range t.edges {
		to := o.build(e.to, reused)
		if to == nil {
			return nil
		}
		i := slices.IndexFunc(edges, func(x dag.Edge) bool { return x.To.Hash() == to.Hash() })
		if i < 0 {
			i = len(edges)
			edges = append(edges, dag.Edge{To: to})
		}
		edges[i].Types |= e.types
		if e.virtual != "" {
			edges[i].Virtuals = append(edges[i].Virtuals, e.virtual)
		}
	}
	key := made{option: cmp.Or(t.like, t)}
	text := make([]byte, 0, 64)
	for i, e := range edges {
		if i < len(key.to) {
			key.to[i] = e.To
		} else {
			text = append(text, e.To.Hash()...)
		}
		text = append(append(text, byte(e.Types), byte(len(e.Virtuals))), strings.Join(e.Virtuals, ",")...)
	}
	key.rest = string(text)
	if n := o.built[key]; n != nil {
		t.ready = n
		return n
	}
	a := dag.Attrs{Name: t.name, Namespace: "mini", Version: t.version, Variants: t.variants, Flags: t.flags, Platform: o.req.Platform, OS: o.req.OS, Target: t.target}
	if t.external != nil {
		a.External = &dag.External{Prefix: t.external.Prefix}
	}
	n, err := dag.New(a, edges)
	if err != nil {
		o.t.Fatal(err)
	}
	if same := o.interned[n.Hash()]; same != nil {
		n = same
	}
	o.interned[n.Hash()] = n
	o.built[key] = n
	t.ready = n
	return n
}
