package concretizer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// stages set the scene for a theme: of what is drawn at random, some kinds would rarely decide anything. The root of most requests, the first package,
// gets something to do with what is special about a later one; the rest of the universe stays as it was drawn.
var stages = map[string]func(u *universe){
	"build tool": func(u *universe) {
		l := u.second()
		u.say("t", part("", "versions 2 1"))
		u.say("t", part("build tool", "tag build-tools"))
		u.say(u.names[0], part("dependency", "depends "+l))
		u.say(u.names[0], part("dependency", "depends t"), part("constraint of a dependency", u.one("@1", "@:1")), part("", " types build"))
		u.say(l, part("dependency", "depends t"), part("constraint of a dependency", u.one("@2", "@2:")), part("dependency types", u.one(" types build", " types build", " types link")))
	},
	"version of a virtual": func(u *universe) {
		u.say("va", part("", "versions 1"))
		u.say("va", part("provider", "provides xirt"), part("version of a virtual", "@1"))
		u.say("vb", part("", "versions 1"))
		u.say("vb", part("provider", "provides xirt"), part("version of a virtual", u.one("@2:", "@:3")))
		u.say(u.names[0], part("dependency on a virtual", "depends xirt"), part("version of a virtual", u.one("@2:", "@2", "@1")))
	},
	"second definition": func(u *universe) {
		k := u.names[0]
		u.say("z", part("", "versions 1"))
		u.say(k, part("", "variant w default false"))
		u.say(k, part("second definition", "variant w default true"), part("", u.one(" when @1:", " when @1", " when @2:")))
		u.say(k, part("dependency", "depends z"), part("condition", " when +w"))
	},
	"disjoint sets": func(u *universe) {
		u.variant(u.last(), phrase{"disjoint sets", " sets x y,z", " values x y z multi"})
		u.need(u.names[0], u.last(), u.one(" w=x", " w=y"))
		u.need(u.names[0], u.last(), u.one(" w=z", " w=y,z"))
	},
	"multi-valued variant": func(u *universe) {
		m := u.leaf()
		u.variant(m, phrase{"multi-valued variant", " values x y z multi", " values x y z"})
		u.need(u.names[0], m, u.one(" w=x,y", " w=y"))
		u.need(u.names[0], m, u.one(" w=z", " w=x"))
	},
	"any value": func(u *universe) {
		u.variant(u.last(), phrase{"any value", " any", " values x"})
		u.need(u.names[0], u.last(), " w=y")
	},
	"conditional value": func(u *universe) {
		m := u.leaf()
		u.variant(m, phrase{"conditional value", " values x y?" + u.one("@1", "@:1", "@9"), " values x y"})
		u.need(u.names[0], m, " w=y")
		u.have(m, "2", "1")
	},
	"sticky variant": func(u *universe) {
		m := u.leaf()
		u.say(m, part("", "variant w default x values x y"), part("sticky variant", " sticky"))
		u.say(m, part("conflict", "conflicts w=x"), part("condition", u.one("", " when @1:", " when @2:")))
		u.need(u.names[0], m, u.one("", "", "@2", "@2"))
	},
	"conditional variant": func(u *universe) {
		u.say(u.last(), part("", "variant w default true"), part("conditional variant", u.one(" when @1", " when @:1")))
		u.need(u.names[0], u.last(), u.one("+w", "~w"))
		u.have(u.last(), "2", "1")
	},
	"conditional version": func(u *universe) {
		m := u.leaf()
		u.say(m, part("", "variant w default false"))
		u.say(m, part("conditional version", "versions 4"), part("condition", u.one(" when +w", " when ~w")))
		u.need(u.names[0], m, u.one("", "@4", "@4"))
	},
	"development version": func(u *universe) {
		m := u.leaf()
		u.say(m, phrase{text: "versions"}, part("development version", " main"), part("", " 1"))
		u.need(u.names[0], m, u.one("@main", "@main", "@3:"))
	},
	"pre-release": func(u *universe) {
		m := u.leaf()
		u.say(m, phrase{text: "versions"}, part("pre-release", " 5-rc1"), part("", " 1"))
		u.need(u.names[0], m, u.one("@5-rc1", "@3:", "@4:"))
	},
	"preferred version": func(u *universe) {
		u.say(u.last(), part("", "versions 7 6"), part("preferred version", ":preferred"))
		u.need(u.names[0], u.last(), "")
	},
	"git version": func(u *universe) {
		u.say(u.last(), part("", "git https://example.org/x.git"))
		u.need(u.names[0], u.last(), "")
		u.ask(part("request ^", " ^"+u.last()), part("git version", u.one("@git.main=1", "@git.main=2", "@git.x")))
	},
	"dependency types": func(u *universe) {
		u.say(u.names[0], part("dependency", "depends "+u.second()), part("dependency types", u.one(" types build", " types run")))
	},
	"provided together": func(u *universe) {
		u.say(u.second(), part("provided together", "provides virt wirt"))
		u.say(u.last(), part("provider", "provides "+u.one("virt", "wirt")))
		u.say(u.names[0], part("dependency on a virtual", "depends virt"))
		u.say(u.names[0], part("dependency on a virtual", "depends wirt"))
		u.configure("all", part("configured providers", "providers "+u.one("virt", "wirt")+" "+u.last()))
	},
	"requirement": func(u *universe) {
		m := u.leaf()
		u.say(m, part("", "variant w default false"))
		u.say(m, part("requirement", "requires "+u.one("+w", "+w", "@1", "@1+w")), part("condition", u.one("", " when @1:")))
		u.need(u.names[0], m, "")
	},
	"requirement: one of": func(u *universe) {
		m := u.leaf()
		u.say(m, part("", "variant w default false"))
		u.say(m, part("requirement: one of", "requires one "+u.one("@1, +w", "+w, @1", "+w, ^"+u.second())))
		u.need(u.names[0], m, "")
	},
	"requirement: any of": func(u *universe) {
		m := u.leaf()
		u.say(m, part("", "variant w default false"))
		u.say(m, part("requirement: any of", "requires any "+u.one("@1, +w", "+w, @1", "+w, ^"+u.second())))
		u.need(u.names[0], m, "")
	},
	"conflict": func(u *universe) {
		m := u.last()
		u.say(m, part("", "variant w default true"))
		u.say(m, part("conflict", "conflicts +w"), part("condition", u.one("", " when @1:", " when @2:")))
		u.need(u.names[0], m, u.one("", "", "+w"))
	},
	"conflict with a package": func(u *universe) {
		k, m := u.names[0], u.leaf()
		u.say(k, part("", "variant w default true"))
		u.say(k, part("dependency", "depends "+m), part("condition", " when +w"))
		u.say(u.one(k, u.second()), part("conflict with a package", "conflicts "+u.one("", "^")+m+u.one("", "@2", "@2:")))
		u.need(k, u.second(), "")
	},
	"condition on ^": func(u *universe) {
		k, m := u.names[0], u.last()
		u.need(k, m, "")
		u.say(k, part("dependency", "depends "+u.second()), part("condition on ^", " when ^"+m+u.one("@2", "@1", "@9", "@2:")))
	},
	"condition on a target": func(u *universe) {
		u.say(u.names[0], part("dependency", "depends "+u.last()), part("condition on a target", u.one(" when target=x86_64", " when target=:x86_64", " when target=x86_64_v3:")))
	},
	"GPU variant": func(u *universe) { u.gpus("") },
	"GPUs of the environment": func(u *universe) {
		u.say("g", part("", "versions 2 1"))
		u.say("g", part("GPU variant", "variant cuda_arch default none sets none 70,80"), part("conditional variant", u.one(" when @1:", " when @2")))
		u.need(u.names[0], "g", "")
		if u.chance(30) {
			u.gpus(u.one("", " cuda_arch=70"))
		}
		u.settings = append(u.settings, line{of: "GPUs", parts: []phrase{{kind: "GPUs of the environment", text: u.one("70", "80", "90", "70,80", "80,90")}}})
	},
	"extension": func(u *universe) {
		k := u.names[0]
		extends := phrase{"extension", "extends y", "depends y"}
		u.say("y", part("", "versions 2 1"))
		u.say("y", part("build tool", "tag build-tools"))
		u.say("x", part("", "versions 2 1"))
		u.say("x", part("build tool", "tag build-tools"))
		u.say("x", extends, part("", u.one("@1", "@:1")), part("", " types build,run"), part("condition", u.one("", "", " when @2:")))
		u.say(k, extends, part("", "@2"), part("", " types build,run"))
		u.say(k, part("dependency", "depends x"), part("", " types build"))
	},
	"unify: true":          func(u *universe) { u.parted(Together) },
	"unify: false":         func(u *universe) { u.parted(Separately) },
	"unify: when_possible": func(u *universe) { u.parted(WhenPossible) },
	"licence": func(u *universe) {
		u.say(u.last(), part("", "license GPL-3.0-only"), part("condition", u.one("", " when @2:", " when @1")))
		u.say(u.second(), part("", "license MIT"))
		u.need(u.names[0], u.last(), "")
		u.say(u.names[0], part("", "license MIT"))
		u.configure("licenses", part("licence", u.one("deny GPL-3.0-only", "deny GPL-*")))
	},
	"configured require":         func(u *universe) { u.required("configured require", "require ") },
	"configured require: one of": func(u *universe) { u.required("configured require: one of", "require one ") },
	"configured require: any of": func(u *universe) { u.required("configured require: any of", "require any ") },
	"configured prefer":          func(u *universe) { u.required("configured prefer", "prefer ") },
	"configured conflict":        func(u *universe) { u.required("configured conflict", "conflict ") },
	"not buildable": func(u *universe) {
		m := u.leaf()
		u.say(u.names[0], part("", "variant w default true"))
		u.say(u.names[0], part("dependency", "depends "+m), part("constraint of a dependency", u.one("@2", "@2:")), part("condition", " when +w"))
		u.configure(m, part("not buildable", "not-buildable"))
		u.configure(m, part("external", "external "+m+"@=1 prefix /opt/n"))
	},
	"configured condition": func(u *universe) {
		m := u.leaf()
		u.need(u.names[0], m, "")
		u.say(m, part("", "variant w default false"))
		u.configure(m, part("configured require", "require +w"), part("configured condition", u.one(" when @1", " when @2", " when @9")))
	},
	"configured versions": func(u *universe) {
		u.have(u.last(), "2", "1")
		u.need(u.names[0], u.last(), "")
		u.configure(u.last(), part("configured versions", "versions 1"))
	},
	"configured variants": func(u *universe) {
		u.say(u.last(), part("", "variant w default x values x y z"))
		u.need(u.names[0], u.last(), "")
		u.configure(u.last(), part("configured variants", "variants w="+u.one("y", "z")))
	},
	"configured providers": func(u *universe) {
		virtual, first, other := u.twoProviders("")
		u.configure(u.one(virtual, "all"), part("configured providers", "providers "+virtual+" "+other+" "+first))
	},
	"configured virtual": func(u *universe) {
		virtual, first, other := u.twoProviders("")
		u.configure(virtual, part("configured virtual", u.one("require "+other, "conflict "+first, "prefer "+other)))
	},
	"virtual not buildable": func(u *universe) {
		u.say(u.names[0], part("", "variant w default true"))
		virtual, first, other := u.twoProviders(" when +w")
		u.configure(virtual, part("virtual not buildable", "not-buildable"))
		if u.chance(40) {
			u.configure(other, part("external", "external "+other+"@=1 prefix /opt/v"))
			u.ask(part("request ^", u.one("", " ^"+first)))
		}
	},
	"configured for all": func(u *universe) {
		u.say(u.names[0], part("", "variant w default false"))
		u.say(u.last(), part("", "variant w default false"))
		u.need(u.names[0], u.last(), "")
		u.configure("all", part("configured for all", u.one("prefer +w", "variants +w", "require +w", "conflict ~w")))
	},
	"required propagation": func(u *universe) {
		u.spreading()
		u.configure(u.names[0], part("required propagation", "require ++w"))
	},
	"propagated switch": func(u *universe) {
		u.spreading()
		u.ask(part("propagated switch", " ++w"))
	},
	"propagated value": func(u *universe) {
		u.say(u.last(), part("", "variant w default x values x y z"), part("", u.one("", " multi")))
		u.need(u.names[0], u.last(), "")
		u.ask(part("propagated value", " w=="+u.one("y", "z", "y,z")))
	},
	"wish": func(u *universe) {
		u.compiled()
		u.ask(part("wish", " %%"+u.one("cc@1", "cc@1", "c=cc@1")))
	},
	"request %": func(u *universe) {
		u.compiled()
		u.ask(part("request %", " %cc@1"))
	},
	"condition on %": func(u *universe) {
		u.compiled()
		u.say(u.names[0], part("dependency", "depends "+u.last()), part("condition on %", " when %"+u.one("cc@2", "cc@1", "dd")))
	},
	"request ^[deptypes]": func(u *universe) {
		k, m := u.names[0], u.leaf()
		u.say(k, part("", "variant w default false"))
		u.say(k, part("dependency", "depends "+m), part("dependency types", " types build"), part("condition", " when ~w"))
		u.say(k, part("dependency", "depends "+m), part("dependency types", " types link"), part("condition", " when +w"))
		u.ask(part("request ^[deptypes]", " ^"+u.one("[deptypes=link] ", "[deptypes=build] ", "[deptypes=link] ", "[deptypes=run] ")+m))
	},
	"request for a target": func(u *universe) {
		u.ask(part("request for a target", " target="+u.one("x86_64", ":x86_64")))
	},
	"dependency of an external": func(u *universe) {
		k, m := u.names[0], u.last()
		u.need(k, u.second(), "")
		u.configure(u.second(), part("external", "external "+u.second()+"@="+u.versions[u.second()][0]+" prefix /opt/d"), part("dependency of an external", " needs "+m))
		u.configure(u.second(), part("", "not-buildable"))
		u.configure(m, part("external", "external "+m+"@="+u.versions[m][0]+" prefix /opt/e"))
	},
	"test dependency": func(u *universe) {
		u.settings = append(u.settings, line{of: "tests", parts: []phrase{{kind: "test dependency", text: "*"}}})
		u.say(u.names[0], part("dependency", "depends "+u.last()), part("", " types test"))
	},
	"C library":            (*universe).libcStage,
	"compiler runtime":     (*universe).runtimeStage,
	"target of a compiler": (*universe).targetStage,
	"configured targets":   (*universe).preferTargets,
}

