package concretizer

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// draft is an answer that can be changed: nodes, dependencies first, and the edges between them by their places in the list.
type draft struct {
	*rand.Rand
	nodes []draftNode
	roots []int
	costs []LevelCost
}

type draftNode struct {
	attrs  dag.Attrs
	edges  []draftEdge
	reused bool
}

type draftEdge struct {
	to       int
	types    spec.DepTypes
	virtuals []string
}

func newDraft(r *rand.Rand, s *Solution) *draft {
	d := &draft{Rand: r, costs: slices.Clone(s.Costs)}
	at := map[string]int{}
	for _, n := range dag.Topological(s.Roots...) {
		if _, ok := at[n.Hash()]; ok {
			continue
		}
		dn := draftNode{attrs: n.Attrs(), reused: s.Reused[n.Hash()]}
		for _, e := range n.Edges() {
			dn.edges = append(dn.edges, draftEdge{at[e.To.Hash()], e.Types, slices.Clone(e.Virtuals)})
		}
		at[n.Hash()] = len(d.nodes)
		d.nodes = append(d.nodes, dn)
	}
	for _, r := range s.Roots {
		d.roots = append(d.roots, at[r.Hash()])
	}
	return d
}

// solution makes the answer that the draft is now; an error says that there is no such DAG at all.
func (d *draft) solution() (*Solution, error) {
	s := &Solution{Reused: map[string]bool{}, Costs: d.costs}
	made := make([]*dag.Node, len(d.nodes))
	for i, dn := range d.nodes {
		var edges []dag.Edge
		for _, e := range dn.edges {
			if made[e.to] == nil {
				return nil, fmt.Errorf("an edge to a node that is no more")
			}
			edges = append(edges, dag.Edge{To: made[e.to], Types: e.types, Virtuals: e.virtuals})
		}
		n, err := dag.New(dn.attrs, edges)
		if err != nil {
			return nil, err
		}
		made[i] = n
		if dn.reused {
			s.Reused[n.Hash()] = true
		}
	}
	for _, i := range d.roots {
		s.Roots = append(s.Roots, made[i])
	}
	return s, nil
}

// node picks one that the mutation suits, -1 if there is none.
func (d *draft) node(suits func(*draftNode) bool) int {
	for _, i := range d.Perm(len(d.nodes)) {
		if suits(&d.nodes[i]) {
			return i
		}
	}
	return -1
}

func isBuilt(n *draftNode) bool { return n.attrs.External == nil && !n.reused }

func isExternal(n *draftNode) bool { return n.attrs.External != nil }

func hasVariants(n *draftNode) bool { return len(n.attrs.Variants) > 0 }

func hasEdges(n *draftNode) bool { return isBuilt(n) && len(n.edges) > 0 }

