package check

import (
	"maps"
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/arch"
	"github.com/berth-hpc/berth/spec/dag"
)

// node checks one node: where it comes from, its version and variants, its edges, and what forbids it.
func (c *checker) node(n *dag.Node) {
	a := n.Attrs()
	r := c.recipe(a.Name)
	if r == nil {
		c.fail("%s has no recipe", n)
		return
	}
	if a.Platform != c.p.Platform || a.OS != c.p.OS && !c.World.reused[n.Hash()] {
		c.fail("%s is for %s %s", n, a.Platform, a.OS)
	}
	if a.Namespace != r.Namespace && a.Recorded == nil && !c.existed(n) {
		c.fail("%s is of the repository %q, its recipe of %q", n, a.Namespace, r.Namespace)
	}
	switch {
	case c.World.reused[n.Hash()]:
		c.reusedNode(n)
		c.licensed(n, r)
	case n.External() != nil:
		c.external(n, r)
	default:
		c.builtNode(n, r)
		c.licensed(n, r)
	}
	c.configured(n)
}

// existed tells whether a node is reused, or hangs below something reused: what it says of itself was written down in other days.
func (c *checker) existed(n *dag.Node) bool {
	return c.World.reused[n.Hash()] || slices.ContainsFunc(c.nodes, func(m *dag.Node) bool {
		return c.World.reused[m.Hash()] && slices.ContainsFunc(c.below(m, anyEdge), func(o *dag.Node) bool { return same(o, n) })
	})
}

func (c *checker) reusedNode(n *dag.Node) {
	if c.p.Reusable == nil || !slices.ContainsFunc(c.p.Reusable(n.Name()), func(o *dag.Node) bool { return o.Hash() == n.Hash() }) {
		c.fail("%s is said to exist, but does not", n)
	} else if !c.fits(n) {
		c.fail("%s exists, but does not fit this machine", n)
	}
}

// licensed: no policy has anything against what the recipe states; what the host has is the host's own affair.
func (c *checker) licensed(n *dag.Node, r *packages.Recipe) {
	for i := range c.p.Config.Licenses {
		policy := &c.p.Config.Licenses[i]
		if len(r.Licenses) == 0 && policy.JudgeUnknown() != nil {
			c.fail("%s states no licence, which configuration does not allow", n)
		}
		for _, l := range r.Licenses {
			if c.When(n, l.When) && policy.Judge(l.Expression) != nil {
				c.fail("%s: configuration does not allow its licence %s", n, l.Expression)
			}
		}
	}
}

func (c *checker) builtNode(n *dag.Node, r *packages.Recipe) {
	c.buildable(n, r)
	d, declared := r.VersionDecl(n.Version())
	if !declared || n.Version().GitRef() == "" && !c.When(n, d.When) {
		c.fail("%s has a version that its recipe does not declare here", n)
	}
	c.variants(n, r)
	c.edgesOf(n, r)
	c.extensions(n)
	for _, x := range r.Conflicts {
		if c.When(n, x.When) && c.HoldsOn(n, x.Spec) {
			c.fail("%s: conflict %s when %v", n, x.Spec, x.When)
		}
	}
	for _, x := range r.Requires {
		if c.When(n, x.When) && !c.policy(n, x.Specs, x.Policy) {
			c.fail("%s: requirement %v when %v", n, x.Specs, x.When)
		}
	}
	c.targets(n)
	c.patches(n, r)
}

// patches: those of the recipe and those that dependents ask for, and no others.
func (c *checker) patches(n *dag.Node, r *packages.Recipe) {
	want := map[string]bool{}
	for _, p := range r.PatchesFor(n) {
		want[p.SHA256] = true
	}
	for _, m := range c.nodes {
		if !c.built(m) {
			continue
		}
		for _, e := range m.Edges() {
			if !same(e.To, n) {
				continue
			}
			for _, p := range c.recipe(m.Name()).DependencyPatches(m, n) {
				want[p.SHA256] = true
			}
		}
	}
	for _, p := range n.Attrs().Patches {
		if !want[p] {
			c.fail("%s has patch %s, which nothing asks for", n, p)
		}
	}
	for p := range want {
		if !slices.Contains(n.Attrs().Patches, p) {
			c.fail("%s lacks patch %s", n, p)
		}
	}
}

func (c *checker) buildable(n *dag.Node, r *packages.Recipe) {
	if len(c.libcs) > 0 && providesLibc(r) {
		c.fail("%s may not be built, as the system has a C library", n)
	}
	if r.ExternalOnly != "" || c.p.Config.Packages[n.Name()].NotBuildable != nil || c.p.Config.All.NotBuildable != nil {
		c.fail("%s may not be built", n)
	}
	for _, p := range r.Provides {
		for _, v := range p.Virtuals {
			if c.p.Config.Packages[v.Name].NotBuildable != nil {
				c.fail("%s may not be built, because it can provide %s", n, v.Name)
			}
		}
	}
}

