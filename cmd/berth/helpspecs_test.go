package main

import (
	"strings"
	"testing"

	"github.com/berth-hpc/berth/spec"
)

// TestSpecsTopic reads every example that `berth help specs` shows.
func TestSpecsTopic(t *testing.T) {
	examples := 0
	for line := range strings.Lines(specsTopic()) {
		if !strings.HasPrefix(line, "  ") {
			continue
		}
		example, what, _ := strings.Cut(strings.TrimSpace(line), "   ")
		if _, err := spec.Parse(example); err != nil || strings.TrimSpace(what) == "" {
			t.Errorf("%q: %v", line, err)
		}
		if len(line) > 100 {
			t.Errorf("%q is too long for a terminal", line)
		}
		examples++
	}
	if examples < 15 {
		t.Errorf("there are only %d examples", examples)
	}
}
