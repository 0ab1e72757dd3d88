package spackrepo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

// A directive is described by its parameters, as its def would have them, and by what it records.
type directiveKind struct {
	params []string
	record func(d *directive, a *arguments)
}

// Parameters that several directives share.
var (
	checksums = []string{"md5=", "sha1=", "sha224=", "sha256=", "sha384=", "sha512="}
	fetching  = []string{
		"url=", "extension=", "expand=", "no_cache=", "fetch_options=", "git=", "commit=", "tag=", "branch=", "get_full_repo=", "submodules=",
		"submodules_delete=", "git_sparse_paths=", "svn=", "hg=", "cvs=", "revision=", "date=",
	}
)

// directiveKinds are all directives that there are. One that is not here is an unknown name, and so an error.
var directiveKinds = map[string]directiveKind{
	"version": {slices.Concat([]string{"ver", "checksum=", "*", "preferred=", "deprecated=", "when="}, fetching, checksums), recordVersion},
	"variant": {
		[]string{"name", "default=", "description=", "values=", "multi=", "validator=", "when=", "sticky="}, recordVariant,
	},
	"depends_on":   {[]string{"spec", "when=", "type=", "patches="}, recordDependency},
	"extends":      {[]string{"spec", "when=", "type=", "patches="}, recordExtension},
	"conflicts":    {[]string{"conflict_spec", "when=", "msg="}, recordConflict},
	"requires":     {[]string{"*requirement_specs", "policy=", "when=", "msg="}, recordRequirement},
	"provides":     {[]string{"*specs", "when="}, recordProvision},
	"patch":        {[]string{"url_or_filename", "level=", "when=", "working_dir=", "reverse=", "sha256=", "archive_sha256="}, recordPatch},
	"resource":     {slices.Concat([]string{"*", "name=", "when=", "destination=", "placement=", "checksum="}, fetching, checksums), recordResource},
	"license":      {[]string{"license_identifier", "checked_by=", "when="}, recordLicense},
	"maintainers":  {[]string{"*names"}, recordMaintainers},
	"redistribute": {[]string{"source=", "binary=", "when="}, recordRedistribution},
	"can_splice":   {[]string{"target", "*", "when=", "match_variants=", "manual_variants="}, recordSplice},
	"build_system": {[]string{"*values", "default=", "when="}, recordBuildSystem},
}

// knownParameters are those of any directive: what default_args(...) may set.
var knownParameters = func() map[string]bool {
	known := map[string]bool{}
	for _, kind := range directiveKinds {
		for _, p := range kind.params {
			known[parameterName(p)] = true
		}
	}
	delete(known, "")
	return known
}()

func parameterName(p string) string { return strings.Trim(p, "*=") }

// directiveCost is what a directive takes in memory while its recipe is read.
const directiveCost = 500

// newDirective makes the function that a recipe calls.
func newDirective(name string, kind directiveKind) *python.Builtin {
	names := make([]string, len(kind.params)) // "" for a bare star
	for i, p := range kind.params {
		names[i] = parameterName(p)
	}
	positional := slices.IndexFunc(kind.params, func(p string) bool { return p[0] == '*' })
	if positional < 0 {
		positional = len(names)
	}
	return python.NewBuiltin(name, func(c *python.Call) (python.Value, error) {
		b, err := bodyOf(c, name)
		if err != nil {
			return nil, err
		}
		addDefaults(c, b, names, min(positional, len(c.Args)))
		values, err := c.Bind(kind.params...)
		if err != nil {
			return nil, err
		}
		if err := collectValues(c, names, values); err != nil {
			return nil, err
		}
		if err := c.In.Alloc(directiveCost + 32*len(b.conditions)); err != nil {
			return nil, err
		}
		if err := measure(c.In, 0, values...); err != nil {
			return nil, err
		}
		d := &directive{name: name, place: placeOf(c.Place())}
		a := &arguments{directive: name, names: names, values: values}
		if slices.Contains(names, "when") {
			d.setConditions(b, a)
		} else if len(b.conditions) > 0 && name != "maintainers" {
			return nil, python.TypeErrorf("%s() takes no when, so it cannot stand in a block of with when(...)", name)
		}
		kind.record(d, a)
		if a.err != nil {
			return nil, a.err
		}
		b.take(c.In, values)
		b.directives = append(b.directives, d)
		return d, nil
	})
}

// collectValues makes a tuple of values= where it is a generator, the keys of a dict or the like.
func collectValues(c *python.Call, names []string, values []python.Value) error {
	at := slices.Index(names, "values")
	if at < 0 {
		return nil
	}
	switch v := values[at].(type) {
	case nil, python.NoneType, python.Str, python.Tuple, *python.List, *valueSets:
	default:
		if isCallable(v) {
			return nil
		}
		items, err := c.In.Collect(v)
		if err != nil {
			return python.TypeErrorf("%s(): values must be a list of values or a function, not %s", c.Name, v.Type())
		}
		values[at] = python.Tuple(items)
	}
	return nil
}

