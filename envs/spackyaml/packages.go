package spackyaml

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/berth-hpc/berth/packages/yamldoc"
)

// meaningless are keys of packages.yaml that berth reads and ignores.
var meaningless = []string{"permissions", "package_attributes"}

// packages carries a section packages over, key by key, so that one that berth cannot read takes no other with it.
func (c *converter) packages(n yamldoc.Node) *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode}
	for _, pkg := range n.Map() {
		if !pkg.Value.IsMap() {
			if !pkg.Value.IsNull() {
				c.note(pkg.Key, "packages: %s: expected keys with values", pkg.Name())
			}
			continue
		}
		settings := &yaml.Node{Kind: yaml.MappingNode}
		for _, e := range pkg.Value.Map() {
			if slices.Contains(meaningless, e.Name()) {
				c.note(e.Key, "packages: %s: %s means nothing to berth", pkg.Name(), e.Name())
				continue
			}
			c.trySetting(settings, pkg.Name(), e)
		}
		if len(settings.Content) > 0 {
			putCopy(out, pkg.Key, settings)
		}
	}
	return out
}

// trySetting adds a key of a package's settings, if an env.yaml may say it. A list is tried as a whole, then an entry at a time.
func (c *converter) trySetting(settings *yaml.Node, pkg string, e yamldoc.Entry) {
	value := copyOf(e.Value)
	err := c.check(render("packages", mapping(pkg, mapping(e.Name(), value))))
	if err == nil {
		putCopy(settings, e.Key, value)
		return
	}
	if value.Kind != yaml.SequenceNode {
		c.note(e.Key, "packages: %s: %s: %s", pkg, e.Name(), reason(err))
		return
	}
	kept := &yaml.Node{Kind: yaml.SequenceNode, Style: value.Style}
	for i, item := range e.Value.List() {
		one := &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{value.Content[i]}}
		if err := c.check(render("packages", mapping(pkg, mapping(e.Name(), one)))); err != nil {
			c.note(item, "packages: %s: %s: %s", pkg, e.Name(), reason(err))
			continue
		}
		kept.Content = append(kept.Content, value.Content[i])
	}
	if len(kept.Content) > 0 {
		putCopy(settings, e.Key, kept)
	}
}
