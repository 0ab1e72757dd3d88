package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

func infoCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "info",
		Usage:     "show what a package is and what can be chosen",
		ArgsUsage: "PACKAGE",
		Description: `berth info hypre               everything that its recipe says, for people
berth info --repo recipes foo  of a directory's recipe

Versions stand in the order in which berth prefers them. Variants are shown with their defaults, as a spec
would set them. For a dependency, [blrt] tells whether it is needed to build, to link, to run or to test.
With --json: an object with name, namespace, about, homepage, tags, place (file and line), licenses, buildable,
not_buildable (why), externals (what the host has, of packages.yaml), cannot_build (choices that cannot be
built, and why), and the lists versions (as in berth versions), variants (name, about, kind, default, values,
sets, any, sticky, when, place), dependencies (spec, types, when, extends, place), provides, conflicts and
requires. A condition is "" where there is none.`,
		Flags: []cli.Flag{repoFlag(), jsonFlag()},
		Action: func(c *cli.Context) error {
			r, err := b.recipeAsked(c)
			if err != nil {
				return err
			}
			settings, err := b.settingsOfPackages()
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return b.json(newInfoJSON(r, settings))
			}
			b.printf("%s", renderInfo(r, settings, b.outColor))
			return nil
		},
	}
}

// settingsOfPackages is what the environment here, if there is one, the user and the site say of packages.
func (b *berth) settingsOfPackages() (packages.Configuration, error) {
	s, err := b.session()
	if err != nil {
		return packages.Configuration{}, err
	}
	e, err := b.environment()
	var none *envs.NoEnvironmentError
	if err != nil && !errors.As(err, &none) {
		return packages.Configuration{}, err
	}
	return s.Configuration(e)
}

// renderInfo is a recipe in sections; one that would be empty is left out.
func renderInfo(r *packages.Recipe, settings packages.Configuration, color bool) string {
	sections := []struct{ title, text string }{
		{"on this host", renderExternals(settings.Packages[r.Name].Externals)},
		{"versions", renderVersions("  ", byPreference(r))},
		{"variants, with their defaults", renderVariantDecls(r.Variants)},
		{"dependencies to build, link, run, test", renderDependencies(r)},
		{"provides", renderProvisions(r.Provides)},
		{"conflicts", renderConflicts(r.Conflicts)},
		{"requires", renderRequirements(r.Requires)},
		{"berth cannot build", renderRefusals(r)},
	}
	text := renderTitle(r, color) + "\n" + renderHead(r, settings)
	for _, s := range sections {
		if s.text != "" {
			text += "\n" + paint(color, bold, s.title) + "\n" + s.text
		}
	}
	return text
}

// renderTitle is the name and what the package is for.
func renderTitle(r *packages.Recipe, color bool) string {
	lines := wrap(r.Name+": "+r.About, pageWidth)
	lines[0] = paint(color, bold, r.Name) + strings.TrimPrefix(lines[0], r.Name)
	return strings.Join(lines, "\n") + "\n"
}

// renderHead is what there is once per package.
func renderHead(r *packages.Recipe, settings packages.Configuration) string {
	var licenses []string
	for _, l := range r.Licenses {
		licenses = append(licenses, strings.TrimSpace(l.Expression+" "+whenText(l.When)))
	}
	var rows [][]string
	for _, row := range [][]string{
		{"homepage", r.Homepage},
		{"license", strings.Join(licenses, "; ")},
		{"tags", strings.Join(r.Tags, ", ")},
		{"recipe", r.Place.String()},
		{"buildable", buildableText(notBuildable(r, settings))},
	} {
		if row[1] != "" {
			rows = append(rows, row)
		}
	}
	return renderColumns("", rows)
}

func buildableText(whyNot string) string {
	if whyNot != "" {
		return "no: " + whyNot
	}
	return "yes"
}

// notBuildable is why berth builds nothing of this recipe; "" if it can and may.
func notBuildable(r *packages.Recipe, settings packages.Configuration) string {
	switch {
	case r.ExternalOnly != "":
		return r.ExternalOnly
	case r.Builder == nil:
		return "its recipe has no build method that berth knows"
	case len(r.Versions) == 0:
		return "its recipe declares no version"
	}
	for _, refusal := range refusals(r) {
		if len(refusal.When) == 0 {
			return refusal.Because
		}
	}
	switch place, of := settings.NotBuildable(r); {
	case place == nil:
		return ""
	case of == r.Name:
		return fmt.Sprintf("%s says buildable: false", place)
	default:
		return fmt.Sprintf("%s says buildable: false of %s", place, of)
	}
}

// renderExternals lists what the host has of the package.
func renderExternals(externals []packages.External) string {
	var rows [][]string
	for _, x := range externals {
		at := x.Prefix
		if at == "" {
			at = "module " + strings.Join(x.Modules, " ")
		}
		// An external has one version, which everybody writes without "=".
		rows = append(rows, []string{strings.Replace(x.Spec.String(), "@=", "@", 1), at})
	}
	return renderColumns("  ", rows)
}

// columnOfAbout is where explanations begin at the least: a long default must not push all of them away.
const columnOfAbout = 26

