package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// kind is what two answers differ in.
type kind string

const (
	onlySpack      kind = "packages only in Spack's answer"
	onlyBerth      kind = "packages only in berth's answer"
	configurations kind = "number of configurations"
	versions       kind = "versions"
	variants       kind = "variants"
	providers      kind = "providers"
	compilers      kind = "compilers"
	targets        kind = "targets"
	flags          kind = "flags"
	patches        kind = "patches"
	dependencies   kind = "dependencies"
)

// kinds are in the order in which they are told: what leads to others first.
var kinds = []kind{versions, variants, providers, compilers, targets, flags, onlySpack, onlyBerth, configurations, patches, dependencies}

// difference is one thing that the answers do not agree on.
type difference struct {
	kind         kind
	name         string // the package's, or the virtual's
	what         string // the variant's name, or the flags'
	spack, berth string // "" if it is not there
	level        string // of berth's objective, where Spack's choice is dearer; "" if it was not traced
	prices       string // what that level costs: "0, with Spack's 1"
}

func (d difference) String() string {
	name := d.name
	if d.what != "" {
		name += " " + d.what
	}
	switch d.kind {
	case onlySpack, onlyBerth:
		return name + " " + d.spack + d.berth
	}
	return fmt.Sprintf("%s: Spack %s, berth %s", name, cmp.Or(d.spack, "none"), cmp.Or(d.berth, "none"))
}

// leftOut are the libraries that come with the system and the compiler: they are the host's, and the two programs connect them in different ways. What they
// provide as such is left out, too; that the C library provides iconv is not.
var (
	leftOut         = []string{"gcc-runtime", "glibc"}
	runtimeVirtuals = []string{"libc", "fortran-rt", "libgfortran"}
)

// compare lists all that the answers do not agree on. What is the same package in both is found by its name; of several configurations, those are
// compared with each other that differ least.
func compare(spack, berth *answer) []difference {
	var out []difference
	a, b := byName(spack), byName(berth)
	pairs := map[*node]*node{}
	names := maps.Clone(a)
	maps.Copy(names, b)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		x, y := slices.DeleteFunc(slices.Clone(a[name]), isCompiler), slices.DeleteFunc(slices.Clone(b[name]), isCompiler)
		switch {
		case slices.Contains(leftOut, name):
			continue
		case len(x) == 0 && len(y) > 0:
			out = append(out, difference{kind: onlyBerth, name: name, berth: y[0].version})
		case len(y) == 0 && len(x) > 0:
			out = append(out, difference{kind: onlySpack, name: name, spack: x[0].version})
		case len(x) != len(y):
			out = append(out, difference{kind: configurations, name: name, spack: versionsOf(x), berth: versionsOf(y)})
		}
		for _, p := range pair(x, y) {
			pairs[p[0]] = p[1]
			out = append(out, compareNode(p[0], p[1])...)
		}
	}
	out = append(out, compareProviders(spack, berth)...)
	out = append(out, compareEdges(pairs)...)
	slices.SortStableFunc(out, func(a, b difference) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.kind), slices.Index(kinds, b.kind)), cmp.Compare(a.name, b.name), cmp.Compare(a.what, b.what))
	})
	return out
}

// isCompiler tells whether a node is a compiler of the host.
func isCompiler(n *node) bool { return n.external && (n.name == "gcc" || n.name == "llvm") }

func versionsOf(nodes []*node) string {
	var out []string
	for _, n := range nodes {
		out = append(out, n.version)
	}
	slices.Sort(out)
	return fmt.Sprintf("%d (%s)", len(nodes), strings.Join(out, ", "))
}

