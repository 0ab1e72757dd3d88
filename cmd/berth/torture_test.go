package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/test/torture/inject"
)

// TestTorture runs testdata/torture/*.txtar: real installs that are killed or meet errors of the file system at any of their
// changes. The short form is part of `make test`; `make torture` sets BERTH_TORTURE to a number of faults. Each round has a seed,
// which is printed when it fails; BERTH_TORTURE_SEED begins with that one. BERTH_TORTURE_COMMAND=repair disturbs only one of the
// commands of tortureverbs_test.go. (What a round does follows from its seed; in which
// order two builds that run at once get to a point does not.)
func TestTorture(t *testing.T) {
	if err := inject.Supported(); err != nil {
		t.Skip("NOT TESTED: calls cannot be made to fail here: ", err)
	}
	var r torture
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/torture",
		RequireExplicitExec: true,
		Condition:           scriptCondition,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir+"/home")
			e.Setenv("BERTH_ROOT", e.WorkDir+"/root")
			return os.MkdirAll(e.WorkDir+"/home", 0o755)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"tgz": scriptTgz, "fill": scriptFill, "discipline": r.discipline, "full": r.full, "torture": r.torture,
		},
	})
}

// shortRounds is enough to see every fault several times, in about a minute.
const shortRounds = 30

// torture is a project whose installs are disturbed.
type torture struct {
	ts       *testscript.TestScript
	launcher string
	project  string
	root     string
	calls    int             // changes that an undisturbed install makes
	all      []string        // the packages of the whole install: "base"
	lasted   map[string]int  // the changes that undisturbed commands made, by verb and what was missing
	reported map[string]bool // prefixes that a command said were installed
	rng      *rand.Rand
	count    map[string]int // of faults by kind
}

func (r *torture) setup(ts *testscript.TestScript) {
	r.ts, r.project, r.root = ts, ts.MkAbs("."), ts.Getenv("BERTH_ROOT")
	r.reported, r.count, r.lasted = map[string]bool{}, map[string]int{}, map[string]int{}
	var err error
	r.launcher, err = exec.LookPath(inject.Launcher)
	ts.Check(err)
}

// torture implements the script's command.
func (r *torture) torture(ts *testscript.TestScript, neg bool, args []string) {
	if r.calls == 0 || neg || len(args) != 0 {
		ts.Fatalf("usage: torture, after discipline")
	}
	rounds, seed := shortRounds, rand.Uint64()
	if v := os.Getenv("BERTH_TORTURE"); v != "" {
		var err error
		rounds, err = strconv.Atoi(v)
		ts.Check(err)
	}
	if v := os.Getenv("BERTH_TORTURE_SEED"); v != "" {
		var err error
		seed, err = strconv.ParseUint(v, 10, 64)
		ts.Check(err)
	}
	ts.Logf("%d faults from seed %d, each at one of %d changes", rounds, seed, r.calls)
	// A command that was over before its fault counts for nothing.
	for i := uint64(0); r.count["kills"]+r.count["errors"] < rounds; i++ {
		began := time.Now()
		r.round(seed + i)
		if took := time.Since(began); rounds > shortRounds && took > 30*time.Second {
			fmt.Fprintf(os.Stderr, "BERTH_TORTURE_SEED=%d took %v: did something wait?\n", seed+i, took.Round(time.Second))
		}
		if rounds > shortRounds && i%10 == 9 { // scripts print only when they end
			fmt.Fprintf(os.Stderr, "%s: %d rounds, %v\n", time.Now().Format(time.TimeOnly), i+1, r.count)
		}
	}
	ts.Logf("faults: %v", r.count)
}

