package concretizer

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

var coreEvery = flag.Int("core-every", 9, "prove every n-th core of the recipes without an answer; 1 is all of them")

// TestCoresAreReal takes the recipes of the corpus that have no answer and proves by brute force, without the encoding, that what the explanation
// blames is to blame: of the packages that it speaks of, with nothing but the directives that it lists, there is no answer; without any one of these, there is.
func TestCoresAreReal(t *testing.T) {
	before := shrinkWork
	shrinkWork *= 100 // what is still longer than it must be, because that was too much work, is no core
	defer func() { shrinkWork = before }()
	for i, name := range unsatisfiableRoots(t) {
		if i%*coreEvery != 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			req := corpusRequest(t, name)
			_, err := Concretize(context.Background(), req)
			var conflict *Conflict
			if !errors.As(err, &conflict) {
				t.Fatalf("no conflict, but %v", err)
			}
			proveCore(t, &req, conflict)
		})
	}
}

func proveCore(t *testing.T, req *Request, conflict *Conflict) {
	t.Helper()
	all, bound := newCore(t, req, conflict, nil).satisfiable(t)
	if bound {
		t.Fatalf("too large for brute force: %v", conflict)
	}
	if all {
		t.Errorf("what is blamed can hold together: %v", conflict)
	}
	for _, c := range conflict.Causes {
		if !isDirective(c) {
			continue
		}
		if ok, bound := newCore(t, req, conflict, c).satisfiable(t); !ok && !bound {
			t.Errorf("needless: %s\nin %v", c, conflict)
		}
	}
}

// isDirective tells whether a cause is something that somebody wrote, and that can be taken away, rather than a rule of what an answer is.
func isDirective(c Cause) bool {
	switch c.(type) {
	case *RequestCause, *SingleCause, *NeedCause, *CycleCause, *OneProviderCause, *TogetherCause, *AskedProviderCause, *ProviderCause, *TargetCause:
		return false
	}
	return true
}

// unsatisfiableRoots lists the recipes that testdata/unsatisfiable.txt of the corpus names.
func unsatisfiableRoots(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../test/corpus/testdata/unsatisfiable.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		if name, _, ok := strings.Cut(line, ": "); ok && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, " ") {
			out = append(out, name)
		}
	}
	return out
}

// core is the request with only those directives that an explanation blames: each package that they speak of, with the versions and
// variants that make a difference to them, and nothing else.
type core struct {
	req     *Request
	recipes map[string]*packages.Recipe
	specs   map[string][]*spec.Spec // what is said of each package
	defined map[string]bool         // variants of which the core says when they exist: "hdf5 mpi"
	sticky  map[string]bool         // and of which it says that they are sticky

	config packages.Configuration
	target bool // some directive speaks of targets
}

// newCore makes the core of a conflict, without one of its causes.
func newCore(t *testing.T, req *Request, conflict *Conflict, without Cause) *core {
	t.Helper()
	c := &core{
		req: req, recipes: map[string]*packages.Recipe{}, specs: map[string][]*spec.Spec{}, defined: map[string]bool{}, sticky: map[string]bool{},
		config: packages.Configuration{Packages: map[string]packages.PackageConfig{}},
	}
	for i := range req.Roots {
		c.speak(req.Roots[i].Spec.Name, req.Roots[i].Spec)
	}
	for _, cause := range conflict.Causes {
		if v, ok := cause.(*VariantCause); ok {
			c.mention(v.Package)
			key := v.Package + " " + v.Variant
			c.sticky[key] = c.sticky[key] || v.Sticky && cause != without
			c.defined[key] = c.defined[key] || !v.Sticky && cause != without
		}
		if cause != without {
			c.add(t, cause)
		}
	}
	c.askers(t)
	for _, name := range sortedKeys(c.recipes) {
		c.complete(t, name, conflict, without)
	}
	c.reach()
	return c
}

// askers adds the dependencies by which packages of the core ask for values of its sticky variants: these may leave their defaults then.
func (c *core) askers(t *testing.T) {
	t.Helper()
	for _, key := range sortedKeys(c.sticky) {
		if !c.sticky[key] {
			continue
		}
		name, variant, _ := strings.Cut(key, " ")
		for _, from := range sortedKeys(c.recipes) {
			full, err := c.req.Repo.Recipe(context.Background(), from)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range full.Depends {
				if v, ok := d.Spec.Variant(variant); ok && d.Spec.Name == name && slices.Contains(v.Values, typical[variant]) {
					c.recipes[from].Depends = append(c.recipes[from].Depends, d)
					c.speak(name, d.Spec)
					for _, s := range d.When {
						c.speak(from, s)
					}
				}
			}
		}
	}
}

