package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec/suggest"
)

// Sections are the parts of a configuration that are read and merged, in the order in which they are shown.
var Sections = []string{"packages", "compilers", "toolchains", "upstreams", "repos", "concretizer", "config"}

// Layer is all that one place says: the site, the user, an environment, the command line.
type Layer struct {
	Name       string   // "site"
	Packages   []*Scope // packages.yaml's, and what compilers.yaml adds to it
	Toolchains []*Toolchains
	Upstreams  []*Upstreams
	Files      []string         // that were read
	Passed     []*yamldoc.Error // what was passed over, as only a site's files allow: whoever uses them cannot mend them

	parts map[string][]part // by section
}

// part is what one file has in a section.
type part struct {
	file     string
	override bool
	value    *yaml.Node
}

// maxIncludes bounds how many files spack.yaml may name, those that they name included.
const maxIncludes = 100

// ReadLayer reads the configuration files of a directory, whichever are there: packages.yaml, compilers.yaml, toolchains.yaml, upstreams.yaml,
// repos.yaml, and spack.yaml with what it includes, which goes before them. Where the directory has a directory config, as a mounted
// uenv has, the files in that are read.
func ReadLayer(name, dir string, vars Variables) (*Layer, error) {
	return readLayer(name, dir, vars, false)
}

// ReadSite is ReadLayer for files that a site wrote for Spack, which reads them less strictly: unknown keys, externals that cannot be used and
// what is included from elsewhere are passed over, and told in Passed.
func ReadSite(name, dir string, vars Variables) (*Layer, error) {
	return readLayer(name, dir, vars, true)
}

func readLayer(name, dir string, vars Variables, lenient bool) (*Layer, error) {
	l := &Layer{Name: name, parts: map[string][]part{}}
	r := &layerReader{Layer: l, vars: vars, seen: map[string]bool{}, lenient: lenient}
	if info, err := os.Stat(filepath.Join(dir, "config")); err == nil && info.IsDir() && !isFile(filepath.Join(dir, "packages.yaml")) {
		dir = filepath.Join(dir, "config")
	}
	r.read(filepath.Join(dir, "spack.yaml"))
	r.readDir(dir)
	return l, errors.Join(r.errs...)
}

// ParseLayer reads the text of one file, which may have any of the sections.
func ParseLayer(name, file string, text []byte, vars Variables) (*Layer, error) {
	l := &Layer{Name: name, parts: map[string][]part{}}
	r := &layerReader{Layer: l, vars: vars, seen: map[string]bool{}}
	r.parse(file, text)
	return l, errors.Join(r.errs...)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

type layerReader struct {
	*Layer
	vars Variables
	seen map[string]bool
	errs []error

	lenient bool
}

func (r *layerReader) readDir(dir string) {
	for _, section := range Sections {
		r.read(filepath.Join(dir, section+".yaml"))
	}
}

// read reads a file, if it is there.
func (r *layerReader) read(path string) {
	if r.seen[path] {
		return
	}
	r.seen[path] = true
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("read configuration: %w", err))
		return
	}
	r.Files = append(r.Files, path)
	r.parse(path, text)
}

func (r *layerReader) parse(path string, text []byte) {
	doc, err := yamldoc.Parse(path, text)
	if err != nil {
		r.errs = append(r.errs, err)
		return
	}
	root := doc.Root()
	var includes []yamldoc.Node
	for _, e := range root.Map() {
		if strings.TrimSuffix(e.Name(), ":") != "spack" || slices.Contains(Sections, strings.TrimSuffix(filepath.Base(path), ".yaml")) {
			r.section(path, e)
			continue
		}
		for _, inner := range e.Value.Map() {
			if strings.TrimSuffix(inner.Name(), ":") == "include" {
				includes = append(includes, inner.Value.ListOrOne()...)
				continue
			}
			r.section(path, inner)
		}
	}
	for _, n := range includes {
		r.include(path, n)
	}
	err = doc.Err()
	if r.lenient {
		var passed []*yamldoc.Error
		passed, err = doc.Sorted()
		r.Passed = append(r.Passed, passed...)
	}
	if err != nil {
		r.errs = append(r.errs, err)
	}
}

