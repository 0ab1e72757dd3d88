package concretizer

import (
	"slices"
	"strings"
)

// shrink makes a universe smaller that has too many ways for brute force, by what multiplies them: compilers that could be built, targets, and what has
// nothing to do with the themes, one dependency at a time. It reports whether there was anything left to do.
func (u *universe) shrink() bool {
	if u.shrunk++; u.shrunk > maxShrinks {
		return false
	}
	return u.buildNoCompilers() || u.dropTargets() || u.dropCompilers() || u.dropVariants() || u.dropDependency()
}

const maxShrinks = 8

func (u *universe) buildNoCompilers() bool {
	done := false
	for _, name := range []string{u.compiler(), "dd"} {
		says := func(what string) bool {
			return slices.ContainsFunc(u.config, func(l line) bool { return l.of == name && strings.HasPrefix(l.text(nil), what) })
		}
		if says("not-buildable") {
			continue
		}
		if !says("external") {
			u.configure(name, part("external", "external "+name+"@=1 prefix /usr"))
		}
		u.configure(name, part("", "not-buildable"))
		done = true
	}
	u.order()
	return done
}

// dropCompilers drops the compilers of the host that no theme has put there, where there are such; else the other one.
func (u *universe) dropCompilers() bool {
	external := func(l line) bool { return strings.HasPrefix(l.text(nil), "external") }
	staged := slices.ContainsFunc(u.config, func(l line) bool { return l.staged && l.of == u.compiler() && external(l) })
	before := len(u.config)
	u.config = slices.DeleteFunc(u.config, func(l line) bool {
		return !l.staged && external(l) && (l.of == "dd" || staged && l.of == u.compiler())
	})
	return len(u.config) < before
}

func (u *universe) dropTargets() bool {
	before := u.target
	u.target = "x86_64"
	if u.aboutTargets() {
		u.target = "x86_64_v2"
	}
	return before != u.target
}

// dropVariants drops the variants of one package that no theme is about.
func (u *universe) dropVariants() bool {
	drop := func(l line) bool {
		return !l.staged && strings.HasPrefix(l.text(nil), "variant ") && !slices.ContainsFunc(l.parts, func(p phrase) bool { return slices.Contains(u.themes, p.kind) })
	}
	for i := len(u.recipes) - 1; i >= 0; i-- {
		if of := u.recipes[i].of; drop(u.recipes[i]) {
			u.recipes = slices.DeleteFunc(u.recipes, func(l line) bool { return l.of == of && drop(l) })
			return true
		}
	}
	return false
}

// dropDependency drops the last dependency that no theme has put there, and with it what only it needed.
func (u *universe) dropDependency() bool {
	for i := len(u.recipes) - 1; i >= 0; i-- {
		if l := &u.recipes[i]; !l.staged && (strings.HasPrefix(l.parts[0].text, "depends ") || strings.HasPrefix(l.parts[0].text, "extends ")) {
			u.recipes = slices.Delete(u.recipes, i, i+1)
			return true
		}
	}
	return false
}
