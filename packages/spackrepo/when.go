package spackrepo

import (
	"strings"

	"github.com/berth-hpc/berth/packages/python"
)

// condition is the argument of a when: a spec's text, or a bool that was worked out when the recipe was read.
type condition struct {
	text  string // "" is always
	never bool
}

// conditionOf reads a when.
func conditionOf(v python.Value) (condition, error) {
	switch v := v.(type) {
	case nil, python.NoneType:
		return condition{}, nil
	case python.Bool:
		return condition{never: !bool(v)}, nil
	case python.Str:
		return condition{text: strings.TrimSpace(string(v))}, nil
	case *specValue:
		return condition{text: v.Str()}, nil
	}
	return condition{}, python.TypeErrorf("when is a spec or True or False, not %s", v.Type())
}

// whenClass makes what when(...) is: a block around directives, or a decorator of a method that is for some packages only.
type whenBlock struct{ condition }

// Type implements python.Value.
func (*whenBlock) Type() string { return "when" }

func newWhen(c *python.Call) (python.Value, error) {
	args, err := c.Bind("condition")
	if err != nil {
		return nil, err
	}
	cond, err := conditionOf(args[0])
	return &whenBlock{cond}, err
}

// Enter implements python.ContextManager.
func (w *whenBlock) Enter(c *python.Call) (python.Value, error) {
	b, err := bodyOf(c, "when")
	if err != nil {
		return nil, err
	}
	b.conditions = append(b.conditions, w.condition)
	return python.None, nil
}

// Exit implements python.ContextManager.
func (w *whenBlock) Exit(c *python.Call, _ *python.Error) (bool, error) {
	b, err := bodyOf(c, "when")
	if err != nil {
		return false, err
	}
	b.conditions = b.conditions[:len(b.conditions)-1]
	return false, nil
}

// Call implements python.Callable: @when("+mpi") makes a method one of several of its name.
func (w *whenBlock) Call(c *python.Call) (python.Value, error) {
	args, err := c.Bind("method")
	if err != nil {
		return nil, err
	}
	name := nameOf(args[0])
	cb := c.ClassBody()
	if cb == nil {
		return nil, python.Raise(python.RuntimeError, "@when(...) is for the methods of a class")
	}
	mm := &multiMethod{name: name}
	if before, ok := cb.Get(name); ok {
		if other, ok := before.(*multiMethod); ok {
			if err := c.In.Alloc(64 * len(other.cases)); err != nil {
				return nil, err
			}
			mm.cases = append(mm.cases, other.cases...)
			mm.otherwise = other.otherwise
		} else {
			mm.otherwise = before
		}
	}
	if !w.never {
		mm.cases = append(mm.cases, methodCase{when: w.text, method: args[0]})
	}
	return mm, nil
}

// multiMethod is a method that is written several times, for different packages. Which one is meant is known when a package is built.
type multiMethod struct {
	name      string
	cases     []methodCase
	otherwise python.Value // nil if there is none
}

type methodCase struct {
	when   string
	method python.Value
}

// Type implements python.Value.
func (*multiMethod) Type() string { return "function" }

// Attr implements python.HasAttrs.
func (m *multiMethod) Attr(name string) (python.Value, error) {
	if name == "__name__" || name == "__qualname__" {
		return python.Str(m.name), nil
	}
	return nil, nil
}

// Call implements python.Callable.
func (m *multiMethod) Call(*python.Call) (python.Value, error) {
	return nil, python.Raise(python.RuntimeError, "%s() differs between packages: it can be called in a build only", m.name)
}

// nameOf is the name of a function, also behind a decorator.
func nameOf(v python.Value) string {
	switch f := v.(type) {
	case *python.Function:
		return f.Name
	case *python.Property:
		return nameOf(f.Get)
	case *python.StaticMethod:
		return nameOf(f.Func)
	case *python.ClassMethod:
		return nameOf(f.Func)
	case *multiMethod:
		return f.name
	case *classProperty:
		return nameOf(f.get)
	}
	return ""
}

// defaultArgs is a block that gives directives arguments which they don't say themselves.
type defaultArgs struct{ args map[string]python.Value }

// Type implements python.Value.
func (*defaultArgs) Type() string { return "default_args" }

func newDefaultArgs(c *python.Call) (python.Value, error) {
	if len(c.Args) > 0 {
		return nil, python.TypeErrorf("default_args() takes arguments by name only")
	}
	d := &defaultArgs{args: map[string]python.Value{}}
	for _, k := range c.Kwargs {
		if !knownParameters[k.Name] {
			return nil, python.TypeErrorf("default_args(): no directive has an argument %q", k.Name)
		}
		d.args[k.Name] = k.Value
	}
	return d, nil
}

// Enter implements python.ContextManager.
func (d *defaultArgs) Enter(c *python.Call) (python.Value, error) {
	b, err := bodyOf(c, "default_args")
	if err != nil {
		return nil, err
	}
	b.defaults = append(b.defaults, d.args)
	return python.None, nil
}

// Exit implements python.ContextManager.
func (d *defaultArgs) Exit(c *python.Call, _ *python.Error) (bool, error) {
	b, err := bodyOf(c, "default_args")
	if err != nil {
		return false, err
	}
	b.defaults = b.defaults[:len(b.defaults)-1]
	return false, nil
}

// conditionalValue is one value of conditional(...): a value of a variant that there is under a condition.
type conditionalValue struct {
	value python.Value
	when  condition
}

// Type implements python.Value.
func (*conditionalValue) Type() string { return "ConditionalValue" }

// Attr implements python.HasAttrs.
func (v *conditionalValue) Attr(name string) (python.Value, error) {
	switch name {
	case "value":
		return v.value, nil
	case "when":
		switch {
		case v.when.never:
			return python.False, nil
		case v.when.text == "":
			return python.None, nil
		}
		return python.Str(v.when.text), nil
	}
	return nil, nil
}

// Str and Repr implement python.Printer: recipes join values into texts.
func (v *conditionalValue) Str() string {
	text, _ := textOf(v.value)
	return text
}

// Repr implements python.Printer.
func (v *conditionalValue) Repr() string { return "'" + v.Str() + "'" }

// Compare implements python.Comparer: a conditional value equals its value.
func (v *conditionalValue) Compare(op string, other python.Value) (python.Value, error) {
	if o, ok := other.(*conditionalValue); ok {
		other = o.value
	}
	text, ok := textOf(other)
	if !ok {
		return python.NotImplemented, nil
	}
	return compareOrdered(op, strings.Compare(v.Str(), text)), nil
}

// HashKey implements python.Hasher.
func (v *conditionalValue) HashKey() (any, error) { return v.Str(), nil }

// compareOrdered is the answer of a comparison of values that are in an order.
func compareOrdered(op string, order int) python.Value {
	switch op {
	case "==":
		return python.Bool(order == 0)
	case "!=":
		return python.Bool(order != 0)
	case "<":
		return python.Bool(order < 0)
	case "<=":
		return python.Bool(order <= 0)
	case ">":
		return python.Bool(order > 0)
	case ">=":
		return python.Bool(order >= 0)
	}
	return python.NotImplemented
}

func newConditional(c *python.Call) (python.Value, error) {
	args, err := c.Bind("*values", "when")
	if err != nil {
		return nil, err
	}
	cond, err := conditionOf(args[1])
	if err != nil {
		return nil, err
	}
	if err := measure(c.In, 0, args[0]); err != nil {
		return nil, err
	}
	var list []python.Value
	for _, v := range args[0].(python.Tuple) {
		list = append(list, &conditionalValue{value: v, when: cond})
	}
	return python.NewList(list...), nil
}
