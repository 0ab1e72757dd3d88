package concretizer

import (
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

// How causes put specs and conditions into words.

// because tells the condition of a directive: ", when +mpi".
func because(w packages.When) string {
	if len(w) == 0 {
		return ""
	}
	return ", when " + conditions(w)
}

// conditions joins the specs of a condition.
func conditions(w packages.When) string {
	out := make([]string, len(w))
	for i, s := range w {
		out[i] = s.String()
	}
	return strings.Join(out, " and ")
}

// constraint is a spec as it is said of a package: without its name.
func constraint(s *spec.Spec, pkg string) string {
	text := s.String()
	if s.Name == pkg {
		text = condText(s)
	}
	switch {
	case text == "":
		return "there"
	case pkg != "" && len(s.Deps) == 1 && s.Deps[0].Direct && text == s.Deps[0].String():
		return "built with " + s.Deps[0].Spec.String()
	}
	return text
}

func specs(list []*spec.Spec, policy packages.RequirementPolicy, pkg string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = constraint(s, pkg)
	}
	switch {
	case len(out) < 2 || policy == packages.AllOf:
		return strings.Join(out, " and ")
	case policy == packages.OneOf:
		return "exactly one of " + strings.Join(out, ", ")
	}
	return "one of " + strings.Join(out, ", ")
}

// list joins words: "a, b and c".
func list(words []string, last string) string {
	if len(words) > 12 {
		words = append(append([]string(nil), words[:11]...), fmt.Sprintf("%d more", len(words)-11))
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}
