package upstream

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// ReposNamespace is the namespace of what only upstreams know.
const ReposNamespace = "upstreams"

// Chain is what answers for the packages of upstreams: a store that was put on top of them.
type Chain interface {
	// Candidates lists the nodes of a package that can be used.
	Candidates(name string) []*dag.Node
	// Names lists the packages that there are.
	Names() []string
}

// Repo gives a recipe to packages that stand in an upstream and that no repository has: enough to choose among what stands there, and
// nothing to build by. It is meant to come last.
func Repo(c Chain) packages.Repo { return &repo{c} }

type repo struct{ chain Chain }

func (r *repo) Namespace() string { return ReposNamespace }
func (r *repo) Identity() string  { return ReposNamespace }
func (r *repo) Names() []string   { return r.chain.Names() }

// Virtuals lists those that well-known packages provide.
func (r *repo) Virtuals() []string {
	var names []string
	for _, list := range oldVirtuals {
		names = append(names, list...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Providers lists the well-known packages that provide a virtual, as far as an upstream has them.
func (r *repo) Providers(virtual string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(oldVirtuals)) {
		if slices.Contains(oldVirtuals[name], virtual) && len(r.chain.Candidates(name)) > 0 {
			names = append(names, name)
		}
	}
	return names
}

// Recipe declares the versions and variants that the package has where it stands.
func (r *repo) Recipe(_ context.Context, name string) (*packages.Recipe, error) {
	nodes := r.chain.Candidates(name)
	if len(nodes) == 0 {
		return nil, fmt.Errorf("%w %q", packages.ErrUnknownPackage, name)
	}
	recipe := &packages.Recipe{
		Name: name, Namespace: ReposNamespace, About: "stands in an upstream; no repository has a recipe for it",
		ExternalOnly: "no repository has a recipe for it, only an upstream has it",
	}
	variants := map[string]*packages.VariantDecl{}
	virtuals := map[string]bool{}
	for _, n := range nodes {
		a := n.Attrs()
		if !slices.ContainsFunc(recipe.Versions, func(d packages.VersionDecl) bool { return d.Version == a.Version }) {
			recipe.Versions = append(recipe.Versions, packages.VersionDecl{Version: a.Version})
		}
		for _, v := range a.Variants {
			addVariant(variants, v)
		}
		for _, v := range a.Provides {
			if s, err := spec.Parse(v); err == nil && !isLanguage(s.Name) && !virtuals[v] {
				virtuals[v] = true
				recipe.Provides = append(recipe.Provides, packages.Provision{Virtuals: []*spec.Spec{s}})
			}
		}
	}
	slices.SortFunc(recipe.Versions, func(a, b packages.VersionDecl) int { return b.Version.Compare(a.Version) })
	for _, name := range slices.Sorted(maps.Keys(variants)) {
		recipe.Variants = append(recipe.Variants, *variants[name])
	}
	return recipe, nil
}

// addVariant widens the definition of a variant by the values that a node has.
func addVariant(all map[string]*packages.VariantDecl, v spec.Variant) {
	d := all[v.Name]
	if d == nil {
		kind := packages.SingleVariant
		if v.IsBool() {
			kind = packages.BoolVariant
		}
		d = &packages.VariantDecl{Name: v.Name, Kind: kind, Default: slices.Clone(v.Values)}
		all[v.Name] = d
	}
	if len(v.Values) > 1 || d.Kind == packages.BoolVariant && !v.IsBool() {
		d.Kind = packages.MultiVariant
	}
	for _, value := range v.Values {
		if !slices.ContainsFunc(d.Values, func(x packages.VariantValue) bool { return x.Value == value }) {
			d.Values = append(d.Values, packages.VariantValue{Value: value})
		}
	}
}
