package store

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/berth-hpc/berth/spec"
)

// Kind is what sort of thing is wrong with an installed package.
type Kind string

const (
	Content     Kind = "content"     // a file holds something else
	Missing     Kind = "missing"     // a file, link or directory is not there
	Mode        Kind = "mode"        // its permissions changed
	Link        Kind = "link"        // a link leads elsewhere
	Type        Kind = "type"        // something of another kind is in its place
	Extra       Kind = "extra"       // it was not there when the package was installed
	Description Kind = "description" // what the package says of itself cannot be read, or is another's
	Dependency  Kind = "dependency"  // something that it needs to be linked or run is not installed
	Library     Kind = "library"     // a program or library would not find what it needs
	Gone        Kind = "gone"        // a package of the host is not there any more
	Replaced    Kind = "replaced"    // a package of the host is another one than when it was first used
)

// Problem is one thing about an installed package that is not as it was installed.
type Problem struct {
	Record Record
	Path   string // below the prefix; "" is the package as a whole
	Kind   Kind
	What   string // "its content changed", "it is missing"
}

func (p Problem) String() string {
	if p.Path == "" {
		return fmt.Sprintf("%s/%s: %s", p.Record.Node.Name(), p.Record.Node.ShortHash(), p.What)
	}
	return fmt.Sprintf("%s/%s: %s: %s", p.Record.Node.Name(), p.Record.Node.ShortHash(), p.Path, p.What)
}

// Verify holds an installed package against its own description: the hash recomputed from it must be the one in its name, each
// file what it was, and what it needs to be linked and run installed, too, in upstreams what it was. A package of the host must be there, and the files that its record names
// must be those that were first used. The error is about not being able to look.
func (s *Store) Verify(ctx context.Context, r Record) ([]Problem, error) {
	if r.Node.External() != nil {
		return s.verifyExternal(r), nil
	}
	self, err := s.readPrefix(r.Prefix)
	if err != nil {
		return []Problem{{r, markerFile, Description, err.Error()}}, nil
	}
	var problems []Problem
	if self.Node.Hash() != r.Node.Hash() {
		problems = append(problems, Problem{r, markerFile, Description, fmt.Sprintf("it describes /%s", self.Node.ShortHash())})
	}
	underneath, problems := verifyUnderneath(r, problems)
	for _, d := range r.Node.DepsOf(spec.Link | spec.Run) {
		if !underneath[d.Hash()] && !s.Stands(d) {
			problems = append(problems, Problem{r, "", Dependency, fmt.Sprintf("it needs %s/%s, which is not installed", d.Name(), d.ShortHash())})
		}
	}
	want, err := readManifest(filepath.Join(r.Prefix, manifestFile))
	if err != nil {
		return append(problems, Problem{r, manifestFile, Description, err.Error()}), nil
	}
	now, err := buildManifest(ctx, r.Prefix)
	if err != nil {
		return problems, err
	}
	return append(problems, compare(r, want, now)...), nil
}

// verifyExternal looks whether the host still has what it had.
func (s *Store) verifyExternal(r Record) []Problem {
	x := r.Node.External()
	if _, err := os.Stat(r.Prefix); err != nil && r.Prefix != "" {
		return []Problem{{r, "", Gone, fmt.Sprintf("its prefix %s is gone", r.Prefix)}}
	}
	var problems []Problem
	for _, key := range slices.Sorted(maps.Keys(x.Attributes)) {
		if file := x.Attributes[key]; filepath.IsAbs(file) && !strings.Contains(file, ":") {
			if _, err := os.Stat(file); err != nil {
				problems = append(problems, Problem{r, "", Gone, fmt.Sprintf("its %s, %s, is gone", key, file)})
			}
		}
	}
	if len(problems) > 0 || s.Fingerprint == nil {
		return problems
	}
	if e, err := readExternalFile(s.externalPath(r.Node)); err == nil && e.Fingerprint != "" && e.Fingerprint != s.Fingerprint(r.Node) {
		problems = append(problems, Problem{r, "", Replaced, fmt.Sprintf("what the host has in %s is not what it was when it was first used (%s)", r.Prefix, namedFiles(x.Attributes))})
	}
	return problems
}

// namedFiles lists the files that an external's attributes name: "/usr/bin/gcc-12, /usr/bin/g++-12".
func namedFiles(attributes map[string]string) string {
	var files []string
	for _, value := range attributes {
		if filepath.IsAbs(value) {
			files = append(files, value)
		}
	}
	slices.Sort(files)
	return strings.Join(slices.Compact(files), ", ")
}

// AcceptExternal takes what the host has now for what a record of it means.
func (s *Store) AcceptExternal(r Record) error {
	if s.Fingerprint == nil {
		return nil
	}
	return s.writeExternalAs(r, s.Fingerprint(r.Node))
}

// compare lists the differences, sorted by path.
func compare(r Record, want, now manifest) []Problem {
	then := map[string]File{}
	for _, f := range want {
		then[f.Path] = f
	}
	var problems []Problem
	for _, f := range now {
		old, known := then[f.Path]
		delete(then, f.Path)
		switch {
		case !known && !isCache(f.Path):
			problems = append(problems, Problem{r, f.Path, Extra, "it was not there when the package was installed"})
		case known && old != f:
			kind, what := change(old, f)
			problems = append(problems, Problem{r, f.Path, kind, what})
		}
	}
	for path := range then {
		problems = append(problems, Problem{r, path, Missing, "it is missing"})
	}
	sort.Slice(problems, func(i, j int) bool { return problems[i].Path < problems[j].Path })
	return problems
}

// isCache reports whether Python writes such files by itself when a package is used.
func isCache(path string) bool {
	return filepath.Base(path) == "__pycache__" || filepath.Base(filepath.Dir(path)) == "__pycache__"
}

func change(old, now File) (Kind, string) {
	switch {
	case old.Dir != now.Dir || (old.Link == "") != (now.Link == ""):
		return Type, "it was replaced by something of another kind"
	case old.Link != now.Link:
		return Link, fmt.Sprintf("it led to %s and leads to %s", old.Link, now.Link)
	case old.SHA256 != now.SHA256:
		return Content, "its content changed"
	}
	return Mode, fmt.Sprintf("its mode was %04o and is %04o", old.Mode, now.Mode)
}