// round disturbs one command, looks at what is left, and lets the next command finish.
func (r *torture) round(seed uint64) {
	r.rng = rand.New(rand.NewPCG(seed, 7))
	if r.rng.IntN(5) < 2 || os.Getenv("BERTH_TORTURE_COMMAND") != "" {
		r.otherRound(seed)
		return
	}
	missing := r.prepare()
	args := []string{"install"}
	switch r.rng.IntN(12) {
	case 0:
		name := r.all[r.rng.IntN(len(r.all))]
		args = r.uninstall(name)
	case 1:
		args = []string{"reindex"}
	}
	work := fmt.Sprint(args[0], missing)
	calls := r.calls * (missing + 1) / (len(r.all) + 1)
	if n := r.lasted[work]; n > 0 {
		calls = n
	}
	f := r.fault(calls)
	what := fmt.Sprintf("BERTH_TORTURE_SEED=%d: berth %s, %s", seed, strings.Join(args, " "), f)
	out, seen, hit, err := r.disturbed(f, args...)
	fail := r.ended(what, work, f, out, seen, hit, err)
	found := r.whole(fail)
	if err == nil && args[0] == "install" {
		r.complete(found, fail)
	}
	if out, err := r.berth("install"); err != nil {
		fail("the next install fails: %v\n%s", err, out)
	} else {
		r.hear(out)
	}
	r.complete(r.whole(fail), fail)
	r.tidy(fail)
}

// ended takes note of what came of a disturbed command, and returns what ends the test with all that is known of it.
func (r *torture) ended(what, work string, f fault, out string, seen int, hit bool, err error) (fail func(string, ...any)) {
	if hit {
		r.count[f.kind()]++
	} else {
		r.count["over before"]++
		r.lasted[work] = seen
	}
	fail = func(format string, a ...any) {
		r.ts.Fatalf("%s: %s\n--- the disturbed command said (%v):\n%s", what, fmt.Sprintf(format, a...), err, out)
	}
	if strings.Contains(out, "panic:") || strings.Contains(out, "goroutine ") {
		fail("it panicked")
	}
	r.hear(out)
	return fail
}

// prepare leaves something to do: that many packages.
func (r *torture) prepare() (missing int) {
	missing = len(r.all)
	switch r.rng.IntN(8) {
	case 0:
		r.empty()
	default:
		before := len(r.reported)
		args := r.uninstall(r.all[r.rng.IntN(len(r.all))])
		if out, err := r.berth(args...); err != nil {
			r.ts.Fatalf("%q: %v\n%s", args, err, out)
		}
		missing = before - len(r.reported)
	}
	if r.rng.IntN(8) == 0 {
		os.Remove(filepath.Join(r.root, "db.sqlite"))
	}
	if r.rng.IntN(4) == 0 {
		r.ts.Check(os.RemoveAll(filepath.Join(r.root, "cache")))
	}
	return missing
}

// uninstall is the command that removes a package, with those that need it, which are expected to be gone from then on.
func (r *torture) uninstall(name string) []string {
	for _, gone := range map[string][]string{"base": {"base", "mid", "top"}, "mid": {"mid", "top"}, "top": {"top"}, "many": {"many"}}[name] {
		delete(r.reported, r.prefixOf(gone))
	}
	return []string{"uninstall", "--force", "--dependents", name}
}

// empty takes everything but the settings away.
func (r *torture) empty() {
	for _, dir := range []string{"store", "stage", "locks", "cache/sources", "db.sqlite"} {
		r.ts.Check(os.RemoveAll(filepath.Join(r.root, dir)))
	}
	r.ts.Check(os.RemoveAll(filepath.Join(r.project, ".berth")))
	clear(r.reported)
}

func (r *torture) prefixOf(name string) string {
	for p := range r.reported {
		if strings.HasPrefix(filepath.Base(p), name+"-") {
			return p
		}
	}
	return ""
}

// A fault happens at one change of the command, or at a moment.
type fault struct {
	at    int           // the change: 1 is the first; 0: after the time
	after time.Duration // kill after that time
	errno unix.Errno    // 0: kill
	lasts bool          // the error stays: a full disk
	tree  bool          // kill everything, as when the machine dies
	alone bool          // the file system has no locks
	plain bool          // nor can it exchange two directories
}

