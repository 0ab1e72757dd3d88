package spackrepo

import (
	"path"
	"strings"

	"github.com/berth-hpc/berth/packages/python"
)

// purePath is pathlib.PurePath: a path that is computed with and never looked at.
type purePath struct{ path string }

func newPurePath(c *python.Call) (python.Value, error) {
	joined, err := joinPath(c)
	if err != nil {
		return nil, err
	}
	return &purePath{path.Clean(string(joined.(python.Str)))}, nil
}

// Type implements python.Value.
func (*purePath) Type() string { return "PurePath" }

// Str and Repr implement python.Printer.
func (p *purePath) Str() string { return p.path }

// Repr implements python.Printer.
func (p *purePath) Repr() string { return "PurePosixPath('" + p.path + "')" }

// Attr implements python.HasAttrs.
func (p *purePath) Attr(name string) (python.Value, error) {
	base := path.Base(p.path)
	switch name {
	case "parent":
		return &purePath{path.Dir(p.path)}, nil
	case "name":
		return python.Str(base), nil
	case "suffix":
		return python.Str(path.Ext(base)), nil
	case "stem":
		return python.Str(strings.TrimSuffix(base, path.Ext(base))), nil
	}
	return nil, nil
}

// Binary implements python.Operand: path / "name".
func (p *purePath) Binary(op string, other python.Value, reflected bool) (python.Value, error) {
	text, ok := other.(python.Str)
	if op != "/" || reflected || !ok {
		return python.NotImplemented, nil
	}
	if strings.HasPrefix(string(text), "/") {
		return &purePath{path.Clean(string(text))}, nil
	}
	return &purePath{path.Join(p.path, string(text))}, nil
}
