package spackrepo

import (
	"slices"

	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

// valueSets are the values of a variant that takes several at once, all of one set: any_combination_of(...) and the like. It does not
// change: its methods make new ones.
type valueSets struct {
	kind string // "any_combination_of"
	sets [][]python.Value
	all  python.Tuple // the values of all sets
	def  python.Value // nil: the variant has to say
	// plainValues are values that stand for no feature of the package's, such as "none"; the others are feature_values.
	plainValues []string
}

// Type implements python.Value.
func (*valueSets) Type() string { return "DisjointSetsOfValues" }

const noValue = "none" // stands for the empty set

// newSets checks that no value is in two sets.
func newSets(kind string, sets [][]python.Value, def python.Value) (*valueSets, error) {
	seen := map[string]bool{}
	for _, set := range sets {
		own := map[string]bool{}
		for _, v := range set {
			text, ok := textOf(v)
			switch {
			case !ok:
				return nil, python.TypeErrorf("%s(): a value must be a text, not %s", kind, v.Type())
			case text == noValue && len(set) > 1:
				return nil, python.ValueErrorf("%s(): the value 'none' is the empty set, and must be alone in one", kind)
			case seen[text]:
				return nil, python.ValueErrorf("%s(): the sets are not disjoint: %q is in two", kind, text)
			}
			own[text] = true
		}
		for text := range own {
			seen[text] = true
		}
	}
	return &valueSets{kind: kind, sets: sets, all: slices.Concat(sets...), def: def}, nil
}

// setsOf are the arguments of disjoint_sets(...): lists of values.
func setsOf(c *python.Call) ([][]python.Value, error) {
	var sets [][]python.Value
	if len(c.Kwargs) > 0 {
		return nil, python.TypeErrorf("%s() takes no arguments by name", c.Name)
	}
	if err := measure(c.In, 0, c.Args...); err != nil {
		return nil, err
	}
	for _, arg := range c.Args {
		set, ok := valueItems(arg)
		if !ok {
			return nil, python.TypeErrorf("%s(): a set must be a list or a tuple, not %s", c.Name, arg.Type())
		}
		sets = append(sets, set)
	}
	return sets, nil
}

func newDisjointSets(c *python.Call) (python.Value, error) {
	sets, err := setsOf(c)
	if err != nil {
		return nil, err
	}
	s, err := newSets(record.KindDisjoint, sets, nil)
	if err != nil {
		return nil, err
	}
	s = s.withEmpty()
	s.def = python.Str(noValue)
	return s, nil
}

// newBareSets is the class itself, which some recipes of old call.
func newBareSets(c *python.Call) (python.Value, error) {
	sets, err := setsOf(c)
	if err != nil {
		return nil, err
	}
	return newSets(record.KindDisjoint, sets, nil)
}

// newCombination makes any_combination_of and auto_or_any_combination_of: any of the values, or the one that excludes them.
func newCombination(kind, alone string) func(*python.Call) (python.Value, error) {
	return func(c *python.Call) (python.Value, error) {
		if len(c.Kwargs) > 0 {
			return nil, python.TypeErrorf("%s() takes no arguments by name", c.Name)
		}
		if err := measure(c.In, 0, c.Args...); err != nil {
			return nil, err
		}
		values, _ := valueItems(python.Tuple(c.Args))
		s, err := newSets(kind, [][]python.Value{{python.Str(alone)}, values}, python.Str(alone))
		if err == nil {
			s.plainValues = []string{alone}
		}
		return s, err
	}
}

func (s *valueSets) hasEmpty() int {
	return slices.IndexFunc(s.sets, func(set []python.Value) bool { return len(set) == 1 && set[0] == python.Str(noValue) })
}

func (s *valueSets) clone() *valueSets {
	c := *s
	return &c
}

func (s *valueSets) withEmpty() *valueSets {
	if s.hasEmpty() >= 0 {
		return s
	}
	c := s.clone()
	c.sets = append([][]python.Value{{python.Str(noValue)}}, s.sets...)
	c.all = slices.Concat(c.sets...)
	return c
}

func (s *valueSets) withoutEmpty() *valueSets {
	i := s.hasEmpty()
	if i < 0 {
		return s
	}
	c := s.clone()
	c.sets = slices.Delete(slices.Clone(s.sets), i, i+1)
	c.all = slices.Concat(c.sets...)
	c.def = nil // a new object in Spack, which knows no default
	return c
}

// Iterate implements python.Iterable.
func (s *valueSets) Iterate() python.Iterator { return &tupleIterator{items: s.all} }

// Len implements python.Sized.
func (s *valueSets) Len() int { return len(s.all) }

// Index implements python.Indexable.
func (s *valueSets) Index(key python.Value) (python.Value, error) {
	i, ok := key.(python.Int)
	if i < 0 {
		i += python.Int(len(s.all))
	}
	if !ok || i < 0 || int(i) >= len(s.all) {
		return nil, python.IndexErrorf("there is no such value")
	}
	return s.all[i], nil
}

// Attr implements python.HasAttrs.
func (s *valueSets) Attr(name string) (python.Value, error) {
	switch name {
	case "multi":
		return python.True, nil
	case "default":
		if s.def == nil {
			return python.None, nil
		}
		return s.def, nil
	case "sets":
		var list []python.Value
		for _, set := range s.sets {
			list = append(list, python.Tuple(set))
		}
		return python.NewList(list...), nil
	case "feature_values":
		return s.features(), nil
	}
	if method, ok := setMethods[name]; ok {
		return python.NewBuiltin(name, func(c *python.Call) (python.Value, error) { return method(s, c) }), nil
	}
	return nil, nil
}

// features are the values that stand for a feature of the package's.
func (s *valueSets) features() python.Tuple {
	no := map[string]bool{}
	for _, text := range s.plainValues {
		no[text] = true
	}
	var features python.Tuple
	for _, v := range s.all {
		if text, _ := textOf(v); !no[text] {
			features = append(features, v)
		}
	}
	return features
}

var setMethods = map[string]func(*valueSets, *python.Call) (*valueSets, error){
	"with_default": func(s *valueSets, c *python.Call) (*valueSets, error) {
		args, err := c.Bind("default")
		if err != nil {
			return nil, err
		}
		s = s.clone()
		s.def = args[0]
		return s, nil
	},
	"with_error": func(s *valueSets, c *python.Call) (*valueSets, error) {
		_, err := c.Bind("error_fmt")
		return s, err
	},
	"with_non_feature_values": func(s *valueSets, c *python.Call) (*valueSets, error) {
		args, err := c.Bind("*values")
		if err != nil {
			return nil, err
		}
		s = s.clone()
		for _, v := range args[0].(python.Tuple) {
			text, _ := textOf(v)
			s.plainValues = append(slices.Clip(s.plainValues), text)
		}
		return s, nil
	},
	"allow_empty_set": func(s *valueSets, c *python.Call) (*valueSets, error) {
		_, err := c.Bind()
		return s.withEmpty(), err
	},
	"prohibit_empty_set": func(s *valueSets, c *python.Call) (*valueSets, error) {
		_, err := c.Bind()
		return s.withoutEmpty(), err
	},
}

// tupleIterator goes through values.
type tupleIterator struct {
	items []python.Value
	at    int
}

// Next implements python.Iterator.
func (i *tupleIterator) Next() (python.Value, bool, error) {
	if i.at == len(i.items) {
		return nil, false, nil
	}
	i.at++
	return i.items[i.at-1], true, nil
}

// isCallable reports whether values= is a function, or a type, that judges a value.
func isCallable(v python.Value) bool {
	switch v.(type) {
	case *python.Function, *python.Builtin, *python.BoundMethod, *python.Class, *python.StaticMethod, *multiMethod, *unavailable:
		return true
	}
	return false
}

// callableName is the name of a function.
func callableName(v python.Value) string {
	switch v := v.(type) {
	case *python.Builtin:
		return v.Name
	case *python.Class:
		return v.Name
	case *python.BoundMethod:
		return callableName(v.Func)
	case *unavailable:
		return v.name
	}
	return nameOf(v)
}

// docOf is what a function says of itself.
func docOf(v python.Value) (string, bool) {
	a, ok := v.(python.HasAttrs)
	if !ok {
		return "", false
	}
	doc, err := a.Attr("__doc__")
	text, isText := doc.(python.Str)
	return string(text), err == nil && isText
}
