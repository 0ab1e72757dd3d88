package concretizer

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

var (
	universes = flag.Int("universes", 150, "how many random universes to compare with the oracle")
	seed      = flag.Int64("seed", 1, "of the first random universe")
	budget    = flag.Int("budget", 3000, "steps of the oracle for one universe, before it is skipped as too large")
)

// universe draws a small repository, configuration and request.
type universe struct {
	*rand.Rand
	names    []string
	variants map[string][]string // what can be said of each package's variants: "+cuda", "v=x"
	kinds    map[string]int      // how often each kind of directive was drawn
}

func (u *universe) one(list ...string) string { return list[u.Intn(len(list))] }

func (u *universe) chance(percent int) bool { return u.Intn(100) < percent }

// own is a constraint on a package without dependencies.
func (u *universe) own(name string) string {
	s := ""
	if u.chance(50) {
		s += u.one("@1", "@2", "@1:", "@2:", "@:1", "@1:2", "@=3")
	}
	if v := u.variants[name]; len(v) > 0 && (s == "" || u.chance(40)) {
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

// when is a condition, sometimes on the rest of the answer.
func (u *universe) when(name string, percent int) string {
	if !u.chance(percent) {
		return ""
	}
	switch u.Intn(10) {
	case 0:
		u.kinds["condition on ^"]++
		return " when ^" + u.other(name) + u.one("", "@1", "@2:")
	case 1:
		u.kinds["condition on %"]++
		return " when %" + u.one(u.names...) + u.one("", "@1", "@2:")
	case 2:
		u.kinds["condition on target"]++
		return " when target=" + u.one("x86_64_v2:", ":x86_64", "x86_64_v3")
	}
	return " when " + u.own(name)
}

func (u *universe) other(name string) string {
	for {
		if o := u.one(u.names...); o != name {
			return o
		}
	}
}

func (u *universe) repo() string {
	count := 3 + u.Intn(3)
	u.names = nil
	for i := range count {
		u.names = append(u.names, string(rune('k'+i)))
	}
	for _, n := range u.names {
		if u.chance(50) {
			u.variants[n] = []string{"+cuda", "~cuda"}
		}
		if u.chance(20) {
			u.variants[n] = append(u.variants[n], "v=x", "v=y")
		}
		if u.chance(20) {
			u.variants[n] = append(u.variants[n], "cuda_arch=70", "cuda_arch=none")
		}
	}
	var b strings.Builder
	for i, n := range u.names {
		fmt.Fprintf(&b, "%s: %s\n", n, strings.Join(u.pkg(i, n), "; "))
	}
	b.WriteString(u.one("cc: tag compiler; versions 2 1; provides c\n", "cc: versions 2 1; provides c; provides cxx when @2\n", "cc: versions 1; provides c cxx\ndd: versions 1; provides c; provides cxx\n"))
	return b.String()
}

func (u *universe) pkg(i int, n string) []string {
	var d []string
	add := func(kind, format string, args ...any) {
		u.kinds[kind]++
		d = append(d, fmt.Sprintf(format, args...))
	}
	add("versions", "versions %s", u.one("1", "2 1", "3 2 1", "2 1:preferred", "2:deprecated 1", "develop 1", "2-rc1 1"))
	if u.chance(20) {
		add("git repository", "git https://example.org/%s.git", n)
	}
	if u.chance(10) {
		add("conditional version", "versions 4%s", u.when(n, 100))
	}
	if len(u.variants[n]) > 0 && u.variants[n][0] == "+cuda" {
		add("bool variant", "variant cuda default %s%s%s", u.one("true", "false"), u.one("", "", "", " sticky"), u.when(n, 25))
		if u.chance(10) {
			add("second definition", "variant cuda default %s when %s", u.one("true", "false"), u.one("@1", "@2:"))
		}
	}
	if slices.Contains(u.variants[n], "v=x") {
		add("valued variant", "variant v default x%s%s", u.one(" values x y", " values x y?@2", " values x y multi", " sets x y,z", " any"), u.when(n, 15))
		if strings.Contains(d[len(d)-1], " any") {
			d = append(d, "conflicts @99 when v=y") // so that y is known wherever n is
		}
	}
	if slices.Contains(u.variants[n], "cuda_arch=70") {
		on := ""
		if slices.Contains(u.variants[n], "+cuda") {
			on = u.one("", " when +cuda")
		}
		add("GPU variant", "variant cuda_arch default none sets none 70,80%s%s", u.one("", " sticky"), on)
	}
	if u.chance(15) {
		add("build tool", "tag build-tools")
	}
	for range u.Intn(3) {
		// Mostly to later packages, so that there are answers; sometimes anywhere, so that there are circles.
		to := ""
		if i+1 < len(u.names) && u.chance(90) {
			to = u.names[i+1+u.Intn(len(u.names)-i-1)]
		} else if u.chance(25) {
			to = u.other(n)
		} else {
			continue
		}
		constraint := ""
		if u.chance(45) {
			constraint = u.own(to)
			if !strings.HasPrefix(constraint, "@") && !strings.HasPrefix(constraint, "+") && !strings.HasPrefix(constraint, "~") {
				constraint = " " + constraint
			}
		}
		add("dependency", "depends %s%s%s%s", to, constraint, u.one("", "", " types build", " types run", " types build,link", " types test"), u.when(n, 45))
	}
	if u.chance(35) {
		add("virtual dependency", "depends %s%s", u.one("virt", "virt", "virt@1", "virt@2:", "wirt"), u.when(n, 45))
	}
	if u.chance(25) {
		add("compiler", "depends %s types build%s", u.one("c", "c", "cxx"), u.when(n, 20))
	}
	if i > 0 && u.chance(50) {
		add("provider", "provides %s%s", u.one("virt", "virt@1", "virt@:2", "wirt", "virt wirt"), u.when(n, 25))
	}
	if u.chance(25) {
		add("conflict", "conflicts %s%s", u.one(u.own(n), "^"+u.other(n)+u.one("", "@2")), u.when(n, 75))
	}
	if u.chance(14) {
		add("requirement", "requires %s%s%s", u.one("", "one ", "any "), strings.Join([]string{u.own(n), u.one(u.own(n), "^"+u.other(n))}[:1+u.Intn(2)], ", "), u.when(n, 70))
	}
	return d
}

func (u *universe) config() string {
	var b strings.Builder
	line := func(name string, kind, format string, args ...any) {
		u.kinds["config "+kind]++
		fmt.Fprintf(&b, "%s: %s\n", name, fmt.Sprintf(format, args...))
	}
	if u.chance(85) {
		line("cc", "external", "external cc@=%s prefix /usr", u.one("1", "2", "0"))
	}
	names := slices.Clone(u.names)
	u.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, n := range names[:u.Intn(3)] {
		switch u.Intn(8) {
		case 7:
			if len(u.variants[n]) > 0 && u.variants[n][0] == "+a" {
				line(n, "require propagated", "require %s", u.one("++a", "~~a", "++a %%cc@1"))
			}
		case 0:
			line(n, "require", "require %s%s%s", u.one("", "any ", "one "), u.own(n), u.one("", " when @2"))
		case 1:
			line(n, "prefer", "prefer %s%s", u.own(n), u.one("", " when @1"))
		case 2:
			line(n, "conflict", "conflict %s", u.own(n))
		case 3:
			line(n, "not buildable", "not-buildable; external %s@=%s prefix /opt", n, u.one("1", "2", "9"))
		case 4:
			line(n, "external", "external %s@=%s prefix /opt%s", n, u.one("1", "2", "9"), u.one("", "; external "+n+"@=1.5 prefix /opt/b"))
		case 5:
			line(n, "versions", "versions 1")
		case 6:
			if len(u.variants[n]) > 0 {
				line(n, "variants", "variants %s", u.one(u.variants[n]...))
			}
		}
	}
	if u.chance(15) {
		line("virt", "virtual", "%s", u.one("not-buildable", "require "+u.one(u.names...), "providers virt "+u.one(u.names...)))
	}
	if u.chance(15) {
		line("all", "all", "%s", u.one("prefer +cuda", "variants +cuda", "require ~cuda", "prefer %cc@1", "providers virt "+u.one(u.names...)+" "+u.one(u.names...)))
	}
	return b.String()
}

func (u *universe) specs() string {
	var lines []string
	for range 1 + u.Intn(2) {
		s := u.names[0]
		if len(lines) > 0 || u.chance(15) {
			s = u.one(append([]string{"virt"}, u.names...)...)
		}
		if s != "virt" && u.chance(25) {
			c := u.own(s)
			if !strings.ContainsAny(c[:1], "@+~") {
				c = " " + c
			}
			s += c
		}
		if s != "virt" && !strings.Contains(s, "@") && u.chance(8) {
			u.kinds["git version"]++
			s += u.one("@git.main=1", "@git.main=2", "@git.x", "@git.x,1")
		}
		if s != "virt" && u.chance(15) {
			s += u.propagated()
		}
		switch u.Intn(12) {
		case 0, 1:
			u.kinds["request ^"]++
			o := u.names[u.Intn(len(u.names))]
			edge := ""
			if u.chance(15) {
				u.kinds["request ^[deptypes]"]++
				edge = u.one("[deptypes=link] ", "[deptypes=build] ", "[deptypes=run] ", "[deptypes=build,link] ", "[deptypes=link,run] ")
			}
			s += " ^" + edge + o + u.one("", "@1", "@2", "@2:")
			if u.chance(20) {
				s += u.propagated()
			}
		case 2:
			u.kinds["request %"]++
			s += " %" + u.one("", "", "", "[deptypes=build] ", "[deptypes=build,link] ", "[deptypes=run] ") + u.one(u.names...)
		case 3:
			u.kinds["request target"]++
			s += " target=" + u.one("x86_64", "x86_64_v2", ":x86_64_v2")
		}
		if _, err := spec.Parse(s); err != nil {
			s = u.names[0] // what is propagated contradicted the rest
		}
		lines = append(lines, s)
	}
	return strings.Join(lines, "\n")
}

// propagated is something that a request propagates.
func (u *universe) propagated() string {
	switch u.Intn(6) {
	case 0, 1:
		u.kinds["propagated bool variant"]++
		return u.one(" ++a", " ~~a")
	case 2:
		u.kinds["propagated valued variant"]++
		return " v==" + u.one("x", "y", "x,y")
	case 3:
		u.kinds["propagated flag"]++
		return " " + u.one("cflags==-g", "cflags==-g cflags=-O2", "cflags==-O2")
	}
	u.kinds["wish"]++
	return " %%" + u.one("cc", "cc@1", "cc@2", "c=cc@1", "dd", "[when=@1] cc@1", "virt="+u.one(u.names...), u.one(u.names...)+"@1")
}

// store is what exists already.
type store map[string][]*dag.Node

// Candidates implements Reusable.
func (s store) Candidates(name string) []*dag.Node { return s[name] }

// TestAgainstOracle compares verdict and cost with brute force on random universes.
func TestAgainstOracle(t *testing.T) {
	kinds := map[string]int{}
	compared, unsat, skipped, reusing := 0, 0, 0, 0
	for i := range *universes {
		u := &universe{Rand: rand.New(rand.NewSource(*seed + int64(i))), variants: map[string][]string{}, kinds: map[string]int{}}
		repoText, text := u.repo(), u.config()
		specs := u.specs()
		req := request(t, mini.Parse(repoText), text, specs)
		req.Target = target(u.one("x86_64", "x86_64", "x86_64_v3"))
		if u.chance(20) {
			u.kinds["GPU of the environment"]++
			req.GPUs = []GPU{{"cuda_arch", u.one("70", "80", "90")}}
		}
		if u.chance(10) {
			req.Tests = []string{u.names[0]}
		}
		if u.chance(45) {
			req.Reuse = u.reuse(t, req)
		}
		fail := func(format string, args ...any) {
			t.Helper()
			t.Fatalf("seed %d: %s\n--- repository\n%s--- configuration\n%s--- request for %s\n%s\n(tests %v, GPUs %v)", *seed+int64(i), fmt.Sprintf(format, args...), repoText, text, req.Target, specs, req.Tests, req.GPUs)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		s, err := Concretize(ctx, req)
		cancel()
		var conflict *Conflict
		switch {
		case errors.As(err, &conflict):
		case errors.Is(err, context.DeadlineExceeded), errors.As(err, new(*BugError)):
			fail("%v", err)
		case err != nil:
			continue // refused before the search
		}
		o := &oracle{t: t, req: &req, budget: *budget}
		o.run()
		if o.budget < 0 {
			skipped++
			continue
		}
		compared++
		for k, n := range u.kinds {
			kinds[k] += n
		}
		if conflict != nil {
			unsat++
			if o.best != nil {
				fail("the search finds no answer: %v\nthe oracle finds one that costs %v", err, o.best)
			}
			continue
		}
		if len(s.Reused) > 0 {
			reusing++
		}
		var got []int
		for _, c := range s.Costs {
			got = append(got, c.Cost)
		}
		if !slices.Equal(got, o.best) {
			fail("costs %v, but the oracle has %v\n%s", got, o.best, describe(s))
		}
	}
	t.Logf("%d universes compared, %d without an answer, %d reuse, %d too large for the oracle", compared, unsat, reusing, skipped)
	var names []string
	for k := range kinds {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, k := range names {
		t.Logf("%6d %s", kinds[k], k)
	}
}

// reuse fills a store with the answers to requests like the one at hand: on a machine like this one, or on one with another compiler.
func (u *universe) reuse(t *testing.T, req Request) Reusable {
	req.Reuse = nil
	if u.chance(30) {
		req.Config = mini.Config("cc: external cc@=1 prefix /usr")
	}
	st := store{}
	for range 1 + u.Intn(2) {
		req.Roots = []Root{{Spec: spec.MustParse(u.one(u.names...) + u.one("", "@1", "@1", "@2"))}}
		s, err := Concretize(context.Background(), req)
		if err != nil {
			continue
		}
		for _, n := range dag.Topological(s.Roots...) {
			known := slices.ContainsFunc(st[n.Name()], func(o *dag.Node) bool { return o.Hash() == n.Hash() })
			if n.External() == nil && !known {
				st[n.Name()] = append(st[n.Name()], n)
			}
		}
	}
	return st
}
