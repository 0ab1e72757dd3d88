package elf

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// A search is one look for a library, as ld.so(8) describes it, without
// LD_LIBRARY_PATH: an installed file must not depend on that.
type search struct {
	path   string   // where it was found; "" if nowhere
	broken bool     // what stands at path is no library: the loader gives up there
	looked []string // where it was looked for, in order
}

// A resolver finds libraries and remembers what it has seen of the file system.
type resolver struct {
	system *System
	place  string // files below it are looked for below prefix; "": nothing is elsewhere
	prefix string
	seen   sync.Map // path to match
}

// match is what stands at a path, as far as the loader cares.
type match struct {
	exists bool
	file   *File // nil: not loadable
}

// find looks where obj's own search path and the system's directories say.
func (r *resolver) find(obj *File, lib string) search {
	var s search
	if strings.Contains(lib, "/") { // the loader takes it for a path
		for _, p := range expand(obj, lib) {
			if filepath.IsAbs(p) && r.take(&s, obj, p) {
				return s
			}
		}
		s.looked = append(s.looked, lib)
		return s
	}
	for _, dirs := range [][]string{obj.RPath, obj.RunPath} {
		if r.inDirs(&s, obj, obj, dirs, lib) {
			return s
		}
	}
	for _, p := range r.system.Cache[lib] {
		if r.take(&s, obj, p) {
			return s
		}
	}
	s.looked = append(s.looked, "/etc/ld.so.cache")
	for _, dir := range r.system.Dirs {
		if r.take(&s, obj, filepath.Join(dir, lib)) {
			return s
		}
	}
	s.looked = append(s.looked, "the system's library directories")
	return s
}

// inDirs looks in a search path that stands in owner, for the sake of obj.
func (r *resolver) inDirs(s *search, owner, obj *File, dirs []string, lib string) bool {
	for _, dir := range dirs {
		for _, d := range expand(owner, dir) {
			if r.take(s, obj, filepath.Join(d, lib)) {
				return true
			}
			s.looked = append(s.looked, d)
		}
	}
	return false
}

// take ends a search at path if the loader would stop there: it passes over
// libraries of other machines, but not over files that are no libraries.
func (r *resolver) take(s *search, obj *File, path string) bool {
	path = r.here(path)
	m := r.look(path)
	switch {
	case !m.exists:
		return false
	case m.file == nil:
		s.broken = true
	case m.file.Machine != obj.Machine || m.file.Class != obj.Class:
		s.looked = append(s.looked, path+" (for another machine)")
		return false
	}
	s.path = path
	return true
}

// maxLinks is how many links the kernel follows, at least.
const maxLinks = 8

// here is where the file lies that will stand at path, links that lead to the place followed.
func (r *resolver) here(path string) string {
	if r.place == "" {
		return path
	}
	for range maxLinks {
		rel, below := strings.CutPrefix(path, r.place+"/")
		if below {
			path = filepath.Join(r.prefix, rel)
		}
		to, err := os.Readlink(path)
		if err != nil || !strings.HasPrefix(to, r.place+"/") {
			return path
		}
		path = to
	}
	return path
}

func (r *resolver) look(path string) match {
	if m, ok := r.seen.Load(path); ok {
		return m.(match)
	}
	file, err := Read(path)
	var m match
	switch {
	case err == nil:
		m = match{exists: true, file: file}
	case errors.Is(err, fs.ErrNotExist):
	default:
		fi, statErr := os.Stat(path)
		m.exists = statErr == nil && !fi.IsDir()
	}
	r.seen.Store(path, m)
	return m
}

// expand replaces the loader's tokens. $LIB depends on how the loader was
// built; both of its customary values are tried.
func expand(owner *File, dir string) []string {
	dir = replaceToken(dir, "ORIGIN", filepath.Dir(owner.Path))
	if !strings.Contains(dir, "$LIB") && !strings.Contains(dir, "${LIB}") {
		return []string{filepath.Clean(dir)}
	}
	var dirs []string
	for _, lib := range []string{"lib64", "lib", "lib/" + multiarch[owner.Machine]} {
		dirs = append(dirs, filepath.Clean(replaceToken(dir, "LIB", lib)))
	}
	return dirs
}

func replaceToken(s, token, value string) string {
	return strings.NewReplacer("${"+token+"}", value, "$"+token, value).Replace(s)
}
