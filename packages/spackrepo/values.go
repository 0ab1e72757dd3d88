package spackrepo

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/spec"
)

// versionValue is Version("1.2"): what a recipe computes with when it is read.
type versionValue struct{ v spec.Version }

// maxVersion is how long a version can be that a recipe computes with; real ones have up to 50 characters.
const maxVersion = 250

func newVersion(c *python.Call) (python.Value, error) {
	args, err := c.Bind("string")
	if err != nil {
		return nil, err
	}
	var text string
	switch v := args[0].(type) {
	case python.Int:
		text = strconv.FormatInt(int64(v), 10)
	case *versionValue:
		return v, nil
	default:
		var ok bool
		if text, ok = textOf(v); !ok {
			return nil, python.TypeErrorf("Version() takes a text, not %s", v.Type())
		}
	}
	if len(text) > maxVersion {
		return nil, python.ValueErrorf("a version of %d characters", len(text))
	}
	v, err := spec.ParseVersion(text)
	if err != nil {
		return nil, python.ValueErrorf("%v", err)
	}
	return &versionValue{v}, nil
}

// Type implements python.Value.
func (*versionValue) Type() string { return "Version" }

// Str and Repr implement python.Printer.
func (v *versionValue) Str() string { return v.v.String() }

// Repr implements python.Printer.
func (v *versionValue) Repr() string { return "Version(\"" + v.v.String() + "\")" }

// Compare implements python.Comparer: by Spack's order of versions.
func (v *versionValue) Compare(op string, other python.Value) (python.Value, error) {
	o, ok := other.(*versionValue)
	if !ok {
		return python.NotImplemented, nil
	}
	return compareOrdered(op, v.v.Compare(o.v)), nil
}

// HashKey implements python.Hasher.
func (v *versionValue) HashKey() (any, error) { return v.v, nil }

var componentForm = regexp.MustCompile(`[0-9]+|[a-zA-Z]+`)

func (v *versionValue) components() []python.Value {
	var out []python.Value
	for _, text := range componentForm.FindAllString(v.v.String(), -1) {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			out = append(out, python.Int(n))
		} else {
			out = append(out, python.Str(text))
		}
	}
	return out
}

// Len implements python.Sized.
func (v *versionValue) Len() int { return len(v.components()) }

// Iterate implements python.Iterable.
func (v *versionValue) Iterate() python.Iterator { return &tupleIterator{items: v.components()} }

// Index implements python.Indexable: components, and with a slice the version of these.
func (v *versionValue) Index(key python.Value) (python.Value, error) {
	parts := v.components()
	switch key := key.(type) {
	case python.Int:
		if key < 0 {
			key += python.Int(len(parts))
		}
		if key < 0 || int(key) >= len(parts) {
			return nil, python.IndexErrorf("version %s has %d components", v.Str(), len(parts))
		}
		return parts[key], nil
	case *python.Slice:
		if n, ok := key.Stop.(python.Int); ok && key.Start == python.None && key.Step == python.None {
			return &versionValue{v.v.UpTo(int(n))}, nil
		}
	}
	return nil, python.TypeErrorf("a version takes a number or [:n] in brackets")
}

// Attr implements python.HasAttrs.
func (v *versionValue) Attr(name string) (python.Value, error) {
	separators := func(by string) python.Value {
		return python.Str(regexp.MustCompile(`[._-]`).ReplaceAllString(v.v.String(), by))
	}
	switch name {
	case "string":
		return python.Str(v.v.String()), nil
	case "dotted":
		return separators("."), nil
	case "dashed":
		return separators("-"), nil
	case "underscored":
		return separators("_"), nil
	case "joined":
		return separators(""), nil
	case "version":
		return python.Tuple(v.components()), nil
	case "up_to":
		return python.NewBuiltin(name, func(c *python.Call) (python.Value, error) {
			args, err := c.Bind("index")
			if err != nil {
				return nil, err
			}
			n, ok := args[0].(python.Int)
			if !ok {
				return nil, python.TypeErrorf("up_to() takes a number")
			}
			return &versionValue{v.v.UpTo(int(n))}, nil
		}), nil
	case "isdevelop":
		return python.NewBuiltin(name, func(*python.Call) (python.Value, error) { return python.Bool(v.v.IsInfinity()), nil }), nil
	}
	return nil, nil
}

