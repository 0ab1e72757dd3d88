package spackyaml

import (
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages/yamldoc"
)

// meaningless are keys of packages.yaml that berth reads and ignores.
var meaningless = []string{"permissions", "package_attributes"}

// packages carries a section packages over, key by key, so that one that berth cannot read takes no other with it.
func (c *converter) packages(n yamldoc.Node) *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode}
	for _, pkg := range n.Map() {
		if !pkg.Value.IsMap() {
			if !pkg.Value.IsNull() {
				c.note(pkg.Key, "packages: %s: expected keys with values", pkg.Name())
			}
			continue
		}
		settings := &yaml.Node{Kind: yaml.MappingNode}
		for _, e := range pkg.Value.Map() {
			if slices.Contains(meaningless, e.Name()) {
				c.note(e.Key, "packages: %s: %s means nothing to berth", pkg.Name(), e.Name())
				continue
			}
			c.trySetting(settings, pkg.Name(), e)
		}
		if len(settings.Content) > 0 {
			putCopy(out, pkg.Key, settings)
		}
	}
	return out
}

// trySetting adds a key of a package's settings, if an env.yaml may say it. A list is tried as a whole, then an entry at a time.
func (c *converter) trySetting(settings *yaml.Node, pkg string, e yamldoc.Entry) {
	value := copyOf(e.Value)
	err := c.check(render("packages", mapping(pkg, mapping(e.Name(), value))))
	if err == nil {
		putCopy(settings, e.Key, value)
		return
	}
	if value.Kind != yaml.SequenceNode {
		c.note(e.Key, "packages: %s: %s: %s", pkg, e.Name(), reason(err))
		return
	}
	kept := &yaml.Node{Kind: yaml.SequenceNode, Style: value.Style}
	for i, item := range e.Value.List() {
		one := &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{value.Content[i]}}
		if err := c.check(render("packages", mapping(pkg, mapping(e.Name(), one)))); err != nil {
			c.note(item, "packages: %s: %s: %s", pkg, e.Name(), reason(err))
			continue
		}
		kept.Content = append(kept.Content, value.Content[i])
	}
	if len(kept.Content) > 0 {
		putCopy(settings, e.Key, kept)
	}
}

// languages are the compilers of a compilers.yaml by the names that externals have for them.
var languages = []struct{ path, language string }{{"cc", "c"}, {"cxx", "cxx"}, {"fc", "fortran"}}

// packageOf maps the names that compilers had up to Spack 0.23 to those of their packages.
var packageOf = map[string]string{
	"clang": "llvm", "oneapi": "intel-oneapi-compilers", "intel": "intel-oneapi-compilers-classic", "rocmcc": "llvm-amdgpu",
	"apple-clang": "apple-clang", "arm": "acfl",
}

// compilers turns a list of compilers, as Spack had them up to 0.23, into externals.
func (c *converter) compilers(n yamldoc.Node) *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode}
	for _, item := range n.ListOrOne() {
		entries := item.Map()
		if len(entries) != 1 || entries[0].Name() != "compiler" || !entries[0].Value.IsMap() {
			c.note(item, "compilers: expected a compiler")
			continue
		}
		c.compiler(out, entries[0])
	}
	return out
}

func (c *converter) compiler(out *yaml.Node, compiler yamldoc.Entry) {
	fields := map[string]yamldoc.Node{}
	for _, e := range compiler.Value.Map() {
		fields[e.Name()] = e.Value
		switch {
		case slices.Contains([]string{"spec", "paths", "operating_system", "target"}, e.Name()):
		case e.Value.IsNull() || e.Value.IsMap() && len(e.Value.Map()) == 0 || e.Value.IsList() && len(e.Value.List()) == 0:
		default:
			c.note(e.Key, "compilers: %s is not carried over", e.Name())
		}
	}
	name, version, _ := strings.Cut(strings.Replace(fields["spec"].Text(), "@=", "@", 1), "@")
	if renamed := packageOf[name]; renamed != "" {
		name = renamed
	}
	found, prefix := &yaml.Node{Kind: yaml.MappingNode}, ""
	var known []string
	for _, l := range languages {
		for _, e := range fields["paths"].Map() {
			if e.Name() != l.path || !e.Value.IsScalar() || !path.IsAbs(e.Value.Text()) {
				continue
			}
			put(found, l.language, scalar(e.Value.Text()))
			known = append(known, l.language)
			if prefix == "" {
				prefix = path.Dir(path.Dir(e.Value.Text()))
			}
		}
	}
	if prefix == "" || version == "" {
		c.note(compiler.Key, "compilers: %s has no path that could be used; `berth compiler find` looks for compilers", fields["spec"].Text())
		return
	}
	text := name + "@" + version
	if name == "gcc" {
		text += " languages:=" + strings.ReplaceAll(strings.Join(known, ","), "cxx", "c++")
	}
	external := mapping("spec", scalar(text))
	put(external, "prefix", scalar(prefix))
	put(external, "extra_attributes", mapping("compilers", found))
	settings := mapping("externals", &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{external}})
	if err := c.check(render("packages", mapping(name, settings))); err != nil {
		c.note(compiler.Key, "compilers: %s", reason(err))
		return
	}
	merge(out, mapping(name, settings))
}
