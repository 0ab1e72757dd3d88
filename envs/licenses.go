package envs

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec/dag"
)

// decodeLicenses reads a section licenses, of env.yaml or of a user's config.yaml; nil where there is none.
func decodeLicenses(n yamldoc.Node) *packages.LicensePolicy {
	if !n.Exists() || n.IsNull() {
		return nil
	}
	f := n.Fields("allow", "deny")
	p := &packages.LicensePolicy{Allow: licenseNames(f.Get("allow")), Deny: licenseNames(f.Get("deny")), Place: n.Place()}
	if f.Has("allow") {
		p.Place = f.Key("allow").Place()
		if len(p.Allow) == 0 {
			f.Key("allow").Fail("an empty list would allow no licence at all", "leave it out to allow all that deny does not name")
		}
	}
	return p
}

func licenseNames(n yamldoc.Node) []packages.PlacedName {
	var names []packages.PlacedName
	if !n.Exists() || n.IsNull() {
		return nil
	}
	for _, item := range n.ListOrOne() {
		name := item.Line()
		switch _, err := path.Match(name, ""); {
		case name == "": // which Line has reported, or an empty text
			item.Fail("a licence needs a name", "write its SPDX identifier, such as GPL-3.0-only, or a pattern such as GPL-*")
		case err != nil:
			item.Errorf("%q is no pattern", name)
		case strings.ContainsAny(name, " ()"):
			item.Fail(fmt.Sprintf("%q is not one licence", name), "list each SPDX identifier by itself")
		default:
			names = append(names, packages.PlacedName{Name: name, Place: item.Place()})
		}
	}
	return names
}

// licensePolicies are those that hold for an environment: its own and the user's. Each must be obeyed.
func (s *Session) licensePolicies(m *Manifest) []packages.LicensePolicy {
	var list []packages.LicensePolicy
	for _, p := range []*packages.LicensePolicy{m.Licenses, s.Settings.Licenses} {
		if p != nil {
			list = append(list, *p)
		}
	}
	return list
}

// PackageLicense is what is known of the licence of one locked package.
type PackageLicense struct {
	Node *dag.Node
	// Licenses are the SPDX expressions that its recipe states for it; empty: it states none.
	Licenses []string
	// Against is what the configuration has against it, "GPL-3.0-only is denied (env.yaml:7)"; "" is nothing. Of what the host has it is not asked.
	Against string
}

// Licenses reports the licences of all packages of a locked system, in the order of nodes. Nothing is asked of anybody: it is a report.
func (e *Environment) Licenses(ctx context.Context, s *Session, lock *Lock, nodes []*dag.Node) ([]PackageLicense, error) {
	repo, err := e.Repo(ctx, s, lock)
	if err != nil {
		return nil, err
	}
	recipes := lockedRecipes{lock, repo}
	var report []PackageLicense
	for _, n := range nodes {
		p := PackageLicense{Node: n}
		recipe, err := recipes.licensed(ctx, n)
		if err != nil {
			return nil, err
		}
		if recipe != nil {
			for _, l := range packages.LicensesOf(recipe, n) {
				p.Licenses = append(p.Licenses, l.Expression)
			}
			if n.External() == nil {
				p.Against = against(s.licensePolicies(e.Manifest), recipe, n)
			}
		}
		report = append(report, p)
	}
	return report, nil
}

// licensed is the recipe of a node, an external's too; nil where no recipe of an external can be had, which no build needs.
func (r lockedRecipes) licensed(ctx context.Context, n *dag.Node) (*packages.Recipe, error) {
	if n.External() == nil {
		return r.Recipe(ctx, n)
	}
	recipe, err := r.repo.Recipe(ctx, n.Name())
	if err != nil {
		return nil, nil //nolint:nilerr // its licence is then simply not known
	}
	return recipe, nil
}

// against is what the first of the policies that is broken has against a package; "" if none is.
func against(policies []packages.LicensePolicy, recipe *packages.Recipe, n *dag.Node) string {
	for i := range policies {
		if len(recipe.Licenses) == 0 {
			if v := policies[i].JudgeUnknown(); v != nil {
				return fmt.Sprintf("%s: its recipe states no licence, %s", n.Name(), v)
			}
		}
		for _, l := range packages.LicensesOf(recipe, n) {
			if v := policies[i].Judge(l.Expression); v != nil {
				return fmt.Sprintf("%s: its licence is %s, %s", n.Name(), l.Expression, v)
			}
		}
	}
	return ""
}

// unlicensed lists what is locked and may not be by the licences that are allowed now.
func (r lockedRecipes) unlicensed(ctx context.Context, policies []packages.LicensePolicy, nodes []*dag.Node) ([]string, error) {
	if len(policies) == 0 {
		return nil, nil
	}
	var drifts []string
	for _, n := range nodes {
		if n.External() != nil {
			continue
		}
		recipe, err := r.Recipe(ctx, n)
		if err != nil {
			return nil, err
		}
		if text := against(policies, recipe, n); text != "" {
			drifts = append(drifts, text)
		}
	}
	return drifts, nil
}