// specValue is Spec("hdf5+mpi").
type specValue struct {
	text string
	s    *spec.Spec
}

func newSpec(c *python.Call) (python.Value, error) {
	args, err := c.Bind("spec=")
	if err != nil {
		return nil, err
	}
	if args[0] == nil || args[0] == python.None {
		return &specValue{s: &spec.Spec{}}, nil
	}
	text, ok := textOf(args[0])
	if !ok {
		return nil, python.TypeErrorf("Spec() takes a text, not %s", args[0].Type())
	}
	s, err := parseSpec(c.In, text)
	if err != nil {
		return nil, err
	}
	return &specValue{text: text, s: s}, nil
}

// parseSpec counts as many steps as it is long.
func parseSpec(in *python.Interp, text string) (*spec.Spec, error) {
	if err := in.Work(len(text) / 4); err != nil {
		return nil, err
	}
	s, err := spec.Parse(text)
	if err != nil {
		return nil, python.ValueErrorf("%v", err)
	}
	return s, nil
}

// Type implements python.Value.
func (*specValue) Type() string { return "Spec" }

// Str and Repr implement python.Printer.
func (s *specValue) Str() string { return s.text }

// Repr implements python.Printer.
func (s *specValue) Repr() string { return "Spec(\"" + s.text + "\")" }

// Compare implements python.Comparer.
func (s *specValue) Compare(op string, other python.Value) (python.Value, error) {
	o, ok := other.(*specValue)
	if !ok || op != "==" && op != "!=" {
		return python.NotImplemented, nil
	}
	return python.Bool(s.s.Equal(o.s) == (op == "==")), nil
}

// HashKey implements python.Hasher.
func (s *specValue) HashKey() (any, error) { return s.s.String(), nil }

// Attr implements python.HasAttrs: what an abstract spec knows of itself.
func (s *specValue) Attr(name string) (python.Value, error) {
	switch name {
	case "name":
		if s.s.Name == "" {
			return python.None, nil
		}
		return python.Str(s.s.Name), nil
	case "satisfies", "intersects":
		return python.NewBuiltin(name, func(c *python.Call) (python.Value, error) {
			args, err := c.Bind("other")
			if err != nil {
				return nil, err
			}
			text, ok := textOf(args[0])
			if !ok {
				return nil, python.TypeErrorf("%s() takes a spec, not %s", name, args[0].Type())
			}
			other, err := parseSpec(c.In, text)
			if err != nil {
				return nil, err
			}
			if err := c.In.Work(len(s.text) / 4); err != nil {
				return nil, err
			}
			if name == "satisfies" {
				return python.Bool(s.s.Satisfies(other)), nil
			}
			return python.Bool(s.s.Intersects(other)), nil
		}), nil
	}
	return nil, nil
}

// program is what which() finds.
type program struct {
	name string
	Program
}

// Type implements python.Value.
func (*program) Type() string { return "Executable" }

// Str and Repr implement python.Printer.
func (p *program) Str() string { return p.Path }

// Repr implements python.Printer.
func (p *program) Repr() string { return "<exe: ['" + p.Path + "']>" }

// Attr implements python.HasAttrs.
func (p *program) Attr(name string) (python.Value, error) {
	switch name {
	case "path", "command":
		return python.Str(p.Path), nil
	case "name":
		return python.Str(p.name), nil
	}
	return nil, nil
}

// Call implements python.Callable. No program is run: the host's description holds what it said.
func (p *program) Call(c *python.Call) (python.Value, error) {
	var words []string
	for _, arg := range c.Args {
		text, ok := textOf(arg)
		if !ok {
			return nil, python.TypeErrorf("%s() takes texts, not %s", p.name, arg.Type())
		}
		words = append(words, text)
	}
	out, ok := p.Output[strings.Join(words, " ")]
	if !ok {
		return nil, python.Raise(python.RuntimeError, "a recipe cannot run %s while it is read: what %q says is not known",
			p.name, strings.Join(append([]string{p.name}, words...), " "))
	}
	return python.Str(out), nil
}
