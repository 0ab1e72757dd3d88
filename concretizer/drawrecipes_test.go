package concretizer

import (
	"slices"
	"strings"
)

// own is a constraint on a package without dependencies.
func (u *universe) own(name string) string {
	s := ""
	if u.chance(50) {
		// Mostly what the package has: what nobody can meet, decides little.
		s += u.one(u.one("@1", "@2", "@1:", "@2:", "@:1", "@1:2", "@=3"), "@"+u.one(u.versions[name]...), "@"+u.one(u.versions[name]...), "@:"+u.one(u.versions[name]...))
	}
	if v := u.values[name]; len(v) > 0 && (s == "" || u.chance(40)) {
		x := u.one(v...)
		if !strings.HasPrefix(x, "+") && !strings.HasPrefix(x, "~") {
			x = " " + x
		}
		s += x
	}
	if s == "" {
		s = "@1:"
	}
	return strings.TrimSpace(s)
}

// after is own in the place behind a name.
func (u *universe) after(name string) string {
	c := u.own(name)
	if !strings.ContainsAny(c[:1], "@+~") {
		c = " " + c
	}
	return c
}

// when is a condition, sometimes on the rest of the answer.
func (u *universe) when(name string, percent int) phrase {
	switch {
	case u.want("condition on ^", percent/10):
		return part("condition on ^", " when ^"+u.other(name)+u.one("", "@1", "@2:"))
	case u.want("condition on %", percent/10):
		return part("condition on %", " when %"+u.one(append([]string{"cc"}, u.names...)...)+u.one("", "@1", "@2:"))
	case u.want("condition on a target", percent/10):
		return part("condition on a target", " when target="+u.one("x86_64_v2:", ":x86_64", "x86_64_v3"))
	case !u.chance(percent):
		return phrase{}
	}
	if u.chance(15) {
		return part("condition of several parts", " when "+u.own(name)+" and "+u.own(name))
	}
	return part("condition", " when "+u.own(name))
}

func (u *universe) other(name string) string {
	for {
		if o := u.one(u.names...); o != name {
			return o
		}
	}
}

// part is what is left out as a whole.
func part(kind, text string) phrase { return phrase{kind: kind, text: text} }

func (u *universe) say(name string, parts ...phrase) {
	u.recipes = append(u.recipes, line{of: name, parts: slices.DeleteFunc(parts, func(p phrase) bool { return p.text == "" })})
}

func (u *universe) drawRepo() {
	for i := range []int{3, 3, 3, 4}[u.Intn(4)] {
		n := string(rune('k' + i))
		u.names = append(u.names, n)
		u.versions[n] = [][]string{{"1"}, {"2", "1"}, {"2", "1"}, {"3", "2", "1"}}[u.Intn(4)]
		if u.want("development version", 3) {
			u.versions[n] = append(u.versions[n], "develop")
		}
		u.git[n] = u.chance(15) || slices.Contains(u.themes, "git version")
	}
	valued := slices.ContainsFunc([]string{"multi-valued variant", "disjoint sets", "any value", "conditional value", "propagated value"}, func(k string) bool { return slices.Contains(u.themes, k) })
	for _, n := range u.names {
		if u.chance(30) || slices.Contains(u.themes, "propagated switch") && u.chance(50) {
			u.values[n] = []string{"+cuda", "~cuda"}
		}
		if u.chance(10) || valued && u.chance(40) {
			u.values[n] = append(u.values[n], "v=x", "v=y")
		}
		if u.want("GPU variant", 8) || slices.Contains(u.themes, "GPUs of the environment") && u.chance(50) {
			u.values[n] = append(u.values[n], "cuda_arch=70", "cuda_arch=none")
		}
	}
	u.drawProviders()
	for i, n := range u.names {
		u.drawVersions(n)
		u.drawVariants(n)
		u.drawDependencies(i, n)
		u.drawRules(n)
	}
	u.drawCompilers()
}

