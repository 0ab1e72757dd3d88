package buildenv

import (
	"path/filepath"
	"slices"
	"strings"
)

// Reads lists what the build has to read outside of its stage and of the system: the prefixes of its dependencies, its compilers, and
// what the user and the site named in variables (licence files, what the modules of externals set). What recipes name is not among
// it: a recipe could name what it wants to steal.
func (e *Environment) Reads() []string {
	var list []string
	add := func(path string) {
		if !filepath.IsAbs(path) {
			return
		}
		if path = filepath.Clean(path); path != "/" && path != "/tmp" {
			list = append(list, path)
		}
	}
	for _, n := range append(slices.Clone(e.deps.link), e.deps.build...) {
		add(e.in.Prefix(n))
	}
	for _, c := range e.Wrapper.Compilers {
		addProgram(add, c.Path)
	}
	for _, dirs := range [][]string{e.Wrapper.IncludeDirs, e.Wrapper.LibDirs, e.Wrapper.RPaths} {
		for _, dir := range dirs {
			add(dir)
		}
	}
	for _, path := range e.mpi {
		addProgram(add, path)
	}
	for _, v := range e.site {
		_, value, _ := strings.Cut(v, "=")
		for _, path := range strings.FieldsFunc(value, func(r rune) bool { return r == ':' || r == ';' || r == ' ' }) {
			add(path)
			if filepath.Base(path) == "bin" {
				add(filepath.Dir(path)) // programs look beside themselves for their libraries
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// addProgram adds a program with what it is a link to, and the prefix that it stands in.
func addProgram(add func(string), path string) {
	if path == "" {
		return
	}
	add(path)
	for _, p := range []string{path, realPath(path)} {
		add(p)
		if dir := filepath.Dir(p); filepath.Base(dir) == "bin" {
			add(filepath.Dir(dir))
		}
	}
}

func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// LicenceServer is the first variable of the environment that names a server of licences ("LM_LICENSE_FILE=27000@server"), "" if
// there is none: files of licences need no network.
func (e *Environment) LicenceServer() string {
	for _, v := range e.Vars {
		if name, value, _ := strings.Cut(v, "="); fromUser[name] && strings.Contains(value, "@") {
			return v
		}
	}
	return ""
}
