package main

import (
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// infoJSON is a recipe as `berth info --json` shows it: what can be chosen, not how it is built.
type infoJSON struct {
	Name         string            `json:"name"`
	Namespace    string            `json:"namespace"`
	About        string            `json:"about"`
	Homepage     string            `json:"homepage"`
	Tags         []string          `json:"tags"`
	Place        string            `json:"place"` // "builtin/hypre.yaml:1"
	Licenses     []licenseJSON     `json:"licenses"`
	Buildable    bool              `json:"buildable"`
	NotBuildable string            `json:"not_buildable,omitempty"`
	Externals    []foundJSON       `json:"externals"`
	CannotBuild  []constraintJSON  `json:"cannot_build"`
	Versions     []versionJSON     `json:"versions"`
	Variants     []variantJSON     `json:"variants"`
	Dependencies []dependencyJSON  `json:"dependencies"`
	Provides     []provideJSON     `json:"provides"`
	Conflicts    []constraintJSON  `json:"conflicts"`
	Requires     []requirementJSON `json:"requires"`
}

// foundJSON is an external.
type foundJSON struct {
	Spec    string   `json:"spec"`
	Prefix  string   `json:"prefix"`
	Modules []string `json:"modules"`
	Place   string   `json:"place"`
}

type licenseJSON struct {
	License string `json:"license"` // SPDX
	When    string `json:"when"`
}

type variantJSON struct {
	Name    string      `json:"name"`
	About   string      `json:"about"`
	Kind    string      `json:"kind"` // bool, single, multi
	Default []string    `json:"default"`
	Values  []valueJSON `json:"values"`
	Sets    [][]string  `json:"sets,omitempty"` // a node's values are of one of them
	Any     bool        `json:"any"`            // takes values that are not listed
	Sticky  bool        `json:"sticky"`
	When    string      `json:"when"`
	Place   string      `json:"place"`
}

type valueJSON struct {
	Value string `json:"value"`
	When  string `json:"when"`
}

type dependencyJSON struct {
	Spec    string   `json:"spec"`
	Types   []string `json:"types"`
	When    string   `json:"when"`
	Extends bool     `json:"extends"`
	Place   string   `json:"place"`
}

type provideJSON struct {
	Virtuals []string `json:"virtuals"` // together
	When     string   `json:"when"`
	Place    string   `json:"place"`
}

type constraintJSON struct {
	Spec    string `json:"spec"`
	When    string `json:"when"`
	Because string `json:"because"`
	Place   string `json:"place"`
}

type requirementJSON struct {
	Policy  string   `json:"policy"` // all_of, any_of, one_of
	Specs   []string `json:"specs"`
	When    string   `json:"when"`
	Because string   `json:"because"`
	Place   string   `json:"place"`
}

func newInfoJSON(r *packages.Recipe, settings packages.Configuration) infoJSON {
	why := notBuildable(r, settings)
	j := infoJSON{
		Name: r.Name, Namespace: r.Namespace, About: r.About, Homepage: r.Homepage, Tags: append([]string{}, r.Tags...),
		Place: r.Place.String(), Buildable: why == "", NotBuildable: why, Versions: versionsJSON(byPreference(r)),
		Licenses: []licenseJSON{}, Externals: []foundJSON{}, CannotBuild: []constraintJSON{}, Variants: []variantJSON{}, Dependencies: []dependencyJSON{},
		Provides: []provideJSON{}, Conflicts: []constraintJSON{}, Requires: []requirementJSON{},
	}
	for _, x := range settings.Packages[r.Name].Externals {
		j.Externals = append(j.Externals, foundJSON{x.Spec.String(), x.Prefix, append([]string{}, x.Modules...), x.Place.String()})
	}
	for _, l := range r.Licenses {
		j.Licenses = append(j.Licenses, licenseJSON{l.Expression, l.When.String()})
	}
	for _, f := range refusals(r) {
		j.CannotBuild = append(j.CannotBuild, constraintJSON{f.When.String(), "", f.Because, f.Place.String()})
	}
	for _, v := range r.Variants {
		j.Variants = append(j.Variants, newVariantJSON(v))
	}
	for _, d := range r.Depends {
		j.Dependencies = append(j.Dependencies, dependencyJSON{d.Spec.String(), d.Types.Names(), d.When.String(), false, d.Place.String()})
	}
	for _, x := range r.Extends {
		j.Dependencies = append(j.Dependencies, dependencyJSON{x.Spec.String(), x.Types.Names(), x.When.String(), true, x.Place.String()})
	}
	for _, p := range r.Provides {
		j.Provides = append(j.Provides, provideJSON{specStrings(p.Virtuals), p.When.String(), p.Place.String()})
	}
	for _, c := range r.Conflicts {
		j.Conflicts = append(j.Conflicts, constraintJSON{c.Spec.String(), c.When.String(), c.Because, c.Place.String()})
	}
	policies := map[packages.RequirementPolicy]string{packages.AllOf: "all_of", packages.AnyOf: "any_of", packages.OneOf: "one_of"}
	for _, q := range r.Requires {
		j.Requires = append(j.Requires, requirementJSON{policies[q.Policy], specStrings(q.Specs), q.When.String(), q.Because, q.Place.String()})
	}
	return j
}

func newVariantJSON(v packages.VariantDecl) variantJSON {
	kinds := map[packages.VariantKind]string{packages.BoolVariant: "bool", packages.SingleVariant: "single", packages.MultiVariant: "multi"}
	j := variantJSON{
		Name: v.Name, About: v.About, Kind: kinds[v.Kind], Default: append([]string{}, v.Default...), Values: []valueJSON{},
		Sets: v.Sets, Any: v.Any, Sticky: v.Sticky, When: v.When.String(), Place: v.Place.String(),
	}
	for _, value := range v.Values {
		j.Values = append(j.Values, valueJSON{value.Value, value.When.String()})
	}
	return j
}

func specStrings(specs []*spec.Spec) []string {
	texts := make([]string, len(specs))
	for i, s := range specs {
		texts[i] = s.String()
	}
	return texts
}
