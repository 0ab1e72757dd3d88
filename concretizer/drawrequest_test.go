package concretizer

import (
	"slices"
	"strings"
)

func (u *universe) configure(name string, parts ...phrase) {
	u.config = append(u.config, line{of: name, parts: parts})
}

func (u *universe) drawConfig() {
	if u.chance(85) {
		u.configure("cc", part("external", "external cc@="+u.one("1", "2", "0")+" prefix /usr"))
		if u.chance(75) { // few are those who build compilers, and many the ways to do so
			u.configure("cc", part("", "not-buildable"))
			u.configure("dd", part("", "not-buildable"))
			u.configure("dd", part("external", "external dd@=1 prefix /usr"))
		}
	}
	for _, n := range u.names {
		u.drawExternals(n)
		for _, policy := range []string{"configured require", "configured require: one of", "configured require: any of"} {
			if u.want(policy, 1) {
				list := u.own(n)
				if policy != "configured require" {
					list += ", " + u.own(n)
				}
				word := map[string]string{"configured require: one of": "one ", "configured require: any of": "any "}[policy]
				u.configure(n, part(policy, "require "+word+list), u.configuredWhen(n))
			}
		}
		if u.want("configured prefer", 2) {
			u.configure(n, part("configured prefer", "prefer "+u.own(n)), u.configuredWhen(n))
		}
		if u.want("configured conflict", 2) {
			u.configure(n, part("configured conflict", "conflict "+u.own(n)), u.configuredWhen(n))
		}
		if u.want("configured versions", 2) {
			u.configure(n, part("configured versions", "versions "+u.one("1", "2", "develop", "1 2")))
		}
		if v := u.values[n]; len(v) > 0 && u.want("configured variants", 3) {
			u.configure(n, part("configured variants", "variants "+u.one(v...)))
		}
		if v := u.values[n]; len(v) > 0 && v[0] == "+cuda" && u.want("required propagation", 1) {
			u.configure(n, part("required propagation", "require "+u.one("++cuda", "~~cuda", "++cuda %%cc@1")))
		}
	}
	u.drawCommonConfig()
}

func (u *universe) configuredWhen(n string) phrase {
	if u.want("configured condition", 20) {
		return part("configured condition", " when "+u.own(n))
	}
	return phrase{}
}

// drawExternals gives the package what the host has of it, each in a prefix of its own.
func (u *universe) drawExternals(n string) {
	version := u.one("1", "2", "9")
	if n == u.names[0] && u.chance(70) {
		return // of a root that is not built nothing else decides
	}
	if u.want("dependency of an external", 2) {
		on := u.other(n)
		u.configure(n, part("", "external "+n+"@="+version+" prefix /opt/"+n), part("dependency of an external", " needs "+on))
		u.configure(on, part("external", "external "+on+"@=1 prefix /opt/below/"+n))
	}
	if u.want("external", 5) {
		u.configure(n, part("external", "external "+n+"@="+version+" prefix /opt"))
		if u.chance(30) {
			u.configure(n, part("external", "external "+n+"@=1.5 prefix /opt/b"))
		}
	}
	if u.want("not buildable", 2) {
		u.configure(n, part("not buildable", "not-buildable"))
		if u.chance(60) {
			u.configure(n, part("external", "external "+n+"@="+u.one("1", "2")+" prefix /opt/c"))
		}
	}
}

func (u *universe) drawCommonConfig() {
	if u.want("virtual not buildable", 3) {
		u.configure("virt", part("virtual not buildable", "not-buildable"))
	}
	if u.want("configured virtual", 5) {
		u.configure("virt", part("configured virtual", u.one("require ", "conflict ", "prefer ")+u.one(u.names...)))
	}
	if u.want("configured providers", 6) {
		u.configure(u.one("virt", "all"), part("configured providers", "providers "+u.one("virt", "virt", "wirt")+" "+u.one(u.names...)+" "+u.one(u.names...)))
	}
	if u.want("configured for all", 10) {
		u.configure("all", part("configured for all", u.one("prefer +cuda", "variants +cuda", "require ~cuda", "prefer %cc@1", "require %cc@1", "conflict @3")))
	}
	if u.want("licence", 3) {
		u.configure("licenses", part("licence", u.one("deny GPL-3.0-only", "deny MIT", "allow MIT")))
	}
}

