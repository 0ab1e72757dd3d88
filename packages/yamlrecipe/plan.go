package yamlrecipe

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec/dag"
)

// builder is the packages.Builder of a YAML recipe. What it does to a node is planned as data first; the same plan is written
// out for the node's digest and carried out by the build, so that what is hashed is what is done.
type builder struct {
	recipe *packages.Recipe
	specs  []*buildSpec
	check  []check
}

// plan is everything that the build of one node does.
type plan struct {
	system string
	phases []*phase
}

type phase struct {
	name string
	acts []boundAction
}

// boundAction is an action with the node's choices applied.
type boundAction interface {
	// canonical writes the action as one or more lines.
	canonical(b *strings.Builder)
	run(ctx context.Context, b packages.Build) error
}

// planner makes the plan of one node.
type planner struct {
	node *dag.Node
	spec *buildSpec
	once string // where foreach stands
	plan *plan
	err  error
}

// Canonical implements packages.Builder.
func (b *builder) Canonical(n *dag.Node) ([]byte, error) {
	p, err := b.plan(n)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "system %s\n", p.system)
	for _, env := range []struct {
		name string
		list []packages.ConditionalEnv
	}{{"build", b.recipe.BuildEnv}, {"run", b.recipe.RunEnv}, {"dep", b.recipe.DepEnv}} {
		for _, c := range env.list {
			if !c.When.Holds(n) {
				continue
			}
			for _, m := range c.Mods {
				fmt.Fprintf(&out, "%s-env %d %s %q %q\n", env.name, m.Op, m.Name, m.Value, m.Separator)
			}
		}
	}
	for _, ph := range p.phases {
		if ph.name == "test" { // leaves nothing in the prefix
			continue
		}
		fmt.Fprintf(&out, "phase %s\n", ph.name)
		for _, a := range ph.acts {
			a.canonical(&out)
		}
	}
	return []byte(out.String()), nil
}

// Refusals implements packages.Refusing.
func (b *builder) Refusals() []packages.Refusal {
	var list []packages.Refusal
	for _, s := range b.specs {
		for _, r := range s.refuse {
			when := append(slices.Clone(s.when), r.when...)
			list = append(list, packages.Refusal{When: when, Because: r.because, Place: r.place})
		}
	}
	return list
}

// Phases implements packages.Builder. Each action is a phase, so that a build that is resumed repeats only the one that was not done: an edit finds
// nothing to change the second time.
func (b *builder) Phases(n *dag.Node) ([]packages.Phase, error) {
	p, err := b.plan(n)
	if err != nil {
		return nil, err
	}
	var phases []packages.Phase
	for _, ph := range p.phases {
		for _, act := range ph.acts {
			_, isEdit := act.(boundEdit)
			phases = append(phases, packages.Phase{Name: ph.name, Once: isEdit, Run: func(ctx context.Context, b packages.Build) error {
				if ph.name == "test" && !b.RunTests() {
					return nil
				}
				return act.run(ctx, b)
			}})
		}
	}
	return phases, nil
}

// plan applies the node's choices to the recipe.
func (b *builder) plan(n *dag.Node) (*plan, error) {
	s, err := b.choose(n)
	if err != nil {
		return nil, err
	}
	for _, r := range s.refuse {
		if r.when.Holds(n) {
			return nil, fmt.Errorf("%s: %s cannot be built with %s: %s", r.place, n.Name(), r.when, r.because)
		}
	}
	p := &planner{node: n, spec: s, plan: &plan{system: s.system.name}}
	for _, act := range s.files {
		p.do("edit", act)
	}
	p.steps("edit", s.before["edit"])
	p.steps("edit", s.after["edit"])
	if s.foreach == "" {
		s.system.plan(p, s)
	} else {
		p.repeat(s)
	}
	for _, c := range b.check {
		p.do("check", c)
	}
	p.plan.phases = slices.DeleteFunc(p.plan.phases, func(ph *phase) bool { return len(ph.acts) == 0 })
	slices.SortStableFunc(p.plan.phases, func(a, b *phase) int {
		return slices.Index(phaseNames, a.name) - slices.Index(phaseNames, b.name)
	})
	return p.plan, p.err
}

