package stdlib

import (
	"strings"
	"sync"
	"unicode"

	"github.com/berth-hpc/berth/packages/python"
)

var (
	orderedDictClass = sync.OnceValue(func() *python.Class {
		return dictKind("OrderedDict", func(*python.Call, *python.Dict) error { return nil })
	})
	defaultDictClass = sync.OnceValue(newDefaultDictClass)
	counterClass     = sync.OnceValue(newCounterClass)
)

func collectionsModule() *python.Module {
	return newModule("collections", map[string]function{"namedtuple": namedTuple}, map[string]python.Value{
		"OrderedDict": orderedDictClass(), "defaultdict": defaultDictClass(), "Counter": counterClass(), "deque": dequeClass(),
		"ChainMap": sourceClass("chainmap", "ChainMap"), "abc": Module("collections.abc"),
	})
}

// dictKind makes a class whose instances are dicts.
func dictKind(name string, fill func(c *python.Call, d *python.Dict) error) *python.Class {
	cls := newClass(name, []*python.Class{python.BuiltinClass("dict")}, nil, nil)
	cls.SetConstructor(func(cls *python.Class, c *python.Call) (python.Value, error) {
		v, err := c.Sub(python.BuiltinClass("dict"), c.Args, c.Kwargs...)
		if err != nil {
			return nil, err
		}
		d := v.(*python.Dict)
		d.SetMissing(cls, nil)
		return d, fill(c, d)
	})
	return cls
}

func newDefaultDictClass() *python.Class {
	cls := newClass("defaultdict", []*python.Class{python.BuiltinClass("dict")}, nil, nil)
	cls.SetConstructor(func(cls *python.Class, c *python.Call) (python.Value, error) {
		factory := python.None
		args := c.Args
		if len(args) > 0 {
			factory, args = args[0], args[1:]
		}
		if factory != python.None && !python.IsCallable(c.In, factory) {
			return nil, python.TypeErrorf("first argument must be callable or None")
		}
		v, err := c.Sub(python.BuiltinClass("dict"), args, c.Kwargs...)
		if err != nil {
			return nil, err
		}
		d := v.(*python.Dict)
		d.SetMissing(cls, func(in *python.Interp, d *python.Dict, key python.Value) (python.Value, error) {
			if factory == python.None {
				return nil, python.KeyErrorOf(key)
			}
			v, err := in.Call(in.Context(), factory, nil)
			if err != nil {
				return nil, err
			}
			return v, in.SetIndex(d, key, v)
		})
		return d, nil
	})
	return cls
}

func newCounterClass() *python.Class {
	cls := newClass("Counter", []*python.Class{python.BuiltinClass("dict")}, map[string]function{
		"most_common": mostCommon, "elements": counterElements,
	}, nil)
	cls.SetConstructor(newCounter)
	return cls
}

func mostCommon(c *python.Call) (python.Value, error) {
	a, err := c.Bind("self", "n=")
	if err != nil {
		return nil, err
	}
	d, ok := a[0].(*python.Dict)
	if !ok {
		return nil, python.TypeErrorf("most_common() wants a Counter")
	}
	pairs := python.NewList()
	for k, v := range d.All() {
		pairs.Append(python.Tuple{k, v})
	}
	by := python.NewBuiltin("key", func(c *python.Call) (python.Value, error) { return c.In.Index(c.Args[0], python.Int(1)) })
	sorted, err := c.Sub(python.BuiltinNamed("sorted"), []python.Value{pairs}, python.Kwarg{Name: "key", Value: by}, python.Kwarg{Name: "reverse", Value: python.True})
	if err != nil || a[1] == nil || a[1] == python.None {
		return sorted, err
	}
	return c.In.Index(sorted, &python.Slice{Start: python.None, Stop: a[1], Step: python.None})
}

func counterElements(c *python.Call) (python.Value, error) {
	a, err := c.Bind("self")
	if err != nil {
		return nil, err
	}
	d, ok := a[0].(*python.Dict)
	if !ok {
		return nil, python.TypeErrorf("elements() wants a Counter")
	}
	list := python.NewList()
	for k, v := range d.All() {
		n, err := c.In.Integer(v)
		if err != nil {
			return nil, err
		}
		if err := c.In.Alloc(16 * int(max(0, min(n, 1<<40)))); err != nil {
			return nil, err
		}
		for range n {
			list.Append(k)
		}
	}
	return list, nil
}

func newCounter(cls *python.Class, c *python.Call) (python.Value, error) {
	a, err := c.Bind("iterable=", "/", "**kwargs")
	if err != nil {
		return nil, err
	}
	d := a[2].(*python.Dict)
	d.SetMissing(cls, func(*python.Interp, *python.Dict, python.Value) (python.Value, error) { return python.Int(0), nil })
	switch from := a[0].(type) {
	case nil:
		return d, nil
	case *python.Dict:
		for k, v := range from.All() {
			if err := c.In.SetIndex(d, k, v); err != nil {
				return nil, err
			}
		}
		return d, nil
	default:
		return d, count(c.In, d, from)
	}
}

