// Package doctor looks at what berth works with (its root, the host's software, GPUs, environments) and says what is wrong or will be, by which evidence, and
// what mends it: one command or one thing to do a finding.
//
// It changes nothing but files of its own that it makes and takes away again, to see whether that can be done.
//
// Looking and judging are apart: Gather fills in a Patient, which is data alone, and Examine reads nothing else. So every finding has a test with a
// patient written by hand.
//
// Read doctor.go, patient.go, then the judgements: places.go, process.go, software.go, gpus.go, environments.go; gather.go and probeplace.go look.
package doctor

import (
	"cmp"
	"fmt"
	"slices"
)

// Level is how bad a finding is.
type Level string

// The levels.
const (
	Problem Level = "problem" // something does not work
	Warning Level = "warning" // something may not work, or not well, or not for long
	Note    Level = "note"    // something to know
)

var severity = []Level{Problem, Warning, Note}

// Finding is one thing that is not as it should be.
type Finding struct {
	ID       string   `json:"id"`      // "root-purged": stable, for scripts
	Level    Level    `json:"level"`   // "warning"
	What     string   `json:"finding"` // "the berth root is in a directory that is purged"
	Evidence []string `json:"evidence"`
	Mend     string   `json:"mend"` // "BERTH_ROOT=$HOME/.berth", "berth external find --replace"
}

// judgements look at one aspect each, in the order in which a person should read what they find.
var judgements = []func(*Patient) []Finding{
	rootUse, rootFileSystem, rootRoom, stageUse, process, tools, compilers, mpis, recordedExternals, unanswered, trees, drivers, toolkits, systems, environments, shell, leftovers,
}

// Examine lists the findings, the worst first.
func Examine(p *Patient) []Finding {
	findings := []Finding{}
	for _, judge := range judgements {
		for _, f := range judge(p) {
			if f.Evidence == nil {
				f.Evidence = []string{}
			}
			findings = append(findings, f)
		}
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Compare(slices.Index(severity, a.Level), slices.Index(severity, b.Level))
	})
	return findings
}

// Worst is the level of the worst finding; "" if there is none.
func Worst(findings []Finding) Level {
	if len(findings) == 0 {
		return ""
	}
	return findings[0].Level
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// size is a size for people.
func size(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 40, "TiB"}, {1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.size {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(unit.size), unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