// typical is the value that stands for all that nobody speaks of.
var typical = map[string]string{"cuda_arch": "80", "amdgpu_target": "gfx90a"}

// reach adds what the core speaks of, but nothing in it needs: some directive that is not blamed may. A package of its own needs the root, and
// these or not: below the root they might need it themselves, and the core does not always say that dependencies run in no circle.
func (c *core) reach() {
	root := c.req.Roots[0].Spec.Name
	reached := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if reached[name] {
			return
		}
		reached[name] = true
		r := c.recipes[name]
		if r == nil {
			for _, p := range c.req.Repo.Providers(name) {
				visit(p)
			}
			return
		}
		for _, d := range r.Depends {
			visit(d.Spec.Name)
		}
	}
	visit(root)
	r := &packages.Recipe{Name: everything, Namespace: "mini", Versions: []packages.VersionDecl{{Version: spec.MustVersion("1")}}}
	r.Depends = []packages.Dependency{{Spec: spec.MustParse(root), Types: spec.Link}}
	for _, name := range sortedKeys(c.recipes) {
		if reached[name] {
			continue
		}
		v := "with-" + name
		r.Variants = append(r.Variants, packages.VariantDecl{Name: v, Default: []string{"false"}})
		r.Depends = append(r.Depends, packages.Dependency{Spec: spec.MustParse(name), Types: spec.Link, When: packages.When{spec.MustParse("+" + v)}})
		visit(name)
	}
	c.recipes[everything] = r
}

const everything = "everything"

// speak notes that a spec says something of a package, and of those it depends on.
func (c *core) speak(name string, s *spec.Spec) {
	if s.Name != "" {
		name = s.Name
	}
	c.target = c.target || !s.Target.IsAny()
	c.mention(name)
	c.specs[name] = append(c.specs[name], s)
	for _, d := range s.Deps {
		c.speak(d.Spec.Name, d.Spec)
	}
}

// mention makes a package part of the core; of a virtual, all that provide it.
func (c *core) mention(name string) {
	if c.recipes[name] != nil {
		return
	}
	full, err := c.req.Repo.Recipe(context.Background(), name)
	if err != nil {
		for _, p := range c.req.Repo.Providers(name) {
			c.mention(p)
		}
		return
	}
	c.recipes[name] = &packages.Recipe{Name: name, Namespace: "mini", Tags: full.Tags}
	for _, p := range full.Provides {
		if len(c.asked(p.Virtuals)) > 0 {
			c.recipes[name].Provides = append(c.recipes[name].Provides, p)
			for _, s := range p.When {
				c.speak(name, s)
			}
		}
	}
}

// asked lists those virtuals that the core speaks of.
func (c *core) asked(virtuals []*spec.Spec) []*spec.Spec {
	var out []*spec.Spec
	for _, v := range virtuals {
		if !isLanguage(v.Name) {
			out = append(out, v)
		}
	}
	return out
}

func (c *core) add(t *testing.T, cause Cause) {
	t.Helper()
	say := func(name string, when packages.When, list ...*spec.Spec) *packages.Recipe {
		c.mention(name)
		for _, s := range slices.Concat([]*spec.Spec(when), list) {
			c.speak(name, s)
		}
		return c.recipes[name]
	}
	switch d := cause.(type) {
	case *DependencyCause:
		r := say(d.Package, d.Dep.When, d.Dep.Spec)
		r.Depends = append(r.Depends, *d.Dep)
	case *ConflictCause:
		r := say(d.Package, d.Directive.When, d.Directive.Spec)
		r.Conflicts = append(r.Conflicts, *d.Directive)
	case *RequireCause:
		r := say(d.Package, d.Directive.When, d.Directive.Specs...)
		r.Requires = append(r.Requires, *d.Directive)
	case *NotBuildableCause:
		for _, name := range append([]string{d.Package}, d.Others...) {
			say(name, nil)
			p := c.config.Packages[name]
			p.NotBuildable, p.Externals = &d.Written, c.req.Config.Packages[name].Externals
			c.config.Packages[name] = p
		}
	case *SystemLibcCause:
		say(d.Package, nil)
		for _, x := range d.Externals {
			say(x.Spec.Name, nil)
			p := c.config.Packages[x.Spec.Name]
			p.Externals = append(p.Externals, *x)
			c.config.Packages[x.Spec.Name] = p
		}
	case *VariantCause, *VersionCause, *NoVersionCause, *RequestCause, *SingleCause, *NeedCause, *OneProviderCause, *ProviderCause, *CycleCause:
	default:
		t.Fatalf("a kind of cause that this test does not know yet: %T", cause)
	}
}

