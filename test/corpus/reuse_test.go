package corpus

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/spec/dag"
)

// storeSize is how many packages a site's tree may hold.
const storeSize = 50_000

// site is a store of many packages: what answers to the requests build, again and again for other targets and from other recipes.
type site struct {
	byName map[string][]*dag.Node
	count  int
}

// Candidates implements concretizer.Reusable.
func (s *site) Candidates(name string) []*dag.Node { return s.byName[name] }

// openSite fills one with as many packages: half of them fit the machine and half are for machines that are newer.
func openSite(asked [][]string, size int) (*site, error) {
	s := &site{byName: map[string][]*dag.Node{}}
	var answers [][]*dag.Node
	for _, specs := range asked {
		r, err := makeRequest(specs...)
		if err != nil {
			return nil, err
		}
		solution, err := concretizer.Concretize(context.Background(), r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", specs, err)
		}
		answers = append(answers, dag.Topological(solution.Roots...))
	}
	seen := map[string]bool{}
	for round := 0; s.count < size; round++ {
		target := []string{"zen3", "zen4", "zen2", "zen5"}[round%4]
		for _, nodes := range answers {
			if err := s.add(nodes, target, round/4, seen); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// add copies an answer for a target; the recipes' digests are those of a round, so that each round's packages are others.
func (s *site) add(nodes []*dag.Node, target string, round int, seen map[string]bool) error {
	copies := map[string]*dag.Node{}
	for _, n := range nodes { // dependencies first
		a := n.Attrs()
		if a.External == nil {
			a.Target = target
			if round > 0 {
				a.PackageHash = fmt.Sprintf("%s%03d", a.PackageHash[3:], round)
			}
		}
		edges := slices.Clone(n.Edges())
		for i := range edges {
			edges[i].To = copies[edges[i].To.Hash()]
		}
		c, err := dag.New(a, edges)
		if err != nil {
			return err
		}
		copies[n.Hash()] = c
		if a.External == nil && !seen[c.Hash()] {
			seen[c.Hash()] = true
			s.byName[a.Name] = append(s.byName[a.Name], c)
			s.count++
		}
	}
	return nil
}

// TestReuse: a request that the store has an answer to builds nothing; one that it has in part builds only the rest.
func TestReuse(t *testing.T) {
	s, err := openSite([][]string{{"hdf5"}, {"petsc"}}, 3000)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		spec   string
		builds bool
	}{{"hdf5", false}, {"petsc", false}, {"hdf5@1.12", true}} {
		r := request(t, tc.spec)
		r.Reuse = s
		answer, err := concretizer.Concretize(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		root := answer.Roots[0]
		if answer.Reused[root.Hash()] == tc.builds {
			t.Errorf("%s: %s is reused: %t", tc.spec, root, answer.Reused[root.Hash()])
		}
		if len(answer.Reused) < 2 {
			t.Errorf("%s: only %d packages are reused", tc.spec, len(answer.Reused))
		}
		t.Logf("%s: %d of %d reused; %s; %+v", tc.spec, len(answer.Reused), len(dag.Topological(answer.Roots...)), costs(answer), answer.Stats)
	}
}

// BenchmarkReuse resolves without and with a store of 50,000 packages: what the store adds is the difference.
func BenchmarkReuse(b *testing.B) {
	s, err := openSite(requests, storeSize)
	if err != nil {
		b.Fatal(err)
	}
	for _, text := range []string{"zlib", "hdf5", "petsc", "hdf5@1.12", "trilinos"} {
		for _, reuse := range []concretizer.Reusable{nil, s} {
			b.Run(fmt.Sprintf("%s/store=%t", text, reuse != nil), func(b *testing.B) {
				r := request(b, text)
				r.Reuse = reuse
				for b.Loop() {
					if _, err := concretizer.Concretize(context.Background(), r); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