// drawProviders chooses who provides the two virtuals: mostly late packages, so that those before can need them.
func (u *universe) drawProviders() {
	for i, n := range u.names[1:] {
		switch {
		case u.want("provided together", 5):
			u.say(n, part("provided together", "provides virt wirt"), u.when(n, 15))
			u.provides[n] = true
		case u.chance(35) || i == len(u.names)-2:
			version := phrase{}
			if u.want("version of a virtual", 30) {
				version = part("version of a virtual", u.one("@1", "@:2", "@2:"))
			}
			u.say(n, part("provider", "provides "+u.one("virt", "virt", "wirt")), version, u.when(n, 20))
			u.provides[n] = true
		}
	}
	for _, v := range []string{"virt", "wirt"} {
		if !slices.ContainsFunc(u.recipes, func(l line) bool { return strings.Contains(l.parts[0].text, v) }) {
			n := u.one(u.names[1:]...)
			u.say(n, part("provider", "provides "+v))
			u.provides[n] = true
		}
	}
}

func (u *universe) drawCompilers() {
	switch u.Intn(4) {
	case 0:
		u.say("cc", part("", "tag compiler"))
		u.say("cc", part("", "versions 2 1"))
		u.say("cc", part("", "provides c"))
	case 1:
		u.say("cc", part("", "versions 2 1"))
		u.say("cc", part("", "provides c"))
		u.say("cc", part("", "provides cxx"), part("condition", " when @2"))
	case 2:
		u.say("cc", part("", "versions 1"))
		u.say("cc", part("", "provides c cxx"))
		u.say("dd", part("", "versions 1"))
		u.say("dd", part("", "provides c"))
		u.say("dd", part("", "provides cxx"))
	case 3:
		u.say("cc", part("", "versions 2 1"))
		u.say("cc", part("provided together", "provides c cxx"))
		u.say("dd", part("", "versions 2 1"))
		u.say("dd", part("", "provides c"))
	}
	if u.chance(15) { // which is built with another one, or with an older one
		u.say("cc", part("compiler of a language", "depends c types build"))
	}
	if u.chance(15) {
		u.say("cc", part("dependency", "depends "+u.last()), u.types(), phrase{"condition", u.one("", " when @2"), ""})
	}
}

func (u *universe) drawVersions(n string) {
	list := []phrase{{text: "versions"}}
	for _, v := range u.versions[n] {
		mark, kind := phrase{}, ""
		switch {
		case v == "develop":
			kind = "development version"
		case u.want("preferred version", 8):
			mark = part("preferred version", ":preferred")
		case u.want("deprecated version", 8):
			mark = part("deprecated version", ":deprecated")
		}
		list = append(list, part(kind, " "+v), mark)
	}
	if u.want("pre-release", 5) {
		list = append(list, part("pre-release", " "+u.one("3-rc1", "2-beta2", "1-rc1")))
	}
	u.say(n, list...)
	if u.git[n] {
		u.say(n, part("", "git https://example.org/"+n+".git"))
	}
	if u.want("conditional version", 6) {
		if c := u.when(n, 100); c.text != "" {
			u.say(n, part("conditional version", "versions 4"), c)
		}
	}
}

func (u *universe) drawVariants(n string) {
	has := func(v string) bool { return slices.Contains(u.values[n], v) }
	sticky := func() phrase {
		if u.want("sticky variant", 15) {
			return part("sticky variant", " sticky")
		}
		return phrase{}
	}
	conditional := func() phrase {
		if !u.want("conditional variant", 15) {
			return phrase{}
		}
		return part("conditional variant", u.when(n, 100).text)
	}
	if has("+cuda") {
		u.say(n, part("switch", "variant cuda default "+u.one("true", "false")), sticky(), conditional())
		if u.want("second definition", 8) {
			u.say(n, part("second definition", "variant cuda default "+u.one("true", "false")), part("", " when "+u.one("@1", "@2:")))
		}
	}
	if has("v=x") {
		values := part("valued variant", " values x y")
		switch {
		case u.want("conditional value", 15):
			values = phrase{"conditional value", " values x y?" + u.one("@1", "@2"), " values x y"}
		case u.want("multi-valued variant", 15):
			values = phrase{"multi-valued variant", " values x y multi", " values x y"}
		case u.want("disjoint sets", 15):
			values = phrase{"disjoint sets", " sets x y,z", " values x y z multi"}
		case u.want("any value", 15):
			values = phrase{"any value", " any", " values x w"}
		}
		u.say(n, part("", "variant v default x"), values, sticky(), conditional())
		if values.kind == "any value" {
			u.say(n, part("", "conflicts @99 when v=y")) // so that y is known wherever n is
		}
	}
	if has("cuda_arch=70") {
		on := phrase{}
		if has("+cuda") && u.chance(50) {
			on = part("conditional variant", " when +cuda")
		}
		u.say(n, part("GPU variant", "variant cuda_arch default none sets none 70,80"), sticky(), on)
	}
}

