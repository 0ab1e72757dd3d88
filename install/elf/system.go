package elf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A System is where the loader looks when no RPATH or RUNPATH has the library.
type System struct {
	Cache map[string][]string // /etc/ld.so.cache: "libz.so.1" to paths, best first
	Dirs  []string            // /etc/ld.so.conf and the loader's built-in directories
}

// LoadSystem reads the machine's loader configuration below root, "/" but for
// tests. A file that is missing is no error: musl has no cache, and a container
// may have neither.
func LoadSystem(root string) (*System, error) {
	s := &System{}
	data, err := os.ReadFile(filepath.Join(root, "etc/ld.so.cache"))
	if err == nil {
		if s.Cache, err = parseCache(data); err != nil {
			return nil, fmt.Errorf("read %s: %w (ldconfig makes it anew)", filepath.Join(root, "etc/ld.so.cache"), err)
		}
	}
	s.addConf(root, filepath.Join(root, "etc/ld.so.conf"), 0)
	musl, _ := filepath.Glob(filepath.Join(root, "etc/ld-musl-*.path"))
	for _, name := range musl {
		data, _ := os.ReadFile(name)
		for _, dir := range strings.FieldsFunc(string(data), func(r rune) bool { return r == ':' || r == '\n' }) {
			s.addDir(strings.TrimSpace(dir))
		}
	}
	for _, pattern := range []string{"lib64", "usr/lib64", "lib/*-linux-gnu*", "usr/lib/*-linux-gnu*", "lib", "usr/lib", "usr/local/lib"} {
		dirs, _ := filepath.Glob(filepath.Join(root, pattern))
		for _, dir := range dirs {
			rel, err := filepath.Rel(root, dir)
			if err == nil {
				s.addDir("/" + rel)
			}
		}
	}
	return s, nil
}

func (s *System) addDir(dir string) {
	if filepath.IsAbs(dir) && !slices.Contains(s.Dirs, dir) {
		s.Dirs = append(s.Dirs, dir)
	}
}

// addConf reads a file in ldconfig's format: a directory a line, comments, and
// "include PATTERN".
func (s *System) addConf(root, path string, depth int) {
	data, err := os.ReadFile(path)
	if err != nil || depth > 8 { // a file may include itself
		return
	}
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		pattern, isInclude := strings.CutPrefix(line, "include")
		if !isInclude || strings.TrimLeft(pattern, " \t") == pattern {
			s.addDir(line)
			continue
		}
		pattern = strings.TrimSpace(pattern)
		if filepath.IsAbs(pattern) {
			pattern = filepath.Join(root, pattern)
		} else {
			pattern = filepath.Join(filepath.Dir(path), pattern)
		}
		included, _ := filepath.Glob(pattern)
		for _, name := range included {
			s.addConf(root, name, depth+1)
		}
	}
}

// Has reports whether path lies in one of the system's library directories.
func (s *System) Has(path string) bool {
	if slices.Contains(s.Dirs, filepath.Dir(path)) {
		return true
	}
	return slices.Contains(s.Cache[filepath.Base(path)], path)
}

const (
	cacheMagic     = "glibc-ld.so.cache1.1"
	oldCacheMagic  = "ld.so-1.7.0"
	cacheHeader    = 48 // struct cache_file_new of glibc's dl-cache.h
	cacheEntrySize = 24 // struct file_entry_new: flags, key, value, osversion, hwcap
)

// parseCache reads glibc's cache in its newer format, which since 2.0 has
// followed the older one in the same file, and since 2.32 stands alone.
func parseCache(data []byte) (map[string][]string, error) {
	if bytes.HasPrefix(data, []byte(oldCacheMagic)) {
		i := bytes.Index(data, []byte(cacheMagic))
		if i < 0 {
			return nil, fmt.Errorf("only the format before glibc 2.2 is in it")
		}
		data = data[i:] // offsets of strings count from here
	}
	if !bytes.HasPrefix(data, []byte(cacheMagic)) || len(data) < cacheHeader {
		return nil, fmt.Errorf("it has no known format")
	}
	n := int64(binary.NativeEndian.Uint32(data[20:]))
	if cacheHeader+n*cacheEntrySize > int64(len(data)) {
		return nil, fmt.Errorf("it is cut off: %d entries do not fit into %d bytes", n, len(data))
	}
	libs := make(map[string][]string, n)
	for i := range n {
		e := data[cacheHeader+i*cacheEntrySize:]
		name, ok1 := cString(data, binary.NativeEndian.Uint32(e[4:]))
		path, ok2 := cString(data, binary.NativeEndian.Uint32(e[8:]))
		if !ok1 || !ok2 {
			return nil, fmt.Errorf("entry %d points behind its end", i)
		}
		libs[name] = append(libs[name], path)
	}
	return libs, nil
}

func cString(data []byte, at uint32) (string, bool) {
	if int64(at) >= int64(len(data)) {
		return "", false
	}
	s, _, found := bytes.Cut(data[at:], []byte{0})
	return string(s), found
}
