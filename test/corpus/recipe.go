package corpus

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// reader makes one recipe. Its first error wins: a recipe with one unreadable directive is no recipe.
type reader struct {
	repo  *Repo
	place packages.Place
	err   error
}

func (r *Repo) decode(line []byte) (*packages.Recipe, error) {
	var rec record
	if err := json.Unmarshal(line, &rec); err != nil {
		return nil, err
	}
	// The corpus tells no lines; the file is what the recipe's repository calls it.
	d := &reader{repo: r, place: packages.Place{File: cmp.Or(rec.Dir, rec.Name) + "/package.py"}}
	sum := sha256.Sum256(line)
	recipe := &packages.Recipe{
		Name: rec.Name, Namespace: Namespace, Homepage: rec.Attrs.Homepage, Tags: rec.Attrs.Tags, Place: d.place,
		ContentHash: hex.EncodeToString(sum[:]), Text: line, Builder: builder{},
	}
	for i := range rec.Versions {
		recipe.Versions = append(recipe.Versions, d.version(&rec.Versions[i], &rec.Attrs))
	}
	for i := range rec.Variants {
		recipe.Variants = append(recipe.Variants, d.variant(&rec.Variants[i]))
	}
	d.relations(recipe, &rec)
	d.sources(recipe, &rec)
	if d.err != nil {
		return nil, fmt.Errorf("%s: %w", d.place, d.err)
	}
	return recipe, nil
}

// relations reads what a recipe says of itself and others.
func (d *reader) relations(recipe *packages.Recipe, rec *record) {
	for i := range rec.Dependencies {
		x := &rec.Dependencies[i]
		recipe.Depends = append(recipe.Depends, packages.Dependency{
			Spec: d.spec(x.Spec), Types: d.types(x.Types), When: d.when(x.When), Patches: d.patches(x.Patches), Place: d.place,
		})
	}
	for _, x := range rec.Conflicts {
		recipe.Conflicts = append(recipe.Conflicts, packages.Conflict{Spec: d.spec(x.Spec), When: d.when(x.When), Place: d.place})
	}
	for _, x := range rec.Requirements {
		recipe.Requires = append(recipe.Requires, packages.Requirement{
			Specs: d.specs(x.Specs), Policy: d.policy(x.Policy), When: d.when(x.When), Place: d.place,
		})
	}
	for _, x := range rec.Provides {
		recipe.Provides = append(recipe.Provides, packages.Provision{Virtuals: d.specs(x.Virtuals), When: d.when(x.When), Place: d.place})
	}
	for _, x := range rec.Extends {
		recipe.Extends = append(recipe.Extends, packages.Extension{Spec: d.spec(x.Spec), Types: d.types(x.Types), When: d.when(x.When), Place: d.place})
	}
	for _, x := range rec.Licenses {
		recipe.Licenses = append(recipe.Licenses, packages.License{Expression: x.License, When: d.when(x.When), Place: d.place})
	}
	for _, x := range rec.Redistribute {
		recipe.Redistribute = append(recipe.Redistribute, packages.Redistribution{Source: x.Source, Binary: x.Binary, Place: d.place})
	}
}

