package record

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// Specs parses the texts of one repository's specs, each once: recipes repeat themselves. The zero value is ready, and safe for
// concurrent use.
type Specs struct{ parsed sync.Map } // text to *spec.Spec

// Parse is spec.Parse. The result is shared, so it must not be changed.
func (s *Specs) Parse(text string) (*spec.Spec, error) {
	if known, ok := s.parsed.Load(text); ok {
		return known.(*spec.Spec), nil
	}
	parsed, err := spec.Parse(text)
	if err != nil {
		return nil, err
	}
	shared, _ := s.parsed.LoadOrStore(text, parsed)
	return shared.(*spec.Spec), nil
}

// PlacedError is a directive that means nothing.
type PlacedError struct {
	Place packages.Place
	Err   error
}

func (e *PlacedError) Error() string { return fmt.Sprintf("%s: %v", e.Place, e.Err) }
func (e *PlacedError) Unwrap() error { return e.Err }

// Recipe is the record as the rest of berth knows recipes. What a record does not tell (namespace, text, builder) is the caller's to
// add. The error is a *PlacedError: a recipe with one unreadable directive is no recipe.
func (p *Package) Recipe(specs *Specs) (*packages.Recipe, error) {
	c := &converter{specs: specs, home: p.Place, place: p.Place}
	r := &packages.Recipe{
		Name: p.Name, About: p.About, Homepage: p.Attrs.Homepage, Git: p.Attrs.Git, Tags: p.Attrs.Tags, Place: p.Place, Maintainers: p.Maintainers,
	}
	for i := range p.Versions {
		r.Versions = append(r.Versions, c.version(&p.Versions[i], &p.Attrs))
	}
	for i := range p.Variants {
		r.Variants = append(r.Variants, c.variant(&p.Variants[i]))
	}
	c.relations(r, p)
	c.sources(r, p)
	if c.err != nil {
		return nil, c.err
	}
	return r, nil
}

// converter makes one recipe. Its first error wins.
type converter struct {
	specs *Specs
	home  packages.Place // of the recipe
	place packages.Place // of the directive at hand
	err   error
}

func (c *converter) fail(err error) {
	if c.err == nil && err != nil {
		c.err = &PlacedError{Place: c.place, Err: err}
	}
}

// at notes which directive is read; in a record without places all have the recipe's.
func (c *converter) at(place packages.Place) packages.Place {
	if place == (packages.Place{}) {
		place = c.home
	}
	c.place = place
	return place
}

// relations reads what a recipe says of itself and others.
func (c *converter) relations(r *packages.Recipe, p *Package) {
	for i := range p.Dependencies {
		x := &p.Dependencies[i]
		place := c.at(x.Place)
		r.Depends = append(r.Depends, packages.Dependency{
			Spec: c.named(x.Spec), Types: c.types(x.Types), When: c.when(x.When), Patches: c.patches(x.Patches), Place: place,
		})
	}
	for _, x := range p.Conflicts {
		place := c.at(x.Place)
		r.Conflicts = append(r.Conflicts, packages.Conflict{Spec: c.spec(x.Spec), When: c.when(x.When), Because: x.Because, Place: place})
	}
	for _, x := range p.Requirements {
		place := c.at(x.Place)
		r.Requires = append(r.Requires, packages.Requirement{
			Specs: c.specList(x.Specs), Policy: c.policy(x.Policy), When: c.when(x.When), Because: x.Because, Place: place,
		})
	}
	for _, x := range p.Provides {
		place := c.at(x.Place)
		r.Provides = append(r.Provides, packages.Provision{Virtuals: c.specList(x.Virtuals), When: c.when(x.When), Place: place})
	}
	for _, x := range p.Extends {
		place := c.at(x.Place)
		r.Extends = append(r.Extends, packages.Extension{Spec: c.named(x.Spec), Types: c.types(x.Types), When: c.when(x.When), Place: place})
	}
	for _, x := range p.Splices {
		place := c.at(x.Place)
		r.Splices = append(r.Splices, packages.Splice{Target: c.named(x.Target), When: c.when(x.When), Place: place})
	}
	c.terms(r, p)
}

// terms reads what a recipe says of its licence.
func (c *converter) terms(r *packages.Recipe, p *Package) {
	for _, x := range p.Licenses {
		place := c.at(x.Place)
		r.Licenses = append(r.Licenses, packages.License{Expression: x.License, When: c.when(x.When), Place: place})
	}
	for _, x := range p.Redistribute {
		place := c.at(x.Place)
		r.Redistribute = append(r.Redistribute, packages.Redistribution{Source: x.Source, Binary: x.Binary, When: c.when(x.When), Place: place})
	}
}

