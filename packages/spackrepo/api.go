package spackrepo

import (
	"path"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages/python"
	"github.com/berth-hpc/berth/packages/python/stdlib"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
	"github.com/berth-hpc/berth/spec"
)

// core is the module spack.package for one repository and host: what every recipe imports. It knows the directives, the values that
// their arguments are made of, and the classes that everything inherits from. What only build methods use has a name here and no more.
type core struct {
	host     Host
	names    map[string]python.Value
	base     *python.Class   // PackageBase
	internal []*python.Class // classes that belong to no repository
}

func newCore(host Host) (*core, error) {
	c := &core{host: host, names: map[string]python.Value{}}
	for name, kind := range directiveKinds {
		c.names[name] = newDirective(name, kind)
	}
	for name, f := range c.functions() {
		c.names[name] = python.NewBuiltin(name, f)
	}
	for _, name := range buildFunctions {
		c.names[name] = &unavailable{name: name}
	}
	for _, name := range typeNames {
		c.names[name], _ = stdlib.Module("typing").Get(name)
	}
	c.names["env"] = c.environ()
	c.names["tty"] = &unavailable{name: "tty"}
	return c, c.addClasses()
}

// typeNames are the types that spack.package has for recipes to write down.
var typeNames = []string{"Any", "Dict", "Iterable", "List", "Optional", "Sequence", "Set", "Tuple", "Union"}

// functions are those of spack.package that mean something when a recipe is read.
func (c *core) functions() map[string]func(*python.Call) (python.Value, error) {
	return map[string]func(*python.Call) (python.Value, error){
		"when":                       newWhen,
		"default_args":               newDefaultArgs,
		"conditional":                newConditional,
		"any_combination_of":         newCombination(record.KindAnyOf, noValue),
		"auto_or_any_combination_of": newCombination(record.KindAutoOr, "auto"),
		"disjoint_sets":              newDisjointSets,
		"DisjointSetsOfValues":       newBareSets,
		"Version":                    newVersion,
		"ver":                        newVersion,
		"Spec":                       newSpec,
		"classproperty":              newClassProperty,
		"memoized":                   firstArgument,
		"contextmanager":             firstArgument,
		"kernel_version":             c.kernelVersion,
		"register_builder":           decoratorOf,
		"builder":                    decoratorOf, // its name in package API v1
		"run_after":                  decoratorOf,
		"run_before":                 decoratorOf,
		"on_package_attributes":      decoratorOf,
		"filter_compiler_wrappers":   nothing,
		"join_path":                  joinPath,
		"join_url":                   joinURL,
		"which":                      c.which,
		"which_string":               c.whichString,
		"host_platform":              c.platform,
		"macos_version":              c.macosVersion,
		"is_system_path":             isSystemPath,
		"dedupe":                     dedupe,
	}
}

// firstArgument is a decorator that changes nothing which is seen here.
func firstArgument(c *python.Call) (python.Value, error) {
	args, err := c.Bind("function")
	if err != nil {
		return nil, err
	}
	return args[0], nil
}

// decoratorOf is a decorator with arguments that say when in a build a method runs.
func decoratorOf(*python.Call) (python.Value, error) {
	return python.NewBuiltin("decorator", firstArgument), nil
}

func nothing(*python.Call) (python.Value, error) { return python.None, nil }

func joinPath(c *python.Call) (python.Value, error) {
	joined := ""
	for _, arg := range c.Args {
		text, ok := textOf(arg)
		switch {
		case !ok:
			return nil, python.TypeErrorf("join_path() takes texts, not %s", arg.Type())
		case joined == "" || strings.HasPrefix(text, "/"):
			joined = text
		default:
			joined = strings.TrimSuffix(joined, "/") + "/" + text
		}
	}
	return python.Str(joined), nil
}

func joinURL(c *python.Call) (python.Value, error) {
	args, err := c.Bind("base", "*components", "resolve_href=")
	if err != nil {
		return nil, err
	}
	base, ok := textOf(args[0])
	if !ok {
		return nil, python.TypeErrorf("join_url() takes texts, not %s", args[0].Type())
	}
	for _, arg := range args[1].(python.Tuple) {
		text, ok := textOf(arg)
		if !ok {
			return nil, python.TypeErrorf("join_url() takes texts, not %s", arg.Type())
		}
		base = strings.TrimSuffix(base, "/") + "/" + strings.TrimPrefix(text, "/")
	}
	return python.Str(base), nil
}

