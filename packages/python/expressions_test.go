package python_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/packages/python"
)

// TestExpressions holds values and messages against those that CPython 3.11 gives: expressions.txt was written by it. What
// follows a message after "Did you mean" is ours.
func TestExpressions(t *testing.T) {
	data, err := os.ReadFile("testdata/expressions.txt")
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n\n") {
		expr, want, ok := strings.Cut(block, "\n")
		if !ok {
			t.Fatalf("no result in %q", block)
		}
		if got := outcome(t, expr); got != strings.TrimSuffix(want, ": ") {
			t.Errorf("%s\n got %s\nwant %s", expr, got, want)
		}
	}
}

func outcome(t *testing.T, expr string) string {
	m, err := exec(t, python.Options{}, "result = repr(("+expr+"))\n")
	if strings.Contains(expr, ",") {
		m, err = exec(t, python.Options{}, "result = "+expr+"\nresult = repr(result)\n")
	}
	if err != nil {
		var e *python.Error
		if !errors.As(err, &e) {
			return "error " + err.Error()
		}
		text, _, _ := strings.Cut(e.Message(), ". Did you mean")
		return "!! " + text
	}
	v, _ := m.Get("result")
	return "-> " + python.Display(v)
}
