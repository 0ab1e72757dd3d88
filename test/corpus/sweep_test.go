package corpus

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/concretizer"
)

var (
	sweepFile  = flag.String("sweep", "", "resolve every recipe as a root and write what became of each to this file; what it holds already is not done again")
	sweepFor   = flag.Duration("sweep-for", 0, "stop the sweep after so long; 0 is never. Called again, it goes on")
	sweepOnly  = flag.String("sweep-only", "", "of the sweep, only these recipes, separated by spaces")
	sweepLimit = flag.Duration("sweep-limit", 20*time.Second, "how much of the processor one root may take")
	every      = flag.Int("every", 400, "without -sweep, resolve every n-th recipe; 1 is all of them")
	first      = flag.Int("first", 3, "with -every, the first recipe")
)

// outcome is what became of a root.
type outcome struct {
	Root   string   `json:"root"`
	Wrong  string   `json:"wrong,omitempty"` // an error that is no explanation
	Causes []string `json:"causes,omitempty"`
	CPU    float64  `json:"cpu_ms"`
	Wall   float64  `json:"wall_ms"`
	Nodes  int      `json:"packages,omitempty"` // that were encoded
}

// TestRoots resolves recipes, each as the only root of a request: every one ends in an answer that the checker accepts, or in an explanation
// that testdata/unsatisfiable.txt expects; what that lists is not answered.
func TestRoots(t *testing.T) {
	if *sweepFile != "" {
		sweep(t)
		return
	}
	expected := unsatisfiable(t)
	names := open(t).Names()
	for i := *first % *every; i < len(names); i += *every {
		checkOutcome(t, resolveRoot(t, names[i]), expected)
	}
}

// TestUnsatisfiableRoots: what the fixture lists has no answer: every fourth of it, or with -every 1 all.
func TestUnsatisfiableRoots(t *testing.T) {
	expected := unsatisfiable(t)
	for i, name := range slices.Sorted(maps.Keys(expected)) {
		if i%4 == 0 || *every == 1 {
			checkOutcome(t, resolveRoot(t, name), expected)
		}
	}
}

func checkOutcome(t *testing.T, o outcome, expected map[string]string) {
	t.Helper()
	why, listed := expected[o.Root]
	switch {
	case o.Wrong != "":
		t.Errorf("%s: %s", o.Root, o.Wrong)
	case listed && o.Causes == nil:
		t.Errorf("%s has an answer, but is listed as having none: %s", o.Root, why)
	case !listed && o.Causes != nil:
		t.Errorf("%s has no answer, and nobody has audited why:\n  %s", o.Root, strings.Join(o.Causes, "\n  "))
	}
}

// resolveRoot resolves one recipe; a panic is what became of it, too.
func resolveRoot(t *testing.T, name string) (o outcome) {
	o.Root = name
	defer func() {
		if p := recover(); p != nil {
			o.Wrong = "panic: " + string(debug.Stack())
		}
	}()
	r := request(t, name)
	// By the clock it may take longer, where other programs run as well.
	ctx, cancel := context.WithTimeout(context.Background(), 10**sweepLimit)
	defer cancel()
	begin, used := time.Now(), cpuTime()
	s, err := concretizer.Concretize(ctx, r)
	o.CPU, o.Wall = milliseconds(cpuTime()-used), milliseconds(time.Since(begin))
	var conflict *concretizer.Conflict
	switch {
	case errors.As(err, &conflict):
		for _, c := range conflict.Causes {
			o.Causes = append(o.Causes, c.String())
		}
	case err != nil:
		o.Wrong = err.Error()
	case o.CPU > milliseconds(*sweepLimit):
		o.Wrong = "it took too long"
	default:
		o.Nodes = s.Stats.Packages
	}
	return o
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// cpuTime is what this process has used of the processors: unlike the clock, it hardly depends on what else the machine does.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// sweep resolves what the file does not hold yet, and sums up what it holds.
func sweep(t *testing.T) {
	done := readOutcomes(t, *sweepFile)
	f, err := os.OpenFile(*sweepFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	begin, names := time.Now(), open(t).Names()
	only := names
	if *sweepOnly != "" {
		only = strings.Fields(*sweepOnly)
	}
	for _, name := range only {
		if _, ok := done[name]; ok {
			continue
		}
		if *sweepFor > 0 && time.Since(begin) > *sweepFor {
			break
		}
		o := resolveRoot(t, name)
		done[name] = o
		line, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(append(line, '\n')); err != nil {
			t.Fatal(err)
		}
	}
	sumUp(t, done, len(names))
}

func readOutcomes(t *testing.T, file string) map[string]outcome {
	out := map[string]outcome{}
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return out
	} else if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var o outcome
		// Half a line is of a run that was interrupted; and what went wrong is tried again.
		if json.Unmarshal(lines.Bytes(), &o) == nil && o.Wrong == "" {
			out[o.Root] = o
		}
	}
	return out
}

func sumUp(t *testing.T, done map[string]outcome, all int) {
	expected := unsatisfiable(t)
	var cpu, wall []float64
	unsat, slowest := 0, outcome{}
	for _, o := range done {
		checkOutcome(t, o, expected)
		if o.Causes != nil {
			unsat++
		}
		if o.CPU > slowest.CPU {
			slowest = o
		}
		cpu, wall = append(cpu, o.CPU), append(wall, o.Wall)
	}
	t.Logf("%d of %d recipes as roots, %d without an answer", len(done), all, unsat)
	for name, list := range map[string][]float64{"processor": cpu, "clock": wall} {
		if n := len(list); n > 0 {
			slices.Sort(list)
			t.Logf("%s: median %.0f ms, 99 in 100 within %.0f ms, all within %.0f ms", name, list[n/2], list[n*99/100], list[n-1])
		}
	}
	t.Logf("the slowest is %s", slowest.Root)
}
