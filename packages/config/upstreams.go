package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
)

// Upstream is an install tree of somebody else, as upstreams.yaml names it.
type Upstream struct {
	Name        string
	InstallTree string            // absolute, variables replaced: "/appl/lumi/spack/23.09/0.20.0/opt"
	Modules     map[string]string // where its module files are, by kind: "lmod", "tcl"
	Through     string            // the upstream that is itself built on this one, and so leads to it: "site"; "" was configured here
	Place       packages.Place
}

// Upstreams is one file's upstreams, in its order.
type Upstreams struct {
	List     []Upstream
	override bool // upstreams:: hides every scope below
}

// ReadUpstreams reads an upstreams.yaml, or what a spack.yaml has in that section. A file that does not exist has none.
func ReadUpstreams(path string, vars Variables) (*Upstreams, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Upstreams{}, nil
	} else if err != nil {
		return nil, fmt.Errorf("read upstreams: %w", err)
	}
	return ParseUpstreams(path, text, vars)
}

// ParseUpstreams reads the text of an upstreams.yaml; file is the name that errors show.
func ParseUpstreams(file string, text []byte, vars Variables) (*Upstreams, error) {
	doc, err := yamldoc.Parse(file, text)
	if err != nil {
		return nil, err
	}
	u := &Upstreams{}
	if root := doc.Root(); !root.IsNull() {
		f := root.Fields("upstreams", "upstreams:")
		if key := f.OneOf("upstreams", "upstreams:"); key != "" {
			u = DecodeUpstreams(f.Get(key), vars)
			u.override = key == "upstreams:"
		}
	}
	return u, doc.Err()
}

// DecodeUpstreams reads the value of a key upstreams: names with their install trees, or a list of paths, each its own name.
func DecodeUpstreams(n yamldoc.Node, vars Variables) *Upstreams {
	u := &Upstreams{}
	if n.IsList() {
		for _, item := range n.List() {
			if path := pathOf(item, vars); path != "" {
				u.List = append(u.List, Upstream{Name: path, InstallTree: path, Place: item.Place()})
			}
		}
		return u
	}
	for _, e := range n.Map() {
		name := strings.TrimSuffix(e.Name(), ":")
		f := e.Value.Fields("install_tree", "modules")
		up := Upstream{Name: name, InstallTree: pathOf(f.Need("install_tree"), vars), Place: e.Key.Place(), Modules: map[string]string{}}
		for _, m := range f.Get("modules").Map() {
			up.Modules[m.Name()] = pathOf(m.Value, vars)
		}
		if up.InstallTree != "" {
			u.List = append(u.List, up)
		}
	}
	return u
}

// MergeUpstreams joins scopes, the one that wins first. A name, or an install tree, counts where it stands first.
func MergeUpstreams(scopes ...*Upstreams) []Upstream {
	var all []Upstream
	for _, s := range scopes {
		if s == nil {
			continue
		}
		for _, u := range s.List {
			if !slices.ContainsFunc(all, func(o Upstream) bool { return o.Name == u.Name || o.InstallTree == u.InstallTree }) {
				all = append(all, u)
			}
		}
		if s.override {
			break
		}
	}
	return all
}
