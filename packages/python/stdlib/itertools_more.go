package stdlib

import (
	"github.com/berth-hpc/berth/packages/python"
)

// itWhile is takewhile (take) or dropwhile.
func itWhile(c *python.Call, take bool) (python.Value, error) {
	a, err := c.Bind("predicate", "iterable")
	if err != nil {
		return nil, err
	}
	it, err := c.In.Iterate(a[1])
	if err != nil {
		return nil, err
	}
	passed := false
	return lazily("takewhile", func() (python.Value, bool, error) {
		for {
			if passed && take {
				return nil, false, nil
			}
			v, ok, err := c.In.Next(it)
			if err != nil || !ok || passed {
				return v, ok, err
			}
			r, err := c.Sub(a[0], []python.Value{v})
			if err != nil {
				return nil, false, err
			}
			yes, err := c.In.Truth(r)
			if err != nil {
				return nil, false, err
			}
			passed = !yes
			if yes == take {
				return v, yes || !take, nil
			}
		}
	})
}

func itFilterFalse(c *python.Call) (python.Value, error) {
	a, err := c.Bind("predicate", "iterable")
	if err != nil {
		return nil, err
	}
	it, err := c.In.Iterate(a[1])
	if err != nil {
		return nil, err
	}
	return lazily("filterfalse", func() (python.Value, bool, error) {
		for {
			v, ok, err := c.In.Next(it)
			if err != nil || !ok {
				return nil, false, err
			}
			test := v
			if a[0] != python.None {
				if test, err = c.Sub(a[0], []python.Value{v}); err != nil {
					return nil, false, err
				}
			}
			if yes, err := c.In.Truth(test); err != nil || !yes {
				return v, err == nil, err
			}
		}
	})
}

func itStarmap(c *python.Call) (python.Value, error) {
	a, err := c.Bind("function", "iterable")
	if err != nil {
		return nil, err
	}
	it, err := c.In.Iterate(a[1])
	if err != nil {
		return nil, err
	}
	return lazily("starmap", func() (python.Value, bool, error) {
		v, ok, err := c.In.Next(it)
		if err != nil || !ok {
			return nil, false, err
		}
		args, err := c.In.Collect(v)
		if err != nil {
			return nil, false, err
		}
		r, err := c.Sub(a[0], args)
		return r, err == nil, err
	})
}

func itCompress(c *python.Call) (python.Value, error) {
	a, err := c.Bind("data", "selectors")
	if err != nil {
		return nil, err
	}
	data, err := c.In.Iterate(a[0])
	if err != nil {
		return nil, err
	}
	selectors, err := c.In.Iterate(a[1])
	if err != nil {
		return nil, err
	}
	return lazily("compress", func() (python.Value, bool, error) {
		for {
			v, ok, err := c.In.Next(data)
			if err != nil || !ok {
				return nil, false, err
			}
			s, ok, err := c.In.Next(selectors)
			if err != nil || !ok {
				return nil, false, err
			}
			if yes, err := c.In.Truth(s); err != nil || yes {
				return v, err == nil, err
			}
		}
	})
}

// grouper is a groupby(): what it iterates over, and the element that ended the last group.
type grouper struct {
	c       *python.Call
	it      python.Iterator
	key     python.Value // the function, or nil
	started bool
	first   python.Value // of the next group; nil: there is none
	of      python.Value // its key
}

// itGroupBy gives each group as a list, where Python's groups are only good until the next one is asked for.
func itGroupBy(c *python.Call) (python.Value, error) {
	a, err := c.Bind("iterable", "key=")
	if err != nil {
		return nil, err
	}
	g := &grouper{c: c, key: a[1]}
	if g.it, err = c.In.Iterate(a[0]); err != nil {
		return nil, err
	}
	return lazily("groupby", g.next)
}

func (g *grouper) next() (python.Value, bool, error) {
	if !g.started {
		g.started = true
		if err := g.take(); err != nil {
			return nil, false, err
		}
	}
	if g.first == nil {
		return nil, false, nil
	}
	key, group := g.of, python.NewList(g.first)
	for {
		if err := g.take(); err != nil {
			return nil, false, err
		}
		if g.first == nil {
			break
		}
		same, err := g.c.In.Equal(g.of, key)
		if err != nil {
			return nil, false, err
		}
		if !same {
			break
		}
		if err := g.c.In.Alloc(24); err != nil {
			return nil, false, err
		}
		group.Append(g.first)
	}
	inner, err := g.c.In.Iterate(group)
	if err != nil {
		return nil, false, err
	}
	return python.Tuple{key, python.NewIterator("itertools._grouper", inner.Next)}, true, nil
}

// take reads the next element and its key.
func (g *grouper) take() error {
	v, ok, err := g.c.In.Next(g.it)
	if g.first = nil; err != nil || !ok {
		return err
	}
	g.first, g.of = v, v
	if g.key != nil && g.key != python.None {
		g.of, err = g.c.Sub(g.key, []python.Value{v})
	}
	return err
}

func itTee(c *python.Call) (python.Value, error) {
	a, err := c.Bind("iterable", "n=")
	if err != nil {
		return nil, err
	}
	n := int64(2)
	if a[1] != nil {
		if n, err = c.In.Integer(a[1]); err != nil {
			return nil, err
		}
	}
	if n < 0 || n > 1000 {
		return nil, python.ValueErrorf("n must be between 0 and 1000")
	}
	it, err := c.In.Iterate(a[0])
	if err != nil {
		return nil, err
	}
	seen := python.NewList()
	t := make(python.Tuple, n)
	for i := range t {
		at := 0
		t[i] = python.NewIterator("itertools._tee", func() (python.Value, bool, error) {
			if at == seen.Len() {
				v, ok, err := c.In.Next(it)
				if err != nil || !ok {
					return nil, false, err
				}
				if err := c.In.Alloc(24); err != nil {
					return nil, false, err
				}
				seen.Append(v)
			}
			at++
			return seen.Items()[at-1], true, nil
		})
	}
	return t, nil
}

func itPairwise(c *python.Call) (python.Value, error) {
	a, err := c.Bind("iterable")
	if err != nil {
		return nil, err
	}
	it, err := c.In.Iterate(a[0])
	if err != nil {
		return nil, err
	}
	var last python.Value
	return lazily("pairwise", func() (python.Value, bool, error) {
		for {
			v, ok, err := c.In.Next(it)
			if err != nil || !ok {
				return nil, false, err
			}
			before := last
			last = v
			if before != nil {
				return python.Tuple{before, v}, true, nil
			}
		}
	})
}