// addDefaults passes on what with default_args(...) says, as far as the directive has such a parameter and the call does not say it itself: by
// name, or as one of its given first arguments.
func addDefaults(c *python.Call, b *body, names []string, given int) {
	for i := len(b.defaults) - 1; i >= 0; i-- {
		for name, v := range b.defaults[i] {
			at := slices.Index(names, name)
			if at < given || c.Kwarg(name) != nil {
				continue
			}
			c.Kwargs = append(slices.Clip(c.Kwargs), python.Kwarg{Name: name, Value: v})
		}
	}
}

// take removes what was passed to a directive as an argument: patch(...) within depends_on(...) is not the package's own.
func (b *body) take(in *python.Interp, values []python.Value) {
	for _, v := range values {
		switch v := v.(type) {
		case *directive:
			_ = in.Work(len(b.directives) / 8)
			b.directives = slices.DeleteFunc(b.directives, func(d *directive) bool { return d == v })
		case python.Tuple:
			b.take(in, v)
		case *python.List:
			b.take(in, v.Items())
		}
	}
}

// setConditions joins the conditions of the blocks around a directive with its own.
func (d *directive) setConditions(b *body, a *arguments) {
	own, err := conditionOf(a.get("when"))
	if err != nil {
		a.raise(fmt.Errorf("%s(): %w", d.name, err))
		return
	}
	for _, c := range append(slices.Clip(b.conditions), own) {
		if c.never {
			d.never = true
		}
		if c.text != "" {
			d.when = append(d.when, c.text)
		}
	}
}

func recordDependency(d *directive, a *arguments) {
	d.depends = &record.Dependency{Spec: a.text("spec"), Types: a.depTypes("build", "link"), When: d.when, Patches: a.patches(d.place), Place: d.place}
}

func recordExtension(d *directive, a *arguments) {
	types := a.depTypes("build", "run")
	d.extends = &record.Extension{Spec: a.text("spec"), Types: types, When: d.when, Place: d.place}
	if a.get("patches") != nil {
		d.depends = &record.Dependency{Patches: a.patches(d.place)} // for the dependency that extends() implies
	}
}

// depTypeOrder is the order in which dependency types are told.
var depTypeOrder = []string{"build", "link", "run", "test"}

func (a *arguments) depTypes(or ...string) []string {
	switch given := a.get("type").(type) {
	case nil:
		return or
	case *python.Builtin:
		if given.Name == "all" { // type=all: Python's own function, which Spack takes for the text
			return depTypeOrder
		}
	}
	given := a.texts("type")
	if len(given) == 1 && given[0] == "all" {
		return depTypeOrder
	}
	var types []string
	for _, t := range depTypeOrder {
		if slices.Contains(given, t) {
			types = append(types, t)
		}
	}
	for _, t := range given {
		if !slices.Contains(depTypeOrder, t) {
			a.raise(python.ValueErrorf("%s(): there is no dependency type %q; there are build, link, run and test", a.directive, t))
		}
	}
	return types
}

// patches reads patches=: names of files, patch(...), or a list of these.
func (a *arguments) patches(place packages.Place) []record.Patch {
	v := a.get("patches")
	if v == nil {
		return nil
	}
	items, ok := itemsOf(v)
	if !ok {
		items = []python.Value{v}
	}
	var out []record.Patch
	for _, item := range items {
		switch p := item.(type) {
		case python.Str:
			out = append(out, record.Patch{File: string(p), Place: place})
		case *directive:
			if p.patch == nil {
				a.raise(python.TypeErrorf("%s(): patches has %s in it, which is no patch", a.directive, p))
			} else if !p.never {
				out = append(out, *p.patch)
			}
		default:
			a.fail("patches", item, "the name of a file, a patch(...), or a list of these")
		}
	}
	return out
}

func recordConflict(d *directive, a *arguments) {
	d.conflict = &record.Conflict{Spec: a.text("conflict_spec"), When: d.when, Because: a.text("msg"), Place: d.place}
}

func recordRequirement(d *directive, a *arguments) {
	d.requirement = &record.Requirement{Specs: a.rest("requirement_specs"), Policy: "one_of", When: d.when, Because: a.text("msg"), Place: d.place}
	if p := a.text("policy"); p != "" {
		d.requirement.Policy = p
	}
}

func recordProvision(d *directive, a *arguments) {
	d.provision = &record.Provision{Virtuals: a.rest("specs"), When: d.when, Place: d.place}
}

func recordLicense(d *directive, a *arguments) {
	d.license = &record.License{License: a.text("license_identifier"), When: d.when, Place: d.place}
}

func recordMaintainers(d *directive, a *arguments) { d.maintainers = a.rest("names") }

func recordRedistribution(d *directive, a *arguments) {
	source, binary := a.flag("source"), a.flag("binary")
	if source == nil && binary == nil {
		return
	}
	if source != nil && *source || binary != nil && *binary {
		a.raise(python.ValueErrorf("redistribute() can only forbid: write source=False or binary=False"))
	}
	d.redistrib = &record.Redistribution{Source: source == nil, Binary: binary == nil, When: d.when, Place: d.place}
}

func recordSplice(d *directive, a *arguments) {
	if v := a.get("match_variants"); v != nil {
		a.texts("match_variants")
	}
	d.splice = &record.Splice{Target: a.text("target"), When: d.when, Place: d.place}
}
