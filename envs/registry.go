package envs

import (
	"errors"
	"fmt"
	"io/fs"
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
// own, which holds its directory: commands that run at once do not meet.

func (s *Session) registry() string { return filepath.Join(s.Root, "environments") }

// remember notes that an environment uses the store.
func (s *Session) remember(e *Environment) error {
	file := filepath.Join(s.registry(), digest([]byte(e.Dir))[:16])
	if have, err := os.ReadFile(file); err == nil && string(have) == e.Dir+"\n" {
		return nil
	}
	if err := os.MkdirAll(s.registry(), 0o755); err != nil {
		return fmt.Errorf("remember environment: %w", err)
	}
	return durable.WriteFile(file, []byte(e.Dir+"\n"), 0o644)
}

// Environments lists the directories of the environments that were installed into the store and that are still there, sorted.
func (s *Session) Environments() ([]string, error) {
	files, err := os.ReadDir(s.registry())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list environments: %w", err)
	}
	var dirs []string
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(s.registry(), f.Name()))
		if err != nil {
			return nil, fmt.Errorf("list environments: %w", err)
		}
		dir := strings.TrimSuffix(string(text), "\n")
		if _, err := os.Stat(filepath.Join(dir, ManifestName)); err == nil && filepath.IsAbs(dir) {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
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
		case !errors.Is(err, fs.ErrNotExist) && s.Warn != nil:
			s.Warn(fmt.Sprintf("what the environment %s needs is not known: %v", dir, err))
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
