// Package view makes views: one directory tree of links to the files of many packages.
//
// It is handed packages and what is in them; which packages belong into a view, and where it stands, envs decides. It knows
// nothing of env.yaml.
//
// Read view.go (what a view is made of), list.go (what is in a package), merge.go (the plan: directories, links, conflicts), write.go
// (the tree on disk and the switch to it).
package view

import (
	"fmt"
	"strings"
)

// Kind is what stands in a view for a file. The names are Spack's link_type.
type Kind string

// The kinds of a view.
const (
	Symlink  Kind = "symlink"
	Hardlink Kind = "hardlink"
	Copy     Kind = "copy"
)

// Policy is what to do where two packages have different files of the same path.
type Policy string

// The policies of a view.
const (
	Fail  Policy = "error" // make no view
	First Policy = "first" // the package that stands first wins
)

// Source is a package to put into a view.
type Source struct {
	Name   string // "zlib@1.3.1", as messages show it
	Prefix string // "/home/u/.berth/store/zlib-1.3.1-..."
	Files  Lister
}

// Conflict is a path that two packages have, each with something else.
type Conflict struct {
	Path          string // below the view: "bin/mpicc"
	First, Second string // the names of the packages, in the order of the sources
}

// ConflictError says that packages do not fit into one view.
type ConflictError struct {
	View      string // its path, as the user wrote it
	Conflicts []Conflict
}

// maxShown bounds the conflicts of one pair of packages that a message shows.
const maxShown = 3

func (e *ConflictError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "make view %s: packages have different files of the same path", e.View)
	for _, g := range Pairs(e.Conflicts) {
		for i, c := range g {
			if i == maxShown {
				fmt.Fprintf(&b, "\n  and %d more of %s and %s", len(g)-i, c.First, c.Second)
				break
			}
			fmt.Fprintf(&b, "\n  %s: in %s and in %s", c.Path, c.First, c.Second)
		}
	}
	return b.String()
}

// Hint says how to go on.
func (e *ConflictError) Hint() string {
	c := e.Conflicts[0]
	return fmt.Sprintf("leave one of them out (view: {exclude: [%s]}), or let the package that stands first win (view: {on_conflict: first})", packageOf(c.Second))
}

func packageOf(name string) string {
	name, _, _ = strings.Cut(name, "@")
	return name
}

// Pairs groups conflicts by the two packages, in order of first appearance.
func Pairs(conflicts []Conflict) [][]Conflict {
	var groups [][]Conflict
	index := map[[2]string]int{}
	for _, c := range conflicts {
		key := [2]string{c.First, c.Second}
		i, ok := index[key]
		if !ok {
			i = len(groups)
			index[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], c)
	}
	return groups
}
