package install

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/install/history"
	"github.com/berth-hpc/berth/install/internal/testdag"
	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/spec"
)

func TestBuildsAreNice(t *testing.T) {
	now, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	must(t, err)
	if 20-now > 15 {
		t.Skip("the tests themselves are as nice as can be")
	}
	w := newWorld(t, t.TempDir(), "app@1 gcc:build:c", map[string]string{"app": `mkdir $P/share
i=0; until [ "$(nice)" = 17 ] || [ $i = 300 ]; do sleep 0.1; i=$((i + 1)); done # it is set a moment after the start
nice >$P/share/niceness`})
	w.Nice = 17
	_, err = w.install("app")
	must(t, err)
	got, err := os.ReadFile(filepath.Join(w.Store.Prefix(w.nodes["app"]), "share/niceness"))
	must(t, err)
	if n, _ := strconv.Atoi(strings.TrimSpace(string(got))); n != 17 {
		t.Errorf("niceness %s", got)
	}
}

func TestBatchJobs(t *testing.T) {
	for _, name := range batchVariables {
		t.Setenv(name, "")
	}
	if InBatchJob() {
		t.Error("there is no batch job here")
	}
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	must(t, os.WriteFile(filepath.Join(bin, "sbatch"), []byte("#!/bin/sh\n"), 0o755))
	if DefaultNice() != politeNice {
		t.Error("this is a login node")
	}
	t.Setenv("FLUX_JOB_ID", "f12")
	if !InBatchJob() || DefaultNice() != 0 {
		t.Error("this is a batch job")
	}
	t.Setenv("SLURM_CPUS_ON_NODE", "12")
	if got := allotted(); got != 12 {
		t.Errorf("%d processors, want 12", got)
	}
	t.Setenv("FLUX_JOB_ID", "")
	if got := allotted(); got != 0 {
		t.Errorf("outside of a job nothing is given: %d", got)
	}
}

func TestOthersWorkHere(t *testing.T) {
	proc := t.TempDir()
	for _, name := range []string{"1", "20", "300", "self"} {
		must(t, os.Mkdir(filepath.Join(proc, name), 0o755))
	}
	for _, c := range []struct {
		owners map[string]int
		want   bool
	}{
		{map[string]int{"1": 0, "20": 1000, "300": 1000}, false},             // mine, and the system's
		{map[string]int{"1": 0, "20": 1000, "300": 33}, false},               // a service
		{map[string]int{"1": 0, "20": 1000, "300": 1001}, true},              // another person
		{map[string]int{"1": 0, "20": 1000, "self": 1001}, false},            // no process
		{map[string]int{"1": 0, "20": 1000, "300": lastPerson + 500}, false}, // nobody
	} {
		if got := others(proc, 1000, func(e os.DirEntry) int { return c.owners[e.Name()] }); got != c.want {
			t.Errorf("%v: %t", c.owners, got)
		}
	}
	if others(filepath.Join(proc, "none"), 1000, ownerOf) {
		t.Error("there is no /proc, so nobody can be seen")
	}
}

func TestMemoryLimitsTheJobs(t *testing.T) {
	const gib = 1 << 30
	n := testdag.Parse(t, "app@1")["app"]
	b := &build{run: &run{Installer: &Installer{FreeMemory: func() int64 { return 10 * gib }}, jobs: 8}, prepared: &prepared{node: n, recipe: &packages.Recipe{}}}
	b.history = history.Read(filepath.Join(t.TempDir(), "builds.json"))
	server, err := newJobServer(8)
	must(t, err)
	defer server.close()
	b.jobServer = server
	for _, c := range []struct {
		memory int64
		jobs   int
		flags  string
	}{{0, 8, "jobserver"}, {gib, 8, "jobserver"}, {2 * gib, 5, " -j5"}, {3 * gib, 3, " -j3"}, {64 * gib, 1, " -j1"}} {
		b.recipe.Memory = c.memory
		files := make([]*os.File, runningFD)
		offer := b.offerJobs([]string{"make"}, files)
		if got := b.fewerJobs(8); got != c.jobs {
			t.Errorf("%d GiB each: %d jobs", c.memory/gib, got)
		}
		if len(offer) != 1 || !strings.Contains(offer[0].Value, c.flags) || (files[jobsReadFD-3] != nil) != (c.flags == "jobserver") {
			t.Errorf("%d GiB each: make is offered %v", c.memory/gib, offer)
		}
	}
	// What was seen counts if it is more than the recipe says, also of another version.
	for _, c := range []struct {
		recipe, seen int64
		jobs         int
	}{{0, gib / 2, 8}, {0, 5 * gib, 2}, {2 * gib, gib, 5}, {2 * gib, 4 * gib, 2}} {
		b.recipe.Memory = c.recipe
		must(t, b.history.Note("app", spec.MustVersion("1.1"), history.Build{Seconds: 1, Memory: c.seen}))
		if got := b.fewerJobs(8); got != c.jobs {
			t.Errorf("the recipe says %d MiB, a build took %d: %d jobs, want %d", c.recipe>>20, c.seen>>20, got, c.jobs)
		}
	}
}

