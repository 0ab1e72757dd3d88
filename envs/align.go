package envs

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// align makes a system prefer the versions of the first one, before those that it had itself. What the hosts have of their own does not count: an external is
// taken where it stands. What is kept of the system's old section is only what fits.
func (r *resolution) align(m *Manifest, old *Lock, update []string) {
	if old == nil || len(m.Systems) < 2 || m.Systems[0].Name == r.system.Name || old.Systems[m.Systems[0].Name] == nil {
		return
	}
	versions := map[string][]spec.Version{}
	r.first = dag.Topological(old.Systems[m.Systems[0].Name].RootNodes()...)
	for _, n := range r.first {
		if n.External() == nil && !slices.Contains(update, n.Name()) && !slices.Contains(versions[n.Name()], n.Version()) {
			versions[n.Name()] = append(versions[n.Name()], n.Version())
		}
	}
	r.wished = versions
	c := &r.request.Config
	c.Packages = maps.Clone(c.Packages)
	if c.Packages == nil {
		c.Packages = map[string]packages.PackageConfig{}
	}
	place := packages.Place{File: LockName}
	for name, list := range versions {
		section := c.Packages[name]
		var wished []packages.PlacedVersions
		for _, v := range list {
			wished = append(wished, packages.PlacedVersions{Versions: spec.Exactly(v), Place: place})
		}
		section.Versions = append(wished, section.Versions...)
		c.Packages[name] = section
	}
	if kept, ok := r.request.Reuse.(lockedNodes); ok {
		r.request.Reuse = kept.aligned(versions)
	}
}

// aligned leaves out nodes that have another version than wished, or link to or run one that does: they are resolved anew, which gives the
// same again where the wish cannot be met.
func (c lockedNodes) aligned(versions map[string][]spec.Version) lockedNodes {
	differs := func(n *dag.Node) bool {
		wished := versions[n.Name()]
		return n.External() == nil && len(wished) > 0 && !slices.Contains(wished, n.Version())
	}
	left := lockedNodes{}
	for name, nodes := range c {
		left[name] = slices.DeleteFunc(slices.Clone(nodes), func(n *dag.Node) bool {
			return differs(n) || slices.ContainsFunc(dag.LinkRunClosure(n), differs)
		})
	}
	return left
}

// maxAligned is how many packages that stayed apart are tried one by one, where they cannot all be brought along.
const maxAligned = 8

// solveAligned resolves, and once more where packages have other versions than the first system although they were preferred: a dependency gives up a
// version before a variant. The second answer is taken if it has the same packages, and differs in nothing but variants that are then the first system's.
func (r *resolution) solveAligned(ctx context.Context, unify concretizer.Unify) (*concretizer.Solution, error) {
	solution, err := solve(ctx, r.request, unify)
	if err != nil || len(r.wished) == 0 {
		return solution, err
	}
	apart := r.apart(solution)
	if len(apart) == 0 {
		return solution, nil
	}
	try := func(names ...string) (*concretizer.Solution, error) {
		request := r.request
		request.Config.Packages = maps.Clone(request.Config.Packages)
		for _, name := range names {
			section := request.Config.Packages[name]
			required := packages.ConfigRequirement{Policy: packages.AnyOf, Message: "the first system has it", Place: packages.Place{File: LockName}}
			for _, v := range r.wished[name] {
				required.Specs = append(required.Specs, &spec.Spec{Versions: spec.Exactly(v)})
			}
			section.Require = append(slices.Clone(section.Require), required)
			request.Config.Packages[name] = section
		}
		closer, err := solve(ctx, request, unify)
		var conflict *concretizer.Conflict
		if errors.As(err, &conflict) || err == nil && !r.follows(solution, closer) {
			return nil, nil
		}
		return closer, err
	}
	if closer, err := try(apart...); closer != nil || err != nil || len(apart) == 1 {
		return orElse(closer, solution), err
	}
	var best *concretizer.Solution
	var brought []string
	for _, name := range apart[:min(maxAligned, len(apart))] {
		closer, err := try(append(slices.Clone(brought), name)...)
		if err != nil {
			return nil, err
		}
		if closer != nil {
			best, brought = closer, append(brought, name)
		}
	}
	return orElse(best, solution), nil
}

func orElse(s, other *concretizer.Solution) *concretizer.Solution {
	if s != nil {
		return s
	}
	return other
}

// apart lists the packages that are to be built in other versions than the first system has them, sorted. What exists is taken as it is.
func (r *resolution) apart(s *concretizer.Solution) []string {
	var names []string
	for _, n := range dag.Topological(s.Roots...) {
		wished := r.wished[n.Name()]
		if n.External() == nil && !s.Reused[n.Hash()] && len(wished) > 0 && !slices.Contains(wished, n.Version()) {
			names = append(names, n.Name())
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// follows reports whether an answer has the packages of another, costs more than that at no level but those of variants, down to that of versions, and
// has no variant's value that neither the other one has nor the first system.
func (r *resolution) follows(was, is *concretizer.Solution) bool {
	if len(was.Costs) == 0 || len(was.Costs) != len(is.Costs) {
		return false
	}
	for i, c := range is.Costs {
		if c.Cost > was.Costs[i].Cost && c.Level != "root variants" && c.Level != "variants" {
			return false
		}
		if c.Level == "versions" {
			break
		}
	}
	nodes, before := dag.Topological(is.Roots...), dag.Topological(was.Roots...)
	for _, n := range before {
		if !slices.ContainsFunc(nodes, func(o *dag.Node) bool { return o.Name() == n.Name() }) {
			return false
		}
	}
	known := slices.Concat(before, r.first)
	for _, n := range nodes {
		for _, v := range n.Attrs().Variants {
			same := func(o *dag.Node) bool {
				has, ok := o.Variant(v.Name)
				return o.Name() == n.Name() && ok && slices.Equal(has.Values, v.Values)
			}
			if !slices.ContainsFunc(known, same) {
				return false
			}
		}
	}
	return true
}
