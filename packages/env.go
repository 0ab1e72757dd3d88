package packages

import (
	"strings"

	"github.com/berth-hpc/berth/spec/dag"
)

// EnvOp is what an EnvMod does to a variable.
type EnvOp uint8

// The operations on environment variables.
const (
	EnvSet EnvOp = iota
	EnvUnset
	EnvPrepend // to a list, before what is there
	EnvAppend
	EnvRemove // from a list
)

// EnvMod is one change of an environment variable. One list of them makes build environments, activation scripts and module files.
type EnvMod struct {
	Op        EnvOp
	Name      string // "PATH"
	Value     string // "/home/u/.berth/store/.../bin"
	Separator string // of a list; "" is ":"
}

// Expand returns the change with {prefix}, {version}, {name} and {site-packages} in its value replaced by the node's; prefix is where
// the node stands.
func (m EnvMod) Expand(n *dag.Node, prefix string) EnvMod {
	if strings.Contains(m.Value, "{") {
		m.Value = strings.NewReplacer(
			"{prefix}", prefix, "{version}", n.Version().String(), "{name}", n.Name(), "{site-packages}", SitePackages(n),
		).Replace(m.Value)
	}
	return m
}

// SitePackages is where Python modules stand below the prefix of n, which is a Python or was built for one:
// "lib/python3.11/site-packages". It is "" for any other node.
func SitePackages(n *dag.Node) string {
	python := n
	if n.Name() != "python" {
		var ok bool
		if python, ok = n.Dep("python"); !ok {
			return ""
		}
	}
	return "lib/python" + python.Version().UpTo(2).String() + "/site-packages"
}
