package concretizer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/opt"
	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
	"github.com/berth-hpc/berth/spec/dag"
)

// maxSlots is how many configurations of one build tool or compiler a DAG may hold (Spack's default maximum of duplicates).
const maxSlots = 2

// nodeKey names a node of the answer. Slot 0 is the unified link and run set; build tools and compilers may have another
// configuration in slot 1, for build edges.
type nodeKey struct {
	name string
	slot int
}

func (k nodeKey) String() string {
	if k.slot == 0 {
		return k.name
	}
	return fmt.Sprintf("%s#%d", k.name, k.slot)
}

// node is what may become a concrete node. As long as it is not expanded it is a single literal, assumed false; a
// condition on it is a literal that implies it.
type node struct {
	nodeKey
	at        int // its place in encoder.order
	recipe    *packages.Recipe
	lit       sat.Lit // the node is part of the answer
	expanded  bool
	mustBuild bool           // there is no external and nothing to reuse
	later     []func() error // to do when it is expanded
	conds     map[*spec.Spec]sat.Lit
	condText  map[string]sat.Lit

	built      sat.Lit        // it is built from its recipe
	alts       []*alternative // else one of these
	versions   []*candidate   // in order of preference
	ladder     []sat.Lit      // ladder[k]: the version is the k-th or a later one
	rising     []*candidate   // the candidates from the lowest version up
	atLeast    []sat.Lit      // atLeast[i]: the version is rising[i] or a higher one; made when a range needs it
	variants   map[string]*variant
	names      []string // of the variants, in the recipe's order
	edges      []*edge
	edgesDone  bool // all edges are known, those to further compilers apart
	dependents []*edge
	setters    []setter
	sticky     []stickyValue
	priced     bool         // it is said what its variants cost
	wants      []*spec.Spec // what is known to be asked of it before it is encoded, for guessing
	incoming   *openClause  // why it is needed
	second     map[string]sat.Lit
	langs      map[string]*language
	flags      map[flagKey]sat.Lit
	flagList   []flagKey
	typed      []typedWay
	passing    []passing // what direct dependencies propagate
	matched    [3]int    // how many compilers were matched between c and cxx, c and fortran, cxx and fortran
	target     targetChoice
	fixed      []fixedExternal
}

// edge is a dependency that may hold.
type edge struct {
	from, to *node
	lit      sat.Lit
	types    spec.DepTypes
	virtual  string
	matched  [3]int // how many compilers were matched on both sides, for each language
}

// encoder turns a request into clauses, as much of it at a time as the search asks for.
type encoder struct {
	ctx             context.Context
	req             *Request
	sat             *sat.Solver
	opt             *opt.Optimizer
	explain         *explainer // nil unless every directive gets a selector
	names           map[string]*packageName
	nodes           map[nodeKey]*node
	byLit           map[sat.Lit]*node
	order           []*node // as they were made
	roots           []*rootNode
	rootName        map[string]bool
	taken           map[*Root]sat.Lit // which roots are taken; nil: all
	virtuals        map[string]*virtual
	compilers       *compilers
	open            []*openClause
	low             *lowTargets
	byID            map[string]*externalID
	existing        map[string][]*dag.Node // what can be reused, by package
	asked           map[string][]*Root     // the roots that ask for a package by name: as themselves, or below: ^X
	expanded        int
	expansions      int
	graph           graph
	expectProviders []string // that configuration requires
	mismatch        map[languagePair]sat.Lit
	targetMismatch  map[[2]nodeKey]sat.Lit
	supported       map[compiledFor]bool
	apart           map[string]*apart // by package
	belows          []*below          // what is written in full of what hangs below roots
	gpuMismatch     map[gpuPair]sat.Lit
	gpus            map[string][]string       // values of GPU variants that the request speaks of, by variant
	gitVersions     map[string][]spec.Version // asked for, by package
	waves           []*wave
	ownFlags        map[packageFlag]bool  // what the request mentions
	spreading       map[string]bool       // names of variants that somebody propagates
	byDefault       map[string]bool       // the packages that the request needs by default; nil until these are encoded
	askers          map[string][]string   // by package: those of byDefault that may have two configurations and ask for variants of it
	libcs           *[]string             // the C libraries that the host has; nil until it is asked for
	runtimes        *[]string             // and the runtimes that stand beside its compilers
	standings       map[string][]standing // externals of C libraries and runtimes, by package
	hostCompilers   map[nodeKey]sat.Lit   // see ofTheHost
}

// packageName is what a name in a spec means.
type packageName struct {
	recipe    *packages.Recipe // nil: no package
	providers []string         // not empty: a virtual
	multi     bool             // may have a second configuration
	err       error
}

