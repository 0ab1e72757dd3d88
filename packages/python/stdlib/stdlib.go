// Package stdlib holds the modules of Python's standard library that recipes use and that only compute: nothing here reads
// a file, a clock, an environment variable, or anything else of the machine. What does (os, sys, platform) the caller of the
// evaluator supplies.
//
// A module is made when it is first asked for, once, and frozen, so that all interpreters share it. Read this file, then that
// of the module; small ones that nobody needs fast are written in Python (lib/*.py).
package stdlib

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"sync"

	"github.com/berth-hpc/berth/packages/python"
)

// module makes a module.
type module = func() *python.Module

var modules map[string]module

// The modules import each other through the table, which therefore can't be initialized with them.
func init() {
	modules = map[string]module{
		"abc":             sync.OnceValue(abcModule),
		"collections":     sync.OnceValue(collectionsModule),
		"collections.abc": sync.OnceValue(collectionsABCModule),
		"contextlib":      sync.OnceValue(func() *python.Module { return fromSource("contextlib") }),
		"copy":            sync.OnceValue(copyModule),
		"enum":            sync.OnceValue(enumModule),
		"fnmatch":         sync.OnceValue(func() *python.Module { return fromSource("fnmatch") }),
		"functools":       sync.OnceValue(functoolsModule),
		"itertools":       sync.OnceValue(itertoolsModule),
		"json":            sync.OnceValue(jsonModule),
		"math":            sync.OnceValue(mathModule),
		"numbers":         sync.OnceValue(numbersModule),
		"operator":        sync.OnceValue(func() *python.Module { return fromSource("operator") }),
		"os.path":         sync.OnceValue(pathModule),
		"posixpath":       sync.OnceValue(pathModule),
		"re":              sync.OnceValue(reModule),
		"shlex":           sync.OnceValue(func() *python.Module { return fromSource("shlex") }),
		"stat":            sync.OnceValue(func() *python.Module { return fromSource("stat") }),
		"string":          sync.OnceValue(stringModule),
		"textwrap":        sync.OnceValue(func() *python.Module { return fromSource("textwrap") }),
		"typing":          sync.OnceValue(typingModule),
		"urllib":          sync.OnceValue(urllibModule),
		"urllib.parse":    sync.OnceValue(func() *python.Module { return fromSource("urllib.parse") }),
	}
}

// Module gives a module by its full name, frozen; nil where there is none of that name.
func Module(name string) *python.Module {
	if m, ok := modules[name]; ok {
		return m()
	}
	return nil
}

// Import is Module as a python.Importer.
func Import(_ *python.Interp, name string) (*python.Module, error) { return Module(name), nil }

// function is a function in Go.
type function = func(*python.Call) (python.Value, error)

// newModule makes a module of functions and other values.
func newModule(name string, functions map[string]function, values map[string]python.Value) *python.Module {
	members := map[string]python.Value{}
	for k, f := range functions {
		members[k] = python.NewBuiltin(k, f)
	}
	for k, v := range values {
		members[k] = v
	}
	m := python.NewModule(name, members)
	python.Freeze(m)
	return m
}

// newClass makes a class; its methods get the instance first.
func newClass(name string, bases []*python.Class, methods map[string]function, members map[string]python.Value) *python.Class {
	all := map[string]python.Value{}
	for k, f := range methods {
		all[k] = python.NewMethod(k, f)
	}
	for k, v := range members {
		all[k] = v
	}
	c, err := python.NewClass(name, bases, all)
	if err != nil {
		panic(fmt.Sprintf("class %s: %v", name, err)) // the bases above are wrong
	}
	return c
}

//go:embed lib/*.py
var sources embed.FS

// fromSource evaluates a module that is written in Python. It is part of this package, and so its failure is a mistake here.
func fromSource(name string) *python.Module {
	file := "lib/" + strings.ReplaceAll(name, ".", "_") + ".py"
	src, err := sources.ReadFile(file)
	if err != nil {
		panic(err)
	}
	parsed, err := python.Parse("<"+name+">", src)
	if err != nil {
		panic(err)
	}
	in := python.New(python.Options{Importer: python.ImporterFunc(Import)})
	defer in.Close()
	m, err := in.Exec(context.Background(), parsed, name)
	if err != nil {
		panic(err)
	}
	python.Freeze(m)
	return m
}