func (c *checker) policy(n *dag.Node, specs []*spec.Spec, policy packages.RequirementPolicy) bool {
	met := 0
	for _, s := range specs {
		if (s.Name == "" || s.Name == n.Name() || c.mayProvide(n, s.Name)) && c.Holds(n, s) {
			met++
		}
	}
	switch policy {
	case packages.AllOf:
		return met == len(specs)
	case packages.OneOf:
		return met == 1
	}
	return met > 0
}

func (c *checker) mayProvide(n *dag.Node, virtual string) bool {
	return slices.ContainsFunc(c.recipe(n.Name()).Provides, func(p packages.Provision) bool {
		return slices.ContainsFunc(p.Virtuals, func(s *spec.Spec) bool { return s.Name == virtual })
	})
}

// active returns the definition of a variant that holds for a node: the last whose condition does.
func (w *World) active(n *dag.Node, r *packages.Recipe, name string) *packages.VariantDecl {
	for i := len(r.Variants) - 1; i >= 0; i-- {
		if d := &r.Variants[i]; d.Name == name && w.When(n, d.When) {
			return d
		}
	}
	return nil
}

// variants: a node has the variants that exist for it, with values that they take.
func (c *checker) variants(n *dag.Node, r *packages.Recipe) {
	for _, v := range n.Attrs().Variants {
		d := c.active(n, r, v.Name)
		if d == nil {
			c.fail("%s has variant %s, which does not exist here", n, v.Name)
			continue
		}
		c.values(n, d, v.Values)
	}
	for _, name := range r.VariantNames() {
		if _, ok := n.Variant(name); !ok && c.active(n, r, name) != nil {
			c.fail("%s lacks variant %s", n, name)
		}
	}
}

func (c *checker) values(n *dag.Node, d *packages.VariantDecl, values []string) {
	if d.Kind != packages.MultiVariant && len(values) != 1 {
		c.fail("%s: variant %s has %d values", n, d.Name, len(values))
	}
	inSet := len(d.Sets) == 0
	for _, set := range d.Sets {
		inSet = inSet || containsAll(set, values)
	}
	if !inSet && !d.Any {
		c.fail("%s: the values of %s are of no one set", n, d.Name)
	}
	for _, v := range values {
		if !c.allowed(n, d, v) {
			c.fail("%s: variant %s does not take %s here", n, d.Name, v)
		}
		if d.Sticky && !slices.Contains(c.defaults(n.Name(), d), v) && !c.set(n, d.Name, v) {
			c.fail("%s: sticky variant %s has moved", n, d.Name)
		}
	}
}

func (c *checker) allowed(n *dag.Node, d *packages.VariantDecl, value string) bool {
	if d.Any {
		return true
	}
	if d.Kind == packages.BoolVariant {
		return value == "true" || value == "false"
	}
	for _, x := range d.Values {
		if x.Value == value {
			return c.When(n, x.When)
		}
	}
	return slices.ContainsFunc(d.Sets, func(set []string) bool { return slices.Contains(set, value) })
}

// set reports whether somebody asks for the value by name: a root, a dependent, configuration, a requirement.
func (c *checker) set(n *dag.Node, variant, value string) bool {
	asks := func(s *spec.Spec) bool {
		v, ok := s.Variant(variant)
		return ok && slices.Contains(v.Values, value)
	}
	for i, s := range c.p.Roots {
		if same(c.World.roots[i], n) && asks(s) {
			return true
		}
		for _, d := range s.Deps {
			if d.Spec.Name == n.Name() && asks(d.Spec) {
				return true
			}
		}
	}
	if c.propagatedTo(n, asks) {
		return true
	}
	for _, m := range c.nodes {
		if !c.built(m) {
			continue
		}
		for _, d := range c.activeDeps(m) {
			if d.Spec.Name == n.Name() && asks(d.Spec) {
				return true
			}
		}
	}
	if c.followsGPU(n, variant, value) {
		return true
	}
	for _, x := range c.recipe(n.Name()).Requires {
		if c.When(n, x.When) && slices.ContainsFunc(x.Specs, asks) {
			return true
		}
	}
	for _, p := range []packages.PackageConfig{c.p.Config.Packages[n.Name()], c.p.Config.All} {
		for _, x := range slices.Concat(p.Require, p.Prefer) {
			if c.When(n, x.When) && slices.ContainsFunc(x.Specs, asks) {
				return true
			}
		}
	}
	return false
}

// defaults are the values that configuration prefers, else the recipe's.
func (w *World) defaults(pkg string, d *packages.VariantDecl) []string {
	for _, list := range [][]packages.PlacedSpec{w.p.Config.Packages[pkg].Variants, w.p.Config.All.Variants} {
		for _, p := range list {
			v, ok := p.Spec.Variant(d.Name)
			if !ok {
				continue
			}
			fits := true
			for _, x := range v.Values {
				fits = fits && declares(d, x)
			}
			if fits {
				return v.Values
			}
		}
	}
	if gpus := w.gpuDefaults(pkg, d); gpus != nil {
		return gpus
	}
	return d.Default
}

