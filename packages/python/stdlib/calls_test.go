package stdlib

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/berth-hpc/berth/packages/python"
)

// TestAnyCallEnds calls every function and method there is, also those of the built-in types, with arguments of all kinds: whatever a
// recipe writes, there is a value or an error.
func TestAnyCallEnds(t *testing.T) {
	src := `
import re, collections, functools, itertools
class C: pass
def gen():
    yield 1
values = [None, True, -1, 3, 1.5, "a", b"b", (), (1, "b"), [], [1, 2], {}, {"a": 1}, {1}, frozenset(), C, C(), int, len, gen, lambda x: x, range(3), slice(1), iter([1]), re.compile("a"), re.match("a", "a"), collections.Counter("a"), collections.OrderedDict(), functools.partial(len, "a"), ValueError("x"), property(len)]
builtins = [abs, all, any, bool, bytes, callable, chr, classmethod, delattr, dict, dir, divmod, enumerate, filter, float, format, frozenset, getattr, hasattr, hash, hex, id, int, isinstance, issubclass, iter, len, list, map, max, min, next, object, oct, ord, pow, print, property, range, repr, reversed, round, set, setattr, slice, sorted, staticmethod, str, sum, super, tuple, type, vars, zip, Exception, KeyError, type(gen()), type(None), type(lambda: 1), type(re.compile("a")), type(re.match("a", "a"))]
`
	file, err := python.Parse("calls.py", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	in := python.New(python.Options{Importer: python.ImporterFunc(Import), Limits: python.Limits{Steps: 20_000, Bytes: 1 << 20, Depth: 40}})
	defer in.Close()
	m, err := in.Exec(context.Background(), file, "calls")
	if err != nil {
		t.Fatal(err)
	}
	values := elements(m, "values")
	calls := 0
	call := func(name string, fn python.Value, args ...python.Value) {
		calls++
		defer func() {
			if p := recover(); p != nil {
				t.Errorf("%s with %s: %v", name, python.Repr(python.Tuple(args)), p)
			}
		}()
		in.ResetLimits()
		_, err := in.Call(context.Background(), fn, args)
		var e *python.Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%s: %T %v", name, err, err)
		}
	}
	all := func(name string, fn python.Value) {
		call(name, fn)
		for _, a := range values {
			call(name, fn, a)
			for _, b := range values {
				call(name, fn, a, b)
			}
			call(name, fn, a, a, a)
		}
	}
	for i, v := range elements(m, "builtins") {
		eachOf(fmt.Sprint("builtin ", i), v, all)
	}
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		module := Module(name)
		for _, member := range module.Names() {
			v, _ := module.Get(member)
			eachOf(name+"."+member, v, all)
		}
	}
	if calls < 100_000 {
		t.Errorf("only %d calls were made", calls)
	}
}

func elements(m *python.Module, name string) []python.Value {
	v, _ := m.Get(name)
	return v.(*python.List).Items()
}

// eachOf does something with what can be called of a value: itself, and the methods of a class.
func eachOf(name string, v python.Value, do func(name string, v python.Value)) {
	if _, ok := v.(*python.Module); ok {
		return
	}
	do(name, v)
	if class, ok := v.(*python.Class); ok {
		for _, member := range class.OwnNames() {
			if method, _ := class.Own(member); method != nil {
				do(name+"."+member, method)
			}
		}
	}
}
