package concretizer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
	"github.com/berth-hpc/berth/concretizer/internal/opt"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// phrase is one thing that a universe says: a directive, or a part of one. Its kind is what is counted; "" is not. Where it is left out, it says
// something else instead, mostly nothing.
type phrase struct{ kind, text, instead string }

// line is what is said of one package, of a root or of the request: parts that are read together. The first carries the line; what follows it can
// be left out by itself.
type line struct {
	of     string
	parts  []phrase
	staged bool // for a theme
}

// universe is a small repository, configuration and request, drawn at random. Every kind of directive is rare by itself: each universe has themes, which
// are drawn often in it, so that every kind meets every other, and decides something often enough.
type universe struct {
	*rand.Rand
	themes   []string
	names    []string
	versions map[string][]string
	git      map[string]bool     // it has a repository
	provides map[string]bool     // it provides a virtual
	values   map[string][]string // what can be said of each package's variants: "+cuda", "v=x"
	recipes  []line
	config   []line
	roots    []line
	settings []line // of: GPUs, tests, reuse, unify
	target   string
	store    store
	leaves   int // packages that only stages speak of
	shrunk   int // how often it was made smaller
}

// themes are the kinds that rarely come up, or rarely decide anything, unless they are drawn on purpose: what decides less often even so stands here more often.
var themes = slices.Concat(
	slices.Repeat([]string{
		"C library", "GPU variant", "compiler of a language", "compiler runtime", "condition on %", "condition on ^", "condition on a target",
		"conditional variant", "conflict", "dependency of an external", "dependency types", "deprecated version", "external", "git version",
		"preferred version", "provided together", "request %", "request ^", "reuse", "several roots", "unify: true",
	}, 1),
	slices.Repeat([]string{
		"any value", "build tool", "conditional version", "configured condition", "configured conflict", "configured for all", "configured require",
		"configured require: any of", "configured variants", "development version", "multi-valued variant", "unify: false", "virtual not buildable",
	}, 2),
	slices.Repeat([]string{
		"configured prefer", "configured providers", "configured require: one of", "conflict with a package", "disjoint sets", "licence", "pre-release",
		"propagated flag", "propagated switch", "propagated value", "request for a target", "required propagation", "requirement", "requirement: one of",
		"second definition", "test dependency",
	}, 3),
	slices.Repeat([]string{
		"conditional value", "configured targets", "configured versions", "configured virtual", "not buildable", "requirement: any of", "sticky variant",
		"target of a compiler", "version of a virtual", "wish",
	}, 4),
	slices.Repeat([]string{
		"GPUs of the environment", "extension", "request ^[deptypes]", "unify: when_possible",
	}, 5),
)

// drawUniverse draws the universe of a seed. Of what is drawn at random more than half has no answer, and then nobody can see what a directive would do to
// it: half of these are drawn anew.
func drawUniverse(t *testing.T, seed int64) *universe {
	for redraw := int64(0); ; redraw++ {
		u := drawOnce(t, seed+redraw<<40)
		if u.Intn(100) >= 50 {
			return u
		}
		req, _ := u.request(t, nil)
		var none *opt.Unsatisfiable
		if _, err := search(context.Background(), &req); !errors.As(err, &none) {
			return u
		}
	}
}

func drawOnce(t *testing.T, seed int64) *universe {
	u := &universe{Rand: rand.New(rand.NewSource(seed)), versions: map[string][]string{}, git: map[string]bool{}, provides: map[string]bool{}, values: map[string][]string{}}
	for range 3 {
		u.themes = append(u.themes, u.one(themes...))
	}
	for i, given := range strings.FieldsFunc(*about, func(r rune) bool { return r == ',' }) {
		u.themes[i] = given
	}
	u.drawRepo()
	u.drawConfig()
	u.drawRoots()
	for i, theme := range u.themes {
		if stage := stages[theme]; stage != nil && u.chance(85) {
			u.set(stage, fmt.Sprint("w", i))
		}
	}
	if u.isGCC() {
		u.becomeGCC()
	}
	u.order()
	u.drawSettings(t)
	return u
}