// types are those of a dependency, mostly the usual ones.
func (u *universe) types() phrase {
	switch {
	case u.want("test dependency", 4):
		return part("", " types test")
	case u.want("dependency types", 30):
		return part("dependency types", u.one(" types build", " types run", " types link", " types build,link,run"))
	}
	return phrase{}
}

func (u *universe) drawDependencies(i int, n string) {
	for k := range 1 + u.Intn(2) {
		// Mostly to later packages, so that there are answers; sometimes anywhere, so that there are circles.
		to := ""
		switch {
		case i+1 < len(u.names) && u.chance([]int{85, 60}[k]):
			to = u.names[i+1+u.Intn(len(u.names)-i-1)]
		case u.chance(8):
			to = u.other(n)
		default:
			continue
		}
		constraint := phrase{}
		if u.chance(25) {
			constraint = part("constraint of a dependency", u.after(to))
		}
		if u.want("extension", 3) {
			u.say(n, phrase{"extension", "extends " + to, "depends " + to}, constraint, part("", " types build,run"), u.when(n, 35))
			continue
		}
		u.say(n, part("dependency", "depends "+to), constraint, u.types(), u.when(n, 35))
	}
	if u.want("compiler of a language", 25) {
		u.say(n, part("compiler of a language", "depends "+u.one("c", "c", "c", "cxx")+" types build"), u.when(n, 20))
		if u.chance(15) {
			u.say(n, part("compiler of a language", "depends c types "+u.one("run", "build,run")), u.when(n, 60))
		}
	}
	if u.chance(4) { // by name, which is no question of languages
		u.say(n, part("dependency", "depends cc"), part("constraint of a dependency", u.one("", "", "@1", "@2")), u.types(), u.when(n, 35))
	}
	if u.provides[n] && u.chance(90) {
		return
	}
	asksVersion := u.want("version of a virtual", 20)
	if u.chance(20) || asksVersion && u.chance(40) {
		version := phrase{}
		if asksVersion {
			version = part("version of a virtual", u.one("@1", "@2:"))
		}
		u.say(n, part("dependency on a virtual", "depends "+u.one("virt", "virt", "wirt")), version, u.types(), u.when(n, 35))
	}
	if slices.Contains(u.themes, "provided together") && u.chance(50) {
		u.say(n, part("dependency on a virtual", "depends virt"))
		u.say(n, part("dependency on a virtual", "depends wirt"))
	}
}

func (u *universe) drawRules(n string) {
	if u.chance(6) {
		u.say(n, part("build tool", "tag build-tools"))
	}
	if u.chance(8) {
		if u.chance(60) {
			u.say(n, part("conflict", "conflicts "+u.own(n)), u.when(n, 75))
		} else {
			u.say(n, part("conflict with a package", "conflicts "+u.one("^", "^", "")+u.other(n)+u.one("", "@2")), u.when(n, 60))
		}
	}
	for _, policy := range []string{"requirement", "requirement: one of", "requirement: any of"} {
		if !u.want(policy, 1) {
			continue
		}
		list := u.own(n)
		if policy != "requirement" || u.chance(25) {
			list += ", " + u.one(u.own(n), "^"+u.other(n))
		}
		u.say(n, part(policy, "requires "+map[string]string{"requirement: one of": "one ", "requirement: any of": "any "}[policy]+list), u.when(n, 50))
	}
	if u.want("licence", 5) {
		u.say(n, part("", "license "+u.one("MIT", "GPL-3.0-only")), u.when(n, 40))
	}
}
