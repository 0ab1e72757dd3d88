// Package corpus reads a full-size package repository that was written down as data, for tests and benchmarks: some 8,900 recipes
// with thousands of conditions, variants and virtuals. Nothing that is shipped uses it.
package corpus

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// ErrAbsent says that the corpus is not at hand: skip the test.
var ErrAbsent = errors.New("the recipe corpus is not at hand")

// Repo is the corpus as a packages.Repo. A recipe is read when it is asked for.
type Repo struct {
	mu      sync.Mutex
	names   []string
	raw     map[string]*record
	recipes map[string]*packages.Recipe
	virtual map[string][]string
	// Skipped counts directives whose spec could not be read.
	Skipped int
}

type when []string

type record struct {
	Name  string
	Attrs struct {
		Tags    []string
		Virtual bool
	}
	Versions []struct {
		Version               string
		Preferred, Deprecated bool
		When                  when
	}
	Variants []struct {
		Name, Kind string
		Default    any
		Values     []struct {
			Value any
			When  when
		}
		Sets          [][]any
		Multi, Sticky bool
		CallableDoc   string `json:"callable_doc"`
		When          when
	}
	Dependencies []struct {
		Spec  string
		Types []string
		When  when
	}
	Conflicts []struct {
		Spec string
		When when
	}
	Requirements []struct {
		Specs  []string
		Policy string
		When   when
	}
	Provides []struct {
		Virtuals []string
		When     when
	}
}

