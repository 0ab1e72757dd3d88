package envs

import (
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/host"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
)

// nativeTarget stands for the target of this machine.
const nativeTarget = "native"

// Tune is the section tune of an env.yaml: only some packages are built for the machine, the others for any of its kind, so that they are the same
// on several machines.
type Tune struct {
	Specs  []packages.PlacedSpec
	Target string // "native", "zen3"
	Place  packages.Place
	text   string // in canonical form, for the lock
}

func decodeTune(n yamldoc.Node) *Tune {
	if !n.Exists() || n.IsNull() {
		return nil
	}
	f := n.Fields("specs", "target")
	t := &Tune{Target: nativeTarget, Place: n.Place(), text: canonicalYAML(n.Raw())}
	for _, item := range f.Need("specs").ListOrOne() {
		s := item.Named()
		if s != nil && (len(s.Deps) > 0 || !s.Target.IsAny()) {
			item.Fail("what is tuned is a package with its version and variants", "write "+s.Name)
		} else if s != nil {
			t.Specs = append(t.Specs, packages.PlacedSpec{Spec: s, Place: item.Place()})
		}
	}
	if node := f.Get("target"); node.Exists() {
		t.Target = node.Line()
		if _, err := lookUpTarget(t.Target); err != nil && t.Target != nativeTarget {
			node.Fail(err.Error(), hintOf(err))
		}
	}
	return t
}

// targets are what a system is built for.
type targets struct {
	base *arch.Target // what packages get by themselves
	best *arch.Target // the upper bound: what tuned packages get; base where nothing is tuned
}

// targets finds out what to build for: what the command line says, the system, or this machine; with tune the machine's family where neither says anything.
func (m *Manifest) targets(system System, facts host.Facts, asked string) (targets, error) {
	name := facts.Target
	if m.Tune != nil {
		if machine, ok := arch.Lookup(facts.Target); ok {
			name = machine.Family().Name()
		}
	}
	for _, t := range []string{system.Target, asked} {
		switch t {
		case "":
		case nativeTarget:
			name = facts.Target
		default:
			name = t
		}
	}
	base, err := lookUpTarget(name)
	if err != nil || m.Tune == nil {
		return targets{base, base}, err
	}
	tuned := m.Tune.Target
	if tuned == nativeTarget {
		tuned = facts.Target
	}
	best, err := lookUpTarget(tuned)
	if err != nil {
		return targets{}, err
	}
	if !arch.Leq(base, best) {
		err := fmt.Errorf("%s: tune for %s: it cannot run the other packages, which are built for %s", m.Tune.Place, best, base)
		return targets{}, withHint(err, "tune for a target that is better than the one of the system, or leave target out of the system")
	}
	return targets{base, best}, nil
}

// apply lets tuned packages have the best target and lets the others prefer the base, unless something else asks for more.
func (t *Tune) apply(cfg *packages.Configuration, to targets) {
	if t == nil || to.base == to.best {
		return
	}
	wish := func(target *arch.Target, when packages.When) packages.ConfigRequirement {
		return packages.ConfigRequirement{Specs: []*spec.Spec{{Target: arch.Of(target)}}, When: when, Place: t.Place}
	}
	cfg.All.Prefer = append(slices.Clone(cfg.All.Prefer), wish(to.base, nil))
	for _, p := range t.Specs {
		var when packages.When
		if condition := p.Spec.Clone(); condition.String() != p.Spec.Name {
			condition.Name = ""
			when = packages.When{condition}
		}
		section := cfg.Packages[p.Spec.Name]
		r := wish(to.best, when)
		r.Place = p.Place
		section.Require = append(slices.Clone(section.Require), r)
		cfg.Packages[p.Spec.Name] = section
	}
}

// locked is what env.lock keeps of the section, and of the target that the other packages get; "" where nothing is tuned.
func (t *Tune) locked(system System) string {
	if t == nil {
		return ""
	}
	return digest([]byte(t.text + "\n" + system.Target))
}
