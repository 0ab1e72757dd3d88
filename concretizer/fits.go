package concretizer

import (
	"cmp"
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/dag"
)

// Whether what exists can be used on this machine.

// fits tells whether what exists can be used here: it is for this platform, for a C library that is not newer than the host's and for a target
// that the machine runs, and the runtime libraries that it may need are still there. Externals are not reused: they are
// what configuration says they are; but for those that what an upstream has was built against, compilers excepted.
func (e *encoder) fits(n *dag.Node) bool {
	at := n.Attrs()
	if at.External != nil && (at.Recorded == nil || slices.ContainsFunc(at.Provides, isLanguage)) || at.Platform != e.req.Platform || !e.runs(at.Target) {
		return false
	}
	return e.fitsLibc(n) && e.fitsRuntimes(n)
}

func (e *encoder) runs(target string) bool {
	have, ok := arch.Lookup(target)
	best, ok2 := bestTarget(e.req.Target)
	return ok && ok2 && arch.Leq(have, best) || target == e.req.Target.String()
}

// stillThere tells whether a compiler that something was built with still exists, as an external or as something installed.
func (e *encoder) stillThere(compiler *dag.Node) bool {
	if compiler.External() != nil && slices.ContainsFunc(e.externals(compiler.Name()), func(x *packages.External) bool {
		v, _ := externalVersion(x)
		return samePlace(x, compiler) && v == compiler.Version()
	}) {
		return true
	}
	return e.exists(compiler)
}

// exists tells whether a node is among what can be reused.
func (e *encoder) exists(n *dag.Node) bool {
	return slices.ContainsFunc(e.req.Reuse.Candidates(n.Name()), func(o *dag.Node) bool { return o.Hash() == n.Hash() })
}

// samePlace tells whether an external of the configuration stands where a concrete one does.
func samePlace(x *packages.External, n *dag.Node) bool {
	at := n.External()
	return at != nil && at.Prefix == x.Prefix && slices.Equal(at.Modules, x.Modules)
}

// stands tells whether an external of the configuration is the one that something reused was built against: in the same place, and with
// all that is known of it. Whether it has a variant whose condition speaks of other packages, only a whole answer tells: see fixExternal.
func (e *encoder) stands(r *packages.Recipe, x *packages.External, n *dag.Node) bool {
	v, _ := externalVersion(x)
	if n.Attrs().OS != e.req.OS || !samePlace(x, n) || v != n.Version() || externalTarget(x, e.req.Target) != n.Attrs().Target {
		return false
	}
	active, open := map[string]*packages.VariantDecl{}, map[string]*packages.VariantDecl{}
	for i := range r.Variants {
		d := &r.Variants[i]
		switch {
		case slices.ContainsFunc(d.When, func(s *spec.Spec) bool { return len(s.Deps) > 0 }):
			open[d.Name] = d
		case d.When.Holds(n):
			active[d.Name] = d
		}
	}
	for _, have := range n.Attrs().Variants {
		want := []string(nil)
		if said, ok := x.Spec.Variant(have.Name); ok {
			want = slices.Sorted(slices.Values(said.Values))
		} else if d := cmp.Or(active[have.Name], open[have.Name]); d != nil {
			want = slices.Sorted(slices.Values(d.Default))
		}
		if !slices.Equal(want, have.Values) {
			return false
		}
		delete(active, have.Name)
	}
	return len(active) == 0 && len(n.Edges()) == len(x.Dependencies)
}

// isOwnAffair tells whether an edge of something reused leads to what it was built on rather than to what it shares with the rest of the answer: a C
// library, or a compiler's runtime libraries. That the host has what it takes is found out once, in fits.
func isOwnAffair(edge dag.Edge) bool {
	return isLibc(edge) || packages.IsRuntime(edge.To.Name())
}

// isLibc tells an edge to a C library. (What another tool recorded may not say what the edge provides.)
func isLibc(edge dag.Edge) bool {
	return slices.Contains(edge.Virtuals, packages.Libc) || packages.IsLibc(edge.To.Name())
}

// fitsLibc tells whether the C library that something was built on is of the same kind as the host's, and not newer. Where either is not known, the
// operating system's name must do.
func (e *encoder) fitsLibc(n *dag.Node) bool {
	libcs := e.hostLibcs()
	i := slices.IndexFunc(n.Edges(), isLibc)
	if i < 0 || len(libcs) == 0 {
		return n.Attrs().OS == e.req.OS
	}
	built := n.Edges()[i].To
	return slices.Contains(libcs, built.Name()) && slices.ContainsFunc(e.standing(built.Name()), func(s standing) bool {
		return s.version.Compare(built.Version()) >= 0
	})
}

// standing is where an external stands, and in what version.
type standing struct {
	version spec.Version
	prefix  string
}

// standing lists where the externals of a package stand, once: a store may ask for each of thousands of nodes.
func (e *encoder) standing(name string) []standing {
	list, ok := e.standings[name]
	if !ok {
		for _, x := range e.externals(name) {
			if v, ok := externalVersion(x); ok {
				list = append(list, standing{v, x.Prefix})
			}
		}
		e.standings[name] = list
	}
	return list
}

// fitsRuntimes tells whether the runtime libraries that something may need are there: where they stood, and not older; or else, where it is not
// recorded which they were, its compilers.
func (e *encoder) fitsRuntimes(n *dag.Node) bool {
	for _, edge := range n.Edges() {
		if packages.IsRuntime(edge.To.Name()) && !e.providesRuntime(edge.To, compilesFortran(n)) {
			return false
		}
	}
	for _, edge := range n.Edges() {
		if !slices.ContainsFunc(edge.Virtuals, isLanguage) {
			continue
		}
		_, recorded := n.Dep(packages.RuntimeOf(edge.To.Name()))
		if !recorded && !e.stillThere(edge.To) {
			return false
		}
	}
	return true
}

func compilesFortran(n *dag.Node) bool {
	return slices.ContainsFunc(n.Edges(), func(e dag.Edge) bool { return slices.Contains(e.Virtuals, "fortran") })
}

// providesRuntime tells whether a runtime, or a newer one in its place, still exists.
func (e *encoder) providesRuntime(rt *dag.Node, fortran bool) bool {
	if rt.External() == nil {
		return e.exists(rt)
	}
	return slices.ContainsFunc(e.standing(rt.Name()), func(s standing) bool {
		return s.prefix == rt.External().Prefix && s.version.Compare(rt.Version()) >= 0 && (!fortran || gfortranABI(s.version) == gfortranABI(rt.Version()))
	})
}

// gfortranABI is the number in libgfortran.so.5: GCC 6 and before had 3, GCC 7 had 4.
func gfortranABI(gcc spec.Version) int {
	switch {
	case gcc.Compare(gcc7) < 0:
		return 3
	case gcc.Compare(gcc8) < 0:
		return 4
	}
	return 5
}

var gcc7, gcc8 = spec.MustVersion("7"), spec.MustVersion("8")