// mutations each change one thing of an answer. They report whether there was anything to change.
var mutations = map[string]func(d *draft, req *Request) bool{
	"version": func(d *draft, req *Request) bool {
		i := d.Intn(len(d.nodes))
		a := &d.nodes[i].attrs
		other := spec.MustVersion("77")
		r, err := req.Repo.Recipe(d.context(), a.Name)
		if err == nil && len(r.Versions) > 0 && d.Intn(4) > 0 {
			other = r.Versions[d.Intn(len(r.Versions))].Version
		}
		if other == a.Version {
			return false
		}
		a.Version = other
		return true
	},
	"value of a variant": func(d *draft, req *Request) bool {
		i := d.node(hasVariants)
		if i < 0 {
			return false
		}
		a := &d.nodes[i].attrs
		k := d.Intn(len(a.Variants))
		v := a.Variants[k]
		values := []string{"nothing-known"}
		r, err := req.Repo.Recipe(d.context(), a.Name)
		for j := 0; err == nil && j < len(r.Variants); j++ {
			if d := &r.Variants[j]; d.Name == v.Name {
				values = append(values, declaredValues(d)...)
			}
		}
		value := values[d.Intn(len(values))]
		if slices.Contains(v.Values, value) {
			return false
		}
		a.Variants = slices.Clone(a.Variants)
		a.Variants[k].Values = []string{value}
		return true
	},
	"variant dropped": func(d *draft, _ *Request) bool {
		i := d.node(hasVariants)
		if i < 0 {
			return false
		}
		a := &d.nodes[i].attrs
		k := d.Intn(len(a.Variants))
		a.Variants = slices.Delete(slices.Clone(a.Variants), k, k+1)
		return true
	},
	"variant added": func(d *draft, _ *Request) bool {
		a := &d.nodes[d.Intn(len(d.nodes))].attrs
		a.Variants = append(slices.Clone(a.Variants), spec.Bool("unheard-of", true))
		return true
	},
	"edge dropped": func(d *draft, _ *Request) bool {
		i := d.node(hasEdges)
		if i < 0 {
			return false
		}
		n := &d.nodes[i]
		k := d.Intn(len(n.edges))
		n.edges = slices.Delete(n.edges, k, k+1)
		return true
	},
	"edge added": func(d *draft, _ *Request) bool {
		i := d.Intn(len(d.nodes))
		n := &d.nodes[i]
		if i == 0 {
			return false
		}
		to := d.Intn(i)
		if slices.ContainsFunc(n.edges, func(e draftEdge) bool { return e.to == to }) {
			return false
		}
		n.edges = append(n.edges, draftEdge{to: to, types: []spec.DepTypes{spec.Build, spec.Link, spec.Run}[d.Intn(3)]})
		return true
	},
	"edge of other types": func(d *draft, _ *Request) bool {
		i := d.node(hasEdges)
		if i < 0 {
			return false
		}
		e := &d.nodes[i].edges[d.Intn(len(d.nodes[i].edges))]
		types := spec.DepTypes(1 + d.Intn(15))
		if types == e.types {
			return false
		}
		e.types = types
		return true
	},
	"virtual of an edge dropped": func(d *draft, _ *Request) bool {
		i := d.node(func(n *draftNode) bool {
			return isBuilt(n) && slices.ContainsFunc(n.edges, func(e draftEdge) bool { return len(e.virtuals) > 0 })
		})
		if i < 0 {
			return false
		}
		k := slices.IndexFunc(d.nodes[i].edges, func(e draftEdge) bool { return len(e.virtuals) > 0 })
		d.nodes[i].edges[k].virtuals = d.nodes[i].edges[k].virtuals[1:]
		return true
	},
	"virtual of an edge added": func(d *draft, _ *Request) bool {
		i := d.node(hasEdges)
		if i < 0 {
			return false
		}
		e := &d.nodes[i].edges[d.Intn(len(d.nodes[i].edges))]
		e.virtuals = append(slices.Clone(e.virtuals), []string{"mpi", "virt", "cxx", "zz"}[d.Intn(4)])
		slices.Sort(e.virtuals)
		return len(slices.Compact(slices.Clone(e.virtuals))) == len(e.virtuals)
	},
	"provider swapped": func(d *draft, _ *Request) bool {
		i := d.node(hasEdges)
		if i < 0 {
			return false
		}
		e := &d.nodes[i].edges[d.Intn(len(d.nodes[i].edges))]
		to := d.Intn(i)
		if to == e.to || slices.ContainsFunc(d.nodes[i].edges, func(o draftEdge) bool { return o.to == to }) {
			return false
		}
		e.to = to
		return true
	},
	"target": func(d *draft, _ *Request) bool {
		a := &d.nodes[d.Intn(len(d.nodes))].attrs
		target := []string{"x86_64", "x86_64_v2", "x86_64_v3", "x86_64_v4", "zen2", "zen3", "zen5", "aarch64", "m68k"}[d.Intn(9)]
		if target == a.Target {
			return false
		}
		a.Target = target
		return true
	},
	"operating system": func(d *draft, _ *Request) bool {
		d.nodes[d.Intn(len(d.nodes))].attrs.OS = "rhel9"
		return true
	},
	"platform": func(d *draft, _ *Request) bool {
		d.nodes[d.Intn(len(d.nodes))].attrs.Platform = "darwin"
		return true
	},
	"namespace": func(d *draft, _ *Request) bool {
		i := d.node(func(n *draftNode) bool { return !n.reused })
		if i < 0 {
			return false
		}
		d.nodes[i].attrs.Namespace = "elsewhere"
		return true
	},
	"compiler flag": func(d *draft, _ *Request) bool {
		a := &d.nodes[d.Intn(len(d.nodes))].attrs
		if len(a.Flags) > 0 {
			a.Flags = nil
		} else {
			a.Flags = []spec.Flag{{Type: "cflags", Words: []string{"-Og"}}}
		}
		return true
	},
	"patch added": func(d *draft, _ *Request) bool {
		i := d.node(isBuilt)
		if i < 0 {
			return false
		}
		d.nodes[i].attrs.Patches = append(slices.Clone(d.nodes[i].attrs.Patches), "0123456789abcdef")
		return true
	},
	"prefix of an external": func(d *draft, _ *Request) bool {
		i := d.node(isExternal)
		if i < 0 {
			return false
		}
		x := *d.nodes[i].attrs.External
		x.Prefix += "/elsewhere"
		d.nodes[i].attrs.External = &x
		return true
	},
	"module of an external": func(d *draft, _ *Request) bool {
		i := d.node(isExternal)
		if i < 0 {
			return false
		}
		x := *d.nodes[i].attrs.External
		x.Modules = []string{"unheard-of/1"}
		d.nodes[i].attrs.External = &x
		return true
	},
	"attribute of an external": func(d *draft, _ *Request) bool {
		i := d.node(isExternal)
		if i < 0 {
			return false
		}
		x := *d.nodes[i].attrs.External
		x.Attributes = map[string]string{"compilers.c": "/usr/bin/false"}
		d.nodes[i].attrs.External = &x
		return true
	},
	"external said to be built": func(d *draft, _ *Request) bool {
		i := d.node(isExternal)
		if i < 0 {
			return false
		}
		d.nodes[i].attrs.External = nil
		return true
	},
	"built node said to be external": func(d *draft, _ *Request) bool {
		i := d.node(isBuilt)
		if i < 0 {
			return false
		}
		d.nodes[i].attrs.External = &dag.External{Prefix: "/usr"}
		return true
	},
	"built node said to exist": func(d *draft, _ *Request) bool {
		i := d.node(isBuilt)
		if i < 0 {
			return false
		}
		d.nodes[i].reused = true
		return true
	},
	"reused node said to be built": func(d *draft, _ *Request) bool {
		i := d.node(func(n *draftNode) bool { return n.reused })
		if i < 0 {
			return false
		}
		d.nodes[i].reused = false
		return true
	},
	"root dropped": func(d *draft, _ *Request) bool {
		d.roots = d.roots[1:]
		return true
	},
	"another root": func(d *draft, _ *Request) bool {
		i := d.Intn(len(d.nodes))
		if d.nodes[i].attrs.Name == d.nodes[d.roots[0]].attrs.Name {
			return false
		}
		d.roots[0] = i
		return true
	},
	"root too many": func(d *draft, _ *Request) bool {
		d.roots = append(d.roots, d.Intn(len(d.nodes)))
		return true
	},
	"node dropped": func(d *draft, _ *Request) bool {
		i := d.Intn(len(d.nodes))
		if slices.Contains(d.roots, i) {
			return false
		}
		found := false
		for k := range d.nodes {
			n := &d.nodes[k]
			had := len(n.edges)
			n.edges = slices.DeleteFunc(n.edges, func(e draftEdge) bool { return e.to == i })
			found = found || len(n.edges) < had && isBuilt(n)
		}
		return found
	},
	"second configuration of a node": func(d *draft, _ *Request) bool {
		i := d.Intn(len(d.nodes))
		second := d.nodes[i]
		second.attrs.Version = spec.MustVersion("78")
		// One of those that depend on it gets the other one; everything behind moves by one place.
		d.nodes = slices.Insert(d.nodes, i+1, second)
		moved := false
		for k := i + 2; k < len(d.nodes); k++ {
			for j := range d.nodes[k].edges {
				e := &d.nodes[k].edges[j]
				switch {
				case e.to > i:
					e.to++
				case e.to == i && !moved && !d.nodes[k].reused:
					e.to, moved = i+1, true
				}
			}
		}
		for k := range d.roots {
			if d.roots[k] > i {
				d.roots[k]++
			}
		}
		return moved
	},
	"cost": func(d *draft, _ *Request) bool {
		d.costs[d.Intn(len(d.costs))].Cost += []int{-1, 1}[d.Intn(2)]
		return true
	},
}

// mutate changes one thing of an answer; ok is false if nothing of that kind can be changed, or what comes of it is no DAG.
func mutate(t *testing.T, r *rand.Rand, kind string, req *Request, s *Solution) (m *Solution, ok bool) {
	t.Helper()
	for range 8 {
		d := newDraft(r, s)
		if !mutations[kind](d, req) {
			continue
		}
		if m, err := d.solution(); err == nil {
			return m, true
		}
	}
	return nil, false
}
