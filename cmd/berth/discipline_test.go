package main

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/test/torture/inject"
)

// What a lost power supply would leave cannot be tried here, but what berth asks of the kernel can be seen: this follows every
// change of an install and holds it against the rule of package durable: written, synced, renamed, its directory synced.

// discipline implements the script's command: an undisturbed install, of which every change is seen.
func (r *torture) discipline(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: discipline")
	}
	r.setup(ts)
	d := &discipline{root: r.root, files: map[string]bool{}, names: map[string]string{}}
	var out bytes.Buffer
	s, err := inject.Start(r.command(&out, "install"), r.launcher, func(c inject.Call) unix.Errno {
		if r.ours(c.Path) {
			r.calls++
			d.see(c)
		}
		return 0
	})
	ts.Check(err)
	if err := s.Wait(); err != nil {
		ts.Fatalf("%v\n%s", err, out.String())
	}
	d.end()
	for _, w := range d.wrong {
		ts.Logf("%s", w)
	}
	if len(d.wrong) > 0 {
		ts.Fatalf("%d changes would not survive a loss of power", len(d.wrong))
	}
	if d.renames == 0 || d.markers == 0 || r.calls < 100 {
		ts.Fatalf("no changes were seen: %d, %d renames, %d prefixes", r.calls, d.renames, d.markers)
	}
	r.hear(out.String())
	fail := func(format string, a ...any) { ts.Fatalf("%s\n%s", fmt.Sprintf(format, a...), out.String()) }
	found := r.found(fail)
	r.all = sortedValues(found)
	if len(r.all) < 4 || len(r.reported) != len(r.all) {
		fail("installed are %q, and reported %v", r.all, slices.Collect(maps.Keys(r.reported)))
	}
	r.complete(r.whole(fail), fail)
	r.tidy(fail)
}

// discipline is what is not on disk yet.
type discipline struct {
	root             string
	files            map[string]bool   // written, and not synced
	names            map[string]string // directories with names that are not synced, and one of these
	renames, markers int
	wrong            []string
}

func (d *discipline) see(c inject.Call) {
	if d.passing(c.Path) {
		return
	}
	dir := filepath.Dir(c.Path)
	switch c.Kind {
	case inject.Create:
		d.names[dir] = c.Path
	case inject.Write:
		d.files[c.Path] = true
	case inject.Sync:
		delete(d.files, c.Path)
		delete(d.names, c.Path)
	case inject.Remove:
		delete(d.files, c.Path)
		delete(d.names, c.Path)
	case inject.Rename:
		d.rename(c)
		d.names[dir] = c.Path
	}
}

// passing tells whether a path may be lost: nobody looks at it after a restart, or what is there is checked when it is used.
func (d *discipline) passing(path string) bool {
	if strings.Contains(path, "/locks/") { // who holds one says so again
		return true
	}
	for _, sub := range []string{"stage", "cache", "store/.trash"} {
		if strings.HasPrefix(path, filepath.Join(d.root, sub)+"/") {
			return true
		}
	}
	return false
}

// rename puts something in place: it must be on disk by now. A prefix counts from the moment when its description is in place.
func (d *discipline) rename(c inject.Call) {
	d.renames++
	prefix, marker := strings.CutSuffix(c.Path, "/.berth/spec.json")
	if marker {
		d.markers++
	}
	for path := range d.files {
		if path == c.From || strings.HasPrefix(path, c.From+"/") || marker && strings.HasPrefix(path, prefix+"/") {
			d.wrong = append(d.wrong, fmt.Sprintf("%s: when %s is put in place, this is not synced", path, c.Path))
			delete(d.files, path)
		}
	}
	for dir, name := range d.names {
		inside := dir == c.From || strings.HasPrefix(dir, c.From+"/")
		// The directory of the marker itself is synced after the rename.
		if inside || marker && strings.HasPrefix(dir+"/", prefix+"/") && dir != filepath.Dir(c.Path) {
			d.wrong = append(d.wrong, fmt.Sprintf("%s: when %s is put in place, the name %s is not synced", dir, c.Path, filepath.Base(name)))
			delete(d.names, dir)
		}
	}
}

// end wants everything to be on disk when the command says that it is done.
func (d *discipline) end() {
	for path := range d.files {
		d.wrong = append(d.wrong, path+": it was never synced")
	}
	for dir, name := range d.names {
		d.wrong = append(d.wrong, fmt.Sprintf("%s: the name %s was never synced", dir, filepath.Base(name)))
	}
	slices.Sort(d.wrong)
}
