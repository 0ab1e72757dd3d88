package elf

import (
	delf "debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// A bench builds small programs and libraries with the machine's C compiler.
type bench struct {
	t   testing.TB
	dir string
}

func newBench(t testing.TB) bench {
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("no C compiler")
	}
	dir, err := os.MkdirTemp("", "elf") // t.TempDir has commas, which -Wl splits at
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return bench{t, dir}
}

// lib links DIR/lib/libNAME.so with a function NAME and calls to what args link.
func (b bench) lib(dir, name string, args ...string) string {
	out := filepath.Join(b.dir, dir, "lib", "lib"+name+".so")
	b.cc("int "+name+"(void) { return 1; }", out, append([]string{"-shared", "-fPIC", "-Wl,-soname,lib" + name + ".so"}, args...))
	return out
}

func (b bench) prog(dir, name string, args ...string) string {
	out := filepath.Join(b.dir, dir, "bin", name)
	b.cc("int main(void) { return 0; }", out, args)
	return out
}

func (b bench) cc(code, out string, args []string) {
	b.t.Helper()
	must(b.t, os.MkdirAll(filepath.Dir(out), 0o755))
	src := filepath.Join(b.t.TempDir(), "x.c")
	must(b.t, os.WriteFile(src, []byte(code), 0o644))
	cmd := exec.Command("cc", append([]string{"-o", out, src, "-Wl,--no-as-needed", "-Wl,--disable-new-dtags", "-Wl,--allow-shlib-undefined"}, args...)...)
	if msg, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("%v: %s", err, msg)
	}
}

func (b bench) programsStart(dir string) bool {
	progs, _ := filepath.Glob(b.path(dir + "/bin/*"))
	for _, p := range progs {
		if exec.Command(p).Run() != nil {
			return false
		}
	}
	return true
}

func (b bench) path(rel string) string { return filepath.Join(b.dir, rel) }

// link gives the arguments to link with a library of dir and find it through an
// RPATH (or not, if rpath is empty).
func (b bench) link(dir, name, rpath string) []string {
	args := []string{"-L" + b.path(dir+"/lib"), "-l" + name}
	if rpath != "" {
		args = append(args, "-Wl,-rpath,"+rpath)
	}
	return args
}

func TestReadFacts(t *testing.T) {
	b := newBench(t)
	b.lib("dep", "dep")
	f, err := Read(b.prog("p", "prog", b.link("dep", "dep", "$ORIGIN/../lib:/opt/x")...))
	must(t, err)
	if !slices.Equal(f.RPath, []string{"$ORIGIN/../lib", "/opt/x"}) || f.RunPath != nil {
		t.Errorf("rpath %q, runpath %q", f.RPath, f.RunPath)
	}
	if !slices.Equal(f.Needed, []string{"libdep.so", "libc.so.6"}) {
		t.Errorf("needed %q", f.Needed)
	}
	if !strings.Contains(f.Interp, "ld-linux") || f.Static || f.Machine != machines[runtime.GOARCH] {
		t.Errorf("%+v", f)
	}
	if len(f.Versions["libc.so.6"]) == 0 || !strings.HasPrefix(f.Versions["libc.so.6"][0], "GLIBC_") {
		t.Errorf("versions %v", f.Versions)
	}
}

func TestReadTellsKindsApart(t *testing.T) {
	b := newBench(t)
	static := b.prog("p", "static", "-static")
	f, err := Read(static)
	must(t, err)
	if !f.Static {
		t.Errorf("%s is not static: %+v", static, f)
	}
	f, err = Read(b.lib("p", "new", "-Wl,--enable-new-dtags", "-Wl,-rpath,/opt/y"))
	must(t, err)
	if f.Static || f.Soname != "libnew.so" || f.RPath != nil || !slices.Equal(f.RunPath, []string{"/opt/y"}) {
		t.Errorf("library: %+v", f)
	}
	object := b.path("x.o")
	b.cc("int x;", object, []string{"-c"})
	text := b.path("text")
	must(t, os.WriteFile(text, []byte("\x7fEL"), 0o644))
	for _, path := range []string{object, text} {
		if _, err := Read(path); !errors.Is(err, ErrNotELF) {
			t.Errorf("%s: error %v, want ErrNotELF", path, err)
		}
	}
	data, err := os.ReadFile(static)
	must(t, err)
	cut := b.path("cut")
	must(t, os.WriteFile(cut, data[:200], 0o644))
	if _, err := Read(cut); err == nil || errors.Is(err, ErrNotELF) || !strings.Contains(err.Error(), cut) {
		t.Errorf("cut off file: error %v", err)
	}
}

