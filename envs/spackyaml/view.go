package spackyaml

import (
	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages/yamldoc"
)

// view carries over the first of an environment's views; env.yaml has one. nil is none.
func (c *converter) view(n yamldoc.Node) *yaml.Node {
	switch {
	case n.IsNull() || n.IsBool() && !n.Bool():
		return nil
	case n.IsBool():
		return scalar("true")
	case n.IsScalar():
		return scalar(n.Line())
	}
	var first *yaml.Node
	for i, e := range n.Map() {
		switch {
		case i > 0:
			c.note(e.Key, "view: %s: an environment has one view", e.Name())
		case e.Value.IsScalar():
			first = scalar(e.Value.Line())
		default:
			first = c.descriptor(e)
		}
	}
	return first
}

// descriptor carries over {root:, link:, select:, ...}.
func (c *converter) descriptor(view yamldoc.Entry) *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode}
	for _, e := range view.Value.Map() {
		key := e.Name()
		if key == "root" {
			key = "path"
		}
		value := copyOf(e.Value)
		if err := c.check(render("view", mapping(key, value))); err != nil {
			c.note(e.Key, "view: %s: %s", e.Name(), reason(err))
			continue
		}
		put(out, key, value)
	}
	return out
}
