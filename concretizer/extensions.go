package concretizer

import (
	"github.com/berth-hpc/berth/concretizer/internal/sat"
	"github.com/berth-hpc/berth/packages"
)

// Packages that extend another one, as modules extend Python, are found by it where they are installed. So what a package is built with or runs
// extends the same Python as the package itself: another configuration would not find it.

// matchExtended adds that for an edge of a node that is built.
func (e *encoder) matchExtended(en *edge) {
	if len(en.from.recipe.Extends) == 0 || len(en.to.recipe.Extends) == 0 {
		return
	}
	_ = en.to.whenLinked(func() error {
		for _, name := range extended(en.from.recipe) {
			mine, theirs := e.extends(en.from, name), e.extends(en.to, name)
			if mine == sat.False || theirs == sat.False {
				continue
			}
			why := &ExtensionCause{Package: en.from.name, Dependency: en.to.name, Extends: name, Written: extensionPlace(en.to.recipe, name)}
			for _, other := range en.to.edges {
				if other.to.name != name {
					continue
				}
				clause := []sat.Lit{en.lit.Not(), en.from.built.Not(), mine.Not(), theirs.Not(), other.lit.Not()}
				for _, own := range en.from.edges {
					if own.to == other.to {
						clause = append(clause, own.lit)
					}
				}
				e.clause(why, clause...)
			}
		}
		return nil
	})
}

// extended lists what a recipe extends under any condition, each once.
func extended(r *packages.Recipe) []string {
	var names []string
	seen := map[string]bool{}
	for _, x := range r.Extends {
		if !seen[x.Spec.Name] {
			seen[x.Spec.Name] = true
			names = append(names, x.Spec.Name)
		}
	}
	return names
}

// extends is the literal that a node extends a package.
func (e *encoder) extends(n *node, name string) sat.Lit {
	var ways []sat.Lit
	for _, x := range n.recipe.Extends {
		if x.Spec.Name == name {
			ways = append(ways, e.when(n, x.When))
		}
	}
	return e.sat.Or(ways...)
}

func extensionPlace(r *packages.Recipe, name string) packages.Place {
	for _, x := range r.Extends {
		if x.Spec.Name == name {
			return x.Place
		}
	}
	return packages.Place{}
}