func (u *universe) second() string { return u.names[1] }

func (u *universe) last() string { return u.names[len(u.names)-1] }

// leaf is the last package, about which there may be much, or one of which only stages speak, so that nothing else hangs on it.
func (u *universe) leaf() string {
	if u.chance(35) {
		return u.last()
	}
	name := fmt.Sprint("h", u.leaves)
	u.leaves++
	u.versions[name] = []string{"2", "1"}
	u.say(name, part("", "versions 2 1"))
	return name
}

// need makes a package depend on another.
func (u *universe) need(from, to, constraint string) {
	u.say(from, part("dependency", "depends "+to), part("constraint of a dependency", constraint))
}

// have gives a package versions, where it lacks them.
func (u *universe) have(name string, versions ...string) {
	for _, v := range versions {
		if !slices.Contains(u.versions[name], v) {
			u.say(name, part("", "versions "+v))
		}
	}
}

func (u *universe) variant(name string, values phrase) {
	u.say(name, part("", "variant w default x"), values)
}

// set runs a stage, whose variant w gets a name of its own: several stages may be set on one package.
func (u *universe) set(stage func(*universe), w string) {
	recipes, config, roots := len(u.recipes), len(u.config), u.roots[0]
	u.roots[0].parts = nil
	stage(u)
	rename := func(parts []phrase) {
		for i := range parts {
			parts[i].text, parts[i].instead = variantW.ReplaceAllString(parts[i].text, w), variantW.ReplaceAllString(parts[i].instead, w)
		}
	}
	for _, l := range slices.Concat(u.recipes[recipes:], u.config[config:], u.roots[:1]) {
		rename(l.parts)
	}
	for i := range u.recipes[recipes:] {
		u.recipes[recipes+i].staged = true
	}
	for i := range u.config[config:] {
		u.config[config+i].staged = true
	}
	// What is asked of the root itself stands before what is asked of its direct dependencies, and this before all else.
	place := func(p phrase) int { return max(0, strings.IndexByte("%^", strings.TrimSpace(p.text)[0])+1) }
	at := 0
	for _, p := range u.roots[0].parts {
		at = max(at, place(p))
		i := slices.IndexFunc(roots.parts, func(o phrase) bool { return place(o) > at })
		if i < 0 {
			i = len(roots.parts)
		}
		roots.parts = slices.Insert(roots.parts, i, p)
	}
	u.roots[0].parts = roots.parts
}

