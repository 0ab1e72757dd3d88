package spackdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Depths of an install tree: ARCH/COMPILER/NAME-VERSION-HASH is usual, sites choose others.
const maxDepth = 8

// specVersions are those of .spack/spec.json.
const (
	oldestSpec = 1
	newestSpec = 6
)

// Scan makes a database out of what the prefixes below a tree say of themselves, for a tree without an index or with a torn one. It does
// not look below a prefix that it found. It knows neither what is explicit nor when anything was installed.
func Scan(tree string) (*Database, error) {
	if info, err := os.Stat(tree); err != nil {
		return nil, fmt.Errorf("scan install tree: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("scan install tree: %s is no directory", tree)
	}
	db := &Database{Records: map[string]*Record{}}
	db.scan(tree, 0)
	sortProblems(db.Problems)
	return db, nil
}

func (db *Database) scan(dir string, depth int) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		db.Problems = append(db.Problems, Problem{dir, err})
		return
	}
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		found, err := db.readPrefix(path)
		if err != nil {
			db.Problems = append(db.Problems, Problem{path, err})
		}
		if !found && depth < maxDepth {
			db.scan(path, depth+1)
		}
	}
}

// specFile is .spack/spec.json.
type specFile struct {
	Spec struct {
		Meta  struct{ Version any } `json:"_meta"`
		Nodes []json.RawMessage     `json:"nodes"`
	} `json:"spec"`
}

// readPrefix enters what a prefix says of itself: its node, and those below as what may or may not stand.
func (db *Database) readPrefix(prefix string) (found bool, err error) {
	path := filepath.Join(prefix, ".spack", "spec.json")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) && !isDir(filepath.Join(prefix, ".spack")) {
		return false, nil
	}
	if err != nil {
		return true, err
	}
	nodes, err := ParseSpec(path, data)
	if err != nil {
		return true, err
	}
	clean, err := prefixOf(prefix)
	if err != nil {
		return true, err
	}
	for i, n := range nodes {
		if i == 0 {
			db.Records[n.Hash] = &Record{Node: n, Path: clean, Installed: true}
			continue
		}
		if db.Records[n.Hash] == nil {
			r := &Record{Node: n}
			if n.External != nil {
				r.Path, r.Installed = n.External.Path, true
			}
			db.Records[n.Hash] = r
		}
	}
	return true, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// ParseSpec reads a .spack/spec.json: the node that stands there, and after it all below. Version 1 wrote another file.
func ParseSpec(path string, data []byte) ([]*Node, error) {
	var file specFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, &FormatError{path, place(data, err)}
	}
	version, err := parseVersion(path, file.Spec.Meta.Version, oldestSpec+1, newestSpec)
	if err != nil {
		return nil, err
	}
	var nodes []*Node
	for _, raw := range file.Spec.Nodes {
		n, err := parseNode(raw, version)
		if err != nil {
			return nil, &FormatError{path, err}
		}
		if !isHash(n.Hash) {
			return nil, &FormatError{path, fmt.Errorf("%s has no hash", n.Name)}
		}
		nodes = append(nodes, n)
	}
	if len(nodes) == 0 {
		return nil, &FormatError{path, errors.New("it has no nodes")}
	}
	return nodes, nil
}
