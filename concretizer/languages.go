package concretizer

import (
	"cmp"
	"maps"
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// languageNames are the virtuals that compilers provide. Unlike others, each node chooses its own provider of them.
var languageNames = []string{"c", "cxx", "fortran"}

func isLanguage(name string) bool { return slices.Contains(languageNames, name) }

// compilers is the compilers encoded so far, in order of preference, and those that may follow: most requests need one,
// and every further one is a choice for each node and language.
type compilers struct {
	providers []string
	rank      map[string]map[string]int // by language and compiler: the place in the order of preference
	build     map[nodeKey]sat.Lit       // it is built, and compiles something
	known     []*node
	queue     []nodeKey
	more      sat.Lit // some node uses a compiler that is not encoded yet; False when all are
	users     []*language
	waiting   []func() error // what to complete when there is another compiler
	started   bool
}

func (c *compilers) provides(name string) bool { return slices.Contains(c.providers, name) }

// language is one node's use of one language.
type language struct {
	user   *node
	name   string
	need   []sat.Lit // when it is used; as gathered while the node is encoded
	needed sat.Lit
	asks   []languageAsk
	picks  map[nodeKey]sat.Lit
	order  []*node
	choice *chain
	// offered is told of each compiler that the user may choose.
	offered []func(c *node, pick sat.Lit)
	closed  bool // all that is to be known of it is
}

// languageAsk is one directive: depends_on("c") with what it asks of the compiler.
type languageAsk struct {
	active sat.Lit
	spec   *spec.Spec
	types  spec.DepTypes
	why    Cause
}

// chain is a disjunction that grows at its end: each link says "one of these, or a later link".
type chain struct{ tail sat.Lit }

// startCompilers finds the compilers of the repository: those that the host has first, then by preference, then further slots.
func (e *encoder) startCompilers() error {
	c := e.compilers
	if c.started {
		return nil
	}
	c.started = true
	c.rank, c.build = map[string]map[string]int{}, map[nodeKey]sat.Lit{}
	rank := map[string]int{}
	for _, lang := range languageNames {
		p, err := e.name(lang)
		if err != nil {
			return err
		}
		c.rank[lang] = map[string]int{}
		for i, q := range orderProviders(p.providers, lang, &e.req.Config) {
			c.rank[lang][q] = i
			known, err := e.name(q)
			if err != nil {
				return err
			}
			if known.recipe == nil {
				continue
			}
			if r, ok := rank[q]; !ok || i < r {
				rank[q] = i
			}
			if !c.provides(q) {
				c.providers = append(c.providers, q)
			}
		}
	}
	have := func(q string) int {
		if len(e.externals(q)) > 0 {
			return 0
		}
		return 1
	}
	slices.SortFunc(c.providers, func(a, b string) int {
		return cmp.Or(cmp.Compare(have(a), have(b)), cmp.Compare(rank[a], rank[b]), cmp.Compare(a, b))
	})
	for slot := range maxSlots {
		for _, q := range c.providers {
			c.queue = append(c.queue, nodeKey{q, slot})
		}
	}
	slices.SortStableFunc(c.queue, func(a, b nodeKey) int { return cmp.Compare(have(a.name), have(b.name)) })
	for _, k := range c.queue {
		c.build[k] = e.sat.Lit()
		e.sat.Implies(c.build[k], e.node(k.name, k.slot).lit)
		e.opt.Want(levelCompilerBuilds, c.build[k].Not(), 1+rank[k.name])
	}
	return e.nextCompiler()
}

// nextCompiler encodes one compiler more and offers it to every user.
func (e *encoder) nextCompiler() error {
	c := e.compilers
	c.more = sat.False // what "one more" meant gets its meaning now; the literal itself says nothing any longer
	if len(c.queue) == 0 {
		return nil
	}
	n := e.node(c.queue[0].name, c.queue[0].slot)
	c.queue = c.queue[1:]
	c.known = append(c.known, n)
	if len(c.queue) > 0 {
		c.more = e.sat.Lit()
		rest := []sat.Lit{c.more.Not()}
		for _, k := range c.queue {
			if to := e.node(k.name, k.slot); to.mustBuild {
				rest = append(rest, c.build[k])
			} else {
				rest = append(rest, to.lit)
			}
		}
		e.sat.Add(rest...)
	}
	users, waiting := c.users, c.waiting
	c.waiting = nil
	for _, l := range users {
		e.offer(l, n)
	}
	for i, l := range users {
		e.matchNode(l.user)
		if i > 0 && users[i-1].user == l.user {
			continue
		}
		if err := e.linkRuntime(l.user, n); err != nil {
			return err
		}
	}
	for _, do := range waiting {
		if err := do(); err != nil {
			return err
		}
	}
	if e.sat.Expected(n.lit) || len(c.known) == 1 {
		return nil
	}
	return e.expandClosure(n)
}

// dependOnLanguage notes a dependency on c, cxx or fortran.
func (e *encoder) dependOnLanguage(n *node, d *packages.Dependency, active sat.Lit, types spec.DepTypes, why Cause) error {
	if err := e.startCompilers(); err != nil {
		return err
	}
	l := n.langs[d.Spec.Name]
	if l == nil {
		l = &language{user: n, name: d.Spec.Name, picks: map[nodeKey]sat.Lit{}}
		n.langs[l.name] = l
	}
	l.need = append(l.need, active)
	l.asks = append(l.asks, languageAsk{active, d.Spec, types, why})
	return nil
}

// closeLanguages makes the choices of compilers, once all directives of the node about them are known, and what comes with them.
func (e *encoder) closeLanguages(n *node) error {
	for _, name := range languageNames {
		l := n.langs[name]
		if l == nil {
			continue
		}
		l.needed = e.sat.Or(l.need...)
		e.compilers.users = append(e.compilers.users, l)
		for _, c := range e.compilers.known {
			e.offer(l, c)
		}
		if len(e.compilers.known) == 0 {
			for _, a := range l.asks {
				e.clause(a.why, a.active.Not())
			}
		}
		l.closed = true
	}
	e.matchNode(n)
	for _, c := range e.compilers.known {
		if err := e.linkRuntime(n, c); err != nil {
			return err
		}
	}
	return e.linkLibc(n)
}

// compiled is the literal that a node uses some language.
func (e *encoder) compiled(n *node) sat.Lit {
	var used []sat.Lit
	for _, name := range languageNames {
		if l := n.langs[name]; l != nil {
			used = append(used, l.needed)
		}
	}
	return e.sat.Or(used...)
}

// offer lets a user choose a compiler: needed means this one, one of those before, or a later one.
func (e *encoder) offer(l *language, c *node) {
	last := e.compilers.known[len(e.compilers.known)-1] == c
	head := l.needed.Not()
	if l.choice != nil {
		head = l.choice.tail.Not()
	}
	tail := sat.False
	if !last {
		tail = e.sat.Lit()
	} else if e.compilers.more != sat.False {
		tail = e.sat.Lit()
		e.sat.Add(tail.Not(), e.compilers.more)
	}
	if l.choice != nil && l.choice.tail == sat.False {
		return
	}
	pick := sat.False
	if mayProvide(c.recipe, l.name) && c != l.user {
		pick = e.addPick(l, c)
	}
	e.clause(l.asks[0].why, head, pick, tail)
	l.choice = &chain{tail}
}

// addPick makes the literal that a user has its language from a compiler.
func (e *encoder) addPick(l *language, c *node) sat.Lit {
	pick := e.sat.Lit()
	if len(l.order) == 0 && e.sat.Expected(l.needed) {
		e.sat.Expect(pick)
	}
	e.sat.Add(pick.Not(), l.needed)
	for _, o := range l.order {
		e.sat.Add(pick.Not(), l.picks[o.nodeKey].Not())
	}
	l.picks[c.nodeKey] = pick
	l.order = append(l.order, c)
	e.linkCompiler(l, c, pick)
	for _, a := range l.asks {
		e.clause(a.why, pick.Not(), a.active.Not(), e.providesVersion(c, a.spec))
		if a.types&(spec.Link|spec.Run) != 0 && l.user.slot == 0 && c.slot > 0 {
			e.clause(a.why, pick.Not(), a.active.Not()) // what is run is the first configuration
		}
	}
	if second, ok := l.user.second[c.name]; ok {
		// One package has one configuration of a compiler: the slot is the same for all languages and other build edges.
		if c.slot == 0 {
			e.sat.Add(pick.Not(), second.Not())
		} else {
			e.sat.Add(pick.Not(), second)
		}
	}
	e.wishCompiler(l, c, pick)
	_ = c.whenExpanded(func() error {
		e.limitTarget(l.user, c, pick)
		return nil
	})
	for _, tell := range l.offered {
		tell(c, pick)
	}
	return pick
}

// linkCompiler makes the edges to a compiler: one for all directives of the same types, as one may hold and another not.
func (e *encoder) linkCompiler(l *language, c *node, pick sat.Lit) {
	byTypes := map[spec.DepTypes][]sat.Lit{}
	for _, a := range l.asks {
		byTypes[a.types] = append(byTypes[a.types], a.active)
	}
	for _, types := range slices.Sorted(maps.Keys(byTypes)) {
		lit := pick
		if len(byTypes) > 1 {
			lit = e.sat.And(pick, e.sat.Or(byTypes[types]...))
		}
		en := e.addEdge(&edge{from: l.user, to: c, lit: lit, types: types, virtual: l.name}, nil)
		e.want(en, &spec.Spec{})
		if l.closed { // else the user is being encoded, and all of its edges will be matched
			e.matchEnds(en)
		}
	}
}

// languageProvider is the literal that some node has a language from this one.
func (e *encoder) languageProvider(lang string, c *node) sat.Lit {
	var ways []sat.Lit
	for _, l := range e.compilers.users {
		if l.name == lang {
			if pick, ok := l.picks[c.nodeKey]; ok {
				ways = append(ways, pick)
			}
		}
	}
	return e.sat.Or(ways...)
}

// languageAnywhere is the literal that the DAG has a compiler of a language as s wants it.
func (e *encoder) languageAnywhere(s *spec.Spec) sat.Lit {
	var ways []sat.Lit
	for _, c := range e.compilers.known {
		if mayProvide(c.recipe, s.Name) {
			ways = append(ways, e.sat.And(e.languageProvider(s.Name, c), e.providesKnown(c, s)))
		}
	}
	return e.sat.Or(ways...)
}