var variantW = regexp.MustCompile(`\bw\b`)

// ask adds to what the first root asks for.
func (u *universe) ask(parts ...phrase) {
	for _, p := range parts {
		if p.text != "" {
			u.roots[0].parts = append(u.roots[0].parts, p)
		}
	}
}

// gpus makes two packages that link to each other be built for GPUs.
func (u *universe) gpus(asked string) {
	k, m := u.names[0], u.last()
	for _, n := range []string{k, m} {
		if !slices.Contains(u.values[n], "cuda_arch=70") {
			u.say(n, part("GPU variant", "variant cuda_arch default none sets none 70,80"), part("conditional variant", " when @1:"))
		}
	}
	u.need(k, m, "")
	if asked != "" {
		u.ask(part("variant of a root", asked))
	}
}

// parted asks for two more roots that need different versions of a package, in a mode that may let them.
func (u *universe) parted(mode Unify) {
	m := u.leaf()
	u.have(m, "2", "1")
	for i, name := range []string{"p", "q"} {
		u.say(name, part("", "versions 1"))
		u.say(name, part("dependency", "depends "+u.one(m, m, m, u.second())), part("constraint of a dependency", fmt.Sprint("@", i+1)))
		u.roots = append(u.roots, line{of: "", parts: []phrase{{kind: "several roots", text: name}}})
	}
	if !u.hasSetting("unify") {
		u.unified(mode)
	}
}

