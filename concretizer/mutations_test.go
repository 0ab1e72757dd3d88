package concretizer

import (
	"context"
	"flag"
	"math/rand"
	"slices"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
	"github.com/berth-hpc/berth/test/corpus"
)

var mutants = flag.Int("mutants", 1000, "how many answers to change in one thing each; none may pass the checker")

func (d *draft) context() context.Context { return context.Background() }

// TestCheckerRefusesMutants changes one thing of each of many answers, of random universes and of the corpus: the checker refuses all of them. Where it
// does not, the changed answer must be another one that is as good, which is then for the encoding to say, of which the checker knows nothing.
func TestCheckerRefusesMutants(t *testing.T) {
	kinds := sortedKeys(mutations)
	refused, twins := map[string]int{}, map[string]int{}
	done := 0
	try := func(r *rand.Rand, kind, what string, req *Request, s *Solution) {
		m, ok := mutate(t, r, kind, req, s)
		if !ok {
			return
		}
		done++
		switch {
		case verify(context.Background(), req, m) != nil:
			refused[kind]++
		case isOptimum(t, req, m):
			twins[kind]++
			t.Logf("%s: %s: another answer, as good", what, kind)
		default:
			t.Errorf("%s: %s: the checker accepts\n%s\ninstead of\n%s", what, kind, describe(m), describe(s))
		}
	}
	for i, text := range []string{"zlib", "hdf5", "cmake", "openmpi"} {
		req := corpusRequest(t, text)
		s, err := Concretize(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		for k, kind := range kinds {
			try(rand.New(rand.NewSource(int64(100*i+k))), kind, text, &req, s)
		}
	}
	for i := int64(0); done < *mutants; i++ {
		u := drawUniverse(t, 1_000_000+i)
		req, _ := u.request(t, nil)
		s, err := concretizeSoon(req, Together)
		if err != nil {
			continue
		}
		for k := range 3 {
			try(u.Rand, kinds[(3*int(i)+k)%len(kinds)], u.String(), &req, s)
		}
	}
	for _, kind := range kinds {
		t.Logf("%4d refused, %d as good: %s", refused[kind], twins[kind], kind)
		if refused[kind] == 0 {
			t.Errorf("no answer was changed in: %s", kind)
		}
	}
}

// corpusRequest is a request to the corpus, on its host.
func corpusRequest(t testing.TB, specs ...string) Request {
	t.Helper()
	repo, err := corpus.Open()
	if err != nil {
		t.Fatal(err)
	}
	config, err := corpus.Config()
	if err != nil {
		t.Fatal(err)
	}
	r := Request{Repo: repo, Config: config, Platform: "linux", OS: "debian12", Target: target("zen3")}
	for _, text := range specs {
		r.Roots = append(r.Roots, Root{Spec: spec.MustParse(text), Place: packages.Place{File: "env.yaml", Line: 2}})
	}
	return r
}

// inForce lists the nodes that are part of the answer: what something that exists was built with, or on, is not.
func (s *Solution) inForce() []*dag.Node {
	var out []*dag.Node
	seen := map[string]bool{}
	var visit func(n *dag.Node)
	visit = func(n *dag.Node) {
		if seen[n.Hash()] {
			return
		}
		seen[n.Hash()] = true
		out = append(out, n)
		for _, e := range n.Edges() {
			if !s.Reused[n.Hash()] || e.Types&(spec.Link|spec.Run) != 0 && !isHistory(&e) {
				visit(e.To)
			}
		}
	}
	for _, n := range s.Roots {
		visit(n)
	}
	return out
}

// isOptimum asks the encoding, once the optimum is proved, whether the answer is one of its models.
func isOptimum(t *testing.T, req *Request, s *Solution) bool {
	t.Helper()
	e := newEncoder(context.Background(), req, nil)
	if err := e.addRequest(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.opt.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	assume := e.Frontier()
	present := map[string]bool{}
	for _, n := range s.inForce() {
		present[n.Name()] = true
		var ways []sat.Lit
		for slot := range maxSlots {
			if en := e.nodes[nodeKey{n.Name(), slot}]; en != nil && en.expanded {
				ways = append(ways, e.isNode(en, n, s.Reused[n.Hash()]))
			}
		}
		assume = append(assume, e.sat.Or(ways...))
	}
	for _, en := range e.order {
		if !present[en.name] {
			assume = append(assume, en.lit.Not())
		}
	}
	ok, err := e.sat.Solve(context.Background(), assume)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// hasFlags is the literal that an encoded node is compiled with just these flags.
func (e *encoder) hasFlags(en *node, flags []spec.Flag) sat.Lit {
	var all []sat.Lit
	for _, f := range flags {
		for _, word := range f.Words {
			if _, ok := en.flags[flagKey{f.Type, word}]; !ok {
				return sat.False
			}
		}
	}
	for _, key := range en.flagList {
		lit := en.flags[key]
		if !hasFlag(flags, key) {
			lit = lit.Not()
		}
		all = append(all, lit)
	}
	return e.sat.And(all...)
}

// isNode is the literal that an encoded node is a concrete one: its origin, version, variants, target, and who provides what to it.
func (e *encoder) isNode(en *node, n *dag.Node, reused bool) sat.Lit {
	a := n.Attrs()
	if a.Platform != e.req.Platform || a.OS != e.req.OS || a.Namespace != en.recipe.Namespace {
		return sat.False
	}
	all := []sat.Lit{en.lit, e.hasFlags(en, a.Flags)}
	origin := sat.False
	switch {
	case reused || n.External() != nil:
		for _, a := range en.alts {
			if reused && a.node != nil && a.node.Hash() == n.Hash() || n.External() != nil && a.external != nil && a.external.Prefix == n.External().Prefix && a.target == n.Attrs().Target {
				origin = e.sat.Or(origin, a.lit)
			}
		}
	default:
		origin = en.built
	}
	version := sat.False
	for _, c := range en.versions {
		if c.version == n.Version() {
			version = c.lit
		}
	}
	all = append(all, origin, version)
	for _, v := range n.Attrs().Variants {
		ev := en.variants[v.Name]
		if ev == nil {
			return sat.False
		}
		all = append(all, ev.exists)
		for _, x := range v.Values {
			lit, ok := ev.lits[x]
			if !ok {
				return sat.False
			}
			all = append(all, lit)
		}
		for _, x := range ev.values {
			if !slices.Contains(v.Values, x) {
				all = append(all, ev.lits[x].Not())
			}
		}
	}
	if lit, ok := en.target.lits[n.Attrs().Target]; ok && n.External() == nil && !reused {
		all = append(all, lit)
	}
	for _, edge := range n.Edges() {
		for _, v := range edge.Virtuals {
			if reused || n.External() != nil {
				continue
			}
			if isLanguage(v) {
				var picks []sat.Lit
				for slot := range maxSlots {
					if l := en.langs[v]; l != nil {
						if lit, ok := l.picks[nodeKey{edge.To.Name(), slot}]; ok {
							picks = append(picks, lit)
						}
					}
				}
				all = append(all, e.sat.Or(picks...))
			} else if virtual := e.virtuals[v]; virtual != nil {
				all = append(all, virtual.lits[edge.To.Name()])
			}
		}
	}
	return e.sat.And(all...)
}
