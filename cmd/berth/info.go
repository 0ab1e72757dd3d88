package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
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

berth info --all hypre         also the conflicts that are inherited, such as which compilers CUDA takes

Versions stand in the order in which berth prefers them. Variants are shown with their defaults, as a spec
would set them; dependencies by what they are needed for. Where one is repeated for every value of a variant,
it is shown once, with VALUE.
With --json: an object with name, namespace, about, homepage, tags, place (file and line), licenses, buildable,
not_buildable (why), externals (what the host has, of packages.yaml), cannot_build (choices that cannot be
built, and why), and the lists versions (as in berth versions), variants (name, about, kind, default, values,
sets, any, sticky, when, place), dependencies (spec, types, when, extends, place), provides, conflicts and
requires. A condition is "" where there is none.`,
		Flags: []cli.Flag{
			repoFlag(), jsonFlag(),
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "show inherited conflicts, too"},
		},
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
			b.printf("%s", renderInfo(r, settings, infoOptions{all: c.Bool("all"), color: b.outColor}))
			return nil
		},
	}
}

// infoOptions say how a recipe is shown.
type infoOptions struct{ all, color bool }

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

// section is a part of what berth info shows.
type section struct{ title, text string }

// renderInfo is a recipe in sections; one that would be empty is left out.
func renderInfo(r *packages.Recipe, settings packages.Configuration, o infoOptions) string {
	sections := []section{
		{"on this host", renderExternals(settings.Packages[r.Name].Externals)},
		{"versions", renderVersionsShort(byPreference(r))},
		{"variants, with their defaults", renderVariantDecls(r)},
	}
	sections = append(sections, dependencySections(r)...)
	sections = append(sections,
		section{"provides", renderProvisions(r.Provides)},
		section{"conflicts", renderConflicts(r, o.all)},
		section{"requires", renderRequirements(r.Requires)},
		section{"berth cannot build", renderRefusals(r)},
	)
	text := renderTitle(r, o.color) + "\n" + renderHead(r, settings)
	for _, s := range sections {
		if s.text != "" {
			text += "\n" + paint(o.color, bold, s.title) + "\n" + s.text
		}
	}
	return text
}

// noted is a text with lines beside it.
type noted struct {
	text  string
	notes []string
}

// renderNoted puts the notes into a column, each wrapped there. Behind a longer text they begin a line below.
func renderNoted(rows []noted, column int) string {
	var b strings.Builder
	for _, row := range rows {
		line := "  " + row.text
		if len(line) > column-2 || len(row.notes) == 0 {
			b.WriteString(line + "\n")
			line = ""
		}
		for _, note := range row.notes {
			for _, part := range wrap(note, pageWidth-column) {
				b.WriteString(line + strings.Repeat(" ", column-len(line)) + part + "\n")
				line = ""
			}
		}
	}
	return b.String()
}

// isSpecial reports whether there is something to say of a version.
func isSpecial(d packages.VersionDecl) bool { return kindOfVersion(d) != "" || len(d.When) > 0 }

// renderVersionsShort has a line for each version of which there is something to say; others share lines.
func renderVersionsShort(list []packages.VersionDecl) string {
	var special []packages.VersionDecl
	for _, d := range list {
		if isSpecial(d) {
			special = append(special, d)
		}
	}
	lines := strings.SplitAfter(renderVersions("  ", special), "\n")
	var b strings.Builder
	var plain []string
	flush := func() {
		for _, line := range wrap(strings.Join(plain, ", "), pageWidth-2) {
			b.WriteString("  " + line + "\n")
		}
		plain = nil
	}
	for _, d := range list {
		if !isSpecial(d) {
			plain = append(plain, d.Version.String())
			continue
		}
		flush()
		b.WriteString(lines[0])
		lines = lines[1:]
	}
	flush()
	return b.String()
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

// renderConflicts lists what the recipe excludes. What it inherits, such as which compilers each CUDA takes, is only counted unless all is
// asked for.
func renderConflicts(r *packages.Recipe, all bool) string {
	var b strings.Builder
	inherited := map[string]int{}
	for _, c := range r.Conflicts {
		if c.Place.File != r.Place.File && !all {
			inherited[c.Place.File]++
			continue
		}
		text := c.Spec.String()
		if len(c.When) > 0 {
			text += " with " + c.When.String()
		}
		b.WriteString(because(text, c.Because))
	}
	for _, file := range slices.Sorted(maps.Keys(inherited)) {
		fmt.Fprintf(&b, "  %d more of %s, shown with --all\n", inherited[file], file)
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

// because is a line of a section, with the reason where one is given: behind it, or below where it is long.
func because(text, reason string) string {
	line := "  " + text
	switch whole := line + ": " + reason; {
	case reason == "":
	case len(whole) <= pageWidth && !strings.HasSuffix(text, ":"): // which an open range of versions ends in
		line = whole
	default:
		line += "\n      " + strings.Join(wrap(reason, pageWidth-6), "\n      ")
	}
	return line + "\n"
}

func specTexts(specs []*spec.Spec, separator string) string {
	return strings.Join(specStrings(specs), separator)
}
