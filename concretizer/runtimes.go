package concretizer

import (
	"context"
	"maps"
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// What is compiled links to more than its recipe says: to the C library, which is the system's own, and to the runtime libraries of its compiler.
// Both are nodes, so that specs and recipes can speak of them, and so that what is reused later is held against what it was built on.
//
// No recipe says so. The C library is an external that configuration has for a provider of libc. The runtime of a compiler that the host has is an
// external beside it, of the same version; that of a compiler that berth builds is the compiler's own node.

// withRuntimes is the request with an external runtime beside each external compiler, unless configuration describes it already.
func withRuntimes(ctx context.Context, r *Request) *Request {
	out := *r
	for _, compiler := range packages.Compilers() {
		name := packages.RuntimeOf(compiler)
		list := slices.Clone(r.Config.Packages[name].Externals)
		known := len(list)
		for i := range r.Config.Packages[compiler].Externals {
			x := runtimeBeside(&r.Config.Packages[compiler].Externals[i], name)
			if x != nil && !slices.ContainsFunc(list, func(o packages.External) bool { return sameRuntime(&o, x) }) {
				list = append(list, *x)
			}
		}
		if len(list) == known {
			continue
		}
		if _, err := r.Repo.Recipe(ctx, name); err != nil {
			continue // a repository that does not know it has none
		}
		out.Config.Packages = maps.Clone(out.Config.Packages)
		section := out.Config.Packages[name]
		section.Externals = list
		out.Config.Packages[name] = section
	}
	return &out
}

// runtimeBeside is the runtime of an external compiler, nil if it is not known where that stands or what it is.
func runtimeBeside(compiler *packages.External, name string) *packages.External {
	v, ok := externalVersion(compiler)
	if !ok || compiler.Prefix == "" {
		return nil
	}
	s := &spec.Spec{Name: name, Versions: spec.Exactly(v), Platform: compiler.Spec.Platform, OS: compiler.Spec.OS}
	return &packages.External{Spec: s, Prefix: compiler.Prefix, Place: compiler.Place}
}

func sameRuntime(a, b *packages.External) bool {
	return a.Prefix == b.Prefix && a.Spec.String() == b.Spec.String()
}

// hostLibcs lists the C libraries that configuration has externals of, as orderProviders has them. Where there is one, none is built.
func (e *encoder) hostLibcs() []string {
	if e.libcs != nil {
		return *e.libcs
	}
	var out []string
	if p, err := e.name(packages.Libc); err == nil && p.recipe == nil {
		for _, q := range orderProviders(p.providers, packages.Libc, &e.req.Config) {
			if known, err := e.name(q); err == nil && known.recipe != nil && len(e.externals(q)) > 0 {
				out = append(out, q)
			}
		}
	}
	e.libcs = &out
	return out
}

// hostRuntimes lists the runtimes that stand beside compilers of the host.
func (e *encoder) hostRuntimes() []string {
	if e.runtimes != nil {
		return *e.runtimes
	}
	var out []string
	for _, compiler := range packages.Compilers() {
		name := packages.RuntimeOf(compiler)
		if p, err := e.name(name); err == nil && p.recipe != nil && len(e.externals(name)) > 0 {
			out = append(out, name)
		}
	}
	e.runtimes = &out
	return out
}

// systemLibc is why a C library is not built: the system has its own; nil if it may be.
func (e *encoder) systemLibc(r *packages.Recipe) *SystemLibcCause {
	libcs := e.hostLibcs()
	if len(libcs) == 0 || !mayProvide(r, packages.Libc) {
		return nil
	}
	why := &SystemLibcCause{Package: r.Name}
	for _, q := range libcs {
		why.Externals = append(why.Externals, e.externals(q)...)
	}
	return why
}

// linkLibc: what is compiled links to the system's C library.
func (e *encoder) linkLibc(n *node) error {
	libcs := e.hostLibcs()
	if len(libcs) == 0 || mayProvide(n.recipe, packages.Libc) {
		return nil
	}
	compiled := e.compiled(n)
	if compiled == sat.False {
		return nil
	}
	v, err := e.virtual(packages.Libc)
	if err != nil || v == nil {
		return err
	}
	why := &LinkCause{Package: n.name, To: packages.Libc}
	e.need(v, compiled, n)
	ways := []sat.Lit{compiled.Not()}
	for _, q := range libcs {
		lit := compiled
		if len(libcs) > 1 {
			lit = e.sat.And(compiled, v.lits[q])
		}
		e.addEdge(&edge{from: n, to: e.node(q, 0), lit: lit, types: spec.Link, virtual: packages.Libc}, why)
		ways = append(ways, v.lits[q])
	}
	e.clause(why, ways...)
	return nil
}

// linkRuntime: what a compiler of the host compiles links to the runtime libraries beside it.
func (e *encoder) linkRuntime(n, compiler *node) error {
	name := packages.RuntimeOf(compiler.name)
	if name == "" || n.name == name {
		return nil
	}
	if !slices.Contains(e.hostRuntimes(), name) {
		return nil
	}
	var picks []sat.Lit
	for _, lang := range languageNames {
		if l := n.langs[lang]; l != nil && l.picks[compiler.nodeKey] != 0 {
			picks = append(picks, l.picks[compiler.nodeKey])
		}
	}
	if len(picks) == 0 {
		return nil
	}
	if lit := e.sat.And(e.sat.Or(picks...), e.ofTheHost(compiler)); lit != sat.False {
		e.addEdge(&edge{from: n, to: e.node(name, 0), lit: lit, types: spec.Link}, &LinkCause{Package: n.name, To: name, Compiler: compiler.name})
	}
	return nil
}

// ofTheHost is the literal that a compiler is an external whose place is known.
func (e *encoder) ofTheHost(compiler *node) sat.Lit {
	if lit, ok := e.hostCompilers[compiler.nodeKey]; ok {
		return lit
	}
	meaning := func() sat.Lit {
		return e.chosenExternal(compiler, func(x *packages.External) bool { return x.Prefix != "" })
	}
	var lit sat.Lit
	if compiler.expanded {
		lit = meaning()
	} else {
		lit = e.deferred(compiler, meaning)
		if e.sat.Expected(compiler.lit) || len(e.externals(compiler.name)) > 0 {
			e.sat.Expect(lit)
		}
	}
	e.hostCompilers[compiler.nodeKey] = lit
	return lit
}

// chosenExternal is the literal that a node is one of certain externals.
func (e *encoder) chosenExternal(n *node, fits func(*packages.External) bool) sat.Lit {
	return e.sat.Or(n.chosen(func(a *alternative) bool { return a.isExternal() && fits(a.external) })...)
}

// tieRuntime: an answer has one runtime, that of the newest compiler of the host that is part of it, whatever for.
func (e *encoder) tieRuntime(n *node) error {
	for _, compiler := range packages.Compilers() {
		if packages.RuntimeOf(compiler) != n.name {
			continue
		}
		if p, err := e.name(compiler); err != nil || p.recipe == nil {
			return err
		}
		if err := e.tieCompiler(compiler, n); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) tieCompiler(compiler string, runtime *node) error {
	slots := e.slots(compiler)
	for _, r := range runtime.alts {
		if r.external == nil {
			continue
		}
		ways := e.compilersBeside(slots, r.external)
		for _, c := range slots {
			err := c.whenExpanded(func() error {
				e.tieTo(c, r, ways)
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// tieTo: where a compiler of the host is used, a runtime is not older than it, and stands beside one that is used; ways are these. One that
// configuration describes by itself need not stand beside any.
func (e *encoder) tieTo(compiler *node, runtime *alternative, ways []sat.Lit) {
	why := &RuntimeCause{Runtime: runtime.external.Spec.Name, Compiler: compiler.name}
	own := e.besideCompiler(compiler.name, runtime.external)
	for _, a := range compiler.alts {
		switch {
		case a.external == nil || a.external.Prefix == "":
		case runtime.version.Compare(a.version) < 0:
			e.clause(why, a.lit.Not(), runtime.lit.Not())
		case own && !isBeside(a.external, runtime.external):
			e.clause(why, append([]sat.Lit{a.lit.Not(), runtime.lit.Not()}, ways...)...)
		}
	}
}

// besideCompiler tells whether an external runtime is that of an external compiler.
func (e *encoder) besideCompiler(compiler string, runtime *packages.External) bool {
	return slices.ContainsFunc(e.externals(compiler), func(x *packages.External) bool { return isBeside(x, runtime) })
}

func isBeside(compiler, runtime *packages.External) bool {
	x := runtimeBeside(compiler, runtime.Spec.Name)
	return x != nil && sameRuntime(x, runtime)
}

// compilersBeside lists the literals that a compiler which a runtime stands beside is part of the answer. One that is not encoded yet may turn out
// to be that.
func (e *encoder) compilersBeside(slots []*node, runtime *packages.External) []sat.Lit {
	var ways []sat.Lit
	for _, c := range slots {
		if c.expanded {
			ways = append(ways, e.chosenBeside(c, runtime))
			continue
		}
		way := e.sat.Lit()
		ways = append(ways, way)
		e.sat.Add(way.Not(), c.lit)
		c.later = append(c.later, func() error {
			e.sat.Add(way.Not(), e.chosenBeside(c, runtime))
			return nil
		})
	}
	return ways
}

func (e *encoder) chosenBeside(c *node, runtime *packages.External) sat.Lit {
	return e.chosenExternal(c, func(x *packages.External) bool { return isBeside(x, runtime) })
}

// impliedDependencies lists what a package can link to without saying so.
func (e *encoder) impliedDependencies(r *packages.Recipe) []string {
	compiled := slices.ContainsFunc(r.Depends, func(d packages.Dependency) bool { return isLanguage(d.Spec.Name) })
	if !compiled {
		return nil
	}
	var out []string
	if len(e.hostLibcs()) > 0 && !mayProvide(r, packages.Libc) {
		out = append(out, packages.Libc)
	}
	return append(out, e.hostRuntimes()...)
}