// which finds a program of the host.
func (c *core) which(call *python.Call) (python.Value, error) {
	args, err := call.Bind("*args", "path=", "required=")
	if err != nil {
		return nil, err
	}
	for _, arg := range args[0].(python.Tuple) {
		name, ok := textOf(arg)
		if !ok {
			return nil, python.TypeErrorf("which() takes names of programs, not %s", arg.Type())
		}
		if p, ok := c.host.Programs[name]; ok {
			return &program{name: path.Base(name), Program: p}, nil
		}
	}
	if args[2] == python.True {
		return nil, python.Raise(python.RuntimeError, "the host has no such program")
	}
	return python.None, nil
}

func (c *core) whichString(call *python.Call) (python.Value, error) {
	found, err := c.which(call)
	if p, ok := found.(*program); ok {
		return python.Str(p.Path), err
	}
	return found, err
}

// platformValue is the host's platform as Spack has it.
type platformValue struct{ host Host }

func (c *core) platform(*python.Call) (python.Value, error) { return &platformValue{c.host}, nil }

// Type implements python.Value.
func (*platformValue) Type() string { return "Platform" }

// Str and Repr implement python.Printer.
func (p *platformValue) Str() string { return p.host.Platform }

// Repr implements python.Printer.
func (p *platformValue) Repr() string { return p.host.Platform }

// Attr implements python.HasAttrs.
func (p *platformValue) Attr(name string) (python.Value, error) {
	switch name {
	case "name":
		return python.Str(p.host.Platform), nil
	case "default_os":
		return python.Str(p.host.OS), nil
	case "default":
		return python.Str(p.host.Machine), nil
	}
	return nil, nil
}

// kernelVersion is the version of Linux that recipes are read for: the oldest that is still in use. It matters to methods only.
func (c *core) kernelVersion(*python.Call) (python.Value, error) {
	v, err := spec.ParseVersion("5.10")
	return &versionValue{v}, err
}

func (c *core) macosVersion(*python.Call) (python.Value, error) {
	return nil, python.Raise(python.RuntimeError, "this host is %s, and has no version of macOS", c.host.Platform)
}

// systemPaths are the directories that compilers search anyway.
var systemPaths = []string{"/", "/usr", "/usr/local"}

func isSystemPath(c *python.Call) (python.Value, error) {
	args, err := c.Bind("path")
	if err != nil {
		return nil, err
	}
	text, _ := textOf(args[0])
	return python.Bool(slices.Contains(systemPaths, path.Clean(text))), nil
}

func dedupe(c *python.Call) (python.Value, error) {
	args, err := c.Bind("sequence")
	if err != nil {
		return nil, err
	}
	items, ok := itemsOf(args[0])
	if !ok {
		return nil, python.TypeErrorf("dedupe() takes a list, not %s", args[0].Type())
	}
	var out []python.Value
	seen := map[string]bool{}
	for _, item := range items {
		text, ok := textOf(item)
		if !ok {
			return nil, python.TypeErrorf("dedupe() takes texts, not %s", item.Type())
		}
		if !seen[text] {
			seen[text] = true
			out = append(out, item)
		}
	}
	return python.NewList(out...), nil
}

// classProperty is an attribute that a class computes of itself.
type classProperty struct{ get python.Value }

func newClassProperty(c *python.Call) (python.Value, error) {
	args, err := c.Bind("callback")
	if err != nil {
		return nil, err
	}
	return &classProperty{get: args[0]}, nil
}

// Type implements python.Value.
func (*classProperty) Type() string { return "classproperty" }

// DescriptorGet implements python.Descriptor.
func (p *classProperty) DescriptorGet(c *python.Call, _ python.Value, owner *python.Class) (python.Value, error) {
	return c.In.Call(c.In.Context(), p.get, []python.Value{owner})
}

// genericSystem is build_system("generic"), which the class Package of package API v2.2 says.
func genericSystem() (*directive, error) {
	return &directive{name: "build_system", from: coreModule + ".Package", variant: &record.Variant{
		Name: buildSystemVariant, Kind: record.KindList, Default: "generic", Values: []record.Value{{Value: "generic"}},
		About: "Build systems supported by the package",
	}}, nil
}
