package view

import (
	"bytes"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Plan is a view that was not made yet.
type Plan struct {
	Dirs  []string // to make, below the view, parents first
	Links []Link   // sorted by path
	// Conflicts are the paths that several packages have with different content; the first has it in the plan.
	Conflicts []Conflict
}

// Link is a file of a package, or a whole directory that no other one has.
type Link struct {
	Path   string // below the view: "include/zlib.h"
	Prefix string // of the package: "/home/u/.berth/store/zlib-1.3.1-..."
	File   string // below the prefix; it differs from Path where that leads over a link of the package
}

// Target is where the file is.
func (l Link) Target() string { return filepath.Join(l.Prefix, l.File) }

// left are what no view has, wherever packages have it: descriptions of one package, and lists of what a directory has, of which any one
// would be wrong for the merged directory.
var left = map[string]bool{
	".berth":         true,
	".spack":         true,
	markerName:       true,
	"share/info/dir": true,
	"info/dir":       true,
}

// leftAnywhere are such files by name: Perl's list of what was installed with it.
const leftAnywhere = "perllocal.pod"

// candidate is an entry of one package in the competition for a path of the view.
type candidate struct {
	Entry
	source *Source
	path   string   // below the prefix, where the entry itself is
	above  []string // the real directories that lead there, so that a link to one of them ends the way
}

// Merge plans a view of sources; where two have the same path, the one that stands first comes first. With whole, a directory that only one
// package has becomes one link: few inodes, but kinds other than Symlink have no links to directories.
func Merge(sources []Source, whole bool) (*Plan, error) {
	m := merger{whole: whole, plan: &Plan{}}
	var roots []candidate
	for i := range sources {
		roots = append(roots, candidate{source: &sources[i], Entry: Entry{Dir: true}})
	}
	if err := m.merge("", roots); err != nil {
		return nil, err
	}
	slices.SortFunc(m.plan.Links, func(a, b Link) int { return strings.Compare(a.Path, b.Path) })
	return m.plan, nil
}

type merger struct {
	whole bool
	plan  *Plan
}

// merge puts what the packages have in one directory together.
func (m *merger) merge(dir string, from []candidate) error {
	byName := map[string][]candidate{}
	for _, c := range from {
		entries, err := c.source.Files.List(c.Real)
		if err != nil {
			return err
		}
		above := append(slices.Clone(c.above), c.Real)
		for _, e := range entries {
			if left[path.Join(dir, e.Name)] || e.Name == leftAnywhere {
				continue
			}
			if e.Link && e.Dir && slices.Contains(above, e.Real) {
				e.Dir = false // it leads back up
			}
			byName[e.Name] = append(byName[e.Name], candidate{Entry: e, source: c.source, path: path.Join(c.Real, e.Name), above: above})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if err := m.place(path.Join(dir, name), byName[name]); err != nil {
			return err
		}
	}
	return nil
}

// place decides what stands in one path of the view.
func (m *merger) place(at string, all []candidate) error {
	first := all[0]
	dirs := []candidate{first}
	for _, c := range all[1:] {
		switch {
		case first.Dir && c.Dir:
			dirs = append(dirs, c)
		case first.Dir || c.Dir || !same(first, c):
			m.plan.Conflicts = append(m.plan.Conflicts, Conflict{at, first.source.Name, c.source.Name})
		}
	}
	if !first.Dir || len(dirs) == 1 && (m.whole || first.Link) {
		m.plan.Links = append(m.plan.Links, Link{at, first.source.Prefix, first.path})
		return nil
	}
	m.plan.Dirs = append(m.plan.Dirs, at)
	return m.merge(at, dirs)
}

// same reports whether it does not matter which of two files a view has.
func same(a, b candidate) bool {
	if a.Digest != "" && b.Digest != "" {
		return a.Digest == b.Digest
	}
	pa, pb := filepath.Join(a.source.Prefix, a.path), filepath.Join(b.source.Prefix, b.path)
	ia, errA := os.Stat(pa)
	ib, errB := os.Stat(pb)
	if errA != nil || errB != nil || !ia.Mode().IsRegular() || !ib.Mode().IsRegular() {
		return false
	}
	if os.SameFile(ia, ib) {
		return true
	}
	if ia.Size() != ib.Size() || ia.Mode() != ib.Mode() {
		return false
	}
	ta, errA := os.ReadFile(pa)
	tb, errB := os.ReadFile(pb)
	return errA == nil && errB == nil && bytes.Equal(ta, tb)
}
