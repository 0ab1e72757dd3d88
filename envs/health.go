package envs

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages/host/gpu"
	"github.com/berth-hpc/berth/spec/dag"
)

// What `berth doctor` asks of environments.

// Registered is an environment that was installed into the root.
type Registered struct {
	Dir  string
	Gone bool // its env.yaml cannot be found
}

// Registered lists all environments that were installed into the root, also those that cannot be found.
func (s *Session) Registered() ([]Registered, error) {
	all, err := s.registered()
	if err != nil {
		return nil, err
	}
	var list []Registered
	for _, r := range all {
		list = append(list, Registered{r.dir, r.gone()})
	}
	return slices.Compact(list), nil
}

// HostDrifts lists how the lock of the system that this machine is differs from what env.yaml asks for and from what this machine has. Recipes are not looked at. It
// is empty where nothing is locked, or no system is this machine's.
func (e *Environment) HostDrifts(ctx context.Context, s *Session) ([]string, error) {
	system, lock, err := e.lockedHere()
	if err != nil || lock == nil {
		return nil, err
	}
	drifts := staleRequest(e.Manifest, system, lock)
	if len(drifts) > 0 {
		return drifts, nil
	}
	facts, sheet, _, err := s.factsOf(ctx, e.Dir, system)
	if err != nil {
		return nil, err
	}
	locked := lock.Systems[system.Name]
	drifts = driftedHost(facts.Facts, locked, lock.Host[system.Name], sheet.elsewhere(system))
	return append(drifts, driftedDriver(facts.GPU, locked)...), nil
}

// lockedHere is the system that this machine is, and the lock; nil where there is none of it.
func (e *Environment) lockedHere() (System, *Lock, error) {
	lock, err := e.Lock()
	if err != nil || lock == nil {
		return System{}, nil, err
	}
	system, err := e.Manifest.System("")
	if err != nil || lock.Systems[system.Name] == nil {
		return System{}, nil, nil // one must be named; that is nothing wrong
	}
	return system, lock, nil
}

// LockedVersions lists the versions of a package that are locked for the system that this machine is.
func (e *Environment) LockedVersions(name string) ([]string, error) {
	system, lock, err := e.lockedHere()
	if err != nil || lock == nil {
		return nil, err
	}
	var versions []string
	for _, n := range dag.Topological(lock.Systems[system.Name].RootNodes()...) {
		if n.Name() == name {
			versions = append(versions, n.Version().String())
		}
	}
	slices.Sort(versions)
	return slices.Compact(versions), nil
}

// ActivationState tells why the activation cannot be used; "" if it can, or if nothing is locked yet.
func (e *Environment) ActivationState() string {
	if lock, err := e.Lock(); err != nil || lock == nil {
		return ""
	}
	_, err := e.Activation()
	var not *NotInstalledError
	switch {
	case err == nil, errors.As(err, &not) && !not.Stale:
		return ""
	}
	return err.Error()
}

// SheetDrift is how this machine differs from the fact sheet of a system that it is one of.
type SheetDrift struct {
	System string
	Sheet  string   // "systems/gpu.yaml"
	Now    []string // "target is zen4, recorded zen3"
}

// SheetDrifts holds the fact sheets of the systems that this machine is one of against what it is.
func (e *Environment) SheetDrifts(now SystemFacts) ([]SheetDrift, error) {
	var drifts []SheetDrift
	declared := e.Manifest.Systems
	if len(declared) == 0 {
		declared = []System{{Name: DefaultSystem}}
	}
	for _, system := range declared {
		sheet, err := ReadSheet(e.Dir, system.Name)
		if err != nil {
			return nil, err
		}
		if sheet == nil || !system.here() && (sheet.Host == "" || sheet.Host != hostName()) {
			continue
		}
		drifts = append(drifts, SheetDrift{system.Name, filepath.Join(SheetDir, system.Name+".yaml"), differences(sheet.SystemFacts, now)})
	}
	return drifts, nil
}

// differences lists what is otherwise now. What nobody wrote down is not compared.
func differences(sheet, now SystemFacts) []string {
	var lines []string
	compare := func(what, was, is string) {
		if was != "" && was != is {
			if is == "" {
				is = "none"
			}
			lines = append(lines, fmt.Sprintf("%s is %s, recorded %s", what, is, was))
		}
	}
	compare("os", sheet.OS, now.OS)
	compare("target", sheet.Target, now.Target)
	compare("libc", strings.TrimSpace(sheet.Libc.Name+" "+sheet.Libc.Version), strings.TrimSpace(now.Libc.Name+" "+now.Libc.Version))
	compare("the GPUs", strings.Join(sheet.GPU.Archs(), " "), strings.Join(now.GPU.Archs(), " "))
	driver := func(f gpu.Facts) string {
		if f.NVIDIA == nil {
			return ""
		}
		return f.NVIDIA.Driver
	}
	compare("the driver", driver(sheet.GPU), driver(now.GPU))
	return lines
}
