package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/spec/dag"
)

// What the verbs share that look at env.lock: tree, why.

// systemFlag chooses a system of an environment that has several.
func systemFlag() cli.Flag {
	return &cli.StringFlag{Name: "system", Usage: "look at the system `NAME` of env.lock"}
}

// lockedSystem is the concrete environment here, of the system that was named; "" is the only one.
func (b *berth) lockedSystem(name string) (*envs.LockedSystem, error) {
	e, err := b.environment()
	if err != nil {
		return nil, err
	}
	lock, name, err := b.lockOf(e, name)
	if err != nil {
		return nil, err
	}
	return lock.Systems[name], nil
}

// lockOf reads an environment's lock, and finds the name of the system that was named; "" is the only one.
func (b *berth) lockOf(e *envs.Environment, name string) (*envs.Lock, string, error) {
	lock, err := e.Lock()
	if err != nil {
		return nil, "", err
	}
	if lock == nil {
		return nil, "", withHint(fmt.Errorf("there is no %s in %s", envs.LockName, e.Dir), "`berth concretize` writes one")
	}
	names := slices.Sorted(maps.Keys(lock.Systems))
	switch {
	case name == "" && len(names) == 1:
		name = names[0]
	case name == "" && len(names) > 1:
		return nil, "", withHint(errors.New(envs.LockName+" holds several systems"), "say which with --system: %s", strings.Join(names, ", "))
	case lock.Systems[name] == nil:
		return nil, "", withHint(fmt.Errorf("%s has no system %q", envs.LockName, name), "it has %s", strings.Join(names, ", "))
	}
	return lock, name, nil
}

// lockedNodes lists every node of the system once, by name and hash.
func lockedNodes(s *envs.LockedSystem) []*dag.Node {
	nodes := dag.Topological(s.RootNodes()...)
	slices.SortFunc(nodes, func(a, b *dag.Node) int {
		return strings.Compare(a.Name()+" "+a.Hash(), b.Name()+" "+b.Hash())
	})
	return nodes
}

// lockedRoots lists what env.yaml asks for, by its text, with the hash that meets it.
func lockedRoots(s *envs.LockedSystem) []rootJSON {
	roots := make([]rootJSON, 0, len(s.Roots))
	for _, text := range slices.Sorted(maps.Keys(s.Roots)) {
		roots = append(roots, rootJSON{text, s.Roots[text]})
	}
	return roots
}
