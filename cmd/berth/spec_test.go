package main

import (
	"testing"
	"time"

	"github.com/berth-hpc/berth/concretizer"
)

func TestRenderCosts(t *testing.T) {
	golden(t, "spec-why", renderCosts([]concretizer.LevelCost{{Level: "packages to build", Cost: 12}, {Level: "root versions", Cost: 0}}))
}

func TestRenderStats(t *testing.T) {
	golden(t, "spec-timers", renderStats(concretizer.Stats{
		Packages: 61, Variables: 12345, Clauses: 67890, Expansions: 4,
		Encode: 12345 * time.Microsecond, Solve: 6 * time.Millisecond, Check: 987 * time.Microsecond, Total: 20 * time.Millisecond,
	}, 1500*time.Millisecond)+"\n")
}
