package spackrepo

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

// collector makes a record of an evaluated recipe.
type collector struct {
	repo  *Repo
	in    *python.Interp
	class *python.Class
	own   string // the class as directives name theirs; what has another is inherited
	p     *record.Package

	versions map[string]int // where each version is in p.Versions
}

// collect makes the record of a package's class.
func (r *Repo) collect(in *python.Interp, name string, module *python.Module, class *python.Class) (*record.Package, error) {
	c := &collector{repo: r, in: in, class: class, own: shortModule(class.Module) + "." + class.Name, versions: map[string]int{}, p: &record.Package{
		Name: name, Dir: r.dirs[name], Class: class.Name, Bases: []string{}, MRO: []string{}, Builders: []string{},
		Place: packages.Place{File: class.File, Line: class.Line},
	}}
	c.classes(module)
	if err := c.attributes(); err != nil {
		return nil, err
	}
	if !isPackage(class) {
		return nil, fmt.Errorf("%s: class %s is no package: it inherits from none", c.p.Place, class.Name)
	}
	data := class.Data.(*classData)
	var implied []record.Dependency
	for _, d := range data.directives {
		if d.never {
			c.p.DroppedNever++
			continue
		}
		implied = append(implied, c.add(d)...)
	}
	c.p.Dependencies = append(c.p.Dependencies, implied...)
	slices.Sort(c.p.Maintainers)
	c.p.Maintainers = slices.Compact(c.p.Maintainers)
	return c.p, nil
}

// from is what a directive's record says of where it comes from.
func (c *collector) from(d *directive) string {
	if d.from == c.own {
		return ""
	}
	return d.from
}

// add records a directive; what extends(...) implies is given back, to stand behind all other dependencies.
func (c *collector) add(d *directive) (implied []record.Dependency) {
	from := c.from(d)
	switch p := c.p; {
	case d.version != nil:
		v := *d.version
		v.From = from
		c.addVersion(v)
	case d.variant != nil:
		v := *d.variant
		v.From = from
		p.Variants = append(p.Variants, v)
		if v.Name == buildSystemVariant {
			p.BuildSystem = record.BuildSystem{Values: v.Values, Default: fmt.Sprint(v.Default)}
		}
	case d.extends != nil:
		return c.addExtension(d, from)
	case d.depends != nil:
		v := *d.depends
		v.From = from
		p.Dependencies = append(p.Dependencies, v)
	case d.conflict != nil:
		v := *d.conflict
		v.From = from
		p.Conflicts = append(p.Conflicts, v)
	case d.requirement != nil:
		v := *d.requirement
		v.From = from
		p.Requirements = append(p.Requirements, v)
	case d.provision != nil:
		v := *d.provision
		v.From = from
		p.Provides = append(p.Provides, v)
	default:
		c.addSource(d, from)
	}
	return nil
}

// addVersion records a version. One that is said again takes the place of the first.
func (c *collector) addVersion(v record.Version) {
	if i, known := c.versions[v.Version]; known {
		c.p.Versions[i] = v
		return
	}
	c.versions[v.Version] = len(c.p.Versions)
	c.p.Versions = append(c.p.Versions, v)
}

const buildSystemVariant = "build_system"

func (c *collector) addSource(d *directive, from string) {
	switch p := c.p; {
	case d.patch != nil:
		v := *d.patch
		v.From = from
		p.Patches = append(p.Patches, v)
	case d.resource != nil:
		v := *d.resource
		v.From = from
		p.Resources = append(p.Resources, v)
	case d.license != nil:
		v := *d.license
		v.From = from
		p.Licenses = append(p.Licenses, v)
	case d.redistrib != nil:
		v := *d.redistrib
		v.From = from
		p.Redistribute = append(p.Redistribute, v)
	case d.splice != nil:
		p.Splices = append(p.Splices, *d.splice)
	case d.maintainers != nil:
		p.Maintainers = append(p.Maintainers, d.maintainers...)
	}
}

