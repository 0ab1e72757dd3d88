// Package acceptance holds berth's promises against real builds: it starts from the environment that `make run` built
// (test/job.sh) and builds parts of it again elsewhere. It takes minutes, so `make acceptance` runs it and `make test` does not:
// without BERTH_RUN, which names the directory of that run, every test is skipped.
package acceptance

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/install/store"
	"github.com/berth-hpc/berth/spec/dag"
)

// project is a directory with an env.yaml, a berth root, and the surroundings in which berth is called there.
type project struct {
	*testing.T
	binary string // ".run/bin/berth"
	dir    string
	root   string
	env    []string // over the test's own: "LC_ALL=C"
}

// built is the project that `make run` left. It is not to be changed, but for its store, to which packages may be added.
func built(t *testing.T) *project {
	t.Helper()
	run := os.Getenv("BERTH_RUN")
	if run == "" {
		t.Skip("BERTH_RUN does not name a directory that test/job.sh filled; `make acceptance` does")
	}
	p := &project{T: t, binary: filepath.Join(run, "bin/berth"), dir: filepath.Join(run, "env"), root: filepath.Join(run, "berth")}
	if _, err := os.Stat(filepath.Join(run, "installed.lock")); err != nil {
		t.Fatalf("%s holds no finished run: %v", run, err)
	}
	return p
}

// elsewhere is an empty project with an empty root, which takes its sources from where p does.
func (p *project) elsewhere() *project {
	p.Helper()
	// Not the test's own temporary directory: its name would make the prefixes longer than anybody's are.
	base, err := os.MkdirTemp("", "berth-")
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { os.RemoveAll(base) })
	q := &project{T: p.T, binary: p.binary, dir: filepath.Join(base, "project"), root: filepath.Join(base, "root")}
	for _, dir := range []string{q.dir, q.root} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			p.Fatal(err)
		}
	}
	settings, err := os.ReadFile(filepath.Join(p.root, "config.yaml"))
	if err == nil {
		err = os.WriteFile(filepath.Join(q.root, "config.yaml"), settings, 0o644)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		p.Fatal(err)
	}
	return q
}

func (p *project) read(name string) string {
	p.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.Fatal(err)
	}
	return string(text)
}

func (p *project) write(name, text string) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
		p.Fatal(err)
	}
}

// call runs a program in the project and returns what it said and its exit status.
func (p *project) call(program string, args ...string) (stdout, stderr string, status int) {
	p.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), append([]string{"BERTH_ROOT=" + p.root}, p.env...)...)
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.Fatal(err)
	}
	return out.String(), messages.String(), cmd.ProcessState.ExitCode()
}

// berth runs berth, which must succeed, and returns its standard output.
func (p *project) berth(args ...string) string {
	p.Helper()
	out, messages, status := p.call(p.binary, args...)
	if status != 0 {
		p.Fatalf("berth %s: exit status %d\n%s%s", strings.Join(args, " "), status, out, messages)
	}
	return out
}

// nodes is the environment as the lock has it, by package name. The environment here has one node a package.
func (p *project) nodes() map[string]*dag.Node {
	p.Helper()
	var lock struct {
		Systems map[string]struct{ Nodes json.RawMessage }
	}
	if err := json.Unmarshal([]byte(p.read("env.lock")), &lock); err != nil {
		p.Fatalf("read env.lock: %v", err)
	}
	nodes, err := dag.UnmarshalNodes(lock.Systems["default"].Nodes)
	if err != nil {
		p.Fatalf("read env.lock: %v", err)
	}
	byName := map[string]*dag.Node{}
	for _, n := range nodes {
		byName[n.Name()] = n
	}
	if len(byName) == 0 {
		p.Fatal("the lock names no package")
	}
	return byName
}

// described reads a node's prefix and computes its hash anew from what the prefix says of itself.
func (p *project) described(n *dag.Node) string {
	p.Helper()
	prefix := filepath.Join(p.root, "store", store.BaseName(n))
	data, err := os.ReadFile(filepath.Join(prefix, ".berth", "spec.json"))
	if err != nil {
		p.Fatalf("%s is not installed: %v", n, err)
	}
	self, err := dag.UnmarshalTree(data)
	if err != nil {
		p.Fatalf("read what %s says of itself: %v", prefix, err)
	}
	return self.Hash()
}

// reversed is env.yaml with its specs in the opposite order.
func reversed(t *testing.T, manifest string) string {
	t.Helper()
	lines := strings.SplitAfter(manifest, "\n")
	from := slices.Index(lines, "specs:\n") + 1
	to := from
	for to < len(lines) && strings.HasPrefix(lines[to], "- ") {
		to++
	}
	if from == 0 || to-from < 2 {
		t.Fatalf("env.yaml has no two specs to exchange:\n%s", manifest)
	}
	slices.Reverse(lines[from:to])
	return strings.Join(lines, "")
}

func TestTheLockIsTheSameInOtherSurroundings(t *testing.T) {
	run := built(t)
	same := func(t *testing.T, manifest string) string { return manifest }
	cases := []struct {
		name     string
		manifest func(*testing.T, string) string
		env      []string
	}{
		{"another root and directory", same, nil},
		{"the specs in another order", reversed, nil},
		{"another home", same, []string{"HOME=" + t.TempDir()}},
		{"another locale", same, []string{"LC_ALL=tr_TR.UTF-8", "LANG=tr_TR.UTF-8", "TZ=Asia/Kathmandu"}},
		{"one processor", same, []string{"GOMAXPROCS=1"}},
		{"many processors", same, []string{"GOMAXPROCS=13"}},
		{"no colour, no terminal", same, []string{"NO_COLOR=1", "TERM=dumb"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			here := *run
			here.T = t
			p := here.elsewhere()
			p.env = c.env
			p.write("env.yaml", c.manifest(t, run.read("env.yaml")))
			p.berth("external", "find")
			p.berth("concretize")
			if diff := cmp.Diff(run.read("env.lock"), p.read("env.lock")); diff != "" {
				t.Errorf("env.lock differs (- as make run made it, + here):\n%s", diff)
			}
		})
	}
}

