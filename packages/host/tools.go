package host

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// detector is a recipe's Detection, compiled.
type detector struct {
	pkg   string
	names *regexp.Regexp
	// libraries must stand in the prefix beside the programs, each of them: "^libbz2\\.so$", which only the development files of a
	// distribution bring. A program alone shows that something can be run, not that something can be linked to it.
	libraries []*regexp.Regexp
	args      []string
	version   *regexp.Regexp
	variants  []spec.Variant
}

// newDetector compiles a recipe's Detection; nil if it names no executables.
func newDetector(recipe *packages.Recipe) (*detector, error) {
	d := recipe.Detection
	if d == nil || len(d.Executables) == 0 {
		return nil, nil
	}
	names, err := regexp.Compile("(?:" + strings.Join(d.Executables, ")|(?:") + ")")
	if err != nil {
		return nil, fmt.Errorf("%s: read detection of %s: executables: %w", recipe.Place, recipe.Name, err)
	}
	version, err := regexp.Compile("(?m)" + d.VersionExpr) // ^ is the beginning of any line, as people who write it see the output
	if err != nil {
		return nil, fmt.Errorf("%s: read detection of %s: version: %w", recipe.Place, recipe.Name, err)
	}
	if version.NumSubexp() < 1 {
		return nil, fmt.Errorf("%s: read detection of %s: version: %q has no group for the version", recipe.Place, recipe.Name, d.VersionExpr)
	}
	var libraries []*regexp.Regexp
	for _, expr := range d.Libraries {
		library, err := regexp.Compile(expr)
		if err != nil {
			return nil, fmt.Errorf("%s: read detection of %s: libraries: %w", recipe.Place, recipe.Name, err)
		}
		libraries = append(libraries, library)
	}
	args := d.VersionArgs
	if len(args) == 0 {
		args = []string{"--version"}
	}
	return &detector{
		pkg: recipe.Name, names: names, libraries: libraries, args: args, version: version, variants: claimed(d.Variants),
	}, nil
}

// claimed reads the variants of a Detection: "shared": "true", "languages": "c,c++".
func claimed(texts map[string]string) []spec.Variant {
	var variants []spec.Variant
	for name, text := range texts {
		if text == "true" || text == "false" {
			variants = append(variants, spec.Bool(name, text == "true"))
			continue
		}
		variants = append(variants, spec.Variant{Name: name, Values: sortedSet(strings.Split(text, ","))})
	}
	return variants
}

// tool finds the programs that a detector describes. Those of one version under one prefix are one external.
func (s *search) tool(ctx context.Context, d *detector) {
	type key struct{ prefix, version string }
	found := s.programs(d.pkg, d.names, false)
	versions := make([]string, len(found))
	var jobs []func()
	for i, p := range found {
		jobs = append(jobs, func() {
			version, err := s.toolVersion(ctx, d, p.last)
			if library := s.lacks(d, p.prefix()); err == nil && library != "" {
				version, err = "", fmt.Errorf("no library that fits %s stands in %s: its development files are not installed", library, p.prefix())
			}
			if err != nil {
				s.refuse(d.pkg, p.last, err)
			}
			versions[i] = version
		})
	}
	parallel(jobs...)
	seen := map[key]bool{}
	for i, p := range found {
		k := key{p.prefix(), versions[i]}
		if k.version == "" || seen[k] {
			continue
		}
		seen[k] = true
		e := packages.External{Prefix: k.prefix, Attributes: map[string]string{"executable": p.last}}
		e.Spec = s.named(d.pkg, k.version)
		s.claimInto(e.Spec, d.variants)
		s.accept(outcome{external: e, rank: p.rank}, p.last)
	}
}

// lacks is the first library expression of d that fits nothing in a prefix; "" if all do.
func (s *search) lacks(d *detector, prefix string) string {
	for _, library := range d.libraries {
		found := false
		for _, dir := range s.libDirs(prefix) {
			names, _ := s.sys.ReadDir(dir) // what cannot be read has nothing
			found = found || slices.ContainsFunc(names, library.MatchString)
		}
		if !found {
			return library.String()
		}
	}
	return ""
}

func (s *search) toolVersion(ctx context.Context, d *detector, path string) (string, error) {
	r, err := s.ask(ctx, path, d.args...)
	if err != nil {
		return "", err
	}
	said := r.Both()
	if strings.HasPrefix(strings.TrimSpace(said), "BusyBox") {
		return "", fmt.Errorf("is BusyBox, a program that stands in for many others")
	}
	m := d.version.FindStringSubmatch(said)
	if m == nil || m[1] == "" {
		command := strings.Join(append([]string{filepath.Base(path)}, d.args...), " ")
		return "", fmt.Errorf("%s does not tell the version of %s: %s", command, d.pkg, r.Complaint())
	}
	if _, err := spec.ParseVersion(m[1]); err != nil {
		return "", fmt.Errorf("calls its version %q: %w", printable(m[1]), err)
	}
	return m[1], nil
}
