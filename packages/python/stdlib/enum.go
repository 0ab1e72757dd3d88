package stdlib

import (
	"github.com/berth-hpc/berth/packages/python"
)

// auto is enum.auto(): the next number.
type auto struct{}

func (*auto) Type() string { return "auto" }

// members are what an enumeration's class has as its Data: its members by name, aliases included, and in order without them.
type members struct {
	names  map[string]*python.Instance
	listed []python.Value
}

func enumModule() *python.Module {
	enum := newClass("Enum", nil, map[string]function{
		"__repr__": func(c *python.Call) (python.Value, error) {
			name, value, err := memberParts(c)
			if err != nil {
				return nil, err
			}
			s, err := c.In.Repr(value)
			return python.Str("<" + python.TypeOf(c.Args[0]).Name + "." + name + ": " + s + ">"), err
		},
		"__str__": func(c *python.Call) (python.Value, error) {
			name, _, err := memberParts(c)
			return python.Str(python.TypeOf(c.Args[0]).Name + "." + name), err
		},
	}, nil)
	enum.SetConstructor(enumLookup)
	enum.SetHooks(python.ClassHooks{Created: enumCreated, Iterate: enumIterate, Member: enumMember})
	intEnum := newClass("IntEnum", []*python.Class{python.BuiltinClass("int"), enum}, nil, nil)
	intEnum.SetConstructor(enumLookup)
	return newModule("enum", map[string]function{
		"auto":   func(*python.Call) (python.Value, error) { return &auto{}, nil },
		"unique": identity,
	}, map[string]python.Value{"Enum": enum, "IntEnum": intEnum})
}

func memberParts(c *python.Call) (string, python.Value, error) {
	i, ok := c.Args[0].(*python.Instance)
	if !ok {
		return "", nil, python.TypeErrorf("%s() wants a member of an enumeration", c.Name)
	}
	name, _ := i.Get("name")
	value, _ := i.Get("value")
	if name == nil || value == nil {
		return "", nil, python.TypeErrorf("%s() wants a member of an enumeration", c.Name)
	}
	return python.Display(name), value, nil
}

// enumCreated makes members of what the class body bound to public names.
func enumCreated(cls *python.Class, _ *python.ClassBody) error {
	all := &members{names: map[string]*python.Instance{}}
	next := python.Int(1)
	for _, name := range cls.OwnNames() {
		v, _ := cls.Own(name)
		if name[0] == '_' || isCode(v) {
			continue
		}
		if _, ok := v.(*auto); ok {
			v = next
		}
		if n, ok := v.(python.Int); ok {
			next = n + 1
		}
		member := memberWithValue(all, v)
		if member == nil {
			member = python.NewInstance(cls)
			if cls.IsSubclass(python.BuiltinClass("int")) || cls.IsSubclass(python.BuiltinClass("str")) {
				member = python.NewNative(cls, v)
			}
			for k, x := range map[string]python.Value{"name": python.Str(name), "value": v, "_name_": python.Str(name), "_value_": v} {
				member.Set(k, x)
			}
			all.listed = append(all.listed, member)
		}
		all.names[name] = member
		cls.Set(name, member)
	}
	cls.Data = all
	cls.SetConstructor(enumLookup)
	return nil
}

func isCode(v python.Value) bool {
	switch v.(type) {
	case *python.Function, *python.Property, *python.StaticMethod, *python.ClassMethod, *python.Builtin, *python.Class:
		return true
	}
	return false
}

func memberWithValue(all *members, v python.Value) *python.Instance {
	for _, m := range all.listed {
		have, _ := m.(*python.Instance).Get("value")
		if equal, err := plainEqual(have, v); err == nil && equal {
			return m.(*python.Instance)
		}
	}
	return nil
}

// plainEqual compares as keys of a dict do.
func plainEqual(a, b python.Value) (bool, error) {
	d := python.NewDict()
	if err := d.Set(a, python.None); err != nil {
		return false, err
	}
	_, ok, err := d.Get(b)
	return ok, err
}

// enumLookup is Color(1): the member with a value.
func enumLookup(cls *python.Class, c *python.Call) (python.Value, error) {
	a, err := c.Bind("value")
	if err != nil {
		return nil, err
	}
	all, ok := cls.Data.(*members)
	if !ok {
		return nil, python.TypeErrorf("enumerations are made by class statements here")
	}
	for _, m := range all.listed {
		have, _ := m.(*python.Instance).Get("value")
		if equal, err := c.In.Equal(have, a[0]); err != nil || equal || m == a[0] {
			return m, err
		}
	}
	return nil, python.ValueErrorf("%s is not a valid %s", python.Repr(a[0]), cls.Name)
}

func enumIterate(cls *python.Class) (python.Iterator, error) {
	all, ok := cls.Data.(*members)
	if !ok {
		return nil, python.TypeErrorf("'%s' has no members", cls.Name)
	}
	i := 0
	return python.NewIterator("enum_iterator", func() (python.Value, bool, error) {
		if i == len(all.listed) {
			return nil, false, nil
		}
		i++
		return all.listed[i-1], true, nil
	}).(python.Iterator), nil
}

func enumMember(cls *python.Class, key python.Value) (python.Value, error) {
	if all, ok := cls.Data.(*members); ok {
		if name, ok := key.(python.Str); ok && all.names[string(name)] != nil {
			return all.names[string(name)], nil
		}
	}
	return nil, python.KeyErrorOf(key)
}