// Open finds the corpus in shared/corpus beside or above the working directory, or where BERTH_CORPUS says.
func Open() (*Repo, error) {
	dir := os.Getenv("BERTH_CORPUS")
	if dir == "" {
		at, err := os.Getwd()
		if err != nil {
			return nil, err
		}
		for ; dir == "" && at != filepath.Dir(at); at = filepath.Dir(at) {
			if _, err := os.Stat(filepath.Join(at, "shared", "corpus")); err == nil {
				dir = filepath.Join(at, "shared", "corpus")
			}
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.jsonl.gz"))
	if dir == "" || len(files) == 0 {
		return nil, ErrAbsent
	}
	return read(files[len(files)-1])
}

func read(file string) (*Repo, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	r := &Repo{raw: map[string]*record{}, recipes: map[string]*packages.Recipe{}, virtual: map[string][]string{}}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		rec := &record{}
		if err := json.Unmarshal(lines.Bytes(), rec); err != nil {
			return nil, err
		}
		if rec.Attrs.Virtual {
			continue // a name that others provide
		}
		r.raw[rec.Name] = rec
		r.names = append(r.names, rec.Name)
		for _, p := range rec.Provides {
			for _, v := range p.Virtuals {
				name, _, _ := strings.Cut(v, "@")
				if !slices.Contains(r.virtual[name], rec.Name) {
					r.virtual[name] = append(r.virtual[name], rec.Name)
				}
			}
		}
	}
	slices.Sort(r.names)
	for _, list := range r.virtual {
		slices.Sort(list)
	}
	return r, lines.Err()
}

// Namespace implements packages.Repo.
func (r *Repo) Namespace() string { return "corpus" }

// Identity implements packages.Repo.
func (r *Repo) Identity() string { return "corpus" }

// Names implements packages.Repo.
func (r *Repo) Names() []string { return r.names }

// Providers implements packages.Repo.
func (r *Repo) Providers(virtual string) []string { return r.virtual[virtual] }

// Virtuals implements packages.Repo.
func (r *Repo) Virtuals() []string {
	var out []string
	for v := range r.virtual {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

// Recipe implements packages.Repo.
func (r *Repo) Recipe(_ context.Context, name string) (*packages.Recipe, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.recipes[name]; p != nil {
		return p, nil
	}
	rec := r.raw[name]
	if rec == nil {
		return nil, fmt.Errorf("%w: %s", packages.ErrUnknownPackage, name)
	}
	p := r.recipe(rec)
	r.recipes[name] = p
	return p, nil
}

func (r *Repo) spec(text string) (*spec.Spec, bool) {
	s, err := spec.Parse(text)
	if err != nil {
		r.Skipped++
	}
	return s, err == nil
}

func (r *Repo) when(w when) (packages.When, bool) {
	var out packages.When
	for _, text := range w {
		s, ok := r.spec(text)
		if !ok {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

// buildTools are the packages of which one DAG may hold several configurations.
var buildTools = []string{"cmake", "gmake", "python", "python-venv", "py-cython", "py-flit-core", "py-pip", "py-setuptools", "py-wheel", "xcb-proto", "gnuconfig"}

func (r *Repo) recipe(rec *record) *packages.Recipe {
	p := &packages.Recipe{Name: rec.Name, Namespace: "corpus", Tags: rec.Attrs.Tags}
	file := rec.Name + "/package.py"
	p.Place.File = file
	p.Tags = slices.DeleteFunc(slices.Clone(p.Tags), func(t string) bool { return t == "build-tools" })
	if slices.Contains(buildTools, rec.Name) {
		p.Tags = append(p.Tags, "build-tools")
	}
	line := 0
	place := func() packages.Place { line++; return packages.Place{File: file, Line: line} }
	for _, v := range rec.Versions {
		w, ok := r.when(v.When)
		version, err := spec.ParseVersion(v.Version)
		if ok && err == nil {
			p.Versions = append(p.Versions, packages.VersionDecl{Version: version, Preferred: v.Preferred, Deprecated: v.Deprecated, When: w, Place: place()})
		}
	}
	r.variants(p, rec, place)
	for _, d := range rec.Dependencies {
		s, ok := r.spec(d.Spec)
		w, ok2 := r.when(d.When)
		if ok && ok2 {
			var types spec.DepTypes
			for _, t := range d.Types {
				one, _ := spec.ParseDepType(t)
				types |= one
			}
			p.Depends = append(p.Depends, packages.Dependency{Spec: s, Types: types, When: w, Place: place()})
		}
	}
	r.rules(p, rec, place)
	return p
}

func (r *Repo) rules(p *packages.Recipe, rec *record, place func() packages.Place) {
	for _, c := range rec.Conflicts {
		s, ok := r.spec(c.Spec)
		w, ok2 := r.when(c.When)
		if ok && ok2 {
			p.Conflicts = append(p.Conflicts, packages.Conflict{Spec: s, When: w, Place: place()})
		}
	}
	for _, q := range rec.Requirements {
		specs, ok := r.when(q.Specs)
		w, ok2 := r.when(q.When)
		if ok && ok2 {
			policy := packages.OneOf
			if q.Policy == "any_of" {
				policy = packages.AnyOf
			}
			p.Requires = append(p.Requires, packages.Requirement{Specs: specs, Policy: policy, When: w, Place: place()})
		}
	}
	for _, x := range rec.Provides {
		virtuals, ok := r.when(x.Virtuals)
		w, ok2 := r.when(x.When)
		if ok && ok2 {
			p.Provides = append(p.Provides, packages.Provision{Virtuals: virtuals, When: w, Place: place()})
		}
	}
}

func (r *Repo) variants(p *packages.Recipe, rec *record, place func() packages.Place) {
	for _, v := range rec.Variants {
		w, ok := r.when(v.When)
		if !ok {
			continue
		}
		d := packages.VariantDecl{Name: v.Name, Sticky: v.Sticky, When: w, Place: place(), Default: strings.Split(text(v.Default), ",")}
		slices.Sort(d.Default)
		switch v.Kind {
		case "bool", "boollist":
			d.Kind = packages.BoolVariant
		case "any":
			d.Any, d.Kind = true, packages.SingleVariant
			if v.Multi {
				d.Kind = packages.MultiVariant
			}
		default:
			d.Kind = packages.SingleVariant
			if v.Multi || len(v.Sets) > 0 {
				d.Kind = packages.MultiVariant
			}
		}
		for _, x := range v.Values {
			if xw, ok := r.when(x.When); ok {
				d.Values = append(d.Values, packages.VariantValue{Value: text(x.Value), When: xw})
			}
		}
		if v.Kind == "callable" {
			for _, x := range strings.Split(v.CallableDoc, ",") {
				d.Values = append(d.Values, packages.VariantValue{Value: strings.TrimSpace(x)})
			}
			d.Any = v.CallableDoc == ""
		}
		for _, set := range v.Sets {
			var out []string
			for _, x := range set {
				out = append(out, text(x))
			}
			d.Sets = append(d.Sets, out)
		}
		p.Variants = append(p.Variants, d)
	}
}

func text(v any) string {
	switch v := v.(type) {
	case bool:
		return fmt.Sprint(v)
	case string:
		if v == "True" || v == "False" {
			return strings.ToLower(v)
		}
		return v
	case float64:
		return fmt.Sprint(v)
	case nil:
		return "none"
	}
	return fmt.Sprint(v)
}
