package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// Problem is one thing about an installed package that is not as it was installed.
type Problem struct {
	Record Record
	Path   string // below the prefix; "" is the package as a whole
	What   string // "changed", "missing", "not installed by berth"
}

func (p Problem) String() string {
	if p.Path == "" {
		return fmt.Sprintf("%s/%s: %s", p.Record.Node.Name(), p.Record.Node.ShortHash(), p.What)
	}
	return fmt.Sprintf("%s/%s: %s: %s", p.Record.Node.Name(), p.Record.Node.ShortHash(), p.Path, p.What)
}

// Verify holds an installed package against its own description: the hash recomputed from it must be the one in its name, and
// each file what it was. The error is about not being able to look.
func (s *Store) Verify(ctx context.Context, r Record) ([]Problem, error) {
	if r.Node.External() != nil {
		if _, err := os.Stat(r.Prefix); err != nil {
			return []Problem{{r, "", fmt.Sprintf("its prefix %s is gone", r.Prefix)}}, nil
		}
		return nil, nil
	}
	self, err := s.readPrefix(r.Prefix)
	if err != nil {
		return []Problem{{r, markerFile, err.Error()}}, nil
	}
	var problems []Problem
	if self.Node.Hash() != r.Node.Hash() {
		problems = append(problems, Problem{r, markerFile, fmt.Sprintf("it describes /%s", self.Node.ShortHash())})
	}
	want, err := readManifest(filepath.Join(r.Prefix, manifestFile))
	if err != nil {
		return append(problems, Problem{r, manifestFile, err.Error()}), nil
	}
	now, err := buildManifest(ctx, r.Prefix)
	if err != nil {
		return problems, err
	}
	return append(problems, compare(r, want, now)...), nil
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
			problems = append(problems, Problem{r, f.Path, "it was not there when the package was installed"})
		case known && old != f:
			problems = append(problems, Problem{r, f.Path, change(old, f)})
		}
	}
	for path := range then {
		problems = append(problems, Problem{r, path, "it is missing"})
	}
	sort.Slice(problems, func(i, j int) bool { return problems[i].Path < problems[j].Path })
	return problems
}

// isCache reports whether Python writes such files by itself when a package is used.
func isCache(path string) bool {
	return filepath.Base(path) == "__pycache__" || filepath.Base(filepath.Dir(path)) == "__pycache__"
}

func change(old, now File) string {
	switch {
	case old.Dir != now.Dir || (old.Link == "") != (now.Link == ""):
		return "it was replaced by something of another kind"
	case old.Link != now.Link:
		return fmt.Sprintf("it led to %s and leads to %s", old.Link, now.Link)
	case old.SHA256 != now.SHA256:
		return "its content changed"
	}
	return fmt.Sprintf("its mode was %04o and is %04o", old.Mode, now.Mode)
}
