package envs

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/envs/view"
	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/spec/dag"
)

// A berth root remembers the environments that were installed into its store, so that nothing is taken away from under them. Each has a file of its
// own: commands that run at once do not meet. Its first line is the environment's directory, the others are the hashes of what was installed for it, so
// that its packages are known even while the directory is not there, or env.lock has moved on.

func (s *Session) registry() string { return filepath.Join(s.Root, "environments") }

// registered is what the root remembers of an environment.
type registered struct {
	file  string // the entry: "/home/u/.berth/environments/0123456789abcdef"
	dir   string // "/home/u/project"
	roots []string
}

func (s *Session) entryOf(e *Environment) string {
	return filepath.Join(s.registry(), digest([]byte(e.Dir))[:16])
}

// remember notes that an environment uses the store, and for which roots, by their hashes. With more, what was noted before stays noted.
func (s *Session) remember(e *Environment, roots []string, more bool) error {
	file := s.entryOf(e)
	had, err := os.ReadFile(file)
	if err == nil && more {
		roots = append(slices.Clone(roots), readEntry(file, had).roots...)
	}
	roots = slices.Compact(slices.Sorted(slices.Values(roots)))
	text := strings.Join(append([]string{e.Dir}, roots...), "\n") + "\n"
	if err == nil && string(had) == text {
		return nil
	}
	if err := durable.MkdirAll(s.registry(), 0o755); err != nil {
		return fmt.Errorf("remember environment: %w", err)
	}
	return durable.WriteFile(file, []byte(text), 0o644)
}

func readEntry(file string, text []byte) registered {
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	return registered{file, lines[0], lines[1:]}
}

// registered reads all entries, sorted by directory.
func (s *Session) registered() ([]registered, error) {
	files, err := os.ReadDir(s.registry())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list environments: %w", err)
	}
	var all []registered
	for _, f := range files {
		if strings.HasPrefix(f.Name(), ".") { // of a command that was killed while it wrote
			continue
		}
		path := filepath.Join(s.registry(), f.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("list environments: %w", err)
		}
		if r := readEntry(path, text); filepath.IsAbs(r.dir) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b registered) int { return strings.Compare(a.dir, b.dir) })
	return all, nil
}

// gone reports whether the environment's env.yaml cannot be found. It may be on a file system that is not mounted here.
func (r registered) gone() bool {
	_, err := os.Stat(filepath.Join(r.dir, ManifestName))
	return err != nil
}

// Environments lists the directories of the environments that were installed into the store and that are still there, sorted.
func (s *Session) Environments() ([]string, error) {
	all, err := s.registered()
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, r := range all {
		if !r.gone() {
			dirs = append(dirs, r.dir)
		}
	}
	return slices.Compact(dirs), nil
}

// Use is an environment that needs an installed package to be used.
type Use struct {
	Dir   string   // of the environment
	Asked []string // the specs of its env.lock that need it
	Views []string // its views that show it
}

// Users lists the environments that need an installed package: their env.lock has it among what they ask for, link with or run (what they
// were only built with they do not need any more), or a view of theirs shows it. Of an environment whose lock cannot be read only
// the views count, and it is warned of.
func (s *Session) Users(r store.Record) ([]Use, error) {
	dirs, err := s.Environments()
	if err != nil {
		return nil, err
	}
	var users []Use
	for _, dir := range dirs {
		use := Use{Dir: dir}
		lock, err := ReadLock(filepath.Join(dir, LockName))
		switch {
		case err == nil:
			use.Asked = lock.askers(r.Node.Hash())
		case !errors.Is(err, fs.ErrNotExist):
			s.warn("what the environment %s needs is not known: %v", dir, err)
		}
		paths, err := (&Environment{Dir: dir}).recordedViews()
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			if (view.Location{Path: path, Owner: dir}).Shows(r.Prefix) {
				use.Views = append(use.Views, path)
			}
		}
		if len(use.Asked)+len(use.Views) > 0 {
			users = append(users, use)
		}
	}
	return users, nil
}

// askers lists the specs, of all systems, that need a node to be used.
func (l *Lock) askers(hash string) []string {
	var asked []string
	for _, system := range l.Systems {
		for text, root := range system.Roots {
			n := system.graph[root]
			if root == hash || slices.ContainsFunc(dag.LinkRunClosure(n), func(d *dag.Node) bool { return d.Hash() == hash }) {
				asked = append(asked, text)
			}
		}
	}
	slices.Sort(asked)
	return slices.Compact(asked)
}

// roots are the hashes of the roots of all systems.
func (l *Lock) roots() []string {
	var hashes []string
	for _, system := range l.Systems {
		hashes = slices.AppendSeq(hashes, maps.Values(system.Roots))
	}
	return hashes
}