// order puts what is said of one package together, where a later stage added to it, and drops from roots what contradicts itself.
func (u *universe) order() {
	for i := range u.roots {
		if _, err := spec.Parse(u.roots[i].text(nil)); err != nil {
			u.roots[i].parts = u.roots[i].parts[:1]
		}
	}
	slices.SortStableFunc(u.recipes, func(a, b line) int { return cmp.Compare(a.of, b.of) })
	slices.SortStableFunc(u.config, func(a, b line) int { return cmp.Compare(a.of, b.of) })
}

func (u *universe) one(list ...string) string { return list[u.Intn(len(list))] }

func (u *universe) chance(percent int) bool { return u.Intn(100) < percent }

// want tells whether something of a kind is drawn: often where it is a theme.
func (u *universe) want(kind string, percent int) bool {
	return u.chance(percent) || slices.Contains(u.themes, kind) && u.chance(25)
}

func (u *universe) aboutTargets() bool {
	return slices.ContainsFunc([]string{"request for a target", "condition on a target", "configured targets", "target of a compiler"}, func(kind string) bool { return slices.Contains(u.themes, kind) })
}

// drawSettings draws what is neither recipe, configuration nor spec.
func (u *universe) drawSettings(t *testing.T) {
	u.target = u.one("x86_64", "x86_64", "x86_64", "x86_64", "x86_64_v2")
	if u.aboutTargets() {
		u.target = u.one("x86_64_v2", "x86_64_v2", "x86_64_v3")
	}
	if !u.hasSetting("GPUs") && u.want("GPUs of the environment", 15) {
		u.settings = append(u.settings, line{of: "GPUs", parts: []phrase{{kind: "GPUs of the environment", text: u.one("70", "80", "90", "70,80", "80,90")}}})
	}
	if len(u.settings) == 0 && u.want("test dependency", 8) {
		u.settings = append(u.settings, line{of: "tests", parts: []phrase{{kind: "test dependency", text: u.one("*", u.names[0])}}})
	}
	if len(u.roots) > 1 && !u.hasSetting("unify") {
		u.unified(Unify(u.one(string(Together), string(Together), string(Together), string(Together), string(Separately), string(WhenPossible))))
	}
	if u.want("reuse", 30) {
		u.settings = append(u.settings, line{of: "reuse", parts: []phrase{{kind: "reuse"}}})
		u.fillStore(t)
	}
}

// fillStore fills a store with the answers to requests like the one at hand: on a machine like this one, or on one with another compiler.
func (u *universe) fillStore(t *testing.T) {
	req, _ := u.request(t, nil)
	req.Reuse, u.store = nil, store{}
	if u.chance(25) {
		req.Config = mini.Config(u.otherHost())
	}
	if u.chance(25) { // by recipes that have changed since
		req.Repo = mini.Parse(text(append(slices.Clone(u.recipes), u.former()...), nil))
	}
	for range 1 + u.Intn(2) {
		if u.chance(50) {
			req.Roots = []Root{{Spec: spec.MustParse(u.one(u.names...) + u.one("", "@1", "@1", "@2"))}}
		}
		s, err := Concretize(context.Background(), req)
		if err != nil {
			continue
		}
		for _, n := range dag.Topological(s.Roots...) {
			known := slices.ContainsFunc(u.store[n.Name()], func(o *dag.Node) bool { return o.Hash() == n.Hash() })
			if n.External() == nil && !known {
				u.store[n.Name()] = append(u.store[n.Name()], n)
			}
		}
	}
}

// former is what a recipe said in other days.
func (u *universe) former() []line {
	n := u.one(u.names...)
	return []line{{of: n, parts: []phrase{{text: u.one("versions 7", "variant former default true", "variant cuda default true", "variant v default z values x z", "depends "+u.other(n))}}}}
}

func (u *universe) hasSetting(of string) bool {
	return slices.ContainsFunc(u.settings, func(l line) bool { return l.of == of })
}