func (u *universe) drawRoots() {
	count := 1
	if u.want("several roots", 40) {
		count = 2
	}
	for i := range count {
		name := u.names[0]
		if i > 0 || u.chance(12) {
			name = u.one(append([]string{"virt"}, u.names...)...)
		}
		kind := ""
		if i > 0 {
			kind = "several roots"
		}
		l := line{of: "", parts: []phrase{{kind: kind, text: name}}}
		if name != "virt" {
			l.parts = append(l.parts, u.ofRoot(name)...)
		}
		l.parts = append(l.parts, u.belowRoot(name)...)
		u.roots = append(u.roots, l)
	}
}

// ofRoot is what is asked of a root itself.
func (u *universe) ofRoot(name string) []phrase {
	var out []phrase
	switch {
	case u.git[name] && u.want("git version", 20):
		out = append(out, part("git version", u.one("@git.main=1", "@git.main=2", "@git.x", "@git.x,1")))
	case slices.Contains(u.versions[name], "develop") && u.chance(30):
		out = append(out, part("", "@develop"))
	case u.chance(22):
		c := u.after(name)
		kind := "version of a root"
		if !strings.HasPrefix(c, "@") {
			kind = "variant of a root"
		}
		out = append(out, part(kind, c))
	}
	if u.want("request for a target", 6) {
		out = append(out, part("request for a target", " target="+u.one("x86_64", "x86_64_v2", ":x86_64_v2")))
	}
	return append(out, u.propagated()...)
}

// needed is mostly a package that a root depends on.
func (u *universe) needed(root string) string {
	var list []string
	for _, l := range u.recipes {
		if name, ok := strings.CutPrefix(l.parts[0].text, "depends "); ok && l.of == root && slices.Contains(u.names, name) {
			list = append(list, name, name)
		}
	}
	return u.one(append(list, u.one(u.names...))...)
}

// belowRoot is what is asked of what a root depends on.
func (u *universe) belowRoot(root string) []phrase {
	var out []phrase
	if u.want("request %", 4) {
		out = append(out, part("request %", " %"+u.one("", "", "", "[when=@1] ", "[virtuals=c] ", "[deptypes=build] ", "[deptypes=build,link] ", "[deptypes=run] ")+u.one([]string{"cc", "cc", "cc@1", "cc@2", u.needed(root), u.needed(root)}...)))
	}
	if u.want("request ^", 7) || u.want("request ^[deptypes]", 2) {
		name := u.needed(root)
		types := ""
		if u.chance(20) {
			types = u.one("[virtuals=virt] ", "[virtuals=virt] ", "[when=@1] ", "[when=@2:] ", "[virtuals=virt,wirt] ")
		}
		kind := "request ^"
		if u.want("request ^[deptypes]", 5) {
			kind = "request ^[deptypes]"
			types = u.one("[deptypes=link] ", "[deptypes=build] ", "[deptypes=run] ", "[deptypes=build,link] ", "[deptypes=link,run] ")
		}
		out = append(out, part(kind, " ^"+types+name+u.one("", "@1", "@2", "@2:")))
		if u.chance(10) {
			out = append(out, u.propagated()...)
		}
	}
	return out
}

// propagated is what a request propagates, if anything.
func (u *universe) propagated() []phrase {
	var out []phrase
	has := func(value string) bool {
		return slices.ContainsFunc(u.names, func(n string) bool { return slices.Contains(u.values[n], value) })
	}
	if u.want("propagated switch", 2) && (has("+cuda") || u.chance(5)) {
		out = append(out, part("propagated switch", u.one(" ++cuda", " ~~cuda")))
	}
	if u.want("propagated value", 2) && (has("v=x") || u.chance(5)) {
		out = append(out, part("propagated value", " v=="+u.one("x", "y", "y", "x,y")))
	}
	if u.want("propagated flag", 2) {
		out = append(out, part("propagated flag", " "+u.one("cflags==-g", "cflags==-g cflags=-O2", "cflags==-O2")))
	}
	if u.want("wish", 2) {
		out = append(out, part("wish", " %%"+u.one("cc", "cc@1", "cc@1", "cc@2", "c=cc@1", "[when=@1] cc@1", "virt="+u.one(u.names...), u.one(u.names...)+"@1")))
	}
	return out
}