// spackSections are those of Spack's configuration that say nothing to berth.
var spackSections = []string{
	"bootstrap", "cdash", "ci", "container", "definitions", "develop", "env_vars", "gitlab-ci", "include", "include_concrete", "mirrors", "modules", "specs", "view",
}

// section takes what a file says under one key. What else Spack's files have is Spack's business.
func (r *layerReader) section(file string, e yamldoc.Entry) {
	name, override := strings.CutSuffix(e.Name(), ":")
	if !slices.Contains(Sections, name) {
		if known := slices.Concat(Sections, spackSections, []string{"spack"}); r.lenient && !slices.Contains(known, name) {
			hint := ""
			if near := suggest.Nearest(name, known, 1); len(near) > 0 {
				hint = "did you mean " + near[0] + "?"
			}
			e.Key.Mild(fmt.Sprintf("unknown section %q", e.Name()), hint)
		}
		return
	}
	r.parts[name] = append(r.parts[name], part{file, override, e.Value.Raw()})
	switch name {
	case "packages":
		s := Decode(e.Value)
		s.override = override
		r.Packages = append(r.Packages, s)
	case "compilers":
		r.Packages = append(r.Packages, DecodeCompilers(e.Value))
	case "toolchains":
		t := DecodeToolchains(e.Value)
		t.override = override
		r.Toolchains = append(r.Toolchains, t)
	case "upstreams":
		u := DecodeUpstreams(e.Value, r.vars)
		u.override = override
		r.Upstreams = append(r.Upstreams, u)
	}
}

// include reads a file or a directory that spack.yaml names, relative to it: a path, or {path, optional, when}. What is elsewhere than on
// this file system is left out, as reading must not fetch.
func (r *layerReader) include(from string, n yamldoc.Node) {
	where, optional := n, false
	if n.IsMap() {
		f := n.Fields("path", "optional", "when", "sha256", "name", "git", "branch", "commit", "tag", "paths", "destination", "prefer_modify")
		where = f.Get("path")
		optional = f.Get("optional").Exists() && f.Get("optional").Bool()
		if !where.Exists() || f.Has("when") {
			r.skip(n, "this is not included", "berth includes files and directories of this machine, without a condition")
			return
		}
	}
	path, err := expandPath(where.Line(), r.vars)
	switch {
	case err != nil && optional:
		return
	case strings.Contains(path, "://"):
		r.skip(where, "this is not included", "berth includes files and directories of this machine, without a condition")
		return
	case err != nil:
		where.Mild(err.Error(), "set it before berth runs, or write the path out")
		return
	case len(r.seen) > maxIncludes:
		where.Errorf("more than %d files are included", maxIncludes)
		return
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(from), path)
	}
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		r.readDir(path)
	case err == nil:
		r.read(path)
	case !optional:
		where.Mild(path+" cannot be read", "")
	}
}

// skip tells what of a site's files is not looked at. In other places it goes without saying.
func (r *layerReader) skip(n yamldoc.Node, message, hint string) {
	if r.lenient {
		n.Mild(message, hint)
	}
}

// Join adds what another layer says, under what this one says; nil says nothing.
func (l *Layer) Join(other *Layer) *Layer {
	if l == nil || other == nil {
		return cmp.Or(l, other)
	}
	j := &Layer{
		Name: l.Name, Packages: slices.Concat(l.Packages, other.Packages), Toolchains: slices.Concat(l.Toolchains, other.Toolchains),
		Upstreams: slices.Concat(l.Upstreams, other.Upstreams), Files: slices.Concat(l.Files, other.Files), Passed: slices.Concat(l.Passed, other.Passed), parts: map[string][]part{},
	}
	for _, from := range []*Layer{l, other} {
		for name, parts := range from.parts {
			j.parts[name] = append(j.parts[name], parts...)
		}
	}
	return j
}
