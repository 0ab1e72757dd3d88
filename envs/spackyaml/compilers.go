package spackyaml

import (
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages/config"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

// languages are the compilers of a compilers.yaml by the names that externals have for them.
var languages = []struct{ path, language string }{{"cc", "c"}, {"cxx", "cxx"}, {"fc", "fortran"}}

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
		case slices.Contains(carried, e.Name()) || slices.Contains(uncarried, e.Name()):
		case !holdsNothing(e.Value):
			c.note(e.Key, "compilers: %s is not carried over", e.Name())
		}
	}
	programs, prefix := c.programs(fields["paths"])
	if len(programs.Content) == 0 || prefix == "" && holdsNothing(fields["modules"]) {
		c.note(compiler.Key, "compilers: %s has no path that could be used, and no modules that lead to it; `berth compiler find` looks for compilers", fields["spec"].Text())
		return
	}
	name, text, ok := compilerText(fields, programs)
	if !ok {
		c.note(compiler.Key, "compilers: %q is no compiler with a version", fields["spec"].Text())
		return
	}
	external := mapping("spec", scalar(text))
	if prefix != "" {
		put(external, "prefix", scalar(prefix))
	}
	if modules := fields["modules"]; !holdsNothing(modules) {
		put(external, "modules", copyOf(modules))
	}
	attributes := mapping("compilers", programs)
	for _, key := range carriedAttributes {
		if value := fields[key]; !holdsNothing(value) && !value.IsBool() {
			put(attributes, key, copyOf(value))
		}
	}
	put(external, "extra_attributes", attributes)
	settings := mapping("externals", &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{external}})
	if err := c.check(render("packages", mapping(name, settings))); err != nil {
		c.note(compiler.Key, "compilers: %s", reason(err))
		return
	}
	merge(out, mapping(name, settings))
}

// carriedAttributes of a compiler mean the same below extra_attributes of an external: builds with it get the flags, the variables and the run paths.
var carriedAttributes = []string{"flags", "environment", "extra_rpaths", "implicit_rpaths"}

// carried are the keys of a compiler that an external has in one way or another; uncarried are those that mean nothing to berth.
var (
	carried   = append([]string{"spec", "paths", "operating_system", "modules"}, carriedAttributes...)
	uncarried = []string{"target", "alias", "enable_implicit_rpaths"}
)

// compilerText is the name of a compiler's package, and the spec of the external.
func compilerText(fields map[string]yamldoc.Node, programs *yaml.Node) (name, text string, ok bool) {
	var known []string
	for i := 0; i < len(programs.Content); i += 2 {
		known = append(known, programs.Content[i].Value)
	}
	s, ok := config.CompilerSpec(fields["spec"].Text(), known)
	if !ok {
		return "", "", false
	}
	if os := fields["operating_system"]; !holdsNothing(os) && os.Text() != "any" {
		s.OS = os.Text()
	}
	return s.Name, strings.Replace(s.String(), "@=", "@", 1), true
}

// programs are the compilers by language, as absolute paths or, where modules lead to them, names; and the prefix that the first path is in.
func (c *converter) programs(paths yamldoc.Node) (programs *yaml.Node, prefix string) {
	programs = &yaml.Node{Kind: yaml.MappingNode}
	for _, l := range languages {
		for _, e := range paths.Map() {
			if e.Name() != l.path || !e.Value.IsScalar() || e.Value.IsNull() || e.Value.Text() == "" || e.Value.Text() == "None" {
				continue
			}
			program, err := config.ExpandPath(e.Value.Text())
			if err != nil {
				c.note(e.Value, "compilers: %v", err)
				continue
			}
			put(programs, l.language, scalar(program))
			if prefix == "" && path.IsAbs(program) {
				prefix = path.Dir(path.Dir(program))
			}
		}
	}
	return programs, prefix
}

// holdsNothing reports whether a value is missing, null, {} or [], or a map of nothing but such: environment: {unset: []}.
func holdsNothing(n yamldoc.Node) bool {
	switch {
	case !n.Exists() || n.IsNull():
		return true
	case n.IsMap():
		return !slices.ContainsFunc(n.Map(), func(e yamldoc.Entry) bool { return !holdsNothing(e.Value) })
	case n.IsList():
		return len(n.List()) == 0
	}
	return false
}
