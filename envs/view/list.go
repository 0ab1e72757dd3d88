package view

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/store"
)

// Lister tells what is in a package, one directory at a time: large ones are never read where no other package has the same directory.
type Lister interface {
	// List gives the entries of a directory below the prefix, "" for the prefix itself, sorted by name.
	List(dir string) ([]Entry, error)
}

// Entry is one name in a directory.
type Entry struct {
	Name string
	Dir  bool // a directory, or a link to one in the same package
	Link bool // a symbolic link
	// Real is where a directory is, below the prefix. It is not its own path where that leads over a link: lib for lib64 -> lib.
	Real string
	// Digest is equal for files of equal content and mode; "" is not known.
	Digest string
}

// manifest lists a package by what it installed.
type manifest map[string][]Entry // by directory

// Manifest lists an installed package from its own list of files.
func Manifest(files []store.File) Lister {
	byPath := make(map[string]store.File, len(files))
	for _, f := range files {
		byPath[f.Path] = f
	}
	m := manifest{}
	for _, f := range files {
		e := Entry{Name: path.Base(f.Path), Dir: f.Dir, Real: f.Path, Digest: fmt.Sprintf("%o %s", f.Mode, f.SHA256)}
		if f.Link != "" {
			e.Link, e.Digest = true, "-> "+f.Link
			e.Real, e.Dir = follow(byPath, f)
		}
		dir := parent(f.Path)
		m[dir] = append(m[dir], e)
	}
	for _, entries := range m {
		sortByName(entries)
	}
	return m
}

func (m manifest) List(dir string) ([]Entry, error) { return m[dir], nil }

// follow finds the directory of the same package that a link leads to, over other links if need be.
func follow(byPath map[string]store.File, f store.File) (dir string, ok bool) {
	for range 40 { // what Linux follows
		if path.IsAbs(f.Link) {
			return "", false
		}
		target := path.Join(path.Dir(f.Path), f.Link)
		if f, ok = byPath[target]; !ok || f.Dir {
			return target, ok
		}
		if f.Link == "" {
			return "", false
		}
	}
	return "", false
}

func parent(p string) string {
	if dir := path.Dir(p); dir != "." {
		return dir
	}
	return ""
}

func sortByName(entries []Entry) {
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Name, b.Name) })
}

// Directory lists a package that no manifest describes, an external, from the disk.
type Directory string

// List reads the directory.
func (d Directory) List(dir string) ([]Entry, error) {
	found, err := os.ReadDir(filepath.Join(string(d), dir)) // sorted
	if err != nil {
		return nil, fmt.Errorf("list the files of an external: %w", err)
	}
	var entries []Entry
	for _, f := range found {
		e := Entry{Name: f.Name(), Dir: f.IsDir(), Link: f.Type()&os.ModeSymlink != 0, Real: path.Join(dir, f.Name())}
		if e.Link {
			if text, err := os.Readlink(filepath.Join(string(d), e.Real)); err == nil {
				e.Digest = "-> " + text
			}
			e.Real, e.Dir = d.follow(e.Real)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func (d Directory) follow(link string) (dir string, ok bool) {
	base, err := filepath.EvalSymlinks(string(d))
	if err != nil {
		return "", false
	}
	target, err := filepath.EvalSymlinks(filepath.Join(base, link))
	if err != nil {
		return "", false
	}
	rel, err := filepath.Rel(base, target)
	if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return "", false
	}
	if rel == "." {
		rel = ""
	}
	info, err := os.Stat(target)
	return rel, err == nil && info.IsDir()
}