// complete gives a package of the core its versions and variants.
func (c *core) complete(t *testing.T, name string, conflict *Conflict, without Cause) {
	t.Helper()
	full, err := c.req.Repo.Recipe(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	r := c.recipes[name]
	// A variant may exist under a condition on another one, which then counts, too.
	for i := 0; i < len(c.specs[name]); i++ {
		for _, v := range c.specs[name][i].Variants {
			for _, d := range full.Variants {
				if d.Name != v.Name {
					continue
				}
				for _, s := range d.When {
					if !slices.Contains(c.specs[name], s) {
						c.specs[name] = append(c.specs[name], s)
					}
				}
			}
		}
	}
	for _, d := range full.Variants {
		if values, ok := c.said(name, d.Name); ok {
			r.Variants = append(r.Variants, c.reduce(d, values, name)...)
		}
	}
	seen := map[string]bool{}
	for _, d := range full.Versions {
		key := ""
		for _, s := range c.specs[name] {
			key += fmt.Sprint(s.Versions.Contains(d.Version))
		}
		if !seen[key] {
			seen[key] = true
			r.Versions = append(r.Versions, packages.VersionDecl{Version: d.Version})
		}
	}
	for _, cause := range conflict.Causes {
		if v, ok := cause.(*NoVersionCause); ok && v.Package == name && cause == without {
			r.Versions = append(r.Versions, packages.VersionDecl{Version: spec.MustVersion("1")})
		}
	}
}

// said lists the values of a variant that the core speaks of; ok is false if it does not speak of the variant.
func (c *core) said(name, variant string) (values []string, ok bool) {
	for _, s := range c.specs[name] {
		if v, has := s.Variant(variant); has {
			ok = true
			values = append(values, v.Values...)
		}
	}
	return values, ok
}

// reduce leaves a variant the values that make a difference: those that are spoken of, the default, and one more that stands for all the others.
func (c *core) reduce(d packages.VariantDecl, said []string, name string) []packages.VariantDecl {
	keep := func(v string) bool { return slices.Contains(said, v) || slices.Contains(d.Default, v) }
	more := ""
	for _, v := range append([]string{typical[d.Name]}, declaredValues(&d)...) {
		if v != "" && !keep(v) && slices.Contains(declaredValues(&d), v) {
			more = v
			break
		}
	}
	counts := func(v string) bool { return keep(v) || v == more }
	key := name + " " + d.Name
	out := d
	out.Values, out.Sets, out.Sticky = nil, nil, false
	for _, v := range d.Values {
		if counts(v.Value) && c.defined[key] {
			out.Values = append(out.Values, v)
		} else if counts(v.Value) {
			out.Values = append(out.Values, packages.VariantValue{Value: v.Value})
		}
	}
	for _, set := range d.Sets {
		if set = slices.DeleteFunc(slices.Clone(set), func(v string) bool { return !counts(v) }); len(set) > 0 {
			out.Sets = append(out.Sets, set)
		}
	}
	if !c.defined[key] {
		out.When = nil // the core does not say that it exists only then
	}
	if !d.Sticky || !c.sticky[key] {
		return []packages.VariantDecl{out}
	}
	fixed := out
	fixed.When, fixed.Sticky = d.When, true
	return []packages.VariantDecl{out, fixed}
}

// satisfiable tries everything; bound is true if there was too much to try.
func (c *core) satisfiable(t *testing.T) (ok, bound bool) {
	t.Helper()
	repo := mini.Parse("")
	for _, r := range c.recipes {
		repo.Add(r)
	}
	req := *c.req
	req.Repo, req.Config = repo, c.config
	req.Roots = []Root{{Spec: spec.MustParse(everything)}}
	if !c.target {
		req.Target = target("x86_64")
	}
	o := &oracle{t: t, req: &req, budget: 300_000, any: true}
	o.run()
	return o.best != nil, o.budget < 0
}
