package envs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/concretizer"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/config"
	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/dag"
	"github.com/berth-hpc/berth/spec/suggest"
)

// Options is what a command line may add to a resolution.
type Options struct {
	System string               // of env.yaml; "" where there is only one
	Repo   packages.Repo        // --repo DIR: this repository alone; nil: those of env.yaml
	Fresh  bool                 // keep nothing of the previous lock
	Target string               // build for this target; "" is the system's, or this host's
	GPUs   []string             // "sm_80": of this machine, instead of the system's
	Tests  []string             // packages whose test dependencies are wanted
	Update []string             // packages to resolve as if they had never been locked
	Unify  concretizer.Unify    // of specs that the command line gives; "" is together
	Reuse  concretizer.Reusable // further candidates: what is installed
}

// Result is a resolved environment.
type Result struct {
	Solution *concretizer.Solution
	Lock     *Lock
	System   string
	Changed  bool     // the lock differs from what stood in env.lock
	Moves    []string // what changed since then, one line each: "hypre 2.26.0 -> 2.27.0"
}

// resolution is a request with what it was made of.
type resolution struct {
	request concretizer.Request
	locked  LockedRequest
	facts   SystemFacts
	system  System
	sheet   *Sheet       // that the facts are from; nil: this machine
	asked   bool         // the GPUs were asked for, and not only found
	specs   []*spec.Spec // the request's roots as they were written

	first  []*dag.Node               // the first system, if this is another
	wished map[string][]spec.Version // the versions that it has, by package
}

// Resolve concretizes specs as the command line gives them, outside of any environment.
func (s *Session) Resolve(ctx context.Context, specs []*spec.Spec, o Options) (*concretizer.Solution, error) {
	m := &Manifest{}
	st, _ := o.Reuse.(*store.Store)
	for _, sp := range specs {
		named, err := nameByHash(st, sp)
		if err != nil {
			return nil, err
		}
		m.Specs = append(m.Specs, packages.PlacedSpec{Spec: named})
	}
	if st != nil {
		if o.Repo == nil {
			var err error
			if o.Repo, err = s.Repo(ctx, nil, ""); err != nil {
				return nil, err
			}
		}
		o.Repo = withUpstreams(o.Repo, st)
	}
	r, err := s.prepare(ctx, m, "", System{Name: DefaultSystem}, o)
	if err != nil {
		return nil, err
	}
	r.request.Reuse = o.Reuse
	return solve(ctx, r.request, o.Unify)
}

// solve concretizes, and once more if files of the recipes changed meanwhile.
func solve(ctx context.Context, request concretizer.Request, unify concretizer.Unify) (*concretizer.Solution, error) {
	solution, err := concretizer.ConcretizeAll(ctx, request, unify)
	if refreshed(request.Repo) {
		solution, err = concretizer.ConcretizeAll(ctx, request, unify)
	}
	return solution, elsewhere(ctx, request.Repo, err)
}

// Concretize resolves the environment and makes the lock, which it does not write.
func (e *Environment) Concretize(ctx context.Context, s *Session, o Options) (*Result, error) {
	system, err := e.Manifest.System(o.System)
	if err != nil {
		return nil, err
	}
	old, err := e.Lock()
	var unreadable *LockError
	if err != nil && !(o.Fresh && errors.As(err, &unreadable)) {
		return nil, err
	}
	return e.concretizeSystem(ctx, s, system, old, o)
}

// concretizeSystem resolves one system beside those that a lock has already.
func (e *Environment) concretizeSystem(ctx context.Context, s *Session, system System, old *Lock, o Options) (*Result, error) {
	s = s.on(system)
	if o.Repo == nil {
		var err error
		pinned := old
		if o.Fresh {
			pinned = nil
		}
		if o.Repo, err = e.Repo(ctx, s, pinned); err != nil {
			return nil, err
		}
	}
	st, err := s.Store()
	if err != nil {
		return nil, err
	}
	if e.Manifest.Reuse {
		o.Repo = withUpstreams(o.Repo, st)
	}
	r, err := s.prepare(ctx, e.Manifest, e.Dir, system, o)
	if err != nil {
		return nil, err
	}
	if err := r.keepGPUs(old); err != nil {
		return nil, err
	}
	switch {
	case old != nil && !o.Fresh && (e.Manifest.Reuse || len(o.Update) > 0) && old.Systems[system.Name] != nil:
		if err := r.keep(ctx, old, old.Systems[system.Name], o.Update); err != nil {
			return nil, err
		}
	case len(o.Update) > 0:
		return nil, withHint(fmt.Errorf("update %s: nothing is locked for system %s yet", strings.Join(o.Update, ", "), system.Name), "`berth concretize` locks it")
	}
	r.align(e.Manifest, old, o.Update)
	r.request.Reuse = offered{first: r.request.Reuse, st: st, upstreams: e.Manifest.Reuse}
	solution, err := r.solveAligned(ctx, concretizer.Unify(e.Manifest.Unify))
	if err != nil {
		return nil, err
	}
	lock, err := makeLock(ctx, s, r, st, solution, old, o.Fresh)
	if err != nil {
		return nil, err
	}
	before := []byte(nil)
	if old != nil {
		if before, err = old.Encode(); err != nil {
			return nil, err
		}
	}
	after, err := lock.Encode()
	if err != nil {
		return nil, err
	}
	return &Result{
		Solution: solution, Lock: lock, System: system.Name,
		Changed: string(before) != string(after),
		Moves:   moves(old, lock, system.Name),
	}, nil
}