// sources reads what is fetched beside the main archive.
func (d *reader) sources(recipe *packages.Recipe, rec *record) {
	recipe.Patches = d.patches(rec.Patches)
	for i := range rec.Resources {
		x := &rec.Resources[i]
		res := packages.Resource{
			Name: x.Name, SHA256: x.SHA256, Destination: x.Destination, Placement: placement(x.Placement), When: d.when(x.When), Place: d.place,
		}
		if x.URL != "" {
			res.URLs = []string{x.URL}
		}
		res.Git = x.source.git("")
		recipe.Resources = append(recipe.Resources, res)
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

// git is the source as a recipe has it, nil if it is none.
func (s *source) git(url string) *packages.GitSource {
	if s.Git == "" && s.Commit == "" && s.Tag == "" && s.Branch == "" {
		return nil
	}
	submodules := s.Submodules != nil && s.Submodules != false
	return &packages.GitSource{URL: cmp.Or(s.Git, url), Commit: s.Commit, Tag: s.Tag, Branch: s.Branch, Submodules: submodules}
}

func (d *reader) version(x *version, attrs *attributes) packages.VersionDecl {
	v, err := spec.ParseVersion(x.Version)
	d.fail(err)
	decl := packages.VersionDecl{
		Version: v, SHA256: cmp.Or(x.SHA256, x.Checksum), Expand: x.Expand == nil || *x.Expand, Extension: strings.TrimPrefix(x.Extension, "."),
		Preferred: x.Preferred, Deprecated: x.Deprecated, Git: x.source.git(attrs.Git), Place: d.place,
	}
	if decl.Git == nil && decl.SHA256 != "" {
		// An address that a version does not say is worked out from the package's, which is not this package's business.
		decl.URLs = []string{cmp.Or(x.URL, attrs.URL)}
	}
	return decl
}

func (d *reader) variant(x *variant) packages.VariantDecl {
	v := packages.VariantDecl{Name: x.Name, Kind: packages.SingleVariant, Sets: x.Sets, Sticky: x.Sticky, When: d.when(x.When), Place: d.place}
	switch {
	case x.Kind == "bool" || x.Kind == "boollist":
		v.Kind, v.Default = packages.BoolVariant, []string{text(x.Default)}
		return v
	case x.Multi:
		v.Kind, v.Default = packages.MultiVariant, strings.Split(text(x.Default), ",")
		slices.Sort(v.Default)
		v.Default = slices.Compact(v.Default)
	default:
		v.Default = []string{text(x.Default)}
	}
	for _, y := range x.Values {
		v.Values = append(v.Values, packages.VariantValue{Value: text(y.Value), When: d.when(y.When)})
	}
	// The function that judges the build-system generators lists its values where other functions have a description.
	if x.Kind == "callable" && x.Name == "generator" {
		for _, name := range strings.Split(x.Described, ",") {
			v.Values = append(v.Values, packages.VariantValue{Value: strings.TrimSpace(name)})
		}
	}
	v.Any = len(v.Values) == 0
	return v
}

// text is a value as a spec writes it: true and "True" are "true".
func text(value any) string {
	switch s := fmt.Sprint(value); s {
	case "True", "False":
		return strings.ToLower(s)
	default:
		return s
	}
}

func (d *reader) patches(list []patch) []packages.Patch {
	var out []packages.Patch
	for i := range list {
		x := &list[i]
		p := packages.Patch{
			URL: x.URL, File: x.File, SHA256: x.SHA256, ArchiveSHA: x.ArchiveSHA, Level: 1, WorkingDir: x.WorkingDir, Reverse: x.Reverse,
			When: d.when(x.When), Place: d.place,
		}
		if x.Level != nil {
			p.Level = *x.Level
		}
		out = append(out, p)
	}
	return out
}

func (d *reader) spec(text string) *spec.Spec {
	s, err := d.repo.spec(text)
	d.fail(err)
	return s
}

func (d *reader) specs(texts []string) []*spec.Spec {
	out := make([]*spec.Spec, len(texts))
	for i, text := range texts {
		out[i] = d.spec(text)
	}
	return out
}

// when reads a condition. Recipes repeat the conditions of their base classes.
func (d *reader) when(texts []string) packages.When {
	var out packages.When
	for i, text := range texts {
		if !slices.Contains(texts[:i], text) {
			out = append(out, d.spec(text))
		}
	}
	return out
}

func (d *reader) types(names []string) spec.DepTypes {
	var types spec.DepTypes
	for _, name := range names {
		t, ok := spec.ParseDepType(name)
		if !ok {
			d.fail(fmt.Errorf("unknown dependency type %q", name))
		}
		types |= t
	}
	return types
}

func (d *reader) policy(name string) packages.RequirementPolicy {
	switch name {
	case "one_of":
		return packages.OneOf
	case "any_of":
		return packages.AnyOf
	}
	d.fail(fmt.Errorf("unknown policy %q of a requirement", name))
	return packages.AllOf
}

func (d *reader) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}