// pair puts configurations of a package that belong together together: those with the fewest differences first.
func pair(x, y []*node) [][2]*node {
	type couple struct {
		nodes    [2]*node
		distance int
	}
	var all []couple
	for _, s := range x {
		for _, b := range y {
			distance := len(compareNode(s, b))
			if s.version != b.version {
				distance += 3
			}
			all = append(all, couple{[2]*node{s, b}, distance})
		}
	}
	slices.SortStableFunc(all, func(a, b couple) int { return cmp.Compare(a.distance, b.distance) })
	var out [][2]*node
	taken := map[*node]bool{}
	for _, c := range all {
		if !taken[c.nodes[0]] && !taken[c.nodes[1]] {
			taken[c.nodes[0]], taken[c.nodes[1]] = true, true
			out = append(out, c.nodes)
		}
	}
	return out
}

// compareNode lists what differs in one package.
func compareNode(s, b *node) []difference {
	var out []difference
	add := func(k kind, what, spack, berth string) {
		if spack != berth {
			out = append(out, difference{kind: k, name: s.name, what: what, spack: spack, berth: berth})
		}
	}
	add(versions, "", s.version, b.version)
	add(targets, "", s.target, b.target)
	for _, name := range union(s.variants, b.variants) {
		add(variants, name, strings.Join(s.variants[name], ","), strings.Join(b.variants[name], ","))
	}
	for _, name := range union(s.flags, b.flags) {
		add(flags, name, strings.Join(s.flags[name], " "), strings.Join(b.flags[name], " "))
	}
	for _, language := range slices.Sorted(maps.Keys(b.compilers)) {
		add(compilers, language, cmp.Or(s.compilers[""], s.compilers[language]), b.compilers[language])
	}
	if s.version == b.version {
		add(patches, "", sums(s.patches), sums(b.patches))
	}
	return out
}

// sums are checksums in a length to read.
func sums(list []string) string {
	var out []string
	for _, sum := range list {
		out = append(out, sum[:min(8, len(sum))])
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func union(a, b map[string][]string) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string][]string{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

// compareProviders lists the virtuals that other packages provide.
func compareProviders(spack, berth *answer) []difference {
	var out []difference
	s, b := providersOf(spack), providersOf(berth)
	for _, virtual := range union(s, b) {
		x, y := strings.Join(s[virtual], ", "), strings.Join(b[virtual], ", ")
		if x != y && x != "" && y != "" {
			out = append(out, difference{kind: providers, name: virtual, spack: x, berth: y})
		}
	}
	return out
}

// providersOf are the packages that provide each virtual which somebody asks for.
func providersOf(a *answer) map[string][]string {
	out := map[string][]string{}
	for _, n := range a.nodes {
		for _, e := range n.edges {
			for _, v := range e.virtuals {
				if !slices.Contains(out[v], e.to.name) && !slices.Contains(runtimeVirtuals, v) {
					out[v] = append(out[v], e.to.name)
					slices.Sort(out[v])
				}
			}
		}
	}
	return out
}

// compareEdges lists direct dependencies that only one of them has, of packages that both have. Their types count, too.
func compareEdges(pairs map[*node]*node) []difference {
	var out []difference
	for s, b := range pairs {
		x, y := edgesOf(s), edgesOf(b)
		for _, to := range union(x, y) {
			if a, b := strings.Join(x[to], "+"), strings.Join(y[to], "+"); a != b {
				out = append(out, difference{kind: dependencies, name: s.name, what: "^" + to, spack: a, berth: b})
			}
		}
	}
	return out
}

func edgesOf(n *node) map[string][]string {
	out := map[string][]string{}
	for _, e := range n.edges {
		if slices.Contains(leftOut, e.to.name) {
			continue
		}
		for _, t := range e.types {
			if !slices.Contains(out[e.to.name], t) {
				out[e.to.name] = append(out[e.to.name], t)
			}
		}
		slices.Sort(out[e.to.name])
	}
	return out
}

// compareNodes is an order of nodes that depends on nothing but them.
func compareNodes(a, b *node) int {
	key := func(n *node) string { return fmt.Sprint(n.name, " ", n.version, " ", n.variants, n.flags, n.target) }
	return cmp.Compare(key(a), key(b))
}