// prepare makes the request for one system.
func (s *Session) prepare(ctx context.Context, m *Manifest, dir string, system System, o Options) (*resolution, error) {
	repo := o.Repo
	if repo == nil {
		var err error
		if repo, err = s.Repo(ctx, m.Repos, dir); err != nil {
			return nil, err
		}
	}
	facts, sheet, place, err := s.factsOf(ctx, dir, system)
	if err != nil {
		return nil, err
	}
	scopes, err := s.configurationFor(ctx, repo, sheet)
	if err != nil {
		return nil, err
	}
	build, err := m.targets(system, facts.Facts, o.Target)
	if err != nil {
		return nil, err
	}
	if err := checkNames(repo, m, system); err != nil {
		return nil, err
	}
	if err := s.warnOfVain(ctx, repo, system); err != nil {
		return nil, err
	}
	r := &resolution{facts: facts, system: system, sheet: sheet}
	r.request = concretizer.Request{
		Repo: repo, Config: config.Merge(slices.Concat(s.commandLine(), system.Packages, scopes)...),
		Platform: facts.Platform, OS: facts.OS, Target: arch.Of(build.best), Tests: o.Tests,
	}
	if sheet != nil && sheet.Packages != nil {
		onlySheet(&r.request.Config, sheet, system.Packages)
	}
	if err := limitToolkits(&r.request.Config, facts.GPU, place); err != nil {
		return nil, err
	}
	if err := withLibc(ctx, &r.request.Config, repo, facts.Libc, place); err != nil {
		return nil, err
	}
	gpus := facts.GPU.Archs()
	for _, asked := range [][]string{system.GPUs, o.GPUs} {
		if len(asked) > 0 {
			gpus, r.asked = asked, true
		}
	}
	if err := r.buildFor(gpus); err != nil {
		return nil, err
	}
	m.Tune.apply(&r.request.Config, build)
	r.request.Config.Licenses = s.licensePolicies(m)
	specs := system.Specs
	if specs == nil {
		specs = m.Specs
	}
	toolchains, err := s.toolchains(ctx, repo, m)
	if err != nil {
		return nil, err
	}
	if r.request.Config, err = r.request.Config.ExpandToolchains(toolchains); err != nil {
		return nil, err
	}
	for _, p := range specs {
		root, err := expand(ctx, toolchains, repo, p)
		if err != nil {
			return nil, err
		}
		r.specs = append(r.specs, p.Spec)
		r.request.Roots = append(r.request.Roots, concretizer.Root{Spec: native(root, r.request.Target), Place: p.Place})
	}
	r.locked = LockedRequest{
		Platform: facts.Platform, OS: facts.OS, Target: build.best.Name(), Tune: m.Tune.locked(system),
		Packages: digest([]byte(system.packagesText)), Unify: m.Unify, GPUs: gpus,
	}
	return r, nil
}

// buildFor says which GPUs there are.
func (r *resolution) buildFor(gpus []string) error {
	r.request.GPUs, r.locked.GPUs = nil, gpus
	for _, name := range gpus {
		parsed, err := concretizer.ParseGPU(name)
		if err != nil {
			return err
		}
		r.request.GPUs = append(r.request.GPUs, parsed)
	}
	return nil
}

// native is the spec with target=native, its own or a dependency's, replaced by what is built for.
func native(s *spec.Spec, target spec.Targets) *spec.Spec {
	s = s.Clone()
	if name, ok := s.Target.Concrete(); ok && name == "native" {
		s.Target = target
	}
	for i := range s.Deps {
		s.Deps[i].Spec = native(s.Deps[i].Spec, target)
	}
	return s
}

// lookUpTarget finds a microarchitecture target by its name.
func lookUpTarget(name string) (*arch.Target, error) {
	if target, ok := arch.Lookup(name); ok {
		return target, nil
	}
	err := fmt.Errorf("unknown target %q", name)
	if near := suggest.Nearest(name, arch.Names(), 3); len(near) > 0 {
		return nil, withHint(err, "did you mean "+strings.Join(near, ", ")+"?")
	}
	return nil, withHint(err, "a target is a microarchitecture, such as zen3, skylake or x86_64_v3, or native")
}

// lockedNodes offers the previous lock's nodes to the concretizer.
type lockedNodes map[string][]*dag.Node

// Candidates lists the locked nodes of a package.
func (c lockedNodes) Candidates(name string) []*dag.Node { return c[name] }

// Fingerprint is how an external looks on this host now.
func Fingerprint(n *dag.Node) string {
	x := n.External()
	return host.Fingerprint(packages.External{Spec: n.Spec(), Prefix: x.Prefix, Modules: x.Modules, Attributes: x.Attributes})
}

// moves says what changed between two locks of a system, a line per package.
func moves(old, now *Lock, system string) []string {
	if old == nil || old.Systems[system] == nil {
		return nil
	}
	var lines []string
	for _, d := range Diff(old.Systems[system], now.Systems[system]) {
		lines = append(lines, move(d.Name(), d.Old, d.New))
	}
	return lines
}

func move(name string, was, is *dag.Node) string {
	switch {
	case was == nil:
		return "+ " + is.String()
	case is == nil:
		return "- " + was.String()
	case was.Version() != is.Version():
		return fmt.Sprintf("~ %s %s -> %s", name, was.Version(), is.Version())
	case was.String() != is.String():
		return fmt.Sprintf("~ %s -> %s", was, is)
	}
	return fmt.Sprintf("~ %s (its dependencies or its recipe changed)", is)
}

// Packages counts the packages of the resolved system.
func (r *Result) Packages() int { return len(r.Lock.Systems[r.System].graph) }
