package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// askedJSON is something that asks for more of a package than to be there.
type askedJSON struct {
	By    string `json:"by"`    // "iolib@2.0", "env.yaml", "packages.yaml"
	Spec  string `json:"spec"`  // "mathlib@2:"
	Place string `json:"place"` // "recipes/iolib.yaml:6"; "" if it is not known
}

// choice explains why a node is as it is: what asks for it to be so, and what would be preferred if nothing did.
type choice struct {
	repo   packages.Repo
	config packages.Configuration
	locked *envs.LockedSystem
	roots  []packages.PlacedSpec
}

// asked lists what asks for a version, variants or more of the node: roots, configuration, and the recipes of what depends on it.
func (c *choice) asked(ctx context.Context, n *dag.Node) []askedJSON {
	out := []askedJSON{}
	add := func(by string, s *spec.Spec, place packages.Place) {
		a := askedJSON{by, s.String(), place.String()}
		if !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	says := func(s *spec.Spec) bool {
		return (s.Name == n.Name() || slices.ContainsFunc(n.Attrs().Provides, func(v string) bool { return virtualName(v) == s.Name })) && s.String() != s.Name
	}
	for _, r := range c.roots {
		own := *r.Spec
		own.Deps = nil
		if says(&own) {
			add(envs.ManifestName, &own, r.Place)
		}
		for _, d := range r.Spec.Deps {
			if says(d.Spec) {
				add(envs.ManifestName, d.Spec, r.Place)
			}
		}
	}
	for _, r := range c.config.Packages[n.Name()].Require {
		for _, s := range r.Specs {
			if r.When.Holds(n) && n.Satisfies(s) {
				add("configuration", s, r.Place)
			}
		}
	}
	for _, m := range lockedNodes(c.locked) {
		if m.External() != nil || !slices.ContainsFunc(m.Edges(), func(e dag.Edge) bool { return e.To.Hash() == n.Hash() }) {
			continue
		}
		recipe, err := c.repo.Recipe(ctx, m.Name())
		if err != nil {
			continue // it was locked from a repository that is no longer there
		}
		for i := range recipe.Depends {
			if d := &recipe.Depends[i]; says(d.Spec) && d.When.Holds(m) {
				add(m.Name()+"@"+m.Version().String(), d.Spec, d.Place)
			}
		}
	}
	return out
}

func virtualName(provided string) string {
	name, _, _ := strings.Cut(provided, "@")
	return name
}

// newer lists the versions that the recipe declares above the node's, the newest first; development versions and deprecated ones are left out.
func (c *choice) newer(ctx context.Context, n *dag.Node) []string {
	out := []string{}
	recipe, err := c.repo.Recipe(ctx, n.Name())
	if err != nil {
		return out
	}
	var versions []spec.Version
	for _, v := range recipe.Versions {
		if v.Version.Compare(n.Version()) > 0 && !v.Deprecated && !v.Version.IsInfinity() && !v.Version.IsPrerelease() && v.When.Holds(n) {
			versions = append(versions, v.Version)
		}
	}
	slices.SortFunc(versions, func(a, b spec.Version) int { return b.Compare(a) })
	for _, v := range versions {
		out = append(out, v.String())
	}
	return out
}

// renderChoice is a line per thing that asks, and one for newer versions.
func renderChoice(r reasonJSON) string {
	text := ""
	for _, a := range r.Asked {
		text += fmt.Sprintf("  %s asks for %s", a.By, a.Spec)
		if a.Place != "" {
			text += " (" + a.Place + ")"
		}
		text += "\n"
	}
	if len(r.Newer) > 0 {
		text += "  newer versions: " + strings.Join(r.Newer[:min(5, len(r.Newer))], ", ")
		if more := len(r.Newer) - 5; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		text += "\n"
	}
	return text
}
