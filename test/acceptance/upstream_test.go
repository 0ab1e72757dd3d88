package acceptance

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/install/store"
)

// readOnly takes the right to write from everybody, below dir, until the test ends.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	modes := map[string]os.FileMode{}
	var order []string
	t.Cleanup(func() {
		for _, path := range order { // directories before what they hold
			if err := os.Chmod(path, modes[path]); err != nil {
				t.Error(err)
			}
		}
	})
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := d.Info()
		if err == nil {
			modes[path], order = info.Mode().Perm(), append(order, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range order {
		if err := os.Chmod(path, modes[path]&^0o222); err != nil {
			t.Fatal(err)
		}
	}
}

// state lists what is below dir, with sizes and times: what must not change.
func state(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			list = append(list, fmt.Sprintf("%s %s %d %s", path, info.Mode(), info.Size(), info.ModTime()))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// own lists the prefixes in a project's own store.
func (p *project) own() []string {
	p.Helper()
	entries, err := os.ReadDir(filepath.Join(p.root, "store"))
	if err != nil && !os.IsNotExist(err) {
		p.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names
}

// TestNothingIsBuiltThatAnUpstreamHas puts a second root on top of the one that make run filled, which nobody can write to meanwhile, and asks for the same
// environment there; and then for one package more.
func TestNothingIsBuiltThatAnUpstreamHas(t *testing.T) {
	run := built(t)
	locked := run.nodes()
	readOnly(t, run.root)
	before := state(t, run.root)
	p := run.elsewhere()
	// Two processes on any machine, as in test/job.sh.
	p.env = []string{"OMPI_MCA_rmaps_base_oversubscribe=1", "OMPI_MCA_btl_vader_single_copy_mechanism=none", "OMPI_MCA_mpi_yield_when_idle=1", "OMPI_MCA_hwloc_base_binding_policy=none", "OMP_NUM_THREADS=1"}
	p.berth("upstream", "add", "site", run.root)
	p.berth("external", "find")
	p.write("env.yaml", run.read("env.yaml"))
	p.berth("concretize")
	for name, n := range p.nodes() {
		if locked[name] == nil || locked[name].Hash() != n.Hash() {
			t.Errorf("%s is not what the upstream has: %v, not %v", name, n, locked[name])
		}
	}
	_, messages, status := p.call(p.binary, "install")
	if status != 0 || !strings.Contains(messages, "nothing was built") {
		t.Fatalf("berth install: exit status %d\n%s", status, messages)
	}
	if own := p.own(); len(own) > 0 {
		t.Errorf("in the root on top stands %v", own)
	}

	// The programs run from there, and what is compiled against its libraries does.
	if where := strings.TrimSpace(p.berth("run", "--", "sh", "-c", "readlink -f $(command -v hpcc)")); !strings.HasPrefix(where, run.root+"/store/hpcc-") {
		t.Errorf("hpcc runs from %s", where)
	}
	fftw := strings.TrimSpace(p.berth("run", "--", "printenv", "FFTW_ROOT"))
	wave, err := filepath.Abs("../programs/wave.c")
	if err != nil {
		t.Fatal(err)
	}
	p.berth("run", "--", "mpicc", "-O2", "-o", "wave", wave, "-I"+fftw+"/include", "-L"+fftw+"/lib", "-Wl,-rpath,"+fftw+"/lib", "-lfftw3_mpi", "-lfftw3", "-lm")
	p.berth("run", "--", "mpirun", "-np", "2", filepath.Join(p.dir, "wave"))
	p.berth("upstream", "check", "site")
	p.berth("verify")

	// One package on top of it: that alone is built, and links to what the upstream has.
	if err := os.Mkdir(filepath.Join(p.dir, "recipes"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(p.dir, "source"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.write("source/tone.c", tone)
	if _, messages, status := p.call("tar", "-czf", "tone-1.0.tar.gz", "source"); status != 0 {
		t.Fatal(messages)
	}
	sum, messages, status := p.call("sha256sum", "tone-1.0.tar.gz")
	if status != 0 {
		t.Fatal(messages)
	}
	p.write("recipes/tone.yaml", fmt.Sprintf(toneRecipe, p.dir, strings.Fields(sum)[0]))
	p.write("env.yaml", strings.Replace(run.read("env.yaml"), "specs:\n", "specs:\n- tone\n", 1)+"repos: [{dir: recipes}, builtin]\n")
	_, messages, status = p.call(p.binary, "install")
	if status != 0 || !strings.Contains(messages, "1 package built") {
		t.Fatalf("berth install, with one package more: exit status %d\n%s", status, messages)
	}
	top := p.nodes()["tone"]
	if own := p.own(); top == nil || len(own) != 1 || own[0] != store.BaseName(top) {
		t.Fatalf("in the root on top stands %v, not %v alone", own, top)
	}
	if said := p.berth("run", "tone"); said != "the tone is in line 3\n" {
		t.Errorf("it says %q", said)
	}
	if libraries, messages, _ := p.call("ldd", filepath.Join(p.root, "store", store.BaseName(top), "bin", "tone")); !strings.Contains(libraries, run.root+"/store/fftw-") {
		t.Errorf("it is not linked to the upstream's fftw:\n%s%s", libraries, messages)
	}
	p.berth("verify")
	if diff := cmp.Diff(before, state(t, run.root)); diff != "" {
		t.Errorf("the upstream changed (- before, + after):\n%s", diff)
	}
}

const tone = `#include <fftw3.h>
#include <math.h>
#include <stdio.h>
int main(void)
{
	double in[16];
	fftw_complex out[9];
	int loudest = 0;
	fftw_plan plan = fftw_plan_dft_r2c_1d(16, in, out, FFTW_ESTIMATE);
	for (int i = 0; i < 16; i++)
		in[i] = cos(2 * acos(-1) * 3 * i / 16);
	fftw_execute(plan);
	for (int i = 0; i < 9; i++)
		if (hypot(out[i][0], out[i][1]) > hypot(out[loudest][0], out[loudest][1]))
			loudest = i;
	printf("the tone is in line %d\n", loudest);
	return 0;
}
`

const toneRecipe = `name: tone
about: finds a tone
source: {url: "file://%s/tone-{version}.tar.gz"}
versions: {1.0: %s}
languages: [c]
depends: [{spec: fftw, type: [build, link]}]
build:
  system: script
  steps:
  - mkdir -p {prefix}/bin
  - "{cc} -O2 -o {prefix}/bin/tone tone.c -lfftw3 -lm"
`
