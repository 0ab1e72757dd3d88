package envs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// Difference is how one package differs between two concrete environments.
type Difference struct {
	Old, New *dag.Node // nil: it is in the other one only
	Changes  []Change  // what differs; empty where a package is in one of them only
}

// Change is one thing that differs: "version", "variant mpi", "mpi provided by", "dependency on zlib".
type Change struct {
	What     string
	Old, New string // "" where there is none
}

// Name is the package's.
func (d *Difference) Name() string {
	if d.New != nil {
		return d.New.Name()
	}
	return d.Old.Name()
}

// Indirect tells that the package itself is as it was, and only something below it changed.
func (d *Difference) Indirect() bool {
	return d.Old != nil && d.New != nil && !slices.ContainsFunc(d.Changes, func(c Change) bool { return !strings.HasPrefix(c.What, "hash of ") })
}

// Diff compares two systems' concrete environments package by package, by name. A nil system has no packages.
func Diff(was, is *LockedSystem) []Difference {
	old, now := nodesByName(was), nodesByName(is)
	var names []string
	for name := range old {
		names = append(names, name)
	}
	for name := range now {
		if old[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []Difference
	for _, name := range names {
		for _, pair := range pairUp(old[name], now[name]) {
			if d := (Difference{Old: pair[0], New: pair[1]}); d.Old == nil || d.New == nil {
				out = append(out, d)
			} else if d.Old.Hash() != d.New.Hash() {
				d.Changes = changes(d.Old, d.New)
				out = append(out, d)
			}
		}
	}
	return out
}

func nodesByName(s *LockedSystem) map[string][]*dag.Node {
	out := map[string][]*dag.Node{}
	if s == nil {
		return out
	}
	for _, n := range dag.Topological(s.RootNodes()...) {
		out[n.Name()] = append(out[n.Name()], n)
	}
	return out
}

// pairUp says which configuration of a package became which: the equal ones, then those of equal description, of equal version, and then in order.
func pairUp(old, now []*dag.Node) [][2]*dag.Node {
	byVersion := func(a, b *dag.Node) int {
		return cmp.Or(a.Version().Compare(b.Version()), cmp.Compare(a.Hash(), b.Hash()))
	}
	slices.SortFunc(old, byVersion)
	slices.SortFunc(now, byVersion)
	var pairs [][2]*dag.Node
	for _, alike := range []func(a, b *dag.Node) bool{
		func(a, b *dag.Node) bool { return a.Hash() == b.Hash() },
		func(a, b *dag.Node) bool { return a.String() == b.String() },
		func(a, b *dag.Node) bool { return a.Version() == b.Version() },
		func(a, b *dag.Node) bool { return true },
	} {
		for i := 0; i < len(old); {
			k := slices.IndexFunc(now, func(n *dag.Node) bool { return alike(old[i], n) })
			if k < 0 {
				i++
				continue
			}
			pairs = append(pairs, [2]*dag.Node{old[i], now[k]})
			old, now = slices.Delete(slices.Clone(old), i, i+1), slices.Delete(slices.Clone(now), k, k+1)
		}
	}
	for _, n := range old {
		pairs = append(pairs, [2]*dag.Node{n, nil})
	}
	for _, n := range now {
		pairs = append(pairs, [2]*dag.Node{nil, n})
	}
	return pairs
}

// changes lists what differs between two configurations of a package, the most telling first.
func changes(old, now *dag.Node) []Change {
	a, b := old.Attrs(), now.Attrs()
	var out []Change
	differ := func(what, x, y string) {
		if x != y {
			out = append(out, Change{what, x, y})
		}
	}
	differ("version", a.Version.String(), b.Version.String())
	for _, name := range variantNames(a.Variants, b.Variants) {
		differ("variant "+name, variantText(old, name), variantText(now, name))
	}
	for _, kind := range spec.FlagTypes {
		differ(kind, flagText(a.Flags, kind), flagText(b.Flags, kind))
	}
	differ("target", a.Target, b.Target)
	differ("platform", a.Platform, b.Platform)
	differ("os", a.OS, b.OS)
	differ("external", externalText(a.External), externalText(b.External))
	out = append(out, edgeChanges(old, now)...)
	if !slices.Equal(a.Patches, b.Patches) {
		out = append(out, Change{"patches", fmt.Sprint(len(a.Patches)), fmt.Sprint(len(b.Patches))})
	}
	if a.PackageHash != b.PackageHash && a.Version == b.Version && (a.External == nil) == (b.External == nil) {
		differ("recipe", abbreviate(a.PackageHash), abbreviate(b.PackageHash))
	}
	differ("namespace", a.Namespace, b.Namespace)
	return out
}

func abbreviate(hash string) string { return hash[:min(7, len(hash))] }

func variantNames(lists ...[]spec.Variant) []string {
	var names []string
	for _, list := range lists {
		for _, v := range list {
			if !slices.Contains(names, v.Name) {
				names = append(names, v.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func variantText(n *dag.Node, name string) string {
	v, ok := n.Variant(name)
	if !ok {
		return ""
	}
	return strings.TrimSpace(v.String())
}

func flagText(flags []spec.Flag, kind string) string {
	i := slices.IndexFunc(flags, func(f spec.Flag) bool { return f.Type == kind })
	if i < 0 {
		return ""
	}
	return strings.Join(flags[i].Words, " ")
}

func externalText(x *dag.External) string {
	switch {
	case x == nil:
		return ""
	case x.Prefix != "":
		return x.Prefix
	}
	return "module " + strings.Join(x.Modules, " ")
}

// edgeChanges compares dependencies: who provides a virtual, what is needed, and which of those that stayed have another hash.
func edgeChanges(old, now *dag.Node) []Change {
	var out []Change
	was, is := providersOf(old), providersOf(now)
	for _, v := range unionKeys(was, is) {
		if was[v] != is[v] {
			out = append(out, Change{v + " provided by", was[v], is[v]})
		}
	}
	before, after := dependenciesOf(old), dependenciesOf(now)
	for _, name := range unionKeys(before, after) {
		x, y := before[name], after[name]
		switch {
		case x == "" || y == "":
			if !provides(was, name) && !provides(is, name) {
				out = append(out, Change{"dependency on " + name, presence(x), presence(y)})
			}
		case x != y:
			out = append(out, Change{"hash of " + name, x, y})
		}
	}
	return out
}

func presence(hash string) string {
	if hash == "" {
		return "no"
	}
	return "yes"
}

func provides(providers map[string]string, name string) bool {
	for _, p := range providers {
		if p == name {
			return true
		}
	}
	return false
}

// providersOf maps each virtual that the node needs to the package that provides it.
func providersOf(n *dag.Node) map[string]string {
	out := map[string]string{}
	for _, e := range n.Edges() {
		for _, v := range e.Virtuals {
			out[v] = e.To.Name()
		}
	}
	return out
}

// dependenciesOf maps the packages that the node needs to their hashes, abbreviated.
func dependenciesOf(n *dag.Node) map[string]string {
	out := map[string]string{}
	for _, e := range n.Edges() {
		if out[e.To.Name()] != "" {
			out[e.To.Name()] += ","
		}
		out[e.To.Name()] += e.To.ShortHash()
	}
	return out
}

func unionKeys(a, b map[string]string) []string {
	var keys []string
	for k := range a {
		keys = append(keys, k)
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}
