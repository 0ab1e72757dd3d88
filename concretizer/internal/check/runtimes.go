package check

import (
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// runtimeOf is the package that a compiler's runtime libraries are.
var runtimeOf = map[string]string{"gcc": "gcc-runtime"}

func isRuntime(name string) bool { return name == "gcc-runtime" }

// ownAffair tells an edge to what a reused node was built on: another node's need not be the same.
func ownAffair(e dag.Edge) bool { return isLibc(e) || isRuntime(e.To.Name()) }

func isLibc(e dag.Edge) bool {
	return e.To.Name() == "glibc" || e.To.Name() == "musl" || slices.Contains(e.Virtuals, "libc")
}

func providesLibc(r *packages.Recipe) bool {
	return slices.ContainsFunc(r.Provides, func(p packages.Provision) bool {
		return slices.ContainsFunc(p.Virtuals, func(v *spec.Spec) bool { return v.Name == "libc" })
	})
}

// here lists the versions and prefixes of the externals of a package that are for this machine.
func (w *World) here(name string) (versions []spec.Version, prefixes []string) {
	for _, x := range w.p.Config.Packages[name].Externals {
		if x.Spec.OS != "" && x.Spec.OS != w.p.OS || x.Spec.Platform != "" && x.Spec.Platform != w.p.Platform {
			continue
		}
		v, ok := x.Spec.Versions.Single()
		if !ok {
			v, _ = spec.ParseVersion(x.Spec.Versions.String())
		}
		versions, prefixes = append(versions, v), append(prefixes, x.Prefix)
	}
	return versions, prefixes
}

// systemLibcs names the C libraries that the machine has.
func (w *World) systemLibcs() []string {
	if w.recipe("libc") != nil {
		return nil
	}
	var out []string
	for _, name := range w.p.Repo.Providers("libc") {
		if versions, _ := w.here(name); len(versions) > 0 && w.recipe(name) != nil {
			out = append(out, name)
		}
	}
	return out
}

// runsOnLibc tells whether the machine's C library will do for a node that exists: the same, and not older; where one is not known, the same system.
func (w *World) runsOnLibc(n *dag.Node) bool {
	for _, e := range n.Edges() {
		if !isLibc(e) || len(w.libcs) == 0 {
			continue
		}
		versions, _ := w.here(e.To.Name())
		return slices.Contains(w.libcs, e.To.Name()) && slices.ContainsFunc(versions, func(v spec.Version) bool { return v.Compare(e.To.Version()) >= 0 })
	}
	return n.Attrs().OS == w.p.OS
}

// standsFor tells whether the machine has a runtime where a node had it, or a newer one that serves as well.
func (w *World) standsFor(rt *dag.Node, fortran bool) bool {
	if rt.External() == nil {
		return w.p.Reusable != nil && slices.ContainsFunc(w.p.Reusable(rt.Name()), func(o *dag.Node) bool { return same(o, rt) })
	}
	versions, prefixes := w.here(rt.Name())
	for i, v := range versions {
		if prefixes[i] == rt.External().Prefix && v.Compare(rt.Version()) >= 0 && (!fortran || libgfortran(v) == libgfortran(rt.Version())) {
			return true
		}
	}
	return false
}

// libgfortran is the number in the name of the library that a version of GCC has.
func libgfortran(v spec.Version) string {
	for _, abi := range [][2]string{{":6", "3"}, {"7", "4"}} {
		if spec.MustVersions(abi[0]).Contains(v) {
			return abi[1]
		}
	}
	return "5"
}

// implied lists what a built node links to though its recipe does not say so: what compiled programs need.
func (w *World) implied(n *dag.Node, r *packages.Recipe) []packages.Dependency {
	var out []packages.Dependency
	add := func(name string) {
		out = append(out, packages.Dependency{Spec: &spec.Spec{Name: name}, Types: spec.Link})
	}
	compilers := languages(n)
	if len(compilers) > 0 && len(w.libcs) > 0 && !providesLibc(r) {
		add("libc")
	}
	for _, c := range compilers {
		name := runtimeOf[c.Name()]
		if at := c.External(); name != "" && name != n.Name() && at != nil && at.Prefix != "" && w.recipe(name) != nil {
			add(name)
		}
	}
	return out
}

// runtimes: a runtime is that of the newest compiler of the machine that is part of the answer.
func (c *checker) runtimes() {
	for compiler, name := range runtimeOf {
		for _, rt := range c.byName[name] {
			at := rt.External()
			if at == nil {
				c.fail("%s is no external", rt)
				continue
			}
			used, beside := false, false
			for _, n := range c.byName[compiler] {
				if x := n.External(); x != nil && x.Prefix != "" {
					used = true
					beside = beside || x.Prefix == at.Prefix && n.Version() == rt.Version()
					if n.Version().Compare(rt.Version()) > 0 {
						c.fail("%s is older than %s, which compiles something", rt, n)
					}
				}
			}
			versions, prefixes := c.here(compiler)
			for i, v := range versions {
				if used && !beside && v == rt.Version() && prefixes[i] == at.Prefix {
					c.fail("%s belongs to a compiler that nothing is compiled with", rt)
				}
			}
		}
	}
}
