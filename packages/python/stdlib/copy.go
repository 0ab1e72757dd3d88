package stdlib

import (
	"github.com/berth-hpc/berth/packages/python"
)

func copyModule() *python.Module {
	return newModule("copy", map[string]function{"copy": shallowCopy, "deepcopy": func(c *python.Call) (python.Value, error) {
		a, err := c.Bind("x", "memo=")
		if err != nil {
			return nil, err
		}
		d := copier{c: c, done: map[any]python.Value{}}
		return d.copy(a[0], 0)
	}}, nil)
}

func shallowCopy(c *python.Call) (python.Value, error) {
	a, err := c.Bind("x")
	if err != nil {
		return nil, err
	}
	if hook := c.In.SpecialMethod(a[0], "__copy__"); hook != nil {
		return c.Sub(hook, nil)
	}
	switch v := a[0].(type) {
	case *python.List, *python.Dict, *python.Set:
		method, err := c.In.GetAttr(v, "copy")
		if err != nil {
			return nil, err
		}
		return c.Sub(method, nil)
	case *python.Instance:
		return v.Copy(), nil
	}
	return a[0], nil
}

// copier copies containers and objects with all that they hold; what is in several places stays one thing.
type copier struct {
	c    *python.Call
	done map[any]python.Value
}

func (d *copier) copy(v python.Value, depth int) (python.Value, error) {
	if depth > 200 {
		return nil, python.Raise(python.RecursionError, "the value is nested too deeply to copy")
	}
	switch v.(type) {
	case *python.List, *python.Dict, *python.Set, *python.Instance, python.Tuple:
	default:
		return v, nil
	}
	if t, ok := v.(python.Tuple); ok {
		items, err := d.items(t, depth)
		return python.Tuple(items), err
	}
	if have, ok := d.done[v]; ok {
		return have, nil
	}
	if err := d.c.In.Alloc(64); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case *python.List:
		l := python.NewList()
		d.done[v] = l
		items, err := d.items(v.Items(), depth)
		for _, x := range items {
			l.Append(x)
		}
		return l, err
	case *python.Dict:
		m := python.NewDict()
		d.done[v] = m
		for k, x := range v.All() {
			x, err := d.copy(x, depth+1)
			if err != nil {
				return nil, err
			}
			if err := d.c.In.SetIndex(m, k, x); err != nil {
				return nil, err
			}
		}
		return m, nil
	case *python.Instance:
		if hook := d.c.In.SpecialMethod(v, "__deepcopy__"); hook != nil {
			return d.c.Sub(hook, []python.Value{python.NewDict()})
		}
		i := v.Copy()
		d.done[v] = i
		for _, name := range i.Names() {
			x, _ := i.Get(name)
			x, err := d.copy(x, depth+1)
			if err != nil {
				return nil, err
			}
			i.Set(name, x)
		}
		return i, nil
	}
	method, err := d.c.In.GetAttr(v, "copy") // of a set: its elements are immutable
	if err != nil {
		return nil, err
	}
	return d.c.Sub(method, nil)
}

func (d *copier) items(items []python.Value, depth int) ([]python.Value, error) {
	if err := d.c.In.Alloc(16 * len(items)); err != nil {
		return nil, err
	}
	out := make([]python.Value, len(items))
	for i, x := range items {
		x, err := d.copy(x, depth+1)
		if err != nil {
			return nil, err
		}
		out[i] = x
	}
	return out, nil
}
