package envs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/builtin"
	"github.com/berth-hpc/berth/packages/config"
	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/dag"
)

// Skipped is a system that was not resolved, because nothing is known of it here.
type Skipped struct {
	System string
	Locked bool // its section of env.lock stays as it is
}

// ConcretizeAll resolves every system of env.yaml of which the facts are known: the one that was asked for, or each that has a fact sheet or that this
// machine is. The others keep their sections. The first system is resolved first, and the versions of the others follow it.
func (e *Environment) ConcretizeAll(ctx context.Context, s *Session, o Options) ([]*Result, []Skipped, error) {
	if o.System != "" || len(e.Manifest.Systems) < 2 {
		r, err := e.Concretize(ctx, s, o)
		return []*Result{r}, nil, err
	}
	old, err := e.Lock()
	var unreadable *LockError
	if err != nil && !(o.Fresh && errors.As(err, &unreadable)) {
		return nil, nil, err
	}
	var results []*Result
	var skipped []Skipped
	for _, declared := range e.Manifest.Systems {
		known, err := e.knows(declared)
		if err != nil {
			return nil, nil, err
		}
		if !known {
			skipped = append(skipped, Skipped{declared.Name, old != nil && old.Systems[declared.Name] != nil})
			continue
		}
		system, err := e.Manifest.System(declared.Name)
		if err != nil {
			return nil, nil, err
		}
		r, err := e.concretizeSystem(ctx, s, system, old, o)
		if err != nil {
			return nil, nil, fmt.Errorf("system %s: %w", system.Name, err)
		}
		results, old = append(results, r), r.Lock
	}
	if len(results) == 0 {
		_, err := e.Manifest.System("") // which tells that one must be named
		return nil, nil, withHint(err, "or `berth arch --record NAME`, on a machine of that system, writes down what it is")
	}
	return results, skipped, nil
}

// System returns the system of that name, the common part laid under it. An environment that names none has one, called default.
func (m *Manifest) System(name string) (System, error) {
	common := System{Name: DefaultSystem, Specs: m.Specs, Packages: []*config.Scope{m.Packages}, packagesText: m.packagesText}
	if m.Upstreams != nil {
		common.Upstreams = []*config.Upstreams{m.Upstreams}
	}
	if len(m.Systems) == 0 {
		if name != "" && name != DefaultSystem {
			return System{}, fmt.Errorf("%s declares no system %s", ManifestName, name)
		}
		return common, nil
	}
	var names []string
	if name == "" {
		name = m.thisSystem()
	}
	for _, own := range m.Systems {
		names = append(names, own.Name)
		if own.Name != name && !(name == "" && len(m.Systems) == 1) {
			continue
		}
		common.Name, common.Target, common.GPUs, common.Driver, common.Hosts, common.Place = own.Name, own.Target, own.GPUs, own.Driver, own.Hosts, own.Place
		common.Specs = append(slices.Clone(m.Specs), own.Specs...)
		common.Packages = append(slices.Clone(own.Packages), m.Packages)
		common.Upstreams = append(slices.Clone(own.Upstreams), common.Upstreams...)
		common.packagesText += "\n" + own.packagesText
		return common, nil
	}
	if name == "" {
		err := fmt.Errorf("%s declares systems %s: say which with --system", ManifestName, strings.Join(names, ", "))
		return System{}, withHint(err, "`hosts:` of a system says by which names its machines are known: then none needs to be said")
	}
	return System{}, fmt.Errorf("%s declares no system %s, only %s", ManifestName, name, strings.Join(names, ", "))
}

// Of is the environment as one of its systems uses it; "" is the system that this machine is, or else the one that was installed last.
func (e *Environment) Of(system string) (*Environment, error) {
	if system == "" {
		return e, nil
	}
	if _, err := e.Manifest.System(system); err != nil {
		return nil, err
	}
	return e.of(system), nil
}

func (e *Environment) of(system string) *Environment {
	with := *e
	with.system = system
	return &with
}

// systemDir holds what is generated for one system: machines that share the project directory each have their own.
func (e *Environment) systemDir() string {
	if e.oneOfSeveral() == "" {
		return e.StateDir()
	}
	return filepath.Join(e.StateDir(), SheetDir, e.system)
}

// oneOfSeveral is the system whose activation is meant; "" where there is only one, or where it is the one that was installed last.
func (e *Environment) oneOfSeveral() string {
	if e.Manifest == nil || len(e.Manifest.Systems) < 2 {
		return ""
	}
	return e.system
}

// knows reports whether a system has a sheet, or is this machine.
func (e *Environment) knows(system System) (bool, error) {
	sheet, err := ReadSheet(e.Dir, system.Name)
	return sheet != nil || system.here(), err
}