// A build that failed, as its compiler took all memory, is tried again with fewer at once.
func TestAFailedBuildTellsOfItsMemory(t *testing.T) {
	n := testdag.Parse(t, "app@1")["app"]
	b := &build{run: &run{Installer: &Installer{FreeMemory: func() int64 { return 10 << 30 }}}, prepared: &prepared{node: n, recipe: &packages.Recipe{}}}
	b.history = history.Read(filepath.Join(t.TempDir(), "builds.json"))
	for _, c := range []struct {
		peak int64
		jobs int
	}{{200 << 20, 8}, {5 << 30, 2}, {2 << 30, 2}} {
		b.peak = c.peak
		b.noteMemory()
		if got := b.fewerJobs(8); got != c.jobs {
			t.Errorf("after one took %d MiB: %d jobs, want %d", c.peak>>20, got, c.jobs)
		}
	}
}

// The largest process of a build is known afterwards, however deep below its commands it ran.
func TestMemoryOfBuildsIsNoted(t *testing.T) {
	w := newWorld(t, t.TempDir(), "app@1\nsmall@1", map[string]string{
		"app":   `mkdir $P/share; sh -c 'head -c 150000000 /dev/zero | tail | wc -c >$P/share/size'; test $(cat $P/share/size) = 150000000`, // tail keeps what has no line
		"small": "touch $P/x",
	})
	_, err := w.install("app", "small")
	must(t, err)
	h := history.Read(w.Store.HistoryPath())
	if b, _ := h.Of("app", spec.MustVersion("1")); b.Memory < 150e6 || b.Memory > 600e6 {
		t.Errorf("app: %d bytes", b.Memory)
	}
	if b, _ := h.Of("small", spec.MustVersion("1")); b.Memory <= 0 || b.Memory > 140e6 {
		t.Errorf("small: %d bytes", b.Memory)
	}
}

// debugged installs a library with debug information, a static one, and one that is static only.
const debugged = `mkdir -p $P/lib $P/share/man/man1 $P/share/data
echo 'int answer(void) { return 42; }' >l.c
$CC -g -shared -fPIC l.c -o $P/lib/libl.so; $CC -g -c l.c; ar cr $P/lib/libl.a l.o; touch $P/lib/libl.la; cp $P/lib/libl.a $P/lib/libonly.a
touch $P/share/man/man1/l.1 $P/share/data/x; ln $P/lib/libl.so $P/lib/libhard.so`

func TestTrim(t *testing.T) {
	if _, err := exec.LookPath("readelf"); err != nil {
		t.Skip("there is no readelf here")
	}
	for _, c := range []struct {
		name string
		trim Trim
		gone string
	}{
		{"nothing", Trim{}, ""},
		{"docs", Trim{Docs: true}, "share/man"},
		{"static", Trim{Static: true}, "lib/libl.a lib/libl.la"},
		{"strip", Trim{Strip: true}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, t.TempDir(), "libl@1 gcc:build:c", map[string]string{"libl": debugged})
			w.Trim = c.trim
			_, err := w.install("libl")
			must(t, err)
			prefix := w.Store.Prefix(w.nodes["libl"])
			for _, file := range strings.Fields("lib/libl.so lib/libhard.so lib/libl.a lib/libl.la lib/libonly.a share/man share/data/x") {
				_, err := os.Stat(filepath.Join(prefix, file))
				if want := strings.Contains(" "+c.gone+" ", " "+file+" "); want != (err != nil) {
					t.Errorf("%s: %v", file, err)
				}
			}
			sections, err := exec.Command("readelf", "-S", filepath.Join(prefix, "lib/libl.so")).Output()
			must(t, err)
			if has := strings.Contains(string(sections), ".debug_info"); has == c.trim.Strip {
				t.Errorf("debug information is there: %t", has)
			}
			problems, err := (&Auditor{Store: w.Store}).VerifyAll(context.Background(), query(t, w), nil)
			must(t, err)
			for _, p := range problems {
				if len(p) > 0 {
					t.Errorf("%v", p)
				}
			}
		})
	}
}

func query(t *testing.T, w *world) []store.Record {
	t.Helper()
	records, err := w.Store.Query(store.Filter{})
	must(t, err)
	return records
}