// TestClosure compares with the machine's own loader as well: a program must
// fail to start if, and only if, something is missing or broken.
func TestClosure(t *testing.T) {
	system, err := LoadSystem("/")
	must(t, err)
	for _, tt := range []struct {
		name  string
		build func(b bench)
		want  []string // "FILE LIBRARY PROBLEM"
	}{
		{"by RPATH into a dependency", func(b bench) {
			b.lib("dep", "dep")
			b.prog("p", "prog", b.link("dep", "dep", b.path("dep/lib"))...)
		}, nil},
		{"by $ORIGIN", func(b bench) {
			b.lib("p", "own")
			b.prog("p", "prog", b.link("p", "own", "$ORIGIN/../lib")...)
		}, nil},
		{"by RUNPATH", func(b bench) {
			b.lib("dep", "dep")
			b.prog("p", "prog", append(b.link("dep", "dep", b.path("dep/lib")), "-Wl,--enable-new-dtags")...)
		}, nil},
		{"without any path", func(b bench) {
			b.lib("dep", "dep")
			b.prog("p", "prog", b.link("dep", "dep", "")...)
		}, []string{"bin/prog libdep.so not found"}},
		{"outside the closure", func(b bench) {
			b.lib("stage", "s")
			b.prog("p", "prog", b.link("stage", "s", b.path("stage/lib"))...)
		}, []string{"bin/prog libs.so found outside the closure"}},
		{"library without a path, program with RPATH", func(b bench) {
			b.lib("dep", "dep")
			b.lib("p", "own", b.link("dep", "dep", "")...)
			b.prog("p", "prog", append(b.link("p", "own", "$ORIGIN/../lib"), "-Wl,-rpath,"+b.path("dep/lib"))...)
		}, nil},
		{"the same with RUNPATH, which is not handed down", func(b bench) {
			b.lib("dep", "dep")
			b.lib("p", "own", b.link("dep", "dep", "")...)
			b.prog("p", "prog", append(b.link("p", "own", "$ORIGIN/../lib"), "-Wl,-rpath,"+b.path("dep/lib"), "-Wl,--enable-new-dtags")...)
		}, []string{"lib/libown.so libdep.so not found"}},
		{"a library with a RUNPATH takes nothing from the program's RPATH", func(b bench) {
			b.lib("dep", "dep")
			b.lib("p", "own", append(b.link("dep", "dep", "/no/such/dir"), "-Wl,--enable-new-dtags")...)
			b.prog("p", "prog", append(b.link("p", "own", "$ORIGIN/../lib"), "-Wl,-rpath,"+b.path("dep/lib"))...)
		}, []string{"lib/libown.so libdep.so not found"}},
		{"one of two programs does not bring it", func(b bench) {
			b.lib("dep", "dep")
			b.lib("p", "own", b.link("dep", "dep", "")...)
			b.prog("p", "good", append(b.link("p", "own", "$ORIGIN/../lib"), "-Wl,-rpath,"+b.path("dep/lib"))...)
			b.prog("p", "bad", b.link("p", "own", "$ORIGIN/../lib")...)
		}, []string{"lib/libown.so libdep.so not found"}},
		{"the program has loaded it already", func(b bench) {
			b.lib("dep", "dep")
			b.lib("p", "own", b.link("dep", "dep", "")...)
			b.prog("p", "prog", slices.Concat(b.link("dep", "dep", b.path("dep/lib")), b.link("p", "own", "$ORIGIN/../lib"), []string{"-Wl,--enable-new-dtags"})...)
		}, nil},
		{"a damaged library first", func(b bench) {
			b.lib("dep", "dep")
			must(b.t, os.MkdirAll(b.path("p/lib"), 0o755))
			must(b.t, os.WriteFile(b.path("p/lib/libdep.so"), []byte("INPUT(-lfoo)"), 0o644))
			b.prog("p", "prog", b.link("dep", "dep", b.path("p/lib")+":"+b.path("dep/lib"))...)
		}, []string{"bin/prog libdep.so found, but it is no shared library"}},
		{"a library of another machine first", func(b bench) {
			b.lib("dep", "dep")
			data, err := os.ReadFile(b.lib("p", "dep"))
			must(b.t, err)
			data[18], data[19] = byte(delf.EM_AVR), 0 // e_machine
			must(b.t, os.WriteFile(b.path("p/lib/libdep.so"), data, 0o755))
			b.prog("p", "prog", b.link("dep", "dep", b.path("p/lib")+":"+b.path("dep/lib"))...)
		}, nil},
		{"forbidden system library", func(b bench) {
			b.prog("p", "prog", "-lm")
		}, []string{"bin/prog libm.so.6 a system library that is not allowed"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			tt.build(b)
			c := Closure{Prefix: b.path("p"), Roots: []string{b.path("dep")}, System: system,
				AllowSystem: func(name string) bool { return name == "libc.so.6" }}
			report, err := c.Check(t.Context())
			must(t, err)
			var got []string
			for _, f := range report.Findings {
				rel, _ := filepath.Rel(c.Prefix, f.File)
				got = append(got, rel+" "+f.Library+" "+string(f.Problem))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("findings %q, want %q", got, tt.want)
			}
			if report.Files == 0 {
				t.Error("no file was checked")
			}
			fatal := slices.ContainsFunc(report.Findings, func(f Finding) bool { return f.Problem == Missing || f.Problem == Broken })
			if starts := b.programsStart("p"); starts == fatal {
				t.Errorf("the loader starts every program: %v; findings %q", starts, got)
			}
		})
	}
}

