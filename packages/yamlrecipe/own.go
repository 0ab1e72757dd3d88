package yamlrecipe

import (
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec"
)

// ownSpec is a spec that speaks of the recipe's own package: a condition, a conflict, a requirement.
type ownSpec struct {
	node yamldoc.Node
	spec *spec.Spec
}

// when reads a condition on the recipe's own package.
func (rd *reader) when(n yamldoc.Node) packages.When {
	var when packages.When
	for _, e := range n.ListOrOne() {
		if s := rd.own(e); s != nil {
			when = append(when, s)
		}
	}
	return when
}

// own reads a spec that speaks of the recipe's own package.
func (rd *reader) own(n yamldoc.Node) *spec.Spec {
	s := n.Spec()
	if s != nil {
		rd.owns = append(rd.owns, ownSpec{n, s})
	}
	return s
}

// checkOwn finds conditions that never hold because they name what the package does not have.
func (rd *reader) checkOwn() {
	for _, o := range rd.owns {
		if o.spec.Name != "" && o.spec.Name != rd.recipe.Name {
			o.node.Fail("this speaks of "+o.spec.Name+" and not of "+rd.recipe.Name, "write ^"+o.spec.Name+" for a dependency")
			continue
		}
		for _, v := range o.spec.Variants {
			rd.checkOwnVariant(o.node, v)
		}
	}
}

func (rd *reader) checkOwnVariant(n yamldoc.Node, v spec.Variant) {
	declared, ok := rd.variant(v.Name)
	switch {
	case !ok:
		n.FailUnknown("variant", v.Name, rd.variantNames())
		return
	case declared.any:
		return
	case declared.isBool && len(declared.values) == 0:
		if !v.IsBool() && !slices.Equal(v.Values, []string{"*"}) {
			n.Fail(fmt.Sprintf("variant %s is true or false", v.Name), "write +"+v.Name+" or ~"+v.Name)
		}
		return
	}
	for _, value := range v.Values {
		if value != "*" && !(declared.isBool && v.IsBool()) && !slices.Contains(declared.values, value) {
			n.FailUnknown("value of "+v.Name, value, declared.values)
		}
	}
}