func declares(d *packages.VariantDecl, value string) bool {
	switch {
	case d.Any:
		return true
	case d.Kind == packages.BoolVariant:
		return value == "true" || value == "false"
	}
	return slices.ContainsFunc(d.Values, func(v packages.VariantValue) bool { return v.Value == value }) ||
		slices.ContainsFunc(d.Sets, func(set []string) bool { return slices.Contains(set, value) })
}

// external: it is one that configuration describes, with the recipe's defaults for what is left open.
func (c *checker) external(n *dag.Node, r *packages.Recipe) {
	for i := range c.p.Config.Packages[n.Name()].Externals {
		if c.isExternal(n, r, &c.p.Config.Packages[n.Name()].Externals[i]) {
			return
		}
	}
	c.fail("%s in %s is no external that configuration describes", n, n.External().Prefix)
}

func (c *checker) isExternal(n *dag.Node, r *packages.Recipe, x *packages.External) bool {
	e := n.External()
	if len(n.Attrs().Flags) > 0 || n.Attrs().Target != c.externalTarget(x) || e.Prefix != x.Prefix || !slices.Equal(e.Modules, x.Modules) || !x.Spec.Versions.Contains(n.Version()) {
		return false
	}
	if !maps.Equal(e.Attributes, x.Attributes) && !c.existed(n) {
		return false
	}
	names := r.VariantNames()
	if slices.ContainsFunc(n.Attrs().Variants, func(v spec.Variant) bool { return !slices.Contains(names, v.Name) }) {
		return false
	}
	for _, name := range names {
		have, ok := n.Variant(name)
		if said, stated := x.Spec.Variant(name); stated {
			if !ok || !slices.Equal(have.Values, said.Values) {
				return false
			}
			continue
		}
		d := c.active(n, r, name)
		if ok != (d != nil) || ok && !slices.Equal(have.Values, sorted(d.Default)) {
			return false
		}
	}
	edges := n.Edges()
	matched := 0
	for _, d := range x.Dependencies {
		if slices.ContainsFunc(edges, func(e dag.Edge) bool {
			return e.To.External() != nil && (d.Spec == nil || d.Spec.Name == e.To.Name() && c.Holds(e.To, d.Spec))
		}) {
			matched++
		}
	}
	return matched == len(x.Dependencies) && len(edges) <= len(x.Dependencies)
}

// externalTarget is what the entry of an external says, else the family of the machine.
func (c *checker) externalTarget(x *packages.External) string {
	if name, ok := x.Spec.Target.Concrete(); ok {
		return name
	}
	name, _ := c.p.Target.Concrete()
	if t, ok := arch.Lookup(name); ok {
		return t.Family().Name()
	}
	return name
}

func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}

// configured: require and conflict of packages.yaml hold.
func (c *checker) configured(n *dag.Node) {
	cfg := c.p.Config
	c.section(n, cfg.Packages[n.Name()], false)
	c.section(n, cfg.All, true)
	for _, p := range c.virtualSections(n) {
		c.section(n, p, false)
	}
}

func (c *checker) section(n *dag.Node, p packages.PackageConfig, all bool) {
	for _, x := range p.Require {
		if (!all || c.concerns(n, x.Specs)) && c.When(n, x.When) && !c.policy(n, x.Specs, x.Policy) {
			c.fail("%s: configuration requires %v", n, x.Specs)
		}
	}
	for _, x := range p.Conflict {
		for _, s := range x.Specs {
			if (s.Name == "" || s.Name == n.Name() || c.mayProvide(n, s.Name)) && c.When(n, x.When) && c.Holds(n, s) {
				c.fail("%s: configuration forbids %s", n, s)
			}
		}
	}
}

// concerns tells whether a section for all packages says anything about this node: nothing if it speaks of variants that the recipe does
// not have, of another package, of compilers where none is used, or of the target of what the host has.
func (w *World) concerns(n *dag.Node, specs []*spec.Spec) bool {
	r := w.recipe(n.Name())
	for _, s := range specs {
		for _, v := range s.Variants {
			if !slices.Contains(r.VariantNames(), v.Name) {
				return false
			}
		}
		if s.Name != "" && s.Name != n.Name() {
			return false
		}
		if slices.ContainsFunc(s.Deps, func(d spec.Dep) bool { return d.Direct }) && !(w.built(n) && w.compiled(n)) {
			return false
		}
		if s.AsksPlatform() && n.External() != nil {
			return false
		}
	}
	return true
}

func (w *World) compiled(n *dag.Node) bool {
	return slices.ContainsFunc(n.Edges(), func(e dag.Edge) bool { return slices.ContainsFunc(e.Virtuals, isLanguage) })
}
