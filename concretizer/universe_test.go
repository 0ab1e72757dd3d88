package concretizer

import (
	"context"
	"errors"
	"flag"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/concretizer/internal/opt"
	"github.com/berth-hpc/berth/spec/dag"
)

var (
	universes = flag.Int("universes", 100, "how many random universes to compare with the oracle")
	seed      = flag.Int64("seed", 1, "of the first random universe")
	budget    = flag.Int("budget", 600, "steps of the oracle for one universe, before it is too large and made smaller")
	about     = flag.String("about", "", "up to three kinds of directives that every universe is about: \"reuse,extension\"")
	deciding  = flag.Bool("deciding", false, "count how often each kind of directive decides the answer: slower")
)

// outcomes counts what became of the universes.
type outcomes struct {
	compared, unsat, refused, tooLarge, reusing, wrong int
	said, decides                                      map[string]int
}

// maxWrong is how many universes with another answer than brute force has are told before the comparison gives up.
const maxWrong = 10

// TestAgainstOracle compares verdict and cost with brute force on random universes.
func TestAgainstOracle(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(1000)) // it makes little that lasts, and much that does not
	o := outcomes{said: map[string]int{}, decides: map[string]int{}}
	for i := 0; i < *universes && o.wrong < maxWrong; i++ {
		compareUniverse(t, drawUniverse(t, *seed+int64(i)), *seed+int64(i), &o)
	}
	o.log(t)
}

// compareUniverse holds the answer for one universe against the oracle's; it makes the universe smaller if that has too much to do.
func compareUniverse(t *testing.T, u *universe, seed int64, count *outcomes) {
	req, _ := u.request(t, nil)
	fail := func(format string, args ...any) {
		t.Helper()
		count.wrong++
		t.Errorf("seed %d: "+format+"\n%s", append(append([]any{seed}, args...), u)...)
	}
	s, err := concretizeSoon(req, u.unify(nil))
	var conflict *Conflict
	switch {
	case errors.As(err, &conflict):
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, new(*BugError)):
		fail("%v", err)
		return
	case err != nil:
		count.refused++ // before the search
		return
	}
	o := bruteForce(t, &req, u.unify(nil), *budget)
	if o.tooLarge {
		if u.shrink() {
			compareUniverse(t, u, seed, count)
			return
		}
		count.tooLarge++
		return
	}
	count.compared++
	switch {
	case o.wrong != "":
		fail("%s", o.wrong)
		return
	case conflict != nil && o.costs != nil:
		fail("the search finds no answer: %v\nthe oracle finds one that costs %v", err, o.costs)
	case conflict != nil:
		count.unsat++
	case !slices.Equal(prices(s), o.costs):
		fail("costs %v, but the oracle has %v\n%s", prices(s), o.costs, describe(s))
	case !o.sameRoots(&req, s):
		fail("the parts of the answer are others than they should be\n%s", describe(s))
	case len(s.Reused) > 0:
		count.reusing++
	}
	for _, p := range u.parts() {
		count.said[p.kind]++
	}
	if *deciding {
		u.decided(t, s, count.decides)
	}
}

func concretizeSoon(req Request, unify Unify) (*Solution, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return ConcretizeAll(ctx, req, unify)
}

func prices(s *Solution) []int {
	var out []int
	if s == nil {
		return nil
	}
	for _, c := range s.Costs {
		out = append(out, c.Cost)
	}
	return out
}

// maxTried is how many directives of one kind are left out of a universe, one by one, until one is found that decides the answer.
const maxTried = 6

// enoughDecided is how often a kind of directive is seen to decide the answer before it is asked no more: twice as often as it must.
func enoughDecided() int { return max(10, *universes/50) }

// decided notes the kinds of which one directive decides the answer: without it, there is another one. s is the answer with all, nil if there is none.
func (u *universe) decided(t *testing.T, s *Solution, decides map[string]int) {
	done, tried := map[string]bool{}, map[string]int{}
	for _, p := range u.parts() {
		if tried[p.kind]++; done[p.kind] || tried[p.kind] > maxTried || decides[p.kind] > enoughDecided() {
			continue
		}
		req, ok := u.request(t, p)
		if !ok {
			continue
		}
		other, err := solveOnly(context.Background(), req, u.unify(p))
		var conflict *Conflict
		var none *opt.Unsatisfiable
		if err != nil && !errors.As(err, &conflict) && !errors.As(err, &none) {
			continue // refused: that something is needed to be spoken of is no decision
		}
		ignore := ""
		if rest, ok := strings.CutPrefix(p.text, "variant "); ok {
			ignore, _, _ = strings.Cut(rest, " ") // that a variant is there is no decision
		}
		changes := outline(s, ignore) != outline(other, ignore)
		switch p.kind {
		case "several roots":
			changes = decidesByRoots(s, other)
		case "target of a compiler":
			changes = targetsOf(s) != targetsOf(other)
		}
		if changes {
			done[p.kind] = true
			decides[p.kind]++
		}
	}
}

// targetsOf lists what each package is built for.
func targetsOf(s *Solution) string {
	if s == nil {
		return "none"
	}
	var out []string
	for _, n := range dag.Topological(s.Roots...) {
		if n.External() == nil {
			out = append(out, n.Name()+" "+n.Attrs().Target)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// decidesByRoots tells whether a further root changes more than that it is there: what the first root is.
func decidesByRoots(with, without *Solution) bool {
	if with == nil || without == nil {
		return with != without
	}
	return with.Roots[0].String() != without.Roots[0].String()
}

// outline is an answer in a form to compare, a variant apart.
func outline(s *Solution, ignore string) string {
	if s == nil {
		return "none"
	}
	var out []string
	for _, n := range dag.Topological(s.Roots...) {
		a := n.Attrs()
		line := a.Name + "@" + a.Version.String() + " " + a.Target
		for _, v := range a.Variants {
			if v.Name != ignore {
				line += " " + v.String()
			}
		}
		for _, f := range a.Flags {
			line += " " + f.String()
		}
		if x := n.External(); x != nil {
			line += " in " + x.Prefix
		}
		if s.Reused[n.Hash()] {
			line += " exists"
		}
		for _, e := range n.Edges() {
			line += " " + e.Types.String() + ":" + strings.Join(e.Virtuals, ",") + "=" + e.To.Name() + "@" + e.To.Version().String()
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// log tells what was counted, and fails where a share is too small for what the comparison is to prove.
func (o *outcomes) log(t *testing.T) {
	t.Logf("%d universes compared, %d without an answer, %d reuse, %d refused, %d too large for the oracle", o.compared, o.unsat, o.reusing, o.refused, o.tooLarge)
	for _, kind := range sortedKeys(o.said) {
		t.Logf("%6d in %6d decide: %s", o.decides[kind], o.said[kind], kind)
		// 200 of 20,000, less what chance may do to a small sample
		if least := o.compared / 100; *deciding && *about == "" && o.compared >= 1000 && o.decides[kind] < least {
			t.Errorf("%s decides only %d answers of %d; want %d", kind, o.decides[kind], o.compared, least)
		}
	}
	if o.compared >= 100 && *about == "" && o.unsat*10 < o.compared*3 {
		t.Errorf("only %d of %d universes have no answer; want 30 in 100", o.unsat, o.compared)
	}
}
