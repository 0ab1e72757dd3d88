package spackrepo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages/python"
)

// TestAnyDirectiveEnds calls everything that a recipe can import from spack.package with arguments of all kinds, by position and by name, and
// then what that gave: whatever a recipe writes, there is a record or an error.
func TestAnyDirectiveEnds(t *testing.T) {
	core := sampleRepo(t, "", Options{}).shared.core
	names := slices.Sorted(maps.Keys(core.names))
	keywords := []string{"when", "type", "default", "values", "description", "multi", "validator", "sha256", "patches", "placement", "policy", "msg", "source", "url", "level", "deprecated"}
	for _, name := range names {
		if _, ok := core.names[name].(*unavailable); ok {
			continue // which is an error whatever the arguments are
		}
		var code strings.Builder
		code.WriteString("from spack.package import *\nimport re\n\ndef calls(f, values):\n    yield lambda: f()\n    for a in values:\n        yield lambda: f(a)\n")
		for _, k := range keywords {
			fmt.Fprintf(&code, "        yield lambda: f('x', %s=a)\n", k)
		}
		code.WriteString(`        for b in values:
            yield lambda: f(a, b)
            yield lambda: f(a, b, a)

class Sample(Package):
    values = [None, True, 1.5, "a@1:+x", "", (), ["a", 1], {"@1:": "link"}, Package, len, Version("1.2"), Spec("a@1"), disjoint_sets(("a",), ("b",)), conditional("a", when="+x")]
    for call in calls(` + name + `, values):
        try:
            result = call()
            for again in (lambda: result("a"), lambda: result(lambda self: 1), lambda: str(result), lambda: repr(result), lambda: result < result, lambda: hash(result), lambda: result.x, lambda: result[0], lambda: list(result)):
                try:
                    again()
                except Exception:
                    pass
        except Exception:
            pass
`)
		t.Run(name, func(t *testing.T) {
			r := sampleRepo(t, code.String(), Options{})
			recipe, _, err := r.Evaluate(context.Background(), "sample")
			if err == nil && recipe == nil {
				t.Error("no recipe and no error")
			}
			noInternalError(t, err)
		})
	}
}

// noInternalError shows the stack of a panic.
func noInternalError(t *testing.T, err error) {
	t.Helper()
	var internal *InternalError
	if errors.As(err, &internal) {
		t.Fatalf("%v\n%s", err, internal.Stack)
	}
}

// TestOwnMistakesConcernOneRecipe: what makes berth panic is an error of the recipe that did it.
func TestOwnMistakesConcernOneRecipe(t *testing.T) {
	r := sampleRepo(t, "from spack.package import *\nclass Sample(Package):\n    mistake()\n", Options{})
	r.shared.core.names["mistake"] = python.NewBuiltin("mistake", func(*python.Call) (python.Value, error) { panic("no such thing") })
	_, files, err := r.Evaluate(context.Background(), "sample")
	var internal *InternalError
	if !errors.As(err, &internal) || len(files) == 0 {
		t.Fatalf("got %v, of %q", err, files)
	}
	if want := "read recipe of sample: sample/package.py: berth fails to read this, which is a mistake of berth's: no such thing"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if _, err := r.Recipe(context.Background(), "boost"); err != nil {
		t.Error(err)
	}
}
