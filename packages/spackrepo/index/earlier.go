package index

import (
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
	isBase   bool                // the new index goes on from this file
	same     []bool              // which of files are what they were
	now      []int               // which of files are which of the new index, from 1; 0: not known
}

// openEarlier opens what recipes may be taken over from; nil if that cannot be done. The first is the base of the new index, unless most of
// it is of no use any more.
func (m *maker) openEarlier(path string) *earlier {
	s, err := openFile(path)
	if err != nil {
		return nil
	}
	e := &earlier{snapshot: s, provides: map[string][]string{}}
	var virtuals map[string][]string
	if s.Key == m.Key {
		if e.files, e.depends, err = s.dependencies(); err == nil {
			virtuals, err = s.providers()
		}
	}
	if s.Key != m.Key || err != nil {
		_ = s.close()
		return nil
	}
	m.opened = append(m.opened, s)
	if m.base == nil && s.size < 2*s.live() {
		m.base, e.isBase = s, true
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
	row := e.row(i)
	if row.isError() {
		return false
	}
	*to = one{entry: stored{row: row}, provides: e.provides[name], from: e, numbers: e.depends[i]}
	if e.isBase {
		return true // whoever reads it finds out whether it is damaged
	}
	bytes, err := e.at(row)
	to.entry.bytes = bytes
	return err == nil
}

// live is the size that the file would have if it were written anew.
func (s *snapshot) live() uint64 {
	n := uint64(headerSize)
	for _, x := range s.sections {
		n += x.Length
	}
	for i := range s.names {
		n += s.row(i).length()
	}
	return n
}

// assume takes the files of the index for unchanged, but for those that are known to have changed.
func (m *maker) assume(e *earlier) {
	all := make([]made, len(e.files))
	for i, f := range e.files {
		if _, changed := m.changed.Load(f.path); changed || f.watched {
			continue
		}
		x := &all[i]
		x.file, x.assumed = f, true
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
