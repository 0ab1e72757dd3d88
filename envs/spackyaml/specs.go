package spackyaml

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages/yamldoc"
	"github.com/berth-hpc/berth/spec"
)

// maxSpecs bounds what matrices may expand to: a mistake in one must not fill the memory.
const maxSpecs = 10000

// maxDepth bounds how deep definitions may refer to each other.
const maxDepth = 20

// readDefinitions keeps named lists of specs: [{compilers: [...]}, {packages: [...], when: ...}].
func (c *converter) readDefinitions(n yamldoc.Node) {
	for _, item := range n.ListOrOne() {
		entries := item.Map()
		when := slices.IndexFunc(entries, func(e yamldoc.Entry) bool { return e.Name() == "when" })
		if when >= 0 {
			c.note(entries[when].Value, "definitions: a condition cannot be told; the list is left out (`systems` of env.yaml say what a machine gets more)")
			continue
		}
		for _, e := range entries {
			c.definitions[e.Name()] = append(c.definitions[e.Name()], e.Value)
		}
	}
}

// maxSteps bounds the entries that are looked at: definitions that refer to each other many times over may come to nothing.
const maxSteps = 200000

// expander turns lists of specs into texts.
type expander struct {
	*converter
	depth int
	steps int
}

// errTooMany ends the expansion.
var errTooMany = fmt.Errorf("the definitions and matrices come to more than %d specs", maxSpecs)

// expandSpecs lists the specs of the environment, each once, in order. What is no spec is left out with a note.
func (c *converter) expandSpecs() ([]string, error) {
	var all []string
	for _, list := range c.specs {
		texts, err := (&expander{converter: c}).list(list)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", list.Place(), err)
		}
		for _, t := range texts {
			switch s, err := spec.Parse(t); {
			case err != nil:
				c.note(list, "specs: %q: %v", t, err)
			case s.Name == "":
				c.note(list, "specs: %q names no package", t)
			case !slices.Contains(all, t):
				all = append(all, t)
			}
		}
	}
	return all, nil
}

// list expands [hdf5, $mpis, {matrix: ...}, {group: ..., specs: [...]}].
func (x *expander) list(n yamldoc.Node) ([]string, error) {
	var all []string
	for _, item := range n.ListOrOne() {
		if x.steps++; x.steps > maxSteps {
			return nil, errTooMany
		}
		var texts []string
		var err error
		switch {
		case item.IsMap():
			texts, err = x.mapping(item)
		case item.IsScalar():
			texts, err = x.word(item)
		default:
			x.note(item, "specs: this is no spec")
		}
		if err != nil {
			return nil, err
		}
		if all = append(all, texts...); len(all) > maxSpecs {
			return nil, errTooMany
		}
	}
	return all, nil
}

// mapping expands a matrix, or a group of specs.
func (x *expander) mapping(n yamldoc.Node) ([]string, error) {
	var rows, excluded, group yamldoc.Node
	for _, e := range n.Map() {
		switch e.Name() {
		case "matrix":
			rows = e.Value
		case "exclude":
			excluded = e.Value
		case "specs":
			group = e.Value
		case "group":
			x.note(e.Key, "specs: group %s: its specs are there, groups are not known", e.Value.Text())
		default:
			x.note(e.Key, "specs: %s is not known", e.Name())
		}
	}
	if group.Exists() {
		return x.list(group)
	}
	return x.matrix(rows, excluded)
}

// matrix is every combination of one entry of each row, but for those that are excluded. Each entry speaks of the root: "%gcc" behind
// "^mpich" is what the root is built with, as it would not be if the words were only written side by side.
func (x *expander) matrix(rows, excluded yamldoc.Node) ([]string, error) {
	product := []*spec.Spec{{}}
	for _, row := range rows.ListOrOne() {
		words, err := x.list(row)
		if err != nil {
			return nil, err
		}
		if len(product)*len(words) > maxSpecs {
			return nil, errTooMany
		}
		var next []*spec.Spec
		for _, p := range product {
			for _, w := range words {
				s, err := spec.Parse(w)
				if err == nil {
					s, err = p.Constrain(s)
				}
				if err != nil {
					x.note(row, "specs: %q and %q: %v", p, w, err)
					continue
				}
				next = append(next, s)
			}
		}
		product = next
	}
	var without []*spec.Spec
	for _, item := range excluded.ListOrOne() {
		s, err := spec.Parse(item.Text())
		if err != nil {
			x.noteSpec(item, err)
			continue
		}
		without = append(without, s)
	}
	var all []string
	for _, s := range product {
		if text := s.String(); text != "" && !slices.ContainsFunc(without, s.Satisfies) {
			all = append(all, text)
		}
	}
	return all, nil
}

// word is a spec, or $name, $^name, $%name: the entries of a definition, with the sign before each.
func (x *expander) word(n yamldoc.Node) ([]string, error) {
	text := n.Line()
	name, isReference := strings.CutPrefix(text, "$")
	if !isReference {
		if _, err := spec.Parse(text); err != nil {
			x.noteSpec(n, err)
			return nil, nil
		}
		return []string{text}, nil
	}
	sign := ""
	if strings.HasPrefix(name, "^") || strings.HasPrefix(name, "%") {
		sign, name = name[:1], name[1:]
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "{"), "}")
	lists, known := x.definitions[name]
	if !known {
		x.note(n, "specs: %s: nothing is defined by that name", text)
		return nil, nil
	}
	if x.depth++; x.depth > maxDepth {
		return nil, errors.New("definitions refer to each other in a circle")
	}
	defer func() { x.depth-- }()
	var all []string
	for _, list := range lists {
		texts, err := x.list(list)
		if err != nil {
			return nil, err
		}
		for _, t := range texts {
			if sign != "" && !strings.HasPrefix(t, sign) {
				t = sign + t
			}
			all = append(all, t)
		}
	}
	return all, nil
}

func (x *expander) noteSpec(n yamldoc.Node, err error) {
	x.note(n, "specs: %q: %v", n.Text(), err)
}