// choose picks the build section: the one of the node's build_system, and among several the first whose condition holds.
func (b *builder) choose(n *dag.Node) (*buildSpec, error) {
	system, chosen := n.Variant(buildSystemVariant)
	for _, s := range b.specs {
		if chosen && !slices.Contains(system.Values, s.system.value) {
			continue
		}
		if s.when.Holds(n) {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%s: no build section holds for %s", b.recipe.Place, n)
}

// repeat plans the system once for each value of the foreach variant.
func (p *planner) repeat(s *buildSpec) {
	v, ok := p.node.Variant(s.foreach)
	if !ok {
		p.fail(fmt.Errorf("%s: foreach: %s has no variant %s", s.place, p.node, s.foreach))
		return
	}
	for _, value := range v.Values {
		p.once = value
		s.system.plan(p, s)
	}
	p.once = ""
}

// phase returns the phase of that name, new if it is the first time.
func (p *planner) phase(name string) *phase {
	for _, ph := range p.plan.phases {
		if ph.name == name {
			return ph
		}
	}
	ph := &phase{name: name}
	p.plan.phases = append(p.plan.phases, ph)
	return ph
}

// around adds a phase's actions between the recipe's own steps before and after it.
func (p *planner) around(name string, acts ...action) {
	p.steps(name, p.spec.before[name])
	for _, a := range acts {
		p.do(name, a)
	}
	p.steps(name, p.spec.after[name])
}

func (p *planner) steps(phase string, steps []step) {
	for _, st := range steps {
		if p.isAt(st.each) && st.when.Holds(p.node) {
			p.do(phase, st.act)
		}
	}
}

// isAt reports whether foreach stands at one of the values; no values are all of them.
func (p *planner) isAt(each []string) bool { return len(each) == 0 || slices.Contains(each, p.once) }

// do adds an action, with the node's choices applied, to a phase.
func (p *planner) do(phase string, a action) {
	bound, err := a.bind(p)
	if err != nil {
		p.fail(err)
		return
	}
	if bound != nil {
		p.phase(phase).acts = append(p.phase(phase).acts, bound)
	}
}

func (p *planner) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// text applies the node's choices to a template.
func (p *planner) text(t template) text {
	out, err := t.resolve(p.node, p.once)
	if err != nil {
		p.fail(err)
	}
	return out
}

func (p *planner) texts(ts []template) []text {
	var out []text
	for _, t := range ts {
		out = append(out, p.text(t))
	}
	return out
}

// args selects the arguments that hold here, as templates.
func (p *planner) args(list []arg) []template {
	var out []template
	for _, a := range list {
		if !p.isAt(a.each) || !a.when.Holds(p.node) {
			continue
		}
		if a.first == nil {
			out = append(out, a.text)
		} else if chosen := p.args(a.first); len(chosen) > 0 {
			out = append(out, chosen[0])
		}
	}
	return out
}

// hasBool reports whether the node has a variant of that name that is true or false.
func (p *planner) hasBool(name string) (on, ok bool) {
	v, has := p.node.Variant(name)
	return v.On(), has && v.IsBool()
}

// sourceDir is where the build's commands run: the source, or dir inside it.
func (p *planner) sourceDir() template {
	if len(p.spec.dir.parts) == 0 {
		return defaultTemplate("{source}")
	}
	return joinTemplates(defaultTemplate("{source}/"), p.spec.dir)
}

// buildDir is the build directory, of its own for each value of foreach.
func (p *planner) buildDir() template {
	if p.once == "" {
		return defaultTemplate("{build}")
	}
	return defaultTemplate("{build}/{each}")
}

func joinTemplates(ts ...template) template {
	var out template
	for _, t := range ts {
		out.parts = append(out.parts, t.parts...)
		if out.node.Exists() {
			continue
		}
		out.node = t.node
	}
	return out
}
