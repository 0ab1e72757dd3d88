package main

import (
	"cmp"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/packages"
)

func versionsCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:      "versions",
		Usage:     "list the versions of a package that its recipe knows",
		ArgsUsage: "PACKAGE",
		Description: `berth versions hdf5            in the order in which berth prefers them

A deprecated version, a pre-release and a development version are taken only where they are asked for.
With --json: a list of objects with version, preferred, deprecated, when (the condition, "" for none),
urls, sha256 and git (url, commit, tag, branch).`,
		Flags: []cli.Flag{repoFlag(), jsonFlag()},
		Action: func(c *cli.Context) error {
			r, err := b.recipeAsked(c)
			if err != nil {
				return err
			}
			list := byPreference(r)
			if c.Bool("json") {
				return b.json(versionsJSON(list))
			}
			if len(list) == 0 {
				b.notef("%s declares no version", r.Place)
			}
			b.printf("%s", renderVersions("", list))
			return nil
		},
	}
}

// byPreference lists what the recipe can build in the order in which the concretizer tries it where nobody asks for anything else; a later
// declaration of a version replaces an earlier one.
func byPreference(r *packages.Recipe) []packages.VersionDecl {
	var list []packages.VersionDecl
	for i, d := range r.Versions {
		replaced := slices.ContainsFunc(r.Versions[i+1:], func(later packages.VersionDecl) bool { return later.Version == d.Version })
		if !replaced {
			list = append(list, d)
		}
	}
	slices.SortStableFunc(list, func(a, b packages.VersionDecl) int {
		return cmp.Or(cmp.Compare(a.Rank(), b.Rank()), b.Version.Compare(a.Version))
	})
	return list
}

// renderVersions is a line per version, with what is special about it.
func renderVersions(indent string, list []packages.VersionDecl) string {
	rows := make([][]string, len(list))
	for i, d := range list {
		rows[i] = []string{d.Version.String(), kindOfVersion(d), whenText(d.When)}
	}
	return renderColumns(indent, rows)
}

// kindOfVersion is what is special about a version; "" is nothing.
func kindOfVersion(d packages.VersionDecl) string {
	switch {
	case d.Preferred:
		return "preferred"
	case d.Deprecated:
		return "deprecated"
	case d.Version.IsInfinity():
		return "development"
	case d.Version.IsPrerelease():
		return "pre-release"
	}
	return ""
}

// whenText is a condition as it is shown behind what it belongs to: "when +mpi"; "" is always.
func whenText(w packages.When) string {
	if len(w) == 0 {
		return ""
	}
	return "when " + w.String()
}

// versionJSON is a version as --json shows it.
type versionJSON struct {
	Version    string   `json:"version"`
	Preferred  bool     `json:"preferred"`
	Deprecated bool     `json:"deprecated"`
	When       string   `json:"when"`
	URLs       []string `json:"urls"`
	SHA256     string   `json:"sha256,omitempty"`
	Git        *gitJSON `json:"git,omitempty"`
}

type gitJSON struct {
	URL    string `json:"url"`
	Commit string `json:"commit,omitempty"`
	Tag    string `json:"tag,omitempty"`
	Branch string `json:"branch,omitempty"`
}

func versionsJSON(list []packages.VersionDecl) []versionJSON {
	out := make([]versionJSON, len(list))
	for i, d := range list {
		out[i] = versionJSON{
			Version: d.Version.String(), Preferred: d.Preferred, Deprecated: d.Deprecated, When: d.When.String(),
			URLs: append([]string{}, d.URLs...), SHA256: d.SHA256,
		}
		if d.Git != nil {
			out[i].Git = &gitJSON{d.Git.URL, d.Git.Commit, d.Git.Tag, d.Git.Branch}
		}
	}
	return out
}