// count adds one for each element.
func count(in *python.Interp, d *python.Dict, elements python.Value) error {
	it, err := in.Iterate(elements)
	if err != nil {
		return err
	}
	for {
		x, ok, err := in.Next(it)
		if err != nil || !ok {
			return err
		}
		n, err := in.Index(d, x)
		if err != nil {
			return err
		}
		if n, err = in.Add(n, python.Int(1)); err != nil {
			return err
		}
		if err := in.SetIndex(d, x, n); err != nil {
			return err
		}
	}
}

// namedTuple makes a class of tuples whose elements have names.
func namedTuple(c *python.Call) (python.Value, error) {
	a, err := c.Bind("typename", "field_names", "*", "rename=", "defaults=", "module=")
	if err != nil {
		return nil, err
	}
	name, ok := a[0].(python.Str)
	if !ok {
		return nil, python.TypeErrorf("namedtuple() wants a name")
	}
	fields, err := fieldNames(c, a[1])
	if err != nil {
		return nil, err
	}
	var defaults []python.Value
	if a[4] != nil && a[4] != python.None {
		if defaults, err = c.In.Collect(a[4]); err != nil {
			return nil, err
		}
	}
	if len(defaults) > len(fields) {
		return nil, python.TypeErrorf("Got more default values than field names")
	}
	names := make(python.Tuple, len(fields))
	members := map[string]python.Value{}
	for i, f := range fields {
		names[i] = python.Str(f)
		members[f] = &python.Property{Get: python.NewBuiltin(f, func(c *python.Call) (python.Value, error) {
			return c.In.Index(python.Unwrap(c.Args[0]), python.Int(i))
		})}
	}
	members["_fields"] = names
	cls := newClass(string(name), []*python.Class{python.BuiltinClass("tuple")}, tupleMethods(fields), members)
	cls.Module = c.Module()
	params := make([]string, len(fields))
	for i, f := range fields {
		params[i] = f
		if i >= len(fields)-len(defaults) {
			params[i] += "="
		}
	}
	cls.SetConstructor(func(cls *python.Class, c *python.Call) (python.Value, error) {
		items, err := c.Bind(params...)
		if err != nil {
			return nil, err
		}
		for i := range items {
			if items[i] == nil {
				items[i] = defaults[i-len(fields)+len(defaults)]
			}
		}
		return python.NewNative(cls, python.Tuple(items)), nil
	})
	return cls, c.In.Alloc(2000 + 200*len(fields))
}

func fieldNames(c *python.Call, v python.Value) ([]string, error) {
	if s, ok := v.(python.Str); ok {
		return checkFields(strings.Fields(strings.ReplaceAll(string(s), ",", " ")))
	}
	items, err := c.In.Collect(v)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, x := range items {
		names = append(names, python.Display(x))
	}
	return checkFields(names)
}

func checkFields(names []string) ([]string, error) {
	seen := map[string]bool{}
	for _, n := range names {
		bad := n == "" || n[0] == '_' || unicode.IsDigit(rune(n[0]))
		for _, r := range n {
			bad = bad || r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}
		if bad {
			return nil, python.ValueErrorf("Type names and field names must be valid identifiers: %s", python.Repr(python.Str(n)))
		}
		if seen[n] {
			return nil, python.ValueErrorf("Encountered duplicate field name: %s", python.Repr(python.Str(n)))
		}
		seen[n] = true
	}
	return names, nil
}

func tupleMethods(fields []string) map[string]function {
	items := func(c *python.Call) python.Tuple {
		t, _ := python.Unwrap(c.Args[0]).(python.Tuple)
		return t
	}
	return map[string]function{
		"__repr__": func(c *python.Call) (python.Value, error) {
			parts := make([]string, len(fields))
			for i, v := range items(c) {
				s, err := c.In.Repr(v)
				if err != nil {
					return nil, err
				}
				parts[i] = fields[i] + "=" + s
			}
			return python.Str(python.TypeOf(c.Args[0]).Name + "(" + strings.Join(parts, ", ") + ")"), nil
		},
		"_asdict": func(c *python.Call) (python.Value, error) {
			d := python.NewDict()
			for i, v := range items(c) {
				if err := d.Set(python.Str(fields[i]), v); err != nil {
					return nil, err
				}
			}
			return d, nil
		},
		"_replace": func(c *python.Call) (python.Value, error) {
			t := append(python.Tuple(nil), items(c)...)
			for _, k := range c.Kwargs {
				found := false
				for i, f := range fields {
					if f == k.Name {
						t[i], found = k.Value, true
					}
				}
				if !found {
					return nil, python.ValueErrorf("Got unexpected field names: ['%s']", k.Name)
				}
			}
			return python.NewNative(python.TypeOf(c.Args[0]), t), nil
		},
	}
}