// renderVariantDecls is, for each variant, its default as a spec sets it and what it is about; below, what else it takes, and where there is one, the condition.
func renderVariantDecls(variants []packages.VariantDecl) string {
	var b strings.Builder
	for _, v := range variants {
		notes := wrap(v.About, pageWidth-columnOfAbout)
		notes = append(notes, wrap(valuesText(v), pageWidth-columnOfAbout)...)
		if v.Sticky {
			notes = append(notes, "never changed from its default unless asked for")
		}
		notes = append(notes, wrap(whenText(v.When), pageWidth-columnOfAbout)...)
		line := "  " + defaultText(v)
		if len(line) > columnOfAbout-2 || len(notes) == 0 {
			b.WriteString(line + "\n")
			line = ""
		}
		for _, note := range notes {
			b.WriteString(line + strings.Repeat(" ", columnOfAbout-len(line)) + note + "\n")
			line = ""
		}
	}
	return b.String()
}

// defaultText is the variant's default as a spec would set it: "+mpi", "api=v18"; without a default, what a spec would begin with.
func defaultText(v packages.VariantDecl) string {
	if len(v.Default) == 0 {
		return v.Name + "="
	}
	return spec.Variant{Name: v.Name, Values: v.Default}.String()
}

// valuesText is what the variant takes, where its default does not say so: "one of single, double, quad (when @3:)".
func valuesText(v packages.VariantDecl) string {
	switch {
	case v.Kind == packages.BoolVariant:
		return ""
	case v.Any && v.Kind == packages.SingleVariant:
		return "any value"
	case v.Any:
		return "any number of any values"
	case len(v.Sets) > 0:
		sets := make([]string, len(v.Sets))
		for i, set := range v.Sets {
			sets[i] = strings.Join(set, ", ")
			if len(set) > 1 {
				sets[i] = "any number of " + sets[i]
			}
		}
		return strings.Join(sets, "; or ")
	}
	if len(v.Values) == 1 && v.Kind == packages.SingleVariant {
		return "" // its default
	}
	values := make([]string, len(v.Values))
	for i, value := range v.Values {
		values[i] = value.Value
		if len(value.When) > 0 {
			values[i] += " (" + whenText(value.When) + ")"
		}
	}
	if v.Kind == packages.MultiVariant {
		return "any number of " + strings.Join(values, ", ")
	}
	return "one of " + strings.Join(values, ", ")
}

// renderDependencies lists what the package needs or extends, in the recipe's order.
func renderDependencies(r *packages.Recipe) string {
	var rows [][]string
	for _, d := range r.Depends {
		rows = append(rows, []string{typesColumn(d.Types), d.Spec.String(), whenText(d.When)})
	}
	for _, x := range r.Extends {
		rows = append(rows, []string{typesColumn(x.Types), x.Spec.String(), strings.TrimSpace("which it extends " + whenText(x.When))})
	}
	return renderColumns("  ", rows)
}

func renderProvisions(provisions []packages.Provision) string {
	var rows [][]string
	for _, p := range provisions {
		together := ""
		if len(p.Virtuals) > 1 {
			together = "together"
		}
		rows = append(rows, []string{specTexts(p.Virtuals, ", "), strings.TrimSpace(together + " " + whenText(p.When))})
	}
	return renderColumns("  ", rows)
}

func renderConflicts(conflicts []packages.Conflict) string {
	var b strings.Builder
	for _, c := range conflicts {
		text := c.Spec.String()
		if len(c.When) > 0 {
			text += " with " + c.When.String()
		}
		b.WriteString(because(text, c.Because))
	}
	return b.String()
}

func renderRequirements(requirements []packages.Requirement) string {
	var b strings.Builder
	for _, q := range requirements {
		text := policyText(q.Policy, len(q.Specs)) + specTexts(q.Specs, ", ")
		if len(q.When) > 0 {
			text += " " + whenText(q.When)
		}
		b.WriteString(because(text, q.Because))
	}
	return b.String()
}

func policyText(p packages.RequirementPolicy, specs int) string {
	switch {
	case specs == 1:
		return ""
	case p == packages.AnyOf:
		return "at least one of "
	case p == packages.OneOf:
		return "exactly one of "
	}
	return "all of "
}

// renderRefusals lists the choices that only a package of the host's may have.
func renderRefusals(r *packages.Recipe) string {
	var b strings.Builder
	for _, refusal := range refusals(r) {
		if len(refusal.When) == 0 {
			continue // which the head says
		}
		b.WriteString(because(refusal.When.String(), refusal.Because))
	}
	return b.String()
}

func refusals(r *packages.Recipe) []packages.Refusal {
	if refusing, ok := r.Builder.(packages.Refusing); ok && r.ExternalOnly == "" {
		return refusing.Refusals()
	}
	return nil
}

// because is a line of a section, with the reason where one is given.
func because(text, reason string) string {
	if reason == "" {
		return fmt.Sprintf("  %s\n", text)
	}
	return fmt.Sprintf("  %s: %s\n", text, reason)
}

func specTexts(specs []*spec.Spec, separator string) string {
	return strings.Join(specStrings(specs), separator)
}
