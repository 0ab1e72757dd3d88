package view

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/install/durable"
)

// Location is where a view stands. Its path is a symbolic link to a tree beside it, so that one rename switches from one tree to the next.
type Location struct {
	Path  string // absolute: "/home/u/project/.berth/view"
	Owner string // the directory of the environment that the view is of
}

// markerName is the file in a tree by which berth knows its own.
const markerName = ".berth-view.json"

// marker is its content.
type marker struct {
	Version     int    `json:"berth-view"`
	Environment string `json:"environment"` // Location.Owner
	View        string `json:"view"`        // Location.Path
	Key         string `json:"key"`         // of what was put into the tree
	// Prefixes are those of the packages that have something in the tree, sorted.
	Prefixes []string `json:"prefixes"`
}

// OccupiedError says that something stands where a view should be made that is not for berth to remove.
type OccupiedError struct {
	Path string
	What string // "a directory that berth did not make"
}

func (e *OccupiedError) Error() string {
	return fmt.Sprintf("make view %s: there is %s", e.Path, e.What)
}

// Hint says how to go on.
func (e *OccupiedError) Hint() string {
	return "give the view another path in env.yaml, or move away what is there"
}

// Check tells whether a view can stand there: the error is an *OccupiedError where something else does.
func (l Location) Check() error {
	_, _, err := l.current()
	return err
}

// Is reports whether a view that was made with this key stands there.
func (l Location) Is(key string) bool {
	_, m, err := l.current()
	return err == nil && m != nil && m.Key == key && m.Environment == l.Owner && m.View == l.Path
}

// current reads what stands there: the path of the tree, "" if there is none, and its marker, nil if the tree was lost.
func (l Location) current() (tree string, m *marker, err error) {
	info, err := os.Lstat(l.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("make view: %w", err)
	}
	occupied := func(what string) (string, *marker, error) { return "", nil, &OccupiedError{l.Path, what} }
	switch {
	case info.IsDir():
		return occupied("a directory that berth did not make")
	case info.Mode()&fs.ModeSymlink == 0:
		return occupied("a file that berth did not make")
	}
	text, err := os.Readlink(l.Path)
	if err != nil {
		return "", nil, fmt.Errorf("make view: %w", err)
	}
	if !l.isTree(text) {
		return occupied("a link that berth did not make")
	}
	tree = filepath.Join(filepath.Dir(l.Path), text)
	m, err = readMarker(tree)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !exists(tree):
		return tree, nil, nil
	case err != nil:
		return occupied("a link to a directory that berth did not make")
	case !l.owns(m):
		return occupied("the view of the environment " + m.Environment)
	}
	return tree, m, nil
}

// treePrefix begins the names of the trees beside the view.
func (l Location) treePrefix() string {
	return "." + strings.TrimLeft(filepath.Base(l.Path), ".") + "-"
}

// isTree reports whether a name is one that Write gives: the prefix and a number.
func (l Location) isTree(name string) bool {
	number, ok := strings.CutPrefix(name, l.treePrefix())
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

// owns reports whether a tree is this environment's to remove: its own, one that came with a copied project, or one whose environment is gone.
func (l Location) owns(m *marker) bool {
	return m.Environment == l.Owner || m.View != l.Path || !exists(m.Environment)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func readMarker(tree string) (*marker, error) {
	data, err := os.ReadFile(filepath.Join(tree, markerName))
	if err != nil {
		return nil, err
	}
	var m marker
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(tree, markerName), err)
	}
	return &m, nil
}

func (l Location) writeMarker(tree, key string, plan *Plan) error {
	var prefixes []string
	for _, link := range plan.Links {
		prefixes = append(prefixes, link.Prefix)
	}
	slices.Sort(prefixes)
	data, err := json.MarshalIndent(marker{1, l.Owner, l.Path, key, slices.Compact(prefixes)}, "", " ")
	if err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(tree, markerName), append(data, '\n'), 0o644)
}

// Shows reports whether the view that stands there has something of the package in prefix.
func (l Location) Shows(prefix string) bool {
	_, m, err := l.current()
	return err == nil && m != nil && slices.Contains(m.Prefixes, prefix)
}

// Remove takes the view and its trees away; nothing happens where there is none, or another's.
func (l Location) Remove() error {
	if _, _, err := l.current(); err != nil {
		var occupied *OccupiedError
		if errors.As(err, &occupied) {
			return nil
		}
		return err
	}
	if err := os.Remove(l.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove view: %w", err)
	}
	return l.sweep("")
}

// Sweep removes what commands that were killed left beside the view. The caller lets no other process write the same view.
func (l Location) Sweep() error {
	tree, _, err := l.current()
	if err != nil {
		return err
	}
	durable.Sweep(filepath.Dir(l.Path), filepath.Base(l.Path))
	return l.sweep(tree)
}

// sweep removes this view's trees but for the one to keep: what it was before, and what killed commands left.
func (l Location) sweep(keep string) error {
	dir := filepath.Dir(l.Path)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove old views: %w", err)
	}
	for _, e := range entries {
		tree := filepath.Join(dir, e.Name())
		if tree == keep || !e.IsDir() || !l.isTree(e.Name()) {
			continue
		}
		if m, err := readMarker(tree); err != nil || !l.owns(m) || filepath.Base(m.View) != filepath.Base(l.Path) {
			continue
		}
		if err := os.RemoveAll(tree); err != nil {
			return fmt.Errorf("remove old views: %w", err)
		}
	}
	return nil
}