func newEncoder(ctx context.Context, r *Request, ex *explainer) *encoder {
	r = withRuntimes(ctx, r)
	e := &encoder{
		ctx: ctx, req: r, sat: sat.New(), explain: ex, gitVersions: gitVersions(r),
		names: map[string]*packageName{}, nodes: map[nodeKey]*node{}, byLit: map[sat.Lit]*node{}, rootName: map[string]bool{},
		virtuals: map[string]*virtual{}, byID: map[string]*externalID{}, existing: map[string][]*dag.Node{}, asked: map[string][]*Root{},
		compilers: &compilers{more: sat.False}, mismatch: map[languagePair]sat.Lit{}, targetMismatch: map[[2]nodeKey]sat.Lit{},
		gpuMismatch: map[gpuPair]sat.Lit{}, supported: map[compiledFor]bool{}, apart: map[string]*apart{}, gpus: map[string][]string{},
		standings: map[string][]standing{}, hostCompilers: map[nodeKey]sat.Lit{},
	}
	var always []sat.Lit
	if ex != nil {
		ex.solver = e.sat
	}
	e.opt = opt.New(e.sat, e, levelCount+1, always)
	e.startTargets()
	e.graph = graph{seen: map[string]bool{}, users: map[string][]string{}}
	return e
}

// clause adds a clause that a cause asks for; while explaining it holds only with the cause's selector.
func (e *encoder) clause(why Cause, lits ...sat.Lit) {
	if e.explain != nil && why != nil {
		lits = append(slices.Clone(lits), e.explain.selector(why).Not())
	}
	e.sat.Add(lits...)
}

// name looks a name up once.
func (e *encoder) name(name string) (*packageName, error) {
	if p := e.names[name]; p != nil {
		return p, p.err
	}
	p := &packageName{}
	e.names[name] = p
	p.recipe, p.err = e.req.Repo.Recipe(e.ctx, name)
	if errors.Is(p.err, packages.ErrUnknownPackage) {
		p.err, p.recipe = nil, nil
		p.providers = e.req.Repo.Providers(name)
	}
	if p.err != nil {
		p.err = fmt.Errorf("read recipe %s: %w", name, p.err)
		return p, p.err
	}
	if p.recipe != nil {
		p.multi = mayRepeat(p.recipe)
	}
	return p, nil
}

// mayRepeat tells whether a DAG may hold several configurations of a package: build tools and compilers.
func mayRepeat(r *packages.Recipe) bool {
	if slices.Contains(r.Tags, "build-tools") || slices.Contains(r.Tags, "compiler") {
		return true
	}
	for _, p := range r.Provides {
		for _, v := range p.Virtuals {
			if isLanguage(v.Name) {
				return true
			}
		}
	}
	return false
}

// node returns the node of that key; the package must exist.
func (e *encoder) node(name string, slot int) *node {
	key := nodeKey{name, slot}
	if n := e.nodes[key]; n != nil {
		return n
	}
	n := &node{
		nodeKey: key, recipe: e.names[name].recipe, lit: e.sat.Lit(),
		conds: map[*spec.Spec]sat.Lit{}, condText: map[string]sat.Lit{},
		variants: map[string]*variant{}, second: map[string]sat.Lit{}, langs: map[string]*language{}, flags: map[flagKey]sat.Lit{},
	}
	e.nodes[key], e.byLit[n.lit] = n, n
	n.at = len(e.order)
	e.order = append(e.order, n)
	n.incoming = e.newOpenClause(supportCause(n), n.name, n.lit.Not())
	// What a node costs merely by being there is known before it is encoded, and so are nodes that no optimum has.
	n.mustBuild = len(e.externals(name)) == 0 && len(e.candidates(name)) == 0
	if n.mustBuild && e.explain == nil && e.notBuildable(n) != nil {
		e.sat.Add(n.lit.Not()) // while explaining, a directive says so
	}
	if n.mustBuild {
		e.opt.Want(levelBuilds, n.lit.Not(), 1)
	}
	if slot > 0 {
		e.opt.Want(levelSlots, e.sat.And(e.node(name, 0).lit, n.lit).Not(), 1)
	}
	e.opt.Want(levelNodes, n.lit.Not(), 1)
	return n
}

// slots lists the nodes that a package may have.
func (e *encoder) slots(name string) []*node {
	list := []*node{e.node(name, 0)}
	if e.names[name].multi {
		for i := 1; i < maxSlots; i++ {
			list = append(list, e.node(name, i))
		}
	}
	return list
}

