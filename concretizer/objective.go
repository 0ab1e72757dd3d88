package concretizer

import (
	"slices"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// The levels of the objective, most important first. docs/objective.md says what each means and why it stands where it does.
const (
	levelPreferences int = iota
	levelUnasked
	levelRootVersions
	levelRootVariants
	levelCompilerBuilds
	levelProviders
	levelGPUMismatches
	levelVariants
	levelMismatches
	levelCompilers
	levelVersions
	levelTargetMismatches
	levelTargets
	levelBuilds
	levelSlots
	levelReusedUnasked
	levelReusedRootVersions
	levelReusedRootVariants
	levelReusedProviders
	levelReusedVariants
	levelReusedVersions
	levelNodes
	levelCount
	// levelLeftOut is no level of an answer: where roots are a choice, each that is left out costs one.
	levelLeftOut = levelCount
)

// levelNames are the names of the levels as LevelCost and docs/objective.md have them.
var levelNames = [levelCount]string{
	"requirements and preferences",
	"deprecated, development and pre-release versions",
	"root versions",
	"root variants",
	"compilers to build",
	"providers",
	"GPU mismatches",
	"variants",
	"compiler mismatches",
	"compilers",
	"versions",
	"target mismatches",
	"targets",
	"builds",
	"second configurations",
	"reused: deprecated, development and pre-release versions",
	"reused: root versions",
	"reused: root variants",
	"reused: providers",
	"reused: variants",
	"reused: versions",
	"nodes",
}

// addWishes says what a node costs at each level.
func (e *encoder) addWishes(n *node) error {
	root := e.rootName[n.name] && n.slot == 0
	e.wishVersions(n, root)
	e.wishVariants(n)
	if !n.mustBuild {
		e.opt.Want(levelBuilds, n.built.Not(), 1)
	}
	return nil
}

// levelFor picks the level by whether the node is a root.
func levelFor(root bool, rootLevel, level int) int {
	if root {
		return rootLevel
	}
	return level
}

// wishVersions: each version better than the one chosen costs one. Of a built node only those count that could be built.
func (e *encoder) wishVersions(n *node, root bool) {
	better := 0
	for k, c := range n.versions {
		if c.unasked {
			e.opt.Want(levelUnasked, e.sat.And(c.lit, n.built).Not(), 1)
			e.opt.Want(levelReusedUnasked, e.sat.And(c.lit, n.built.Not()).Not(), 1)
		}
		if c.decl == nil {
			continue
		}
		if better > 0 {
			e.opt.Want(levelFor(root, levelRootVersions, levelVersions), e.sat.And(n.ladder[k], n.built).Not(), 1)
		}
		better++
	}
	for index, c := range n.versions {
		if slices.ContainsFunc(n.alts, func(a *alternative) bool { return a.version == c.version }) {
			e.opt.Want(levelFor(root, levelReusedRootVersions, levelReusedVersions), e.sat.And(c.lit, n.built.Not()).Not(), index)
		}
	}
}

// wishProvider: a provider costs its place in the order of preference. What a C library provides beside libc counts as if it were built: it is
// there in any case, so that it need not be built is no reason to take its iconv.
func (e *encoder) wishProvider(v *virtual, n *node) {
	rank := slices.Index(v.providers, n.name)
	lit := v.lits[n.name]
	if n.mustBuild {
		return // see tieProvider
	}
	if v.name != packages.Libc && mayProvide(n.recipe, packages.Libc) {
		e.opt.Want(levelProviders, lit.Not(), rank)
		return
	}
	e.opt.Want(levelProviders, e.sat.And(lit, n.built).Not(), rank)
	e.opt.Want(levelReusedProviders, e.sat.And(lit, n.built.Not()).Not(), rank)
}

// wishCompiler: a compiler costs its place in the order of preference, for each language of each node; those that would have to be
// built come behind those that exist. Mixing compilers costs.
func (e *encoder) wishCompiler(l *language, c *node, pick sat.Lit) {
	rank, providers := e.compilers.rank[l.name][c.name], len(e.names[l.name].providers)
	build := e.compilers.build[c.nodeKey]
	if c.mustBuild {
		e.sat.Implies(pick, build)
		e.opt.Want(levelCompilers, pick.Not(), rank+providers)
		return
	}
	e.opt.Want(levelCompilers, pick.Not(), rank)
	_ = c.whenExpanded(func() error {
		both := e.sat.And(pick, c.built)
		e.sat.Implies(both, build)
		e.opt.Want(levelCompilers, both.Not(), providers)
		return nil
	})
}

// languagePair is two uses of a language: of one by two nodes of which one links to the other, or of two by one node.
type languagePair struct {
	from, to            nodeKey
	language, language2 string
}

// matchCompilers wishes that a node and what it links to or runs are compiled by one compiler, as far as compilers are encoded.
func (e *encoder) matchCompilers(en *edge) {
	if en.types&(spec.Link|spec.Run) == 0 {
		return
	}
	for i, name := range languageNames {
		if from, to := en.from.langs[name], en.to.langs[name]; from != nil && to != nil && en.from != en.to {
			en.matched[i] = e.matchLanguages(from, to, en.lit, en.matched[i])
		}
	}
}

// matchLanguages notes that it is a mismatch if one use of a language has a compiler and another one has not the same, for all compilers that are known
// but the first done ones.
func (e *encoder) matchLanguages(from, to *language, guard sat.Lit, done int) int {
	if !from.closed || !to.closed {
		return done
	}
	key := languagePair{from.user.nodeKey, to.user.nodeKey, from.name, to.name}
	for ; done < len(e.compilers.known); done++ {
		c := e.compilers.known[done].nodeKey
		pick, ok := from.picks[c]
		if !ok {
			continue
		}
		same, ok := to.picks[c]
		if !ok {
			same = sat.False
		}
		mismatch, ok := e.mismatch[key]
		if !ok {
			mismatch = e.sat.Lit()
			e.mismatch[key] = mismatch
			e.opt.Want(levelMismatches, mismatch.Not(), 1)
		}
		e.sat.Add(guard.Not(), pick.Not(), to.needed.Not(), same, mismatch)
	}
	return done
}

// matchNode does so for all that a node links to, what links to it, and its own languages.
func (e *encoder) matchNode(n *node) {
	for _, en := range n.edges {
		e.matchCompilers(en)
	}
	for _, en := range n.dependents {
		e.matchCompilers(en)
	}
	for i, pair := range [3][2]string{{"c", "cxx"}, {"c", "fortran"}, {"cxx", "fortran"}} {
		if a, b := n.langs[pair[0]], n.langs[pair[1]]; a != nil && b != nil {
			n.matched[i] = e.matchLanguages(a, b, sat.True, n.matched[i])
		}
	}
}