// sources reads what is fetched beside the main archive.
func (c *converter) sources(r *packages.Recipe, p *Package) {
	r.Patches = c.patches(p.Patches)
	for i := range p.Resources {
		x := &p.Resources[i]
		place := c.at(x.Place)
		res := packages.Resource{
			Name: x.Name, SHA256: cmp.Or(x.SHA256, sha256Of(x.Checksum)), Destination: x.Destination, Placement: placement(x.Placement), When: c.when(x.When), Git: x.Source.git(""), Place: place,
		}
		if x.URL != "" {
			res.URLs = []string{x.URL}
		}
		r.Resources = append(r.Resources, res)
	}
}

func placement(of any) map[string]string {
	switch of := of.(type) {
	case string:
		return map[string]string{"": of}
	case map[string]any:
		out := map[string]string{}
		for from, to := range of {
			out[from] = fmt.Sprint(to)
		}
		return out
	}
	return nil
}

// sha256Of is a positional checksum if it is as long as a sha256.
func sha256Of(checksum string) string {
	if len(checksum) == 64 {
		return checksum
	}
	return ""
}

// git is the source as a recipe has it, nil if it is none. Where a version says only what to check out, url is the package's repository.
func (s *Source) git(url string) *packages.GitSource {
	if s.Git == "" && s.Commit == "" && s.Tag == "" && s.Branch == "" {
		return nil
	}
	submodules := s.Submodules != nil && s.Submodules != false
	return &packages.GitSource{URL: cmp.Or(s.Git, url), Commit: s.Commit, Tag: s.Tag, Branch: s.Branch, Submodules: submodules}
}

func (c *converter) version(x *Version, attrs *Attrs) packages.VersionDecl {
	place := c.at(x.Place)
	v, err := spec.ParseVersion(x.Version)
	c.fail(err)
	decl := packages.VersionDecl{
		Version: v, SHA256: cmp.Or(x.SHA256, sha256Of(x.Checksum)), Expand: x.Expand == nil || *x.Expand, Extension: strings.TrimPrefix(x.Extension, "."),
		Preferred: isTrue(x.Preferred), Deprecated: isTrue(x.Deprecated), Git: x.Source.git(attrs.Git), When: c.when(x.When), Place: place,
	}
	if decl.Git == nil && decl.SHA256 != "" {
		if url := cmp.Or(x.URL, attrs.URL); url != "" {
			decl.URLs = []string{url}
		}
	}
	return decl
}

func isTrue(b *bool) bool { return b != nil && *b }

// patches reads a recipe's patches, or those for a dependency.
func (c *converter) patches(list []Patch) []packages.Patch {
	var out []packages.Patch
	for i := range list {
		x := &list[i]
		place := c.at(x.Place)
		p := packages.Patch{
			URL: x.URL, File: x.File, Content: x.Content, SHA256: cmp.Or(x.SHA256, x.ContentSHA), ArchiveSHA: x.ArchiveSHA, Level: 1,
			WorkingDir: x.WorkingDir, Reverse: x.Reverse, When: c.when(x.When), Place: place,
		}
		if x.Level != nil {
			p.Level = *x.Level
		}
		out = append(out, p)
	}
	return out
}

func (c *converter) spec(text string) *spec.Spec {
	s, err := c.specs.Parse(text)
	c.fail(err)
	return s
}

// named is a spec that must say which package it speaks of.
func (c *converter) named(text string) *spec.Spec {
	s := c.spec(text)
	if s != nil && s.Name == "" {
		c.fail(fmt.Errorf("%q names no package", text))
	}
	return s
}

func (c *converter) specList(texts []string) []*spec.Spec {
	out := make([]*spec.Spec, len(texts))
	for i, text := range texts {
		out[i] = c.spec(text)
	}
	return out
}

// when reads a condition. Recipes repeat the conditions of their base classes.
func (c *converter) when(texts []string) packages.When {
	var out packages.When
	for i, text := range texts {
		if !slices.Contains(texts[:i], text) {
			out = append(out, c.spec(text))
		}
	}
	return out
}

func (c *converter) types(names []string) spec.DepTypes {
	var types spec.DepTypes
	for _, name := range names {
		t, ok := spec.ParseDepType(name)
		if !ok {
			c.fail(fmt.Errorf("unknown dependency type %q", name))
		}
		types |= t
	}
	return types
}

func (c *converter) policy(name string) packages.RequirementPolicy {
	switch name {
	case "one_of":
		return packages.OneOf
	case "any_of":
		return packages.AnyOf
	}
	c.fail(fmt.Errorf("unknown policy %q of a requirement: it is one_of or any_of", name))
	return packages.AllOf
}