// expand encodes all that a node's recipe, configuration and alternatives say.
func (e *encoder) expand(n *node) error {
	if n.expanded {
		return nil
	}
	if err := e.ctx.Err(); err != nil {
		return err
	}
	n.expanded = true
	e.expanded++
	steps := []func(*node) error{
		e.addAlternatives, e.addVersions, e.addVariants, e.addTargets, e.fixAlternatives, e.addDependencies, e.linkAlternatives, e.addDirectives, e.addConfiguration,
		e.addWishes, e.tieRuntime,
	}
	for _, step := range steps {
		if err := step(n); err != nil {
			return err
		}
	}
	for _, en := range n.edges {
		e.matchEnds(en)
	}
	later := n.later
	n.later = nil
	for _, do := range later {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// matchEnds wishes, or demands, that the two ends of an edge go together.
func (e *encoder) matchEnds(en *edge) {
	e.matchTargets(en)
	e.matchGPUs(en)
	e.matchExtended(en)
}

// whenExpanded does something now, or once the node is encoded.
func (n *node) whenExpanded(do func() error) error {
	if n.expanded {
		return do()
	}
	n.later = append(n.later, do)
	return nil
}

// deferred is a literal that implies the node, and gets its meaning once that is encoded.
func (e *encoder) deferred(n *node, meaning func() sat.Lit) sat.Lit {
	lit := e.sat.Lit()
	e.sat.Implies(lit, n.lit)
	n.later = append(n.later, func() error {
		e.sat.Equal(lit, meaning())
		return nil
	})
	return lit
}

// Frontier implements opt.Problem: nothing unexpanded is part of the answer, and no open clause has further ways out.
func (e *encoder) Frontier() []sat.Lit {
	var out []sat.Lit
	for _, n := range e.order {
		if !n.expanded {
			out = append(out, n.lit.Not())
		}
	}
	for _, c := range e.open {
		if lit, ok := c.flush(e); ok {
			out = append(out, lit)
		}
	}
	if more := e.compilers.more; more != sat.False {
		out = append(out, more.Not())
	}
	if e.low != nil && !e.low.opened {
		out = append(out, e.low.lit.Not())
	}
	return out
}

// cheapNodes is how many nodes are little work to encode.
const cheapNodes = 2

// Cheap implements opt.Problem: some packages are, the rest of an open clause is not, nor is another compiler.
func (e *encoder) Cheap(core []sat.Lit) bool {
	count := 0
	for _, lit := range core {
		n := e.byLit[lit.Not()]
		if n == nil || e.compilers.provides(n.name) {
			return false
		}
		count++
	}
	return count <= cheapNodes
}

// Expand implements opt.Problem.
func (e *encoder) Expand(ctx context.Context, core []sat.Lit) error {
	e.expansions++
	in := make(map[sat.Lit]bool, len(core))
	for _, lit := range core {
		in[lit] = true
	}
	if linked, err := e.linkOpen(in); err != nil || linked {
		return err
	}
	progress := false
	var grow []*node
	for _, n := range e.order {
		if !n.expanded && in[n.lit.Not()] {
			grow = append(grow, n)
		}
	}
	for _, n := range e.someOf(grow) {
		if i := slices.Index(e.compilers.queue, n.nodeKey); i >= 0 {
			// It is of use to somebody only once it is offered: let it be the next.
			q := slices.Insert(slices.Delete(slices.Clone(e.compilers.queue), i, i+1), 0, n.nodeKey)
			e.compilers.queue = q
			if err := e.nextCompiler(); err != nil {
				return err
			}
		}
		if err := e.expandClosure(n); err != nil {
			return err
		}
		progress = true
	}
	if more := e.compilers.more; !progress && more != sat.False && in[more.Not()] {
		if err := e.nextCompiler(); err != nil {
			return err
		}
		progress = true
	}
	if e.low != nil && !e.low.opened && in[e.low.lit.Not()] {
		e.openTargets()
		progress = true
	}
	if !progress {
		return errors.New("internal error: a core names no frontier literal that is known")
	}
	return nil
}

// someOf picks from the packages of which a core says that one must be part of the answer those that are encoded at once: of the providers of a
// virtual the one preferred most, and a compiler only if there are no others, and then one, as each is a choice for every package that is compiled. If
// they do not help, the next core says so.
func (e *encoder) someOf(nodes []*node) []*node {
	others := slices.DeleteFunc(slices.Clone(nodes), func(n *node) bool { return e.compilers.provides(n.name) })
	if len(others) == 0 {
		return nodes[:min(1, len(nodes))]
	}
	for _, name := range sortedKeys(e.virtuals) {
		v := e.virtuals[name]
		best := -1
		for _, n := range others {
			if rank := slices.Index(v.providers, n.name); rank >= 0 && (best < 0 || rank < best) {
				best = rank
			}
		}
		if best >= 0 {
			others = slices.DeleteFunc(others, func(n *node) bool { return slices.Index(v.providers, n.name) > best })
		}
	}
	return others
}