// addExtension records extends(...) with the dependencies that it implies: what is extended, and for Python also python-venv, in which
// extensions are installed.
func (c *collector) addExtension(d *directive, from string) []record.Dependency {
	e := *d.extends
	e.From = from
	c.p.Extends = append(c.p.Extends, e)
	on := func(spec string) record.Dependency {
		return record.Dependency{Spec: spec, Types: e.Types, When: e.When, Via: "extends", From: from, Place: d.place}
	}
	implied := []record.Dependency{on(e.Spec)}
	if d.depends != nil {
		implied[0].Patches = d.depends.Patches
	}
	if packageOf(e.Spec) == "python" && c.p.Name != "python-venv" {
		venv := on("python-venv")
		venv.Types = []string{"build", "run"}
		implied = append(implied, venv)
	}
	return implied
}

// packageOf is the package that a spec's text begins with.
func packageOf(spec string) string {
	spec = strings.TrimSpace(spec)
	if end := strings.IndexAny(spec, "@+~%^ \t\n=/"); end >= 0 {
		return spec[:end]
	}
	return spec
}

// classes records what classes and methods there are.
func (c *collector) classes(module *python.Module) {
	for _, base := range c.class.Bases {
		c.p.Bases = append(c.p.Bases, base.Name)
	}
	for _, k := range c.class.MRO()[1:] {
		if k.Module != coreModule && k.File != "" {
			c.p.MRO = append(c.p.MRO, shortModule(k.Module)+"."+k.Name)
		}
	}
	doc, _ := c.class.Own("__doc__")
	if text, ok := doc.(python.Str); ok {
		c.p.About = paragraph(string(text))
	}
	for _, name := range module.Names() {
		v, _ := module.Get(name)
		k, ok := v.(*python.Class)
		if !ok || k.Module != module.Name || k.Name != name {
			continue
		}
		if c.methods(k) && k != c.class {
			c.p.Builders = append(c.p.Builders, k.Name)
		}
	}
	slices.Sort(c.p.Builders)
}

// methods records the functions that a class of the recipe's file defines, those that are written several times as often as they are, and
// says whether there are any.
func (c *collector) methods(k *python.Class) (any bool) {
	for _, name := range k.OwnNames() {
		v, _ := k.Own(name)
		for _, f := range functionsBehind(v) {
			if f.File() == k.File && strings.HasSuffix(name, f.Name) { // not one that was imported, nor a second name
				any = true
				c.p.Methods = append(c.p.Methods, record.Method{Class: k.Name, Name: f.Name, Place: placeOf(f.Place())})
			}
		}
	}
	return any
}

// functionsBehind are the functions that an attribute of a class is made of.
func functionsBehind(v python.Value) []*python.Function {
	switch v := v.(type) {
	case *python.Function:
		return []*python.Function{v}
	case *python.Property:
		return functionsBehind(v.Get)
	case *python.StaticMethod:
		return functionsBehind(v.Func)
	case *python.ClassMethod:
		return functionsBehind(v.Func)
	case *classProperty:
		return functionsBehind(v.get)
	case *multiMethod:
		var all []*python.Function
		if v.otherwise != nil {
			all = functionsBehind(v.otherwise)
		}
		for _, m := range v.cases {
			all = append(all, functionsBehind(m.method)...)
		}
		return all
	}
	return nil
}

// readPatches reads the patches that stand beside the recipe, or beside one that it inherits from, and gives their files.
func (r *Repo) readPatches(class *python.Class, p *record.Package) ([]string, error) {
	var dirs []string
	for _, k := range class.MRO() {
		if rest, ok := strings.CutSuffix(k.File, "/"+recipeFile); ok && !slices.Contains(dirs, rest) {
			dirs = append(dirs, rest)
		}
	}
	var files []string
	read := func(list []record.Patch) error {
		for i := range list {
			if list[i].File == "" {
				continue
			}
			file, err := r.readPatch(dirs, &list[i])
			if err != nil {
				return err
			}
			files = append(files, file)
		}
		return nil
	}
	if err := read(p.Patches); err != nil {
		return files, err
	}
	for i := range p.Dependencies {
		if err := read(p.Dependencies[i].Patches); err != nil {
			return files, err
		}
	}
	return files, nil
}

func (r *Repo) readPatch(dirs []string, p *record.Patch) (string, error) {
	for _, dir := range dirs {
		file := path.Join(r.layout.packages, dir, p.File)
		text, err := readFile(r.fsys, file)
		if err == nil {
			p.Content, p.ContentSHA = text, digestOf(text)
			return file, nil
		}
	}
	return "", &record.PlacedError{Place: p.Place, Err: fmt.Errorf("the patch %s does not exist in %s", p.File, strings.Join(dirs, ", "))}
}
