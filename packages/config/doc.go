// Package config reads packages.yaml, Spack's language for what is asked of packages in general (externals, buildable,
// require, prefer, conflict, preferences), and the section packages of env.yaml, which is written in it; it merges what
// several files (scopes) say; and it adds externals to a file without touching the rest of it.
//
// What the settings mean is packages.Configuration, and obeying them is the concretizer's.
//
// Read layer.go (all files of one place), doc.go (packages.yaml: scopes and their merge), section.go (one package's settings), externals.go, compilersyaml.go, toolchains.go, upstreams.go, expand.go (variables), show.go (what is merged, with places), write.go (adding externals to a file).
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

// Scope is the settings of one file, before they are merged with others.
type Scope struct {
	override bool // packages:: hides every scope below
	packages map[string]*section
	order    []string // the names as the file has them
}

// allPackages is the name under which settings hold for every package.
const allPackages = "all"

// Read reads a packages.yaml. A file that does not exist is an empty scope. The error holds a *yamldoc.Error for each mistake.
func Read(path string) (*Scope, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Scope{}, nil
	} else if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(path, text)
}

// Parse reads the text of a packages.yaml; file is the name that errors show.
func Parse(file string, text []byte) (*Scope, error) {
	doc, err := yamldoc.Parse(file, text)
	if err != nil {
		return nil, err
	}
	scope := &Scope{}
	f := doc.Root().Fields("packages", "packages:")
	switch f.OneOf("packages", "packages:") {
	case "packages":
		scope = Decode(f.Get("packages"))
	case "packages:":
		scope = Decode(f.Get("packages:"))
		scope.override = true
	}
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return scope, nil
}

// Decode reads the value of a key packages, in packages.yaml or env.yaml. What is wrong is recorded in the node's document.
func Decode(n yamldoc.Node) *Scope {
	s := &Scope{packages: map[string]*section{}}
	for _, e := range n.Map() {
		name, override := strings.CutSuffix(e.Name(), ":")
		if s.packages[name] != nil {
			e.Key.Errorf("key %q stands twice", name)
			continue
		}
		sec := readSection(name, e.Value)
		sec.override = override
		s.packages[name] = sec
		s.order = append(s.order, name)
	}
	return s
}

// Merge joins scopes, the one that wins first, as Spack does: what a key maps to is merged, lists are joined with the winner's
// entries first, anything else is the winner's; a key that ends in "::" hides what the scopes below say under it.
func Merge(scopes ...*Scope) packages.Configuration {
	merged := map[string]*section{}
	for _, s := range scopes {
		if s == nil {
			continue
		}
		for name, sec := range s.packages {
			if have := merged[name]; have == nil {
				merged[name] = sec.clone()
			} else if !have.override {
				have.below(sec)
			}
		}
		if s.override {
			break
		}
	}
	cfg := packages.Configuration{Packages: map[string]packages.PackageConfig{}}
	for name, sec := range merged {
		if name == allPackages {
			cfg.All = sec.config()
		} else {
			cfg.Packages[name] = sec.config()
		}
	}
	return cfg
}

// Names lists the packages and virtuals that the scope has settings for, in the file's order.
func (s *Scope) Names() []string { return slices.Clone(s.order) }
