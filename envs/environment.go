package envs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// Environment is a directory with an env.yaml and, once it was concretized, an env.lock.
type Environment struct {
	Dir      string // absolute
	Manifest *Manifest
	// system is the one of several whose activation is read and written; "" is the one that was installed last.
	system string
}

// NoEnvironmentError says that there is no env.yaml here.
type NoEnvironmentError struct{ Dir string }

func (e *NoEnvironmentError) Error() string {
	return fmt.Sprintf("no %s in %s or above it", ManifestName, e.Dir)
}

// Hint says how to make one.
func (e *NoEnvironmentError) Hint() string { return "`berth init` makes one here" }

// Find opens the environment of start or of the nearest directory above it, as git finds its repository.
func Find(start string) (*Environment, error) {
	start, err := filepath.Abs(start)
	if err != nil {
		return nil, fmt.Errorf("find environment: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		_, err := os.Stat(filepath.Join(dir, ManifestName))
		if err == nil {
			return Open(dir)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("find environment: %w", err)
		}
		if dir == filepath.Dir(dir) {
			return nil, &NoEnvironmentError{start}
		}
	}
}

// Open opens the environment in dir.
func Open(dir string) (*Environment, error) {
	m, err := ReadManifest(filepath.Join(dir, ManifestName))
	if err != nil {
		return nil, err
	}
	return (&Environment{Dir: dir, Manifest: m}).of(m.thisSystem()), nil
}

// Init writes an env.yaml with these specs into dir. It never replaces one.
func Init(dir string, specs []*spec.Spec) (*Environment, error) {
	text := []byte("berth: 1\nspecs: []\n")
	edit := listEdit{ManifestName, "specs"}
	for _, s := range specs {
		var err error
		if text, err = edit.add(text, s.String()); err != nil {
			return nil, err
		}
	}
	return Create(dir, text)
}

// Create writes an env.yaml with this text into dir. It never replaces one.
func Create(dir string, text []byte) (*Environment, error) {
	if _, err := ParseManifest(ManifestName, text); err != nil {
		return nil, err
	}
	if err := durable.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make environment: %w", err)
	}
	path := filepath.Join(dir, ManifestName)
	err := durable.CreateFile(path, text, 0o644)
	if errors.Is(err, durable.ErrExists) {
		return nil, fmt.Errorf("make environment: %s is there already", path)
	}
	if err != nil {
		return nil, fmt.Errorf("make environment: %w", err)
	}
	return Open(dir)
}

// ManifestPath is where the env.yaml is.
func (e *Environment) ManifestPath() string { return filepath.Join(e.Dir, ManifestName) }

// LockPath is where the env.lock is, or will be.
func (e *Environment) LockPath() string { return filepath.Join(e.Dir, LockName) }

// StateDir holds what berth generates for the environment and can generate again: the activation script, links.
func (e *Environment) StateDir() string { return filepath.Join(e.Dir, ".berth") }

// Lock reads the env.lock; nil if there is none.
func (e *Environment) Lock() (*Lock, error) {
	lock, err := ReadLock(e.LockPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return lock, err
}

// Add appends specs to env.yaml. A spec of a package that is there already replaces nothing: it is refused, naming the line, unless env.yaml says that there
// may be several configurations.
func (e *Environment) Add(specs []*spec.Spec) error {
	text := e.Manifest.Text
	have := slices.Clone(e.Manifest.Specs)
	edit := listEdit{ManifestName, "specs"}
	for _, s := range specs {
		if i := slices.IndexFunc(have, func(p packages.PlacedSpec) bool { return p.Spec.Name == s.Name }); i >= 0 && e.Manifest.Unify == string(concretizer.Together) {
			return fmt.Errorf("add %s: %s asks for %s already (%s)", s, ManifestName, have[i].Spec, have[i].Place)
		}
		var err error
		if text, err = edit.add(text, s.String()); err != nil {
			return err
		}
		have = append(have, packages.PlacedSpec{Spec: s, Place: packages.Place{File: "the command line"}})
	}
	return e.rewrite(text)
}

// NotInEnvironmentError says that env.yaml has no such spec.
type NotInEnvironmentError struct {
	Spec  *spec.Spec
	Known []string // the names that it has
}

func (e *NotInEnvironmentError) Error() string {
	return fmt.Sprintf("remove %s: %s has no such spec", e.Spec, ManifestName)
}

// Remove takes out every spec of env.yaml that one of specs describes: by name, or by name and more.
func (e *Environment) Remove(specs []*spec.Spec) (removed []*spec.Spec, err error) {
	var drop []int
	for _, s := range specs {
		before := len(drop)
		for i, have := range e.Manifest.Specs {
			if have.Spec.Satisfies(s) && !slices.Contains(drop, i) {
				drop = append(drop, i)
			}
		}
		if len(drop) == before {
			var known []string
			for _, have := range e.Manifest.Specs {
				known = append(known, have.Spec.Name)
			}
			return nil, &NotInEnvironmentError{s, known}
		}
	}
	slices.Sort(drop)
	text := e.Manifest.Text
	edit := listEdit{ManifestName, "specs"}
	for _, i := range slices.Backward(drop) {
		if text, err = edit.removeAt(text, i); err != nil {
			return nil, err
		}
		removed = append(removed, e.Manifest.Specs[i].Spec)
	}
	slices.Reverse(removed)
	return removed, e.rewrite(text)
}

// rewrite puts an edited text in place, if it still reads.
func (e *Environment) rewrite(text []byte) error {
	m, err := ParseManifest(ManifestName, text)
	if err != nil {
		return err
	}
	if err := writeFile(e.ManifestPath(), text); err != nil {
		return err
	}
	e.Manifest = m
	return nil
}