// unified says what several roots have to do with each other.
func (u *universe) unified(mode Unify) {
	u.settings = append(u.settings, line{of: "unify", parts: []phrase{{kind: "unify: " + string(mode), text: string(mode)}}})
}

// unify is what several roots have to do with each other. Where that they are one answer is left out, each is an answer of its own, and the other way round.
func (u *universe) unify(without *phrase) Unify {
	for i := range u.settings {
		switch l := &u.settings[i]; {
		case l.of != "unify":
		case &l.parts[0] != without:
			return Unify(l.parts[0].text)
		case l.parts[0].text == string(Together):
			return Separately
		}
	}
	return Together
}

// store is what exists already.
type store map[string][]*dag.Node

// Candidates implements Reusable.
func (s store) Candidates(name string) []*dag.Node { return s[name] }

// parts lists what is said and counted.
func (u *universe) parts() []*phrase {
	var out []*phrase
	for _, list := range [][]line{u.recipes, u.config, u.roots, u.settings} {
		for i := range list {
			for k := range list[i].parts {
				if p := &list[i].parts[k]; p.kind != "" {
					out = append(out, p)
				}
			}
		}
	}
	return out
}

// text joins what is said of each package, one package a line. What without points to is left out: a line, if it is the first part of one.
func text(lines []line, without *phrase) string {
	said := map[string][]string{}
	var order []string
	for i := range lines {
		l := &lines[i]
		if _, ok := said[l.of]; !ok {
			order = append(order, l.of)
			said[l.of] = nil
		}
		if s := l.text(without); s != "" {
			said[l.of] = append(said[l.of], s)
		}
	}
	var b strings.Builder
	for _, name := range order {
		if len(said[name]) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(said[name], "; "))
	}
	return b.String()
}

func (l *line) text(without *phrase) string {
	if len(l.parts) == 0 || &l.parts[0] == without && without.instead == "" {
		return ""
	}
	s := ""
	for i := range l.parts {
		if &l.parts[i] == without {
			s += l.parts[i].instead
		} else {
			s += l.parts[i].text
		}
	}
	return strings.TrimSpace(s)
}

// request makes the request, without one thing that is said (nil: with all of them); ok is false if there is none then.
func (u *universe) request(t *testing.T, without *phrase) (r Request, ok bool) {
	config := text(u.config, without)
	r = Request{Repo: mini.Parse(text(u.recipes, without)), Config: mini.Config(config), Platform: "linux", OS: "debian12", Target: target(u.target)}
	for i := range u.roots {
		l := &u.roots[i]
		s, err := spec.Parse(l.text(without))
		switch {
		case l.text(without) == "":
			continue
		case err != nil:
			return r, false
		}
		r.Roots = append(r.Roots, Root{Spec: s, Place: packages.Place{File: "env.yaml", Line: i + 2}})
	}
	for i := range u.settings {
		value := u.settings[i].parts[0].text
		switch l := &u.settings[i]; {
		case &l.parts[0] == without:
		case l.of == "GPUs":
			for _, one := range strings.Split(value, ",") {
				r.GPUs = append(r.GPUs, GPU{"cuda_arch", one})
			}
		case l.of == "tests":
			r.Tests = []string{value}
		case l.of == "reuse":
			r.Reuse = u.store
		}
	}
	return r, len(r.Roots) > 0
}

// String is the universe as a person reads it.
func (u *universe) String() string {
	var roots, settings []string
	for i := range u.roots {
		roots = append(roots, u.roots[i].text(nil))
	}
	for i := range u.settings {
		settings = append(settings, u.settings[i].of+" "+u.settings[i].parts[0].text)
	}
	exists := ""
	for _, name := range sortedKeys(u.store) {
		for _, n := range u.store[name] {
			exists += n.String() + "\n"
		}
	}
	return fmt.Sprintf("--- repository\n%s--- configuration\n%s--- what exists\n%s--- request for %s\n%s\n(%s)",
		text(u.recipes, nil), text(u.config, nil), exists, u.target, strings.Join(roots, "\n"), strings.Join(settings, ", "))
}
