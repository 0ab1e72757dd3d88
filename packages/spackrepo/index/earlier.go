package index

import (
	"os"
	"runtime"
	"slices"
	"sync"
)

// earlier is an index to take recipes over from.
type earlier struct {
	*snapshot
	files    []file
	depends  [][]int32
	provides map[string][]string // package to virtuals
	same     []bool              // which of files are what they were
	now      []int               // which of files are which of the new index, from 1; 0: not known
}

// openEarlier opens what recipes may be taken over from; nil if that cannot be done.
func (m *maker) openEarlier(path string) *earlier {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	s, err := openSnapshot(memory(data), int64(len(data)))
	if err != nil || s.Key != m.Key {
		return nil
	}
	e := &earlier{snapshot: s, provides: map[string][]string{}}
	if e.files, e.depends, err = s.dependencies(); err != nil {
		return nil
	}
	virtuals, err := s.providers()
	if err != nil {
		return nil
	}
	for virtual, providers := range virtuals {
		for _, name := range providers {
			e.provides[name] = append(e.provides[name], virtual)
		}
	}
	if path == m.File && m.changed != nil {
		m.assume(e)
	}
	m.compare(e)
	return e
}

// takeOver copies a package's entry from an earlier index, if all files that it depends on are the same. One that holds an error is
// evaluated again: what was missing may have come.
func (m *maker) takeOver(to *one, name string, e *earlier) bool {
	i, ok := e.find(name)
	if !ok || slices.ContainsFunc(e.depends[i], func(f int32) bool { return !e.same[f] }) {
		return false
	}
	entry, err := e.entry(i)
	if err != nil || isError(entry) {
		return false
	}
	*to = one{entry: entry, provides: e.provides[name], from: e, numbers: e.depends[i]}
	return true
}

// assume takes the files of the index for unchanged, but for those that are known to have changed.
func (m *maker) assume(e *earlier) {
	for _, f := range e.files {
		if _, changed := m.changed.Load(f.path); changed || f.watched {
			continue
		}
		x := &made{file: f, assumed: true}
		x.once.Do(func() {})
		m.files[f.path] = x
	}
}

// looked reports whether somebody looked at a file since the update began, or the list of packages depends on it.
func (m *maker) looked(path string) bool {
	x := m.files[path]
	return x == nil || !x.assumed
}

// compare looks which files of an earlier index are what they were, on all processors.
func (m *maker) compare(e *earlier) {
	e.same, e.now = make([]bool, len(e.files)), make([]int, len(e.files))
	workers := runtime.GOMAXPROCS(0)
	var g sync.WaitGroup
	for w := range workers {
		g.Go(func() {
			for i := w; i < len(e.files); i += workers {
				if old := &e.files[i]; !old.watched {
					now, err := m.file(old.path, old)
					e.same[i] = err == nil && now.hash == old.hash
				}
			}
		})
	}
	g.Wait()
}
