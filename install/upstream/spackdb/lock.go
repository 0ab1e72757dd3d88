package spackdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Versions of spack.lock that are read: 4 is Spack's 0.18 to 0.20, 8 what comes after 1.2.
const (
	oldestLock = 4
	newestLock = 8
)

// Lock is what a spack.lock has.
type Lock struct {
	Version int
	Roots   []LockRoot
	Nodes   map[string]*Node // by hash, those of included environments, too
}

// LockRoot is a spec that the environment asks for.
type LockRoot struct {
	Hash string `json:"hash"`
	Spec string `json:"spec"` // as it was written: "hdf5+mpi"
}

type lockNodes struct {
	Roots []LockRoot                 `json:"roots"`
	Nodes map[string]json.RawMessage `json:"concrete_specs"`
}

// ParseLock reads the text of a spack.lock; path is what errors show. A node that cannot be read fails the lock: it is one answer, and
// would be another without it.
func ParseLock(path string, data []byte) (*Lock, error) {
	var file struct {
		Meta struct {
			Type    string `json:"file-type"`
			Version any    `json:"lockfile-version"`
		} `json:"_meta"`
		lockNodes
		Include map[string]lockNodes `json:"include_concrete"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, &FormatError{path, place(data, err)}
	}
	if file.Meta.Type != "spack-lockfile" {
		return nil, &FormatError{path, errors.New("it is no spack.lock: _meta.file-type is not spack-lockfile")}
	}
	version, err := parseVersion(path, file.Meta.Version, oldestLock, newestLock)
	if err != nil {
		return nil, err
	}
	lock := &Lock{Version: version, Roots: file.Roots, Nodes: map[string]*Node{}}
	parts := []lockNodes{file.lockNodes}
	for _, name := range slices.Sorted(maps.Keys(file.Include)) {
		parts = append(parts, file.Include[name])
	}
	for _, part := range parts {
		for _, hash := range slices.Sorted(maps.Keys(part.Nodes)) {
			n, err := parseNode(part.Nodes[hash], max(version-1, 3))
			if err != nil {
				return nil, &FormatError{path, fmt.Errorf("node %s: %w", shown(hash), err)}
			}
			if !isHash(hash) {
				return nil, &FormatError{path, fmt.Errorf("%q is no hash", shown(hash))}
			}
			n.Hash = hash
			lock.Nodes[hash] = n
		}
	}
	return lock, nil
}
