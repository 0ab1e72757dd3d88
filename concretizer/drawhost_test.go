package concretizer

import (
	"regexp"
	"slices"
	"strings"
)

// hostThemes are about what berth knows of real compilers and systems. In their universes the compiler cc is GCC: what it compiles links to its runtime
// libraries and to the C library of the host, and its versions 4.5 and 12 know other targets.
var hostThemes = []string{"C library", "compiler runtime", "target of a compiler"}

func (u *universe) isGCC() bool {
	return slices.ContainsFunc(hostThemes, func(kind string) bool { return slices.Contains(u.themes, kind) })
}

// compiler is the name of the compiler that the host has.
func (u *universe) compiler() string {
	if u.isGCC() {
		return "gcc"
	}
	return "cc"
}

// becomeGCC turns the compiler cc into GCC, wherever somebody speaks of it, and gives the host what stands beside that.
func (u *universe) becomeGCC() {
	for _, lines := range [][]line{u.recipes, u.config, u.roots} {
		for i := range lines {
			l := &lines[i]
			for k := range l.parts {
				p := &l.parts[k]
				p.text, p.instead = asGCC(p.text), asGCC(p.instead)
				if l.of == "cc" && (strings.HasPrefix(p.text, "versions ") || strings.HasPrefix(p.text, " when ")) {
					p.text = versionsOfGCC(p.text)
				}
			}
			if l.of == "cc" {
				l.of = "gcc"
			}
		}
	}
	if slices.Contains(u.themes, "compiler runtime") || u.chance(60) {
		u.say("gcc-runtime", part("compiler runtime", "tag runtime"))
	}
	if slices.Contains(u.themes, "C library") || u.chance(60) {
		u.say("glibc", part("", "versions 2.40 2.36 2.31"))
		u.say("glibc", part("", "provides libc"))
		u.configure("glibc", part("C library", "external glibc@="+u.one("2.36", "2.40")+" prefix /usr"))
	}
}

var ofCC = regexp.MustCompile(`\bcc\b(@=?[012:]+)?`)

// asGCC says of GCC what a text says of cc: its version 1 is 4.5, 2 is 12.
func asGCC(text string) string {
	return ofCC.ReplaceAllStringFunc(text, func(s string) string { return "g" + versionsOfGCC(s) })
}

func versionsOfGCC(text string) string {
	return strings.NewReplacer("1", "4.5", "2", "12", "0", "4.1").Replace(text)
}

// otherHost is the configuration of a machine like this one, but for its compiler and its C library.
func (u *universe) otherHost() string {
	if !u.isGCC() {
		return "cc: external cc@=1 prefix /usr"
	}
	return "gcc: external gcc@=" + u.one("4.5", "12") + " prefix " + u.one("/usr", "/usr", "/usr/one") + "\nglibc: external glibc@=" + u.one("2.31", "2.36", "2.40") + " prefix /usr"
}

// libcStage makes something hang on which C library the host has.
func (u *universe) libcStage() {
	k, m := u.names[0], u.last()
	u.say(k, part("compiler of a language", "depends c types build"))
	switch u.Intn(6) {
	case 0:
		u.say(k, part("dependency", "depends "+m), part("C library", " when ^"+u.one("glibc@2.38:", "glibc@:2.38", "glibc", "libc")))
	case 1:
		u.configure("glibc", part("C library", "external glibc@=2.40 prefix /opt/libc"))
		u.ask(part("C library", " ^glibc@"+u.one("2.36", "2.40", ":2.38")))
	case 2:
		u.need(k, m, "")
		u.say(m, part("", "variant w default true"))
		u.say(m, part("C library", "conflicts +w when ^glibc@"+u.one(":2.38", "2.38:")))
	case 3:
		u.say(m, part("C library", "depends "+u.one("libc", "glibc", "glibc@2.38:", "glibc@:2.38")+u.one("", " types link", " types build")))
		u.need(k, m, "")
	case 4:
		u.say("musl", part("", "versions 1"))
		u.say("musl", part("C library", "provides libc"))
		u.configure("musl", part("C library", "external musl@=1 prefix /opt/musl"))
		u.ask(part("C library", u.one("", " ^musl", " ^[virtuals=libc] musl")))
	case 5:
		u.say(k, part("", "variant w default true"))
		u.say(k, part("C library", u.one("requires ^glibc@2.38:", "requires %glibc@2.38:", "requires ^libc")), part("condition", " when +w"))
	}
}

// runtimeStage makes something hang on which runtime libraries an answer has.
func (u *universe) runtimeStage() {
	k, m := u.names[0], u.last()
	u.compiled()
	old, recent := "gcc-runtime@"+u.one("4.5", ":5", "4.5"), "gcc-runtime@"+u.one("12", "10:")
	switch u.Intn(6) {
	case 0:
		u.say(k, part("dependency", "depends "+u.second()), part("compiler runtime", " when ^"+u.one(old, recent)))
	case 1:
		u.ask(part("compiler runtime", " ^"+u.one(old, old, recent)))
	case 2:
		u.say(m, part("compiler runtime", "depends "+u.one(old, old, recent, "gcc-runtime")))
	case 3:
		u.say(m, part("", "variant w default true"))
		u.say(m, part("compiler runtime", "conflicts +w when "+u.one("^", "%")+u.one(old, recent)))
	case 4:
		u.ask(part("request %", " %cc@1"))
		u.say(m, part("compiler runtime", "requires "+u.one("^", "%")+u.one(old, recent)))
	case 5:
		u.say(k, part("dependency", "depends cc"), part("", u.one(" types run", " types build")))
		u.say(m, part("compiler runtime", "depends "+u.one(old, old, recent)))
	}
}

// preferTargets makes configuration prefer a target.
func (u *universe) preferTargets() {
	u.need(u.names[0], u.last(), "")
	u.configure(u.one(u.names[0], u.last(), "all"), part("configured targets", "targets "+u.one("x86_64", "x86_64", "x86_64_v4 x86_64")))
}

// targetStage leaves the host with a compiler that does not know the best target.
func (u *universe) targetStage() {
	k, m := u.names[0], u.last()
	u.say(k, part("compiler of a language", "depends c types build"))
	u.say(m, part("compiler of a language", "depends c types build"))
	u.need(k, m, "")
	old := phrase{"target of a compiler", "external cc@=1 prefix /usr/one", "external cc@=2 prefix /usr/one"}
	for i := range u.config {
		if l := &u.config[i]; l.of == "cc" && strings.HasPrefix(l.text(nil), "external") {
			l.parts = []phrase{old}
		}
	}
	u.configure("cc", old)
	u.configure("cc", part("", "not-buildable"))
	u.ask(part("request for a target", u.one("", "", "", " target=x86_64", " target=x86_64_v2", " target=:x86_64_v2")))
}
