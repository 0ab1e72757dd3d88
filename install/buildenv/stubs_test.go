package buildenv

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestStubs links a library and a program against a toolkit whose driver is not there, as on a login node.
func TestStubs(t *testing.T) {
	if _, err := os.Stat("/usr/bin/gcc"); err != nil {
		t.Skip("no gcc here")
	}
	s := newSite(t, "gcc@12.2 [/usr compilers.c=/usr/bin/gcc]\ncuda@12.4 [ROOT/opt/cuda]\nlib@1 cuda:link\napp@1 lib:link gcc:build:c")
	stubs := filepath.Join(s.root, "opt/cuda/lib64/stubs")
	must(t, os.MkdirAll(stubs, 0o755))
	source := func(name, text string) string {
		path := filepath.Join(s.root, name)
		must(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	// Out of an environment of its own: this is NVIDIA's work, not a build of ours.
	stub := exec.Command("/usr/bin/gcc", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", stubs+"/libcuda.so", source("stub.c", "int cuInit(unsigned f) { return 34; }\n"))
	if out, err := stub.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	e, err := s.environment("app", nil)
	must(t, err)
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command(e.tools["cc"], args...)
		cmd.Dir, cmd.Env = s.root, e.Vars
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	library := filepath.Join(s.root, "store/lib/lib/libkernels.so")
	run("-shared", "-fPIC", "-o", library, source("kernels.c", "int cuInit(unsigned);\nint start(void) { return cuInit(0); }\n"), "-lcuda", "-Wl,-rpath,"+stubs)
	run("-o", "program", source("main.c", "int start(void);\nint main(void) { return start(); }\n"), "-lkernels", "-Wl,--no-allow-shlib-undefined")
	for _, path := range []string{library, filepath.Join(s.root, "program")} {
		f, err := elf.Open(path)
		must(t, err)
		rpath, _ := f.DynString(elf.DT_RPATH)
		if strings.Contains(strings.Join(rpath, ":"), "stubs") {
			t.Errorf("%s has the RPATH %s", path, rpath)
		}
		if needed, _ := f.ImportedLibraries(); path == library && !slices.Contains(needed, "libcuda.so.1") {
			t.Errorf("%s needs %s, not libcuda.so.1", path, needed)
		}
		must(t, f.Close())
	}
}
