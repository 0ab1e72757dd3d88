package python

import (
	"maps"
	"slices"
)

// Namespace maps names to values in the order in which they were first bound: what a module or a class consists of.
type Namespace struct {
	index  map[string]int
	keys   []string // "" where a name was deleted
	vals   []Value
	stars  []*Namespace // frozen modules that were imported with *: looked up, last one first, after the own names
	frozen bool
}

func newNamespace(size int) *Namespace {
	return &Namespace{index: make(map[string]int, size)}
}

func (n *Namespace) get(name string) (Value, bool) {
	if i, ok := n.index[name]; ok {
		return n.vals[i], true
	}
	for i := len(n.stars) - 1; i >= 0; i-- {
		if v, ok := n.stars[i].get(name); ok && exported(n.stars[i], name) {
			return v, true
		}
	}
	return nil, false
}

// own is get without what came by a star import.
func (n *Namespace) own(name string) (Value, bool) {
	if i, ok := n.index[name]; ok {
		return n.vals[i], true
	}
	return nil, false
}

func (n *Namespace) set(name string, v Value) {
	if i, ok := n.index[name]; ok {
		n.vals[i] = v
		return
	}
	n.index[name] = len(n.keys)
	n.keys = append(n.keys, name)
	n.vals = append(n.vals, v)
}

func (n *Namespace) del(name string) bool {
	i, ok := n.index[name]
	if !ok {
		return false
	}
	delete(n.index, name)
	n.keys[i], n.vals[i] = "", nil
	return true
}

func (n *Namespace) copy() *Namespace {
	c := newNamespace(len(n.index))
	for _, k := range n.names() {
		c.set(k, n.vals[n.index[k]])
	}
	c.stars = slices.Clone(n.stars)
	return c
}

func (n *Namespace) len() int { return len(n.index) }

// names lists the own names in order.
func (n *Namespace) names() []string {
	names := make([]string, 0, len(n.index))
	for _, k := range n.keys {
		if k != "" {
			names = append(names, k)
		}
	}
	return names
}

// importStar binds what "from m import *" binds. The names of a frozen module are not copied: most recipes begin with such an
// import of hundreds of names and use five.
func (n *Namespace) importStar(from *Namespace) error {
	if all, ok := from.get("__all__"); ok {
		return n.importAll(from, all)
	}
	if from.frozen && !n.shadows(from) {
		n.stars = append(n.stars, from)
		return nil
	}
	for _, star := range from.stars {
		if err := n.importStar(star); err != nil {
			return err
		}
	}
	for _, k := range from.names() {
		if k[0] != '_' {
			n.set(k, from.vals[from.index[k]])
		}
	}
	return nil
}

func (n *Namespace) importAll(from *Namespace, all Value) error {
	for _, item := range sequence(all) {
		name, ok := item.(Str)
		if !ok {
			return TypeErrorf("item in __all__ must be str, not %s", typeName(item))
		}
		v, ok := from.get(string(name))
		if !ok {
			return Raise(AttributeError, "module has no attribute %s", repr(name))
		}
		n.set(string(name), v)
	}
	return nil
}

func (n *Namespace) shadows(from *Namespace) bool {
	for k := range n.index {
		if _, ok := from.get(k); ok && exported(from, k) {
			return true
		}
	}
	return false
}

func exported(n *Namespace, name string) bool { return name != "" && name[0] != '_' }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