// sourceClass gives one name of a module that is written in Python.
func sourceClass(module, name string) python.Value {
	v, ok := fromSource(module).Get(name)
	if !ok {
		panic(module + " has no " + name)
	}
	return v
}

func urllibModule() *python.Module {
	return newModule("urllib", nil, map[string]python.Value{"parse": Module("urllib.parse")})
}

func stringModule() *python.Module {
	lower, digits := "abcdefghijklmnopqrstuvwxyz", "0123456789"
	punctuation := "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	blank := " \t\n\r\v\f"
	upper := strings.ToUpper(lower)
	values := map[string]python.Value{}
	for k, v := range map[string]string{
		"ascii_lowercase": lower, "ascii_uppercase": upper, "ascii_letters": lower + upper, "digits": digits,
		"hexdigits": digits + "abcdefABCDEF", "octdigits": "01234567", "punctuation": punctuation, "whitespace": blank,
		"printable": digits + lower + upper + punctuation + blank,
	} {
		values[k] = python.Str(v)
	}
	return newModule("string", nil, values)
}

// abcModule has abstract methods that are not enforced: whether a class is complete is no question for a reader of recipes.
func abcModule() *python.Module {
	meta := newClass("ABCMeta", nil, nil, nil)
	same := func(c *python.Call) (python.Value, error) {
		a, err := c.Bind("function")
		if err != nil {
			return nil, err
		}
		return a[0], nil
	}
	return newModule("abc", map[string]function{"abstractmethod": same, "abstractproperty": func(c *python.Call) (python.Value, error) {
		a, err := c.Bind("function")
		if err != nil {
			return nil, err
		}
		return &python.Property{Get: a[0]}, nil
	}}, map[string]python.Value{"ABC": newClass("ABC", nil, nil, nil), "ABCMeta": meta})
}

// alias is a name of typing: it has any number of parameters and no other use.
type alias struct{ name string }

func (*alias) Type() string                                              { return "typing._GenericAlias" }
func (a *alias) Index(python.Value) (python.Value, error)                { return a, nil }
func (a *alias) Str() string                                             { return "typing." + a.name }
func (a *alias) Repr() string                                            { return "typing." + a.name }
func (a *alias) Binary(string, python.Value, bool) (python.Value, error) { return a, nil }

func typingModule() *python.Module {
	values := map[string]python.Value{"TYPE_CHECKING": python.False}
	for _, name := range strings.Fields(`Any AnyStr Callable ClassVar Deque DefaultDict Dict Final FrozenSet Generator Iterable Iterator
		List Literal Mapping MutableMapping MutableSequence NoReturn Optional OrderedDict Pattern Sequence Set Tuple Type Union`) {
		values[name] = &alias{name}
	}
	generic := newClass("Generic", nil, nil, nil)
	generic.SetHooks(python.ClassHooks{Member: func(c *python.Class, _ python.Value) (python.Value, error) { return c, nil }})
	values["Generic"], values["Protocol"] = generic, generic
	return newModule("typing", map[string]function{
		"cast": func(c *python.Call) (python.Value, error) {
			a, err := c.Bind("type", "value")
			if err != nil {
				return nil, err
			}
			return a[1], nil
		},
		"TypeVar":  newAlias,
		"NewType":  newAlias,
		"overload": identity,
	}, values)
}

func newAlias(c *python.Call) (python.Value, error) {
	a, err := c.Bind("name", "*rest", "**more")
	if err != nil {
		return nil, err
	}
	return &alias{python.Display(a[0])}, nil
}

// identity is a decorator that changes nothing.
func identity(c *python.Call) (python.Value, error) {
	a, err := c.Bind("object")
	if err != nil {
		return nil, err
	}
	return a[0], nil
}
