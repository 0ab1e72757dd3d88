package spackrepo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
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
			if recipe, _, err := r.Evaluate(context.Background(), "sample"); err == nil && recipe == nil {
				t.Error("no recipe and no error")
			}
		})
	}
}