// fault chooses what happens, at one of about so many changes.
func (r *torture) fault(calls int) fault {
	f := fault{at: 1 + r.rng.IntN(max(calls, 1)), alone: r.rng.IntN(6) == 0, plain: r.rng.IntN(4) == 0}
	if r.rng.IntN(7) < 2 {
		f.errno = []unix.Errno{unix.ENOSPC, unix.EDQUOT, unix.EIO}[r.rng.IntN(3)]
		f.lasts = f.errno != unix.EIO && r.rng.IntN(2) == 0
		return f
	}
	f.tree = r.rng.IntN(3) == 0
	if r.rng.IntN(4) == 0 {
		f.at, f.after = 0, time.Duration(r.rng.IntN(1500))*time.Millisecond
	}
	return f
}

func (f fault) kind() string {
	if f.errno != 0 {
		return "errors"
	}
	return "kills"
}

func (f fault) String() string {
	when := fmt.Sprintf("at change %d", f.at)
	if f.alone {
		f.alone = false
		return "without locks, " + f.String()
	}
	if f.plain {
		f.plain = false
		return "without renameat2's flags, " + f.String()
	}
	if f.at == 0 {
		when = "after " + f.after.String()
	}
	switch {
	case f.errno != 0 && f.lasts:
		return unix.ErrnoName(f.errno) + " from then on, " + when
	case f.errno != 0:
		return unix.ErrnoName(f.errno) + " once, " + when
	case f.tree:
		return "everything killed " + when
	}
	return "killed " + when
}

// fails tells whether a full disk stands in the way of the change.
func (f fault) fails(c inject.Call) bool {
	switch c.Kind {
	case inject.Create, inject.Write:
		return true
	case inject.Sync, inject.Rename:
		return !f.lasts
	}
	return f.errno == unix.EIO
}

// disturbed runs berth and lets f happen to it. It returns when everything that berth had started has ended.
func (r *torture) disturbed(f fault, args ...string) (output string, seen int, hit bool, err error) {
	var out bytes.Buffer
	cmd := r.command(&out, args...)
	if f.alone {
		inject.WithoutLocks(cmd, r.launcher)
	}
	if f.plain {
		inject.WithoutRenameFlags(cmd, r.launcher)
	}
	var s *inject.Session
	ready := make(chan struct{})
	s, err = inject.Start(cmd, r.launcher, func(c inject.Call) unix.Errno {
		<-ready
		if !r.ours(c.Path) {
			return 0
		}
		seen++
		switch {
		case f.at == 0 || seen < f.at || f.errno != 0 && !f.lasts && seen > f.at:
			return 0
		case f.errno == 0:
			hit = true
			r.kill(s, f)
			return 0
		case f.fails(c):
			hit = true
			return f.errno
		case !f.lasts:
			f.at++ // the next that can fail
		}
		return 0
	})
	r.ts.Check(err)
	close(ready)
	if f.at == 0 {
		timer := time.AfterFunc(f.after, func() { r.kill(s, f) })
		defer timer.Stop()
	}
	err = s.Wait()
	var exit *exec.ExitError
	hit = hit || f.at == 0 && errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled()
	return out.String(), seen, hit, err
}

func (r *torture) kill(s *inject.Session, f fault) {
	if f.tree {
		unix.Kill(s.PID(), unix.SIGSTOP)
		for _, pid := range descendants(s.PID()) {
			unix.Kill(pid, unix.SIGKILL)
		}
	}
	s.Kill()
}

// descendants lists what a process has started, and what these have.
func descendants(of int) []int {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if err != nil || len(fields) < 2 {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		parent, _ := strconv.Atoi(fields[1])
		children[parent] = append(children[parent], pid)
	}
	found := slices.Clone(children[of])
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i]]...)
	}
	return found
}

