package yamlrecipe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec"
)

// checkReferences holds every template of the build against the recipe's variants and dependencies, so that a wrong name is
// found when the recipe is read and not in the middle of a build.
func (rd *reader) checkReferences(b *builder) {
	for _, s := range b.specs {
		rd.checkTemplate(s.dir)
		rd.checkTemplate(s.configure)
		rd.checkTemplate(s.script)
		for _, list := range [][]arg{s.args, s.makeArgs, s.targets, s.installArgs, s.testTargets, s.settings, s.imports, s.copies} {
			rd.checkArgs(list)
		}
		for _, act := range s.files {
			rd.checkTemplate(act.templates()...)
		}
		for _, phase := range phaseNames {
			for _, st := range slices.Concat(s.before[phase], s.after[phase]) {
				rd.checkTemplate(st.act.templates()...)
			}
		}
		for _, st := range s.steps {
			rd.checkTemplate(st.act.templates()...)
		}
	}
	for _, c := range b.check {
		rd.checkTemplate(c.templates()...)
	}
}

func (rd *reader) checkArgs(list []arg) {
	for _, a := range list {
		rd.checkTemplate(a.text)
		rd.checkArgs(a.first)
	}
}

func (rd *reader) checkTemplate(ts ...template) {
	for _, t := range ts {
		for _, p := range t.parts {
			if kind, ok := exprKinds[p.word]; ok && len(p.args) >= kind.low {
				rd.checkNames(t.node, p, kind.names)
			}
		}
	}
}

func (rd *reader) checkNames(n yamldoc.Node, p part, kind argKind) {
	switch kind {
	case argVariant:
		if _, ok := rd.variant(p.args[0]); !ok {
			rd.failName(n, p, "variant", p.args[0], rd.variantNames())
		}
	case argCondition, argFeature:
		rd.checkCondition(n, p)
	case argDep:
		name, _ := depField(p.args[0])
		rd.checkDep(n, p, name)
	case argDeps:
		for _, name := range strings.Split(p.args[0], ",") {
			rd.checkDep(n, p, name)
		}
	case argMPI:
		rd.checkDep(n, p, "mpi")
	case argPython:
		rd.checkDep(n, p, "python")
	}
}

func (rd *reader) checkCondition(n yamldoc.Node, p part) {
	name, value, isValue := strings.Cut(p.condition(), "=")
	v, ok := rd.variant(name)
	switch {
	case isValue && name == cpuCondition:
	case !ok:
		rd.failName(n, p, "variant", name, rd.variantNames())
	case !isValue && !v.isBool:
		n.FailAt(p.offset, len(p.text)+2, fmt.Sprintf("variant %s is not true or false", name), "as in "+name+"=VALUE")
	case isValue && !v.any && !slices.Contains(v.values, value):
		rd.failName(n, p, "value of "+name, value, v.values)
	}
}

// checkDep wants a dependency of that name that a build can see.
func (rd *reader) checkDep(n yamldoc.Node, p part, name string) {
	if slices.ContainsFunc(rd.recipe.Depends, func(d packages.Dependency) bool { return d.Spec.Name == name && d.Types != spec.Test }) {
		return
	}
	if slices.ContainsFunc(rd.recipe.Extends, func(x packages.Extension) bool { return x.Spec.Name == name }) {
		return
	}
	var known []string
	for _, d := range rd.recipe.Depends {
		if !slices.Contains(known, d.Spec.Name) {
			known = append(known, d.Spec.Name)
		}
	}
	rd.failName(n, p, "dependency", name, known)
}

func (rd *reader) failName(n yamldoc.Node, p part, what, name string, known []string) {
	n.FailAt(p.offset, len(p.text)+2, fmt.Sprintf("unknown %s %q in {%s}", what, name, p.text), yamldoc.DidYouMean(name, known))
}
