package stdlib

import (
	"sync"

	"github.com/berth-hpc/berth/packages/python"
)

// kindOf makes a class that a value counts as an instance of if it is of one of some types, or its class has the methods.
func kindOf(name string, types []string, methods ...string) *python.Class {
	cls := newClass(name, nil, nil, nil)
	builtin := map[string]bool{}
	for _, t := range types {
		builtin[t] = true
	}
	cls.SetHooks(python.ClassHooks{
		Instance: func(in *python.Interp, v python.Value) bool {
			if builtin[python.Unwrap(v).Type()] {
				return true
			}
			if _, ok := v.(python.Iterator); ok && builtin["iterator"] {
				return true
			}
			for _, m := range methods {
				if in.SpecialMethod(v, m) == nil {
					return false
				}
			}
			return len(methods) > 0
		},
		Member: func(c *python.Class, _ python.Value) (python.Value, error) { return c, nil },
	})
	return cls
}

func collectionsABCModule() *python.Module {
	sequences := []string{"str", "bytes", "list", "tuple", "range"}
	mappings := []string{"dict", "OrderedDict", "defaultdict", "Counter"}
	sets := []string{"set", "frozenset", "dict_keys", "dict_items"}
	sized := append(append(append([]string{"dict_values", "deque"}, sequences...), mappings...), sets...)
	iterators := []string{"iterator", "generator"}
	return newModule("collections.abc", nil, map[string]python.Value{
		"Callable":        callableClass(),
		"Collection":      kindOf("Collection", sized, "__len__", "__iter__", "__contains__"),
		"Container":       kindOf("Container", sized, "__contains__"),
		"Generator":       kindOf("Generator", []string{"generator"}),
		"Hashable":        kindOf("Hashable", []string{"str", "bytes", "int", "float", "bool", "tuple", "NoneType", "frozenset", "range"}, "__hash__"),
		"Iterable":        kindOf("Iterable", append(iterators, sized...), "__iter__"),
		"Iterator":        kindOf("Iterator", iterators, "__iter__", "__next__"),
		"Mapping":         kindOf("Mapping", mappings, "__getitem__", "__iter__", "__len__", "keys"),
		"MutableMapping":  kindOf("MutableMapping", mappings, "__getitem__", "__setitem__", "__delitem__", "keys"),
		"MutableSequence": kindOf("MutableSequence", []string{"list", "deque"}),
		"MutableSet":      kindOf("MutableSet", []string{"set"}),
		"Sequence":        kindOf("Sequence", sequences),
		"Set":             kindOf("Set", sets),
		"Sized":           kindOf("Sized", sized, "__len__"),
	})
}

func callableClass() *python.Class {
	cls := newClass("Callable", nil, nil, nil)
	cls.SetHooks(python.ClassHooks{
		Instance: func(in *python.Interp, v python.Value) bool { return python.IsCallable(in, v) },
		Member:   func(c *python.Class, _ python.Value) (python.Value, error) { return c, nil },
	})
	return cls
}

func numbersModule() *python.Module {
	return newModule("numbers", nil, map[string]python.Value{
		"Number":   kindOf("Number", []string{"int", "float", "bool"}),
		"Real":     kindOf("Real", []string{"int", "float", "bool"}),
		"Integral": kindOf("Integral", []string{"int", "bool"}),
	})
}

// dequeClass is a list with methods for its left end: those take time for long ones, which is counted.
var dequeClass = sync.OnceValue(func() *python.Class {
	list := python.BuiltinClass("list")
	left := func(name string, args ...python.Value) function {
		return func(c *python.Call) (python.Value, error) {
			method, err := c.In.GetAttr(python.Unwrap(c.Args[0]), name)
			if err != nil {
				return nil, err
			}
			return c.Sub(method, append(append([]python.Value(nil), args...), c.Args[1:]...))
		}
	}
	return newClass("deque", []*python.Class{list}, map[string]function{
		"appendleft": left("insert", python.Int(0)),
		"popleft":    left("pop", python.Int(0)),
		"extendleft": func(c *python.Call) (python.Value, error) {
			a, err := c.Bind("self", "iterable")
			if err != nil {
				return nil, err
			}
			items, err := c.In.Collect(a[1])
			if err != nil {
				return nil, err
			}
			insert, err := c.In.GetAttr(python.Unwrap(a[0]), "insert")
			if err != nil {
				return nil, err
			}
			for _, x := range items {
				if _, err := c.Sub(insert, []python.Value{python.Int(0), x}); err != nil {
					return nil, err
				}
			}
			return nil, nil
		},
	}, nil)
})