func TestFindingTellsWhereItLooked(t *testing.T) {
	b := newBench(t)
	b.lib("dep", "dep")
	b.prog("p", "prog", b.link("dep", "dep", "/no/such/dir:$ORIGIN/../lib")...)
	report, err := Closure{Prefix: b.path("p"), System: &System{}}.Check(t.Context())
	must(t, err)
	text := report.Findings[0].String()
	for _, want := range []string{"bin/prog needs libdep.so", "/no/such/dir", b.path("p/lib"), "/etc/ld.so.cache"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not say %q", text, want)
		}
	}
}

func TestClosureBehindASymbolicLink(t *testing.T) {
	b := newBench(t)
	b.lib("real/dep", "dep")
	must(t, os.Symlink("real", b.path("home")))
	b.prog("real/p", "prog", b.link("real/dep", "dep", b.path("home/dep/lib"))...)
	system, err := LoadSystem("/")
	must(t, err)
	for _, via := range []string{"home", "real"} {
		report, err := Closure{Prefix: b.path(via + "/p"), Roots: []string{b.path(via + "/dep")}, System: system}.Check(t.Context())
		must(t, err)
		if len(report.Findings) > 0 || report.Files != 1 {
			t.Errorf("by %s: %+v", via, report)
		}
	}
}

func TestOtherMachinesAreNotChecked(t *testing.T) {
	b := newBench(t)
	prog := b.prog("p", "prog", "-lm")
	data, err := os.ReadFile(prog)
	must(t, err)
	data[18], data[19] = byte(delf.EM_AVR), 0 // e_machine
	must(t, os.WriteFile(prog, data, 0o755))
	must(t, os.WriteFile(b.path("p/broken.so"), data[:100], 0o755))
	report, err := Closure{Prefix: b.path("p")}.Check(t.Context())
	must(t, err)
	if report.Files != 0 || len(report.Findings) != 0 || len(report.Damaged) != 1 {
		t.Errorf("%+v", report)
	}
}

func FuzzRead(f *testing.F) {
	if data, err := os.ReadFile("/bin/true"); err == nil {
		f.Add(data)
	}
	f.Add([]byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := ReadFrom("x", strings.NewReader(string(data)))
		if (file == nil) == (err == nil) {
			t.Errorf("file %v, error %v", file, err)
		}
	})
}

// BenchmarkWalk reads what the machine has in /usr/lib; most files are no ELF.
func BenchmarkWalk(b *testing.B) {
	for b.Loop() {
		files, _, err := Walk(b.Context(), "/usr/lib")
		must(b, err)
		b.ReportMetric(float64(len(files)), "files")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestStubsInRPath(t *testing.T) {
	b := newBench(t)
	b.lib("p", "fine", "-Wl,-rpath,/opt/cuda/lib64")
	bad := b.lib("p", "bad", "-Wl,-rpath,/opt/cuda/lib64:/opt/cuda/lib64/stubs/")
	system, err := LoadSystem("/")
	must(t, err)
	report, err := Closure{Prefix: b.path("p"), System: system}.Check(t.Context())
	must(t, err)
	if len(report.Findings) != 1 || report.Findings[0].File != bad || report.Findings[0].Problem != Stubs {
		t.Fatalf("got %v", report.Findings)
	}
	if got := report.Findings[0].String(); !strings.Contains(got, "RPATH leads to stubs") {
		t.Errorf("got %s", got)
	}
}

func TestMissingDriver(t *testing.T) {
	b := newBench(t)
	b.lib("driver", "cuda")
	b.prog("p", "prog", b.link("driver", "cuda", "")...)
	system, err := LoadSystem("/")
	must(t, err)
	for _, allow := range []bool{false, true} {
		c := Closure{Prefix: b.path("p"), System: system}
		if allow {
			c.AllowMissing = func(soname string) bool { return soname == "libcuda.so" }
		}
		report, err := c.Check(t.Context())
		must(t, err)
		if got := len(report.Findings) == 0; got != allow {
			t.Errorf("allowed: %v, findings: %v", allow, report.Findings)
		}
	}
}
