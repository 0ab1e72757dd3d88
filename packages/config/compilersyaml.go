package config

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec"
)

// compilerPackages maps the names that compilers.yaml has for compilers to those of their packages, where they differ.
var compilerPackages = map[string]string{
	"clang": "llvm", "oneapi": "intel-oneapi-compilers", "dpcpp": "intel-oneapi-compilers", "intel": "intel-oneapi-compilers-classic",
	"rocmcc": "llvm-amdgpu", "arm": "acfl",
}

// compilerKeys are what compilers.yaml says of a compiler. alias and enable_implicit_rpaths mean nothing to us.
var compilerKeys = []string{
	"spec", "paths", "flags", "operating_system", "target", "modules", "environment", "extra_rpaths", "implicit_rpaths", "alias", "enable_implicit_rpaths",
}

// DecodeCompilers reads the value of a key compilers, as Spack wrote it up to 0.23: a list of {compiler: {spec, paths, ...}}. Each becomes an
// external of the package that the compiler is.
func DecodeCompilers(n yamldoc.Node) *Scope {
	scope := &Scope{packages: map[string]*section{}}
	for _, item := range n.List() {
		f := item.Fields("compiler")
		x, ok := readCompiler(f.Need("compiler"))
		if !ok {
			continue
		}
		name := x.Spec.Name
		if scope.packages[name] == nil {
			scope.packages[name] = &section{}
			scope.order = append(scope.order, name)
		}
		externals := &scope.packages[name].externals
		externals.values, externals.set = append(externals.values, x), true
	}
	return scope
}

func readCompiler(n yamldoc.Node) (packages.External, bool) {
	f := n.Fields(compilerKeys...)
	x := packages.External{Modules: f.Get("modules").Texts(), Attributes: map[string]string{}, Place: n.Place()}
	languages := compilerPaths(f.Need("paths"), &x)
	if x.Prefix == "" && len(x.Modules) == 0 {
		f.Get("paths").Mild("this compiler has no place", "give absolute paths, or modules that lead to it")
		return x, false
	}
	for _, key := range []string{"flags", "environment"} {
		flatten(f.Get(key), key, &x.Attributes)
	}
	for _, key := range []string{"extra_rpaths", "implicit_rpaths"} {
		if v := f.Get(key); v.IsList() {
			flatten(v, key, &x.Attributes)
		}
	}
	name := f.Need("spec")
	var known bool
	if x.Spec, known = CompilerSpec(name.Line(), languages); !known {
		name.Mild("this is no compiler with a version", "gcc@=12.3.0 is one")
		return x, false
	}
	if os := f.Get("operating_system"); os.Exists() && !os.IsNull() && os.Line() != "any" {
		x.Spec.OS = os.Line()
	}
	return x, true
}

// compilerPaths reads paths: absolute ones, or bare names that modules lead to; null is a language that it does not compile. The languages
// are returned.
func compilerPaths(n yamldoc.Node, x *packages.External) []string {
	f := n.Fields("cc", "cxx", "f77", "fc")
	var languages []string
	for _, l := range []struct{ key, attribute string }{{"cc", "c"}, {"cxx", "cxx"}, {"fc", "fortran"}} {
		v := f.Get(l.key)
		if v.IsNull() || v.Line() == "None" {
			continue
		}
		path, err := expandPath(v.Line(), HostVariables())
		if err != nil {
			v.Mild(err.Error(), "set it before berth runs, or write the path out")
			continue
		}
		languages = append(languages, l.attribute)
		x.Attributes["compilers."+l.attribute] = path
		if x.Prefix == "" && filepath.IsAbs(path) {
			x.Prefix = filepath.Dir(filepath.Dir(path))
		}
	}
	return languages
}

// CompilerSpec reads what compilers.yaml calls a compiler, "clang@=16.0.6", as the spec of its package; languages (c, cxx, fortran) are what it
// compiles, as the package's variants say it. It is false for what has no name or not one version.
func CompilerSpec(text string, languages []string) (*spec.Spec, bool) {
	name, rest, _ := strings.Cut(text, "@")
	if p := compilerPackages[name]; p != "" {
		name = p
	}
	s, err := spec.Parse(name + "@=" + strings.TrimPrefix(rest, "="))
	if err != nil || rest == "" || s.Name != name {
		return nil, false
	}
	switch name {
	case "gcc":
		values := []string{"c"}
		if slices.Contains(languages, "cxx") {
			values = append(values, "c++")
		}
		if slices.Contains(languages, "fortran") {
			values = append(values, "fortran")
		}
		s.Variants = append(s.Variants, spec.Variant{Name: "languages", Values: values, Exact: true})
	case "llvm":
		s.Variants = append(s.Variants, spec.Bool("clang", true))
		if slices.Contains(languages, "fortran") {
			s.Variants = append(s.Variants, spec.Bool("flang", true))
		}
	}
	return s, true
}