// required makes configuration say something of a package that is needed.
func (u *universe) required(kind, word string) {
	m := u.leaf()
	u.say(m, part("", "variant w default false"))
	u.need(u.names[0], m, "")
	list := u.one("+w", "+w@1:")
	switch word {
	case "require one ", "require any ":
		list += u.one(", @9", ", @1", ", ~w@1")
	case "conflict ":
		list = "~w"
	}
	u.configure(m, part(kind, word+list))
}

// twoProviders makes the root need what two packages provide, the first of which is preferred.
func (u *universe) twoProviders(condition string) (virtual, first, other string) {
	virtual, first, other = "virt", u.second(), u.last()
	if u.chance(65) {
		virtual, other = "yirt", u.last()+"p"
		u.say(other, part("", "versions 1"))
	}
	u.say(first, part("provider", "provides "+virtual))
	u.say(other, part("provider", "provides "+virtual))
	u.say(u.names[0], part("dependency on a virtual", "depends "+virtual), part("condition", condition))
	return virtual, first, other
}

// spreading gives two packages that link to each other a switch.
func (u *universe) spreading() {
	for _, n := range []string{u.second(), u.last()} {
		u.say(n, part("", "variant w default false"))
		u.need(u.names[0], n, "")
	}
}

// compiled makes two packages be compiled, and gives the choice of a compiler.
func (u *universe) compiled() {
	for _, n := range []string{u.names[0], u.last()} {
		u.say(n, part("compiler of a language", "depends c types build"))
	}
	u.need(u.names[0], u.last(), "")
	u.configure("cc", part("external", "external cc@=1 prefix /usr/one"))
	u.configure("cc", part("external", "external cc@=2 prefix /usr/two"))
}