// ours tells whether a path is in the root or the project: what else changes is not for berth to keep whole.
func (r *torture) ours(path string) bool {
	return strings.HasPrefix(path+"/", r.root+"/") || strings.HasPrefix(path+"/", r.project+"/")
}

func (r *torture) command(out *bytes.Buffer, args ...string) *exec.Cmd {
	cmd := exec.Command("berth", args...)
	cmd.Dir = r.project
	for _, name := range []string{"HOME", "BERTH_ROOT", "PATH", "TMPDIR"} {
		cmd.Env = append(cmd.Env, name+"="+r.ts.Getenv(name))
	}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

func (r *torture) berth(args ...string) (string, error) {
	var out bytes.Buffer
	err := r.command(&out, args...).Run()
	return out.String(), err
}

var builtLine = regexp.MustCompile(`(?m)^(?:built|reused) .* -> (\S+)$`)

// hear remembers what a command said it had installed, or had found installed: a killed one may not have come to say it.
func (r *torture) hear(out string) {
	for _, m := range builtLine.FindAllStringSubmatch(out, -1) {
		r.reported[m[1]] = true
	}
}

// whole holds the store against its promises: everything that it has is sound, and has everything that it was said to have.
func (r *torture) whole(fail func(string, ...any)) (found map[string]string) {
	if out, err := r.berth("verify"); err != nil {
		fail("verify fails: %v\n%s", err, out)
	}
	found = r.found(fail)
	for prefix := range r.reported {
		if found[prefix] == "" {
			fail("%s was reported as built and is not found; found is %v", prefix, found)
		}
	}
	return found
}

// found gives the installed packages' names by their prefixes.
func (r *torture) found(fail func(string, ...any)) map[string]string {
	var out, errs bytes.Buffer
	cmd := r.command(&out, "find", "--json")
	cmd.Stderr = &errs
	cmd.Run() // it ends with 1 when nothing is installed
	var list []struct {
		Name, Prefix string
		External     bool
	}
	if err := json.Unmarshal(out.Bytes(), &list); err != nil {
		fail("find: %v: %s%s", err, out.String(), errs.String())
	}
	found := map[string]string{}
	for _, p := range list {
		if !p.External {
			found[p.Prefix] = p.Name
		}
	}
	return found
}

// complete wants the whole environment to stand.
func (r *torture) complete(found map[string]string, fail func(string, ...any)) {
	for _, name := range []string{"top", "mid", "base"} { // many is built only for top's build, and is a root, too
		if !slices.ContainsFunc(sortedValues(found), func(n string) bool { return n == name }) {
			fail("%s is not installed; found is %v", name, found)
		}
	}
	if out, err := r.berth("run", "mid"); err != nil {
		fail("the environment does not work: %v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(r.project, ".berth/view/etc/top")); err != nil {
		fail("the view is not whole: %v", err)
	}
}

func sortedValues(m map[string]string) []string {
	var values []string
	for _, v := range m {
		values = append(values, v)
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// leftovers are the names of what is only there for a while.
var leftovers = regexp.MustCompile(`\.tmp-|\.running$|\.gate|^\.probe-|\.part$|\.tmp$|^links-new-|^\.new-|^\.clone-|\.next$`)

// tidy fails if anything lies around that a later command would have to remove.
func (r *torture) tidy(fail func(string, ...any)) {
	for _, dir := range []string{"stage", "store/.trash"} {
		if entries, _ := os.ReadDir(filepath.Join(r.root, dir)); len(entries) > 0 {
			fail("left in %s: %v", dir, entries)
		}
	}
	for _, dir := range []string{r.root, r.project} {
		filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && leftovers.MatchString(d.Name()) && !strings.Contains(path, "/share/") {
				fail("left behind: %s", path)
			}
			return nil
		})
	}
	if trees, _ := filepath.Glob(filepath.Join(r.project, ".berth/.view-*")); len(trees) > 1 {
		fail("old views are left: %v", trees)
	}
}