// hostName is what this machine is called, without its domain; "" if it has no name.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	name, _, _ = strings.Cut(name, ".")
	return name
}

// here reports whether this machine is one of the system's by its name.
func (s System) here() bool {
	full, _ := os.Hostname() // without a name it fits no pattern
	return slices.ContainsFunc(s.Hosts, func(pattern string) bool {
		for _, name := range []string{hostName(), full} {
			if ok, err := path.Match(pattern, name); ok && err == nil && name != "" {
				return true
			}
		}
		return false
	})
}

// thisSystem is the first system that this machine is one of; "" if none says so.
func (m *Manifest) thisSystem() string {
	for _, s := range m.Systems {
		if s.here() {
			return s.Name
		}
	}
	return ""
}

// keepGPUs keeps the GPUs that were locked where nothing is said of any and this machine has none: a login node.
func (r *resolution) keepGPUs(old *Lock) error {
	if old == nil || r.asked || len(r.locked.GPUs) > 0 || old.Systems[r.system.Name] == nil {
		return nil
	}
	return r.buildFor(old.Systems[r.system.Name].Request.GPUs)
}

// usesGPU tells whether a node is built for GPUs, or is what such are built with.
func usesGPU(n *dag.Node) bool {
	return n.Name() == "cuda" || n.Name() == "hip" || concretizer.ForGPUs(n)
}

// elsewhere reports whether what the system has stands on machines that this one is none of.
func (s *Sheet) elsewhere(system System) bool {
	return s != nil && s.Packages != nil && !system.here() && s.Host != hostName()
}

// fingerprint notes how an external looks. One of another machine cannot be looked at here: what was known of it stays.
func (r *resolution) fingerprint(found *LockedHost, old *Lock, n *dag.Node) {
	if !r.sheet.elsewhere(r.system) {
		found.Externals[n.Hash()] = Fingerprint(n)
		return
	}
	if old != nil && old.Host[r.system.Name] != nil {
		if was, ok := old.Host[r.system.Name].Externals[n.Hash()]; ok {
			found.Externals[n.Hash()] = was
		}
	}
}

// buildsFor refuses to build for a system whose sheet has another operating system than this machine or an older C library, and warns where this one cannot run what it builds.
func (s *Session) buildsFor(ctx context.Context, dir string, request LockedRequest, system string) error {
	sheet, err := ReadSheet(dir, system)
	if err != nil || sheet == nil { // it was resolved for this machine
		return err
	}
	facts, err := host.GatherFacts(ctx, s.Machine)
	if err != nil {
		return err
	}
	if request.Platform != facts.Platform || request.OS != facts.OS {
		err := fmt.Errorf("system %s is %s-%s, and this machine is %s-%s: it cannot build for it", system, request.Platform, request.OS, facts.Platform, facts.OS)
		return withHint(err, "install on a machine of that system, or name another with --system")
	}
	if sheet.Libc.Name != "" && facts.Libc.Name != "" && !runsOn(facts.Libc, sheet.Libc) {
		err := fmt.Errorf("system %s has %s %s, and this machine %s %s: what it builds would not run there",
			system, sheet.Libc.Name, sheet.Libc.Version, facts.Libc.Name, facts.Libc.Version)
		return withHint(err, "install on a machine of that system, or name another with --system")
	}
	want, known := arch.Lookup(request.Target)
	here, ok := arch.Lookup(facts.Target)
	if known && ok && !want.Compatible(here) {
		s.warn("system %s is a %s, and this machine is a %s: packages that run what they build while they build it fail here; install on that system instead (srun berth install)",
			system, request.Target, facts.Target)
	}
	return nil
}

// Declares reports whether the environment has a system of that name.
func (m *Manifest) Declares(name string) bool {
	if len(m.Systems) == 0 {
		return name == DefaultSystem
	}
	return slices.ContainsFunc(m.Systems, func(s System) bool { return s.Name == name })
}

// HostExternals lists what the user's and the site's packages.yaml say that this host has. The host is searched where there is no list yet.
func (s *Session) HostExternals(ctx context.Context) ([]packages.External, error) {
	embedded, err := builtin.Open()
	if err != nil {
		return nil, err
	}
	if _, err := s.configuration(ctx, embedded); err != nil {
		return nil, err
	}
	recorded, err := s.Externals()
	if err != nil {
		return nil, err
	}
	list := []packages.External{}
	for _, name := range slices.Sorted(maps.Keys(recorded)) {
		list = append(list, recorded[name]...)
	}
	return list, nil
}
