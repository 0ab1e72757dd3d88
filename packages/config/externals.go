package config

import (
	"fmt"
	"path"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec"
)

// readExternals reads externals, and the maps paths and modules of old files: {openmpi@4.1.4: /opt/openmpi}.
func (s *section) readExternals(name string, get func(string) (yamldoc.Node, bool)) {
	n, override := get("externals")
	if n.Exists() && name == allPackages {
		n.Errorf("externals belong to one package, not to all")
		return
	}
	s.externals = setting[packages.External]{set: n.Exists(), replaces: override}
	for _, e := range n.List() {
		if x, ok := readExternal(name, e); ok {
			s.externals.values = append(s.externals.values, x)
		}
	}
	for _, key := range []string{"paths", "modules"} {
		old, _ := get(key)
		for _, e := range old.Map() {
			x := packages.External{Spec: externalSpec(name, e.Key), Place: e.Key.Place()}
			if x.Spec == nil {
				continue
			}
			if key == "paths" {
				x.Prefix = readPrefix(e.Value)
			} else {
				x.Modules = e.Value.Texts()
			}
			if x.Prefix == "" && len(x.Modules) == 0 {
				continue
			}
			s.externals.values, s.externals.set = append(s.externals.values, x), true
		}
	}
}

func readExternal(name string, n yamldoc.Node) (packages.External, bool) {
	f := n.Fields("spec", "prefix", "modules", "extra_attributes", "id", "dependencies")
	x := packages.External{
		Spec: externalSpec(name, f.Need("spec")), Modules: f.Get("modules").Texts(), ID: f.Get("id").Line(), Place: n.Place(),
	}
	if p := f.Get("prefix"); !p.IsNull() {
		x.Prefix = readPrefix(p)
	}
	placed := x.Prefix != "" || len(x.Modules) > 0
	if !placed && x.Spec != nil && f.Get("prefix").IsNull() { // else what is wrong with the prefix was told
		n.Mild("this external has no place", "give prefix, or modules that lead to it")
	}
	flatten(f.Get("extra_attributes"), "", &x.Attributes)
	for _, e := range f.Get("dependencies").List() {
		d := e.Fields("id", "spec", "deptypes", "virtuals")
		dep := packages.ExternalDependency{ID: d.Get("id").Line(), Types: d.Get("deptypes").DepTypes(), Virtuals: virtuals(d.Get("virtuals"))}
		switch d.OneOf("id", "spec") {
		case "spec":
			dep.Spec = d.Get("spec").Named()
		case "":
			e.Errorf("a dependency needs id or spec")
		}
		x.Dependencies = append(x.Dependencies, dep)
	}
	return x, x.Spec != nil && placed
}

// virtuals reads [c, cxx], or the same as one text: "c,cxx".
func virtuals(n yamldoc.Node) []string {
	var names []string
	for _, text := range n.Texts() {
		names = append(names, strings.Split(text, ",")...)
	}
	return names
}

func readPrefix(n yamldoc.Node) string {
	text, err := expandPath(n.Line(), HostVariables())
	if err != nil {
		n.Mild(err.Error(), "set it before berth runs, or write the path out")
		return ""
	}
	if !path.IsAbs(text) {
		if text != "" {
			n.Mild(fmt.Sprintf("%q is not an absolute path", text), "")
		}
		return ""
	}
	return path.Clean(text)
}

// externalSpec reads the spec of an external, which has one version: @1.2 is read as @=1.2, for who writes a file by hand means that.
func externalSpec(name string, n yamldoc.Node) *spec.Spec {
	s := n.Named()
	if s == nil {
		return nil
	}
	if s.Name != name {
		n.Mild("this spec is not one of "+name, "it belongs under "+s.Name)
		return nil
	}
	if _, ok := s.Versions.Single(); ok {
		return s
	}
	if s.Versions.IsAny() {
		n.Mild("this spec has no version", "an external is one version: "+name+"@1.2.3")
		return nil
	}
	text := s.Versions.String()
	v, err := spec.ParseVersion(text)
	if err != nil || strings.ContainsAny(text, ":,") {
		n.Mild("this spec has more than one version", "an external is one version: "+name+"@1.2.3")
		return nil
	}
	s = s.Clone()
	s.Versions = spec.Exactly(v)
	return s
}

// flatten turns {compilers: {c: /usr/bin/gcc}} into "compilers.c": "/usr/bin/gcc"; the entries of a list are joined with colons.
func flatten(n yamldoc.Node, prefix string, into *map[string]string) {
	if n.IsNull() {
		return
	}
	if *into == nil {
		*into = map[string]string{}
	}
	switch {
	case n.IsMap():
		for _, e := range n.Map() {
			key := e.Name()
			if prefix != "" {
				key = prefix + "." + key
			}
			flatten(e.Value, key, into)
		}
	case n.IsList():
		if texts := n.Texts(); len(texts) > 0 {
			(*into)[prefix] = strings.Join(texts, ":")
		}
	case prefix == "":
		n.Errorf("expected keys with values")
	default:
		(*into)[prefix] = n.Text()
	}
}