func TestTheLockAloneGivesTheSameHashes(t *testing.T) {
	run := built(t)
	p := run.elsewhere()
	p.write("env.yaml", run.read("env.yaml"))
	p.write("env.lock", run.read("env.lock"))
	p.berth("install", "--locked")
	if p.read("env.lock") != run.read("env.lock") {
		t.Error("install --locked changed env.lock")
	}
	installed := 0
	for name, n := range run.nodes() {
		if n.External() != nil {
			continue
		}
		installed++
		if got := p.described(n); got != n.Hash() {
			t.Errorf("%s: the prefix describes /%s, the lock has /%s", name, got, n.Hash())
		}
	}
	if installed == 0 {
		t.Error("the lock names nothing that berth builds")
	}
}

func TestAnotherMPIIsOneWord(t *testing.T) {
	run := built(t)
	p := run.elsewhere()
	p.root = run.root // so that both stand side by side
	manifest := run.read("env.yaml")
	if n := strings.Count(manifest, "require: openmpi"); n != 1 {
		t.Fatalf("env.yaml requires openmpi %d times, want once:\n%s", n, manifest)
	}
	p.write("env.yaml", strings.Replace(manifest, "require: openmpi", "require: mpich", 1))
	p.berth("install")

	before, after := run.nodes(), p.nodes()
	if after["mpich"] == nil || after["mpich"].External() == nil || after["openmpi"] != nil {
		t.Fatalf("the environment is not on the host's MPICH: mpich is %v, openmpi is %v", after["mpich"], after["openmpi"])
	}
	kept, rebuilt := 0, 0
	for name, old := range before {
		if name == "openmpi" || old.External() != nil {
			continue
		}
		now := after[name]
		switch {
		case now == nil:
			t.Errorf("%s is gone", name)
		case uses(old, "openmpi"):
			rebuilt++
			if now.Hash() == old.Hash() {
				t.Errorf("%s has MPI below it, but kept its hash", name)
			}
			if p.described(now) != now.Hash() || run.described(old) != old.Hash() {
				t.Errorf("%s does not stand side by side for both", name)
			}
		default:
			kept++
			if now.Hash() != old.Hash() {
				t.Errorf("%s has no MPI below it, but changed from %s to %s", name, old, now)
			}
		}
	}
	if kept == 0 || rebuilt == 0 {
		t.Errorf("%d packages kept and %d rebuilt; the environment tests nothing", kept, rebuilt)
	}
}

// uses reports whether a package is below n, or n itself.
func uses(n *dag.Node, name string) bool {
	return slices.ContainsFunc(dag.Topological(n), func(d *dag.Node) bool { return d.Name() == name })
}

// TestAChangedBuildLineIsDrift locks a package of a recipe that lies beside env.yaml, and then edits the recipe.
func TestAChangedBuildLineIsDrift(t *testing.T) {
	run := built(t)
	recipe, err := os.ReadFile("../../packages/builtin/recipes/lz4.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// The host never brings this package, as it may others: an external has no recipe to change.
	const line, changed = `- "CC={cc}"`, `- "CC={cc} -g"`
	if strings.Count(string(recipe), line) != 1 {
		t.Fatalf("the recipe of lz4 has no line %q any more; take another", line)
	}
	edits := []struct {
		name, recipe string
		status       int
		tells        []string
	}{
		{"a comment", "# nothing that a build sees\n" + string(recipe), 0, nil},
		{"a build line", strings.Replace(string(recipe), line, changed, 1), 5, []string{"lz4", "recipes/lz4.yaml"}},
	}
	for _, edit := range edits {
		t.Run(edit.name, func(t *testing.T) {
			here := *run
			here.T = t
			p := here.elsewhere()
			if err := os.Mkdir(filepath.Join(p.dir, "recipes"), 0o755); err != nil {
				t.Fatal(err)
			}
			p.write("recipes/lz4.yaml", string(recipe))
			p.write("env.yaml", "berth: 1\nspecs:\n- lz4\nrepos:\n- dir: recipes\n- builtin\n")
			p.berth("concretize")
			lock := p.read("env.lock")

			p.write("recipes/lz4.yaml", edit.recipe)
			_, messages, status := p.call(p.binary, "concretize", "--check")
			if status != edit.status {
				t.Errorf("concretize --check: exit status %d, want %d\n%s", status, edit.status, messages)
			}
			if edit.status == 0 {
				return
			}
			_, messages, status = p.call(p.binary, "install", "--locked")
			if status != edit.status {
				t.Errorf("install --locked: exit status %d, want %d\n%s", status, edit.status, messages)
			}
			for _, word := range edit.tells {
				if !strings.Contains(messages, word) {
					t.Errorf("the message does not name %s:\n%s", word, messages)
				}
			}
			if p.read("env.lock") != lock {
				t.Error("env.lock changed")
			}
			if found, _ := filepath.Glob(filepath.Join(p.root, "store", "lz4-*")); len(found) != 0 {
				t.Errorf("installed %v", found)
			}
		})
	}
}
